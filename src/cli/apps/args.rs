//! The grammar of `apps` and of the verbs of apps.

use crate::cli::args::duration;
use crate::model::EngineId;
use clap::builder::{NonEmptyStringValueParser, PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};
use std::time::Duration;

/// How names of apps are written.
const NAMES: &str = "An app is called by its name, with its namespace or its engine before it where \
several have that name:\n  payments, argocd/payments, flux-system/infra, ks/flux-system/infra\n\
Engines: argocd, appset, ks, hr, rset, helm, applyset, kubectl, k3s, pulumi, terraform, operator, none.";

/// What the verbs say about exit codes.
const EXIT: &str = "Exit codes: 0 done, 1 refused or failed, 2 wrong usage or could not tell, \
3 not finished in time.";

fn engine() -> impl TypedValueParser<Value = EngineId> {
    let words = EngineId::ALL.iter().map(|engine| engine.word());
    // Only these words get so far.
    PossibleValuesParser::new(words).map(|word| EngineId::of_word(&word).unwrap_or(EngineId::None))
}

/// How apps are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum AppsFormat {
    /// Columns as on screen.
    Table,
    /// All columns.
    Wide,
    /// ENGINE/NAMESPACE/NAME, one a line: as the verbs take them.
    Name,
    /// One JSON object a line.
    Json,
    /// YAML documents.
    Yaml,
}

/// `apps`.
#[derive(Debug, Args)]
#[command(after_help = NAMES)]
pub struct Apps {
    /// Names of apps; without any, all of them.
    #[arg(value_name = "APP", value_parser = NonEmptyStringValueParser::new())]
    pub apps: Vec<String>,
    /// Only apps of this engine.
    #[arg(long, value_parser = engine())]
    pub engine: Option<EngineId>,
    /// Filter as typed after / in the UI: "sync:OutOfSync health:!Healthy".
    #[arg(long, default_value = "", value_name = "FILTER", hide_default_value = true)]
    pub filter: String,
    /// How to print.
    #[arg(short = 'o', long, value_enum, default_value_t = AppsFormat::Table)]
    pub output: AppsFormat,
}

/// How verbs tell what they do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ActFormat {
    /// Lines for people.
    Text,
    /// One JSON object a line.
    Json,
}

/// What every verb takes.
#[derive(Debug, Args)]
#[command(after_help = format!("{NAMES}\n\n{EXIT}"))]
pub struct Act {
    /// Names of apps.
    #[arg(required = true, value_name = "APP", value_parser = NonEmptyStringValueParser::new())]
    pub apps: Vec<String>,
    /// Only apps of this engine are meant.
    #[arg(long, value_parser = engine())]
    pub engine: Option<EngineId>,
    /// How it is done.
    #[command(flatten)]
    pub how: How,
}

/// How a verb is carried out and told.
#[derive(Debug, Args)]
pub struct How {
    /// Print the exact requests, and send nothing.
    #[arg(long)]
    pub plan: bool,
    /// Have the server check the requests and store nothing.
    #[arg(long, conflicts_with_all = ["plan", "wait"])]
    pub dry_run: bool,
    /// Follow it to its outcome.
    #[arg(long, conflicts_with = "plan")]
    pub wait: bool,
    /// Longest time to wait for the outcome, such as 90s or 10m.
    #[arg(long, value_name = "TIME", value_parser = duration, requires = "wait")]
    pub timeout: Option<Duration>,
    /// Do it though something is lost and the context is protected.
    #[arg(long)]
    pub yes: bool,
    /// Set one of the plan's choices; --plan lists them. May be given several times.
    #[arg(long = "set", value_name = "CHOICE=VALUE", value_parser = choice)]
    pub set: Vec<(String, String)>,
    /// How to print.
    #[arg(short = 'o', long, value_enum, default_value_t = ActFormat::Text)]
    pub output: ActFormat,
}

fn choice(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((id, value)) if !id.is_empty() => Ok((id.to_owned(), value.to_owned())),
        _ => Err(format!("{text:?} sets nothing: write CHOICE=VALUE, such as prune=true")),
    }
}

/// `sync`.
#[derive(Debug, Args)]
pub struct Sync {
    /// What every verb takes.
    #[command(flatten)]
    pub act: Act,
    /// Argo CD: this revision instead of the one that the app follows.
    #[arg(long, value_name = "REVISION")]
    pub revision: Option<String>,
    /// Argo CD: delete what is no longer in the source.
    #[arg(long)]
    pub prune: bool,
    /// Argo CD: replace what cannot be changed in place. HelmRelease: upgrade though nothing changed.
    #[arg(long)]
    pub force: bool,
    /// Flux: fetch the source first.
    #[arg(long)]
    pub with_source: bool,
}

/// `refresh`.
#[derive(Debug, Args)]
pub struct Refresh {
    /// What every verb takes.
    #[command(flatten)]
    pub act: Act,
    /// Argo CD: make manifests anew; Flux: fetch the source first.
    #[arg(long, visible_alias = "with-source")]
    pub hard: bool,
}

/// `rollback`.
#[derive(Debug, Args)]
pub struct Rollback {
    /// What every verb takes.
    #[command(flatten)]
    pub act: Act,
    /// Where to: the number of a history entry, a revision; without it the one before.
    #[arg(long, value_name = "REVISION")]
    pub to: Option<String>,
    /// Argo CD: delete what was not there then.
    #[arg(long)]
    pub prune: bool,
}

/// `suspend`.
#[derive(Debug, Args)]
pub struct Suspend {
    /// What every verb takes.
    #[command(flatten)]
    pub act: Act,
    /// Why; kept where the engine has a place for it.
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
}

/// Verbs without options of their own.
#[derive(Debug, Args)]
pub struct Plain {
    /// What every verb takes.
    #[command(flatten)]
    pub act: Act,
}
