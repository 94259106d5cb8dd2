#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
//! The whole reader against a server in memory, on a clock that only moves when everybody waits.

mod catalogue;
mod chaos;
mod facets;
mod first_page;
mod handshakes;
mod hostile;
mod initial;
mod leaks;
mod lists;
mod login;
mod metrics;
mod old_servers;
mod outages;
mod packed;
mod pages;
mod refusals;
mod remembered;
mod streams;
mod writes;

use super::batch::Outbox;
use super::facts::{Facts, Shelf};
use super::fake_server::{Answer, Fake, Seen, Then, behind, pod, status};
use super::reader::Reader;
use super::session::{Connection, Connector, Settings};
use super::timing::Timing;
use super::{Command, Event};
use crate::model::{
    AccessQuestion, ClusterEvent, ClusterId, ClusterInfo, Facet, Fault, FaultKind, FollowState,
    Gvr, LinkState, Method, Need, ObjRef, Plan, PlanId, PlanRequest, Propagation, Scope, SubEvent,
    SubId, Table, Ticket, WatchState,
};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::mpsc;

const CLUSTER: ClusterId = ClusterId(1);
const SUB: SubId = SubId(1);

/// A reader, its server, and what a session would hold.
struct World {
    orders: mpsc::UnboundedSender<Command>,
    events: mpsc::Receiver<Event>,
    /// Everything that lives for a subscription or a cluster holds a piece of it.
    outbox: Rc<Outbox>,
    table: Table,
    state: Option<WatchState>,
    states: Vec<WatchState>,
    links: Vec<LinkState>,
    notices: Vec<Fault>,
    skipped: u64,
    blanked: bool,
    /// Of each part how it is, and which were complete once.
    parts: BTreeMap<u16, WatchState>,
    completed: std::collections::BTreeSet<u16>,
    others: Vec<Event>,
}

impl World {
    fn take(&mut self, event: Event) {
        match event {
            Event::Sub(SUB, SubEvent::Begin { part }) => self.table.begin(part),
            Event::Sub(SUB, SubEvent::Complete { part }) => {
                self.completed.insert(part);
                self.table.complete(part);
            }
            Event::Sub(SUB, SubEvent::Changes { part, changes }) => self.table.apply(part, changes),
            Event::Sub(SUB, SubEvent::State { part, state }) => {
                self.parts.insert(part, state.clone());
                self.states.push(state.clone());
                self.state = Some(state);
            }
            Event::Sub(SUB, SubEvent::Skipped { count, .. }) => self.skipped = count,
            Event::Cluster(_, ClusterEvent::Link(link)) => self.links.push(link),
            Event::Cluster(_, ClusterEvent::Notice(fault)) => self.notices.push(fault),
            other => self.others.push(other),
        }
        self.blanked |= self.table.is_empty();
    }

    /// Lets so much time pass.
    async fn pass(&mut self, time: Duration) {
        let end = tokio::time::sleep(time);
        tokio::pin!(end);
        loop {
            tokio::select! {
                biased;
                event = self.events.recv() => self.take(event.expect("the reader runs")),
                () = &mut end => return,
            }
        }
    }

    async fn seconds(&mut self, n: u64) {
        self.pass(Duration::from_secs(n)).await;
    }

    fn rows(&self) -> BTreeMap<(String, String), u64> {
        let row = |row: &crate::model::Row| {
            ((row.key.namespace.to_string(), row.key.name.to_string()), row.version)
        };
        self.table.rows().map(|(_, r)| row(r)).collect()
    }

    fn names(&self) -> Vec<String> {
        self.rows().into_keys().map(|(_, name)| name).collect()
    }

    fn send(&self, command: Command) {
        self.orders.send(command).unwrap();
    }

    fn subscribe(&self, scope: Scope) {
        self.send(Command::Subscribe { sub: SUB, need: need(scope) });
    }

    fn follows(&self) -> Vec<(usize, FollowState)> {
        let follow = |event: &Event| match event {
            Event::Follow(_, i, state) => Some((*i, state.clone())),
            _ => None,
        };
        self.others.iter().filter_map(follow).collect()
    }
}

fn need(scope: Scope) -> Need {
    Need {
        cluster: CLUSTER,
        gvr: Gvr::new("", "v1", "pods"),
        scope,
        labels: "".into(),
        fields: "".into(),
        facet: Facet::Row,
    }
}

/// A shelf that lasts as long as the test.
#[derive(Default)]
struct Board(std::sync::Mutex<BTreeMap<String, Vec<u8>>>);

impl Board {
    /// With what was found out in an earlier session.
    fn of(facts: &Facts) -> Arc<Self> {
        let board = Self::default();
        board.put("cluster", &facts.written().unwrap());
        Arc::new(board)
    }

    fn facts(&self) -> Facts {
        Facts::read(&self.take("cluster").unwrap()).unwrap()
    }
}

impl Shelf for Board {
    fn take(&self, name: &str) -> Option<Vec<u8>> {
        self.0.lock().unwrap().get(name).cloned()
    }

    fn put(&self, name: &str, content: &[u8]) {
        self.0.lock().unwrap().insert(name.to_owned(), content.to_owned());
    }
}

/// Connects to `fake` with what earlier sessions have left on the shelf.
fn knowing(fake: &Fake, gzip: bool, shelf: &Arc<Board>) -> Connector {
    let (fake, shelf) = (fake.clone(), Arc::clone(shelf));
    Rc::new(move |_| {
        let shelf: Arc<dyn Shelf> = shelf.clone();
        let connection = Connection {
            client: fake.client(),
            info: ClusterInfo::default(),
            gzip,
            credentials: None,
            shelf: Some((shelf, "cluster".into())),
        };
        Box::pin(std::future::ready(Ok(connection)))
    })
}

/// Connects to `fake`; `gzip` as a server would be asked that is not on this machine.
fn to(fake: &Fake, gzip: bool) -> Connector {
    let fake = fake.clone();
    Rc::new(move |errand| {
        let mut info = ClusterInfo::default();
        info.context.name = errand.context.into();
        let connection =
            Connection { client: fake.client(), info, gzip, credentials: None, shelf: None };
        Box::pin(std::future::ready(Ok(connection)))
    })
}

/// Runs a story with a reader that is connected to `fake`.
fn tell<F: AsyncFnOnce(World)>(fake: &Fake, settings: Settings, story: F) {
    tell_by(to(fake, false), Timing::default(), settings, story);
}

/// Runs a story with a reader that connects like this.
fn tell_by<F: AsyncFnOnce(World)>(
    connector: Connector,
    timing: Timing,
    settings: Settings,
    story: F,
) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap();
    let (orders, commands) = mpsc::unbounded_channel();
    let (tx, events) = mpsc::channel(4);
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime, async {
        let reader = Reader::new(settings, timing, connector);
        let outbox = reader.outbox();
        let running = tokio::task::spawn_local(reader.run(commands, tx, None));
        let world = World {
            orders,
            events,
            outbox,
            table: Table::default(),
            state: None,
            states: Vec::new(),
            links: Vec::new(),
            notices: Vec::new(),
            skipped: 0,
            blanked: false,
            parts: BTreeMap::new(),
            completed: std::collections::BTreeSet::new(),
            others: Vec::new(),
        };
        world.send(Command::Connect { cluster: CLUSTER, context: "test".into() });
        world.send(Command::Readonly(CLUSTER, false));
        story(world).await;
        running.abort();
    });
}

/// The same, with all pods asked for.
fn pods<F: AsyncFnOnce(World, Fake)>(fake: &Fake, story: F) {
    let shared = fake.clone();
    tell(fake, Settings::default(), async move |world| {
        world.subscribe(Scope::All);
        story(world, shared).await;
    });
}

fn filled(names: &[&str]) -> Fake {
    let fake = Fake::new();
    for name in names {
        fake.put("shop", name);
    }
    fake
}
