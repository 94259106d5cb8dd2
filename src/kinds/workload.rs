//! What all replicated workloads have in common: the cells of their pod template and selector, and
//! the way down to their pods.

use super::RowBuilder;
use super::containers::Template;
use super::de::{Meta, Pairs, Str};
use super::health::Verdict;
use super::pod_selector::{self, Selector, format_labels};
use crate::model::Tone;

/// CONTAINERS and IMAGES.
pub(super) fn template(row: &mut RowBuilder<'_>, template: &Template<'_>) {
    row.text(&template.names(), Tone::Plain);
    row.text(&template.images(), Tone::Plain);
}

/// SELECTOR as most workloads print it.
pub(super) fn selector(row: &mut RowBuilder<'_>, selector: Option<&Selector<'_>>) {
    match text(selector) {
        Some(text) => row.text_or_none(&text),
        None => row.text("<error>", Tone::Bad),
    }
}

/// SELECTOR of a plain map of labels.
pub(super) fn labels(row: &mut RowBuilder<'_>, labels: &Pairs<'_, Str<'_>>) {
    row.text_or_none(&format_labels(labels));
}

/// The text of a selector; one that is absent selects nothing, which is printed as nothing too.
/// None where it is invalid.
pub(super) fn text(selector: Option<&Selector<'_>>) -> Option<String> {
    selector.map_or(Some(String::new()), Selector::format)
}

/// Enter opens the pods that `selector` (as the API takes it) finds in the object's namespace.
pub(super) fn pods(row: &mut RowBuilder<'_>, meta: &Meta<'_>, selector: &str) {
    let (namespace, labels) = (row.shared(&meta.namespace), row.shared(selector));
    if let Some(link) = pod_selector::pods(namespace, labels) {
        row.link(link);
    }
}

/// Health and tone of the row.
pub(super) fn verdict(row: &mut RowBuilder<'_>, verdict: Verdict) {
    row.health(verdict.health);
    row.tone(verdict.line());
}
