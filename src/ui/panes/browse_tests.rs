//! What a table shows, by the plainest description of it.

use super::{Browse, Source};
use crate::model::View;

impl Browse {
    /// What it should show: everything sorted, then filtered. None before it was built.
    pub(crate) fn naive(&self, source: Source<'_>, now: i64) -> Option<Vec<u32>> {
        let (built, judged) = (self.built.as_ref()?, self.judged.as_ref()?);
        let view = View {
            table: source.table,
            schema: &built.schema,
            sort: built.sort,
            query: &judged.query,
            faults_only: judged.faults_only,
            metrics: source.metrics,
            now: if judged.at == 0 { now } else { judged.at },
        };
        let mut rows: Vec<_> = source.table.rows().collect();
        rows.sort_by(|(_, a), (_, b)| view.compare(a, b));
        let mut matcher = judged.query.matcher(&built.schema, source.metrics, view.now);
        rows.retain(|(_, row)| (!view.faults_only || row.is_fault()) && matcher.matches(row));
        Some(rows.into_iter().map(|(slot, _)| slot).collect())
    }
}
