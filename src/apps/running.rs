//! How the workloads of an app run, for engines that do not judge it themselves.

use super::{Axis, Member};
use crate::model::{Health, Tone};

/// The worst of them, in the words that people know from Argo CD. No word where none has a health.
pub(super) fn health(claimed: &[Member<'_>]) -> (Axis, Health) {
    let worst = claimed.iter().map(|member| member.row.health).max().unwrap_or_default();
    let (word, tone) = match worst {
        Health::None => ("", Tone::Dim),
        Health::Healthy => ("Healthy", Tone::Good),
        Health::Suspended => ("Suspended", Tone::Dim),
        Health::Progressing => ("Progressing", Tone::Busy),
        Health::Unknown => ("Unknown", Tone::Warn),
        Health::Degraded => ("Degraded", Tone::Bad),
    };
    (Axis::new(word, tone), worst)
}
