//! Floor 4: an in-process Kubernetes API server, and the cluster it shows.
//!
//! HTTP/1.1 over in-memory pipes, no sockets: the client's connector dials [`Demo::dial`] and all
//! of the program above it is what runs against a real cluster, watches and patches included.
//! Answers are held to those of the real API server by a script of requests
//! (`tests/conformance/`). Objects are kept as the JSON they are sent as.

mod access;
mod apply;
mod base64;
mod body;
mod clock;
#[cfg(test)]
mod conformance;
mod crd;
mod delete;
mod discovery;
mod driver;
mod estate;
mod exec;
mod fields;
mod http;
mod kinds;
mod logs;
mod metrics;
mod patch;
mod portforward;
mod prng;
mod read;
mod request;
mod review;
mod schema;
mod select;
mod status;
mod store;
#[cfg(test)]
mod tests;
mod upgrade;
mod watch;
mod write;

use std::cell::Cell;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;
use tokio::io::DuplexStream;
use tokio::sync::{mpsc, oneshot};

pub use access::{Deny, Rules};

use self::clock::Clock;
use self::driver::{Order, World};
use self::estate::Story;
use self::store::Store;

/// Bytes that a pipe holds in each direction before the writer waits.
const PIPE: usize = 256 * 1024;

/// What a demo cluster is made of.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct DemoOptions {
    /// Generated pods beside the estate's own.
    pub pods: usize,
    /// Changes of generated pods per second (of the estate's own when none are generated).
    pub churn: f64,
    /// One seed, one cluster.
    pub seed: u64,
    /// Lines per second that each container writes; 0 for the usual few.
    pub log_rate: f64,
    /// With the incidents of the tour.
    pub tour: bool,
}

/// A handle on a running demo cluster. It ends when the last handle is dropped.
#[derive(Debug, Clone)]
pub struct Demo {
    orders: Arc<mpsc::UnboundedSender<Order>>,
    rules: Arc<Mutex<Rules>>,
}

impl Demo {
    /// Starts the estate, and its story in real time.
    pub fn start(options: DemoOptions) -> Self {
        Self::launch(move || {
            let now = wall_clock();
            let mut store = Store::new(options.seed, Clock::real(now));
            store.log_gap = logs::gap(options.log_rate);
            let story = estate::build(&mut store, &options);
            World { store, story, paused: false }
        })
    }

    /// Starts the estate at a given time (milliseconds since the epoch), which then moves only by
    /// [`Demo::step`]: one seed and one time give one cluster and one sequence of events.
    pub fn paused(options: DemoOptions, now: i64) -> Self {
        Self::launch(move || {
            let mut store = Store::new(options.seed, Clock::Set(Cell::new(now)));
            let story = estate::build(&mut store, &options);
            World { store, story, paused: true }
        })
    }

    /// A cluster that holds these objects, in this order, and does nothing by itself but to finish
    /// deletions. Their types must be served: a CustomResourceDefinition serves those after it.
    pub fn with_objects(objects: Vec<Value>) -> Self {
        Self::launch(move || {
            let mut store = Store::new(0, Clock::real(wall_clock()));
            for object in objects {
                estate::place(&mut store, object);
            }
            World { store, story: Story::default(), paused: false }
        })
    }

    /// A new connection: the client's end of a pipe, with an API server at the other end. May be
    /// called on any thread; after the server has ended the pipe is simply closed.
    pub fn dial(&self) -> DuplexStream {
        let (near, far) = tokio::io::duplex(PIPE);
        // Without a server the far end is dropped here: the client sees a closed connection.
        let _ = self.orders.send(Order::Serve(far));
        near
    }

    /// Does the next `steps` things that are due, each at its time. Only of use when paused.
    pub async fn step(&self, steps: usize) {
        let (done, wait) = oneshot::channel();
        if self.orders.send(Order::Step(steps, done)).is_ok() {
            // An error means that the server has ended; then there is nothing to wait for.
            let _ = wait.await;
        }
    }

    /// Forbids some requests from now on, and makes access reviews say so.
    pub fn set_rules(&self, rules: Rules) {
        *self.rules.lock().unwrap_or_else(PoisonError::into_inner) = rules;
    }

    /// Forgets the watch history: every older resourceVersion is expired (410) from now on.
    pub async fn expire_history(&self) {
        let (done, wait) = oneshot::channel();
        if self.orders.send(Order::Expire(done)).is_ok() {
            let _ = wait.await;
        }
    }

    fn launch(make: impl FnOnce() -> World + Send + 'static) -> Self {
        let (orders, inbox) = mpsc::unbounded_channel();
        let rules = Arc::<Mutex<Rules>>::default();
        let shared = rules.clone();
        let work = move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            match runtime {
                Ok(runtime) => {
                    let local = tokio::task::LocalSet::new();
                    local.block_on(&runtime, async { driver::run(make(), shared, inbox).await });
                }
                Err(error) => tracing::error!(%error, "the demo cluster could not start"),
            }
        };
        if let Err(error) = std::thread::Builder::new().name("demo".to_owned()).spawn(work) {
            tracing::error!(%error, "the demo cluster could not start its thread");
        }
        Self { orders: Arc::new(orders), rules }
    }
}

fn wall_clock() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    i64::try_from(since.unwrap_or_default().as_millis()).unwrap_or(i64::MAX)
}
