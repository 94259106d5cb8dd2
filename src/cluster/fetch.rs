//! One whole object, as the server wrote it: for YAML, describe and diff.

use super::session::Session;
use super::wire::{self, Ask};
use crate::model::{Answer, Fault, FaultKind, ObjRef, Read};
use std::rc::Rc;
use zeroize::Zeroize;

/// The object's JSON.
pub(crate) async fn get(session: &Rc<Session>, object: &ObjRef) -> Result<Answer, Fault> {
    let place = match &*object.namespace {
        "" => String::new(),
        namespace => format!(" in {namespace}"),
    };
    let what = format!("get {object}{place}");
    let path = object.gvr.object_path(&object.namespace, &object.name);
    read(session, &Read { what, path }).await
}

/// What a path gives.
pub(crate) async fn read(session: &Rc<Session>, read: &Read) -> Result<Answer, Fault> {
    let limit = session.link.timing.get;
    let what = &read.what;
    session.ready(what, limit).await?;
    let ask = Ask::get(what, &read.path, limit);
    let (_, body) = wire::whole(&session.link, &ask).await.map_err(|refusal| refusal.fault)?;
    match String::from_utf8(body) {
        Ok(mut text) => {
            let answer = Answer::Object(text.as_str().into());
            // It may have been a Secret: no copy of it stays behind.
            text.zeroize();
            Ok(answer)
        }
        Err(_) => Err(Fault::new(FaultKind::Other, what, "the answer is not UTF-8 text")),
    }
}
