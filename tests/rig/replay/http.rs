//! A small HTTP/1.1 server over TLS with a thread for each connection: enough for clients of an API server that only
//! read, and cheap enough to run beside what is measured.

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::io::{Read as _, Result, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;

/// What was asked.
pub struct Request {
    /// `GET` and so on.
    pub method: String,
    /// The path alone.
    pub path: String,
    /// The query, in its order, as it was sent.
    pub query: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    /// The body, often empty.
    pub body: Vec<u8>,
}

impl Request {
    /// The value of a header, whose name is written small; empty where there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    /// The value of a parameter.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Whether it asks for changes.
    pub fn is_watch(&self) -> bool {
        matches!(self.param("watch"), Some("1" | "true"))
    }

    /// Path and query as they were sent.
    pub fn target(&self) -> String {
        let query: Vec<String> =
            self.query.iter().map(|(key, value)| format!("{key}={value}")).collect();
        if query.is_empty() {
            self.path.clone()
        } else {
            format!("{}?{}", self.path, query.join("&"))
        }
    }

    fn parse(head: &str) -> Option<Self> {
        let mut lines = head.split("\r\n");
        let mut first = lines.next()?.split(' ');
        let (method, target) = (first.next()?, first.next()?);
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let pairs = query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (key.to_owned(), value.to_owned())
        });
        let headers = lines.filter_map(|line| {
            let (name, value) = line.split_once(':')?;
            Some((name.to_ascii_lowercase(), value.trim().to_owned()))
        });
        Some(Self {
            method: method.to_owned(),
            path: path.to_owned(),
            query: pairs.collect(),
            headers: headers.collect(),
            body: Vec::new(),
        })
    }
}

/// One connection of a client.
pub struct Connection {
    stream: StreamOwned<ServerConnection, TcpStream>,
    /// What was read past the last request.
    read: Vec<u8>,
    out: Vec<u8>,
}

impl Connection {
    /// The socket, to be shut by others.
    pub fn socket(&self) -> TcpStream {
        self.stream.sock.try_clone().expect("a handle")
    }

    fn more(&mut self) -> Result<bool> {
        let mut piece = [0; 8192];
        let read = self.stream.read(&mut piece)?;
        self.read.extend_from_slice(&piece[..read]);
        Ok(read > 0)
    }

    /// The next request; `None` when the client has left.
    fn next(&mut self) -> Result<Option<Request>> {
        let end = loop {
            if let Some(at) = memchr::memmem::find(&self.read, b"\r\n\r\n") {
                break at;
            }
            if !self.more()? {
                return Ok(None);
            }
        };
        let head = String::from_utf8_lossy(&self.read[..end]).into_owned();
        self.read.drain(..end + 4);
        let Some(mut request) = Request::parse(&head) else { return Ok(None) };
        let length: usize = request.header("content-length").parse().unwrap_or(0);
        while self.read.len() < length {
            if !self.more()? {
                return Ok(None);
            }
        }
        request.body = self.read.drain(..length).collect();
        Ok(Some(request))
    }

    /// A whole answer.
    pub fn answer(&mut self, code: u16, media: &str, body: &[u8]) -> Result<()> {
        let date = jiff::Timestamp::now().strftime("%a, %d %b %Y %H:%M:%S GMT");
        let head = format!(
            "HTTP/1.1 {code} Answered\r\nContent-Type: {media}\r\nDate: {date}\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        self.stream.write_all(head.as_bytes())?;
        self.stream.write_all(body)?;
        self.stream.flush()
    }

    /// The head of an answer that comes in chunks.
    pub fn begin(&mut self, media: &str) -> Result<()> {
        let date = jiff::Timestamp::now().strftime("%a, %d %b %Y %H:%M:%S GMT");
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: {media}\r\nDate: {date}\r\nTransfer-Encoding: chunked\r\n\r\n"
        );
        self.stream.write_all(head.as_bytes())?;
        self.stream.flush()
    }

    /// One chunk, in TLS records of its own and sent at once, as an API server sends each event.
    pub fn chunk(&mut self, bytes: &[u8]) -> Result<()> {
        self.out.clear();
        write!(self.out, "{:x}\r\n", bytes.len())?;
        self.out.extend_from_slice(bytes);
        self.out.extend_from_slice(b"\r\n");
        self.stream.write_all(&self.out)?;
        self.stream.flush()
    }

    /// The end of an answer that came in chunks.
    pub fn end(&mut self) -> Result<()> {
        self.stream.write_all(b"0\r\n\r\n")?;
        self.stream.flush()
    }
}

/// Answers a request. An error ends the connection.
pub type Handler = dyn Fn(&Request, &mut Connection) -> Result<()> + Send + Sync;

/// Listens on a port of loopback, for as long as the process lives.
pub fn serve(certificate: &Path, key: &Path, handler: Arc<Handler>) -> u16 {
    let chain = CertificateDer::pem_file_iter(certificate).expect("a certificate");
    let chain = chain.collect::<std::result::Result<Vec<_>, _>>().expect("a certificate");
    let key = PrivateKeyDer::from_pem_file(key).expect("a key");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut tls = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("TLS")
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .expect("a certificate with its key");
    tls.alpn_protocols = vec![b"http/1.1".to_vec()];
    let tls = Arc::new(tls);
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        for client in listener.incoming() {
            let Ok(client) = client else { continue };
            let (tls, handler) = (Arc::clone(&tls), Arc::clone(&handler));
            // A client that leaves in the middle of an answer is none of the server's troubles.
            std::thread::spawn(move || drop(talk(client, tls, &*handler)));
        }
    });
    port
}

fn talk(client: TcpStream, tls: Arc<ServerConfig>, handler: &Handler) -> Result<()> {
    client.set_nodelay(true)?;
    let session = ServerConnection::new(tls).map_err(std::io::Error::other)?;
    let stream = StreamOwned::new(session, client);
    let mut connection = Connection { stream, read: Vec::new(), out: Vec::new() };
    while let Some(request) = connection.next()? {
        handler(&request, &mut connection)?;
    }
    Ok(())
}
