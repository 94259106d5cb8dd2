//! Floor 4: an in-process Kubernetes API server, and the cluster it shows.
//!
//! HTTP/1.1 over in-memory pipes, no sockets: the client's connector dials [`Demo::dial`] and all
//! of the program above it is what runs against a real cluster, watches and patches included.
//! Answers are held to those of the real API server by a script of requests
//! (`tests/conformance/`). Objects are kept as the JSON they are sent as.

mod access;
mod base64;
mod body;
mod clock;
mod discovery;
mod estate;
mod http;
mod kinds;
mod prng;
mod read;
mod request;
mod select;
mod status;
mod store;
#[cfg(test)]
mod tests;
mod watch;

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use serde_json::Value;
use tokio::io::DuplexStream;
use tokio::sync::mpsc;

pub use access::{Deny, Rules};

use self::clock::Clock;
use self::http::Server;
use self::store::Store;

/// Bytes that a pipe holds in each direction before the writer waits.
const PIPE: usize = 256 * 1024;

/// What a demo cluster is made of.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct DemoOptions {
    /// Generated pods beside the estate's own.
    pub pods: usize,
    /// Changes of generated pods per second.
    pub churn: f64,
    /// One seed, one cluster.
    pub seed: u64,
}

/// A handle on a running demo cluster. It ends when the last handle is dropped.
#[derive(Debug, Clone)]
pub struct Demo {
    orders: Arc<mpsc::UnboundedSender<Order>>,
}

/// What a handle can ask of the server's thread.
#[derive(Debug)]
enum Order {
    Serve(DuplexStream),
    Rules(Rules),
    Expire,
}

impl Demo {
    /// Starts the estate.
    pub fn start(options: DemoOptions) -> Self {
        Self::launch(move |server| load(server, estate::objects(&options)))
    }

    /// A cluster that holds these objects and does nothing by itself. Their `apiVersion` and
    /// `kind` must be served; CustomResourceDefinitions among them are served first.
    pub fn with_objects(objects: Vec<Value>) -> Self {
        Self::launch(move |server| load(server, objects))
    }

    /// A new connection: the client's end of a pipe, with an API server at the other end. May be
    /// called on any thread; after the server has ended the pipe is simply closed.
    pub fn dial(&self) -> DuplexStream {
        let (near, far) = tokio::io::duplex(PIPE);
        let _ = self.orders.send(Order::Serve(far));
        near
    }

    /// Forbids some requests from now on, and makes access reviews say so.
    pub fn set_rules(&self, rules: Rules) {
        let _ = self.orders.send(Order::Rules(rules));
    }

    /// Forgets the watch history: every older resourceVersion is expired (410) from now on.
    pub fn expire_history(&self) {
        let _ = self.orders.send(Order::Expire);
    }

    fn launch(fill: impl FnOnce(&Rc<Server>) + Send + 'static) -> Self {
        let (orders, mut inbox) = mpsc::unbounded_channel();
        let work = move || {
            let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build()
            else {
                return;
            };
            let local = tokio::task::LocalSet::new();
            local.block_on(&runtime, async move {
                let now = i64::try_from(
                    std::time::SystemTime::now()
                        .duration_since(std::time::UNIX_EPOCH)
                        .unwrap_or_default()
                        .as_millis(),
                )
                .unwrap_or(i64::MAX);
                let server = Rc::new(Server {
                    store: Rc::new(RefCell::new(Store::new(0, Clock::real(now)))),
                    rules: RefCell::new(Rules::default()),
                });
                fill(&server);
                while let Some(order) = inbox.recv().await {
                    match order {
                        Order::Serve(pipe) => {
                            tokio::task::spawn_local(http::serve(server.clone(), pipe));
                        }
                        Order::Rules(rules) => *server.rules.borrow_mut() = rules,
                        Order::Expire => server.store.borrow_mut().forget_history(),
                    }
                }
            });
        };
        // Without a thread the inbox is gone and every pipe is closed: the client sees a dead server.
        let _ = std::thread::Builder::new().name("demo".to_owned()).spawn(work);
        Self { orders: Arc::new(orders) }
    }
}

fn load(server: &Rc<Server>, objects: Vec<Value>) {
    let mut store = server.store.borrow_mut();
    for mut object in objects {
        let api_version = object["apiVersion"].as_str().unwrap_or_default();
        let kind = object["kind"].as_str().unwrap_or_default();
        let Some(id) = store.find_kind(api_version, kind) else {
            tracing::warn!(api_version, kind, "the demo does not serve this type: object left out");
            continue;
        };
        if object["metadata"]["uid"].is_null() {
            object["metadata"]["uid"] = store.random.uid().into();
        }
        if object["metadata"]["creationTimestamp"].is_null() {
            object["metadata"]["creationTimestamp"] = store.clock.stamp().into();
        }
        store.put(id, object);
    }
}
