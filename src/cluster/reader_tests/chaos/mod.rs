//! Whatever happens, in any order: in the end the rows are the server's.
//!
//! A model: a server whose weather is made ([`server`]), and a map of what it holds. Each step is one thing
//! that may happen to a cluster, to its network, or to the program. As a test it takes some hundred steps;
//! for more, and for others:
//!
//! ```console
//! $ WHEELHOUSE_STEPS=100000 [WHEELHOUSE_SEED=7] cargo test --lib whatever_happens -- --nocapture
//! ```

mod server;

use super::*;
use crate::cluster::listwatch;
use crate::fuzz::{Random, number};
use server::{Form, Mishap, Server};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// One thing that may happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act {
    Put(u8, u8),
    Delete(u8, u8),
    /// Many changes at once.
    Burst(u8),
    /// All watches end, or break.
    End(bool),
    Compact,
    Bookmark,
    /// An ERROR event with this code in all watches.
    Expire(u16),
    Rubbish,
    /// Connections are refused.
    Away(bool),
    /// Packets go nowhere.
    Hole(bool),
    HalfOpen,
    /// The cache that answers does not hear of changes.
    Lag(bool),
    /// Other kinds change.
    Elsewhere(u16),
    /// What happens to the next list or watch.
    Next(Mishap),
    /// What happens to every list as a whole from now on.
    Whole(Option<Mishap>),
    /// Lists come late from now on, or at once.
    Slow(bool),
    /// Lists are forbidden from now on, or allowed.
    Unlisted(bool),
    /// Milliseconds pass.
    Wait(u16),
    /// The program is stopped for so many seconds, the server is not.
    Freeze(u8),
    /// A person asks to try again now.
    Retry,
    /// The table is left and opened again.
    Reopen,
}

const NAMESPACES: [&str; 3] = ["shop", "kube-system", "team-a"];
const CODES: [u16; 9] = [410, 429, 500, 502, 503, 504, 401, 403, 404];

fn act(random: &mut Random) -> Act {
    let (place, name) = (random.below(3) as u8, random.below(6) as u8);
    match random.below(68) {
        0..=14 => Act::Put(place, name),
        15..=21 => Act::Delete(place, name),
        22 => Act::Burst(random.byte()),
        23..=25 => Act::End(random.one_in(2)),
        26..=27 => Act::Compact,
        28..=29 => Act::Bookmark,
        30 => Act::Expire(*random.pick(&[410, 410, 500, 504, 429])),
        31 => Act::Rubbish,
        32 => Act::Away(true),
        33..=34 => Act::Away(false),
        35 => Act::Hole(true),
        36..=37 => Act::Hole(false),
        38 => Act::HalfOpen,
        39 => Act::Lag(true),
        40..=41 => Act::Lag(false),
        42 => Act::Elsewhere(random.below(2000) as u16),
        43..=48 => {
            // Lists have some hundred bytes, and streams some thousand.
            let reach = *random.pick(&[30, 300, 3000]);
            let at = random.below(reach);
            Act::Next(match random.below(10) {
                0..=2 => Mishap::Refuse(*random.pick(&CODES), random.below(4) as u8),
                3 => Mishap::Behind,
                4 => Mishap::Cut(at),
                5 => Mishap::End(at),
                6 => Mishap::Hang(at),
                7 => Mishap::Mute,
                8 => Mishap::Garble(at),
                _ => Mishap::Again,
            })
        }
        49..=56 => {
            let longest = *random.pick(&[50, 500, 5000, 40_000]);
            Act::Wait(random.below(longest) as u16)
        }
        57 => Act::Freeze(random.below(150) as u8),
        58 => Act::Retry,
        59..=61 => whole(random),
        62 => Act::Whole(None),
        65 => Act::Slow(true),
        66 => Act::Slow(false),
        63 => Act::Unlisted(true),
        64 => Act::Unlisted(false),
        _ => Act::Reopen,
    }
}

/// What keeps lists as a whole from coming.
fn whole(random: &mut Random) -> Act {
    let at = *random.pick(&[0, 30, 300]);
    let mishaps =
        [Mishap::Cut(at), Mishap::End(at), Mishap::Refuse(413, 0), Mishap::Refuse(504, 0)];
    Act::Whole(Some(*random.pick(&mishaps)))
}

/// One history, and the world it happens in.
#[derive(Clone, Debug)]
struct Case {
    seed: u64,
    form: Form,
    /// Asked for: all, or these.
    scope: Scope,
    gzip: bool,
    acts: Vec<Act>,
}

impl Case {
    fn new(seed: u64, most: usize) -> Self {
        let mut random = Random::new(seed);
        let form = *random.pick(&[Form::Json, Form::Protobuf, Form::Protobuf, Form::Either]);
        let scope = match random.below(3) {
            0 => Scope::Namespaces(vec!["shop".into()]),
            1 => Scope::Namespaces(vec!["kube-system".into(), "shop".into()]),
            _ => Scope::All,
        };
        let length = 1 + random.below(most.max(1));
        let mut acts = Vec::new();
        let paged = random.one_in(3);
        if paged {
            // Objects come, change and go while pages of them do.
            acts.extend([whole(&mut random), Act::Slow(true)]);
            acts.extend((0..18).map(|i| Act::Put(i / 6, i % 6)));
            acts.push(Act::Wait(2000 + random.below(6000) as u16));
            acts.extend((0..16).map(|_| {
                let (place, name) = (random.below(3) as u8, random.below(6) as u8);
                match random.below(4) {
                    0 => Act::Put(place, name),
                    1 => Act::Delete(place, name),
                    _ => Act::Wait(random.below(800) as u16),
                }
            }));
        }
        // Not always so much that another list follows.
        let length = if paged { random.below(length) } else { length };
        acts.extend((0..length).map(|_| act(&mut random)));
        Self { seed, form, scope, gzip: random.one_in(2), acts }
    }

    fn wanted(&self, namespace: &str) -> bool {
        match &self.scope {
            Scope::All => true,
            Scope::Namespaces(names) => names.iter().any(|name| name == namespace),
        }
    }

    /// Lives through it; panics where a promise does not hold. Tells whether pages were read, and whether a watch told
    /// what there is.
    fn run(&self) -> [bool; 2] {
        let server = Server::new(self.form, self.seed);
        server.put("shop", "anchor");
        server.put("kube-system", "anchor");
        listwatch::seeded(self.seed);
        let (shared, asked) = (server.clone(), server.clone());
        let gzip = self.gzip;
        let connector: Connector = Rc::new(move |greeting| {
            let mut info = ClusterInfo::default();
            info.context.name = greeting.context.into();
            let client = shared.client();
            let connection = Connection { client, info, gzip, credentials: None, shelf: None };
            Box::pin(std::future::ready(Ok(connection)))
        });
        let settings = Settings::default();
        let case = self.clone();
        tell_by(connector, Timing::default(), settings, async move |world| {
            case.story(world, server).await;
        });
        let asked = asked.asked();
        ["&continue=", "&sendInitialEvents="].map(|way| asked.iter().any(|line| line.contains(way)))
    }

    async fn story(&self, mut world: World, server: Server) {
        world.pass(Duration::from_millis(1)).await;
        let bare = Rc::strong_count(&world.outbox);
        world.subscribe(self.scope.clone());
        let began = tokio::time::Instant::now();
        let mut refused = false;
        let mut reopened = 0;
        for act in &self.acts {
            match *act {
                Act::Put(place, name) => {
                    server.put(NAMESPACES[usize::from(place)], &format!("p{name}"))
                }
                Act::Delete(place, name) => {
                    server.delete(NAMESPACES[usize::from(place)], &format!("p{name}"));
                }
                Act::Burst(n) => {
                    for i in 0..n {
                        let namespace = NAMESPACES[usize::from(i % 3)];
                        let name = format!("p{}", i % 7);
                        if i % 5 == 4 {
                            server.delete(namespace, &name)
                        } else {
                            server.put(namespace, &name)
                        }
                    }
                }
                Act::End(broken) => server.end(broken),
                Act::Compact => server.compact(),
                Act::Bookmark => server.bookmark(),
                Act::Expire(code) => server.expire(code),
                Act::Rubbish => server.rubbish(),
                Act::Away(away) => server.away(away),
                Act::Hole(hole) => server.hole(hole),
                Act::HalfOpen => server.half_open(),
                Act::Lag(lags) => server.lag(lags),
                Act::Elsewhere(by) => server.elsewhere(by.into()),
                Act::Next(mishap) => {
                    // What is denied again and again is looked for elsewhere, or is served no more.
                    refused |= matches!(mishap, Mishap::Refuse(401..=404, _));
                    server.next(mishap);
                }
                Act::Whole(mishap) => server.whole(mishap),
                Act::Slow(slow) => server.slow(slow),
                Act::Unlisted(unlisted) => {
                    refused |= unlisted;
                    server.unlisted(unlisted);
                }
                Act::Wait(ms) => world.pass(Duration::from_millis(ms.into())).await,
                Act::Freeze(seconds) => {
                    tokio::time::advance(Duration::from_secs(seconds.into())).await;
                }
                Act::Retry => world.send(Command::Retry(CLUSTER)),
                Act::Reopen => {
                    world.send(Command::Unsubscribe(SUB));
                    world.pass(Duration::from_millis(1)).await;
                    world.table = Table::default();
                    world.parts.clear();
                    reopened += 1;
                    world.subscribe(self.scope.clone());
                }
            }
            self.nothing_is_made_up(&world, &server);
            if !refused && !server.garbled() && reopened == 0 {
                self.what_stays_is_shown(&world);
            }
        }
        // Nobody is asked in a tight loop, whatever they say.
        let seconds = usize::try_from(began.elapsed().as_secs()).unwrap();
        let most = 60 + 14 * self.acts.len() + 6 * seconds;
        assert!(server.requests() <= most, "{} requests in {seconds} s", server.requests());

        server.calm();
        if server.garbled() {
            // What was said wrong in a way that could be read stays until the next list.
            server.elsewhere(10_000_000);
            server.compact();
            server.end(false);
        }
        // Longer than the slowest retry there is.
        world.seconds(700).await;
        let mut wanted = server.objects();
        wanted.retain(|(namespace, _), _| self.wanted(namespace));
        let asked = server.asked();
        let last = &asked[asked.len().saturating_sub(6)..];
        assert_eq!(world.rows(), wanted, "the rows are not the server's; asked last {last:?}");
        for (part, state) in &world.parts {
            assert_eq!(*state, WatchState::Live, "part {part}; asked last {last:?}");
        }
        // A quiet hour costs signs of life, and watches that bring no bookmark are opened anew.
        let before = server.requests();
        world.seconds(3600).await;
        let more = server.requests() - before;
        assert!(more <= 450 * self.parts(), "{more} requests in a quiet hour: {last:?}");
        // And a change is seen at once.
        server.put("shop", "late");
        world.seconds(1).await;
        assert!(
            world.rows().contains_key(&("shop".into(), "late".into())),
            "a late change is lost"
        );

        world.send(Command::Unsubscribe(SUB));
        world.seconds(1).await;
        assert_eq!(Rc::strong_count(&world.outbox), bare, "a task of a table that was left stays");
        assert_eq!(server.open_watchers(), 0, "a watch of a table that was left stays");
        world.send(Command::Disconnect(CLUSTER));
        world.seconds(20).await;
        let before = server.requests();
        world.seconds(600).await;
        assert_eq!(server.requests(), before, "a cluster that was left is asked");
    }

    /// Each row was once the server's, unless somebody lied.
    fn nothing_is_made_up(&self, world: &World, server: &Server) {
        if server.garbled() {
            return;
        }
        for (key, version) in world.rows() {
            assert!(server.knew(&key, version), "{key:?} at {version} never was");
            assert!(self.wanted(&key.0), "{key:?} was not asked for");
        }
    }

    /// What is there all the time never leaves the screen once it was on it.
    fn what_stays_is_shown(&self, world: &World) {
        let complete = world.completed.len() >= self.parts();
        let anchor = ("shop".to_owned(), "anchor".to_owned());
        assert!(
            !complete || world.rows().contains_key(&anchor),
            "what is always there is not shown"
        );
    }

    fn parts(&self) -> usize {
        match &self.scope {
            Scope::All => 1,
            Scope::Namespaces(names) => names.len(),
        }
    }

    fn fails(&self) -> Option<String> {
        let hook = std::panic::take_hook();
        std::panic::set_hook(Box::new(|_| {}));
        let done = catch_unwind(AssertUnwindSafe(|| self.run()));
        std::panic::set_hook(hook);
        let told = done.err()?;
        let text = told.downcast_ref::<String>().cloned();
        Some(
            text.or_else(|| told.downcast_ref::<&str>().map(|s| (*s).to_owned()))
                .unwrap_or_default(),
        )
    }

    /// The same with as few acts as it still fails with.
    fn smaller(mut self) -> (Self, String) {
        let mut why = self.fails().unwrap_or_default();
        let mut size = self.acts.len().div_ceil(2);
        while size > 0 {
            let mut at = 0;
            while at < self.acts.len() {
                let mut less = self.clone();
                less.acts.drain(at..(at + size).min(self.acts.len()));
                match less.fails() {
                    Some(reason) => (self, why) = (less, reason),
                    None => at += size,
                }
            }
            size /= 2;
        }
        (self, why)
    }
}

#[test]
fn whatever_happens_the_rows_are_the_servers_in_the_end() {
    let wanted = number("WHEELHOUSE_STEPS").unwrap_or(600);
    let first = number("WHEELHOUSE_SEED").unwrap_or(1);
    let (mut steps, mut cases, mut by) = (0, 0, [0, 0]);
    while steps < wanted {
        let case = Case::new(first + cases, 60);
        steps += case.acts.len() as u64;
        cases += 1;
        match catch_unwind(AssertUnwindSafe(|| case.run())) {
            Ok(ways) => ways.iter().zip(&mut by).for_each(|(way, by)| *by += u32::from(*way)),
            Err(told) => {
                let (small, why) = case.clone().smaller();
                println!("{case:?}\n\nfewest acts: {small:?}\n{why}");
                std::panic::resume_unwind(told);
            }
        }
    }
    let [pages, watches] = by;
    println!(
        "model of list and watch: {steps} steps in {cases} histories from seed {first}, none failed; \
         pages were read in {pages}, a watch told what there is in {watches}"
    );
    // The histories of any seed know all ways.
    assert!(wanted < 600 || (pages > 0 && watches > 0));
}
