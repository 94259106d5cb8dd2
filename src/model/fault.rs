//! A failure told to a person: what was being done, why it failed, what to do about it.

use std::fmt;

/// What sort of failure it is: decides whether we retry, re-authenticate, explain or give up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FaultKind {
    /// The person's input cannot be used (arguments, kubeconfig, filter, file).
    Input,
    /// No connection: refused, timed out, name not found, TLS.
    Network,
    /// The server does not know who we are (401, or the credential plugin failed).
    Unauthenticated,
    /// The server knows us and says no (403).
    Forbidden,
    /// The object or the kind does not exist (404).
    NotFound,
    /// Somebody changed the object meanwhile, or it exists already (409).
    Conflict,
    /// The server refuses the content (400, 422).
    Invalid,
    /// The server asks to come back later (429, 503, 504).
    Busy,
    /// Wheelhouse itself refuses: read-only mode or no permit.
    Refused,
    /// Anything else.
    Other,
}

/// One thing that a server finds wrong with an object that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// The field, as the server names it: `spec.containers[0].image`; empty where it names none.
    pub field: String,
    /// What is wrong with it, one sanitised line.
    pub message: String,
}

/// A failure told to a person. `what` and `why` are sanitised, single-line text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Decides what the program does next.
    pub kind: FaultKind,
    /// What was being done: "list pods in shop".
    pub what: String,
    /// Why it failed, in the words of whoever refused.
    pub why: String,
    /// What the person can do about it; empty when there is nothing to say.
    pub hint: String,
    /// HTTP status where the API server answered.
    pub code: Option<u16>,
    /// What is wrong with the object that was sent, field by field, where the server said so.
    pub causes: Box<[Cause]>,
}

impl Fault {
    /// A fault without hint and status code.
    pub fn new(kind: FaultKind, what: impl Into<String>, why: impl Into<String>) -> Self {
        Self {
            kind,
            what: what.into(),
            why: why.into(),
            hint: String::new(),
            code: None,
            causes: Box::default(),
        }
    }

    /// The same fault with a hint about what to do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    /// The same fault with the server's HTTP status code.
    #[must_use]
    pub fn code(mut self, code: u16) -> Self {
        self.code = Some(code);
        self
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.what, self.why)?;
        if !self.hint.is_empty() {
            write!(f, " ({})", self.hint)?;
        }
        Ok(())
    }
}

impl std::error::Error for Fault {}
