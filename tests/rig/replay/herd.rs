//! The pods as they are at each moment of a replay.

use super::pb;
use super::tape::{Dress, Event, Form, Piece, Tape, Who};
use serde_json::Value;
use std::sync::Arc;

/// Versions of listed pods begin here, those of changes behind.
const LISTED: u64 = 100_000_000_000;
const CHANGED: u64 = 200_000_000_000;
/// Marks uids of pods that came in a round, beside those of copies.
const BORN: u64 = 0x8000_0000_0000;

/// One change that was sent: which, in which round of the recording.
#[derive(Clone, Copy)]
pub struct Sent {
    event: u32,
    round: u32,
}

/// How a pod is.
#[derive(Clone, Copy)]
enum State {
    /// As it was listed.
    Listed,
    /// Not there.
    Gone,
    /// As after the change of this number.
    Changed(u64, Sent),
}

/// Everything that does not change: the recording, and who there can be.
pub struct Cast {
    tape: Tape,
    copies: usize,
    /// All who may be there, in the order of a list.
    order: Vec<(Who, usize)>,
}

impl Cast {
    /// Each recorded pod stands for so many.
    pub fn new(tape: Tape, copies: usize) -> Self {
        let pods = tape.listed.len();
        let mut keyed = Vec::new();
        for copy in 0..copies {
            let number = |own: usize| Dress::number(own + copy * pods);
            for (i, piece) in tape.listed.iter().enumerate() {
                let name = Dress::ends(&piece.facts.name, Some(&number(piece.number())));
                keyed.push((piece.facts.namespace.clone(), name, (Who::Listed(i), copy)));
            }
            for (b, (namespace, name, own)) in tape.born.iter().enumerate() {
                let name = Dress::ends(name, Some(&number(*own)));
                keyed.push((namespace.clone(), name, (Who::Born(b), copy)));
            }
        }
        // As etcd orders keys.
        keyed.sort_by(|a, b| (&a.0, &a.1).cmp(&(&b.0, &b.1)));
        let order = keyed.into_iter().map(|(_, _, who)| who).collect();
        Self { tape, copies, order }
    }

    /// How many pods there are at the beginning.
    pub fn pods(&self) -> usize {
        self.tape.listed.len() * self.copies
    }

    fn slot(&self, who: Who, copy: usize) -> usize {
        match who {
            Who::Listed(i) => copy * self.tape.listed.len() + i,
            Who::Born(b) => self.pods() + copy * self.tape.born.len() + b,
        }
    }

    /// The change itself.
    pub fn event(&self, sent: Sent) -> &Event {
        let event = sent.event as usize;
        self.tape
            .events
            .get(event)
            .unwrap_or_else(|| &self.tape.pokes[event - self.tape.events.len()])
    }

    fn copy(&self, sent: Sent) -> usize {
        sent.round as usize % self.copies
    }

    fn dress(&self, piece: &Piece, who: Who, copy: usize, version: u64, round: u32) -> Dress {
        let number =
            (copy > 0).then(|| Dress::number(piece.number() + copy * self.tape.listed.len()));
        let mark = match who {
            Who::Listed(_) => (copy > 0).then_some(copy as u64),
            Who::Born(_) => Some(BORN | u64::from(round)),
        };
        Dress { version, number, uid_end: mark.map(Dress::uid_end) }
    }

    /// Writes the change of this number as a watch tells it.
    pub fn write_event(&self, number: u64, sent: Sent, form: Form, out: &mut Vec<u8>) {
        let event = self.event(sent);
        let version = CHANGED + number + 1;
        let dress = self.dress(&event.piece, event.who, self.copy(sent), version, sent.round);
        let coded = event.piece.coded(form);
        match form {
            Form::Json => {
                let typed = r#""kind":"Pod","apiVersion":"v1","#;
                out.extend_from_slice(
                    format!(r#"{{"type":"{}","object":{{{typed}"#, event.kind).as_bytes(),
                );
                let mut object = Vec::with_capacity(coded.len());
                coded.write(&dress, &mut object);
                out.extend_from_slice(&object[1..]);
                out.extend_from_slice(b"}\n");
            }
            Form::Protobuf => {
                let mut object = Vec::with_capacity(coded.len());
                coded.write(&dress, &mut object);
                out.extend_from_slice(&pb::frame(
                    &event.kind,
                    &pb::enveloped("v1", "Pod", &object),
                ));
            }
        }
    }
}

/// The pods at one moment.
#[derive(Clone)]
pub struct Moment {
    cast: Arc<Cast>,
    states: Vec<State>,
    /// Changes until then.
    pub changes: u64,
}

impl Moment {
    /// The beginning.
    pub fn first(cast: &Arc<Cast>) -> Self {
        let mut states = vec![State::Listed; cast.pods()];
        states.resize(cast.order.len(), State::Gone);
        Self { cast: Arc::clone(cast), states, changes: 0 }
    }

    /// What a list of it has for a version.
    pub fn version(&self) -> u64 {
        Self::version_of(self.changes)
    }

    /// The version after so many changes.
    pub fn version_of(changes: u64) -> u64 {
        CHANGED + changes
    }

    /// How many changes a version has behind it; `None` for one that is not of this replay.
    pub fn changes_at(version: u64) -> Option<u64> {
        version.checked_sub(CHANGED)
    }

    /// One more change.
    pub fn change(&mut self, sent: Sent) {
        let event = self.cast.event(sent);
        let slot = self.cast.slot(event.who, self.cast.copy(sent));
        self.states[slot] = match event.kind.as_str() {
            "DELETED" => State::Gone,
            _ => State::Changed(self.changes, sent),
        };
        self.changes += 1;
    }

    /// Those who are there, in the order of a list, beginning at a place in it: place, state, and what is replaced.
    fn present(&self, from: usize) -> impl Iterator<Item = (usize, &Piece, Dress)> {
        let cast = &*self.cast;
        cast.order.iter().enumerate().skip(from).filter_map(move |(place, &(who, copy))| {
            let slot = cast.slot(who, copy);
            let (piece, version, round) = match (self.states[slot], who) {
                (State::Listed, Who::Listed(i)) => (&cast.tape.listed[i], LISTED + slot as u64, 0),
                (State::Changed(number, sent), _) => {
                    (&cast.event(sent).piece, CHANGED + number + 1, sent.round)
                }
                _ => return None,
            };
            Some((place, piece, cast.dress(piece, who, copy, version, round)))
        })
    }

    /// The list from a place on, at most so many: given piece by piece, then where the next page begins.
    pub fn list(
        &self,
        form: Form,
        from: usize,
        most: usize,
        mut give: impl FnMut(&[u8]) -> std::io::Result<()>,
    ) -> std::io::Result<()> {
        let next = self.present(from).nth(most).map(|(place, ..)| place);
        let token = next.map(|place| format!("{}.{place}", self.changes)).unwrap_or_default();
        let version = self.version();
        let mut out = Vec::with_capacity(80 << 10);
        match form {
            Form::Json => {
                let more = if token.is_empty() {
                    String::new()
                } else {
                    format!(r#","continue":"{token}""#)
                };
                out.extend_from_slice(
                    format!(r#"{{"kind":"PodList","apiVersion":"v1","metadata":{{"resourceVersion":"{version}"{more}}},"items":["#).as_bytes(),
                );
            }
            Form::Protobuf => {
                let mut meta = Vec::new();
                pb::put(1, b"", &mut meta);
                pb::put(2, version.to_string().as_bytes(), &mut meta);
                pb::put(3, token.as_bytes(), &mut meta);
                let items = self.present(from).take(most).map(|(_, piece, _)| {
                    let length = piece.coded(form).len();
                    pb::head_length(2, length) + length
                });
                let length = pb::head_length(1, meta.len()) + meta.len() + items.sum::<usize>();
                out.extend_from_slice(&pb::envelope_head("v1", "PodList", length));
                pb::put(1, &meta, &mut out);
            }
        }
        for (i, (_, piece, dress)) in self.present(from).take(most).enumerate() {
            let coded = piece.coded(form);
            match form {
                Form::Json if i > 0 => out.push(b','),
                Form::Json => {}
                Form::Protobuf => pb::put_head(2, coded.len(), &mut out),
            }
            coded.write(&dress, &mut out);
            if out.len() >= 64 << 10 {
                give(&out)?;
                out.clear();
            }
        }
        out.extend_from_slice(if form == Form::Json { b"]}\n" } else { pb::ENVELOPE_TAIL });
        give(&out)
    }

    /// All of them as a watch tells them first, where it is asked to.
    pub fn initial(
        &self,
        form: Form,
        mut give: impl FnMut(&[u8]) -> std::io::Result<()>,
    ) -> std::io::Result<()> {
        for (_, piece, dress) in self.present(0) {
            let mut object = Vec::new();
            piece.coded(form).write(&dress, &mut object);
            give(&match form {
                Form::Json => {
                    let head = br#"{"type":"ADDED","object":{"kind":"Pod","apiVersion":"v1","#;
                    [&head[..], &object[1..], b"}\n"].concat()
                }
                Form::Protobuf => pb::frame("ADDED", &pb::enveloped("v1", "Pod", &object)),
            })?;
        }
        Ok(())
    }

    /// The rows of it.
    pub fn rows(&self) -> impl Iterator<Item = Value> {
        self.present(0).map(|(_, piece, dress)| piece.facts.row(&dress))
    }
}

/// What happens when: the recording round and round, and what was asked for between.
pub struct Story {
    cast: Arc<Cast>,
    /// How all pods are after everything that has happened.
    pub now: Moment,
    sent: Vec<Sent>,
    next: Sent,
    poked: usize,
}

impl Story {
    /// Nothing has happened.
    pub fn new(cast: Arc<Cast>) -> Self {
        let now = Moment::first(&cast);
        Self { cast, now, sent: Vec::new(), next: Sent { event: 0, round: 0 }, poked: 0 }
    }

    fn happen(&mut self, sent: Sent) {
        self.now.change(sent);
        self.sent.push(sent);
    }

    /// The next recorded change happens.
    pub fn step(&mut self) {
        self.happen(self.next);
        self.next.event += 1;
        if self.next.event as usize == self.cast.tape.events.len() {
            self.next = Sent { event: 0, round: self.next.round + 1 };
        }
    }

    /// The first pod changes, as it does on request.
    pub fn poke(&mut self) {
        let event = self.cast.tape.events.len() + self.poked % self.cast.tape.pokes.len();
        self.poked += 1;
        self.happen(Sent { event: event as u32, round: 0 });
    }

    /// What happened from this number on, at most so much.
    pub fn since(&self, number: u64, most: usize) -> &[Sent] {
        let rest = self.sent.get(number as usize..).unwrap_or_default();
        &rest[..rest.len().min(most)]
    }
}
