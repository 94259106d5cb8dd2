//! Copies: planned from a table, followed among the actions.

use super::{Effect, Ui};
use crate::model::{CopyEvent, CopySpec, FollowState, Plan, PlanId, StreamId, StreamSpec, Tone};
use crate::text::quantity;
use crate::verbs::copy::Copy;

impl Ui {
    /// Plans a copy from or to the selected container. False where none is selected.
    pub(super) fn plan_copy(&mut self) -> bool {
        let Some((pod, container)) = self.selected_container() else { return false };
        let cluster = pod.cluster;
        self.open_plan(cluster, Box::new(Copy::new(pod, container)), None);
        true
    }

    /// Starts a copy with the plan that was shown for it.
    pub(super) fn start_copy(&mut self, spec: CopySpec, plan: Plan, effects: &mut Vec<Effect>) {
        let id = plan.id;
        self.actions.start(plan.clone(), self.now);
        let stream = self.open_stream(StreamSpec::Copy(spec), Some(plan), effects);
        self.copies.insert(stream, id);
        self.dirty = true;
    }

    /// How a copy goes on; false when the stream is none of ours.
    pub(super) fn take_copy(&mut self, stream: StreamId, event: &CopyEvent) -> bool {
        let Some(plan) = self.copies.get(&stream).copied() else { return false };
        let (state, left_out) = match event {
            CopyEvent::Progress { bytes, total, files } => {
                let of = total.map(|total| format!(" of {}", human(total))).unwrap_or_default();
                let words = format!("{}{of}, {files} files", human(*bytes));
                (FollowState::Progressing(words), &[][..])
            }
            CopyEvent::Done { bytes, files, skipped } => {
                let mut words = format!("{files} files, {bytes} bytes; sizes compared");
                if !skipped.is_empty() {
                    words.push_str(&format!("; {} left out", skipped.len()));
                }
                (FollowState::Done(words), skipped.as_slice())
            }
            CopyEvent::Failed(fault) => (FollowState::Failed(fault.clone()), &[][..]),
        };
        for line in left_out.iter().rev() {
            self.say(Tone::Warn, format!("left out: {line}"));
        }
        if state.is_final() {
            self.copies.remove(&stream);
        }
        self.actions.follow(plan, 0, state, self.now);
        self.dirty = true;
        true
    }

    /// Calls a copy off; false when the action is none.
    pub(super) fn call_off_copy(&mut self, plan: PlanId, effects: &mut Vec<Effect>) -> bool {
        let Some(stream) = self.copies.iter().find(|(_, of)| **of == plan).map(|(id, _)| *id)
        else {
            return false;
        };
        self.copies.remove(&stream);
        effects.push(Effect::Close(stream));
        let words = "called off: nothing of it is left under its name";
        self.actions.follow(plan, 0, FollowState::Cancelled(words.into()), self.now);
        self.dirty = true;
        true
    }
}

fn human(bytes: u64) -> String {
    let mut text = String::new();
    quantity::write_bytes(i64::try_from(bytes).unwrap_or(i64::MAX), &mut text);
    text
}
