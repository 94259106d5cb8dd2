//! The port-forwards of this session: running, ended, and saved by an earlier one. They outlive the
//! panes that show them, and end with their cluster.

use super::lists;
use super::panes::browse::Local;
use crate::model::{
    Cell, ClusterId, ColumnKind, Fault, ForwardEvent, ForwardSpec, Plan, StreamId, Text, Tone,
};
use crate::verbs::forward::{LOCALHOST, written};

/// How a forward is going.
#[derive(Clone, Debug, PartialEq)]
pub enum State {
    /// It was stopped, or an earlier session left it.
    Stopped,
    /// It was asked for; nothing came back yet.
    Starting,
    /// Its local ports are open.
    Listening,
    /// Its local ports are open, and lead nowhere for now: why.
    Waiting(String),
    /// It ended by itself, and why.
    Ended(Option<Fault>),
}

impl State {
    /// It runs.
    pub fn is_running(&self) -> bool {
        matches!(self, Self::Starting | Self::Listening | Self::Waiting(_))
    }
}

/// How much went through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Connections open now.
    pub open: u32,
    /// Connections so far.
    pub connections: u64,
    /// Bytes into the cluster.
    pub sent: u64,
    /// Bytes out of it.
    pub received: u64,
}

/// One forward.
#[derive(Clone, Debug)]
pub struct Forward {
    /// Its number in this session, for people.
    pub number: u32,
    /// Name of its cluster's context.
    pub context: Text,
    /// What it leads to, and from where.
    pub spec: ForwardSpec,
    /// The plan that was shown for it in this session.
    pub plan: Option<Plan>,
    /// How it is going.
    pub state: State,
    /// Since when it has been so, Unix seconds.
    pub since: i64,
    /// Its stream, while it runs.
    pub stream: Option<StreamId>,
    /// Its local ports, once they are open; in the order of its ports.
    pub local: Vec<u16>,
    /// The pod it leads to now; empty where there is none.
    pub pod: Text,
    /// How much went through since it was started.
    pub traffic: Traffic,
    /// What a connection failed of last.
    pub trouble: Option<Fault>,
    /// It worked at least once: worth being kept for the next session.
    pub proven: bool,
}

impl Forward {
    /// The cluster it reaches into.
    pub fn cluster(&self) -> ClusterId {
        self.spec.target.cluster
    }

    /// Its ports as they are typed, with the local ones that are open.
    pub fn ports(&self) -> String {
        let ports = self.spec.ports.iter().enumerate().map(|(at, port)| {
            let mut port = port.clone();
            if let Some(local) = self.local.get(at) {
                port.local = *local;
            }
            written(&port)
        });
        ports.collect::<Vec<_>>().join(" ")
    }

    /// Its local addresses as a browser or a client takes them.
    pub fn urls(&self) -> Vec<String> {
        let host = match self.spec.address.split(',').next().unwrap_or_default().trim() {
            "" | LOCALHOST | "localhost" | "0.0.0.0" | "::" | "::1" => "localhost".to_owned(),
            other if other.contains(':') => format!("[{other}]"),
            other => other.to_owned(),
        };
        let of = |at: usize| {
            let port = &self.spec.ports[at];
            let local = self.local.get(at).copied().unwrap_or(port.local);
            let secure = matches!(&*port.remote, "443" | "8443" | "https");
            let scheme = if secure { "https" } else { "http" };
            (local != 0).then(|| format!("{scheme}://{host}:{local}"))
        };
        (0..self.spec.ports.len()).filter_map(of).collect()
    }

    /// How it is going, in words.
    pub fn words(&self) -> (String, Tone) {
        match &self.state {
            State::Stopped => ("stopped".into(), Tone::Dim),
            State::Starting => ("starting".into(), Tone::Busy),
            State::Listening if self.pod.is_empty() => ("looking for a pod".into(), Tone::Busy),
            State::Listening => ("listening".into(), Tone::Good),
            State::Waiting(why) => (format!("waiting: {why}"), Tone::Warn),
            State::Ended(None) => ("ended".into(), Tone::Dim),
            State::Ended(Some(fault)) => (format!("ended: {}", fault.why), Tone::Bad),
        }
    }

    /// Whether it is the same way: from the same ports to the same target.
    fn is_same(&self, context: &str, spec: &ForwardSpec) -> bool {
        let (own, other) = (&self.spec.target, &spec.target);
        self.context == context
            && own.gvr == other.gvr
            && own.namespace == other.namespace
            && own.name == other.name
            && self.spec.address == spec.address
            && self.spec.ports == spec.ports
    }
}

/// All forwards of the session, oldest first.
#[derive(Debug, Default)]
pub struct Forwards {
    all: Vec<Forward>,
    last: u32,
    /// Changes whenever one of them does.
    pub revision: u64,
}

impl Forwards {
    /// All of them.
    pub fn all(&self) -> &[Forward] {
        &self.all
    }

    /// The one with this number.
    pub fn get(&self, number: u32) -> Option<&Forward> {
        self.all.iter().find(|forward| forward.number == number)
    }

    /// Those that run.
    pub fn running(&self) -> impl Iterator<Item = &Forward> {
        self.all.iter().filter(|forward| forward.state.is_running())
    }

    /// One that runs and has this local port.
    pub fn holder(&self, port: u16) -> Option<&Forward> {
        self.running().find(|forward| forward.local.contains(&port))
    }

    /// A forward was asked for with a plan. One of the same ports and target that does not run is the
    /// same one, started anew.
    pub fn start(&mut self, spec: ForwardSpec, plan: Plan, stream: StreamId, now: i64) {
        self.revision += 1;
        let same = |forward: &Forward| {
            !forward.state.is_running() && forward.is_same(&plan.context, &spec)
        };
        let (number, proven) = match self.all.iter().position(same) {
            Some(at) => (self.all[at].number, self.all[at].proven),
            None => {
                self.last += 1;
                (self.last, false)
            }
        };
        let forward = Forward {
            number,
            context: plan.context.clone(),
            spec,
            plan: Some(plan),
            state: State::Starting,
            since: now,
            stream: Some(stream),
            local: Vec::new(),
            pod: Text::new(),
            traffic: Traffic::default(),
            trouble: None,
            proven,
        };
        match self.all.iter_mut().find(|held| held.number == number) {
            Some(held) => *held = forward,
            None => self.all.push(forward),
        }
    }

    /// Takes in what an earlier session left of a context.
    pub fn load(&mut self, context: &Text, specs: Vec<ForwardSpec>, now: i64) {
        for spec in specs {
            if self.all.iter().any(|held| held.is_same(context, &spec)) {
                continue;
            }
            self.last += 1;
            self.all.push(Forward {
                number: self.last,
                context: context.clone(),
                spec,
                plan: None,
                state: State::Stopped,
                since: now,
                stream: None,
                local: Vec::new(),
                pod: Text::new(),
                traffic: Traffic::default(),
                trouble: None,
                proven: true,
            });
        }
        self.revision += 1;
    }

    /// What is kept for the next session of a context.
    pub fn kept(&self, context: &str) -> Vec<ForwardSpec> {
        let kept = |forward: &&Forward| forward.proven && forward.context == context;
        self.all.iter().filter(kept).map(|forward| forward.spec.clone()).collect()
    }

    /// A stream told something. None when it is none of these; else the forward as it is now, and
    /// whether it has just proven to be worth keeping.
    pub fn tell(
        &mut self,
        stream: StreamId,
        event: ForwardEvent,
        now: i64,
    ) -> Option<(&Forward, bool)> {
        let forward = self.all.iter_mut().find(|forward| forward.stream == Some(stream))?;
        self.revision += 1;
        let mut become_so = |state: State| {
            if forward.state != state {
                forward.state = state;
                forward.since = now;
            }
        };
        let mut proves = false;
        match event {
            ForwardEvent::Listening(ports) => {
                become_so(State::Listening);
                forward.local = ports;
                proves = !std::mem::replace(&mut forward.proven, true);
            }
            ForwardEvent::Pod(pod) => {
                become_so(State::Listening);
                forward.pod = pod;
            }
            ForwardEvent::Waiting(why) => {
                become_so(State::Waiting(why));
                forward.pod = Text::new();
            }
            ForwardEvent::Traffic { open, connections, sent, received } => {
                forward.traffic = Traffic { open, connections, sent, received };
            }
            ForwardEvent::Trouble(fault) => forward.trouble = Some(fault),
            ForwardEvent::End(fault) => {
                become_so(State::Ended(fault));
                forward.close();
            }
        }
        Some((forward, proves))
    }

    /// Stops one; its stream, where it had one.
    pub fn stop(&mut self, number: u32, now: i64) -> Option<StreamId> {
        let forward = self.all.iter_mut().find(|forward| forward.number == number)?;
        if !forward.state.is_running() {
            return None;
        }
        self.revision += 1;
        forward.state = State::Stopped;
        forward.since = now;
        forward.close()
    }

    /// Forgets one that does not run any more.
    pub fn forget(&mut self, number: u32) {
        self.revision += 1;
        self.all.retain(|forward| forward.number != number);
    }

    /// Its cluster was left: what belongs to it comes back with it.
    pub fn leave(&mut self, cluster: ClusterId) {
        self.revision += 1;
        self.all.retain(|forward| forward.cluster() != cluster);
    }
}

impl Forward {
    fn close(&mut self) -> Option<StreamId> {
        self.local.clear();
        self.pod = Text::new();
        self.traffic.open = 0;
        self.stream.take()
    }
}

/// The number of the forward that a row of [`table`] stands for.
pub fn number_of(name: &str) -> Option<u32> {
    name.parse().ok()
}

/// Forwards as a table.
pub fn table(forwards: &Forwards) -> Local {
    let text = |s: &str, tone: Tone| Cell::Text(s.into(), tone);
    let count = |n: u64| Cell::Int(i64::try_from(n).unwrap_or(i64::MAX));
    let bytes = |n: u64| Cell::Bytes(i64::try_from(n).unwrap_or(i64::MAX));
    let row = |forward: &Forward| {
        let (words, tone) = forward.words();
        let target = &forward.spec.target;
        let ports = match &*forward.spec.address {
            LOCALHOST => forward.ports(),
            address => format!("{address} {}", forward.ports()),
        };
        let trouble = forward.trouble.as_ref().map_or("", |fault| fault.why.as_str());
        let cells = vec![
            text(&target.to_string(), Tone::Plain),
            text(&target.namespace, Tone::Dim),
            text(&forward.context, Tone::Dim),
            text(&ports, Tone::Plain),
            Cell::Text(words.into(), tone),
            Cell::Since(forward.since),
            text(&forward.pod, Tone::Plain),
            count(forward.traffic.open.into()),
            count(forward.traffic.connections),
            bytes(forward.traffic.sent),
            bytes(forward.traffic.received),
            text(trouble, Tone::Warn),
        ];
        (format!("{:02}", forward.number), cells, Tone::Plain)
    };
    lists::local(
        "Forward",
        &[
            ("NO", ColumnKind::Text, 3),
            ("TARGET", ColumnKind::Text, 0),
            ("NAMESPACE", ColumnKind::Text, 4),
            ("CONTEXT", ColumnKind::Text, 5),
            ("PORTS", ColumnKind::Text, 0),
            ("STATE", ColumnKind::Text, 0),
            ("FOR", ColumnKind::Clock, 6),
            ("POD", ColumnKind::Text, 2),
            ("OPEN", ColumnKind::Number, 3),
            ("TOTAL", ColumnKind::Number, 3),
            ("SENT", ColumnKind::Number, 1),
            ("RECEIVED", ColumnKind::Number, 1),
            ("LAST TROUBLE", ColumnKind::Text, 6),
        ],
        forwards.all.iter().map(row),
        forwards.revision,
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::model::{FaultKind, Gvr, ObjRef, PlanId};
    use crate::verbs::forward::ports;

    fn spec(name: &str, typed: &str) -> ForwardSpec {
        ForwardSpec {
            target: ObjRef {
                cluster: ClusterId(0),
                gvr: Gvr::new("", "v1", "services"),
                kind: "Service".into(),
                namespace: "shop".into(),
                name: name.into(),
                uid: Text::new(),
            },
            first: Text::new(),
            address: LOCALHOST.into(),
            ports: ports(typed).unwrap(),
        }
    }

    fn plan() -> Plan {
        Plan::empty(PlanId(1), ClusterId(0), "dev".into(), "Forward")
    }

    #[test]
    fn what_is_started_again_is_the_same_forward_and_keeps_its_number() {
        let mut all = Forwards::default();
        all.start(spec("web", "8080:80"), plan(), StreamId(1), 10);
        all.start(spec("web", "8080:80"), plan(), StreamId(2), 11);
        assert_eq!(all.running().count(), 2, "one that runs is not started over");
        assert_eq!(all.stop(1, 12), Some(StreamId(1)));
        all.start(spec("web", "8080:80"), plan(), StreamId(3), 13);
        assert_eq!(all.all().len(), 2);
        assert_eq!(all.get(1).unwrap().stream, Some(StreamId(3)));
    }

    #[test]
    fn only_what_worked_is_kept_and_what_was_asked_for_not_what_was_given() {
        let mut all = Forwards::default();
        all.start(spec("web", ":80"), plan(), StreamId(1), 10);
        assert!(all.kept("dev").is_empty());
        let (_, proves) = all.tell(StreamId(1), ForwardEvent::Listening(vec![40001]), 11).unwrap();
        assert!(proves);
        assert_eq!(all.get(1).unwrap().ports(), "40001:80");
        assert_eq!(all.get(1).unwrap().urls(), ["http://localhost:40001"]);
        assert_eq!(all.kept("dev"), [spec("web", ":80")]);
        let fault = Fault::new(FaultKind::NotFound, "forward", "it is gone");
        all.tell(StreamId(1), ForwardEvent::End(Some(fault)), 12);
        assert_eq!(all.get(1).unwrap().words().0, "ended: it is gone");
        assert_eq!(all.kept("dev").len(), 1, "and stays, for another try");
        assert!(all.tell(StreamId(1), ForwardEvent::Pod("x".into()), 13).is_none());
    }

    #[test]
    fn what_an_earlier_session_left_is_there_once() {
        let mut all = Forwards::default();
        all.load(&"dev".into(), vec![spec("web", "8080:80"), spec("db", "5432")], 1);
        all.load(&"dev".into(), vec![spec("web", "8080:80")], 2);
        assert_eq!(all.all().len(), 2);
        assert_eq!(all.kept("dev").len(), 2);
        all.leave(ClusterId(0));
        assert!(all.all().is_empty());
    }
}
