//! More pods than an API server can be given in reasonable time on the machine that measures: copies of pods that it was
//! given, under names, uids and addresses of their own, put beside them where it keeps them.

use crate::drain;
use crate::load;
use crate::support::control_plane::ControlPlane;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use futures::StreamExt as _;
use http_body_util::BodyExt as _;
use memchr::memmem;
use serde_json::{Value, json};

/// Pods read at once, and requests under way when they are written: one for each pod, which so has a version of its own.
const READ: usize = 200;
const LANES: usize = 32;
/// Where an API server keeps the pods of the namespaces that are loaded.
const FROM: &str = "/registry/pods/load-";
const TO: &str = "/registry/pods/load.";

/// Pods `given..count`, each a copy of the one whose number differs by a multiple of `given`.
pub fn pods(plane: &ControlPlane, given: usize, count: usize) {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let client = drain::client(&format!("http://127.0.0.1:{}", plane.etcd_port()), "none");
        let mut from = FROM.as_bytes().to_vec();
        loop {
            let range = json!({"key": BASE64.encode(&from), "range_end": BASE64.encode(TO), "limit": READ.to_string()});
            let answer = ask(&client, "/v3/kv/range", range).await;
            let found = answer["kvs"].as_array().cloned().unwrap_or_default();
            let puts = found.iter().flat_map(|kv| {
                let bytes =
                    |name: &str| BASE64.decode(kv[name].as_str().expect("bytes")).expect("base64");
                let (key, value) = (bytes("key"), bytes("value"));
                let number = number(&key);
                // What was put there meanwhile is met on the way too.
                let copies = (number + given..count).step_by(given).take_while(move |_| number < given);
                copies.map(move |copy| put(&key, &value, number, copy))
            });
            let written = futures::stream::iter(puts).map(|put| ask(&client, "/v3/kv/put", put));
            written.buffer_unordered(LANES).for_each(|_| async {}).await;
            let Some(last) = found.last().and_then(|kv| kv["key"].as_str()) else { break };
            from = BASE64.decode(last).expect("base64");
            from.push(0);
        }
    });
}

/// The number that a pod's name ends with.
fn number(key: &[u8]) -> usize {
    let digits = key.len().checked_sub(6).and_then(|from| key.get(from..)).expect("six digits");
    std::str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok()).expect("a number")
}

/// What puts a copy beside a pod. Nothing gets longer, so all lengths in it stay true.
fn put(key: &[u8], value: &[u8], number: usize, copy: usize) -> Value {
    let names = [load::pod_name(number), load::pod_name(copy)];
    let addresses = [load::pod_ip(number), load::pod_ip(copy)];
    let mut copied = value.to_vec();
    for [old, new] in [&names, &addresses] {
        assert_eq!(old.len(), new.len(), "{old} and {new}");
        let found: Vec<usize> = memmem::find_iter(value, old.as_bytes()).collect();
        assert!(!found.is_empty(), "{old} in a pod");
        for at in found {
            copied[at..at + new.len()].copy_from_slice(new.as_bytes());
        }
    }
    let uid = uid(value);
    let end = format!("{copy:012}");
    copied[uid + 24..uid + 36].copy_from_slice(end.as_bytes());
    let mut place = key.to_vec();
    let at = place.len() - names[1].len();
    place[at..].copy_from_slice(names[1].as_bytes());
    json!({"key": BASE64.encode(place), "value": BASE64.encode(copied)})
}

/// Where the uid is: field 5 of the metadata, 36 bytes, and those of owners are another's field.
fn uid(value: &[u8]) -> usize {
    let dashes = |at: &usize| {
        let uid = value.get(at + 2..at + 38).unwrap_or_default();
        [8, 13, 18, 23].iter().all(|&dash| uid.get(dash) == Some(&b'-'))
    };
    memmem::find_iter(value, b"\x2a\x24").find(dashes).expect("a uid") + 2
}

async fn ask(client: &kube::Client, path: &str, what: Value) -> Value {
    let request = http::Request::post(path)
        .header("content-type", "application/json")
        .body(kube::client::Body::from(what.to_string().into_bytes()))
        .expect("a request");
    let answer = client.send(request).await.expect("etcd answers");
    let status = answer.status();
    let body = answer.into_body().collect().await.expect("etcd's answer").to_bytes();
    assert_eq!(status, 200, "etcd: {path}: {}", String::from_utf8_lossy(&body));
    serde_json::from_slice(&body).expect("JSON")
}
