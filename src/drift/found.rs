//! What a comparison found, as plain data: for panes, tables and scripts alike.

use super::path::{Path, Step};
use crate::model::{EngineId, Fault, Text};
use crate::relations::ObjectId;
use serde_json::Value;

/// How much a comparison is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    /// The API server merged the manifest itself (a dry run), or the engine's own comparison was read.
    Exact,
    /// From the copy of the manifest that the last apply left on the object.
    LastApplied,
    /// From a manifest, merged by us: defaults are known for common fields only.
    Approximate,
    /// No manifest is on the cluster: who wrote which field is all there is to see.
    Ownership,
}

impl Confidence {
    /// As the header says it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::LastApplied => "from last apply",
            Self::Approximate => "approximate",
            Self::Ownership => "ownership only",
        }
    }
}

/// A difference between two values at one place. One of the two is None where nothing is there.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Where.
    pub path: Path,
    /// What was deployed there; None where nothing should be there. With [`Confidence::Ownership`]
    /// nothing is known of it, and this is None too: see [`ObjectDrift::is_desired_known`].
    pub desired: Option<Value>,
    /// What is there.
    pub live: Option<Value>,
}

/// Who wrote a field last, as `managedFields` tells: a program, not a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Writer {
    /// The field manager's name.
    pub manager: Text,
    /// By server-side apply; by an update otherwise.
    pub apply: bool,
    /// Through this subresource: `scale`, `status`; empty without.
    pub subresource: Text,
    /// When it last changed any of its fields, Unix seconds; 0 where not told.
    pub at: i64,
}

/// What becomes of a difference if nobody does anything about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The engine brings it back by itself, soon: `self-heal undoes it`.
    UndoneSoon(Text),
    /// The next sync, upgrade or apply brings it back: `next sync undoes it`.
    UndoneNext(Text),
    /// It stays, also then: `nobody undoes it`, `ignored by ignoreDifferences 2`.
    Stays(Text),
}

impl Fate {
    /// In words.
    pub fn words(&self) -> &Text {
        match self {
            Self::UndoneSoon(words) | Self::UndoneNext(words) | Self::Stays(words) => words,
        }
    }

    /// For scripts: `soon`, `next`, `never`.
    pub fn word(&self) -> &'static str {
        match self {
            Self::UndoneSoon(_) => "soon",
            Self::UndoneNext(_) => "next",
            Self::Stays(_) => "never",
        }
    }
}

/// Which side a difference between a file and the cluster comes from, seen from what was applied last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// The file is as it was applied, the cluster is not.
    Cluster,
    /// The cluster is as the file was applied, the file is not.
    File,
    /// Both were changed, and not alike.
    Both,
    /// Nothing tells what was applied there.
    Unknown,
}

impl Side {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Cluster => "changed in cluster",
            Self::File => "changed in file",
            Self::Both => "conflict",
            Self::Unknown => "differs",
        }
    }

    /// For scripts: `cluster`, `file`, `both`, `unknown`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Cluster => "cluster",
            Self::File => "file",
            Self::Both => "both",
            Self::Unknown => "unknown",
        }
    }
}

/// One field that is not as it was deployed.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Where and what. Values of Secrets are masked, equal ones alike; binary data is told by size and
    /// digest ([`ObjectDrift::is_veiled`]).
    pub change: Change,
    /// Who wrote what is there now; None where nobody is named (cleared `managedFields`).
    pub writer: Option<Writer>,
    /// What becomes of it.
    pub fate: Fate,
    /// Why it is not counted: a rule of the noise file, of the engine, of the person. None where it is.
    pub noise: Option<Text>,
    /// Which side it comes from; None where nobody compares a file.
    pub side: Option<Side>,
}

/// How an object is beside what was deployed.
#[derive(Clone, Debug, PartialEq)]
pub enum State {
    /// It was not looked at yet.
    Pending,
    /// As deployed.
    Same,
    /// As deployed, but its engine has something newer for it that is not in the cluster (git moved on): no drift.
    Behind,
    /// Some fields differ.
    Changed,
    /// It was deployed and is not there.
    Missing,
    /// It is there and is not wanted any more.
    Extra,
    /// Its deletion was asked for.
    Terminating,
    /// Another one of the same name took its place (uid), or it would have to be made anew.
    Recreated,
    /// It could not be read, tried or compared, and why.
    Unknown(Fault),
    /// There is nothing to compare it with, and why: a rule, an opt-out, no manifest on the cluster.
    Incomparable(Text),
}

impl State {
    /// Counts as drift.
    pub fn is_drift(&self) -> bool {
        matches!(self, Self::Changed | Self::Missing | Self::Extra | Self::Recreated)
    }

    /// For scripts and the table.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Same => "in sync",
            Self::Behind => "behind",
            Self::Changed => "changed",
            Self::Missing => "missing",
            Self::Extra => "extra",
            Self::Terminating => "terminating",
            Self::Recreated => "recreated",
            Self::Unknown(_) => "unknown",
            Self::Incomparable(_) => "n/a",
        }
    }
}

/// One object beside what was deployed.
#[derive(Clone, Debug, PartialEq)]
pub struct ObjectDrift {
    /// Which object.
    pub id: ObjectId,
    /// uid of what is there; empty where nothing is.
    pub uid: Text,
    /// resourceVersion of what was compared; empty where nothing is.
    pub version: Text,
    /// How it is.
    pub state: State,
    /// Fields that differ, noise included ([`Field::noise`]).
    pub fields: Vec<Field>,
    /// How much this comparison is worth.
    pub confidence: Confidence,
    /// What else there is to say, one sentence: what the engine itself says and we do not see, an old
    /// copy that was not used, an owner that explains a field. Empty where nothing is.
    pub note: Text,
    /// What was deployed, masked; None where no manifest is known, or nothing differs.
    pub desired: Option<Value>,
    /// What is there, masked, without `managedFields`; None where nothing is there, or nothing differs.
    pub live: Option<Value>,
}

impl ObjectDrift {
    /// An object of which only the state is known.
    pub fn new(id: ObjectId, state: State) -> Self {
        Self {
            id,
            uid: Text::new(),
            version: Text::new(),
            state,
            fields: Vec::new(),
            confidence: Confidence::Exact,
            note: Text::new(),
            desired: None,
            live: None,
        }
    }

    /// Whether what a change of a field here says are not the values themselves, but something in their
    /// place: values of Secrets, and binary data. They must not be written anywhere.
    pub fn is_veiled(&self, path: &Path) -> bool {
        let name = |at: usize| match path.0.get(at) {
            Some(Step::Field(name)) => name.as_str(),
            _ => "",
        };
        match (self.id.group.as_str(), self.id.kind.as_str()) {
            ("", "Secret") => match name(0) {
                "data" | "stringData" | "" => true,
                "metadata" => matches!(name(1), "annotations" | ""),
                _ => false,
            },
            ("", "ConfigMap") => matches!(name(0), "binaryData" | ""),
            _ => false,
        }
    }

    /// Whether it is known what was deployed. Where it is not, fields tell only who wrote beside the
    /// owner, and [`Change::desired`] says nothing.
    pub fn is_desired_known(&self) -> bool {
        self.confidence != Confidence::Ownership
    }

    /// Fields that count.
    pub fn drifted(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(|field| field.noise.is_none())
    }
}

/// What "desired" is for the objects of an app or a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Desired {
    /// In words: `last applied`, `release v7`, `local files`.
    pub what: Text,
    /// When it was deployed, Unix seconds; 0 where not known.
    pub at: i64,
    /// Its revision as people write it: `8d1e0aa`; empty where none.
    pub revision: Text,
}

/// How many of the objects there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// All of them.
    pub objects: usize,
    /// Drifted ones.
    pub drifted: usize,
    /// Ones that could not be judged.
    pub unknown: usize,
    /// Ones with nothing to compare them with.
    pub incomparable: usize,
    /// Ones not looked at yet.
    pub pending: usize,
    /// Differences that are not counted.
    pub noise: usize,
}

/// Objects of one app, or of none, beside what was deployed.
#[derive(Clone, Debug, PartialEq)]
pub struct Drift {
    /// Which app, in words (`payments`); empty for objects without one.
    pub app: Text,
    /// Its engine.
    pub engine: EngineId,
    /// What it is compared with; None until that is known.
    pub desired: Option<Desired>,
    /// Its objects, in the order of the app.
    pub objects: Vec<ObjectDrift>,
    /// Why it is not as exact as was asked for; empty where it is, or nobody asked.
    pub shortfall: Text,
    /// Why its objects cannot be told; None where they can.
    pub fault: Option<Fault>,
}

impl Drift {
    /// Of this app (of none where its name is empty); nothing is known yet.
    pub fn new(app: Text, engine: EngineId) -> Self {
        let (objects, shortfall) = (Vec::new(), Text::new());
        Self { app, engine, desired: None, objects, shortfall, fault: None }
    }

    /// How many of them there are.
    pub fn tally(&self) -> Tally {
        let mut tally = Tally { objects: self.objects.len(), ..Tally::default() };
        for one in &self.objects {
            match &one.state {
                state if state.is_drift() => tally.drifted += 1,
                State::Unknown(_) => tally.unknown += 1,
                State::Incomparable(_) => tally.incomparable += 1,
                State::Pending => tally.pending += 1,
                _ => {}
            }
            tally.noise += one.fields.iter().filter(|field| field.noise.is_some()).count();
        }
        tally
    }

    /// The weakest of what was compared: what the header says of all.
    pub fn confidence(&self) -> Option<Confidence> {
        let compared =
            |one: &&ObjectDrift| matches!(one.state, State::Same | State::Behind | State::Changed);
        self.objects.iter().filter(compared).map(|one| one.confidence).max()
    }
}
