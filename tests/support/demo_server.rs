//! A demo cluster behind a real socket, so that the real binary can be pointed at objects which no
//! API server would ever accept.

use serde_json::Value;
use std::path::PathBuf;
use wheelhouse::demo::Demo;

/// A demo that listens on loopback. It ends with the value.
pub struct DemoServer {
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
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime");
            runtime.block_on(async move {
                let listener = tokio::net::TcpListener::from_std(listener).expect("a socket");
                let accept = async {
                    while let Ok((mut near, _)) = listener.accept().await {
                        let mut far = demo.dial();
                        tokio::spawn(async move {
                            // Either side may go at any time.
                            let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
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
        Self { port, dir, _stop: stop }
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
