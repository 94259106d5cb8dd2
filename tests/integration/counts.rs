//! What the program costs others, in exact numbers on a real API server: requests, bytes read, bytes to the terminal,
//! frames. Time is not measured here; `cargo bench --bench rig` does that.

use crate::load;
use crate::support::api::Write as Change;
use crate::support::audit::{self, Asked};
use crate::support::control_plane::ControlPlane;
use crate::support::screen::{Screen, Session};
use crate::support::trials;
use crate::support::wait::until;
use libtest_mimic::Trial;
use serde_json::json;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

const PODS: usize = 300;
const BURST: usize = 100;
/// Requests besides the list and the watch of pods: version, discovery, and what tells that it has changed.
const OTHERS: usize = 10;
/// Bytes besides the list: handshakes, discovery.
const BESIDE: u64 = 200_000;

/// Bytes for a move of the cursor: both rows are written whole, because their background changes.
const MOVE: usize = 500;
/// Bytes for a move that scrolls: the terminal moves the rows, and those with the cursor and one that is new are written.
const SCROLL: usize = 600;
/// Bytes for a page, in which all rows are others.
const PAGE: usize = 6000;

pub fn trials() -> Vec<Trial> {
    vec![trials::on_own("counts::of_what_the_program_costs_others", audit::options(), counts)]
}

fn counts(plane: &mut ControlPlane) {
    let api = plane.api();
    load::pods(&api, PODS);
    let meter = Meter::start(plane.port());
    let text = std::fs::read_to_string(plane.kubeconfig("admin")).expect("a kubeconfig");
    let through = format!("https://127.0.0.1:{}", meter.port);
    let kubeconfig = plane.dir().join("metered.kubeconfig");
    std::fs::write(&kubeconfig, text.replace(&plane.url(), &through)).expect("a kubeconfig");
    let mut screen = Session::on(&kubeconfig, &["-A", "-c", "pods"]).size(200, 50).start();
    screen.wait_until("all rows, live", |text| text.contains("[300]") && text.contains("● live"));

    let (bytes, mut asked) = (meter.received(), audit::asked(plane));
    // On a busy machine the list may be so late that its first page is asked for meanwhile.
    asked.retain(|asked| !is_page(asked));
    let of_pods = |verb: &str| {
        let pods = asked.iter().filter(|a| a.verb == verb && a.uri.starts_with("/api/v1/pods?"));
        pods.count()
    };
    assert_eq!(of_pods("list"), 1, "one list: {asked:#?}");
    assert!(of_pods("watch") <= 1, "one watch: {asked:#?}");
    assert!(asked.len() <= OTHERS + 2, "{} requests: {asked:#?}", asked.len());
    let protobuf = "application/vnd.kubernetes.protobuf";
    let list = api.raw("/api/v1/pods", protobuf).len() as u64;
    println!("{} requests, {bytes} bytes for a list of {list}", asked.len());
    assert!(bytes <= list + list / 10 + BESIDE, "{bytes} bytes read for a list of {list}");

    keys(&mut screen);
    burst(&mut screen, &api);
    let again = audit::asked(plane);
    let pods = |asked: &&Asked| asked.verb == "list" && asked.uri.starts_with("/api/v1/pods");
    let lists = again.iter().filter(pods).filter(|asked| !is_page(asked));
    assert_eq!(lists.count(), 1, "pods were listed again: {again:#?}");
    screen.leave();
}

fn is_page(asked: &Asked) -> bool {
    asked.uri.contains("limit=")
}

/// Bytes to the terminal for a move of the cursor, for one that scrolls, for a page, and for nothing at all.
fn keys(screen: &mut Screen) {
    let moves = median(screen, "j", 15);
    let pages = median(screen, "<pagedown>", 4);
    screen.press("g");
    // To where it scrolls, each before the next: several at once would be one frame, or be counted with what follows.
    median(screen, "j", 50);
    let scrolls = median(screen, "j", 9);
    let before = screen.bytes().len();
    // Nothing happens but ages that tick, once a second.
    std::thread::sleep(std::time::Duration::from_secs(3));
    let rest = screen.bytes()[before..].to_vec();
    println!(
        "{moves} bytes a move, {scrolls} where it scrolls, {pages} a page, {} in {} frames in three seconds of rest",
        rest.len(),
        frames(&rest)
    );
    assert!(moves <= MOVE, "{moves} bytes for a move of the cursor");
    assert!(scrolls <= SCROLL, "{scrolls} bytes for a move that scrolls");
    assert!(pages <= PAGE, "{pages} bytes for a page");
    assert!(frames(&rest) <= 4, "{} frames in three seconds of rest", frames(&rest));
    assert!(rest.len() <= 4 * 1200, "{} bytes in three seconds of rest", rest.len());
}

/// The middle one of what a key makes it write: ages may tick beside some of them.
fn median(screen: &mut Screen, key: &str, times: usize) -> usize {
    let samples = (0..times).map(|_| {
        let (before, selected) = (whole(screen), screen.selected());
        screen.press(key);
        until("the cursor to move", || {
            let now = screen.selected();
            if now == selected || now.is_empty() { Err(now) } else { Ok(()) }
        });
        whole(screen) - before
    });
    let mut samples: Vec<usize> = samples.collect();
    samples.sort_unstable();
    samples[times / 2]
}

/// How much it has written, once no frame is under way.
fn whole(screen: &Screen) -> usize {
    until("the frame to end", || {
        let bytes = screen.bytes();
        let ends = memchr::memmem::find_iter(&bytes, b"\x1b[?2026l").count();
        if ends == frames(&bytes) { Ok(bytes.len()) } else { Err("it has not".to_owned()) }
    })
}

/// How many frames there are in what it wrote.
fn frames(bytes: &[u8]) -> usize {
    memchr::memmem::find_iter(bytes, b"\x1b[?2026h").count()
}

/// Many changes that arrive at once, because the program was stopped meanwhile, are few frames.
fn burst(screen: &mut Screen, api: &crate::support::api::Api) {
    screen.press("g");
    screen.wait_until("the first row", |text| {
        text.lines().any(|line| line.contains('▸') && line.contains("-000000 "))
    });
    whole(screen);
    screen.signal("STOP");
    let before = frames(&screen.bytes());
    api.all((0..BURST).map(|i| Change {
        method: "PATCH",
        path: format!("{}/status?fieldManager=kubelet", load::pod_path(i)),
        media: "application/strategic-merge-patch+json",
        body: json!({"status": {"containerStatuses": [{"name": "app", "restartCount": 777}]}}),
    }));
    screen.signal("CONT");
    screen.wait_until("all changes", |text| {
        let changed = text.lines().filter(|line| {
            let number = line.split_whitespace().find_map(|word| {
                word.strip_prefix("svc-")?.rsplit('-').next()?.parse::<usize>().ok()
            });
            number.is_some_and(|i| i < BURST)
        });
        let changed: Vec<&str> = changed.collect();
        !changed.is_empty() && changed.iter().all(|line| line.contains(" 777"))
    });
    let frames = frames(&screen.bytes()) - before;
    println!("{frames} frames for {BURST} changes at once");
    assert!(frames <= 8, "{frames} frames for {BURST} changes at once");
}

/// Passes connections on and counts what comes from the server.
struct Meter {
    port: u16,
    from_server: Arc<AtomicU64>,
}

impl Meter {
    fn start(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let from_server = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&from_server);
        std::thread::spawn(move || {
            for client in listener.incoming() {
                let Ok(client) = client else { continue };
                // A server that is gone closes the connection, as it would itself.
                let Ok(server) = TcpStream::connect(("127.0.0.1", server)) else { continue };
                let copy = |end: &TcpStream| end.try_clone().expect("a handle");
                let (c, s) = (copy(&client), copy(&server));
                std::thread::spawn(move || relay(c, s, &AtomicU64::new(0)));
                let counted = Arc::clone(&counted);
                std::thread::spawn(move || relay(server, client, &counted));
            }
        });
        Self { port, from_server }
    }

    fn received(&self) -> u64 {
        self.from_server.load(Ordering::SeqCst)
    }
}

fn relay(mut from: TcpStream, mut to: TcpStream, counted: &AtomicU64) {
    let mut buffer = vec![0; 16 << 10];
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        counted.fetch_add(read as u64, Ordering::SeqCst);
        if to.write_all(&buffer[..read]).is_err() {
            break;
        }
    }
    // One that is closed already is what was wanted.
    let _ = to.shutdown(Shutdown::Both);
    let _ = from.shutdown(Shutdown::Both);
}
