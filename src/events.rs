//! Events, singly or in groups with counts and rates. Rows of the kind go in; what is shown comes
//! out.

use crate::model::{Cell, Link, Row, Text, Tone};
use std::collections::BTreeMap;

/// What an event is about.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct About {
    /// API group; empty for core.
    pub group: Text,
    /// Kind.
    pub kind: Text,
    /// Namespace; empty when cluster-scoped.
    pub namespace: Text,
    /// Name.
    pub name: Text,
}

/// One event, which may stand for many of the same.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// `Normal`, `Warning`.
    pub sort: Text,
    /// Tone of that.
    pub tone: Tone,
    /// One word: `BackOff`.
    pub reason: Text,
    /// What it is about.
    pub about: About,
    /// The message.
    pub message: Text,
    /// Seen first, Unix seconds; 0 when unknown.
    pub first: i64,
    /// Seen last, Unix seconds; 0 when unknown.
    pub last: i64,
    /// How often it was seen.
    pub count: i64,
}

impl Event {
    /// From a row of the kind Event, whose cells stand in the order of its columns.
    pub fn of(row: &Row) -> Self {
        let text = |at: usize| match row.cells.get(at) {
            Some(Cell::Text(text, _)) => text.clone(),
            _ => Text::new(),
        };
        let time = |at: usize| match row.cells.get(at) {
            Some(Cell::Since(at)) => *at,
            _ => 0,
        };
        let about = row.links.iter().find_map(|link| match link {
            Link::Ref { field, group, kind, namespace, name } if field == "involvedObject" => {
                Some(About {
                    group: group.clone(),
                    kind: kind.clone(),
                    namespace: namespace.clone(),
                    name: name.clone(),
                })
            }
            _ => None,
        });
        let last = time(0);
        let first = match time(7) {
            0 => last,
            first => first,
        };
        Self {
            sort: text(1),
            tone: row.tone,
            reason: text(2),
            about: about.unwrap_or_default(),
            message: text(6),
            first,
            last,
            count: match row.cells.get(8) {
                Some(Cell::Int(count)) => (*count).max(1),
                _ => 1,
            },
        }
    }
}

/// Events of one reason about one kind, or about one object.
#[derive(Clone, Debug, PartialEq)]
pub struct Group<'e> {
    /// The newest of them.
    pub newest: &'e Event,
    /// How often they were seen together.
    pub count: i64,
    /// How many objects they are about.
    pub objects: usize,
    /// Seen first, Unix seconds; 0 when unknown.
    pub first: i64,
    /// Seen last, Unix seconds; 0 when unknown.
    pub last: i64,
}

impl Group<'_> {
    /// How often, in words: `12/min`, `0.4/min`, `3/h`; empty for something seen once.
    pub fn rate(&self) -> String {
        if self.count < 2 {
            return String::new();
        }
        // What came within a minute says no more than how many that were.
        let seconds = (self.last - self.first).max(60);
        let tenths = self.count.saturating_mul(600) / seconds;
        match tenths {
            100.. => format!("{}/min", tenths / 10),
            3.. => format!("{}.{}/min", tenths / 10, tenths % 10),
            _ => format!("{}/h", (self.count.saturating_mul(3600) / seconds).max(1)),
        }
    }
}

fn grouped<'e, K: Ord>(
    events: impl Iterator<Item = &'e Event>,
    key: impl Fn(&'e Event) -> K,
) -> Vec<(K, Group<'e>)> {
    let mut groups: BTreeMap<K, (Group<'e>, std::collections::BTreeSet<&'e About>)> =
        BTreeMap::new();
    for event in events {
        let fresh = || {
            let group = Group { newest: event, count: 0, objects: 0, first: i64::MAX, last: 0 };
            (group, std::collections::BTreeSet::new())
        };
        let (group, about) = groups.entry(key(event)).or_insert_with(fresh);
        about.insert(&event.about);
        group.count += event.count;
        group.first = group.first.min(event.first);
        if event.last >= group.last {
            (group.last, group.newest) = (event.last, event);
        }
    }
    let done = |(key, (mut group, about)): (K, (Group<'e>, std::collections::BTreeSet<_>))| {
        group.objects = about.len();
        (key, group)
    };
    groups.into_iter().map(done).collect()
}

/// By reason and kind of object; warnings first, then what was seen last.
pub fn by_reason<'e>(events: impl Iterator<Item = &'e Event>) -> Vec<Group<'e>> {
    let key = |event: &'e Event| (&event.sort, &event.reason, &event.about.kind);
    let mut groups: Vec<Group<'e>> =
        grouped(events, key).into_iter().map(|(_, group)| group).collect();
    groups.sort_by_key(|group| (group.newest.tone < Tone::Warn, -group.last));
    groups
}

/// By object, each with its reasons; what was seen last first.
pub fn by_object<'e>(events: impl Iterator<Item = &'e Event>) -> Vec<(&'e About, Vec<Group<'e>>)> {
    let key = |event: &'e Event| (&event.about, &event.sort, &event.reason);
    let mut objects: Vec<(&About, Vec<Group<'e>>)> = Vec::new();
    for ((about, ..), group) in grouped(events, key) {
        match objects.last_mut() {
            Some((last, groups)) if *last == about => groups.push(group),
            _ => objects.push((about, vec![group])),
        }
    }
    for (_, groups) in &mut objects {
        groups.sort_by_key(|group| -group.last);
    }
    objects.sort_by_key(|(_, groups)| groups.first().map_or(0, |group| -group.last));
    objects
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn event(reason: &str, name: &str, span: (i64, i64), count: i64) -> Event {
        let warning = reason == "BackOff";
        Event {
            sort: if warning { "Warning" } else { "Normal" }.into(),
            tone: if warning { Tone::Warn } else { Tone::Plain },
            reason: reason.into(),
            about: About {
                kind: "Pod".into(),
                namespace: "shop".into(),
                name: name.into(),
                ..About::default()
            },
            message: format!("{reason} of {name}").into(),
            first: span.0,
            last: span.1,
            count,
        }
    }

    #[test]
    fn groups_add_up_and_the_newest_message_wins() {
        let events = [
            event("BackOff", "a", (0, 600), 30),
            event("Pulled", "a", (100, 900), 2),
            event("BackOff", "b", (300, 1200), 10),
        ];
        let groups = by_reason(events.iter());
        assert_eq!(groups.len(), 2);
        let first = &groups[0];
        assert_eq!((first.count, first.objects, first.first, first.last), (40, 2, 0, 1200));
        assert_eq!(first.newest.message, "BackOff of b");
        assert_eq!(first.rate(), "2.0/min");
        let objects = by_object(events.iter());
        assert_eq!(objects[0].0.name, "b");
        assert_eq!(objects[1].1.len(), 2);
        assert_eq!(objects[1].1[0].newest.reason, "Pulled");
    }

    #[test]
    fn rates_are_told_in_the_unit_that_fits() {
        let rate = |span, count| {
            let events = [event("BackOff", "a", (0, span), count)];
            by_reason(events.iter())[0].rate()
        };
        assert_eq!(rate(0, 1), "");
        assert_eq!(rate(10, 12), "12/min");
        assert_eq!(rate(600, 4), "0.4/min");
        assert_eq!(rate(7200, 6), "3/h");
        assert_eq!(rate(360_000, 2), "1/h");
    }
}
