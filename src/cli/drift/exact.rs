//! `--exact`: Argo CD's own comparison is read for each of its apps before that is compared.

use crate::apps::argo::cache::{Kept, Places, ReadCache, reason};
use crate::cli::headless::Headless;
use crate::drift::{Job, Origin, Own};
use crate::model::{
    CacheEvent, EngineId, Fault, FaultKind, PlanId, StreamEvent, StreamId, StreamSpec, Text,
};
use crate::text::sanitise::clean;
use crate::verbs::Draft as _;

/// How it is asked for.
pub struct Exact<'a> {
    /// The context's name.
    pub context: &'a str,
    /// Where Redis is.
    pub places: &'a Places,
    /// The command line or the configuration says read-only.
    pub readonly: bool,
    /// Streams that were opened so far.
    pub opened: u64,
}

impl Exact<'_> {
    /// Reads it for a comparison of an app of Argo CD, whose Application is on this cluster; others stay as
    /// they are.
    pub fn lend(&mut self, cluster: &mut Headless, job: &mut Job) {
        let Origin::App(ground) = &mut job.origin else { return };
        if ground.app.id.engine != EngineId::ArgoCd {
            return;
        }
        let application = ground.answers.first().and_then(|answer| answer.as_ref().ok());
        let Some(kept) = Kept::of(&ground.app, application) else { return };
        ground.own = match self.read(cluster, kept) {
            Ok(own) => own,
            Err(fault) => Own::Unread(Text::from(reason(&fault))),
        };
    }

    fn read(&mut self, cluster: &mut Headless, kept: Kept) -> Result<Own, Fault> {
        let what = format!("read Argo CD's own comparison of {}", kept.application.name);
        if self.readonly {
            let why = "wheelhouse runs read-only, and enters no pod";
            return Err(Fault::new(FaultKind::Refused, what, why));
        }
        let nothing = || Fault::new(FaultKind::Other, &what, "nothing came");
        let mut draft = ReadCache::new(vec![kept], self.places.clone()).ok_or_else(nothing)?;
        for (number, answer) in cluster.read_all(draft.reads()).iter().enumerate() {
            draft.learn(number, answer.as_deref());
        }
        self.opened += 1;
        let plan = draft.plan(PlanId(self.opened), &self.context.into())?;
        let spec = draft.stream().ok_or_else(nothing)?;
        if let StreamSpec::Cache(spec) = &spec {
            let line = format!(
                "enters {} in {} with the password in Secret {}, to {what}",
                spec.pod, spec.pod.namespace, spec.secret.name
            );
            eprintln!("wheelhouse: {}", clean(&line));
        }
        let mut told = cluster.open(StreamId(self.opened), spec, Some(plan), false);
        match cluster.next_told(&mut told) {
            Some(StreamEvent::Cache(CacheEvent::Done(values))) => {
                values.into_iter().next().ok_or_else(nothing)?.map(Own::Read)
            }
            Some(StreamEvent::Cache(CacheEvent::Failed(fault))) => Err(fault),
            _ => Err(nothing()),
        }
    }
}
