//! Archives as Flux fetches them, and the server that has them.

use flate2::{Compression, write::GzEncoder};
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};

/// A tar.gz of these files.
pub fn tarball(files: &[(&str, &str)]) -> Vec<u8> {
    let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (name, text) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, name, text.as_bytes()).expect("an archive");
    }
    archive.into_inner().and_then(GzEncoder::finish).expect("an archive")
}

/// `sha256:…` of these bytes, with the hash that the TLS library brings.
pub fn digest(bytes: &[u8]) -> String {
    use rustls::crypto::ring::cipher_suite::TLS13_AES_128_GCM_SHA256;
    let suite = TLS13_AES_128_GCM_SHA256.tls13().expect("a suite of TLS 1.3");
    let hash = suite.common.hash_provider.hash(bytes);
    let hex: String = hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

type Files = Arc<Mutex<HashMap<String, Vec<u8>>>>;

/// A server of files on loopback, for the rest of the test process.
pub struct FileServer {
    files: Files,
    port: u16,
}

impl FileServer {
    /// Starts one without files.
    pub fn start() -> Self {
        let files = Files::default();
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let held = Arc::clone(&files);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // Who asks and goes away is no concern of the tests.
                let _ = answer(stream, &held);
            }
        });
        Self { files, port }
    }

    /// The port on loopback on which it serves.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Holds this file from now on; its address.
    pub fn hold(&self, name: &str, bytes: Vec<u8>) -> String {
        self.files.lock().unwrap_or_else(PoisonError::into_inner).insert(format!("/{name}"), bytes);
        format!("http://127.0.0.1:{}/{name}", self.port)
    }
}

fn answer(mut stream: TcpStream, files: &Files) -> std::io::Result<()> {
    let mut request = String::new();
    let mut reader = BufReader::new(stream.try_clone()?);
    reader.read_line(&mut request)?;
    let mut line = String::new();
    while reader.read_line(&mut line)? > 2 {
        line.clear();
    }
    let path = request.split(' ').nth(1).unwrap_or_default();
    let found = files.lock().unwrap_or_else(PoisonError::into_inner).get(path).cloned();
    let code = if found.is_some() { "200 OK" } else { "404 Not Found" };
    let body = found.unwrap_or_default();
    let head = format!(
        "HTTP/1.1 {code}\r\ncontent-type: application/gzip\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(&body)
}
