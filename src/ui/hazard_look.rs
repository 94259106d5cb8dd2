//! One look at a cluster for hazards: the lists are read page by page, a few at a time, then what
//! kubelets say of volumes; and the looks that are taken once per connection, in the background.

use super::{Effect, Ui};
use crate::hazards::{self, Credential, Finding, Severity, Source, Survey};
use crate::model::{Answer, ClusterId, Fault, FaultKind, LinkState, Scope, Text, Ticket};
use std::collections::{BTreeMap, VecDeque};

/// Requests at a time where somebody waits for the answer.
const AT_ONCE: usize = 6;
/// Seconds after the connection until a look is taken in the background: what a person does first
/// comes first.
const LATER: i64 = 15;

/// One request.
#[derive(Clone, Debug)]
enum Ask {
    List(Source, Text, String),
    Usage(String),
}

/// A look under way, or done.
#[derive(Debug)]
pub struct Look {
    cluster: ClusterId,
    waiting: VecDeque<Ask>,
    asked: BTreeMap<Ticket, Ask>,
    at_once: usize,
    survey: Survey,
    usage: (usize, Vec<Fault>),
    usage_begun: bool,
    /// Lists that could not be read.
    pub faults: Vec<Fault>,
    /// What was found, the worst first; None until everything was read.
    pub found: Option<Vec<Finding>>,
}

impl Look {
    /// A look at these namespaces. `quietly` reads one list after the other, and leaves out what
    /// nobody should read without being asked to.
    pub fn begin(ui: &mut Ui, id: ClusterId, scope: &Scope, quietly: bool) -> Self {
        let namespaces = match scope {
            Scope::All => vec![Text::new()],
            Scope::Namespaces(names) => names.clone(),
        };
        let mut credential = None;
        let mut waiting = VecDeque::new();
        if let Some(cluster) = ui.clusters.get(&id) {
            let ends = cluster.credential_ends.filter(|_| !cluster.info.renews);
            let context = cluster.context.to_string();
            credential = ends.map(|ends| Credential { context, ends });
            for source in Source::served(&cluster.catalogue) {
                if quietly && (source.is_private() || source.is_heavy()) {
                    continue;
                }
                for namespace in &namespaces {
                    waiting.push_back(Ask::List(source, namespace.clone(), String::new()));
                }
            }
        }
        Self {
            cluster: id,
            waiting,
            asked: BTreeMap::new(),
            at_once: if quietly { 1 } else { AT_ONCE },
            survey: Survey::new(credential),
            usage: (0, Vec::new()),
            usage_begun: quietly,
            faults: Vec::new(),
            found: None,
        }
    }

    /// Asks for what comes next; judges when there is nothing more to ask.
    pub fn go_on(&mut self, ui: &mut Ui, effects: &mut Vec<Effect>) {
        if self.found.is_some() {
            return;
        }
        if self.waiting.is_empty() && self.asked.is_empty() && !self.usage_begun {
            self.usage_begun = true;
            let nodes = self.survey.nodes_with_claims();
            self.usage.0 = nodes.len();
            self.waiting.extend(nodes.into_iter().map(Ask::Usage));
        }
        while self.asked.len() < self.at_once
            && let Some(ask) = self.waiting.pop_front()
        {
            let ticket = ui.ticket();
            let read = match &ask {
                Ask::List(source, namespace, token) => source.read(namespace, token),
                Ask::Usage(node) => hazards::usage_read(node),
            };
            self.asked.insert(ticket, ask);
            effects.push(Effect::Read { ticket, cluster: self.cluster, read });
        }
        if self.asked.is_empty() {
            if let Some(first) = self.usage.1.first() {
                let what = format!(
                    "read the volume usage of {} of {} nodes",
                    self.usage.1.len(),
                    self.usage.0
                );
                self.faults.push(Fault { what, ..first.clone() });
            }
            self.found = Some(hazards::judge(&self.survey, ui.now));
            self.survey = Survey::default();
        }
    }

    /// Takes an answer; false when it is not its own.
    pub fn answer(
        &mut self,
        ui: &mut Ui,
        ticket: Ticket,
        answer: &Result<Answer, Fault>,
        effects: &mut Vec<Effect>,
    ) -> bool {
        let Some(ask) = self.asked.remove(&ticket) else { return false };
        let wrong = |why| Fault::new(FaultKind::Other, "read for hazards", why);
        match (ask, answer) {
            (Ask::List(source, namespace, _), Ok(Answer::Object(json))) => {
                match self.survey.take(source, json) {
                    Ok(token) if token.is_empty() => {}
                    // Pages of one list are asked for at once: its token does not last.
                    Ok(token) => self.waiting.push_front(Ask::List(source, namespace, token)),
                    Err(why) => {
                        self.survey.lose(source);
                        self.faults.push(wrong(why));
                    }
                }
            }
            (Ask::List(source, ..), Err(fault)) => {
                self.survey.lose(source);
                self.faults.push(fault.clone());
            }
            (Ask::Usage(_), Ok(Answer::Object(json))) => {
                if let Err(why) = self.survey.take_usage(json) {
                    self.usage.1.push(wrong(why));
                }
            }
            (Ask::Usage(_), Err(fault)) => self.usage.1.push(fault.clone()),
            (_, Ok(_)) => {}
        }
        self.go_on(ui, effects);
        true
    }

    /// How many serious findings there are, and how many others; None until everything was read.
    pub fn counts(&self) -> Option<(usize, usize)> {
        let found = self.found.as_ref()?;
        let serious = found.iter().filter(|one| one.severity == Severity::Serious).count();
        Some((serious, found.len() - serious))
    }
}

/// What is known of the hazards of one cluster.
#[derive(Debug, Default)]
pub struct Known {
    /// When a look is to be taken in the background, Unix seconds.
    due: Option<i64>,
    look: Option<Box<Look>>,
    /// Serious ones and others, as of the last look.
    pub counts: Option<(usize, usize)>,
}

impl Ui {
    /// Takes a look at clusters at which none was taken since they were connected to.
    pub(super) fn look_for_hazards(&mut self, effects: &mut Vec<Effect>) {
        if !self.config.settings.hazards {
            return;
        }
        let now = self.now;
        let mut ripe = None;
        for (id, cluster) in &mut self.clusters {
            let known = &mut cluster.hazards;
            if !cluster.discovered
                || cluster.link != LinkState::Live
                || known.counts.is_some()
                || known.look.is_some()
            {
                continue;
            }
            if *known.due.get_or_insert(now + LATER) <= now {
                ripe = Some((*id, cluster.scope.clone()));
            }
        }
        let Some((id, scope)) = ripe else { return };
        let mut look = Look::begin(self, id, &scope, true);
        look.go_on(self, effects);
        if let Some(cluster) = self.clusters.get_mut(&id) {
            cluster.hazards.look = Some(Box::new(look));
        }
    }

    /// Takes an answer for a look in the background; false when it is for somebody else.
    pub(super) fn teach_hazards(
        &mut self,
        ticket: Ticket,
        answer: &Result<Answer, Fault>,
        effects: &mut Vec<Effect>,
    ) -> bool {
        let ids: Vec<ClusterId> = self.clusters.keys().copied().collect();
        for id in ids {
            let held = self.clusters.get_mut(&id).and_then(|cluster| cluster.hazards.look.take());
            let Some(mut look) = held else { continue };
            let own = look.answer(self, ticket, answer, effects);
            let counts = look.counts();
            if let Some(cluster) = self.clusters.get_mut(&id) {
                if counts.is_some() {
                    cluster.hazards.counts = counts;
                } else {
                    cluster.hazards.look = Some(look);
                }
            }
            if own {
                return true;
            }
        }
        false
    }

    /// When a look is due, Unix seconds.
    pub(super) fn hazards_due(&self) -> Option<i64> {
        let due = |known: &Known| match (&known.counts, &known.look) {
            (None, None) => known.due,
            _ => None,
        };
        let clusters = self.clusters.values().filter(|cluster| cluster.link == LinkState::Live);
        clusters.filter_map(|cluster| due(&cluster.hazards)).min()
    }
}
