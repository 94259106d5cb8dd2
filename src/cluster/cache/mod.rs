//! Values of a Redis that runs in the cluster, read through the tunnel to its pod. The password is read
//! from its Secret here, where it is needed, and told to nobody.

mod resp;
mod unpack;

use super::errors;
use super::fetch;
use super::forward::talk;
use super::streams::{Errand, Feed};
use crate::model::{
    Answer, CacheEvent, CacheSpec, Fault, FaultKind, ObjRef, Read, StreamEvent, Text,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use resp::{Replies, Reply, STRANGE};
use std::sync::Arc;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use zeroize::Zeroizing;

/// Bytes read at a time.
const PIECE: usize = 32 << 10;

/// Reads what is asked for.
pub(crate) async fn run(errand: Errand, spec: CacheSpec, feed: Feed) {
    let event = match read(&errand, &spec).await {
        Ok(values) => CacheEvent::Done(values),
        Err(fault) => CacheEvent::Failed(fault),
    };
    feed.tell(StreamEvent::Cache(event)).await;
}

type Value = Result<Arc<str>, Fault>;

async fn read(errand: &Errand, spec: &CacheSpec) -> Result<Vec<Value>, Fault> {
    let what = format!("read the cache in {}", spec.pod);
    // The gate comes first: no password is read for what may not be entered.
    let way = talk::way(errand, 0, &spec.pod).await?;
    let password = password(errand, &spec.secret, &spec.field).await?;
    let limit = errand.session.link.timing.get;
    let all = talk::through(errand, &what, way, async |stream| {
        let mut talk = Talk { stream, replies: Replies::default(), what: &what };
        tokio::time::timeout(limit, async {
            if let Some(password) = &password {
                talk.log_in(password).await?;
            }
            let mut values = Vec::new();
            for names in &spec.keys {
                values.push(talk.value(names).await?);
            }
            Ok(values)
        })
        .await
        .unwrap_or_else(|_| Err(errors::too_slow(&what, limit)))
    });
    all.await
}

/// The password; None where there is no such Secret.
async fn password(
    errand: &Errand,
    secret: &ObjRef,
    field: &str,
) -> Result<Option<Zeroizing<Vec<u8>>>, Fault> {
    let ObjRef { namespace, name, .. } = secret;
    let what = format!("read the password in Secret {namespace}/{name}");
    let path = secret.gvr.object_path(namespace, name);
    let json = match fetch::read(&errand.session, &Read { what: what.clone(), path }).await {
        Ok(Answer::Object(json)) => json,
        Ok(Answer::Access(..)) => return Err(Fault::new(FaultKind::Other, what, "none came")),
        Err(fault) if fault.kind == FaultKind::NotFound => return Ok(None),
        Err(fault) => return Err(fault),
    };
    held(&json, field).map(Some).map_err(|why| {
        Fault::new(FaultKind::Invalid, what, format!("Secret {namespace}/{name}: {why}"))
    })
}

fn held(json: &str, field: &str) -> Result<Zeroizing<Vec<u8>>, String> {
    #[derive(serde::Deserialize)]
    struct Secret {
        #[serde(default)]
        data: std::collections::BTreeMap<String, Zeroizing<String>>,
    }
    // What serde says may quote a value.
    let secret: Secret = serde_json::from_str(json).map_err(|_| "it is no Secret".to_owned())?;
    let text = secret.data.get(field).ok_or_else(|| format!("it has no key {field}"))?;
    let bytes = STANDARD.decode(text.as_bytes()).map_err(|_| format!("{field} is no base64"))?;
    Ok(Zeroizing::new(bytes))
}

/// A conversation with a Redis.
struct Talk<'t> {
    stream: DuplexStream,
    replies: Replies,
    what: &'t str,
}

impl Talk<'_> {
    async fn ask(&mut self, parts: &[&[u8]]) -> Result<Reply, Fault> {
        let fault = |why: String| Fault::new(FaultKind::Network, self.what, why);
        let cut = || fault("the connection ended before all of the answer came".into());
        let command = Zeroizing::new(resp::command(parts));
        self.stream.write_all(&command).await.map_err(|_| cut())?;
        let mut piece = vec![0; PIECE];
        loop {
            if let Some(reply) = self.replies.next().map_err(fault)? {
                return Ok(reply);
            }
            match self.stream.read(&mut piece).await {
                Ok(read @ 1..) => self.replies.feed(&piece[..read]),
                _ => return Err(cut()),
            }
        }
    }

    async fn log_in(&mut self, password: &[u8]) -> Result<(), Fault> {
        match self.ask(&[b"AUTH", password]).await? {
            Reply::Status(_) => Ok(()),
            Reply::Error(words) => match login_refused(&words) {
                None => Ok(()),
                Some((kind, why)) => Err(Fault::new(kind, self.what, why)),
            },
            _ => Err(Fault::new(FaultKind::Network, self.what, STRANGE)),
        }
    }

    /// The value that has one of these names.
    async fn value(&mut self, names: &[Text]) -> Result<Value, Fault> {
        for name in names {
            match self.ask(&[b"GET", name.as_bytes()]).await? {
                Reply::Value(bytes) => {
                    return Ok(unpack::text(bytes).map_err(|why| {
                        let why = format!("what is kept under {name} cannot be read: {why}");
                        Fault::new(FaultKind::Invalid, self.what, errors::line(&why))
                    }));
                }
                Reply::Nothing => {}
                Reply::Error(words) => {
                    let (kind, why) = refused(&words);
                    return Err(Fault::new(kind, self.what, why));
                }
                Reply::Status(_) | Reply::Integer(_) => {
                    return Err(Fault::new(FaultKind::Network, self.what, STRANGE));
                }
            }
        }
        let names: Vec<&str> = names.iter().map(Text::as_str).collect();
        let why = format!("nothing is kept there under {}", names.join(" or "));
        Ok(Err(Fault::new(FaultKind::NotFound, self.what, errors::line(&why))))
    }
}

/// Why a password was refused, without a word of the answer: old servers repeat what they were sent. None
/// where none is wanted.
fn login_refused(words: &str) -> Option<(FaultKind, String)> {
    // Only what is known: anything else may be what was sent.
    let known =
        |code: &&str| matches!(*code, "WRONGPASS" | "ERR" | "NOPERM" | "LOADING" | "MASTERDOWN");
    let code = Some(code(words)).filter(known).unwrap_or("an error");
    if words.contains("without any password configured") || words.contains("no password is set") {
        return None;
    }
    Some(match code {
        "WRONGPASS" => (FaultKind::Unauthenticated, "its Redis refuses the password".into()),
        "ERR" if words.contains("invalid password") => {
            (FaultKind::Unauthenticated, "its Redis refuses the password".into())
        }
        _ => (FaultKind::Other, format!("its Redis cannot be logged in to: {code}")),
    })
}

/// Why a value was refused.
fn refused(words: &str) -> (FaultKind, String) {
    let said = errors::line(words);
    match code(words) {
        "NOAUTH" => (
            FaultKind::Unauthenticated,
            "its Redis wants a password, and there is no Secret with one".into(),
        ),
        "NOPERM" => (FaultKind::Forbidden, format!("its Redis does not allow it: {said}")),
        "MOVED" | "ASK" => {
            (FaultKind::Other, "its Redis is a cluster, and another member has the value".into())
        }
        "LOADING" | "MASTERDOWN" | "TRYAGAIN" | "CLUSTERDOWN" => {
            (FaultKind::Busy, format!("its Redis cannot answer yet: {said}"))
        }
        _ => (FaultKind::Other, format!("its Redis says {said}")),
    }
}

/// The first word of an error: what it is, in capitals; `an error` where it has none.
fn code(words: &str) -> &str {
    let first = words.split(' ').next().unwrap_or_default();
    let is = !first.is_empty() && first.bytes().all(|byte| byte.is_ascii_uppercase());
    if is && first.len() <= 20 { first } else { "an error" }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// A conversation with something that answers these bytes and goes away.
    async fn against(answer: &[u8], password: Option<&[u8]>) -> Result<Value, Fault> {
        let (near, mut far) = tokio::io::duplex(1 << 10);
        far.write_all(answer).await.unwrap();
        let gone = async {
            far.shutdown().await.unwrap();
            let mut all = Vec::new();
            far.read_to_end(&mut all).await.unwrap();
        };
        let talk = async {
            let mut talk = Talk { stream: near, replies: Replies::default(), what: "test" };
            if let Some(password) = password {
                talk.log_in(password).await?;
            }
            talk.value(&["k.gz".into(), "k".into()]).await
        };
        tokio::join!(talk, gone).0
    }

    #[tokio::test]
    async fn a_value_is_found_under_the_first_name_that_has_one() {
        let told = against(b"+OK\r\n$-1\r\n$2\r\n[]\r\n", Some(b"pw")).await;
        assert_eq!(&*told.unwrap().unwrap(), "[]");
        let told = against(b"$2\r\n[]\r\n", None).await;
        assert_eq!(&*told.unwrap().unwrap(), "[]");
        // A server without a password does not mind that one is sent.
        for mild in [
            "-ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?",
            "-ERR Client sent AUTH, but no password is set",
        ] {
            let told = against(format!("{mild}\r\n$2\r\n[]\r\n").as_bytes(), Some(b"pw")).await;
            assert_eq!(&*told.unwrap().unwrap(), "[]");
        }
    }

    #[tokio::test]
    async fn whatever_goes_wrong_has_a_sentence_of_its_own() {
        let why = async |answer: &[u8], password: Option<&[u8]>| {
            against(answer, password).await.and_then(|value| value).unwrap_err().why
        };
        let pw: Option<&[u8]> = Some(b"hunter2");
        for (answer, password, want) in [
            (
                &b"-WRONGPASS invalid username-password pair or user is disabled.\r\n"[..],
                pw,
                "its Redis refuses the password",
            ),
            (b"-ERR invalid password\r\n", pw, "its Redis refuses the password"),
            (
                b"-NOAUTH Authentication required.\r\n",
                None,
                "its Redis wants a password, and there is no Secret with one",
            ),
            (
                b"-MOVED 3999 10.0.0.7:6379\r\n",
                None,
                "its Redis is a cluster, and another member has the value",
            ),
            (
                b"-LOADING Redis is loading the dataset in memory\r\n",
                None,
                "its Redis cannot answer yet: LOADING Redis is loading the dataset in memory",
            ),
            (b"$-1\r\n$-1\r\n", None, "nothing is kept there under k.gz or k"),
            (
                b"$4\r\n\x1f\x8bxx\r\n",
                None,
                "what is kept under k.gz cannot be read: it cannot be unpacked: unexpected end of file",
            ),
            (b"$400\r\n[", None, "the connection ended before all of the answer came"),
            (b"", pw, "the connection ended before all of the answer came"),
            (b"HTTP/1.1 400 Bad Request\r\n\r\n", pw, STRANGE),
            (b":1\r\n", None, STRANGE),
        ] {
            assert_eq!(why(answer, password).await, want, "{}", answer.escape_ascii());
        }
    }

    #[tokio::test]
    async fn a_password_that_is_sent_back_is_not_told() {
        for answer in [
            "-ERR unknown command 'AUTH', with args beginning with: 'hunter2'\r\n",
            "-hunter2\r\n",
            "*2\r\n$4\r\nAUTH\r\n$7\r\nhunter2\r\n",
        ] {
            let fault = against(answer.as_bytes(), Some(b"hunter2")).await.unwrap_err();
            assert!(!format!("{fault:?}").contains("hunter2"), "{fault:?}");
        }
    }

    #[test]
    fn the_password_is_what_the_secret_has_under_its_key() {
        let secret = r#"{"kind":"Secret","data":{"auth":"aHVudGVyMg==","bad":"?"}}"#;
        assert_eq!(*held(secret, "auth").unwrap(), b"hunter2");
        assert_eq!(held(secret, "password").unwrap_err(), "it has no key password");
        assert_eq!(held(secret, "bad").unwrap_err(), "bad is no base64");
        assert_eq!(held(r#"{"data":{"auth":5}}"#, "auth").unwrap_err(), "it is no Secret");
    }
}
