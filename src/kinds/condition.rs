//! `status.conditions`, as many kinds have them.

use super::de::Str;

/// One condition. The message is borrowed from the bytes and copied only where it is shown.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Condition<'a> {
    /// Its type.
    #[serde(borrow)]
    pub(super) r#type: Str<'a>,
    /// `True`, `False` or `Unknown`.
    pub(super) status: Str<'a>,
    /// One word why.
    pub(super) reason: Str<'a>,
    /// A sentence why.
    pub(super) message: Str<'a>,
    /// The generation of the object the condition speaks of.
    pub(super) observed_generation: Option<i64>,
}

impl Condition<'_> {
    /// It says `True`.
    pub(super) fn is_true(&self) -> bool {
        &*self.status == "True"
    }

    /// It says `False`.
    pub(super) fn is_false(&self) -> bool {
        &*self.status == "False"
    }

    /// It speaks of an older generation of the object: what it says may no longer hold.
    pub(super) fn lags(&self, generation: Option<i64>) -> bool {
        matches!((self.observed_generation, generation), (Some(seen), Some(now)) if seen < now)
    }

    /// Its reason, or its status where it gives none.
    pub(super) fn word(&self) -> &str {
        if self.reason.is_empty() { &self.status } else { &self.reason }
    }
}

/// The condition of this type.
pub(super) fn find<'c, 'a>(
    conditions: &'c [Condition<'a>],
    kind: &str,
) -> Option<&'c Condition<'a>> {
    conditions.iter().find(|condition| &*condition.r#type == kind)
}
