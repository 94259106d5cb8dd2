//! Links that rows have in common: the pods of one template all use the same, and hold them once.

use crate::model::{Link, Text};
use rustc_hash::{FxHashMap, FxHasher};
use std::hash::Hasher;
use std::sync::Arc;

/// Lists of links, found by what they are made of.
#[derive(Debug, Default)]
pub(super) struct Commons {
    lists: FxHashMap<u64, Arc<[Link]>>,
    sweep_at: usize,
}

impl Commons {
    /// The shared copy of a list, which is left empty.
    pub(super) fn of(&mut self, links: &mut Vec<Link>) -> Arc<[Link]> {
        if links.is_empty() {
            return Arc::default();
        }
        let mut hasher = FxHasher::default();
        links.iter().for_each(|link| identity(link, &mut hasher));
        let found = hasher.finish();
        if let Some(list) = self.lists.get(&found)
            && **list == **links
        {
            links.clear();
            return Arc::clone(list);
        }
        if self.lists.len() >= self.sweep_at {
            self.lists.retain(|_, list| Arc::strong_count(list) > 1);
            self.sweep_at = (self.lists.len() * 2).max(256);
        }
        let list: Arc<[Link]> = links.drain(..).collect();
        // Of two lists that are found at the same place the newer one is shared from now on.
        self.lists.insert(found, Arc::clone(&list));
        list
    }
}

/// Equal texts of one pool are the same one: their addresses tell as much as their letters, and are there at once.
fn identity(link: &Link, hasher: &mut FxHasher) {
    let mut texts = |tag: u8, texts: &[&Text]| {
        hasher.write_u8(tag);
        texts.iter().for_each(|text| hasher.write_usize(text.as_ptr().addr()));
    };
    match link {
        Link::Owner { api_version, kind, name } => texts(0, &[api_version, kind, name]),
        Link::Ref { field, group, kind, namespace, name } => {
            texts(1, &[field, group, kind, namespace, name]);
        }
        Link::Children { plural, namespace, labels, fields, owner } => {
            texts(2, &[plural, namespace, labels, fields, owner]);
        }
        Link::Labels(labels) => texts(3, &[labels]),
        Link::Makes(labels) => texts(4, &[labels]),
        Link::Selects { field, group, kind, namespace, labels } => {
            texts(5, &[field, group, kind, namespace, labels]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &Text) -> Link {
        Link::Owner { api_version: Text::new(), kind: Text::new(), name: name.clone() }
    }

    #[test]
    fn the_same_links_are_held_once_and_as_long_as_a_row_has_them() {
        let (mut commons, one, other) = (Commons::default(), Text::from("a"), Text::from("b"));
        let mut scratch = vec![named(&one), named(&other)];
        let first = commons.of(&mut scratch);
        assert!(scratch.is_empty());
        let again = commons.of(&mut vec![named(&one), named(&other)]);
        assert!(Arc::ptr_eq(&first, &again));
        let fewer = commons.of(&mut vec![named(&one)]);
        let turned = commons.of(&mut vec![named(&other), named(&one)]);
        assert!(*fewer != *first && *turned != *first);
        drop((first, again));
        // So many others come that it is looked through.
        let names: Vec<Text> = (0..300).map(|n: i32| n.to_string().into()).collect();
        let held: Vec<_> = names.iter().map(|name| commons.of(&mut vec![named(name)])).collect();
        let of_two = commons.lists.values().filter(|list| list.len() == 2);
        assert_eq!(of_two.count(), 1, "only what a row still has");
        assert_eq!(held.len(), 300);
    }
}
