//! The server's thread: it takes connections and orders, and does what is due.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::DuplexStream;
use tokio::sync::{mpsc, oneshot};

use super::access::Rules;
use super::delete;
use super::estate::Story;
use super::http::{self, Server};
use super::store::Store;

/// Steps done before connections get their turn again.
const BURST: usize = 64;

/// What a handle can ask of the server's thread.
#[derive(Debug)]
pub enum Order {
    /// Serve this end of a pipe.
    Serve(DuplexStream),
    /// Forget the watch history.
    Expire(oneshot::Sender<()>),
    /// Do this many steps of a paused simulation, and say when it is done.
    Step(usize, oneshot::Sender<()>),
}

/// The world that the thread keeps going.
pub struct World {
    /// The objects.
    pub store: Store,
    /// What happens to them by itself.
    pub story: Story,
    /// Time stands still between steps.
    pub paused: bool,
}

/// Runs until the last handle is gone.
pub async fn run(
    world: World,
    rules: Arc<Mutex<Rules>>,
    mut inbox: mpsc::UnboundedReceiver<Order>,
) {
    let World { store, mut story, paused } = world;
    let server = Rc::new(Server {
        store: Rc::new(RefCell::new(store)),
        rules,
        disks: super::exec::Disks::default(),
    });
    let planned = server.store.borrow().agenda_notify();
    loop {
        story.notice(&server.store.borrow());
        let wait = if paused { None } else { wait(&server.store.borrow(), &story) };
        tokio::select! {
            biased;
            order = inbox.recv() => match order {
                None => return,
                Some(Order::Serve(pipe)) => {
                    tokio::task::spawn_local(http::serve(server.clone(), pipe));
                }
                Some(Order::Expire(done)) => {
                    server.store.borrow_mut().forget_history();
                    let _ = done.send(());
                }
                Some(Order::Step(steps, done)) => {
                    for _ in 0..steps {
                        step(&mut server.store.borrow_mut(), &mut story, i64::MAX);
                    }
                    // Whoever asked may have stopped waiting.
                    let _ = done.send(());
                }
            },
            () = planned.notified() => {}
            () = sleep(wait) => {
                let now = server.store.borrow().clock.millis();
                for _ in 0..BURST {
                    if !step(&mut server.store.borrow_mut(), &mut story, now) {
                        break;
                    }
                }
                tokio::task::yield_now().await;
            }
        }
    }
}

/// What is due next, and when.
enum Due {
    Chore,
    Story,
    Controllers,
}

fn next_due(store: &Store, story: &Story) -> Option<(i64, Due)> {
    let chore = store.next_due().map(|at| (at, Due::Chore));
    let beat = story.next_due().map(|at| (at, Due::Story));
    let control = story.controllers_due().map(|at| (at, Due::Controllers));
    chore.into_iter().chain(control).chain(beat).min_by_key(|(at, _)| *at)
}

fn wait(store: &Store, story: &Story) -> Option<Duration> {
    let (due, _) = next_due(store, story)?;
    Some(Duration::from_millis(u64::try_from(due - store.clock.millis()).unwrap_or(0)))
}

async fn sleep(wait: Option<Duration>) {
    match wait {
        Some(wait) => tokio::time::sleep(wait).await,
        None => std::future::pending().await,
    }
}

/// Does the one thing that is due first, if it is due by then.
pub fn step(store: &mut Store, story: &mut Story, until: i64) -> bool {
    story.notice(store);
    let Some((at, due)) = next_due(store, story).filter(|(at, _)| *at <= until) else {
        return false;
    };
    store.clock.advance_to(at);
    match due {
        Due::Chore => {
            if let Some(chore) = store.take_due(at) {
                delete::work(store, &chore);
            }
        }
        Due::Story => story.step(store),
        Due::Controllers => story.control(store),
    }
    true
}
