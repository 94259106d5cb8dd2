//! Going places: command lines, contexts, namespaces, and back.

use super::app_groups::GroupBy;
use super::goto::{self, Destination};
use super::note;
use super::panes::Pane;
use super::panes::app_tree::AppTree;
use super::panes::browse::{Apps, Browse, Objects, What};
use super::panes::hazards::Hazards;
use super::panes::overview::Overview;
use super::panes::rollout::Board;
use super::panes::tree::TreePane;
use super::remembered::Unsure;
use super::session::Cluster;
use super::{Effect, History, Overlay, Start, Ui};
use crate::model::{ClusterId, Facet, Fault, FaultKind, Resource, Scope, Text, Tone};

/// Steps of the way here that are kept to go back; each holds the order of its rows.
const MAX_PANES: usize = 32;
/// How often an alias may stand for another one.
const MAX_ALIAS_DEPTH: usize = 5;

/// A table that a command line opens, filtered as it says.
fn first_on_the_way(what: What, filter: &str) -> Result<Browse, Fault> {
    let mut browse = Browse::new(what);
    if !filter.is_empty() {
        browse.set_filter(filter, None).map_err(|error| {
            Fault::new(FaultKind::Input, format!("filter {filter}"), error.message)
        })?;
    }
    browse.begins = true;
    Ok(browse)
}

impl Ui {
    /// The beginning: connects, and opens the first pane.
    pub(super) fn begin(&mut self, start: Start, effects: &mut Vec<Effect>) {
        self.connect(&start.context, start.scope.clone().unwrap_or(Scope::All), effects);
        let line = if start.command.trim().is_empty() {
            match self.config.settings.command.as_str() {
                "" => "apps".to_owned(),
                line => line.to_owned(),
            }
        } else {
            start.command.clone()
        };
        let readable = goto::parse(&line).is_ok();
        if readable && self.follow_line(&line, 0, effects).is_err() {
            // The kind is perhaps one that only discovery knows: it is tried again then.
            self.startup = Some(Start { command: line, ..start });
            return;
        }
        self.begin_with(&line, effects);
    }

    pub(super) fn begin_with(&mut self, line: &str, effects: &mut Vec<Effect>) {
        for pane in std::mem::take(&mut self.panes) {
            if let Pane::View(mut view) = pane {
                view.leave(effects);
            }
        }
        if !self.open_line(line, effects) || self.panes.is_empty() {
            self.push_objects_of("pods");
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
        effects.push(Effect::LoadForwards { cluster: id, context: context.to_owned() });
    }

    /// Runs a command line as typed after `:`. Errors become messages; false when it led nowhere.
    pub fn open_line(&mut self, line: &str, effects: &mut Vec<Effect>) -> bool {
        let led = self.follow_line(line, 0, effects);
        match led {
            // It leads nowhere: going back must not write another one.
            Ok(()) if note::asked(line).is_some() => true,
            Ok(()) => {
                let places = &mut self.history.places;
                if places.get(self.history.at) != Some(&line.to_owned()) {
                    places.truncate(self.history.at + 1);
                    places.push(line.to_owned());
                    self.history.before = self.history.at;
                    self.history.at = places.len() - 1;
                }
                true
            }
            Err(fault) => {
                self.fault(&fault);
                false
            }
        }
    }

    pub(super) fn follow_line(
        &mut self,
        line: &str,
        depth: usize,
        effects: &mut Vec<Effect>,
    ) -> Result<(), Fault> {
        let input = |why: String| Fault::new(FaultKind::Input, format!(":{}", line.trim()), why);
        let words = line.trim().trim_start_matches(':').trim_start();
        if let Some(rest) = words.strip_prefix("edit ") {
            return self.edit_line(rest, effects);
        }
        if let Some(remark) = note::asked(line) {
            return self.write_note(remark, effects);
        }
        let to = goto::parse(line).map_err(input)?;
        if let Some(context) = to.context.clone() {
            if to.word.is_empty() {
                return self.go_to_context(&context, effects);
            }
            self.use_context(&context, effects)?;
        }
        let plain = line.trim().trim_start_matches(':');
        let rest = plain.strip_prefix(to.word.as_str()).unwrap_or("").trim();
        if self.with_view(|view, ui| view.order(ui, &to.word, rest)) == Some(true) {
            return Ok(());
        }
        if self.open_page(&to, effects)? {
            return Ok(());
        }
        if let Some(alias) = self.alias(&to.word) {
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
        self.push_objects(resource, &to)
    }

    /// What a word stands for: the person's own aliases first, then those of k9s.
    fn alias(&self, word: &str) -> Option<String> {
        if let Some(line) = self.config.settings.alias(word) {
            return Some(line.to_owned());
        }
        let context = self.cluster().map_or("", |cluster| cluster.context.as_str());
        let entry = self.cluster_entry(context);
        let mut aliases = self.config.k9s.aliases.iter().filter(|alias| alias.name == word);
        aliases
            .find(|alias| alias.only.as_ref().is_none_or(|only| only.is(&entry, context)))
            .map(|alias| alias.line.clone())
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
                    let browse = first_on_the_way(What::Contexts, &to.filter)?;
                    self.push(Pane::Browse(Box::new(browse)));
                    return Ok(true);
                };
                self.go_to_context(name, effects)?;
                return Ok(true);
            }
            "ns" | "namespace" | "namespaces" if to.scope.is_some() => {
                let scope = to.scope.clone().unwrap_or(Scope::All);
                self.use_scope(scope);
                return Ok(true);
            }
            "hazards" | "hz" => {
                let Some(cluster) = self.cluster() else { return Ok(false) };
                let scope = to.scope.clone().unwrap_or_else(|| cluster.scope.clone());
                let id = cluster.id;
                let pane = Hazards::begin(self, id, &scope, effects);
                self.push(Pane::View(Box::new(pane)));
                return Ok(true);
            }
            "logs" => return self.open_logs_of(to, effects).map(|()| true),
            "theme" | "themes" | "skin" | "skins" if to.words.is_empty() => {
                self.open_theme_list();
                return Ok(true);
            }
            "theme" | "skin" | "keymap" => return self.restyle(to, effects).map(|()| true),
            "pulses" | "pulse" | "pu" | "overview" => {
                let Some(cluster) = self.cluster() else { return Ok(false) };
                let scope = to.scope.clone().unwrap_or_else(|| cluster.scope.clone());
                self.push(Pane::View(Box::new(Overview::new(cluster.id, scope))));
                return Ok(true);
            }
            "rollouts" => {
                let Some(cluster) = self.cluster() else { return Ok(false) };
                let scope = to.scope.clone().unwrap_or_else(|| cluster.scope.clone());
                self.push(Pane::View(Box::new(Board::new(cluster.id, scope))));
                return Ok(true);
            }
            "drift" => return self.open_drift_line(to).map(|()| true),
            "access" => return self.open_access_line(to).map(|()| true),
            "xray" | "xr" | "x" | "tree" => return self.open_tree(to).map(|()| true),
            "edits" => {
                self.list_edits();
                return Ok(true);
            }
            "help" | "h" | "?" => {
                self.overlay = Some(Overlay::Help(0));
                return Ok(true);
            }
            "a" | "alias" | "aliases" | "kinds" => What::Kinds,
            "plugins" | "hotkeys" => What::Plugins,
            "plugin" if !to.words.is_empty() => {
                let name = to.words[0].clone();
                return self.run_by_name(&name, effects).map(|()| true);
            }
            "plugin" => What::Plugins,
            "apps" | "home" => {
                let Some(cluster) = self.clusters.get_mut(&self.here) else { return Ok(false) };
                if let Some(scope) = &to.scope {
                    cluster.use_scope(scope.clone());
                }
                let apps = Box::new(Apps { cluster: cluster.id, scope: cluster.scope.clone() });
                match to.words.as_slice() {
                    [by, word, ..] if by == "by" => {
                        let by = GroupBy::parse(word).map_err(|why| {
                            Fault::new(FaultKind::Input, format!(":apps by {word}"), why)
                        })?;
                        What::AppGroups(apps, by)
                    }
                    [word, ..] if word == "tree" => {
                        let pane = AppTree::new(apps.cluster);
                        self.push(Pane::View(Box::new(pane)));
                        return Ok(true);
                    }
                    _ => What::Apps(apps),
                }
            }
            "off" | "left-off" => {
                let Some(cluster) = self.cluster() else { return Ok(false) };
                let apps = Apps { cluster: cluster.id, scope: Scope::All };
                self.open_apps(apps, "off!=\"\"");
                return Ok(true);
            }
            "messages" | "errors" => What::Messages,
            "actions" => What::Actions,
            "forwards" | "forward" | "pf" | "portforward" | "portforwards" => What::Forwards,
            _ => return Ok(false),
        };
        let browse = first_on_the_way(page, &to.filter)?;
        self.push(Pane::Browse(Box::new(browse)));
        Ok(true)
    }

    /// Opens the apps that a filter finds, with the columns that it is about.
    pub(super) fn open_apps(&mut self, apps: Apps, filter: &str) {
        match first_on_the_way(What::Apps(Box::new(apps)), filter) {
            Ok(mut browse) => {
                browse.wide = true;
                browse.begins = false;
                self.push(Pane::Browse(Box::new(browse)));
            }
            Err(fault) => self.fault(&fault),
        }
    }

    /// `:xray KIND [NAMESPACE]`: the trees of all objects of a kind.
    fn open_tree(&mut self, to: &Destination) -> Result<(), Fault> {
        let input = |why: String| Fault::new(FaultKind::Input, format!(":{}", to.word), why);
        let Some(word) = to.words.first() else {
            return Err(input("which kind?".to_owned()).hint(":xray deploy, :xray deploy shop"));
        };
        let Some(cluster) = self.clusters.get_mut(&self.here) else { return Ok(()) };
        let Some(resource) = cluster.catalogue.find(word).cloned() else {
            return Err(input(format!("the cluster serves no kind called {word:?}"))
                .hint("<ctrl-a> lists every kind"));
        };
        // The first word is the kind, and no namespace, whatever it looks like.
        let scope = match to.words.get(1) {
            Some(list) => goto::scope(list).map_err(input)?,
            None => match &to.scope {
                Some(Scope::All) => Scope::All,
                Some(Scope::Namespaces(names)) if !names.iter().any(|name| name == word) => {
                    to.scope.clone().unwrap_or(Scope::All)
                }
                _ => cluster.scope.clone(),
            },
        };
        let pane = TreePane::of_kind(cluster.id, resource, scope, &to.filter);
        self.push(Pane::View(Box::new(pane)));
        Ok(())
    }

    /// `:theme NAME`, `:keymap NAME`: for this session; config.toml says what the next one starts with.
    fn restyle(&mut self, to: &Destination, effects: &mut Vec<Effect>) -> Result<(), Fault> {
        let theme = to.word != "keymap";
        let (known, current) = if theme {
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
                format!("there is no {} of this name", if theme { "theme" } else { "keymap" }),
            )
            .hint(format!("there are {}", known.join(", "))));
        }
        let (theme, keymap) =
            if theme { (Some(name.clone()), None) } else { (None, Some(name.clone())) };
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
            .hint(if near.is_empty() {
                "it has none at all".to_owned()
            } else {
                format!("there are {}", near.join(", "))
            }));
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

    /// Connects to another context too, for what a pane shows of it; the pane stays where it is.
    pub(super) fn connect_beside(&mut self, context: &str, effects: &mut Vec<Effect>) {
        let here = self.here;
        if let Err(fault) = self.use_context(context, effects) {
            self.fault(&fault);
        }
        self.here = here;
    }

    /// Shows what is shown now on another cluster.
    fn go_to_context(&mut self, name: &str, effects: &mut Vec<Effect>) -> Result<(), Fault> {
        let shown = match self.pane() {
            Some(Pane::Browse(browse)) => {
                browse.objects().map(|objects| objects.resource.gvr.clone())
            }
            _ => None,
        };
        let apps = matches!(self.pane(), Some(Pane::Browse(browse)) if matches!(browse.what, What::Apps(_)));
        self.use_context(name, effects)?;
        if apps {
            self.open_line("apps", effects);
            return Ok(());
        }
        // The same kind over there, where it is a kind that every cluster serves.
        let plural = shown
            .and_then(|gvr| self.cluster()?.catalogue.get(&gvr).map(|r| r.gvr.to_string()))
            .unwrap_or_else(|| "pods".to_owned());
        self.push_objects_of(&plural);
        Ok(())
    }

    /// Opens the objects of a kind that is surely known, in the namespaces in use.
    pub(super) fn push_objects_of(&mut self, word: &str) {
        if let Some(resource) = self.cluster().and_then(|c| c.catalogue.find(word)).cloned() {
            // Without a filter nothing can go wrong.
            let _ = self.push_objects(resource, &Destination::default());
        }
    }

    pub(super) fn push_objects(
        &mut self,
        resource: Resource,
        to: &Destination,
    ) -> Result<(), Fault> {
        let Some(cluster) = self.clusters.get_mut(&self.here) else { return Ok(()) };
        if !cluster.discovered && !to.word.is_empty() {
            let gvr = resource.gvr.clone();
            self.unsure = Some(Unsure { cluster: cluster.id, to: to.clone(), gvr });
        }
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
        let browse = first_on_the_way(what, &to.filter)?;
        self.push(Pane::Browse(Box::new(browse)));
        Ok(())
    }

    /// Opens a pane on top of the way here.
    pub fn push(&mut self, pane: Pane) {
        self.focus_main();
        // The same place again is no step on the way.
        let same = match (self.panes.last(), &pane) {
            (Some(Pane::Browse(top)), Pane::Browse(new)) => {
                top.what == new.what && top.filter == new.filter
            }
            _ => false,
        };
        if !same {
            if self.panes.len() == MAX_PANES
                && let Pane::View(mut view) = self.panes.remove(0)
            {
                view.leave(&mut self.owed);
            }
            if let Some(Pane::View(view)) = self.panes.last_mut() {
                view.covered();
            }
            self.panes.push(pane);
        }
        self.dirty = true;
    }

    /// One step back. The first pane stays.
    pub(super) fn back(&mut self, effects: &mut Vec<Effect>) {
        if self.side_has_focus() {
            return self.focus_main();
        }
        if self.panes.len() > 1
            && let Some(Pane::View(mut view)) = self.panes.pop()
        {
            view.leave(effects);
        }
    }

    /// Another entry of the command history: -1 or 1 steps.
    pub(super) fn go_history(&mut self, steps: isize, effects: &mut Vec<Effect>) {
        let at = self.history.at.saturating_add_signed(steps);
        let Some(line) = self.history.places.get(at).cloned() else { return };
        if at == self.history.at {
            return;
        }
        // Going through the history leaves it as it is.
        let (places, from) = (self.history.places.clone(), self.history.at);
        self.open_line(&line, effects);
        self.history = History { places, at, before: from, ..std::mem::take(&mut self.history) };
    }

    /// Shows these namespaces from now on: in the pane on screen, and in panes opened later.
    pub(super) fn use_scope(&mut self, scope: Scope) {
        let Some(cluster) = self.clusters.get_mut(&self.here) else { return };
        cluster.use_scope(scope.clone());
        let kind = match self.pane() {
            Some(Pane::Browse(browse)) => browse
                .objects()
                .filter(|objects| {
                    objects.resource.namespaced
                        && objects.of.is_empty()
                        && objects.facet.is_of_objects()
                })
                .map(|objects| objects.resource.clone()),
            _ => None,
        };
        if let Some(Pane::Browse(browse)) = self.panes.last_mut()
            && let What::Apps(apps) = &mut browse.what
        {
            apps.scope = scope;
            browse.start_over();
            self.dirty = true;
            return;
        }
        let Some(resource) = kind else {
            self.push_objects_of("pods");
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

    pub(super) fn quit(&mut self, effects: &mut Vec<Effect>) {
        // It is leaving already, and waits for what is cleared away.
        if !self.leaving.is_empty() {
            return effects.push(Effect::Quit);
        }
        let asked = self.quit_asked.is_some_and(|at| self.now - at < 5);
        let (actions, forwards) = (self.actions.running(), self.forwards.running().count());
        let what = match (actions, forwards) {
            (0, 0) => None,
            (_, 0) => Some(format!("{actions} actions are not finished")),
            (0, 1) => Some("a forward ends with the program".to_owned()),
            (0, _) => Some(format!("{forwards} forwards end with the program")),
            _ => Some(format!(
                "{actions} actions are not finished, and {forwards} forwards end with the program"
            )),
        };
        if let (Some(what), false) = (what, asked) {
            self.quit_asked = Some(self.now);
            let goes_on = if actions > 0 { " (actions go on, unwatched)" } else { "" };
            self.say(Tone::Warn, format!("{what}; quit again to leave{goes_on}"));
            return;
        }
        let unsent: Vec<String> = self.edits.unsent().map(super::edits::Edit::name).collect();
        if !unsent.is_empty() && !asked {
            self.quit_asked = Some(self.now);
            self.keep_all(effects);
            let line =
                format!("not sent: {}; quit again to leave (the text is kept)", unsent.join(", "));
            self.say(Tone::Warn, line);
            return;
        }
        self.keep_all(effects);
        if self.leaves_something() && self.leaving.is_empty() {
            return self.clear_away(effects);
        }
        effects.push(Effect::Quit);
    }
}
