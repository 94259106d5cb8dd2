//! What all comparisons of one command told, and what it comes to.

use crate::drift::manifest::{Manifest, Place};
use crate::drift::path::Path;
use crate::drift::{Drift, ObjectDrift, State, Tally};
use crate::relations::ObjectId;
use std::collections::HashMap;

/// All of it.
pub struct Report {
    /// The context's name.
    pub context: String,
    /// When it was made, Unix seconds.
    pub now: i64,
    /// One for each app, or for what belongs to none.
    pub drifts: Vec<Drift>,
    /// Where objects stand, where files were compared.
    pub files: HashMap<ObjectId, Manifest>,
    /// Files were compared.
    pub local: bool,
}

impl Report {
    /// How many objects there are of each sort.
    pub fn tally(&self) -> Tally {
        let mut all = Tally::default();
        for tally in self.drifts.iter().map(Drift::tally) {
            all.objects += tally.objects;
            all.drifted += tally.drifted;
            all.unknown += tally.unknown;
            all.incomparable += tally.incomparable;
            all.pending += tally.pending;
            all.noise += tally.noise;
        }
        all
    }

    /// 0 no drift, 1 drift, 2 nothing could be told; with `strict` also where something could not.
    pub fn exit_code(&self, strict: bool) -> u8 {
        let tally = self.tally();
        let faults = self.drifts.iter().filter(|drift| drift.fault.is_some()).count();
        let judged = tally.objects - tally.unknown - tally.incomparable - tally.pending;
        let told = judged > 0 || (tally.objects == 0 && faults == 0);
        match () {
            () if tally.drifted > 0 => super::super::FAILED,
            () if !told => super::super::USAGE,
            () if strict && (tally.unknown > 0 || faults > 0) => super::super::USAGE,
            () => super::super::OK,
        }
    }

    /// Where an object stands; None where it was rendered.
    pub fn place(&self, id: &ObjectId) -> Option<&Place> {
        self.files.get(id).map(|manifest| &manifest.place).filter(|place| !place.file.is_empty())
    }

    /// On which line a field of it stands.
    pub fn line(&self, id: &ObjectId, path: &Path) -> Option<usize> {
        self.place(id)?;
        self.files.get(id).map(|manifest| manifest.line_of(path))
    }
}

/// Fields of this object that are told of: those that count.
pub fn word(object: &ObjectDrift, local: bool) -> &'static str {
    match (&object.state, local) {
        (State::Missing, true) => "would be created",
        (State::Missing, false) => "missing",
        (State::Extra, _) => "extra",
        (State::Recreated, true) => "would be recreated",
        (state, _) => state.word(),
    }
}
