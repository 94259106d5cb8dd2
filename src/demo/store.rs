//! All objects, by type and key, with one global resourceVersion and a bounded history of events
//! per type, from which watches and exact lists are served.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::ops::Bound;
use std::rc::Rc;

use serde_json::Value;
use tokio::sync::Notify;

use super::body::Body;
use super::clock::Clock;
use super::kinds::{self, Type};
use super::prng::Prng;

/// Index of a type; stays valid for the life of the store.
pub type TypeId = usize;

/// `namespace/name`, or `name`: ordered as the server's storage orders keys.
pub type Key = Rc<str>;

/// Most events kept per type.
const HISTORY_EVENTS: usize = 16_384;
/// Most bytes of bodies kept in the events of one type.
const HISTORY_BYTES: usize = 8 << 20;

/// One kept object.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its JSON.
    pub body: Body,
    /// Its resourceVersion.
    pub version: u64,
    /// Its uid.
    pub uid: Rc<str>,
    /// Uids of its owners.
    pub owners: Box<[Rc<str>]>,
}

/// What happened to an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Happened {
    /// It is new.
    Added,
    /// It changed.
    Modified,
    /// It is gone.
    Deleted,
}

/// One event of a type's history.
#[derive(Debug, Clone)]
pub struct Event {
    /// The resourceVersion it made.
    pub version: u64,
    /// What happened.
    pub happened: Happened,
    /// To which object.
    pub key: Key,
    /// The object after it (of a deleted one: its last state, at the new version).
    pub body: Body,
    /// The object before it.
    pub before: Option<(u64, Body)>,
}

#[derive(Debug, Default)]
struct Shelf {
    objects: BTreeMap<Key, Entry>,
    history: VecDeque<Event>,
    weight: usize,
    /// Events up to this version have been forgotten.
    forgotten: u64,
    notify: Rc<Notify>,
}

/// Something to do later.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Chore {
    /// Look whether a terminating object can go.
    Reap {
        /// Its type.
        id: TypeId,
        /// Its key.
        key: Key,
    },
}

/// The objects of the cluster.
#[derive(Debug)]
pub struct Store {
    types: Vec<Rc<Type>>,
    served: HashMap<(String, String), TypeId>,
    shelves: Vec<Shelf>,
    version: u64,
    dependents: HashMap<Rc<str>, BTreeSet<(TypeId, Key)>>,
    agenda: BTreeSet<(i64, u64, Chore)>,
    agenda_notify: Rc<Notify>,
    planned: u64,
    /// Source of uids and generated names.
    pub random: Prng,
    /// The server's time.
    pub clock: Clock,
    /// Microseconds between two lines of a container's log.
    pub log_gap: i64,
}

impl Store {
    /// An empty store that serves the built-in types.
    pub fn new(seed: u64, clock: Clock) -> Self {
        let mut store = Self {
            types: Vec::new(),
            served: HashMap::new(),
            shelves: Vec::new(),
            version: 1,
            dependents: HashMap::new(),
            agenda: BTreeSet::new(),
            agenda_notify: Rc::default(),
            planned: 0,
            random: Prng::new(seed ^ 0x5eed_5707),
            clock,
            log_gap: super::logs::GAP,
        };
        for ty in kinds::builtin() {
            store.serve(ty);
        }
        store
    }

    /// Serves a type from now on, or replaces what is known of one that is served.
    pub fn serve(&mut self, ty: Type) -> TypeId {
        let name = (ty.group.clone(), ty.plural.clone());
        if let Some(id) = self.served.get(&name) {
            self.types[*id] = Rc::new(ty);
            return *id;
        }
        let id = self.types.len();
        self.types.push(Rc::new(ty));
        self.shelves.push(Shelf { forgotten: self.version, ..Shelf::default() });
        self.served.insert(name, id);
        id
    }

    /// Stops serving a type and drops its objects.
    pub fn retire(&mut self, group: &str, plural: &str) {
        if let Some(id) = self.served.remove(&(group.to_owned(), plural.to_owned())) {
            let keys: Vec<Key> = self.shelves[id].objects.keys().cloned().collect();
            for key in keys {
                self.remove(id, &key);
            }
            self.shelves[id].notify.notify_waiters();
        }
    }

    /// Is the type still served?
    pub fn is_served(&self, id: TypeId) -> bool {
        let ty = &self.types[id];
        self.served.get(&(ty.group.clone(), ty.plural.clone())) == Some(&id)
    }

    /// The types served now, in the order they came.
    pub fn types(&self) -> impl Iterator<Item = (TypeId, &Rc<Type>)> {
        self.types.iter().enumerate().filter(|(id, _)| self.is_served(*id))
    }

    /// What is known of a type.
    pub fn ty(&self, id: TypeId) -> &Rc<Type> {
        &self.types[id]
    }

    /// The type with this plural.
    pub fn find(&self, group: &str, plural: &str) -> Option<TypeId> {
        self.served.get(&(group.to_owned(), plural.to_owned())).copied()
    }

    /// The type with this kind in this `apiVersion`.
    pub fn find_kind(&self, api_version: &str, kind: &str) -> Option<TypeId> {
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        self.types()
            .find(|(_, ty)| {
                ty.group == group && ty.kind == kind && ty.versions.iter().any(|v| v == version)
            })
            .map(|(id, _)| id)
    }

    /// The newest resourceVersion.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// One object.
    pub fn get(&self, id: TypeId, key: &str) -> Option<&Entry> {
        self.shelves[id].objects.get(key)
    }

    /// The objects of a type in key order, of one namespace or all, after a key.
    pub fn scan<'a>(
        &'a self,
        id: TypeId,
        namespace: Option<&str>,
        after: Option<&str>,
    ) -> impl Iterator<Item = (&'a Key, &'a Entry)> + use<'a> {
        let prefix = namespace.map(|namespace| format!("{namespace}/")).unwrap_or_default();
        let start = match after {
            Some(key) => Bound::Excluded(Key::from(key)),
            None => Bound::Included(Key::from(prefix.as_str())),
        };
        self.shelves[id]
            .objects
            .range::<Key, _>((start, Bound::Unbounded))
            .take_while(move |(key, _)| key.starts_with(&prefix))
    }

    /// Keys of the objects that name this uid as an owner.
    pub fn dependents(&self, uid: &str) -> Vec<(TypeId, Key)> {
        self.dependents.get(uid).map(|set| set.iter().cloned().collect()).unwrap_or_default()
    }

    /// Keeps an object: its resourceVersion is set, an event is told. Returns its body.
    pub fn put(&mut self, id: TypeId, mut object: Value) -> Body {
        self.version += 1;
        let version = self.version;
        let meta = &mut object["metadata"];
        meta["resourceVersion"] = Value::String(version.to_string());
        let uid = Rc::from(meta["uid"].as_str().unwrap_or_default());
        let owners = owner_uids(meta);
        let object = type_first(object);
        let meta = &object["metadata"];
        let key = key_of(meta["namespace"].as_str(), meta["name"].as_str().unwrap_or_default());
        let body = Body::of(&object);
        self.keep(id, key, Entry { body: body.clone(), version, uid, owners });
        body
    }

    /// Keeps an object made from a blueprint; `body` gets the resourceVersion it has to bear.
    pub fn put_made(
        &mut self,
        id: TypeId,
        key: &Key,
        uid: &Rc<str>,
        owner: Option<&Rc<str>>,
        body: impl FnOnce(u64) -> Body,
    ) {
        self.version += 1;
        let entry = Entry {
            body: body(self.version),
            version: self.version,
            uid: uid.clone(),
            owners: owner.into_iter().cloned().collect(),
        };
        self.keep(id, key.clone(), entry);
    }

    fn keep(&mut self, id: TypeId, key: Key, entry: Entry) {
        for owner in &entry.owners {
            self.dependents.entry(owner.clone()).or_default().insert((id, key.clone()));
        }
        let (version, body) = (entry.version, entry.body.clone());
        let old = self.shelves[id].objects.insert(key.clone(), entry.clone());
        if let Some(old) = &old {
            for gone in old.owners.iter().filter(|owner| !entry.owners.contains(owner)) {
                self.forget_dependent(gone, id, &key);
            }
        }
        let happened = if old.is_some() { Happened::Modified } else { Happened::Added };
        let before = old.map(|old| (old.version, old.body));
        self.tell(id, Event { version, happened, key, body, before });
    }

    /// Removes an object at once. Returns its last state, at the version of its removal.
    pub fn remove(&mut self, id: TypeId, key: &str) -> Option<Body> {
        let (key, old) = self.shelves[id].objects.remove_entry(key)?;
        self.version += 1;
        let version = self.version;
        let mut last = old.body.value();
        last["metadata"]["resourceVersion"] = Value::String(version.to_string());
        let body = Body::of(&type_first(last));
        for owner in &old.owners {
            self.forget_dependent(owner, id, &key);
        }
        let before = Some((old.version, old.body));
        let event = Event { version, happened: Happened::Deleted, key, body: body.clone(), before };
        self.tell(id, event);
        Some(body)
    }

    fn forget_dependent(&mut self, owner: &Rc<str>, id: TypeId, key: &Key) {
        if let Some(set) = self.dependents.get_mut(owner) {
            set.remove(&(id, key.clone()));
            if set.is_empty() {
                self.dependents.remove(owner);
            }
        }
    }

    fn tell(&mut self, id: TypeId, event: Event) {
        let shelf = &mut self.shelves[id];
        shelf.weight += event.body.weight();
        shelf.history.push_back(event);
        while shelf.history.len() > HISTORY_EVENTS || shelf.weight > HISTORY_BYTES {
            let Some(old) = shelf.history.pop_front() else { break };
            shelf.weight -= old.body.weight();
            shelf.forgotten = old.version;
        }
        shelf.notify.notify_waiters();
        self.agenda_notify.notify_one();
    }

    /// Plans a chore, in this many milliseconds.
    pub fn later(&mut self, millis: i64, chore: Chore) {
        self.planned += 1;
        self.agenda.insert((self.clock.millis() + millis, self.planned, chore));
        self.agenda_notify.notify_one();
    }

    /// When the next chore is due, in milliseconds since the epoch.
    pub fn next_due(&self) -> Option<i64> {
        self.agenda.first().map(|(due, _, _)| *due)
    }

    /// Takes a chore that is due at this time.
    pub fn take_due(&mut self, now: i64) -> Option<Chore> {
        if self.next_due()? > now {
            return None;
        }
        self.agenda.pop_first().map(|(_, _, chore)| chore)
    }

    /// Wakes when a chore was planned or something changed.
    pub fn agenda_notify(&self) -> Rc<Notify> {
        self.agenda_notify.clone()
    }

    /// Forgets all events so far: every older resourceVersion is expired from now on.
    pub fn forget_history(&mut self) {
        for shelf in &mut self.shelves {
            shelf.history.clear();
            shelf.weight = 0;
            shelf.forgotten = self.version;
        }
    }

    /// Is everything that happened to this type after `version` still known?
    pub fn remembers(&self, id: TypeId, version: u64) -> bool {
        version >= self.shelves[id].forgotten
    }

    /// Events of a type after `version`, oldest first.
    pub fn events_after(&self, id: TypeId, version: u64) -> impl Iterator<Item = &Event> {
        let history = &self.shelves[id].history;
        let start = history.partition_point(|event| event.version <= version);
        history.range(start..)
    }

    /// Did anything happen to a type after `version`?
    pub fn changed_since(&self, id: TypeId, version: u64) -> bool {
        self.shelves[id].history.back().is_some_and(|event| event.version > version)
    }

    /// Wakes when something happens to a type.
    pub fn notify(&self, id: TypeId) -> Rc<Notify> {
        self.shelves[id].notify.clone()
    }

    /// What has to be put over the objects of today to see them as they were at `version`: the
    /// old body of everything that changed since, or nothing for what was not there.
    pub fn since(&self, id: TypeId, version: u64) -> BTreeMap<Key, Option<Body>> {
        let mut then = BTreeMap::new();
        for event in self.events_after(id, version) {
            then.entry(event.key.clone())
                .or_insert_with(|| event.before.as_ref().map(|(_, body)| body.clone()));
        }
        then
    }
}

/// The object with its type in front: lists of built-in types leave it out (see `read.rs`).
pub fn type_first(mut object: Value) -> Value {
    let mut sorted = serde_json::Map::new();
    if let Some(map) = object.as_object_mut() {
        for name in ["kind", "apiVersion", "metadata"] {
            if let Some(value) = map.shift_remove(name) {
                sorted.insert(name.to_owned(), value);
            }
        }
        sorted.append(map);
    }
    Value::Object(sorted)
}

/// The key of an object.
pub fn key_of(namespace: Option<&str>, name: &str) -> Key {
    match namespace {
        Some(namespace) if !namespace.is_empty() => format!("{namespace}/{name}").into(),
        _ => name.into(),
    }
}

fn owner_uids(meta: &Value) -> Box<[Rc<str>]> {
    let owners = meta["ownerReferences"].as_array().map(Vec::as_slice).unwrap_or_default();
    owners.iter().filter_map(|owner| owner["uid"].as_str()).map(Rc::from).collect()
}
