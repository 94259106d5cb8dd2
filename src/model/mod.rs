//! Floor 1: what we know, as plain data. No I/O, no clock: time is an argument (Unix seconds).

mod app;
mod catalogue;
mod cell_text;
mod errand;
mod fault;
#[cfg(test)]
mod fuzz_tests;
mod handshake;
mod index;
mod link;
mod need;
mod parallel;
mod plan;
mod program;
mod progress;
mod query;
mod query_match;
mod query_parse;
mod reach;
mod resource;
mod row;
#[cfg(test)]
mod sample;
mod schema;
pub mod selector;
mod session;
mod sort_keys;
mod store;
mod stream;

pub use crate::text::Text;
pub use app::{AppId, EngineId};
pub use catalogue::{Catalogue, distance};
pub use errand::{AskId, ERRAND_IN_FLIGHT, Errand, ErrandAsk};
pub use fault::{Cause, Fault, FaultKind};
pub use handshake::{FluxRequest, Handshake, RolloutAsk, stands_at};
pub use index::{Index, Sort, View};
pub use link::{Link, Links};
pub use need::{Change, Facet, Need, Scope, SubEvent, SubId, WatchState};
pub use plan::{
    Behind, FollowState, Following, Method, Parts, Plan, PlanId, PlanNote, PlanRequest, Propagation,
};
pub use program::Program;
pub use progress::Progress;
pub use query::{Query, QueryError};
pub use query_match::Matcher;
pub use resource::{ClusterId, Gvr, ObjRef, Resource};
pub use row::{Cell, Health, Key, Row, Tone};
pub use schema::{Column, ColumnKind, ColumnSource, Metric, Schema};
pub use session::{
    AccessQuestion, Answer, ClusterEvent, ClusterInfo, ContextInfo, LinkState, Read, Ticket,
};
pub use store::{Metrics, Table, Usage};
pub use stream::{
    ArtifactSpec, CacheEvent, CacheSpec, CopyEvent, CopySpec, CopyWay, ForwardEvent, ForwardPort,
    ForwardSpec, LogBatch, LogContainers, LogEvent, LogLine, LogSince, LogSource, LogSpec,
    LogTarget, ShellEvent, ShellSpec, StreamEvent, StreamId, StreamInput, StreamSpec,
};
