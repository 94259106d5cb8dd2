//! Every time limit of the reader in one value: what the promises mean in seconds can be read in one
//! place, and tests divide it instead of waiting.

use std::time::Duration;

/// Tests of the whole program set this variable to a number: every limit is so many times shorter.
pub const DIVIDED: &str = "WHEELHOUSE_TIMES_DIVIDED";

/// All time limits of the reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timing {
    /// Between two batches of one subscription: one frame.
    pub batch: Duration,
    /// A stream or an answer that is quiet for so long makes us ask whether the server still lives.
    pub quiet: Duration,
    /// A watch that is quiet for so long is opened anew: servers send a bookmark every minute.
    pub stale_watch: Duration,
    /// Limit for the answer to a sign-of-life request.
    pub probe: Duration,
    /// Shortest time between two sign-of-life requests while the server answers.
    pub probe_gap: Duration,
    /// First wait after a failure; doubles, with full jitter.
    pub backoff_first: Duration,
    /// Longest wait after a failure that may pass by itself.
    pub backoff_max: Duration,
    /// Wait after a clear no (403, 400, 404).
    pub denied: Duration,
    /// Waits after a clear no from a server that said yes before: it may have just been restarted.
    pub denied_at_first: [Duration; 2],
    /// Between two attempts to list all namespaces while only some are shown.
    pub widen: Duration,
    /// Wait after a 401: the credential layer has tried to refresh by then.
    pub unauthenticated: Duration,
    /// Wait after a 429 or 504 that does not say how long.
    pub throttled: Duration,
    /// Longest Retry-After that is honoured to the letter.
    pub retry_after_max: Duration,
    /// Limit for the head of the answer to a LIST or WATCH.
    pub list_answer: Duration,
    /// A list that has not begun to come for so much longer than the way takes is asked for its first page meanwhile.
    pub first_page: Duration,
    /// Limit for one whole object, a question, discovery.
    pub get: Duration,
    /// Limit for the answer to a write.
    pub write: Duration,
    /// Before an eviction that a disruption budget refused is tried again; kubectl's drain waits as long.
    pub eviction: Duration,
    /// How long the outcome of a write is followed.
    pub follow: Duration,
    /// How long the roll-out of a workload is followed: its own progress deadline is 600 s.
    pub rollout: Duration,
    /// How long a container that was asked for may take to run: its image may have to be pulled.
    pub start: Duration,
    /// How long a controller may take to show that it knows what it was asked.
    pub pickup: Duration,
    /// How long what a controller was asked is followed: syncs with hooks take their time.
    pub handshake: Duration,
    /// Between two polls of metrics.k8s.io.
    pub metrics: Duration,
    /// Between two polls of metrics.k8s.io when it is not served.
    pub metrics_absent: Duration,
    /// Between two looks at the kubeconfig's files.
    pub kubeconfig: Duration,
    /// How long the answer to "may I?" is kept.
    pub access: Duration,
    /// CRD changes within this time lead to one new discovery.
    pub discovery_settle: Duration,
    /// Between two discoveries where changes of CRDs cannot be watched.
    pub discovery_poll: Duration,
    /// A log that brings nothing for so long has reached what there was.
    pub log_quiet: Duration,
    /// How long a log may still bring lines after its pod is gone.
    pub log_gone: Duration,
    /// How long an expression in jq may take: as long as Argo CD gives it
    /// (`ignoreNormalizerJQExecutionTimeout`).
    pub jq: Duration,
    /// Longest stretch of decoding before other tasks get their turn.
    pub slice: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        let (ms, s) = (Duration::from_millis, Duration::from_secs);
        Self {
            batch: ms(16),
            quiet: s(20),
            stale_watch: s(75),
            probe: s(5),
            probe_gap: s(1),
            backoff_first: ms(250),
            backoff_max: s(3),
            denied: s(30),
            denied_at_first: [s(2), s(5)],
            widen: s(300),
            unauthenticated: s(10),
            throttled: s(1),
            retry_after_max: s(30),
            list_answer: s(60),
            first_page: Duration::from_millis(100),
            get: s(15),
            write: s(30),
            eviction: s(5),
            follow: s(60),
            rollout: s(900),
            start: s(300),
            pickup: s(30),
            handshake: s(1800),
            metrics: s(15),
            metrics_absent: s(120),
            kubeconfig: s(5),
            access: s(300),
            discovery_settle: s(1),
            discovery_poll: s(600),
            log_quiet: ms(400),
            log_gone: s(2),
            jq: s(1),
            slice: ms(4),
        }
    }
}

impl Timing {
    /// The limits of this process: shorter ones where [`DIVIDED`] is set to a number.
    pub fn of_process() -> Self {
        let by = std::env::var(DIVIDED).ok().and_then(|text| text.parse().ok());
        by.map_or_else(Self::default, |n| Self::default().divided(n))
    }

    /// The same limits, each `n` times shorter (never zero), for tests against real servers.
    #[must_use]
    pub fn divided(&self, n: u32) -> Self {
        let cut = |d: Duration| (d / n.max(1)).max(Duration::from_millis(1));
        Self {
            batch: cut(self.batch),
            quiet: cut(self.quiet),
            stale_watch: cut(self.stale_watch),
            probe: cut(self.probe),
            probe_gap: cut(self.probe_gap),
            backoff_first: cut(self.backoff_first),
            backoff_max: cut(self.backoff_max),
            denied: cut(self.denied),
            denied_at_first: self.denied_at_first.map(cut),
            widen: cut(self.widen),
            unauthenticated: cut(self.unauthenticated),
            throttled: cut(self.throttled),
            retry_after_max: cut(self.retry_after_max),
            list_answer: cut(self.list_answer),
            first_page: cut(self.first_page),
            get: cut(self.get),
            write: cut(self.write),
            eviction: cut(self.eviction),
            follow: cut(self.follow),
            rollout: cut(self.rollout),
            start: cut(self.start),
            pickup: cut(self.pickup),
            handshake: cut(self.handshake),
            metrics: cut(self.metrics),
            metrics_absent: cut(self.metrics_absent),
            kubeconfig: cut(self.kubeconfig),
            access: cut(self.access),
            discovery_settle: cut(self.discovery_settle),
            discovery_poll: cut(self.discovery_poll),
            log_quiet: cut(self.log_quiet),
            log_gone: cut(self.log_gone),
            jq: cut(self.jq),
            slice: cut(self.slice),
        }
    }
}
