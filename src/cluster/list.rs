//! Whole objects of a kind, page by page, as the server wrote them: for those who print them. A
//! page is held at a time, however many objects there are.

use super::errors::{self, Refusal, Sort};
use super::listwatch;
use super::session::Session;
use super::split::{ListMeta, ListSplitter, SplitError};
use super::subscription::{MAX_NAMESPACES, projection};
use super::wire::{self, Ask};
use crate::kinds::Projection;
use crate::kinds::build::Pool;
use crate::kinds::de::Str;
use crate::model::{Fault, FaultKind, Need, Resource, Row, Schema, Scope, Text};
use crate::text::percent::encode;
use std::rc::Rc;
use std::sync::Arc;
use tokio::sync::mpsc;

/// Objects asked for at a time, as kubectl does.
const PAGE: usize = 500;
/// How often one page is asked for before its failure is told.
const TRIES: usize = 4;

/// One whole object.
#[derive(Clone, Debug)]
pub struct Object {
    /// Its row, where rows were asked for.
    pub row: Option<Row>,
    /// The object's JSON with `apiVersion` and `kind`, which servers leave out within lists.
    pub json: String,
}

/// What a list of whole objects tells, in this order: columns, objects and troubles, the end.
#[derive(Clone, Debug)]
pub enum Page {
    /// The columns of the rows, where rows were asked for.
    Schema(Arc<Schema>),
    /// Some of the objects, in the server's order.
    Objects(Vec<Object>),
    /// An object that could not be read was left out; why.
    Skipped(String),
    /// Something a person should know: not all namespaces are shown.
    Notice(Fault),
    /// That was all; or why it is not.
    End(Result<(), Fault>),
}

/// Lists what `need` asks for; ends early when nobody listens any more.
pub(crate) async fn run(session: Rc<Session>, need: Need, rows: bool, out: mpsc::Sender<Page>) {
    let end = all(&session, &need, rows, &out).await;
    // Nobody listens any more: then nobody needs the end.
    let _ = out.send(Page::End(end)).await;
}

/// The listener has gone.
fn left() -> Fault {
    Fault::new(FaultKind::Other, "list", "nobody waits for it any more")
}

async fn all(
    session: &Rc<Session>,
    need: &Need,
    rows: bool,
    out: &mpsc::Sender<Page>,
) -> Result<(), Fault> {
    let what = format!("list {}", need.gvr.plural);
    session.ready(&what, session.link.timing.list_answer).await?;
    let resource = session.catalog.resource(&need.gvr).ok_or_else(|| {
        let why = format!("the server does not serve {}", need.gvr);
        Fault::new(FaultKind::NotFound, &what, why)
    })?;
    let mut projected = None;
    if rows {
        let (projection, _) = projection(session, &resource, need.facet).await;
        out.send(Page::Schema(projection.schema())).await.map_err(|_| left())?;
        projected = Some((projection, Pool::default()));
    }
    let mut lister = Lister { session, need, resource: &resource, projected, out };
    match &need.scope {
        Scope::Namespaces(names) if resource.namespaced => lister.each(names).await,
        _ => match lister.part(None).await {
            // Those that rows would fall back to.
            Err(fault) if fault.kind == FaultKind::Forbidden && resource.namespaced => {
                let mut names = session.namespaces();
                names.truncate(MAX_NAMESPACES);
                let hint = format!("only {} are listed", names.join(", "));
                let notice = Page::Notice(Fault { hint, ..fault.clone() });
                out.send(notice).await.map_err(|_| left())?;
                lister.each(&names).await
            }
            done => done,
        },
    }
}

struct Lister<'a> {
    session: &'a Rc<Session>,
    need: &'a Need,
    resource: &'a Resource,
    projected: Option<(Projection, Pool)>,
    out: &'a mpsc::Sender<Page>,
}

impl Lister<'_> {
    async fn each(&mut self, names: &[Text]) -> Result<(), Fault> {
        for name in names {
            self.part(Some(name)).await?;
        }
        Ok(())
    }

    /// All pages of one namespace, or of all.
    async fn part(&mut self, namespace: Option<&Text>) -> Result<(), Fault> {
        let mut token = String::new();
        loop {
            let (pages, meta) = self.patient(namespace, &token).await?;
            for page in pages {
                self.out.send(page).await.map_err(|_| left())?;
            }
            token = meta.token.unwrap_or_default();
            if token.is_empty() {
                return Ok(());
            }
        }
    }

    /// One page, asked for again where that may help: nothing of it was passed on yet.
    async fn patient(
        &mut self,
        namespace: Option<&Text>,
        token: &str,
    ) -> Result<(Vec<Page>, ListMeta), Fault> {
        let link = &self.session.link;
        let mut tries = 0;
        loop {
            let refusal = match self.page(namespace, token).await {
                Ok(page) => return Ok(page),
                Err(refusal) => refusal,
            };
            tries += 1;
            let passing = matches!(refusal.sort, Sort::Cut | Sort::Passing | Sort::Throttled);
            if refusal.sort == Sort::Gone && !token.is_empty() {
                return Err(refusal
                    .fault
                    .hint("the server has forgotten where the list was; ask again, or for less"));
            }
            if !passing || tries == TRIES {
                return Err(refusal.fault);
            }
            link.pause(refusal.wait(&link.timing, link.timing.throttled)).await;
        }
    }

    async fn page(
        &mut self,
        namespace: Option<&Text>,
        token: &str,
    ) -> Result<(Vec<Page>, ListMeta), Refusal> {
        let (link, need) = (&self.session.link, self.need);
        let mut path =
            format!("{}?limit={PAGE}", need.gvr.collection_path(namespace.map(Text::as_str)));
        for (key, value) in [
            ("labelSelector", &*need.labels),
            ("fieldSelector", &*need.fields),
            ("continue", token),
        ] {
            if !value.is_empty() {
                path.push_str(&format!("&{key}={}", encode(value)));
            }
        }
        let place = namespace.map_or(String::new(), |namespace| format!(" in {namespace}"));
        let what = format!("list {}{place}", need.gvr.plural);
        let mut reply = wire::send(link, &Ask::get(&what, path, link.timing.list_answer)).await?;
        let mut splitter = ListSplitter::default();
        let (mut objects, mut pages) = (Vec::new(), Vec::new());
        while let Some(chunk) = reply.body.next().await {
            let chunk = chunk.map_err(Refusal::cut)?;
            let mut input: &[u8] = &chunk;
            loop {
                let read = match splitter.next(&mut input) {
                    Ok(None) => break,
                    Ok(Some(item)) => object(item, self.resource, &mut self.projected),
                    Err(error @ SplitError::TooLarge) => Err(error.to_string()),
                    Err(error) => return Err(listwatch::unreadable(&what, &error)),
                };
                match read {
                    Ok(object) => objects.push(object),
                    Err(why) => pages.push(Page::Skipped(errors::line(&why))),
                }
            }
            tokio::task::yield_now().await;
        }
        let meta = splitter.finish().map_err(|error| listwatch::unreadable(&what, &error))?;
        pages.push(Page::Objects(objects));
        Ok((pages, meta))
    }
}

fn object(
    item: &[u8],
    resource: &Resource,
    projected: &mut Option<(Projection, Pool)>,
) -> Result<Object, String> {
    let json = typed(item, resource)?;
    let mut rows = Vec::new();
    if let Some((projection, pool)) = projected {
        projection.rows(item, pool, &mut rows).map_err(|skip| skip.0)?;
    }
    Ok(Object { row: rows.pop(), json })
}

/// The object with its type.
fn typed(item: &[u8], resource: &Resource) -> Result<String, String> {
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Typed<'a> {
        #[serde(borrow, default)]
        api_version: Str<'a>,
        #[serde(borrow, default)]
        kind: Str<'a>,
    }
    let text = std::str::from_utf8(item).map_err(|_| "an object that is not UTF-8 text")?;
    let known: Typed<'_> = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let inner = text.trim_start().strip_prefix('{').ok_or("an object that is none")?;
    let mut head = String::from("{");
    let mut add = |key: &str, value: &str| {
        head.push_str(&format!("\"{key}\":{},", serde_json::Value::from(value)));
    };
    if known.api_version.is_empty() {
        add("apiVersion", &resource.gvr.api_version());
    }
    if known.kind.is_empty() {
        add("kind", &resource.kind);
    }
    if inner.trim_start().starts_with('}') {
        head.truncate(head.trim_end_matches(',').len());
    }
    Ok(head + inner)
}
