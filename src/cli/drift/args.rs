//! The grammar of `drift`.

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// What is compared with what, for the help.
const HELP: &str = "Without a name: what is deployed in the namespace (-n NAME, -A for all of them).\n\
With -f or -k: files, held against what an apply of them would make of the cluster.\n\
  wheelhouse drift payments\n  wheelhouse drift deploy/web -n shop -o diff\n  \
wheelhouse drift -f deploy/ --strict -o sarif > drift.sarif\n  kustomize build . | wheelhouse drift -f -\n\
Exit codes: 0 no drift, 1 drift, 2 wrong usage or nothing could be told.";

/// How drift is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DriftFormat {
    /// Lines for people.
    Text,
    /// Unified differences, object by object, as `kubectl diff` prints them.
    Diff,
    /// One JSON document: docs/drift.md describes it.
    Json,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
}

/// `drift`.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct Drift {
    /// An app as for sync (payments, argocd/payments, ks/flux-system/infra), or KIND/NAME as for get.
    #[arg(value_name = "APP|KIND/NAME", value_parser = NonEmptyStringValueParser::new(), conflicts_with_all = ["files", "kustomize"])]
    pub target: Option<String>,
    /// Compare this file, this directory with all below it, or standard input (-); may be given several
    /// times.
    #[arg(short = 'f', long = "filename", value_name = "FILE|DIR|-", conflicts_with = "kustomize")]
    pub files: Vec<PathBuf>,
    /// Compare what `kustomize build` (else `kubectl kustomize`) makes of this directory.
    #[arg(short = 'k', long, value_name = "DIR")]
    pub kustomize: Option<PathBuf>,
    /// How to print.
    #[arg(short = 'o', long, value_enum, default_value_t = DriftFormat::Text)]
    pub output: DriftFormat,
    /// Exit with 2 where an object could not be judged and none has drifted.
    #[arg(long)]
    pub strict: bool,
    /// Send no dry run: compare without, which is approximate. --readonly does the same.
    #[arg(long)]
    pub no_dry_run: bool,
    /// For apps of Argo CD: read its own comparison, what its web page shows, from its Redis. For that one
    /// pod in its namespace is entered (a port-forward) with the password in Secret argocd-redis. For a
    /// Kustomization of Flux: fetch the artifact of its source from source-controller's pod, have your own
    /// flux, kustomize or kubectl build it, and tell what the next reconcile changes. Where that fails, or
    /// with --readonly, the usual comparison is made and the reason told.
    #[arg(long, conflicts_with_all = ["files", "kustomize"])]
    pub exact: bool,
    /// Do not count a field: a path with * for anything, as in spec.replicas, metadata.labels.*,
    /// Deployment/api:spec.template, or a JSON pointer. May be given several times.
    #[arg(long, value_name = "[KIND[/NAME]:]PATH")]
    pub ignore: Vec<String>,
}
