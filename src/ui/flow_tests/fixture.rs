//! A UI on two clusters that answer from the kinds' fixtures, with a clock that only tests move.

use crate::drift::{Inquiry, Job, News};
use crate::kinds::{self, Pool, Projection};
use crate::model::{
    Answer, Change, ClusterEvent, ClusterId, ClusterInfo, ContextInfo, ErrandAsk, Facet, Fault,
    FaultKind, Gvr, LinkState, Need, Resource, Row, Scope, SubEvent, SubId, Ticket, WatchState,
};
use crate::ui::chord::Chord;
use crate::ui::settings::Loaded;
use crate::ui::widgets::frame;
use crate::ui::{Effect, Msg, Start, Ui};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// 2026-01-01T00:00:00Z, a few minutes after most of the fixtures were made.
pub const NOW: i64 = 1_767_225_600;

/// A UI under test and the world it lives in.
pub struct Fixture {
    pub ui: Ui,
    pub now: i64,
    /// Objects by context and plural.
    pub objects: BTreeMap<(String, String), Vec<Value>>,
    /// What the UI asked for since the last look, in order.
    pub sent: Vec<Effect>,
    /// What access reviews answer: verb and plural that are denied.
    pub denied: Vec<(&'static str, &'static str)>,
    /// Kinds served beside the built-in ones.
    pub served: Vec<Resource>,
    /// What clusters are said to have served last, until a test says what they serve.
    remembered: Option<Vec<Resource>>,
    /// Subscriptions are answered by themselves.
    pub answers: bool,
    /// So are reads.
    pub reads: bool,
    /// Times asked for that are not over yet.
    pub wakes: std::collections::BTreeSet<Ticket>,
    /// Frames that would have been drawn.
    pub frames: usize,
    pool: Pool,
}

fn fixtures(plural: &str) -> Vec<Value> {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/fixtures/kinds/{plural}.json"));
    let text = std::fs::read_to_string(path).unwrap();
    match serde_json::from_str(&text).unwrap() {
        Value::Array(objects) => objects,
        mut list => list["items"].take().as_array().unwrap().clone(),
    }
}

impl Fixture {
    pub fn new() -> Self {
        Self::with((120, 30), |_| {}, Start::default())
    }

    /// A UI of this size, with settings changed by `change`, started as `start` says.
    pub fn with(size: (u16, u16), change: impl FnOnce(&mut Loaded), start: Start) -> Self {
        Self::build(size, change, start, Vec::new(), None)
    }

    /// A UI whose clusters serve these kinds too.
    pub fn serving(served: Vec<Resource>, start: Start) -> Self {
        Self::build((120, 30), |_| {}, start, served, None)
    }

    /// A UI whose clusters have not said yet what they serve; these kinds they served last.
    pub fn remembering(remembered: Vec<Resource>, start: Start) -> Self {
        Self::build((120, 30), |_| {}, start, Vec::new(), Some(remembered))
    }

    fn build(
        size: (u16, u16),
        change: impl FnOnce(&mut Loaded),
        start: Start,
        served: Vec<Resource>,
        remembered: Option<Vec<Resource>>,
    ) -> Self {
        let mut config = Loaded {
            themes: vec!["dark".into(), "light".into(), "mono".into()],
            keymaps: vec!["default".into(), "vim".into()],
            ..Loaded::default()
        };
        // Tests that wait for something else are not to be looked over.
        config.settings.hazards = false;
        change(&mut config);
        // Most stories are about objects.
        let command = match start.command.as_str() {
            "" => "pods".into(),
            _ => start.command.clone(),
        };
        let start = Start { context: "dev".into(), command, ..start };
        let (ui, effects) = Ui::new(config, start, size, NOW);
        let mut objects = BTreeMap::new();
        for plural in
            ["pods", "deployments", "replicasets", "namespaces", "nodes", "events", "configmaps"]
        {
            objects.insert(("dev".to_owned(), plural.to_owned()), fixtures(plural));
        }
        // The same names live on the other cluster, as other objects.
        let twins: Vec<Value> = fixtures("pods")
            .into_iter()
            .take(3)
            .map(|mut pod| {
                pod["metadata"]["uid"] = json!("00000000-0000-0000-0000-00000000000a");
                pod["spec"]["nodeName"] = json!("far-away");
                pod
            })
            .collect();
        objects.insert(("prod-eu".to_owned(), "pods".to_owned()), twins);
        let mut this = Self {
            ui,
            now: NOW,
            objects,
            sent: Vec::new(),
            denied: Vec::new(),
            served,
            remembered,
            answers: true,
            reads: false,
            wakes: std::collections::BTreeSet::new(),
            frames: 0,
            pool: Pool::default(),
        };
        this.msg(Msg::Contexts(vec![context("dev", true), context("prod-eu", false)]));
        this.carry_out(effects);
        this
    }

    /// Takes in one message, settles, and answers what is asked for until nothing more happens.
    pub fn msg(&mut self, msg: Msg) {
        let effects = self.ui.update(msg, self.now);
        self.carry_out(effects);
    }

    fn carry_out(&mut self, mut effects: Vec<Effect>) {
        loop {
            effects.append(&mut self.ui.settle(self.now));
            if std::mem::take(&mut self.ui.dirty) {
                self.frames += 1;
            }
            if effects.is_empty() {
                return;
            }
            for effect in std::mem::take(&mut effects) {
                for msg in self.answer(&effect) {
                    effects.append(&mut self.ui.update(msg, self.now));
                }
                self.sent.push(effect);
            }
        }
    }

    /// What the world says to an effect.
    fn answer(&mut self, effect: &Effect) -> Vec<Msg> {
        match effect {
            Effect::Connect { cluster, context: name } => {
                let mut resources = kinds::builtin::resources();
                resources.extend(self.served.clone());
                let info = ClusterInfo {
                    context: context(name, false),
                    version: "v1.36.3".into(),
                    ..ClusterInfo::default()
                };
                let kinds = match &self.remembered {
                    Some(remembered) => {
                        resources.extend(remembered.clone());
                        ClusterEvent::Remembered(Arc::new(resources))
                    }
                    None => ClusterEvent::Discovery(Arc::new(resources)),
                };
                [ClusterEvent::Info(info), ClusterEvent::Link(LinkState::Live), kinds]
                    .map(|event| Msg::Cluster(*cluster, event))
                    .into()
            }
            Effect::Wake { ticket, .. } => {
                self.wakes.insert(*ticket);
                Vec::new()
            }
            Effect::Subscribe { sub, need } if self.answers => {
                let need = need.clone();
                self.list(*sub, &need)
            }
            Effect::Ask { ticket, question } => {
                let no = self.denied.contains(&(question.verb, question.gvr.plural.as_str()));
                let reason = if no { "RBAC says no" } else { "" };
                let answer = Answer::Access(question.clone(), !no, reason.to_owned());
                vec![Msg::Answer(*ticket, Ok(answer))]
            }
            Effect::Get { ticket, object } if self.answers => {
                let context = self.ui.clusters[&object.cluster].context.to_string();
                let key = (context, object.gvr.plural.to_string());
                let held = self.objects.get(&key).into_iter().flatten().find(|o| {
                    o["metadata"]["name"] == object.name.as_str()
                        && o["metadata"]["namespace"].as_str().unwrap_or("") == object.namespace
                });
                let answer = match held {
                    Some(object) => Ok(Answer::Object(object.to_string().into())),
                    None => Err(Fault::new(FaultKind::NotFound, "get", "it is gone")),
                };
                vec![Msg::Answer(*ticket, answer)]
            }
            Effect::Compare { ticket, job } if self.reads => {
                vec![Msg::Compared(*ticket, self.compare(job))]
            }
            Effect::Read { ticket, cluster, read } if self.reads => {
                let context = self.ui.clusters[cluster].context.to_string();
                let answer = self.read(&context, &read.path);
                let answer = answer.map(|value| Answer::Object(value.to_string().into()));
                vec![Msg::Answer(*ticket, answer)]
            }
            _ => Vec::new(),
        }
    }

    /// Carries a comparison to its end. Rehearsals are refused.
    pub fn compare(&self, job: &Job) -> Vec<News> {
        let context = self.ui.clusters[&job.cluster].context.to_string();
        let mut inquiry = Inquiry::new(job.clone());
        let mut news = Vec::new();
        loop {
            while inquiry.work() {}
            let asks = inquiry.asks(10);
            news.extend(inquiry.news());
            if asks.is_empty() && inquiry.is_over() {
                break;
            }
            for (id, ask) in asks {
                let answer = match ask {
                    ErrandAsk::Read(read) => {
                        self.read(&context, &read.path).map(|value| value.to_string())
                    }
                    ErrandAsk::Try(_) => {
                        Err(Fault::new(FaultKind::Forbidden, "try", "you may not patch"))
                    }
                    ErrandAsk::Jq { .. } => {
                        Err(Fault::new(FaultKind::Other, "evaluate jq", "there is no child here"))
                    }
                };
                inquiry.answer(id, answer.as_deref());
            }
        }
        news.push(News::Over);
        news
    }

    /// What the world has at a path: a list, or an object.
    fn read(&self, context: &str, path: &str) -> Result<Value, Fault> {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let mut parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        let ahead = if parts[0] == "api" { 2 } else { 3 };
        if parts.len() <= ahead {
            let why = "nothing is known of what a group serves";
            return Err(Fault::new(FaultKind::NotFound, "read", why));
        }
        parts.drain(..ahead);
        let namespace = (parts[0] == "namespaces" && parts.len() > 2).then(|| parts[1].to_owned());
        if namespace.is_some() {
            parts.drain(..2);
        }
        if let Some((verb, _)) =
            self.denied.iter().find(|(verb, plural)| *verb == "list" && *plural == parts[0])
        {
            let why = format!("you may not {verb} {}", parts[0]);
            return Err(Fault::new(FaultKind::Forbidden, "read", why));
        }
        let held = self.objects.get(&(context.to_owned(), parts[0].to_owned()));
        let here = held.into_iter().flatten().filter(|object| {
            namespace.as_deref().is_none_or(|name| object["metadata"]["namespace"] == name)
        });
        if let Some(name) = parts.get(1) {
            let found = here.into_iter().find(|object| object["metadata"]["name"] == *name);
            let gone = || Fault::new(FaultKind::NotFound, "get", "it is gone");
            return found.cloned().ok_or_else(gone);
        }
        let decoded = query.replace("%3D", "=").replace("%2C", ",").replace("%2F", "/");
        let selector = |name: &str| -> String {
            let start = format!("{name}=");
            let found = decoded.split('&').find_map(|term| term.strip_prefix(&start));
            found.unwrap_or("").to_owned()
        };
        let (labels, fields) = (selector("labelSelector"), selector("fieldSelector"));
        let items: Vec<&Value> = here.filter(|o| chosen(&labels, &fields, o)).collect();
        Ok(json!({"kind": "List", "items": items}))
    }

    /// Rows of one object, as a subscription for `need` gets them.
    pub fn rows(&mut self, need: &Need, object: &Value) -> Vec<Row> {
        let mut out = Vec::new();
        let json = object.to_string();
        // Fixtures hold broken objects too; they are left out, as the reader leaves them out.
        let _ = self.projection(need).rows(json.as_bytes(), &mut self.pool, &mut out);
        out
    }

    fn projection(&self, need: &Need) -> Projection {
        let mut resources = kinds::builtin::resources();
        resources.extend(self.served.clone());
        resources.extend(self.remembered.iter().flatten().cloned());
        let resource = resources.into_iter().find(|r| r.gvr == need.gvr).unwrap();
        Projection::new(&resource, need.facet, &[], &[]).0
    }

    /// A whole list and the state after it.
    fn list(&mut self, sub: SubId, need: &Need) -> Vec<Msg> {
        let context = self.ui.clusters[&need.cluster].context.to_string();
        let key = (context, need.gvr.plural.to_string());
        let parts: Vec<Option<String>> = match &need.scope {
            Scope::All => vec![None],
            Scope::Namespaces(names) => names.iter().map(|name| Some(name.to_string())).collect(),
        };
        let objects = self.objects.get(&key).cloned().unwrap_or_default();
        let mut events = vec![SubEvent::Schema(self.projection(need).schema())];
        for (part, namespace) in (0u16..).zip(parts) {
            let mut changes = Vec::new();
            for object in &objects {
                let meta = &object["metadata"];
                let here = namespace.as_deref().is_none_or(|name| meta["namespace"] == name);
                if here && selected(need, object) {
                    changes.extend(self.rows(need, object).into_iter().map(Change::Upsert));
                }
            }
            events.push(SubEvent::Begin { part });
            events.push(SubEvent::Changes { part, changes });
            events.push(SubEvent::Complete { part });
            events.push(SubEvent::State { part, state: WatchState::Live });
        }
        events.into_iter().map(|event| Msg::Sub(sub, event)).collect()
    }

    /// The subscription on screen.
    pub fn sub(&self) -> (SubId, Need) {
        let Some(crate::ui::panes::Pane::Browse(browse)) = self.ui.pane() else {
            panic!("no table on screen")
        };
        let id = browse.sub.unwrap();
        (id, self.ui.subs.get(id).unwrap().need.clone())
    }

    /// Something happens on the subscription on screen.
    pub fn event(&mut self, event: SubEvent) {
        let (sub, _) = self.sub();
        self.msg(Msg::Sub(sub, event));
    }

    /// An object of the kind on screen appears or changes.
    pub fn upsert(&mut self, object: &Value) {
        let (_, need) = self.sub();
        let changes = self.rows(&need, object).into_iter().map(Change::Upsert).collect();
        self.event(SubEvent::Changes { part: 0, changes });
    }

    /// An object of the table changes, whatever has the focus.
    pub fn upsert_main(&mut self, object: &Value) {
        let (sub, need) = self.main_sub();
        let changes = self.rows(&need, object).into_iter().map(Change::Upsert).collect();
        self.msg(Msg::Sub(sub, SubEvent::Changes { part: 0, changes }));
    }

    /// An object of the table vanishes.
    pub fn delete_main(&mut self, name: &str) {
        let (sub, _) = self.main_sub();
        let rows = self.ui.subs.get(sub).unwrap().table.rows();
        let key = rows.map(|(_, row)| row.key.clone()).find(|key| key.name == name).unwrap();
        self.msg(Msg::Sub(sub, SubEvent::Changes { part: 0, changes: vec![Change::Delete(key)] }));
    }

    fn main_sub(&self) -> (SubId, Need) {
        let Some(crate::ui::panes::Pane::Browse(browse)) = self.ui.panes.last() else {
            panic!("no table on screen")
        };
        let id = browse.sub.unwrap();
        (id, self.ui.subs.get(id).unwrap().need.clone())
    }

    /// Presses keys, written as keymap files write them, with spaces between.
    pub fn press(&mut self, keys: &str) -> &mut Self {
        for chord in Chord::parse_sequence(keys).unwrap() {
            self.msg(Msg::Key(chord.event()));
        }
        self
    }

    /// Types a text, letter by letter.
    pub fn type_in(&mut self, text: &str) -> &mut Self {
        for c in text.chars() {
            let code = crossterm::event::KeyCode::Char(c);
            self.msg(Msg::Key(Chord::new(code, crossterm::event::KeyModifiers::NONE).event()));
        }
        self
    }

    /// Runs a command line.
    pub fn go(&mut self, line: &str) -> &mut Self {
        self.press(":").type_in(line).press("enter")
    }

    /// Some seconds pass.
    pub fn wait(&mut self, seconds: i64) {
        self.now += seconds;
        self.msg(Msg::Tick);
    }

    /// Nothing happens for as long as anybody waits, less than a second.
    pub fn rest(&mut self) {
        for _ in 0..10 {
            for ticket in std::mem::take(&mut self.wakes) {
                self.msg(Msg::Woke(ticket));
            }
        }
        assert!(self.wakes.is_empty(), "somebody is woken over and over");
    }

    /// What was asked for since the last call.
    pub fn sent(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.sent)
    }

    pub fn buffer(&self) -> Buffer {
        let mut buffer = Buffer::empty(Rect::new(0, 0, self.ui.size.0, self.ui.size.1));
        frame::draw(&self.ui, &mut buffer);
        buffer
    }

    /// The screen as plain text, without spaces at the ends of lines.
    pub fn screen(&self) -> String {
        self.lines().join("\n")
    }

    pub fn lines(&self) -> Vec<String> {
        let buffer = self.buffer();
        let line = |y: u16| {
            let mut line = String::new();
            let mut x = 0;
            while x < buffer.area.width {
                let symbol = buffer[(x, y)].symbol();
                line.push_str(symbol);
                x += u16::try_from(crate::text::width::width(symbol).max(1)).unwrap();
            }
            line.trim_end().to_owned()
        };
        (0..buffer.area.height).map(line).collect()
    }

    /// The line of the selected row.
    pub fn selected(&self) -> String {
        let sign = self.ui.glyphs().selected;
        self.lines().into_iter().find(|line| line.contains(sign)).unwrap_or_default()
    }

    /// The line above the footer: messages, actions, the prompt.
    pub fn strip(&self) -> String {
        self.lines()[usize::from(self.ui.size.1) - 2].trim().to_owned()
    }

    pub fn footer(&self) -> String {
        self.lines()[usize::from(self.ui.size.1) - 1].trim().to_owned()
    }

    /// The object of this name among the fixtures of a plural on `dev`.
    pub fn object(&self, plural: &str, name: &str) -> Value {
        let key = ("dev".to_owned(), plural.to_owned());
        self.objects[&key].iter().find(|o| o["metadata"]["name"] == name).unwrap().clone()
    }
}

pub fn context(name: &str, current: bool) -> ContextInfo {
    ContextInfo {
        name: name.into(),
        cluster: name.into(),
        server: format!("https://{name}.example.com").into(),
        user: "me".into(),
        current,
        ..ContextInfo::default()
    }
}

/// A kind that a CustomResourceDefinition serves.
pub fn custom(group: &str, plural: &str, kind: &str) -> Resource {
    Resource {
        gvr: Gvr::new(group, "v1", plural),
        kind: kind.into(),
        singular: kind.to_lowercase().into(),
        short_names: Vec::new(),
        categories: Vec::new(),
        namespaced: true,
        verbs: ["get", "list", "watch"].map(Into::into).into(),
        subresources: Vec::new(),
        preferred: true,
    }
}

/// Whether the server would return this object.
fn selected(need: &Need, object: &Value) -> bool {
    chosen(&need.labels, &need.fields, object)
}

/// Whether an object has these labels and fields.
fn chosen(labels: &str, fields: &str, object: &Value) -> bool {
    let terms = |list: &str| -> Vec<(String, String)> {
        let terms = list.split(',').filter(|term| !term.is_empty());
        terms
            .map(|term| term.split_once('=').unwrap_or_else(|| panic!("no selector {term}")))
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect()
    };
    let fields = terms(fields).iter().all(|(path, value)| {
        let mut at = object;
        for name in path.split('.') {
            at = &at[name];
        }
        at.as_str().unwrap_or("") == value
    });
    let held = |key: &str| &object["metadata"]["labels"][key];
    let has = |term: &str| match term.split_once('=') {
        Some((key, value)) => *held(key) == *value,
        None => held(term).is_string(),
    };
    fields && labels.split(',').filter(|term| !term.is_empty()).all(has)
}

/// The cluster of the first context.
pub const DEV: ClusterId = ClusterId(0);
/// The cluster of the second context, once it was gone to.
pub const PROD: ClusterId = ClusterId(1);

/// Whether an effect asks the server for something.
pub fn is_request(effect: &Effect) -> bool {
    matches!(
        effect,
        Effect::Subscribe { .. } | Effect::Get { .. } | Effect::Ask { .. } | Effect::Run(_)
    )
}

/// The one plan that was sent.
pub fn plan(sent: &[Effect]) -> crate::model::Plan {
    let plans: Vec<_> = sent
        .iter()
        .filter_map(|effect| match effect {
            Effect::Run(plan) => Some(plan.clone()),
            _ => None,
        })
        .collect();
    assert_eq!(plans.len(), 1, "{sent:?}");
    plans.into_iter().next().unwrap()
}

/// Needs that were subscribed to, as `plural facet scope`.
pub fn subscribed(sent: &[Effect]) -> Vec<String> {
    sent.iter()
        .filter_map(|effect| match effect {
            Effect::Subscribe { need, .. } => {
                let scope = match &need.scope {
                    Scope::All => "all".to_owned(),
                    Scope::Namespaces(names) => names.join(","),
                };
                let facet = if need.facet == Facet::Containers { " containers" } else { "" };
                Some(format!("{}{facet} in {scope}", need.gvr.plural))
            }
            _ => None,
        })
        .collect()
}
