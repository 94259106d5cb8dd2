//! Exec and attach on demo containers: a WebSocket with the channels of a real kubelet, and behind it
//! a small shell with files of its own.

mod commands;
mod files;
mod line;
mod session;

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use bytes::Bytes;
use futures::{SinkExt as _, StreamExt as _};
use http::Response;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message;

use self::files::Files;
use self::session::{End, Session};
use super::http::{Call, Server};
use super::logs;
use super::read::{self, Reply};
use super::status::Failure;
use super::upgrade::{self, Messages};

/// Served here, the better one first.
const PROTOCOLS: [&str; 2] = ["v5.channel.k8s.io", "v4.channel.k8s.io"];

/// Files of containers that were entered, by namespace/pod/container.
pub type Disks = RefCell<HashMap<String, Rc<RefCell<Files>>>>;

/// What is known of the container that is entered.
#[derive(Debug, Clone)]
pub struct Place {
    /// Name of the pod.
    pub pod: String,
    /// Its namespace.
    pub namespace: String,
    /// Name of the container.
    pub container: String,
    /// Its image.
    pub image: String,
    /// Variables its spec sets.
    pub env: Vec<(String, String)>,
}

/// Answers a request for exec or attach. The process starts once the connection is upgraded.
pub fn answer(server: &Rc<Server>, call: &Call) -> Result<Response<Reply>, Failure> {
    let pod = read::get(&server.store.borrow(), &call.target)?;
    let pod: Value = serde_json::from_slice(&pod).unwrap_or_default();
    let name = call.target.name.clone().unwrap_or_default();
    let phase = pod["status"]["phase"].as_str().unwrap_or_default();
    if matches!(phase, "Succeeded" | "Failed") {
        return Err(Failure::bad_request(format!(
            "cannot exec into a container in a completed pod; current phase is {phase}"
        )));
    }
    let container = logs::container(&pod, &name, call.query.get("container"))?;
    let running = pod["status"]["containerStatuses"]
        .as_array()
        .into_iter()
        .flatten()
        .any(|one| one["name"] == container.as_str() && !one["state"]["running"].is_null());
    let attach = call.target.sub.as_deref() == Some("attach");
    let command: Vec<String> = call.query.all("command").map(str::to_owned).collect();
    let place = place(&pod, &container);
    let disk = format!("{}/{name}/{container}", place.namespace);
    let (tty, stdin) = (call.query.is("tty"), call.query.is("stdin"));
    let started = if !running {
        Err(format!("container not found (\"{container}\")"))
    } else if attach {
        logs::attached(&server.store, &call.target, &container).map(Process::Attached)
    } else {
        let files = Rc::clone(
            server
                .disks
                .borrow_mut()
                .entry(disk)
                .or_insert_with(|| Rc::new(RefCell::new(Files::of(&place)))),
        );
        Session::start(&place, files, &command, tty, stdin)
            .map(|session| Process::Session(Box::new(session)))
    };
    upgrade::accept(call, &PROTOCOLS, move |socket, _| serve(socket, started))
}

fn place(pod: &Value, container: &str) -> Place {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let spec = pod["spec"]["containers"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|one| one["name"] == container)
        .cloned()
        .unwrap_or_default();
    let env = spec["env"].as_array().into_iter().flatten();
    Place {
        pod: text(&pod["metadata"]["name"]),
        namespace: text(&pod["metadata"]["namespace"]),
        container: container.to_owned(),
        image: text(&spec["image"]),
        env: env.map(|one| (text(&one["name"]), text(&one["value"]))).collect(),
    }
}

/// What runs.
enum Process {
    Session(Box<Session>),
    Attached(mpsc::Receiver<Bytes>),
}

async fn serve(mut socket: Messages, started: Result<Process, String>) {
    let end = match started {
        Err(why) => Some(End::Failed(why)),
        Ok(Process::Session(session)) => talk(&mut socket, *session).await,
        Ok(Process::Attached(lines)) => show(&mut socket, lines).await,
    };
    let Some(end) = end else { return };
    let mut message = vec![3];
    message.extend_from_slice(status(&end).to_string().as_bytes());
    // A client that has left wants no status.
    let _ = socket.send(Message::Binary(message.into())).await;
    let _ = socket.close(None).await;
}

/// Carries input to the session and its output back; None when the client has left.
async fn talk(socket: &mut Messages, mut session: Session) -> Option<End> {
    loop {
        let out = session.output();
        for piece in out.chunks(8 << 10) {
            let mut message = vec![1];
            message.extend_from_slice(piece);
            socket.send(Message::Binary(message.into())).await.ok()?;
        }
        if let Some(end) = session.end() {
            return Some(end);
        }
        match socket.next().await? {
            Ok(Message::Binary(message)) => match message.split_first() {
                Some((0, bytes)) => session.input(bytes),
                Some((4, size)) => session.resize(size),
                Some((255, [0])) => session.eof(),
                _ => {}
            },
            Ok(Message::Close(_)) | Err(_) => return None,
            Ok(_) => {}
        }
    }
}

async fn show(socket: &mut Messages, mut lines: mpsc::Receiver<Bytes>) -> Option<End> {
    loop {
        tokio::select! {
            line = lines.recv() => {
                let Some(line) = line else { return Some(End::Exited(0)) };
                let mut message = vec![1];
                message.extend_from_slice(&line);
                socket.send(Message::Binary(message.into())).await.ok()?;
            }
            message = socket.next() => match message? {
                Ok(Message::Close(_)) | Err(_) => return None,
                Ok(_) => {}
            },
        }
    }
}

/// As the kubelet tells how a process ended.
fn status(end: &End) -> Value {
    match end {
        End::Exited(0) => json!({"metadata": {}, "status": "Success"}),
        End::Exited(code) => json!({"metadata": {}, "status": "Failure",
            "message": format!("command terminated with non-zero exit code: exit status {code}"),
            "reason": "NonZeroExitCode",
            "details": {"causes": [{"reason": "ExitCode", "message": code.to_string()}]}}),
        End::Failed(why) => json!({"metadata": {}, "status": "Failure", "reason": "InternalError",
            "code": 500, "message": format!("Internal error occurred: {why}")}),
    }
}
