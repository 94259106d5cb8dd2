//! What differs between what was deployed and what is there.
//!
//! Values are held against each other as the server would merge them ([`Shape`]): items of lists by
//! their keys, members of sets without order, quantities by value. What the server fills in, or leaves
//! out because it is empty, is no difference. In what is replaced as a whole (an atomic list, a selector)
//! everything counts; elsewhere only what the manifest names.

use super::equal::same;
use super::found::Change;
use super::path::{Path, Step};
use super::shape::{List, Place, Shape};
use crate::text::mask::LAST_APPLIED;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustc_hash::{FxHashMap, FxHashSet};
use serde_json::{Map, Value};
use std::borrow::Cow;

/// What an object has to be held against.
#[derive(Clone, Copy, Debug)]
pub enum Against<'v> {
    /// A manifest: only what it names counts, and what the apply before it named and it does not.
    Manifest {
        /// What should be there.
        desired: &'v Value,
        /// What was applied before; None where that is not known, or is the manifest itself.
        base: Option<&'v Value>,
    },
    /// The object as the API server would make it (a dry run): everything counts.
    Whole(&'v Value),
}

/// Differences, in the order of the manifest. `metadata` beside labels, annotations and finalizers, and
/// `status`, are the server's and are not looked at.
pub fn compare(against: Against<'_>, live: &Value, shape: &Shape) -> Vec<Change> {
    let (desired, base, whole) = match against {
        Against::Manifest { desired, base } => (desired, base, false),
        Against::Whole(desired) => (desired, None, true),
    };
    let fold = |object| if shape.is_secret() { folded(object) } else { Cow::Borrowed(object) };
    let (desired, base) = (fold(desired), base.map(fold));
    let mut walk = Walk { at: Vec::new(), out: Vec::new() };
    walk.value(shape.root(), Some(&desired), base.as_deref(), Some(live), whole);
    walk.out
}

/// A Secret as the server keeps it: `stringData` is in `data`.
pub(super) fn folded(secret: &Value) -> Cow<'_, Value> {
    let Some(texts) = secret.get("stringData").and_then(Value::as_object) else {
        return Cow::Borrowed(secret);
    };
    let mut data = secret.get("data").and_then(Value::as_object).cloned().unwrap_or_default();
    for (name, text) in texts {
        if let Some(text) = text.as_str() {
            data.insert(name.clone(), Value::String(STANDARD.encode(text)));
        }
    }
    let mut secret = secret.clone();
    if let Some(fields) = secret.as_object_mut() {
        fields.shift_remove("stringData");
        fields.insert("data".to_owned(), Value::Object(data));
    }
    Cow::Owned(secret)
}

/// A step, before somebody wants to know it.
#[derive(Clone, Copy)]
enum Crumb<'v> {
    Field(&'v str),
    /// The item of a list: the keys, and what they are.
    Item(&'v [String], &'v Value, Place<'v>),
    Member(&'v Value),
    At(usize),
}

struct Walk<'v> {
    at: Vec<Crumb<'v>>,
    out: Vec<Change>,
}

impl<'v> Walk<'v> {
    /// `whole`: what the manifest does not name counts too.
    fn value(
        &mut self,
        place: Place<'v>,
        desired: Option<&'v Value>,
        base: Option<&'v Value>,
        live: Option<&'v Value>,
        whole: bool,
    ) {
        let whole = whole || place.node.whole;
        match (desired, live) {
            (Some(Value::Object(want)), Some(Value::Object(have))) => {
                self.fields(place, want, base, have, whole);
            }
            (Some(Value::Array(want)), Some(Value::Array(have))) => {
                self.list(place, want, base, have, whole);
            }
            (Some(want), Some(have)) if same(place, want, have) => {}
            _ => {
                let nothing = |value: Option<&Value>| value.is_none_or(|it| place.is_nothing(it));
                match (nothing(desired), nothing(live)) {
                    (true, true) => {}
                    // Labels and annotations of which there were none: one by one.
                    (true, false) if place.is_open_map() => {
                        if let Some(Value::Object(have)) = live {
                            self.fields(place, &NO_FIELDS, base, have, whole);
                        }
                    }
                    (false, true) if place.is_open_map() => {
                        if let Some(Value::Object(want)) = desired {
                            self.fields(place, want, base, &NO_FIELDS, whole);
                        }
                    }
                    _ => self.differ(desired, live),
                }
            }
        }
    }

    fn fields(
        &mut self,
        place: Place<'v>,
        want: &'v Map<String, Value>,
        base: Option<&'v Value>,
        have: &'v Map<String, Value>,
        whole: bool,
    ) {
        let base = base.and_then(Value::as_object);
        for (name, value) in want {
            if self.is_servers(name) {
                continue;
            }
            let live = have.get(name);
            if live.is_none() && place.is_derived(name, value, want, have) {
                continue;
            }
            let base = base.and_then(|base| base.get(name));
            self.at.push(Crumb::Field(name));
            self.value(place.field(name), Some(value), base, live, whole);
            self.at.pop();
        }
        if !whole && base.is_none() {
            return;
        }
        for (name, value) in have {
            let counts = whole || base.is_some_and(|base| base.contains_key(name));
            if !counts || want.contains_key(name) || self.is_servers(name) {
                continue;
            }
            if place.is_derived(name, value, have, want) {
                continue;
            }
            let base = base.and_then(|base| base.get(name));
            self.at.push(Crumb::Field(name));
            self.value(place.field(name), None, base, Some(value), whole);
            self.at.pop();
        }
    }

    fn list(
        &mut self,
        place: Place<'v>,
        want: &'v [Value],
        base: Option<&'v Value>,
        have: &'v [Value],
        whole: bool,
    ) {
        let objects = |items: &[Value]| items.iter().all(Value::is_object);
        let plain = |items: &[Value]| !items.iter().any(|it| it.is_object() || it.is_array());
        match place.merge() {
            Some(List::Map(keys)) if objects(want) && objects(have) => {
                self.items(place, keys, want, base, have, whole);
            }
            Some(List::Set) if plain(want) && plain(have) => {
                self.members(want, base, have, whole);
            }
            _ => self.atomic(place, want, have),
        }
    }

    /// A list that is replaced as a whole. Where few items differ they are named.
    fn atomic(&mut self, place: Place<'v>, want: &'v [Value], have: &'v [Value]) {
        if want.len() == have.len() {
            let before = self.out.len();
            let mut differing = 0;
            for (at, (wanted, item)) in want.iter().zip(have).enumerate() {
                let known = self.out.len();
                self.at.push(Crumb::At(at));
                self.value(place.item(), Some(wanted), None, Some(item), true);
                self.at.pop();
                differing += usize::from(self.out.len() > known);
            }
            if differing <= (want.len() / 2).max(1) {
                return;
            }
            self.out.truncate(before);
        }
        self.whole_list(want, have);
    }

    fn whole_list(&mut self, want: &[Value], have: &[Value]) {
        let change = Change {
            path: self.path(),
            desired: Some(Value::Array(want.to_vec())),
            live: Some(Value::Array(have.to_vec())),
        };
        self.out.push(change);
    }

    fn items(
        &mut self,
        place: Place<'v>,
        keys: &'v [String],
        want: &'v [Value],
        base: Option<&'v Value>,
        have: &'v [Value],
        whole: bool,
    ) {
        let item = place.item();
        let base = base.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let wanted = by_keys(item, keys, want);
        let named = by_keys(item, keys, base);
        let found = by_keys(item, keys, have);
        let mut done = FxHashSet::default();
        for value in want {
            let key = key_of(item, keys, value);
            if !done.insert(key.clone()) {
                continue;
            }
            let (ours, theirs) = (&wanted[&*key], found.get(&*key).map_or(&[][..], Vec::as_slice));
            let base = named.get(&*key).and_then(|at| base.get(*at.last()?));
            if ours.len() > 1 && ours.len() == theirs.len() {
                // The server keeps namesakes, in their order.
                for (wanted, at) in ours.iter().zip(theirs) {
                    self.at.push(Crumb::At(*at));
                    self.value(item, want.get(*wanted), base, have.get(*at), whole);
                    self.at.pop();
                }
                continue;
            }
            // Of namesakes that became one, the last one counts.
            let wanted = ours.last().and_then(|at| want.get(*at));
            let live = theirs.last().and_then(|at| have.get(*at));
            self.at.push(Crumb::Item(keys, value, item));
            self.value(item, wanted, base, live, whole);
            self.at.pop();
        }
        if !whole && named.is_empty() {
            return;
        }
        for value in have {
            let key = key_of(item, keys, value);
            let counts = whole || named.contains_key(&*key);
            if counts && !wanted.contains_key(&*key) && done.insert(key) {
                self.at.push(Crumb::Item(keys, value, item));
                self.differ(None, Some(value));
                self.at.pop();
            }
        }
    }

    fn members(
        &mut self,
        want: &'v [Value],
        base: Option<&'v Value>,
        have: &'v [Value],
        whole: bool,
    ) {
        let base = base.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let set = |items: &[Value]| items.iter().map(Value::to_string).collect::<FxHashSet<_>>();
        let (wanted, named, found) = (set(want), set(base), set(have));
        let mut differ = |member: &'v Value, is_wanted: bool| {
            self.at.push(Crumb::Member(member));
            let side = |here: bool| here.then_some(member);
            self.differ(side(is_wanted), side(!is_wanted));
            self.at.pop();
        };
        for member in want.iter().filter(|member| !found.contains(&member.to_string())) {
            differ(member, true);
        }
        for member in have {
            let text = member.to_string();
            if !wanted.contains(&text) && (whole || named.contains(&text)) {
                differ(member, false);
            }
        }
    }

    fn differ(&mut self, desired: Option<&Value>, live: Option<&Value>) {
        let path = self.path();
        self.out.push(Change { path, desired: desired.cloned(), live: live.cloned() });
    }

    fn path(&self) -> Path {
        let step = |crumb: &Crumb<'_>| match crumb {
            Crumb::Field(name) => Step::Field((*name).into()),
            Crumb::Item(keys, value, place) => {
                let key =
                    |key: &String| (key.as_str().into(), key_value(*place, key, value).clone());
                Step::Item(keys.iter().map(key).collect())
            }
            Crumb::Member(value) => Step::Member((*value).clone()),
            Crumb::At(at) => Step::At(*at),
        };
        Path(self.at.iter().map(step).collect())
    }

    /// What the server alone writes.
    fn is_servers(&self, name: &str) -> bool {
        match self.at.as_slice() {
            [] => matches!(name, "status" | "apiVersion" | "kind"),
            [Crumb::Field("metadata")] => !matches!(name, "labels" | "annotations" | "finalizers"),
            [Crumb::Field("metadata"), Crumb::Field("annotations")] => name == LAST_APPLIED,
            _ => false,
        }
    }
}

static NO_FIELDS: std::sync::LazyLock<Map<String, Value>> = std::sync::LazyLock::new(Map::new);
static NO_VALUE: Value = Value::Null;

/// A key that an item leaves out has the default that the server gives it.
fn key_value<'v>(item: Place<'v>, key: &str, value: &'v Value) -> &'v Value {
    value.get(key).or_else(|| item.key_default(key)).unwrap_or(&NO_VALUE)
}

/// What tells an item from others, as text.
fn key_of<'v>(item: Place<'v>, keys: &[String], value: &'v Value) -> Cow<'v, str> {
    if let [key] = keys
        && let Value::String(text) = key_value(item, key, value)
    {
        return Cow::Borrowed(text);
    }
    let mut out = String::new();
    for key in keys {
        match key_value(item, key, value) {
            Value::String(text) => out.push_str(text),
            other => out.push_str(&other.to_string()),
        }
        out.push('\0');
    }
    Cow::Owned(out)
}

/// Places of the items, by what tells them.
fn by_keys<'v>(
    item: Place<'v>,
    keys: &[String],
    items: &'v [Value],
) -> FxHashMap<Cow<'v, str>, Vec<usize>> {
    let mut out: FxHashMap<_, Vec<usize>> = FxHashMap::default();
    for (at, value) in items.iter().enumerate() {
        out.entry(key_of(item, keys, value)).or_default().push(at);
    }
    out
}

#[cfg(test)]
#[path = "compare_tests.rs"]
mod tests;
