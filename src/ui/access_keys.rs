//! `:access`, and pages about who may do what from tables.

use super::Ui;
use super::goto::Destination;
use super::panes::Pane;
use super::panes::access::{About, AccessPane};
use crate::model::{ClusterId, Fault, FaultKind, Scope};
use crate::rbac::{RoleName, Subject};

impl Ui {
    /// Opens a page about who may do what.
    pub fn open_access(&mut self, cluster: ClusterId, about: About) {
        self.push(Pane::View(Box::new(AccessPane::new(cluster, about))));
    }

    /// `:access user/jane`, `:access clusterrole/edit`, `:access deploy/web`, `:access deploy`,
    /// `:access delete pods`.
    pub(super) fn open_access_line(&mut self, to: &Destination) -> Result<(), Fault> {
        let input = |why: String| {
            let what = format!(":access {}", to.words.join(" "));
            Fault::new(FaultKind::Input, what, why)
                .hint(":access user/jane, sa/shop/web, clusterrole/edit, deploy, delete pods")
        };
        let Some(cluster) = self.cluster() else { return Ok(()) };
        let id = cluster.id;
        let one = match to.scope.as_ref().unwrap_or(&cluster.scope) {
            Scope::Namespaces(names) if names.len() == 1 => names[0].to_string(),
            _ => String::new(),
        };
        let about = match to.words.as_slice() {
            [] => return Err(input("about whom or what?".to_owned())),
            [one_word] => match Subject::parse(one_word, &one) {
                Ok(subject) => About::Subject(subject),
                Err(_) => self.access_to(one_word, &one).map_err(input)?,
            },
            [verb, what] => {
                let question =
                    crate::rbac::question(&cluster.catalogue, verb, what, &one).map_err(input)?;
                About::Question { title: format!("{verb} {what}"), question }
            }
            _ => return Err(input("too many words".to_owned())),
        };
        self.open_access(id, about);
        Ok(())
    }

    /// A kind, or one object.
    fn access_to(&self, text: &str, namespace: &str) -> Result<About, String> {
        let (kind, name) = text.split_once('/').unwrap_or((text, ""));
        let found = self.cluster().and_then(|cluster| cluster.catalogue.find(kind));
        let Some(resource) = found else {
            return Err(format!("the cluster serves no kind called {kind:?}"));
        };
        let namespace = if resource.namespaced { namespace.to_owned() } else { String::new() };
        let name = name.to_owned();
        let is_role = resource.gvr.group == "rbac.authorization.k8s.io" && !name.is_empty();
        if is_role && resource.namespaced && namespace.is_empty() {
            return Err("in which namespace? use one, or -n NAMESPACE".to_owned());
        }
        Ok(match resource.gvr.plural.as_str() {
            "roles" | "clusterroles" if is_role => About::Role(RoleName { namespace, name }),
            "rolebindings" | "clusterrolebindings" if is_role => About::Binding { namespace, name },
            _ => About::Objects { resource: Box::new(resource.clone()), namespace, name },
        })
    }
}
