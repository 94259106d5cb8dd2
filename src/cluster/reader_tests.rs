#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
//! The whole reader against a server in memory, on a clock that only moves when everybody waits.

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
use proptest::prelude::*;
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
    table: Table,
    state: Option<WatchState>,
    states: Vec<WatchState>,
    links: Vec<LinkState>,
    notices: Vec<Fault>,
    skipped: u64,
    blanked: bool,
    others: Vec<Event>,
}

impl World {
    fn take(&mut self, event: Event) {
        match event {
            Event::Sub(SUB, SubEvent::Begin { part }) => self.table.begin(part),
            Event::Sub(SUB, SubEvent::Complete { part }) => self.table.complete(part),
            Event::Sub(SUB, SubEvent::Changes { part, changes }) => self.table.apply(part, changes),
            Event::Sub(SUB, SubEvent::State { state, .. }) => {
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

/// Runs a story with a reader that is connected to `fake`.
fn tell<F: AsyncFnOnce(World)>(fake: &Fake, settings: Settings, story: F) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap();
    let (orders, commands) = mpsc::unbounded_channel();
    let (tx, events) = mpsc::channel(4);
    let fake = fake.clone();
    let connector: Connector = Rc::new(move |errand| {
        let mut info = ClusterInfo::default();
        info.context.name = errand.context.into();
        let connection = Connection { client: fake.client(), info, gzip: false, credentials: None };
        Box::pin(std::future::ready(Ok(connection)))
    });
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime, async {
        let reader = Reader::new(settings, Timing::default(), connector);
        let running = tokio::task::spawn_local(reader.run(commands, tx, None));
        let world = World {
            orders,
            events,
            table: Table::default(),
            state: None,
            states: Vec::new(),
            links: Vec::new(),
            notices: Vec::new(),
            skipped: 0,
            blanked: false,
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

#[test]
fn rows_come_and_then_follow_every_change() {
    pods(&filled(&["a", "b"]), async |mut world, fake| {
        world.seconds(1).await;
        assert_eq!(world.rows(), fake.pods());
        assert_eq!(world.state, Some(WatchState::Live));
        assert_eq!(world.links.last(), Some(&LinkState::Live));
        fake.put("shop", "c");
        fake.delete("shop", "a");
        fake.put("shop", "b");
        world.pass(Duration::from_millis(50)).await;
        assert_eq!(world.rows(), fake.pods());
        assert_eq!(
            fake.streams(),
            [
                "/api/v1/pods?resourceVersion=0",
                "/api/v1/pods?watch=1&allowWatchBookmarks=true&resourceVersion=102"
            ]
        );
    });
}

#[test]
fn a_watch_that_ends_or_breaks_goes_on_from_the_last_version_seen() {
    for then in [Then::End, Then::Cut] {
        pods(&filled(&["a"]), async move |mut world, fake| {
            world.seconds(1).await;
            fake.put("shop", "b");
            world.pass(Duration::from_millis(50)).await;
            fake.cut(then);
            fake.put("shop", "c");
            world.pass(Duration::from_millis(50)).await;
            assert_eq!(world.rows(), fake.pods(), "{then:?}");
            let last = fake.streams().pop().unwrap();
            assert!(last.ends_with("resourceVersion=102"), "{last}");
            assert!(!world.states.iter().any(|s| matches!(s, WatchState::Broken { .. })));
        });
    }
}

#[test]
fn a_bookmark_moves_the_version_that_a_cut_resumes_from() {
    pods(&filled(&["a"]), async |mut world, fake| {
        world.seconds(1).await;
        fake.jump(555);
        fake.bookmark();
        world.pass(Duration::from_millis(50)).await;
        fake.cut(Then::Cut);
        world.seconds(1).await;
        assert!(fake.streams().pop().unwrap().ends_with("resourceVersion=555"));
    });
}

#[test]
fn when_the_version_is_gone_one_list_follows_and_nothing_blanks_or_haunts() {
    for extra in 0..2 {
        pods(&filled(&["a", "b", "c"]), async move |mut world, fake| {
            world.seconds(1).await;
            world.blanked = false;
            fake.away(true);
            fake.cut(Then::Cut);
            fake.delete("shop", "b");
            for i in 0..extra {
                fake.put("shop", &format!("new{i}"));
            }
            fake.compact();
            fake.away(false);
            world.seconds(10).await;
            assert_eq!(world.rows(), fake.pods());
            assert!(!world.blanked, "rows stay until the new list is complete");
            let lists: Vec<String> =
                fake.streams().into_iter().filter(|s| !s.contains("watch=1")).collect();
            assert_eq!(lists.len(), 2, "{lists:?}");
            assert!(lists[1].ends_with("resourceVersion=103&resourceVersionMatch=NotOlderThan"));
        });
    }
}

#[test]
fn a_relist_that_is_gone_too_asks_for_the_newest() {
    pods(&filled(&["a"]), async |mut world, fake| {
        world.seconds(1).await;
        fake.script([Answer::status(410, "Expired"), Answer::status(410, "Gone")]);
        fake.cut(Then::End);
        world.seconds(5).await;
        let streams = fake.streams();
        assert!(streams.iter().any(|s| s.contains("NotOlderThan")));
        assert!(streams.contains(&"/api/v1/pods?".to_owned()), "{streams:?}");
        assert_eq!(world.rows(), fake.pods());
        assert_eq!(world.state, Some(WatchState::Live));
    });
}

#[test]
fn a_server_that_is_behind_is_asked_again_and_its_rows_stay() {
    pods(&filled(&["a"]), async |mut world, fake| {
        world.seconds(1).await;
        fake.script([Answer::status(410, "Expired"), behind(), behind()]);
        fake.cut(Then::End);
        world.pass(Duration::from_millis(1500)).await;
        assert_eq!(world.names(), ["a"]);
        assert_eq!(fake.streams().iter().filter(|s| s.contains("NotOlderThan")).count(), 2);
        world.seconds(2).await;
        assert_eq!(fake.streams().iter().filter(|s| s.contains("NotOlderThan")).count(), 3);
        assert_eq!(world.state, Some(WatchState::Live));
    });
}

#[test]
fn a_list_cut_at_any_byte_is_read_again_and_ends_the_same() {
    let fake = filled(&["a", "b"]);
    for after in (0..420).step_by(7) {
        pods(&fake, async move |mut world, fake| {
            fake.cut_next_list(after);
            world.seconds(2).await;
            assert_eq!(world.rows(), fake.pods(), "cut after {after} bytes");
            assert_eq!(world.state, Some(WatchState::Live));
        });
    }
}

#[test]
fn what_cannot_be_read_is_counted_and_the_rest_goes_on() {
    let fake = Fake::new();
    let items = [pod("shop", "a", 1), "null".into(), "5".into(), r#"{"metadata":null}"#.into()];
    let list = format!(r#"{{"items":[{}],"metadata":{{"resourceVersion":"7"}}}}"#, items.join(","));
    let lines = [
        "garbage".to_owned(),
        r#"{"type":"ADDED","object":{"metadata":{"name":5}}}"#.into(),
        format!(r#"{{"type":"ADDED","object":{}}}"#, pod("shop", "b", 9)),
        format!(r#" {{"object":{},"type":"ADDED"}}"#, pod("shop", "c", 10)),
        String::new(),
    ];
    let watch = Answer::new(200, lines.join("\n")).then(Then::Hang);
    fake.script([Answer::new(200, list), watch]);
    pods(&fake, async |mut world, _| {
        world.seconds(1).await;
        assert_eq!(world.names(), ["a", "b", "c"]);
        assert_eq!(world.skipped, 5);
        assert_eq!(world.state, Some(WatchState::Live));
    });
}

#[test]
fn a_no_is_told_and_asked_again_slowly() {
    let fake = filled(&["a"]);
    fake.script([Answer::status(403, "Forbidden"), Answer::status(403, "Forbidden")]);
    let shared = fake.clone();
    tell(&fake, Settings::default(), async move |mut world| {
        world.subscribe(Scope::Namespaces(vec!["shop".into()]));
        world.seconds(29).await;
        assert!(
            matches!(&world.state, Some(WatchState::Denied(f)) if f.kind == FaultKind::Forbidden)
        );
        assert_eq!(shared.streams().len(), 1);
        world.seconds(2).await;
        assert_eq!(shared.streams().len(), 2);
        world.send(Command::Retry(CLUSTER));
        world.seconds(1).await;
        assert_eq!(world.state, Some(WatchState::Live), "a key retries at once");
    });
}

#[test]
fn without_a_right_to_all_namespaces_those_we_know_are_shown_and_it_is_said() {
    let fake = filled(&["a"]);
    fake.put("other", "hidden");
    let refuse = Arc::new(AtomicBool::new(true));
    let refusing = Arc::clone(&refuse);
    fake.handle(move |seen| {
        let all = seen.path == "/api/v1/pods" && refusing.load(Ordering::Relaxed);
        all.then(|| Answer::status(403, "Forbidden"))
    });
    let namespaces = BTreeMap::from([("test".to_owned(), vec!["shop".into()])]);
    let settings = Settings { namespaces, ..Settings::default() };
    let shared = fake.clone();
    tell(&fake, settings, async move |mut world| {
        world.subscribe(Scope::All);
        world.seconds(2).await;
        assert_eq!(world.names(), ["a"]);
        let said: Vec<&Fault> =
            world.notices.iter().filter(|fault| fault.kind == FaultKind::Forbidden).collect();
        assert_eq!(said.len(), 1);
        assert!(said[0].hint.contains("only shop, default shown"));
        refuse.store(false, Ordering::Relaxed);
        world.send(Command::Retry(CLUSTER));
        world.seconds(2).await;
        assert_eq!(world.rows(), shared.pods(), "the right came, all is shown");
        shared.delete("shop", "a");
        world.seconds(1).await;
        assert_eq!(world.rows(), shared.pods());
    });
}

#[test]
fn a_login_that_failed_is_told_and_tried_again() {
    let fake = filled(&["a"]);
    fake.script([Answer::status(401, "Unauthorized")]);
    pods(&fake, async |mut world, _| {
        world.seconds(1).await;
        let Some(WatchState::Broken { why, .. }) = &world.state else {
            panic!("{:?}", world.state)
        };
        assert_eq!(why.kind, FaultKind::Unauthenticated);
        world.seconds(10).await;
        assert_eq!(world.state, Some(WatchState::Live));
    });
}

#[test]
fn a_busy_server_is_left_alone_as_long_as_it_asks() {
    let fake = filled(&["a"]);
    fake.script([Answer::status(429, "TooManyRequests").header("retry-after", "7")]);
    pods(&fake, async |mut world, fake| {
        world.pass(Duration::from_millis(6900)).await;
        assert_eq!(fake.streams().len(), 1);
        world.seconds(3).await;
        assert_eq!(world.rows(), fake.pods());
    });
}

#[test]
fn an_error_event_closes_the_stream_and_it_goes_on() {
    pods(&filled(&["a"]), async |mut world, fake| {
        world.seconds(1).await;
        fake.line(&format!(r#"{{"type":"ERROR","object":{}}}"#, status(500, "InternalError")));
        world.seconds(1).await;
        fake.put("shop", "b");
        world.seconds(1).await;
        assert_eq!(world.rows(), fake.pods());
        assert!(fake.streams().pop().unwrap().ends_with("resourceVersion=101"));
    });
}

#[test]
fn a_kind_that_is_not_served_says_so_and_may_come_back() {
    let fake = filled(&["a"]);
    fake.script([Answer::status(404, "NotFound")]);
    pods(&fake, async |mut world, fake| {
        world.seconds(1).await;
        assert!(matches!(world.state, Some(WatchState::NotServed(_))));
        world.seconds(30).await;
        assert_eq!(world.rows(), fake.pods());
    });
}

#[test]
fn a_silent_server_is_found_out_within_30_s_and_back_within_3() {
    pods(&filled(&["a"]), async |mut world, fake| {
        world.seconds(1).await;
        world.blanked = false;
        fake.away(true);
        world.seconds(29).await;
        assert!(matches!(world.links.last(), Some(LinkState::Broken { .. })));
        assert!(matches!(world.state, Some(WatchState::Broken { .. })));
        assert_eq!(world.names(), ["a"], "rows stay");
        fake.put("shop", "b");
        world.seconds(300).await;
        fake.away(false);
        world.seconds(3).await;
        assert_eq!(world.links.last(), Some(&LinkState::Live));
        assert_eq!(world.rows(), fake.pods());
        assert_eq!(world.state, Some(WatchState::Live));
        assert!(!world.blanked);
    });
}

#[test]
fn a_stream_that_alone_went_silent_is_opened_again() {
    pods(&filled(&["a"]), async |mut world, fake| {
        world.seconds(1).await;
        fake.forget_watchers();
        fake.put("shop", "b");
        world.seconds(80).await;
        assert_eq!(world.rows(), fake.pods());
    });
}

#[test]
fn a_quiet_cluster_is_asked_for_a_sign_of_life_and_nothing_else() {
    pods(&filled(&["a"]), async |mut world, fake| {
        world.seconds(2).await;
        let before = fake.seen().len();
        for _ in 0..5 {
            world.seconds(60).await;
            fake.bookmark();
        }
        let after = fake.seen();
        let signs = after[before..].iter().filter(|s| s.path == "/version").count();
        assert!((10..=16).contains(&signs), "{signs} signs of life in 300 s");
        assert_eq!(fake.streams().len(), 2);
    });
}

#[test]
fn leaving_ends_the_stream() {
    pods(&filled(&["a"]), async |mut world, fake| {
        world.seconds(1).await;
        world.send(Command::Unsubscribe(SUB));
        world.seconds(1).await;
        fake.put("shop", "b");
        world.seconds(1).await;
        assert_eq!(world.names(), ["a"]);
        assert_eq!(fake.open_watchers(), 0);
    });
}

fn target(uid: &str) -> ObjRef {
    ObjRef {
        cluster: CLUSTER,
        gvr: Gvr::new("", "v1", "pods"),
        kind: "Pod".into(),
        namespace: "shop".into(),
        name: "a".into(),
        uid: uid.into(),
    }
}

fn deletion() -> Plan {
    let targets = [target("uid-a")];
    Plan::delete(PlanId(1), "test".into(), &targets, Propagation::Background, None).unwrap()
}

fn writes(fake: &Fake) -> Vec<Seen> {
    fake.seen().into_iter().filter(|seen| seen.method != "GET").collect()
}

#[test]
fn a_deletion_is_followed_until_the_object_is_gone() {
    let fake = filled(&["a"]);
    fake.handle(|seen| (seen.method == "DELETE").then(|| Answer::new(200, pod("shop", "a", 101))));
    let shared = fake.clone();
    tell(&fake, Settings::default(), async move |mut world| {
        world.send(Command::Run(deletion()));
        world.seconds(1).await;
        let leaving = r#"{"type":"MODIFIED","object":{"metadata":{"name":"a","uid":"uid-a",
            "resourceVersion":"200","deletionTimestamp":"2026-01-01T00:00:00Z",
            "deletionGracePeriodSeconds":30,"finalizers":["shop.io/drain"]}}}"#;
        shared.line(&leaving.replace('\n', " "));
        world.seconds(2).await;
        shared.delete("shop", "a");
        world.seconds(1).await;
        let follows = world.follows();
        assert_eq!(follows.first(), Some(&(0, FollowState::Requested)));
        let waits = FollowState::Progressing("waits for the finalizer shop.io/drain".into());
        assert!(follows.contains(&(0, waits)), "{follows:?}");
        assert_eq!(follows.last(), Some(&(0, FollowState::Done("gone after 3 s".into()))));
        let sent = writes(&shared);
        assert_eq!(sent.len(), 1);
        assert!(sent[0].body.contains(r#""uid":"uid-a""#));
    });
}

#[test]
fn a_replacement_of_the_same_name_is_not_taken_for_the_original() {
    let fake = filled(&["a"]);
    fake.handle(|seen| (seen.method == "DELETE").then(|| Answer::new(200, "{}")));
    tell(&fake, Settings::default(), async move |mut world| {
        let mut plan = deletion();
        plan.requests[0].target.uid = "uid-older".into();
        world.send(Command::Run(plan));
        world.seconds(1).await;
        assert!(matches!(world.follows().last(), Some((0, FollowState::Superseded(_)))));
    });
}

#[test]
fn what_does_not_go_away_times_out_and_says_what_it_waits_for() {
    let fake = filled(&["a"]);
    fake.handle(|seen| (seen.method == "DELETE").then(|| Answer::new(200, "{}")));
    tell(&fake, Settings::default(), async move |mut world| {
        world.send(Command::Run(deletion()));
        world.seconds(61).await;
        let Some((0, FollowState::TimedOut(words))) = world.follows().pop() else { panic!() };
        assert_eq!(words, "after 60 s: the deletion has not begun yet");
    });
}

#[test]
fn a_dry_run_says_so_to_the_server_and_follows_nothing() {
    let fake = filled(&["a"]);
    fake.handle(|seen| (seen.method == "DELETE").then(|| Answer::new(200, "{}")));
    let shared = fake.clone();
    tell(&fake, Settings::default(), async move |mut world| {
        world.send(Command::Run(Plan { dry_run: true, ..deletion() }));
        world.seconds(1).await;
        assert_eq!(world.follows().last(), Some(&(0, FollowState::WouldSucceed)));
        assert_eq!(writes(&shared)[0].query, "dryRun=All");
    });
}

#[test]
fn read_only_sends_no_write_not_even_a_dry_run() {
    let fake = filled(&["a"]);
    let shared = fake.clone();
    let settings = Settings { readonly: true, ..Settings::default() };
    tell(&fake, settings, async move |mut world| {
        world.send(Command::Run(Plan { dry_run: true, ..deletion() }));
        world.seconds(1).await;
        let Some((0, FollowState::Failed(fault))) = world.follows().pop() else { panic!() };
        assert_eq!(fault.kind, FaultKind::Refused);
        assert!(writes(&shared).is_empty());
    });
}

#[test]
fn nothing_is_written_until_somebody_says_that_it_may_and_no_longer_than_that() {
    let fake = filled(&["a"]);
    fake.handle(|seen| (seen.method == "DELETE").then(|| Answer::new(200, "{}")));
    let shared = fake.clone();
    tell(&fake, Settings::default(), async move |mut world| {
        let attempt = || Command::Run(Plan { dry_run: true, ..deletion() });
        let mut sent = Vec::new();
        // The same context is left and entered again: it starts closed.
        world.send(Command::Connect { cluster: CLUSTER, context: "test".into() });
        world.send(attempt());
        for readonly in [false, true, false] {
            world.seconds(1).await;
            sent.push(writes(&shared).len());
            world.send(Command::Readonly(CLUSTER, readonly));
            world.send(attempt());
        }
        world.seconds(1).await;
        sent.push(writes(&shared).len());
        assert_eq!(sent, [0, 1, 1, 2]);
        let refused = |(_, state): &(usize, FollowState)| match state {
            FollowState::Failed(fault) => fault.kind == FaultKind::Refused,
            _ => false,
        };
        assert_eq!(world.follows().iter().filter(|follow| refused(follow)).count(), 2);
    });
}

#[test]
fn what_the_command_line_made_read_only_is_never_lifted() {
    let fake = filled(&["a"]);
    let shared = fake.clone();
    let settings = Settings { readonly: true, ..Settings::default() };
    tell(&fake, settings, async move |mut world| {
        world.send(Command::Readonly(CLUSTER, false));
        world.send(Command::Run(deletion()));
        world.seconds(1).await;
        assert!(writes(&shared).is_empty());
    });
}

#[test]
fn steps_that_build_on_a_failed_one_are_not_sent_and_ours_carry_our_name() {
    let fake = filled(&["a"]);
    fake.handle(|seen| (seen.method == "PATCH").then(|| Answer::status(409, "Conflict")));
    let shared = fake.clone();
    tell(&fake, Settings::default(), async move |mut world| {
        let mut plan = deletion();
        let patch = PlanRequest {
            method: Method::Patch,
            path: "/api/v1/namespaces/shop/pods/a".into(),
            content_type: "application/merge-patch+json",
            body: "{}".into(),
            target: target("uid-a"),
        };
        plan.requests = vec![patch.clone(), patch];
        world.send(Command::Run(plan));
        world.seconds(1).await;
        let follows = world.follows();
        assert!(
            matches!(&follows[1], (0, FollowState::Failed(f)) if f.kind == FaultKind::Conflict)
        );
        assert!(matches!(&follows[2], (1, FollowState::Failed(f)) if f.kind == FaultKind::Refused));
        let sent = writes(&shared);
        assert_eq!(sent.len(), 1);
        assert_eq!(sent[0].query, "fieldManager=wheelhouse");
    });
}

#[test]
fn the_same_question_is_asked_once() {
    let fake = filled(&[]);
    fake.handle(|seen| {
        let review = r#"{"status":{"allowed":false,"reason":"no role"}}"#;
        seen.path.ends_with("selfsubjectaccessreviews").then(|| Answer::new(201, review))
    });
    let shared = fake.clone();
    tell(&fake, Settings::default(), async move |mut world| {
        let question = AccessQuestion {
            cluster: CLUSTER,
            verb: "delete",
            gvr: Gvr::new("", "v1", "pods"),
            subresource: "",
            namespace: "shop".into(),
        };
        for n in 0..3 {
            world.send(Command::Ask { ticket: Ticket(n), question: question.clone() });
        }
        world.seconds(1).await;
        let answers = world.others.iter().filter(|e| matches!(e, Event::Answer(_, Ok(_)))).count();
        assert_eq!((answers, writes(&shared).len()), (3, 1));
        world.seconds(301).await;
        world.send(Command::Ask { ticket: Ticket(9), question });
        world.seconds(1).await;
        assert_eq!(writes(&shared).len(), 2);
    });
}

#[test]
fn a_new_kind_appears_and_its_columns_follow_its_definition() {
    let fake = Fake::new();
    let crd = Arc::new(std::sync::Mutex::new(None::<&'static str>));
    let served = Arc::clone(&crd);
    fake.handle(move |seen| {
        let column = *served.lock().unwrap();
        let groups = column.map_or("", |_| {
            r#"{"metadata":{"name":"shop.io"},"versions":[{"version":"v1","resources":[
                {"resource":"carts","scope":"Namespaced","responseKind":{"kind":"Cart"}}]}]}"#
        });
        let list = |items: &str| format!(r#"{{"kind":"APIGroupDiscoveryList","items":[{items}]}}"#);
        let empty = r#"{"items":[],"metadata":{"resourceVersion":"1"}}"#;
        Some(match (&*seen.path, seen.is_watch()) {
            ("/api", _) => Answer::new(200, list("")),
            ("/apis", _) => Answer::new(200, list(groups)),
            ("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", true) => {
                // Its first end tells of the change; then it stays quiet.
                let line = r#"{"type":"MODIFIED","object":{"metadata":{"name":"carts.shop.io",
                    "resourceVersion":"2"}}}"#;
                Answer::new(200, line.replace('\n', " ") + "\n").then(Then::Hang)
            }
            ("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/carts.shop.io", _) => {
                Answer::new(
                    200,
                    format!(
                        r#"{{"spec":{{"group":"shop.io","names":{{"plural":"carts"}},"versions":[
                        {{"name":"v1","served":true,"additionalPrinterColumns":[
                        {{"name":"{}","type":"string","jsonPath":".spec.x"}}]}}]}}}}"#,
                        column.unwrap()
                    ),
                )
            }
            (path, false) if path.ends_with("/carts") || path.ends_with("definitions") => {
                Answer::new(200, empty)
            }
            (path, true) if path.ends_with("/carts") => Answer::new(200, "").then(Then::Hang),
            ("/version" | "/readyz", _) => Answer::new(200, "{}"),
            _ => Answer::status(404, "NotFound"),
        })
    });
    tell(&fake.clone(), Settings::default(), async move |mut world| {
        let mut need = need(Scope::All);
        need.gvr = Gvr::new("shop.io", "v1", "carts");
        world.send(Command::Subscribe { sub: SUB, need });
        world.pass(Duration::from_millis(500)).await;
        assert!(matches!(world.state, Some(WatchState::NotServed(_))), "{:?}", world.state);
        let titles = |world: &World| -> Vec<String> {
            let schemas = world.others.iter().filter_map(|event| match event {
                Event::Sub(SUB, SubEvent::Schema(schema)) => Some(schema),
                _ => None,
            });
            let last = schemas.last().expect("there is a schema");
            last.columns.iter().map(|column| column.title.to_string()).collect()
        };
        *crd.lock().unwrap() = Some("Owner");
        // The watch of definitions is silent: it is opened again after 75 s and tells its line.
        world.seconds(80).await;
        assert!(titles(&world).contains(&"OWNER".to_owned()), "{:?}", titles(&world));
        assert_eq!(world.state, Some(WatchState::Live));
        *crd.lock().unwrap() = Some("Price");
        world.seconds(80).await;
        assert!(titles(&world).contains(&"PRICE".to_owned()), "{:?}", titles(&world));
    });
}

/// One thing that may happen to a cluster.
#[derive(Clone, Debug)]
enum Act {
    Put(u8),
    Delete(u8),
    Cut,
    End,
    Compact,
    Bookmark,
    Garbage,
    Away,
    Back,
    CutList(usize),
    Refuse(u16),
    Wait(u16),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        6 => (0..8u8).prop_map(Act::Put),
        4 => (0..8u8).prop_map(Act::Delete),
        2 => Just(Act::Cut),
        1 => Just(Act::End),
        2 => Just(Act::Compact),
        1 => Just(Act::Bookmark),
        1 => Just(Act::Garbage),
        1 => Just(Act::Away),
        2 => Just(Act::Back),
        1 => (0..900usize).prop_map(Act::CutList),
        1 => prop::sample::select(vec![410u16, 429, 500, 503, 504, 401, 403]).prop_map(Act::Refuse),
        4 => (0..4000u16).prop_map(Act::Wait),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]
    #[test]
    fn whatever_happens_the_rows_are_the_servers_in_the_end(
        acts in prop::collection::vec(act(), 1..40),
    ) {
        let fake = filled(&["p0", "p1"]);
        pods(&fake, async |mut world, fake| {
            for act in acts {
                match act {
                    Act::Put(n) => drop(fake.put("shop", &format!("p{n}"))),
                    Act::Delete(n) => fake.delete("shop", &format!("p{n}")),
                    Act::Cut => fake.cut(Then::Cut),
                    Act::End => fake.cut(Then::End),
                    Act::Compact => fake.compact(),
                    Act::Bookmark => fake.bookmark(),
                    Act::Garbage => fake.line("{\"type\":"),
                    // What happens while nobody hears it must be lost, as on a real connection.
                    Act::Away => { fake.away(true); fake.cut(Then::Cut); }
                    Act::Back => fake.away(false),
                    Act::CutList(after) => fake.cut_next_list(after),
                    Act::Refuse(code) => fake.script([Answer::status(code, "")]),
                    Act::Wait(ms) => world.pass(Duration::from_millis(ms.into())).await,
                }
            }
            fake.away(false);
            fake.unscript();
            // Longer than the slowest retry there is.
            world.seconds(700).await;
            assert_eq!(world.rows(), fake.pods());
            assert_eq!(world.state, Some(WatchState::Live));
        });
    }
}
