//! One subscription from its need to its streams: which projection, which namespaces, and what to
//! do when listing all of them is not allowed.

use super::bodies::PROTOBUF;
use super::discovery::NAMES;
use super::listwatch::{self, Freshness, Source};
use super::rows::{Rows, Shared};
use super::session::Session;
use super::wire::{self, Ask};
use crate::kinds::{self, Projection};
use crate::model::{
    ClusterEvent, Facet, Fault, FaultKind, Need, Resource, Scope, SubId, Text, WatchState,
};
use std::cell::RefCell;
use std::rc::Rc;

/// Most namespaces that are watched one by one where all of them may not be.
pub(crate) const MAX_NAMESPACES: usize = 8;

/// Serves a subscription until it is dropped.
pub(crate) async fn serve(session: Rc<Session>, sub: SubId, need: Need) {
    let outbox = Rc::clone(&session.link.outbox);
    let skipped = Rc::new(RefCell::new(0));
    outbox.state(sub, 0, WatchState::Waiting);
    // Later lists may not go back behind what was shown: that would show ghosts.
    let mut first = Freshness::Any;
    if need.facet == Facet::Containers {
        // One object is looked at because something is happening to it.
        first = Freshness::Latest;
    }
    loop {
        // From here on, so that no change is missed between reading and waiting.
        let mut catalog = session.catalog.changes();
        let Some(resource) = session.catalog.resource(&need.gvr) else {
            if session.catalog.known() {
                let fault = Fault::new(
                    FaultKind::NotFound,
                    format!("list {}", need.gvr.plural),
                    format!("the server does not serve {}", need.gvr),
                )
                .hint("it appears by itself when its CustomResourceDefinition is installed");
                outbox.state(sub, 0, WatchState::NotServed(fault));
            }
            // The sender lives in the session, which lives as long as this future.
            let _ = catalog.changed().await;
            continue;
        };
        let mark = session.catalog.mark(&resource);
        let own = kinds::spec(&resource.gvr.group, &resource.gvr.plural).is_some();
        let (projection, complaints) = projection(&session, &resource, need.facet).await;
        for complaint in complaints {
            let what = format!("columns of {}", resource.gvr.plural);
            session.link.tell(ClusterEvent::Notice(Fault::new(FaultKind::Input, what, complaint)));
        }
        outbox.schema(sub, projection.schema());
        let shared =
            Shared::new(Rc::clone(&outbox), sub, projection, need.facet, Rc::clone(&skipped));
        let plan = Streams {
            session: &session,
            need: &need,
            resource: &resource,
            shared: &shared,
            first: std::mem::replace(&mut first, Freshness::Latest),
        };
        let streams = plan.run();
        let changed = async {
            loop {
                // The sender lives in the session, which lives as long as this future.
                let _ = catalog.changed().await;
                let now = session.catalog.resource(&resource.gvr);
                let same =
                    session.catalog.mark(&resource) == mark && now.as_ref() == Some(&resource);
                // What was remembered, or known beforehand, may be of another server.
                let moved = now.is_some_and(|now| now.namespaced != resource.namespaced);
                if moved || (!own && !same) {
                    return;
                }
            }
        };
        let confirm = async {
            session.catalog.confirm_columns(&session.link, &resource).await;
            // Whoever waits for `changed` hears of it.
            std::future::pending::<()>().await;
        };
        tokio::select! {
            () = streams => return,
            () = changed => {}
            () = confirm => {}
        }
    }
}

/// How objects of this type become rows, and what is wrong with the columns somebody declared.
pub(crate) async fn projection(
    session: &Rc<Session>,
    resource: &Resource,
    facet: Facet,
) -> (Projection, Vec<String>) {
    let own = kinds::spec(&resource.gvr.group, &resource.gvr.plural).is_some();
    let columns = if own {
        Vec::new()
    } else {
        session.catalog.printer_columns(&session.link, resource).await
    };
    Projection::new(resource, facet, &columns, session.user_columns(&resource.gvr))
}

/// Of Secrets and ConfigMaps relations and apps need no more than that they are there, and their
/// labels, and rollouts no more than who wrote them when: their data stays where it is.
fn only_names(need: &Need) -> bool {
    matches!(need.facet, Facet::Links | Facet::App | Facet::Rollout)
        && need.gvr.group.is_empty()
        && matches!(need.gvr.plural.as_str(), "secrets" | "configmaps")
}

/// How one subscription is served with one set of columns.
struct Streams<'a> {
    session: &'a Rc<Session>,
    need: &'a Need,
    resource: &'a Resource,
    shared: &'a Rc<Shared>,
    /// How fresh the first list must be.
    first: Freshness,
}

impl Streams<'_> {
    fn source(&self, namespace: Option<Text>, first: Freshness) -> Source {
        let Self { need, resource, .. } = self;
        let plural = &resource.gvr.plural;
        let proto = self.shared.projection.proto();
        Source {
            what: match (&namespace, resource.namespaced) {
                (Some(namespace), _) => format!("{plural} in {namespace}"),
                (None, true) => format!("{plural} in all namespaces"),
                (None, false) => plural.to_string(),
            },
            gvr: resource.gvr.clone(),
            namespace,
            labels: need.labels.clone(),
            fields: need.fields.clone(),
            accept: match proto {
                Some(_) => (PROTOBUF, PROTOBUF),
                None if only_names(need) => NAMES,
                None => (wire::JSON, wire::JSON),
            },
            proto,
            first,
            limit: 0,
        }
    }

    async fn run(self) {
        match &self.need.scope {
            Scope::Namespaces(names) if self.resource.namespaced => {
                self.each(names, self.first.clone()).await;
            }
            _ => self.all().await,
        }
    }

    /// One stream per namespace, for ever.
    async fn each(&self, names: &[Text], first: Freshness) {
        let streams = (0u16..).zip(names).map(|(part, name)| {
            let source = self.source(Some(name.clone()), first.clone());
            async move {
                let mut rows = Rows::new(self.shared, part);
                listwatch::run(&self.session.link, &source, &mut rows).await;
            }
        });
        futures::future::join_all(streams).await;
    }

    /// All namespaces by one stream; where that is not allowed, those we know of, one by one.
    async fn all(&self) {
        let Self { session, shared, .. } = self;
        let mut first = self.first.clone();
        let mut sweep = 0;
        loop {
            let source = self.source(None, std::mem::replace(&mut first, Freshness::Latest));
            let mut rows = Rows::new(shared, 0);
            rows.fall_back = self.resource.namespaced;
            rows.sweep = sweep;
            listwatch::run(&session.link, &source, &mut rows).await;
            let Some(fault) = rows.denied.take() else { return };
            let forbidden = fault.kind == FaultKind::Forbidden;
            let mut names = if forbidden { session.namespaces() } else { Vec::new() };
            let unseen = names.split_off(names.len().min(MAX_NAMESPACES));
            if names.is_empty() {
                shared.outbox.state(shared.sub, 0, WatchState::Denied(fault));
                session.link.pause(session.link.timing.denied).await;
                continue;
            }
            let mut hint = format!("only {} shown", names.join(", "));
            if !unseen.is_empty() {
                hint.push_str(&format!(", not {}", unseen.join(", ")));
            }
            hint.push_str("; name a namespace to see it");
            session.link.tell(ClusterEvent::Notice(Fault { hint, ..fault }));
            sweep = u16::try_from(names.len()).unwrap_or(0);
            let each = self.each(&names, self.first.clone());
            tokio::select! {
                () = each => return,
                () = allowed(session, &source) => {}
            }
        }
    }
}

/// Until all namespaces may be listed, or watched.
async fn allowed(session: &Rc<Session>, source: &Source) {
    let link = &session.link;
    let mut wait = link.timing.denied;
    loop {
        link.pause(wait).await;
        wait = (wait * 2).min(link.timing.widen);
        link.until_up().await;
        let path = format!("{}?limit=1", source.gvr.collection_path(None));
        let ask = Ask::get(format!("list {}", source.what), path, link.timing.get);
        match wire::whole(link, &ask).await {
            Ok(_) => return,
            // Some may watch what they may not list.
            Err(refusal) if refusal.fault.kind == FaultKind::Forbidden => {
                if listwatch::is_told_by_watch(link, source).await {
                    return;
                }
            }
            Err(_) => {}
        }
    }
}
