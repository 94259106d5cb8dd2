//! The last lines of a container that crashes: asked for once for each crash, and only of what the
//! sentence is about.

use crate::model::{Answer, Fault, ObjRef, Ticket};
use crate::rollout::last_words::{self, LastWords};
use crate::ui::{Effect, Ui};

/// What is known of it.
#[derive(Debug, Default)]
pub struct Crash {
    of: Option<LastWords>,
    asked: Option<Ticket>,
    /// The lines; or why there are none.
    told: Option<Result<Vec<String>, String>>,
}

impl Crash {
    /// The lines, where something crashes and they have come.
    pub fn lines(&self) -> Option<&Result<Vec<String>, String>> {
        self.told.as_ref()
    }

    /// Whether an answer is waited for.
    pub fn is_pending(&self) -> bool {
        self.asked.is_some()
    }

    /// Asks for the last lines of this container, where that was not done. Returns whether what is
    /// shown has changed.
    pub fn look(
        &mut self,
        wanted: Option<LastWords>,
        target: &ObjRef,
        ui: &mut Ui,
        effects: &mut Vec<Effect>,
    ) -> bool {
        if wanted == self.of {
            return false;
        }
        let same = |one: &LastWords, other: &LastWords| {
            (&one.pod, &one.container) == (&other.pod, &other.container)
        };
        let stays = self.of.as_ref().zip(wanted.as_ref()).is_some_and(|(old, new)| same(old, new));
        self.of = wanted;
        self.asked = None;
        if let Some(of) = &self.of {
            let ticket = ui.ticket();
            let (cluster, read) = (target.cluster, of.read(target));
            effects.push(Effect::Read { ticket, cluster, read });
            self.asked = Some(ticket);
        }
        // Lines of the crash before stay until those of this one come.
        !stays && self.told.take().is_some()
    }

    /// An answer came; false when it is not its own.
    pub fn answer(&mut self, ticket: Ticket, answer: &Result<Answer, Fault>) -> bool {
        if self.asked != Some(ticket) {
            return false;
        }
        self.asked = None;
        self.told = Some(match answer {
            Ok(Answer::Object(log)) => Ok(last_words::lines(log)),
            Ok(Answer::Access(..)) => return false,
            Err(fault) => Err(fault.why.clone()),
        });
        true
    }
}
