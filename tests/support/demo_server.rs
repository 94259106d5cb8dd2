//! A demo cluster behind a real socket, so that the real binary can be pointed at objects which no
//! API server would ever accept.

use serde_json::Value;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use wheelhouse::demo::Demo;

/// Method and path of a request; upgrades are told as `UPGRADE`.
pub type Seen = (String, String);

/// A demo that listens on loopback. It ends with the value.
pub struct DemoServer {
    seen: Arc<Mutex<Vec<Seen>>>,
    port: u16,
    dir: tempfile::TempDir,
    _stop: tokio::sync::oneshot::Sender<()>,
}

impl DemoServer {
    /// A cluster that holds these objects.
    pub fn with_objects(objects: Vec<Value>) -> Self {
        Self::start(Demo::with_objects(objects))
    }

    /// Puts a demo behind a socket.
    pub fn start(demo: Demo) -> Self {
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        listener.set_nonblocking(true).expect("a socket");
        let port = listener.local_addr().expect("an address").port();
        let seen = Arc::<Mutex<Vec<Seen>>>::default();
        let heard = Arc::clone(&seen);
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime");
            runtime.block_on(async move {
                let listener = tokio::net::TcpListener::from_std(listener).expect("a socket");
                let accept = async {
                    while let Ok((near, _)) = listener.accept().await {
                        let far = demo.dial();
                        let heard = Arc::clone(&heard);
                        tokio::spawn(async move {
                            let (from, mut back) = near.into_split();
                            let (answers, to) = tokio::io::split(far);
                            let mut answers = answers;
                            // Either side may go at any time.
                            tokio::select! {
                                () = pass_on(from, to, heard) => {}
                                _ = tokio::io::copy(&mut answers, &mut back) => {}
                            }
                        });
                    }
                };
                tokio::select! {
                    () = accept => {}
                    _ = stopped => {}
                }
            });
        });
        let dir = tempfile::tempdir().expect("tempdir");
        Self { seen, port, dir, _stop: stop }
    }

    /// Every request so far that is no read, nor a question about oneself.
    pub fn writes(&self) -> Vec<Seen> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let question = |path: &str| {
            path.starts_with("/apis/authorization.k8s.io/") && path.contains("/selfsubject")
        };
        seen.iter()
            .filter(|(method, path)| {
                let reads = matches!(method.as_str(), "GET" | "HEAD")
                    || (method == "POST" && question(path));
                !reads
            })
            .cloned()
            .collect()
    }

    /// How many requests there were.
    pub fn requests(&self) -> usize {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Address of the server.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// A kubeconfig with one context of this name.
    pub fn kubeconfig(&self, context: &str) -> PathBuf {
        let path = self.dir.path().join("config");
        std::fs::write(&path, kubeconfig(&[(context, &self.url())])).expect("a kubeconfig");
        path
    }
}

/// Passes a client's bytes on, and writes down what they ask for.
async fn pass_on(
    mut from: tokio::net::tcp::OwnedReadHalf,
    mut to: tokio::io::WriteHalf<tokio::io::DuplexStream>,
    heard: Arc<Mutex<Vec<Seen>>>,
) {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let mut head: Vec<u8> = Vec::new();
    // Bytes of a body that are still to come; None after an upgrade, when anything may.
    let mut body = Some(0usize);
    let mut buffer = [0; 16 << 10];
    while let Ok(read @ 1..) = from.read(&mut buffer).await {
        let mut rest = &buffer[..read];
        while let Some(left) = &mut body
            && !rest.is_empty()
        {
            let skipped = rest.len().min(*left);
            *left -= skipped;
            rest = &rest[skipped..];
            let Some((first, after)) = rest.split_first() else { break };
            head.push(*first);
            rest = after;
            if head.ends_with(b"\r\n\r\n") {
                let text = String::from_utf8_lossy(&std::mem::take(&mut head)).into_owned();
                let lower = text.to_ascii_lowercase();
                let mut words = text.split_whitespace();
                let method = words.next().unwrap_or_default().to_owned();
                let path = words.next().unwrap_or_default().to_owned();
                let upgrade = lower.contains("\r\nupgrade:");
                let length = lower.split("\r\ncontent-length:").nth(1);
                let length = length.and_then(|l| l.split("\r\n").next()?.trim().parse().ok());
                body = (!upgrade).then(|| length.unwrap_or(0));
                let method = if upgrade { "UPGRADE".to_owned() } else { method };
                heard.lock().unwrap_or_else(PoisonError::into_inner).push((method, path));
            }
        }
        if to.write_all(&buffer[..read]).await.is_err() {
            return;
        }
    }
}

/// A kubeconfig with these contexts; the first is current.
pub fn kubeconfig(contexts: &[(&str, &str)]) -> String {
    let (mut clusters, mut users, mut list) = (String::new(), String::new(), String::new());
    for (name, url) in contexts {
        clusters.push_str(&format!("- name: {name}\n  cluster: {{server: \"{url}\"}}\n"));
        users.push_str(&format!("- name: {name}\n  user: {{token: nobody}}\n"));
        list.push_str(&format!("- name: {name}\n  context: {{cluster: {name}, user: {name}}}\n"));
    }
    let current = contexts.first().map_or("", |context| context.0);
    format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: {current}\nclusters:\n{clusters}users:\n{users}contexts:\n{list}"
    )
}
