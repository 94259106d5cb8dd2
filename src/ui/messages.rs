//! Messages and errors of this session; the newest is shown for some seconds.

use crate::model::{Fault, Tone};

/// Seconds that a message stays on screen.
const SHOWN_SECONDS: i64 = 6;
/// Messages kept.
const KEPT: usize = 500;

/// One message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Unix seconds.
    pub at: i64,
    /// How serious it is.
    pub tone: Tone,
    /// What happened; one line.
    pub text: String,
    /// What to do about it; may be empty.
    pub hint: String,
}

/// Messages of this session, newest last.
#[derive(Debug, Default)]
pub struct Messages {
    kept: Vec<Message>,
    /// Changes with every message.
    pub revision: u64,
}

impl Messages {
    /// Says something.
    pub fn say(&mut self, now: i64, tone: Tone, text: impl Into<String>) {
        self.push(Message { at: now, tone, text: text.into(), hint: String::new() });
    }

    /// Says something, with more of it on the page of messages.
    pub fn say_more(&mut self, now: i64, tone: Tone, text: impl Into<String>, more: String) {
        self.push(Message { at: now, tone, text: text.into(), hint: more });
    }

    /// Tells of a failure.
    pub fn fault(&mut self, now: i64, fault: &Fault) {
        self.push(Message {
            at: now,
            tone: Tone::Bad,
            text: format!("{}: {}", fault.what, fault.why),
            hint: fault.hint.clone(),
        });
    }

    fn push(&mut self, message: Message) {
        self.revision += 1;
        if let Some(last) = self.kept.last_mut()
            && last.text == message.text
        {
            // The same again: once is enough, with its newest time.
            *last = message;
            return;
        }
        if self.kept.len() == KEPT {
            self.kept.remove(0);
        }
        self.kept.push(message);
    }

    /// All of them, oldest first.
    pub fn all(&self) -> &[Message] {
        &self.kept
    }

    /// The one to show now.
    pub fn current(&self, now: i64) -> Option<&Message> {
        self.kept.last().filter(|message| now - message.at < SHOWN_SECONDS)
    }

    /// When the current one goes away, Unix seconds.
    pub fn next_due(&self, now: i64) -> Option<i64> {
        self.current(now).map(|message| message.at + SHOWN_SECONDS)
    }
}
