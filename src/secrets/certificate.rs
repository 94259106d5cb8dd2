//! Certificates in PEM, in the few fields that people look for.

use crate::text::age;
use crate::text::sanitise;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs1KeyDer, PrivatePkcs8KeyDer, PrivateSec1KeyDer};
use x509_parser::extensions::GeneralName;
use x509_parser::pem::Pem;
use x509_parser::prelude::{FromDer, X509Certificate};
use x509_parser::public_key::PublicKey;
use zeroize::{Zeroize, Zeroizing};

/// Seconds of a day.
const DAY: i64 = 24 * 3600;
/// Certificates read of one value at most: a bundle of all public authorities has about 150.
const MOST: usize = 400;

/// One certificate. Texts are sanitised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// Distinguished name: `CN=shop.example.com`.
    pub subject: String,
    /// Distinguished name of who signed it.
    pub issuer: String,
    /// Names it is for: hosts, addresses, mails, URIs.
    pub names: Vec<String>,
    /// Serial number as openssl writes it: `03:1a:…`.
    pub serial: String,
    /// Valid from, Unix seconds.
    pub begins: i64,
    /// Valid until, Unix seconds.
    pub ends: i64,
    /// Kind and size of its key: `RSA 2048`.
    pub key: String,
    /// It may sign others.
    pub authority: bool,
    /// Subject and issuer as they stand in the certificate, to compare them.
    raw: (Vec<u8>, Vec<u8>),
    /// The public key as it stands in the certificate.
    public: Vec<u8>,
}

impl Certificate {
    /// It signed itself, or says so.
    pub fn is_self_signed(&self) -> bool {
        self.raw.0 == self.raw.1
    }

    /// From when until when, and how long that is from `now`; whether that is bad, or soon.
    pub fn validity(&self, now: i64) -> (String, Validity) {
        let span = format!("valid {} to {}", date(self.begins), date(self.ends));
        if now < self.begins {
            let wait = age::human(self.begins - now);
            return (format!("{span}, begins in {wait}"), Validity::NotYet);
        }
        let left = self.ends - now;
        if left < 0 {
            return (format!("{span}, ended {} ago", age::human(-left)), Validity::Ended);
        }
        let words = match left / DAY {
            0 => format!("{span}, {} left", age::human(left)),
            1 => format!("{span}, 1 day left"),
            days => format!("{span}, {days} days left"),
        };
        // Short-lived ones are renewed late by design.
        let soon = (30 * DAY).min((self.ends - self.begins) / 3);
        (words, if left < soon { Validity::Soon } else { Validity::Good })
    }
}

/// How a certificate stands to the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Validity {
    /// For a good while.
    Good,
    /// It ends soon.
    Soon,
    /// It has ended.
    Ended,
    /// It has not begun.
    NotYet,
}

/// What PEM text holds.
#[derive(Debug, Default)]
pub struct Found {
    /// Certificates, in their order.
    pub certificates: Vec<Certificate>,
    /// There is a private key among it.
    pub private_key: bool,
    /// There is something else among it.
    pub other: bool,
    /// What could not be read, in words.
    pub wrong: Vec<String>,
}

/// Reads PEM; text without any gives nothing.
pub fn pem(bytes: &[u8]) -> Found {
    let mut found = Found::default();
    if memchr::memmem::find(bytes, b"-----BEGIN ").is_none() {
        return found;
    }
    for (at, block) in Pem::iter_from_buffer(bytes).take(MOST).enumerate() {
        let Ok(mut block) = block else {
            found.wrong.push(format!("PEM block {} cannot be read", at + 1));
            break;
        };
        match block.label.as_str() {
            "CERTIFICATE" | "TRUSTED CERTIFICATE" | "X509 CERTIFICATE" => {
                match X509Certificate::from_der(&block.contents) {
                    Ok((_, read)) => found.certificates.push(certificate(&read)),
                    Err(_) => {
                        let why = format!("PEM block {} is no readable certificate", at + 1);
                        found.wrong.push(why);
                    }
                }
            }
            label if label.ends_with("PRIVATE KEY") => found.private_key = true,
            _ => found.other = true,
        }
        block.contents.zeroize();
    }
    found
}

fn certificate(read: &X509Certificate<'_>) -> Certificate {
    let clean = |text: String| sanitise::clean(&text).into_owned();
    let names = read.subject_alternative_name().ok().flatten();
    let names = names.map(|names| names.value.general_names.iter().map(name).collect());
    let name = |name: &x509_parser::x509::X509Name<'_>| match name.to_string() {
        empty if empty.is_empty() => "(no name)".to_owned(),
        name => clean(name),
    };
    Certificate {
        subject: name(read.subject()),
        issuer: name(read.issuer()),
        names: names.unwrap_or_default(),
        serial: read.raw_serial_as_string(),
        begins: read.validity().not_before.timestamp(),
        ends: read.validity().not_after.timestamp(),
        key: key(read),
        authority: read.is_ca(),
        raw: (read.subject().as_raw().to_vec(), read.issuer().as_raw().to_vec()),
        public: read.public_key().raw.to_vec(),
    }
}

fn name(name: &GeneralName<'_>) -> String {
    let text = match name {
        GeneralName::DNSName(text) | GeneralName::RFC822Name(text) | GeneralName::URI(text) => {
            (*text).to_owned()
        }
        GeneralName::IPAddress(bytes) => {
            if let Ok(four) = <[u8; 4]>::try_from(*bytes) {
                core::net::Ipv4Addr::from(four).to_string()
            } else if let Ok(sixteen) = <[u8; 16]>::try_from(*bytes) {
                core::net::Ipv6Addr::from(sixteen).to_string()
            } else {
                "an address that cannot be read".to_owned()
            }
        }
        GeneralName::DirectoryName(name) => name.to_string(),
        _ => "a name of another sort".to_owned(),
    };
    sanitise::clean(&text).into_owned()
}

fn key(read: &X509Certificate<'_>) -> String {
    match read.public_key().parsed() {
        Ok(PublicKey::RSA(rsa)) => format!("RSA {}", rsa.key_size()),
        Ok(PublicKey::EC(point)) => format!("EC {}", point.key_size()),
        Ok(PublicKey::DSA(_)) => "DSA".to_owned(),
        _ => match read.public_key().algorithm.algorithm.to_id_string().as_str() {
            "1.3.101.112" => "Ed25519".to_owned(),
            "1.3.101.113" => "Ed448".to_owned(),
            other => format!("key of sort {other}"),
        },
    }
}

/// What is wrong with the order of a chain: each is signed by the next. A bundle of authorities,
/// whose first one signed itself, is no chain.
pub fn chain(certificates: &[Certificate]) -> Option<String> {
    if certificates.first().is_none_or(Certificate::is_self_signed) {
        return None;
    }
    certificates.windows(2).zip(1..).find(|(two, _)| two[0].raw.1 != two[1].raw.0).map(|(_, at)| {
        format!("the order is wrong: certificate {at} is not signed by certificate {}", at + 1)
    })
}

/// Whether a private key in PEM is the one of a certificate; None where that cannot be told.
pub fn belongs(certificate: &Certificate, pem: &[u8]) -> Option<bool> {
    let block = Pem::iter_from_buffer(pem)
        .filter_map(Result::ok)
        .find(|block| block.label.ends_with("PRIVATE KEY"))?;
    let contents = Zeroizing::new(block.contents);
    let key = match block.label.as_str() {
        "PRIVATE KEY" => PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(&contents[..])),
        "RSA PRIVATE KEY" => PrivateKeyDer::Pkcs1(PrivatePkcs1KeyDer::from(&contents[..])),
        "EC PRIVATE KEY" => PrivateKeyDer::Sec1(PrivateSec1KeyDer::from(&contents[..])),
        _ => return None,
    };
    let key = rustls::crypto::ring::sign::any_supported_type(&key).ok()?;
    Some(key.public_key()?.as_ref() == certificate.public.as_slice())
}

/// `2026-01-01`.
fn date(at: i64) -> String {
    match jiff::Timestamp::from_second(at) {
        Ok(at) => at.strftime("%Y-%m-%d").to_string(),
        Err(_) => "a date out of reach".to_owned(),
    }
}
