//! Keys answer and progress is shown, whatever is slow: the terminal, the line to the server, the server.

use crate::support::api::{MERGE, Write};
use crate::support::control_plane::{ControlPlane, Options};
use crate::support::faults::{Proxy, Weather};
use crate::support::screen::{Screen, Session};
use crate::support::{trials, wait};
use libtest_mimic::Trial;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const PODS: &str = "/api/v1/namespaces/slow/pods";

pub fn trials() -> Vec<Trial> {
    let own = |name, story| trials::on_own(name, Options::bare(), story);
    vec![
        own(
            "slow::a_terminal_of_10_kb_a_second_shows_what_a_key_did_before_what_nobody_asked_for",
            terminal,
        ),
        own(
            "slow::a_thin_line_and_a_server_of_one_byte_a_second_hold_no_key_up_and_are_waited_for",
            line,
        ),
    ]
}

fn pod(i: usize) -> Value {
    json!({"metadata": {"name": format!("pod-{i:04}")}, "spec": {"containers": [{"name": "main", "image": "main"}]}})
}

/// A namespace with so many pods.
fn fill(plane: &ControlPlane, count: usize) {
    let api = plane.namespace("slow");
    api.all((0..count).map(|i| Write::create(PODS, pod(i))));
}

/// The name on the line with the cursor.
fn cursor(screen: &str) -> Option<String> {
    let line =
        screen.lines().find_map(|line| line.trim_start_matches(['│', ' ']).strip_prefix('▸'))?;
    line.split_whitespace().next().map(str::to_owned)
}

/// Moves the cursor to this pod, and tells how many bytes came until nothing but that was seen.
fn bytes_of_key(screen: &mut Screen, key: &str, to: usize) -> usize {
    let (written, to) = (screen.written(), format!("pod-{to:04}"));
    screen.press(key);
    // The row where it was and the one where it is may come one after the other.
    screen.wait_until(&format!("the cursor alone on {to}"), |text| {
        cursor(text).as_ref() == Some(&to) && text.matches('▸').count() == 1
    });
    screen.written() - written
}

fn terminal(plane: &mut ControlPlane) {
    fill(plane, 1200);
    let mut screen =
        Session::on(&plane.kubeconfig_in("admin", "slow"), &[]).takes(10_000).size(160, 50).start();
    screen.wait_for("pod-0000");
    let (ends, api) = (AtomicBool::new(false), plane.api());
    /// Ends the changes, also where the story fails.
    struct End<'a>(&'a AtomicBool);
    impl Drop for End<'_> {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }
    std::thread::scope(|threads| {
        let _end = End(&ends);
        // Every row on the screen changes all the time.
        threads.spawn(|| {
            for at in (0..).take_while(|_| !ends.load(Ordering::Relaxed)) {
                let (round, i) = (at / 44, at % 44);
                let fails = round % 2 == 0;
                // The whole row gets another colour.
                let state = if fails {
                    json!({"waiting": {"reason": "CrashLoopBackOff"}})
                } else {
                    json!({"running": {}})
                };
                let status = json!({"status": {"phase": "Running", "containerStatuses": [{
                    "name": "main", "image": "main", "imageID": "", "ready": !fails, "restartCount": round % 100,
                    "state": state,
                }]}});
                let path = format!("{PODS}/pod-{i:04}/status");
                api.all([Write { method: "PATCH", path, media: MERGE, body: status }]);
            }
        });
        let said = screen.written();
        wait::until_true("the terminal to be overrun", || screen.written() > said + 60_000);
        // How slow it is has to be learnt, and on a busy machine learnt again: a speed that was reckoned too high
        // fills the buffers. Without any care each key would wait for all that they take, some 20,000.
        let mut good = 0;
        wait::until("keys to be answered before what nobody asked for, twice in a row", || {
            let mut at = 0;
            let mut bytes =
                ["j", "j", "j", "k", "j", "j", "k", "k", "j", "k", "k", "k"].map(|key| {
                    at = if key == "j" { at + 1 } else { at - 1 };
                    bytes_of_key(&mut screen, key, at)
                });
            bytes.sort_unstable();
            let median = bytes[bytes.len() / 2];
            good = if median < 4000 { good + 1 } else { 0 };
            if good == 2 { Ok(()) } else { Err(format!("bytes before an answer: {bytes:?}")) }
        });
    });
    // What is left out comes when there is time.
    let list = plane.api().get(&format!("{PODS}?limit=20"));
    let ready = |pod: &Value| u8::from(pod["status"]["containerStatuses"][0]["ready"] == true);
    let rows: Vec<String> = list["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|pod| format!("{} {}/1", pod["metadata"]["name"].as_str().unwrap(), ready(pod)))
        .collect();
    screen.wait_until("the rows as they are in the end", |text| {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        rows.iter().all(|row| text.contains(row))
    });
    screen.leave();
}

fn through(plane: &ControlPlane, proxy: &Proxy) -> PathBuf {
    let text = std::fs::read_to_string(plane.kubeconfig_in("admin", "slow")).unwrap();
    let path = plane.dir().join("slow.kubeconfig");
    let address = format!("https://127.0.0.1:{}", proxy.port());
    std::fs::write(&path, text.replace(&plane.url(), &address)).unwrap();
    path
}

fn line(plane: &mut ControlPlane) {
    fill(plane, 2000);
    let proxy = Proxy::start(plane.port(), &plane.dir().join("certs"));
    let kubeconfig = through(plane, &proxy);
    // 1 Mbit/s; and 50 ms there and back, which are 500 where the limits are 10 times longer.
    proxy.set(Weather::Far(Duration::from_millis(25), 125));
    let mut screen =
        Session::on(&kubeconfig, &[]).env("WHEELHOUSE_TIMES_DIVIDED", "10").size(160, 50).start();
    let listing = |text: &str| text.contains("loading") && text.contains(" rows");
    screen.wait_until("rows, and how many there are so far", |text| {
        listing(text) && text.contains("pod-0005")
    });
    let answered = |screen: &mut Screen, key: &str| {
        let before = cursor(&screen.text());
        screen.press(key);
        screen.wait_until("the key's answer while the list comes", |text| {
            cursor(text) != before && listing(text)
        });
    };
    answered(&mut screen, "j");
    answered(&mut screen, "j");

    // One byte a second, as the limits see it: nothing that can be read for hours, but it lives.
    proxy.set(Weather::Drip(Duration::from_millis(100)));
    for key in ["j", "k", "j", "k", "j", "k"] {
        let passed = proxy.passed();
        wait::until_true("bytes to drip", || proxy.passed() > passed + 60);
        answered(&mut screen, key);
    }
    proxy.set(Weather::Clear);
    let text = screen.wait_until("the whole list", |text| text.contains("[2,000]"));
    assert!(!text.contains("failed"), "{text}");
    screen.wait_for("live");
    screen.leave();

    // From the first byte on: what is waited for is told, and it can be left.
    proxy.set(Weather::Drip(Duration::from_secs(1)));
    let mut screen = Session::on(&kubeconfig, &[]).size(160, 50).start();
    screen.wait_until("that it waits", |text| {
        text.contains("connecting") || text.contains("loading") || text.contains("stale")
    });
    screen.press("?");
    screen.wait_for("keys that work here");
    screen.press("<esc>");
    screen.wait_gone("keys that work here");
    screen.leave();
}
