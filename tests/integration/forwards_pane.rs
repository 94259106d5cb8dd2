//! Forwards in the UI, on the embedded cluster, in a real terminal: started, used, stopped, kept for
//! the next session; a local port that is taken.

use crate::support::screen::{Screen, Session};
use crate::support::trials;
use crate::support::wait::until;
use libtest_mimic::Trial;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;

pub fn trials() -> Vec<Trial> {
    vec![
        trials::plain("demo::a_forward_carries_is_counted_stopped_and_kept", whole_story),
        trials::plain("demo::a_taken_local_port_is_said_before_anything_is_sent", taken_port),
    ]
}

fn demo(home: &Path, line: &str) -> Screen {
    let mut screen = Session::new(&["demo", "-c", line]).home(home).size(160, 40).start();
    screen.wait_for("live");
    screen
}

/// The plan of a forward to the Deployment `cart`, with these ports typed in place of those suggested.
fn plan(screen: &mut Screen, ports: &str) {
    screen.wait_for("deployments(shop)");
    screen.select("cart");
    screen.press("F");
    screen.wait_until("the suggested port", |text| text.contains("> ports, LOCAL:REMOTE: 8080"));
    screen.press("<backspace> <backspace> <backspace> <backspace>");
    screen.type_text(ports);
    screen.wait_for(&format!("> ports, LOCAL:REMOTE: {ports}"));
}

/// Starts the forward that is planned; its local port.
fn start(screen: &mut Screen) -> u16 {
    screen.press("<enter>");
    screen.wait_for("> local address");
    screen.press("<enter>");
    screen.wait_for("> Forward <");
    screen.press("<enter>");
    let text = screen.wait_for("http://localhost:");
    let port = text.split("http://localhost:").nth(1).and_then(|rest| rest.split(' ').next());
    port.and_then(|port| port.parse().ok()).unwrap_or_else(|| panic!("no port in\n{text}"))
}

fn says(port: u16, bytes: &[u8], answer: usize) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(*crate::support::wait::PATIENCE)).unwrap();
    stream.write_all(bytes).unwrap();
    let mut held = vec![0; answer];
    stream.read_exact(&mut held).unwrap();
    String::from_utf8(held).unwrap()
}

fn whole_story() {
    let home = tempfile::tempdir().unwrap();
    let mut screen = demo(home.path(), "deploy -n shop");
    plan(&mut screen, ":8080");
    let port = start(&mut screen);
    screen.wait_for("1 forward");
    screen.press("f");
    screen.wait_until("a pod to lead to", |text| {
        text.lines().any(|line| line.contains("Deployment/cart") && line.contains("cart-"))
    });
    assert_eq!(says(port, b"0123456789", 10), "0123456789");
    assert!(says(port, b"GET / HTTP/1.1\r\n\r\n", 15).starts_with("HTTP/1.1 200 OK"));
    screen.wait_until("both connections and the bytes", |text| {
        text.lines().any(|line| {
            line.contains("Deployment/cart") && line.contains(" 2 ") && line.contains(" 28 ")
        })
    });
    screen.press("<ctrl-d>");
    screen.wait_for("stopped");
    until("the local port to be closed", || match TcpStream::connect(("127.0.0.1", port)) {
        Ok(_) => Err("somebody listens".to_owned()),
        Err(_) => Ok(()),
    });
    // What was shown goes on without being asked for again.
    screen.press("r");
    screen.wait_for("listening");
    screen.press("<ctrl-c>");
    screen.wait_for("a forward ends with the program");
    screen.press("<ctrl-c>");
    assert!(screen.wait_end().success());
    screen.assert_terminal_whole();

    // The next session knows it, and shows its plan before it reaches in.
    let mut screen = demo(home.path(), "pf");
    screen.wait_until("what was kept", |text| {
        text.lines().any(|line| line.contains("Deployment/cart") && line.contains("stopped"))
    });
    screen.press("<enter>");
    screen.wait_for("Forward to Deployment/cart");
    screen.wait_for("> ports, LOCAL:REMOTE: :8080");
    let port = start(&mut screen);
    screen.wait_for("cart-");
    assert_eq!(says(port, b"again", 5), "again");
    screen.press("x");
    screen.wait_for("no forwards so far");
    screen.leave();
    let mut screen = demo(home.path(), "pf");
    screen.wait_for("no forwards so far");
    screen.leave();
}

fn taken_port() {
    let home = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let mut screen = demo(home.path(), "deploy -n shop");
    plan(&mut screen, &format!("{port}:8080"));
    screen.wait_for("another program has this port");
    screen.press("<enter>");
    screen.wait_for("> local address");
    screen.press("<enter>");
    screen.wait_for("> Forward <");
    screen.press("<enter>");
    let text = screen.wait_for("> Forward <");
    assert!(!text.contains("1 forward"), "{text}");
    // When the port is free again it is looked at anew.
    drop(taken);
    screen.press("<shift-tab> <shift-tab>");
    screen.wait_for("> ports, LOCAL:REMOTE");
    screen.press("<backspace>");
    screen.type_text("0");
    screen.wait_gone("another program has this port");
    screen.press("<esc>");
    screen.leave();
}
