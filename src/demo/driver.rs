//! The server's thread: it takes connections and orders, and does what is due.

use std::cell::RefCell;
use std::rc::Rc;
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
    /// Forbid this from now on.
    Rules(Rules),
    /// Forget the watch history.
    Expire,
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
pub async fn run(world: World, mut inbox: mpsc::UnboundedReceiver<Order>) {
    let World { store, mut story, paused } = world;
    let server = Rc::new(Server {
        store: Rc::new(RefCell::new(store)),
        rules: RefCell::new(Rules::default()),
    });
    let planned = server.store.borrow().agenda_notify();
    loop {
        let wait = if paused { None } else { wait(&server.store.borrow(), &story) };
        tokio::select! {
            biased;
            order = inbox.recv() => match order {
                None => return,
                Some(Order::Serve(pipe)) => {
                    tokio::task::spawn_local(http::serve(server.clone(), pipe));
                }
                Some(Order::Rules(rules)) => *server.rules.borrow_mut() = rules,
                Some(Order::Expire) => server.store.borrow_mut().forget_history(),
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

fn next_due(store: &Store, story: &Story) -> Option<i64> {
    store.next_due().into_iter().chain(story.next_due()).min()
}

fn wait(store: &Store, story: &Story) -> Option<Duration> {
    let due = next_due(store, story)?;
    Some(Duration::from_millis(u64::try_from(due - store.clock.millis()).unwrap_or(0)))
}

async fn sleep(wait: Option<Duration>) {
    match wait {
        Some(wait) => tokio::time::sleep(wait).await,
        None => std::future::pending().await,
    }
}

/// Does the one thing that is due first, if it is due by then.
fn step(store: &mut Store, story: &mut Story, until: i64) -> bool {
    let Some(due) = next_due(store, story).filter(|due| *due <= until) else { return false };
    store.clock.advance_to(due);
    match store.take_due(due) {
        Some(chore) => delete::work(store, &chore),
        None => story.step(store),
    }
    true
}
