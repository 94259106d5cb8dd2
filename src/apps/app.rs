//! One app, as plain data.

use super::places::Place;
use crate::model::{AppId, ContextInfo, Health, ObjRef, Text, Tone};

/// One of the three axes of an app, in its engine's own word: `OutOfSync`, `Healthy`, `Running`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Axis {
    /// The word; empty where the engine has no such axis.
    pub word: Text,
    /// What the word means.
    pub tone: Tone,
    /// Since when (Unix seconds), where that is worth a clock beside the word; 0 where not.
    pub since: i64,
}

impl Axis {
    /// A word and what it means.
    pub fn new(word: impl Into<Text>, tone: Tone) -> Self {
        Self { word: word.into(), tone, since: 0 }
    }

    /// The same with a clock.
    #[must_use]
    pub fn since(mut self, at: i64) -> Self {
        self.since = at;
        self
    }
}

/// Whether an app is synced without anybody asking.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Auto {
    /// The engine has no such thing.
    #[default]
    None,
    /// When its source changes, and when the cluster does.
    Heal,
    /// When its source changes.
    Auto,
    /// Only when somebody asks.
    Manual,
    /// Not even then: suspended, or not reconciled.
    Paused,
}

impl Auto {
    /// As the table shows it.
    pub fn word(self) -> &'static str {
        match self {
            Self::None => "-",
            Self::Heal => "heal",
            Self::Auto => "auto",
            Self::Manual => "manual",
            Self::Paused => "paused",
        }
    }
}

/// Where the objects of an app are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Destination {
    /// On the cluster that the app itself is on.
    #[default]
    Here,
    /// On another one, with this API server.
    Server(Text),
    /// On another one, of which only a name is known: a cluster secret of Argo CD's, the Secret of a
    /// `spec.kubeConfig` (`namespace/name`).
    Named(Text),
}

/// Whether two addresses are those of one API server.
fn same_server(one: &str, other: &str) -> bool {
    let plain = |url: &str| url.trim_end_matches('/').to_ascii_lowercase();
    plain(one) == plain(other)
}

impl Destination {
    /// Whether it is the cluster with this API server.
    pub fn is_at(&self, server: &str) -> bool {
        matches!(self, Self::Server(own) if same_server(own, server))
    }

    /// The context with this API server, where it is another one than `here`; empty where there is
    /// none, or only a name of the destination is known.
    pub fn context(&self, here: &str, contexts: &[ContextInfo]) -> Text {
        let Self::Server(server) = self else { return Text::new() };
        if self.is_at(here) {
            return Text::new();
        }
        let found = contexts.iter().find(|context| same_server(&context.server, server));
        found.map(|context| context.name.clone()).unwrap_or_default()
    }
}

/// What came of counting the drifted objects of an app.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Counted {
    /// It is being done for the first time.
    Pending,
    /// So many. Without a rehearsal on the server that may be one too many, or one too few.
    About(u32),
    /// So many, for certain.
    Exactly(u32),
    /// What has to be read for it may not be.
    Denied,
    /// Nothing on the cluster tells what was deployed.
    Nothing,
}

impl Counted {
    /// As the table shows it.
    pub fn word(self) -> String {
        match self {
            Self::Pending => "…".to_owned(),
            Self::About(0) | Self::Exactly(0) => "0".to_owned(),
            Self::About(n) => format!("~{n}"),
            Self::Exactly(n) => n.to_string(),
            Self::Denied => "deny".to_owned(),
            Self::Nothing => "n/a".to_owned(),
        }
    }

    /// How many, as far as that is known.
    pub fn number(self) -> Option<u32> {
        match self {
            Self::About(n) | Self::Exactly(n) => Some(n),
            Self::Pending | Self::Denied | Self::Nothing => None,
        }
    }
}

/// What was left paused, pinned or made manual, and how that is put back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOff {
    /// What is off: `suspended`, `auto-sync off`, `pinned to 8d1e0aa`.
    pub what: Text,
    /// Who did it, as far as the object tells; empty where not known.
    pub by: Text,
    /// Since when, Unix seconds; 0 where not known.
    pub since: i64,
}

/// One app.
#[derive(Clone, Debug, PartialEq)]
pub struct App {
    /// Its name.
    pub id: AppId,
    /// The object that stands for it; None where only its workloads tell of it.
    pub object: Option<ObjRef>,
    /// Whether what was deployed is what its source says.
    pub sync: Axis,
    /// How it runs, in its engine's word.
    pub health: Axis,
    /// The same as every kind has it, for counts and filters.
    pub condition: Health,
    /// What is being done with it, or was last.
    pub operation: Axis,
    /// An operation runs.
    pub running: bool,
    /// Drifted objects as far as the engine itself counts them; None where nothing was counted.
    pub drifted: Option<u32>,
    /// Drifted objects as we counted them, where the engine itself does not.
    pub counted: Option<Counted>,
    /// What is deployed, and what will be, as short as people write it: `8d1e0aa → 41c77f9`.
    pub revision: Text,
    /// Whether it is synced by itself.
    pub auto: Auto,
    /// Since when it is as it is (Unix seconds); 0 where that is not known.
    pub since: i64,
    /// What the engine says of it, one line.
    pub message: Text,
    /// Argo CD's project; empty for other engines.
    pub project: Text,
    /// Where it comes from: a repository with its path, a chart.
    pub source: Text,
    /// Namespace that its objects are delivered to; empty where it names none.
    pub target: Text,
    /// Where its objects are.
    pub destination: Destination,
    /// Who knows where that is, where the app itself only names it.
    pub place: Option<Place>,
    /// Why that could not be told; empty where it could, and while it is being asked.
    pub unplaced: Text,
    /// The app that delivers this one (app-of-apps, an ApplicationSet, a parent Kustomization).
    pub parent: Option<AppId>,
    /// Apps that have to be ready first.
    pub depends_on: Vec<AppId>,
    /// What is off, where something is.
    pub left_off: Option<LeftOff>,
    /// Another engine delivers it as a part of this app, which is the one to look at.
    pub folded_into: Option<AppId>,
}

impl App {
    /// An app of which nothing is known but its name.
    pub fn new(id: AppId) -> Self {
        Self {
            id,
            object: None,
            sync: Axis::default(),
            health: Axis::default(),
            condition: Health::None,
            operation: Axis::default(),
            running: false,
            drifted: None,
            counted: None,
            revision: Text::new(),
            auto: Auto::None,
            since: 0,
            message: Text::new(),
            project: Text::new(),
            source: Text::new(),
            target: Text::new(),
            destination: Destination::Here,
            place: None,
            unplaced: Text::new(),
            parent: None,
            depends_on: Vec::new(),
            left_off: None,
            folded_into: None,
        }
    }

    /// Why nothing can be done with its objects, where they are on a cluster that cannot be told;
    /// what to say behind the name of that.
    pub fn no_context(&self) -> String {
        match (&self.place, self.unplaced.as_str()) {
            (Some(_), "") if matches!(self.destination, Destination::Named(_)) => {
                "asking where that is".to_owned()
            }
            (_, "") => "no context leads there".to_owned(),
            (_, why) => why.to_owned(),
        }
    }

    /// Something about it is off that is on by itself.
    pub fn is_off(&self) -> bool {
        self.left_off.is_some() || self.auto == Auto::Paused
    }

    /// Trouble first: the greater, the sooner somebody should look.
    pub fn trouble(&self) -> Tone {
        self.sync.tone.max(self.health.tone).max(self.operation.tone)
    }
}
