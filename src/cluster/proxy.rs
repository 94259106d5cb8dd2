//! Which proxy a request goes through: the cluster entry's `proxy-url`, else the environment, by
//! the rules of Go's `net/http` (<https://pkg.go.dev/golang.org/x/net/http/httpproxy>), because
//! kubectl has them.

use super::kubeconfig::Surroundings;
use crate::model::{Fault, FaultKind};
use base64::Engine as _;
use http::{HeaderValue, Uri};
use std::fmt;
use std::net::IpAddr;

/// A proxy and how to log in there.
#[derive(Clone)]
pub struct Proxy {
    /// How it is spoken to.
    pub scheme: Scheme,
    /// Its address, without user and password.
    pub uri: Uri,
    /// User and password, decoded; never shown.
    login: Option<(String, String)>,
}

/// How a proxy is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// CONNECT over plain TCP.
    Http,
    /// CONNECT over TLS.
    Https,
    /// SOCKS version 5, names resolved by the proxy.
    Socks5,
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.uri)
    }
}

impl Proxy {
    /// From a URL as people write it; without a scheme it is an HTTP proxy.
    ///
    /// # Errors
    /// It is not a URL, or its scheme is none we speak; `origin` says where it was written.
    pub fn parse(url: &str, origin: &str) -> Result<Self, Fault> {
        let bad = |why: String| {
            Fault::new(FaultKind::Input, format!("use the proxy of {origin}"), why)
                .hint("write it as http://host:port, https://host:port or socks5://host:port")
        };
        let url = url.trim();
        let full = if url.contains("://") { url.to_owned() } else { format!("http://{url}") };
        let uri: Uri = full.parse().map_err(|err| bad(format!("it is not a URL: {err}")))?;
        let scheme = match uri.scheme_str() {
            Some("http") => Scheme::Http,
            Some("https") => Scheme::Https,
            Some("socks5" | "socks5h") => Scheme::Socks5,
            other => {
                return Err(bad(format!("\"{}\" is not supported", other.unwrap_or_default())));
            }
        };
        let authority = uri.authority().map(http::uri::Authority::as_str).unwrap_or_default();
        let (login, host) = match authority.rsplit_once('@') {
            Some((login, host)) => (Some(login), host),
            None => (None, authority),
        };
        if host.is_empty() || host.starts_with(':') {
            return Err(bad("it names no host".to_owned()));
        }
        let login = login.map(|text| {
            let (user, password) = text.split_once(':').unwrap_or((text, ""));
            (percent_decoded(user), percent_decoded(password))
        });
        let bare = Uri::builder()
            .scheme(uri.scheme_str().unwrap_or("http"))
            .authority(with_port(host, scheme))
            .path_and_query("/")
            .build()
            .map_err(|err| bad(format!("it is not a URL: {err}")))?;
        Ok(Self { scheme, uri: bare, login })
    }

    /// `Proxy-Authorization` for an HTTP proxy that wants a login; marked sensitive.
    pub fn basic_auth(&self) -> Option<HeaderValue> {
        let (user, password) = self.login.as_ref()?;
        let text = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}"));
        let mut value = HeaderValue::try_from(format!("Basic {text}")).ok()?;
        value.set_sensitive(true);
        Some(value)
    }

    /// User and password for a SOCKS proxy.
    pub fn login(&self) -> Option<(String, String)> {
        self.login.clone()
    }
}

/// The proxy for a server; None: straight there.
///
/// # Errors
/// A proxy is configured that we cannot use.
pub fn proxy_for(
    server: &Uri,
    configured: Option<&str>,
    around: &Surroundings,
) -> Result<Option<Proxy>, Fault> {
    if let Some(url) = configured.filter(|url| !url.trim().is_empty()) {
        return Proxy::parse(url, "the cluster entry (proxy-url)").map(Some);
    }
    let names = match server.scheme_str() {
        Some("https") => ["HTTPS_PROXY", "https_proxy"],
        _ => ["HTTP_PROXY", "http_proxy"],
    };
    let Some((name, url)) = names.iter().find_map(|name| Some((*name, around.var(name)?))) else {
        return Ok(None);
    };
    let except = around.var("NO_PROXY").or_else(|| around.var("no_proxy")).unwrap_or_default();
    if goes_direct(server, &except) {
        return Ok(None);
    }
    Proxy::parse(&url, &format!("${name}")).map(Some)
}

/// Whether this host is the machine we run on.
pub fn is_loopback(uri: &Uri) -> bool {
    let host = bare_host(uri);
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Whether a proxy of the environment is not used for this server.
fn goes_direct(server: &Uri, except: &str) -> bool {
    if is_loopback(server) {
        return true;
    }
    let host = bare_host(server);
    let port =
        server.port_u16().unwrap_or(if server.scheme_str() == Some("https") { 443 } else { 80 });
    except
        .split(',')
        .map(str::trim)
        .filter(|rule| !rule.is_empty())
        .any(|rule| matches(rule, &host, port))
}

/// Whether one entry of NO_PROXY covers the host: `*`, an address, a CIDR, a domain (with its
/// subdomains), `.domain` or `*.domain` (subdomains only), each but the first with an optional port.
fn matches(rule: &str, host: &str, port: u16) -> bool {
    if rule == "*" {
        return true;
    }
    let rule = rule.to_lowercase();
    if let (Some((net, bits)), Ok(ip)) = (rule.split_once('/'), host.parse::<IpAddr>()) {
        return match (net.parse::<IpAddr>(), bits.parse::<u8>()) {
            (Ok(net), Ok(bits)) => in_network(ip, net, bits),
            _ => false,
        };
    }
    let (name, only) = split_port(&rule);
    if only.is_some_and(|only| only != port) {
        return false;
    }
    if let (Ok(rule), Ok(ip)) = (name.parse::<IpAddr>(), host.parse::<IpAddr>()) {
        return rule == ip;
    }
    let name = name.strip_prefix('*').filter(|rest| rest.starts_with('.')).unwrap_or(name);
    match name.strip_prefix('.') {
        Some(_) => host.ends_with(name),
        None => host.strip_suffix(name).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')),
    }
}

/// `host:port`, `[v6]:port` or neither.
fn split_port(rule: &str) -> (&str, Option<u16>) {
    if let Some(rest) = rule.strip_prefix('[')
        && let Some((host, after)) = rest.split_once(']')
    {
        return (host, after.strip_prefix(':').and_then(|port| port.parse().ok()));
    }
    match rule.split_once(':') {
        Some((host, port)) if !port.contains(':') => match port.parse() {
            Ok(port) => (host, Some(port)),
            Err(_) => (rule, None),
        },
        _ => (rule, None),
    }
}

fn in_network(ip: IpAddr, net: IpAddr, bits: u8) -> bool {
    match (ip, net) {
        (IpAddr::V4(ip), IpAddr::V4(net)) if bits <= 32 => {
            let mask = u32::MAX.checked_shl(32 - u32::from(bits)).unwrap_or(0);
            u32::from(ip) & mask == u32::from(net) & mask
        }
        (IpAddr::V6(ip), IpAddr::V6(net)) if bits <= 128 => {
            let mask = u128::MAX.checked_shl(128 - u32::from(bits)).unwrap_or(0);
            u128::from(ip) & mask == u128::from(net) & mask
        }
        _ => false,
    }
}

fn bare_host(uri: &Uri) -> String {
    let host = uri.host().unwrap_or_default().to_lowercase();
    host.trim_start_matches('[').trim_end_matches(']').trim_end_matches('.').to_owned()
}

/// The address with the port of its scheme when it names none.
fn with_port(host: &str, scheme: Scheme) -> String {
    let named = host.rsplit_once(':').is_some_and(|(before, port)| {
        !port.is_empty()
            && port.bytes().all(|b| b.is_ascii_digit())
            && (!before.contains(':') || before.ends_with(']'))
    });
    let port = match scheme {
        Scheme::Http => 80,
        Scheme::Https => 443,
        Scheme::Socks5 => 1080,
    };
    if named { host.to_owned() } else { format!("{host}:{port}") }
}

/// `%40` as `@`; what is no escape stays.
fn percent_decoded(text: &str) -> String {
    let digit = |byte: Option<&u8>| byte.and_then(|byte| char::from(*byte).to_digit(16));
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match (byte, digit(bytes.get(at + 1)), digit(bytes.get(at + 2))) {
            (b'%', Some(high), Some(low)) => {
                out.push(u8::try_from(high * 16 + low).unwrap_or(byte));
                at += 3;
            }
            _ => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
#[path = "proxy_tests.rs"]
mod tests;
