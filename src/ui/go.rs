//! Going places: command lines, drill-downs, back, contexts, namespaces.

use super::goto::{self, Destination};
use super::panes::Pane;
use super::panes::browse::{Browse, Objects, What};
use super::panes::text::{Loading, TextPane};
use super::session::Cluster;
use super::subs::Sub;
use super::{CommandHistory, Effect, Overlay, Start, Ui};
use crate::model::{
    Answer, ClusterId, Facet, Fault, FaultKind, Key, Link, ObjRef, Resource, Row, Scope, Text,
    Ticket, Tone,
};
use crate::text::yaml;

/// Steps of the way here that are kept to go back; each holds the order of its rows.
const MAX_PANES: usize = 32;
/// How often an alias may stand for another one.
const MAX_ALIAS_DEPTH: usize = 5;

/// The version of `object` in the rows of `sub`; 0 when it is gone.
pub fn version_of(sub: &Sub, object: &ObjRef) -> u64 {
    let key = Key { namespace: object.namespace.clone(), name: object.name.clone() };
    sub.table.slot(&key).and_then(|slot| sub.table.row(slot)).map_or(0, |row| row.version)
}

/// The resourceVersion of an object, as rows keep it.
fn resource_version(json: &str) -> Option<u64> {
    #[derive(serde::Deserialize)]
    struct Object<'a> {
        #[serde(borrow)]
        metadata: Metadata<'a>,
    }
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Metadata<'a> {
        resource_version: &'a str,
    }
    serde_json::from_str::<Object<'_>>(json).ok()?.metadata.resource_version.parse().ok()
}

impl Ui {
    /// The beginning: connects, and opens the first pane.
    pub(super) fn begin(&mut self, start: Start, effects: &mut Vec<Effect>) {
        self.connect(&start.context, start.scope.clone().unwrap_or(Scope::All), effects);
        let line = if start.command.trim().is_empty() {
            match self.config.settings.command.as_str() {
                "" => "pods".to_owned(),
                line => line.to_owned(),
            }
        } else {
            start.command.clone()
        };
        self.open_line(&line, effects);
        if self.panes.is_empty() {
            // The kind is perhaps one that only discovery knows: it is tried again then.
            self.startup = Some(Start { command: line, ..start });
            self.push_objects_of("pods", effects);
        }
    }

    /// A command line for a kind that was not known before discovery answered.
    pub(super) fn retry_waiting_command(&mut self, effects: &mut Vec<Effect>) {
        let discovered = self.cluster().is_some_and(|cluster| cluster.discovered);
        if !discovered {
            return;
        }
        if let Some(start) = self.startup.take()
            && self.panes.len() == 1
        {
            self.panes.clear();
            self.open_line(&start.command, effects);
            if self.panes.is_empty() {
                self.push_objects_of("pods", effects);
            }
        }
    }

    fn connect(&mut self, context: &str, scope: Scope, effects: &mut Vec<Effect>) {
        let known = self.clusters.values().find(|cluster| cluster.context == context);
        if let Some(cluster) = known {
            self.here = cluster.id;
            return;
        }
        let id = ClusterId(self.clusters.keys().next_back().map_or(0, |id| id.0 + 1));
        let mut cluster = Cluster::new(id, context, scope.clone());
        let favourites = self.config.settings.favourites(context);
        cluster.favourites = favourites.iter().map(|name| Text::from(name.as_str())).collect();
        cluster.use_scope(scope);
        self.clusters.insert(id, cluster);
        self.here = id;
        effects.push(Effect::Connect { cluster: id, context: context.to_owned() });
    }

    /// Runs a command line as typed after `:`. Errors become messages; false when it led nowhere.
    pub fn open_line(&mut self, line: &str, effects: &mut Vec<Effect>) -> bool {
        let led = self.follow_line(line, 0, effects);
        match led {
            Ok(()) => {
                let places = &mut self.commands.places;
                if places.get(self.commands.at) != Some(&line.to_owned()) {
                    places.truncate(self.commands.at + 1);
                    places.push(line.to_owned());
                    self.commands.before = self.commands.at;
                    self.commands.at = places.len() - 1;
                }
                true
            }
            Err(fault) => {
                self.fault(&fault);
                false
            }
        }
    }

    fn follow_line(
        &mut self,
        line: &str,
        depth: usize,
        effects: &mut Vec<Effect>,
    ) -> Result<(), Fault> {
        let input = |why: String| Fault::new(FaultKind::Input, format!(":{}", line.trim()), why);
        let to = goto::parse(line).map_err(input)?;
        if let Some(context) = to.context.clone() {
            if to.word.is_empty() {
                return self.go_to_context(&context, effects);
            }
            self.use_context(&context, effects)?;
        }
        if self.open_page(&to, effects)? {
            return Ok(());
        }
        if let Some(alias) = self.config.settings.alias(&to.word).map(str::to_owned) {
            if depth >= MAX_ALIAS_DEPTH {
                return Err(input(format!("the alias {} leads round in a circle", to.word)));
            }
            let rest = line.trim().trim_start_matches(':').trim_start();
            let rest = rest.strip_prefix(to.word.as_str()).unwrap_or("");
            return self.follow_line(&format!("{alias}{rest}"), depth + 1, effects);
        }
        let Some(cluster) = self.cluster() else {
            return Err(input("not connected to a cluster".into()).hint(":ctx lists the contexts"));
        };
        let Some(resource) = cluster.catalogue.find(&to.word).cloned() else {
            let nearest = cluster.catalogue.nearest(&to.word);
            let hint = match nearest.as_slice() {
                [] => "<ctrl-a> lists every kind".to_owned(),
                names => format!("did you mean {}?", names.join(", ")),
            };
            let why = if cluster.discovered {
                format!("the cluster serves no kind called {:?}", to.word)
            } else {
                format!("no kind called {:?} is known yet", to.word)
            };
            return Err(input(why).hint(hint));
        };
        self.push_objects(resource, &to, effects)
    }

    /// The program's own pages. They win over kinds of the same name.
    fn open_page(&mut self, to: &Destination, effects: &mut Vec<Effect>) -> Result<bool, Fault> {
        let page = match to.word.as_str() {
            "" => return Ok(true),
            "q" | "q!" | "qa" | "Q" | "quit" | "exit" => {
                self.quit(effects);
                return Ok(true);
            }
            "ctx" | "context" | "contexts" => {
                let Some(name) = to.words.first() else {
                    let mut browse = Browse::new(What::Contexts);
                    browse.begins = true;
                    self.push(Pane::Browse(Box::new(browse)));
                    return Ok(true);
                };
                self.go_to_context(name, effects)?;
                return Ok(true);
            }
            "ns" | "namespace" | "namespaces" if to.scope.is_some() => {
                let scope = to.scope.clone().unwrap_or(Scope::All);
                self.use_scope(scope, effects);
                return Ok(true);
            }
            "theme" | "keymap" => return self.restyle(to, effects).map(|()| true),
            "help" | "h" | "?" => {
                self.overlay = Some(Overlay::Help(0));
                return Ok(true);
            }
            "a" | "alias" | "aliases" | "kinds" => What::Kinds,
            "messages" | "errors" => What::Messages,
            "actions" => What::Actions,
            _ => return Ok(false),
        };
        let mut browse = Browse::new(page);
        if !to.filter.is_empty() {
            browse.set_filter(&to.filter, None).map_err(|error| {
                Fault::new(FaultKind::Input, format!("filter {}", to.filter), error.message)
            })?;
        }
        browse.begins = true;
        self.push(Pane::Browse(Box::new(browse)));
        Ok(true)
    }

    /// `:theme NAME`, `:keymap NAME`: for this session; config.toml says what the next one starts with.
    fn restyle(&mut self, to: &Destination, effects: &mut Vec<Effect>) -> Result<(), Fault> {
        let (known, current) = if to.word == "theme" {
            (&self.config.themes, &self.config.settings.theme)
        } else {
            (&self.config.keymaps, &self.config.settings.keymap)
        };
        let Some(name) = to.words.first() else {
            let line = format!("{} {current}; there are {}", to.word, known.join(", "));
            self.say(Tone::Plain, line);
            return Ok(());
        };
        if !known.contains(name) {
            return Err(Fault::new(
                FaultKind::Input,
                format!(":{} {name}", to.word),
                format!("there is no {} of this name", to.word),
            )
            .hint(format!("there are {}", known.join(", "))));
        }
        let (theme, keymap) = if to.word == "theme" {
            (Some(name.clone()), None)
        } else {
            (None, Some(name.clone()))
        };
        effects.push(Effect::Restyle { theme, keymap });
        Ok(())
    }

    /// Makes another context the one that panes are opened on; connects where there is no
    /// connection yet.
    fn use_context(&mut self, name: &str, effects: &mut Vec<Effect>) -> Result<(), Fault> {
        let known = self.contexts.iter().any(|context| context.name == name);
        if !known && !self.clusters.values().any(|cluster| cluster.context == name) {
            let mut near: Vec<(usize, &str)> = self
                .contexts
                .iter()
                .map(|context| (crate::model::distance(name, &context.name), context.name.as_str()))
                .collect();
            near.sort_unstable();
            let near: Vec<&str> = near.into_iter().take(3).map(|(_, name)| name).collect();
            return Err(Fault::new(
                FaultKind::Input,
                format!("context {name}"),
                "the kubeconfig has no such context",
            )
            .hint(format!("there are {}", near.join(", "))));
        }
        let default = self.contexts.iter().find(|context| context.name == name);
        let scope = match default.map(|context| context.namespace.clone()) {
            Some(namespace) if !namespace.is_empty() => Scope::Namespaces(vec![namespace]),
            _ => Scope::All,
        };
        self.connect(name, scope, effects);
        self.say(Tone::Plain, format!("context {name}"));
        Ok(())
    }

    /// Shows what is shown now on another cluster.
    fn go_to_context(&mut self, name: &str, effects: &mut Vec<Effect>) -> Result<(), Fault> {
        let shown = match self.pane() {
            Some(Pane::Browse(browse)) => {
                browse.objects().map(|objects| objects.resource.gvr.clone())
            }
            _ => None,
        };
        self.use_context(name, effects)?;
        // The same kind over there, where it is a kind that every cluster serves.
        let plural = shown
            .and_then(|gvr| self.cluster()?.catalogue.get(&gvr).map(|r| r.gvr.to_string()))
            .unwrap_or_else(|| "pods".to_owned());
        self.push_objects_of(&plural, effects);
        Ok(())
    }

    /// Opens the objects of a kind that is surely known, in the namespaces in use.
    pub(super) fn push_objects_of(&mut self, word: &str, effects: &mut Vec<Effect>) {
        if let Some(resource) = self.cluster().and_then(|c| c.catalogue.find(word)).cloned() {
            // Without a filter nothing can go wrong.
            let _ = self.push_objects(resource, &Destination::default(), effects);
        }
    }

    fn push_objects(
        &mut self,
        resource: Resource,
        to: &Destination,
        _effects: &mut Vec<Effect>,
    ) -> Result<(), Fault> {
        let Some(cluster) = self.clusters.get_mut(&self.here) else { return Ok(()) };
        if let Some(scope) = &to.scope
            && resource.namespaced
        {
            cluster.use_scope(scope.clone());
        }
        let scope = if resource.namespaced { cluster.scope.clone() } else { Scope::All };
        let what = What::Objects(Box::new(Objects {
            cluster: cluster.id,
            resource,
            scope,
            labels: to.labels.as_str().into(),
            fields: Text::new(),
            facet: Facet::Row,
            owner: Text::new(),
            of: Text::new(),
        }));
        let mut browse = Browse::new(what);
        if !to.filter.is_empty() {
            browse.set_filter(&to.filter, None).map_err(|error| {
                Fault::new(FaultKind::Input, format!("filter {}", to.filter), error.message)
            })?;
        }
        browse.begins = true;
        self.push(Pane::Browse(Box::new(browse)));
        Ok(())
    }

    fn push(&mut self, pane: Pane) {
        // The same place again is no step on the way.
        let same = match (self.panes.last(), &pane) {
            (Some(Pane::Browse(top)), Pane::Browse(new)) => {
                top.what == new.what && top.filter == new.filter
            }
            _ => false,
        };
        if !same {
            if self.panes.len() == MAX_PANES {
                self.panes.remove(0);
            }
            self.panes.push(pane);
        }
        self.dirty = true;
    }

    /// One step back. The first pane stays.
    pub(super) fn back(&mut self) {
        if self.panes.len() > 1 {
            self.panes.pop();
        }
    }

    /// Another entry of the command history: -1 or 1 steps.
    pub(super) fn go_history(&mut self, steps: isize, effects: &mut Vec<Effect>) {
        let at = self.commands.at.saturating_add_signed(steps);
        let Some(line) = self.commands.places.get(at).cloned() else { return };
        if at == self.commands.at {
            return;
        }
        // Going through the history leaves it as it is.
        let (places, from) = (self.commands.places.clone(), self.commands.at);
        self.open_line(&line, effects);
        self.commands =
            CommandHistory { places, at, before: from, ..std::mem::take(&mut self.commands) };
    }

    /// Shows these namespaces from now on: in the pane on screen, and in panes opened later.
    pub(super) fn use_scope(&mut self, scope: Scope, effects: &mut Vec<Effect>) {
        let Some(cluster) = self.clusters.get_mut(&self.here) else { return };
        cluster.use_scope(scope.clone());
        let kind = match self.pane() {
            Some(Pane::Browse(browse)) => browse
                .objects()
                .filter(|objects| {
                    objects.resource.namespaced
                        && objects.of.is_empty()
                        && objects.facet == Facet::Row
                })
                .map(|objects| objects.resource.clone()),
            _ => None,
        };
        let Some(resource) = kind else {
            self.push_objects_of("pods", effects);
            return;
        };
        // The pane changes in place: filter, sort and columns stay.
        if let Some(Pane::Browse(browse)) = self.panes.last_mut()
            && let What::Objects(objects) = &mut browse.what
            && objects.resource == resource
        {
            objects.scope = scope;
            browse.start_over();
        }
        self.dirty = true;
    }

    /// The whole reference of a row of the pane on screen.
    pub(super) fn reference(objects: &Objects, row: &Row) -> ObjRef {
        ObjRef {
            cluster: objects.cluster,
            gvr: objects.resource.gvr.clone(),
            kind: objects.resource.kind.clone(),
            namespace: row.key.namespace.clone(),
            name: row.key.name.clone(),
            uid: row.uid_text(),
        }
    }

    /// Enter on a row of objects.
    pub(super) fn drill(&mut self, objects: &Objects, row: &Row, effects: &mut Vec<Effect>) {
        if objects.facet == Facet::Containers {
            self.say(Tone::Plain, "a container has no page of its own: <esc> goes back to its pod");
            return;
        }
        let of: Text = format!("{}/{}", objects.resource.kind, row.key.name).into();
        if objects.resource.gvr.group.is_empty() && objects.resource.gvr.plural == "pods" {
            let containers = Objects {
                scope: Scope::Namespaces(vec![row.key.namespace.clone()]),
                labels: Text::new(),
                fields: format!("metadata.name={}", row.key.name).into(),
                facet: Facet::Containers,
                owner: Text::new(),
                of,
                ..objects.clone()
            };
            let what = What::Objects(Box::new(containers));
            self.push(Pane::Browse(Box::new(Browse::new(what))));
            return;
        }
        let Some(Link::Children { plural, namespace, labels, fields, owner }) =
            Browse::children(row)
        else {
            self.open_yaml(objects, row, effects);
            return;
        };
        let cluster = self.clusters.get(&objects.cluster);
        let Some(resource) = cluster.and_then(|c| c.catalogue.find(plural)).cloned() else {
            let fault = Fault::new(
                FaultKind::NotFound,
                format!("open {of}"),
                format!("the cluster does not serve {plural}"),
            )
            .hint("<y> shows it as YAML");
            self.fault(&fault);
            return;
        };
        let scope = if namespace.is_empty() {
            Scope::All
        } else {
            Scope::Namespaces(vec![namespace.clone()])
        };
        let what = What::Objects(Box::new(Objects {
            cluster: objects.cluster,
            resource,
            scope,
            labels: labels.clone(),
            fields: fields.clone(),
            facet: Facet::Row,
            owner: owner.clone(),
            of,
        }));
        self.push(Pane::Browse(Box::new(Browse::new(what))));
    }

    /// Goes to one named object: its kind's table, with it selected.
    pub(super) fn go_to_object(
        &mut self,
        group: &str,
        kind: &str,
        namespace: &Text,
        name: &Text,
        from: Text,
    ) {
        let Some(cluster) = self.cluster() else { return };
        let Some(resource) = cluster.catalogue.by_kind(group, kind).cloned() else {
            let fault = Fault::new(
                FaultKind::NotFound,
                format!("go to {kind}/{name}"),
                format!("the cluster serves no kind {kind} in group {group:?}"),
            );
            self.fault(&fault);
            return;
        };
        let scope = if resource.namespaced && !namespace.is_empty() {
            Scope::Namespaces(vec![namespace.clone()])
        } else {
            Scope::All
        };
        let namespace = if resource.namespaced { namespace.clone() } else { Text::new() };
        let what = What::Objects(Box::new(Objects {
            cluster: self.here,
            resource,
            scope,
            labels: Text::new(),
            fields: format!("metadata.name={name}").into(),
            facet: Facet::Row,
            owner: Text::new(),
            of: from,
        }));
        let mut browse = Browse::new(what);
        browse.select(Key { namespace, name: name.clone() });
        self.push(Pane::Browse(Box::new(browse)));
    }

    /// Opens the YAML of a row.
    pub(super) fn open_yaml(&mut self, objects: &Objects, row: &Row, effects: &mut Vec<Effect>) {
        let mut object = Self::reference(objects, row);
        if objects.facet == Facet::Containers {
            // A container has no YAML of its own: its pod has.
            let name = objects.fields.trim_start_matches("metadata.name=");
            object.name = name.into();
            object.uid = Text::new();
        }
        let sub = match self.pane() {
            Some(Pane::Browse(browse)) => browse.sub,
            _ => None,
        };
        let ticket = self.ticket();
        effects.push(Effect::Get { ticket, object: object.clone() });
        self.push(Pane::Text(Box::new(TextPane::new(object, sub, ticket))));
    }

    /// Fetches the text on screen anew.
    pub(super) fn reload_text(&mut self, effects: &mut Vec<Effect>) {
        let ticket = self.ticket();
        if let Some(Pane::Text(text)) = self.panes.last_mut() {
            text.loading = Loading::Pending(ticket);
            effects.push(Effect::Get { ticket, object: text.object.clone() });
        }
    }

    pub(super) fn fill_text(&mut self, ticket: Ticket, answer: Result<Answer, Fault>) {
        let waiting = self.panes.iter_mut().find_map(|pane| match pane {
            Pane::Text(text) if text.loading == Loading::Pending(ticket) => Some(text),
            _ => None,
        });
        let Some(text) = waiting else { return };
        let options = yaml::Options { managed_fields: text.managed_fields, ..yaml::Options::VIEW };
        let rendered = match answer {
            Ok(Answer::Object(json)) => {
                text.version = resource_version(&json).unwrap_or(0);
                yaml::from_json(&json, options).map_err(|why| {
                    let what = format!("show {} as YAML", text.object);
                    Fault::new(FaultKind::Other, what, why.to_string())
                })
            }
            Ok(Answer::Access(..)) => return,
            Err(fault) => Err(fault),
        };
        match rendered {
            Ok(yaml) => text.fill(yaml),
            Err(fault) => text.loading = Loading::Failed(fault),
        }
    }

    /// Whether the object shown as text is not as it was when it was fetched.
    pub fn text_is_outdated(&self, text: &TextPane) -> bool {
        let held = text.sub.and_then(|sub| self.subs.get(sub));
        text.version != 0
            && text.loading == Loading::Ready
            && held.is_some_and(|sub| {
                sub.need.facet == Facet::Row && version_of(sub, &text.object) != text.version
            })
    }

    pub(super) fn quit(&mut self, effects: &mut Vec<Effect>) {
        let running = self.actions.running();
        let asked = self.quit_asked.is_some_and(|at| self.now - at < 5);
        if running > 0 && !asked {
            self.quit_asked = Some(self.now);
            self.say(
                Tone::Warn,
                format!("{running} actions are not finished; quit again to leave (they go on, unwatched)"),
            );
            return;
        }
        effects.push(Effect::Quit);
    }
}
