//! Which number of a message is which field of a struct: found out once per pair of them, so that
//! reading neither compares names nor looks at fields that nobody wants.

use super::table::{Field, Kind, Message};
use std::cell::Cell;

/// The fields of one message that one struct has a place for.
#[derive(Debug)]
pub(super) struct Plan {
    message: &'static Message,
    names: &'static [&'static str],
    /// By number: the field and its place among the struct's; an inline message has none of its own.
    fields: Vec<Option<(&'static Field, usize)>>,
    /// Another one that is found at the same place of the cache.
    next: Option<&'static Plan>,
}

const CACHED: usize = 256;

thread_local! {
    /// One per pair of a struct and a message in this program: few, and so never given back.
    static PLANS: [Cell<Option<&'static Plan>>; CACHED] =
        const { [const { Cell::new(None) }; CACHED] };
}

impl Plan {
    /// That of a struct whose fields have these names.
    #[inline]
    pub(super) fn of(message: &'static Message, names: &'static [&'static str]) -> &'static Self {
        let address = std::ptr::from_ref(message).addr() ^ names.as_ptr().addr().rotate_right(5);
        PLANS.with(|plans| {
            let cached = &plans[(address >> 3) % CACHED];
            let mut plan = cached.get();
            while let Some(known) = plan {
                if std::ptr::eq(known.message, message) && std::ptr::eq(known.names, names) {
                    return known;
                }
                plan = known.next;
            }
            let new: &'static Self = Box::leak(Box::new(Self::new(message, names, cached.get())));
            cached.set(Some(new));
            new
        })
    }

    #[cold]
    fn new(
        message: &'static Message,
        names: &'static [&'static str],
        next: Option<&'static Self>,
    ) -> Self {
        let mut fields = Vec::new();
        for field in message.fields {
            let inline = matches!(field.kind, Kind::Inline(_));
            let place = names.iter().position(|name| same(name, field.name));
            if let Some(place) = place.or(inline.then_some(0)) {
                let number = field.number as usize;
                fields.resize(fields.len().max(number + 1), None);
                fields[number] = Some((field, place));
            }
        }
        Self { message, names, fields, next }
    }

    /// The field of this number and its place, where the struct has one.
    #[inline]
    pub(super) fn field(&self, number: u32) -> Option<(&'static Field, usize)> {
        self.fields.get(number as usize).copied().flatten()
    }
}

/// `pod_ips` is `podIPs`: letter case and underscores are how languages write names, not what they say.
fn same(ours: &str, json: &str) -> bool {
    let letters = |name: &str| {
        name.bytes().filter(|b| *b != b'_').map(|b| b.to_ascii_lowercase()).collect::<Vec<_>>()
    };
    letters(ours) == letters(json)
}

#[cfg(test)]
mod tests {
    use super::same;

    #[test]
    fn names_are_the_same_in_both_spellings() {
        assert!(same("pod_ips", "podIPs") && same("name", "name"));
        assert!(!same("name", "names") && !same("", "name"));
    }
}
