//! Apps in groups: by engine, project, namespace or source, with how each group is.

use super::estates::AppBook;
use super::lists::local;
use super::panes::browse::Local;
use crate::apps::{App, Counts};
use crate::model::{Cell, ColumnKind, Text, Tone};
use std::collections::BTreeMap;

/// What apps are grouped by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupBy {
    /// What delivers them.
    Engine,
    /// Argo CD's project.
    Project,
    /// Where they live.
    Namespace,
    /// Where they come from.
    Source,
    /// The app that delivers them.
    Parent,
}

impl GroupBy {
    /// As it is typed.
    const WORDS: &'static [(&'static str, Self)] = &[
        ("engine", Self::Engine),
        ("project", Self::Project),
        ("namespace", Self::Namespace),
        ("source", Self::Source),
        ("parent", Self::Parent),
    ];

    /// What is typed so.
    ///
    /// # Errors
    /// Nothing is; the words there are.
    pub fn parse(word: &str) -> Result<Self, String> {
        let found = Self::WORDS.iter().find(|(known, _)| *known == word).map(|(_, by)| *by);
        found.ok_or_else(|| {
            let known: Vec<&str> = Self::WORDS.iter().map(|(word, _)| *word).collect();
            format!("apps are grouped by {}, not by {word:?}", known.join(", "))
        })
    }

    /// The column of the list of apps that says it.
    pub fn column(self) -> &'static str {
        match self {
            Self::Engine => "engine",
            Self::Project => "project",
            Self::Namespace => "namespace",
            Self::Source => "source",
            Self::Parent => "parent",
        }
    }

    fn of(self, app: &App) -> Text {
        match self {
            Self::Engine => app.id.engine.label().into(),
            Self::Project => app.project.clone(),
            Self::Namespace => app.id.namespace.clone(),
            Self::Source => app.source.clone(),
            Self::Parent => app.parent.as_ref().map_or_else(Text::new, |id| id.to_string().into()),
        }
    }
}

/// The groups as a table: the name, how many apps, how many of them need a look.
pub fn table(book: &AppBook, by: GroupBy, revision: u64) -> Local {
    let mut groups: BTreeMap<Text, Counts> = BTreeMap::new();
    for app in book.estate.apps().filter(|app| book.estate.shows(app)) {
        groups.entry(by.of(app)).or_default().add(app);
    }
    let count = |n: usize, tone: Tone| match n {
        0 => Cell::Text("-".into(), Tone::Dim),
        n => Cell::Text(n.to_string().into(), tone),
    };
    let rows = groups.into_iter().map(|(name, group)| {
        let tone = match (group.degraded, group.out_of_sync) {
            (0, 0) => Tone::Plain,
            (0, _) => Tone::Warn,
            _ => Tone::Bad,
        };
        let name = if name.is_empty() { "-".to_owned() } else { name.to_string() };
        let cells = vec![
            Cell::Int(i64::try_from(group.all).unwrap_or(i64::MAX)),
            count(group.out_of_sync, Tone::Warn),
            count(group.degraded, Tone::Bad),
            count(group.running, Tone::Busy),
            count(group.left_off, Tone::Warn),
        ];
        (name, cells, tone)
    });
    local(
        "AppGroup",
        &[
            ("GROUP", ColumnKind::Text, 0),
            ("APPS", ColumnKind::Number, 0),
            ("OUT OF SYNC", ColumnKind::Number, 1),
            ("DEGRADED", ColumnKind::Number, 1),
            ("SYNCING", ColumnKind::Number, 2),
            ("OFF", ColumnKind::Number, 2),
        ],
        rows,
        revision,
    )
}
