//! A stretch of bad network between a program and its API server: a TCP proxy that does to the bytes what it is told.
//! It passes TLS on as it is; only where it answers in the server's place does it end it, with the server's own key.

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use socket2::SockRef;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::Path;
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// What happens to bytes and to new connections until something else is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weather {
    /// Nothing.
    Clear,
    /// Each piece waits for so long.
    Late(Duration),
    /// So many bytes pass in a millisecond, on each connection.
    Narrow(usize),
    /// A long and thin line: each byte is on its way for so long, and so many pass in a millisecond, on all
    /// connections together.
    Far(Duration, usize),
    /// One byte passes, then none for so long, on each connection.
    Drip(Duration),
    /// Nothing arrives, and nobody says so.
    Hole,
    /// Connections are accepted and closed at once.
    Closed,
    /// So many bytes of the server pass on each connection, which then ends.
    Short(usize),
    /// New connections get this HTTP status for an answer.
    Answers(u16),
}

/// What happens once, to the connections that there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blow {
    /// They are reset.
    Reset,
    /// They end.
    End,
    /// The server says nothing more; the client still may.
    Half,
    /// The next bytes from the server end after so many.
    Cut(usize),
    /// One bit of the next bytes from the server turns.
    Garble,
}

struct State {
    weather: Weather,
    /// Where connections lead.
    server: u16,
    /// When a far line is free again: outwards, inwards.
    free: [Instant; 2],
    /// Bytes that came from the server and were passed on.
    passed: usize,
    blow: Option<Blow>,
    open: Vec<Pair>,
    ended: bool,
}

/// Both ends of a connection.
struct Pair {
    client: TcpStream,
    server: TcpStream,
    /// Both directions hold it too, as long as they run.
    running: Arc<()>,
}

impl Pair {
    fn close(&self) {
        // One that is closed already is what was wanted.
        let _ = self.client.shutdown(Shutdown::Both);
        let _ = self.server.shutdown(Shutdown::Both);
    }
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    tls: Option<Arc<ServerConfig>>,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A running proxy. It ends with the value.
pub struct Proxy {
    shared: Arc<Shared>,
    port: u16,
}

impl Proxy {
    /// In front of the server on this port of loopback, whose certificate and key are in `certificates`.
    pub fn start(server: u16, certificates: &Path) -> Self {
        let chain = CertificateDer::pem_file_iter(certificates.join("apiserver.crt"))
            .expect("a certificate");
        let chain = chain.collect::<Result<Vec<_>, _>>().expect("a certificate");
        let key = PrivateKeyDer::from_pem_file(certificates.join("apiserver.key")).expect("a key");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("TLS")
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .expect("a certificate with its key");
        Self::leading_to(server, Some(Arc::new(tls)))
    }

    /// In front of anything on this port of loopback; it cannot answer in its place.
    pub fn blind(server: u16) -> Self {
        Self::leading_to(server, None)
    }

    fn leading_to(server: u16, tls: Option<Arc<ServerConfig>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let state = State {
            weather: Weather::Clear,
            server,
            free: [Instant::now(); 2],
            passed: 0,
            blow: None,
            open: Vec::new(),
            ended: false,
        };
        let shared = Arc::new(Shared { state: Mutex::new(state), changed: Condvar::new(), tls });
        let accepting = Arc::clone(&shared);
        std::thread::spawn(move || {
            for client in listener.incoming() {
                if accepting.lock().ended {
                    return;
                }
                if let Ok(client) = client {
                    accept(&accepting, client);
                }
            }
        });
        Self { shared, port }
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// New connections lead to this port of loopback.
    pub fn lead_to(&self, server: u16) {
        self.shared.lock().server = server;
    }

    /// How many bytes of the server were passed on so far.
    pub fn passed(&self) -> usize {
        self.shared.lock().passed
    }

    /// From now on.
    pub fn set(&self, weather: Weather) {
        let mut state = self.shared.lock();
        if matches!(weather, Weather::Answers(_)) {
            // What is open would never be answered.
            state.open.drain(..).for_each(|pair| pair.close());
        }
        state.weather = weather;
        self.shared.changed.notify_all();
    }

    /// Once.
    pub fn blow(&self, blow: Blow) {
        let mut state = self.shared.lock();
        match blow {
            Blow::Cut(_) | Blow::Garble => state.blow = Some(blow),
            Blow::Half => {
                for pair in state.open.drain(..) {
                    let _ = pair.client.shutdown(Shutdown::Write);
                }
            }
            Blow::End => state.open.drain(..).for_each(|pair| pair.close()),
            Blow::Reset => {
                for pair in state.open.drain(..) {
                    let _ = SockRef::from(&pair.client).set_linger(Some(Duration::ZERO));
                    pair.close();
                }
            }
        }
        self.shared.changed.notify_all();
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.lock().ended = true;
        self.set(Weather::Clear);
        self.blow(Blow::End);
        // Wakes the thread that accepts, which then sees that it is over.
        drop(TcpStream::connect(("127.0.0.1", self.port)));
    }
}

fn accept(shared: &Arc<Shared>, client: TcpStream) {
    let (weather, server) = {
        let state = shared.lock();
        (state.weather, state.server)
    };
    match weather {
        Weather::Closed => return,
        Weather::Answers(code) => {
            let tls = Arc::clone(shared.tls.as_ref().expect("who answers ends TLS"));
            std::thread::spawn(move || answer(client, tls, code));
            return;
        }
        _ => {}
    }
    let Ok(server) = TcpStream::connect(("127.0.0.1", server)) else { return };
    for end in [&client, &server] {
        let _ = end.set_nodelay(true);
    }
    let copy = |end: &TcpStream| end.try_clone().expect("a handle");
    let running = Arc::new(());
    let pair = Pair { client: copy(&client), server: copy(&server), running: Arc::clone(&running) };
    let mut state = shared.lock();
    state.open.retain(|pair| Arc::strong_count(&pair.running) > 1);
    state.open.push(pair);
    drop(state);
    for (from, to, inwards) in [(copy(&client), copy(&server), false), (server, client, true)] {
        let (shared, running) = (Arc::clone(shared), Arc::clone(&running));
        std::thread::spawn(move || {
            relay(&shared, &from, to, inwards);
            drop(running);
        });
    }
}

/// Answers the first request of a connection in the server's place, as the API server's chain of filters does.
fn answer(client: TcpStream, tls: Arc<ServerConfig>, code: u16) {
    let Ok(session) = ServerConnection::new(tls) else { return };
    let mut stream = StreamOwned::new(session, client);
    let mut head = Vec::new();
    let mut piece = [0; 4096];
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        match stream.read(&mut piece) {
            Ok(read @ 1..) => head.extend_from_slice(&piece[..read]),
            _ => return,
        }
    }
    let (reason, more) = match code {
        401 => ("Unauthorized", ""),
        410 => ("Expired", ""),
        429 => ("TooManyRequests", "Retry-After: 1\r\n"),
        503 => ("ServiceUnavailable", ""),
        _ => ("InternalError", ""),
    };
    let body = format!(
        r#"{{"kind":"Status","apiVersion":"v1","metadata":{{}},"status":"Failure","message":"answered by the weather","reason":"{reason}","code":{code}}}"#
    );
    let said = format!(
        "HTTP/1.1 {code} {reason}\r\nContent-Type: application/json\r\n{more}Connection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let _ = stream.write_all(said.as_bytes());
    stream.conn.send_close_notify();
    let _ = stream.flush();
}

/// Reads of a connection that may wait to be passed on.
const QUEUE: usize = 8;
/// What a far line takes in one go.
const PACKET: usize = 1400;

fn relay(shared: &Shared, from: &TcpStream, mut to: TcpStream, inwards: bool) {
    let (sender, pieces) = sync_channel(QUEUE);
    let mut reading = from.try_clone().expect("a handle");
    std::thread::spawn(move || {
        let mut buffer = vec![0; 16 << 10];
        while let Ok(read @ 1..) = reading.read(&mut buffer) {
            if sender.send((Instant::now(), buffer[..read].to_vec())).is_err() {
                return;
            }
        }
    });
    let mut sent = 0;
    for (came, mut bytes) in pieces {
        let hole = |state: &mut State| state.weather == Weather::Hole && !state.ended;
        let mut state = shared.changed.wait_while(shared.lock(), hole).expect("a lock");
        if state.ended {
            break;
        }
        let short = match state.weather {
            Weather::Short(most) if sent + bytes.len() > most => Some(Blow::Cut(most - sent)),
            _ => None,
        };
        let blow = if inwards { state.blow.take().or(short) } else { None };
        sent += bytes.len();
        drop(state);
        match blow {
            Some(Blow::Cut(at)) => {
                let at = at.min(bytes.len());
                let _ = to.write_all(&bytes[..at]);
                let _ = to.shutdown(Shutdown::Both);
                let _ = from.shutdown(Shutdown::Both);
                break;
            }
            Some(Blow::Garble) => {
                let middle = bytes.len() / 2;
                bytes[middle] ^= 0x10;
            }
            _ => {}
        }
        if !pass_on(shared, &bytes, came, &mut to, inwards) {
            let _ = from.shutdown(Shutdown::Both);
            return;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
    if inwards {
        let _ = from.shutdown(Shutdown::Both);
        let _ = to.shutdown(Shutdown::Both);
    }
}

/// Passes bytes on as the weather of each moment wants it; false where nobody takes them any more.
fn pass_on(
    shared: &Shared,
    mut bytes: &[u8],
    came: Instant,
    to: &mut TcpStream,
    inwards: bool,
) -> bool {
    while !bytes.is_empty() {
        let mut state = shared.lock();
        let (weather, now) = (state.weather, Instant::now());
        let (piece, at) = match weather {
            Weather::Late(by) => (bytes.len(), came + by),
            Weather::Narrow(a_millisecond) => {
                (a_millisecond.clamp(1, bytes.len()), now + Duration::from_millis(1))
            }
            Weather::Far(by, a_millisecond) => {
                let piece = bytes.len().min(PACKET);
                let free = &mut state.free[usize::from(inwards)];
                let micros = (piece * 1000 / a_millisecond.max(1)) as u64;
                *free = now.max(*free) + Duration::from_micros(micros);
                (piece, (*free).max(came + by))
            }
            Weather::Drip(every) => (1, now + every),
            _ => (bytes.len(), now),
        };
        // Other weather may come before that.
        while state.weather == weather && !state.ended {
            let left = at.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            state = shared.changed.wait_timeout(state, left).expect("a lock").0;
        }
        if inwards {
            state.passed += piece;
        }
        drop(state);
        if to.write_all(&bytes[..piece]).is_err() {
            return false;
        }
        bytes = &bytes[piece..];
    }
    true
}
