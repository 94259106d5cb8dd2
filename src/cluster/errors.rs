//! What the server or the network says, as what / why / what to do about it.
//!
//! Everything in here may come from a hostile server or proxy: it is made one line, sanitised and
//! cut before anybody sees it.

use super::auth::Refused;
use super::split::ListMeta;
use super::timing::Timing;
use crate::kinds::proto::{self, Envelope, MAGIC, messages};
use crate::model::{Cause as FieldCause, Fault, FaultKind};
use crate::text::sanitise;
use http::{HeaderMap, StatusCode, header};
use std::error::Error;
use std::time::Duration;

/// Longest reason that is shown, in characters.
const MAX_WHY: usize = 400;
/// Of these, characters from its end.
const MAX_END: usize = 120;

/// What to do when something else answered than an API server.
const BETWEEN: &str = "something between here and the API server answered: check the server URL, \
                       the proxy and the VPN";

/// What a refusal means for a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sort {
    /// 410: the version asked for is gone.
    Gone,
    /// 504 with the cause ResourceVersionTooLarge: this server is behind.
    TooLarge,
    /// 429: later.
    Throttled,
    /// 401.
    Unauthenticated,
    /// 403, and 400 or 422 where asking again changes nothing.
    Denied,
    /// 404, 405, 406: not served.
    NotServed,
    /// Anything that may pass by itself.
    Passing,
    /// No answer at all: the connection failed or broke.
    Cut,
}

/// A request that did not give what was asked for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Refusal {
    pub(crate) sort: Sort,
    pub(crate) fault: Fault,
    /// How long the server asks us to wait.
    pub(crate) retry_after: Option<Duration>,
    /// 410 to a page: what to go on with, in another moment than that of the pages before.
    pub(crate) resume: Option<String>,
}

impl Refusal {
    /// Without a word about when, or with what, to ask again.
    pub(crate) const fn new(sort: Sort, fault: Fault) -> Self {
        Self { sort, fault, retry_after: None, resume: None }
    }

    /// The connection failed or broke.
    pub(crate) const fn cut(fault: Fault) -> Self {
        Self::new(Sort::Cut, fault)
    }

    /// How long to wait: as long as the server asks, within reason, else `own`.
    pub(crate) fn wait(&self, timing: &Timing, own: Duration) -> Duration {
        self.retry_after.map_or(own, |asked| asked.min(timing.retry_after_max))
    }
}

/// Whether an answer is a web page, whatever its status: nothing an API server sends.
pub(crate) fn is_web_page(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes().to_ascii_lowercase().starts_with(b"text/html"))
}

/// One line of text from outside: sanitised, white space folded, cut in the middle. A server repeats the
/// value that it does not like, and says what is wrong with it at the end.
pub fn line(text: &str) -> String {
    let folded = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let clean = sanitise::clean(&folded);
    let length = clean.chars().count();
    if length <= MAX_WHY {
        return clean.into_owned();
    }
    let start = clean.chars().take(MAX_WHY - MAX_END);
    let cut: String = start.chain(['…']).chain(clean.chars().skip(length - MAX_END)).collect();
    // What was harmless within an emoji hides something where it was cut in two.
    sanitise::clean(&cut).into_owned()
}

#[derive(Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Status {
    kind: Option<String>,
    status: Option<String>,
    message: Option<String>,
    reason: Option<String>,
    code: Option<u16>,
    details: Option<Details>,
    metadata: Option<ListMeta>,
}

#[derive(Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Details {
    causes: Option<Vec<Cause>>,
    retry_after_seconds: Option<u64>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Cause {
    reason: Option<String>,
    message: Option<String>,
    field: Option<String>,
}

/// The Status in these bytes, JSON or protobuf.
fn status(bytes: &[u8]) -> Option<Status> {
    if !bytes.starts_with(MAGIC) {
        return serde_json::from_slice(bytes).ok();
    }
    let envelope = Envelope::open(bytes).ok()?;
    let status: Status = proto::from_slice(&messages::STATUS, envelope.raw).ok()?;
    Some(Status { kind: Some(envelope.kind.to_owned()), ..status })
}

/// Most causes that are kept of one answer.
const MAX_CAUSES: usize = 50;

/// What the server finds wrong, field by field: from the causes it lists, or from its words where it
/// could not even read the object.
fn causes(details: &Details, message: &str) -> Vec<FieldCause> {
    let listed = details.causes.iter().flatten().filter_map(|cause| {
        let message = line(cause.message.as_deref()?);
        Some(FieldCause { field: line(cause.field.as_deref().unwrap_or_default()), message })
    });
    let mut all: Vec<FieldCause> = listed.take(MAX_CAUSES).collect();
    if all.is_empty() {
        all = from_words(message);
    }
    all
}

/// `strict decoding error: unknown field "spec.x", duplicate field "y"` of strict field validation,
/// and `json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32`.
fn from_words(message: &str) -> Vec<FieldCause> {
    let mut found = Vec::new();
    for what in ["unknown field", "duplicate field"] {
        for (at, words) in message.match_indices(&format!("{what} \"")) {
            let rest = &message[at + words.len()..];
            if let Some((field, _)) = rest.split_once('"') {
                found.push(FieldCause { field: line(field), message: what.to_owned() });
            }
        }
    }
    if let Some((before, rest)) = message.split_once(" into Go struct field ")
        && let Some((field, of)) = rest.split_once(" of type ")
    {
        let given = before.rsplit("cannot unmarshal ").next().unwrap_or_default();
        let field = field.split_once('.').map_or(field, |(_, field)| field);
        let wanted = of.split([' ', ',']).next().unwrap_or_default();
        let message = line(&format!("this is a {given}, wanted is {wanted}"));
        found.push(FieldCause { field: line(field), message });
    }
    found.truncate(MAX_CAUSES);
    found
}

/// What an answer means that is not 2xx, or a web page. `what` is what was being done.
pub(crate) fn refused(what: &str, code: StatusCode, headers: &HeaderMap, body: &[u8]) -> Refusal {
    let parsed = status(body).filter(|status| status.kind.as_deref() == Some("Status"));
    let header_wait = headers
        .get(header::RETRY_AFTER)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.trim().parse().ok());
    if let Some(status) = parsed {
        return from_status(what, code.as_u16(), status, header_wait);
    }
    let text = String::from_utf8_lossy(body);
    let html = text.trim_start().starts_with('<') || is_web_page(headers);
    let name = code.canonical_reason().unwrap_or("unknown status");
    let mut refusal = from_status(what, code.as_u16(), Status::default(), header_wait);
    let elsewhere = headers
        .get(header::LOCATION)
        .and_then(|value| value.to_str().ok())
        .filter(|_| code.is_redirection());
    if let Some(place) = elsewhere {
        // What follows the path may be secret, and we do not go there with our credential.
        let place = place.split(['?', '#']).next().unwrap_or_default();
        refusal.fault.why =
            format!("HTTP {} {name}: it sends us to {}", code.as_u16(), line(place));
        refusal.fault.hint = "an API server does not do that: check the server URL, the proxy \
                              and the VPN (is there a login page in between?)"
            .into();
    } else if html {
        let title = between(&text, "<title>", "</title>").map(line).unwrap_or_default();
        refusal.fault.why = if title.is_empty() {
            format!("HTTP {} {name}, as a web page", code.as_u16())
        } else {
            format!("HTTP {} {name}, as a web page: {title}", code.as_u16())
        };
        refusal.fault.hint = BETWEEN.into();
    } else {
        let said = line(&text);
        refusal.fault.why = if said.is_empty() {
            format!("HTTP {} {name}", code.as_u16())
        } else {
            format!("HTTP {} {name}: {said}", code.as_u16())
        };
        if code.is_redirection() {
            refusal.fault.hint = BETWEEN.into();
        }
    }
    refusal
}

/// A good answer that is none of an API server: a login page, an empty body, somebody else's words.
pub(crate) fn unreadable(what: &str, body: &[u8], error: &serde_json::Error) -> Fault {
    let text = String::from_utf8_lossy(body);
    let why = if text.trim().is_empty() {
        "the answer is empty".to_owned()
    } else if text.trim_start().starts_with('<') {
        match between(&text, "<title>", "</title>").map(line).unwrap_or_default() {
            title if title.is_empty() => "the answer is a web page".to_owned(),
            title => format!("the answer is a web page: {title}"),
        }
    } else {
        format!("the answer is not an API server's ({})", line(&error.to_string()))
    };
    Fault::new(FaultKind::Network, what, why).hint(BETWEEN)
}

/// What an `ERROR` event of a watch means: its object is a Status.
pub(crate) fn watch_error(what: &str, object: &[u8]) -> Refusal {
    match status(object) {
        Some(status) => {
            let code = status.code.unwrap_or(500);
            from_status(what, code, status, None)
        }
        None => Refusal::new(
            Sort::Passing,
            Fault::new(FaultKind::Other, what, "the server ended the watch with an error"),
        ),
    }
}

/// A write may be answered with a Status of success.
pub(crate) fn is_failure(body: &[u8]) -> bool {
    serde_json::from_slice::<Status>(body).is_ok_and(|status| {
        status.kind.as_deref() == Some("Status") && status.status.as_deref() == Some("Failure")
    })
}

fn between<'a>(text: &'a str, open: &str, close: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(open)?;
    rest.split_once(close).map(|(inner, _)| inner)
}

fn from_status(what: &str, code: u16, status: Status, header_wait: Option<u64>) -> Refusal {
    let reason = status.reason.as_deref().unwrap_or("");
    let details = status.details.unwrap_or_default();
    let too_large = details.causes.iter().flatten().any(|cause| {
        cause.reason.as_deref() == Some("ResourceVersionTooLarge")
            || cause.message.as_deref() == Some("Too large resource version")
    });
    let (sort, kind, hint) = match code {
        410 => (Sort::Gone, FaultKind::Busy, ""),
        _ if matches!(reason, "Expired" | "Gone") => (Sort::Gone, FaultKind::Busy, ""),
        504 | 500 if too_large => (Sort::TooLarge, FaultKind::Busy, ""),
        429 => (Sort::Throttled, FaultKind::Busy, "the server is busy; tried again by itself"),
        401 => (
            Sort::Unauthenticated,
            FaultKind::Unauthenticated,
            "log in again, or check this context's user in the kubeconfig",
        ),
        403 => (
            Sort::Denied,
            FaultKind::Forbidden,
            "ask for a role that allows it, or look into a namespace where you have one",
        ),
        404..=406 => (Sort::NotServed, FaultKind::NotFound, ""),
        409 => (Sort::Passing, FaultKind::Conflict, "look at the object again, then try again"),
        400 | 415 | 422 => (Sort::Denied, FaultKind::Invalid, ""),
        502..=504 => (Sort::Passing, FaultKind::Busy, ""),
        _ => (Sort::Passing, FaultKind::Other, ""),
    };
    let why = match status.message.as_deref().map(line) {
        Some(message) if !message.is_empty() => message,
        _ if !reason.is_empty() => line(reason),
        _ => format!("HTTP {code}"),
    };
    let mut fault = Fault::new(kind, what, why).hint(hint).code(code);
    // What cannot be read names its fields in words alone.
    let words = match kind {
        FaultKind::Invalid => status.message.as_deref().unwrap_or_default(),
        _ => "",
    };
    fault.causes = causes(&details, words).into();
    Refusal {
        sort,
        fault,
        retry_after: header_wait.or(details.retry_after_seconds).map(Duration::from_secs),
        resume: status.metadata.and_then(|meta| meta.token).filter(|token| !token.is_empty()),
    }
}

/// What a request that got no answer means.
pub(crate) fn transport(what: &str, error: &(dyn Error + 'static)) -> Fault {
    let mut words: Vec<String> = Vec::new();
    let mut io = None;
    let mut next = Some(error);
    while let Some(error) = next {
        // Layers of our own (the gate, the credential plugin) say it better than we could.
        if let Some(fault) = error.downcast_ref::<Fault>() {
            return fault.clone();
        }
        if let Some(refused) = error.downcast_ref::<Refused>() {
            return refused.fault.clone();
        }
        if let Some(error) = error.downcast_ref::<std::io::Error>() {
            io = io.or(Some(error.kind()));
            // A custom io::Error hides its inner error from `source`'s first step.
            if let Some(fault) = error.get_ref().and_then(|inner| inner.downcast_ref::<Fault>()) {
                return fault.clone();
            }
        }
        let said = line(&error.to_string());
        if !words.iter().any(|word| word.contains(&said)) {
            words.retain(|word| !said.contains(word.as_str()));
            words.push(said);
        }
        next = error.source();
    }
    let all = words.join(": ");
    let (why, hint) = explain(&all, io);
    Fault::new(FaultKind::Network, what, why).hint(hint)
}

/// Why and what to do, from the words of the network libraries.
fn explain(all: &str, io: Option<std::io::ErrorKind>) -> (String, &'static str) {
    use std::io::ErrorKind as K;
    let lower = all.to_lowercase();
    let has = |needle: &str| lower.contains(needle);
    let said = |short: &str| format!("{short} ({all})");
    if has("dns error") || has("failed to lookup") || has("name or service not known") {
        return (
            said("the server's name cannot be resolved"),
            "check the server URL in the kubeconfig, DNS and the VPN",
        );
    }
    if has("unknownissuer")
        || has("unknown issuer")
        || has("self-signed")
        || has("caused by: unable to get local issuer")
    {
        return (
            said("the server's certificate is signed by an unknown authority"),
            "check certificate-authority in the kubeconfig; a proxy that opens TLS also looks like this",
        );
    }
    if has("certificateexpired")
        || has("certificate expired")
        || has("expired") && has("certificate")
    {
        return (
            said("a certificate has expired"),
            "renew the certificate, and check this machine's clock",
        );
    }
    if has("notvalidforname") || has("not valid for name") || has("not valid for any names") {
        return (
            said("the server's certificate is for another name"),
            "check the server URL, or set tls-server-name in the kubeconfig",
        );
    }
    if has("certificaterequired") || has("badcertificate") || has("bad certificate") {
        return (
            said("the server does not accept our certificate"),
            "check client-certificate in the kubeconfig",
        );
    }
    if has("corrupt message")
        || has("invalidcontenttype")
        || has("wrong version number")
        || has("tls handshake eof")
    {
        return (
            said("the server does not speak TLS there"),
            "check the port and the scheme of the server URL",
        );
    }
    match io {
        Some(K::ConnectionRefused) => (
            "connection refused".into(),
            "nothing listens there: check the server URL; is the cluster running?",
        ),
        Some(K::TimedOut) => {
            ("no answer in time".into(), "check the network, the VPN and the server URL")
        }
        Some(K::ConnectionReset | K::ConnectionAborted | K::BrokenPipe | K::UnexpectedEof) => {
            ("the connection broke".into(), "")
        }
        Some(K::NetworkUnreachable | K::HostUnreachable) => {
            ("no route to the server".into(), "check the network and the VPN")
        }
        _ if has("connection closed") || has("incomplete") => ("the connection broke".into(), ""),
        _ if has("timed out") || has("deadline has elapsed") => {
            ("no answer in time".into(), "check the network, the VPN and the server URL")
        }
        _ => (all.to_owned(), ""),
    }
}

/// The server accepted the connection but did not answer in time.
pub(crate) fn too_slow(what: &str, limit: Duration) -> Fault {
    Fault::new(FaultKind::Network, what, format!("no answer within {limit:?}"))
        .hint("check the network and the VPN; a busy server also looks like this")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn status(code: u16, body: &str) -> Refusal {
        let code = StatusCode::from_u16(code).unwrap();
        refused("list pods in shop", code, &HeaderMap::new(), body.as_bytes())
    }

    #[test]
    fn the_servers_own_words_are_the_reason() {
        let no = status(
            403,
            r#"{"kind":"Status","status":"Failure","reason":"Forbidden","code":403,
                "message":"pods is forbidden: User \"jane\" cannot list\nresource"}"#,
        );
        assert_eq!(no.sort, Sort::Denied);
        assert_eq!(no.fault.kind, FaultKind::Forbidden);
        assert_eq!(no.fault.why, r#"pods is forbidden: User "jane" cannot list resource"#);
        assert_eq!(no.fault.code, Some(403));
        assert!(!no.fault.hint.is_empty());
    }

    #[test]
    fn gone_comes_by_code_and_by_reason() {
        assert_eq!(status(410, "").sort, Sort::Gone);
        let event =
            watch_error("watch pods", br#"{"kind":"Status","code":500,"reason":"Expired"}"#);
        assert_eq!(event.sort, Sort::Gone);
        assert_eq!(watch_error("watch pods", b"?").sort, Sort::Passing);
    }

    #[test]
    fn a_page_that_is_gone_comes_with_a_place_to_go_on_from() {
        let gone = r#"{"kind":"Status","code":410,"reason":"Expired",
            "metadata":{"resourceVersion":"","continue":"abc"}}"#;
        assert_eq!(status(410, gone).resume.as_deref(), Some("abc"));
        for without in [r#"{"kind":"Status","code":410,"metadata":{}}"#, r#"{"kind":"Status"}"#, ""]
        {
            assert_eq!(status(410, without).resume, None);
        }
    }

    #[test]
    fn a_server_that_is_behind_is_told_from_a_slow_one() {
        let behind = r#"{"kind":"Status","code":504,"details":{"retryAfterSeconds":1,
            "causes":[{"reason":"ResourceVersionTooLarge","message":"Too large resource version"}]}}"#;
        let behind = status(504, behind);
        assert_eq!(behind.sort, Sort::TooLarge);
        assert_eq!(behind.retry_after, Some(Duration::from_secs(1)));
        assert_eq!(status(504, "").sort, Sort::Passing);
    }

    #[test]
    fn a_proxys_web_page_is_named_as_such() {
        let page = status(502, "<html><head><title>502 Bad\x1b[2J Gateway</title></head></html>");
        assert!(page.fault.why.contains("web page: 502 Bad"), "{}", page.fault.why);
        assert!(page.fault.hint.contains("between here and the API server"));
    }

    #[test]
    fn a_redirect_is_told_but_its_secrets_are_not() {
        let mut headers = HeaderMap::new();
        headers.insert(header::LOCATION, "https://sso.corp/login?state=s3cret#x".parse().unwrap());
        headers.insert(header::CONTENT_TYPE, "Text/HTML; charset=utf-8".parse().unwrap());
        let moved = refused("list", StatusCode::FOUND, &headers, b"<title>Moved</title>");
        assert_eq!(moved.fault.why, "HTTP 302 Found: it sends us to https://sso.corp/login");
        assert!(moved.fault.hint.contains("login page"));
        headers.remove(header::LOCATION);
        let page = refused("list", StatusCode::OK, &headers, b"<title>Sign in</title>");
        assert_eq!(page.fault.why, "HTTP 200 OK, as a web page: Sign in");
    }

    #[test]
    fn a_server_cannot_put_us_to_sleep_for_a_day() {
        let mut headers = HeaderMap::new();
        headers.insert(header::RETRY_AFTER, "99999".parse().unwrap());
        let later = refused("list", StatusCode::TOO_MANY_REQUESTS, &headers, b"");
        let timing = Timing::default();
        assert_eq!(later.wait(&timing, Duration::ZERO), timing.retry_after_max);
        headers.insert(header::RETRY_AFTER, "Wed, 21 Oct 2099 07:28:00 GMT".parse().unwrap());
        let later = refused("list", StatusCode::TOO_MANY_REQUESTS, &headers, b"");
        assert_eq!(later.wait(&timing, timing.throttled), timing.throttled);
    }

    #[test]
    fn the_header_says_how_long_to_wait() {
        let mut headers = HeaderMap::new();
        headers.insert(header::RETRY_AFTER, "7".parse().unwrap());
        let later = refused("list", StatusCode::TOO_MANY_REQUESTS, &headers, b"slow down");
        assert_eq!(later.sort, Sort::Throttled);
        assert_eq!(later.retry_after, Some(Duration::from_secs(7)));
        assert_eq!(later.fault.why, "HTTP 429 Too Many Requests: slow down");
    }

    #[test]
    fn network_failures_say_what_to_check() {
        let io = |kind, text: &str| std::io::Error::new(kind, text.to_owned());
        let refused = transport("list", &io(std::io::ErrorKind::ConnectionRefused, "os error 111"));
        assert_eq!(refused.why, "connection refused");
        for (said, expected) in [
            ("dns error: failed to lookup address information", "name cannot be resolved"),
            ("invalid peer certificate: UnknownIssuer", "unknown authority"),
            ("invalid peer certificate: certificate expired: verification time", "has expired"),
            ("invalid peer certificate: certificate not valid for name \"x\"", "another name"),
            ("received corrupt message of type InvalidContentType", "does not speak TLS"),
        ] {
            let fault = transport("list", &io(std::io::ErrorKind::Other, said));
            assert!(fault.why.contains(expected), "{said}: {}", fault.why);
            assert!(!fault.hint.is_empty(), "{said}");
        }
    }

    #[test]
    fn a_fault_from_a_layer_of_ours_comes_out_as_it_went_in() {
        let fault = Fault::new(FaultKind::Refused, "delete pod", "read-only");
        let wrapped = kube::Error::Service(Box::new(fault.clone()));
        assert_eq!(transport("x", &wrapped), fault);
    }
}
