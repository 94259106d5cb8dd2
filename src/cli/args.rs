//! The command line's grammar. Names are kubectl's where kubectl has them.

use super::apps::args::{Apps, Plain, Refresh, Rollback, Suspend, Sync};
use super::drift::args::Drift;
use super::rollout::args::Rollout;
use clap::builder::NonEmptyStringValueParser;
use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use std::path::PathBuf;
use std::time::Duration;

/// A terminal explorer for Kubernetes clusters that are run by GitOps.
#[derive(Debug, Parser)]
#[command(
    name = "wheelhouse",
    version,
    about,
    after_help = "No cluster at hand? `wheelhouse demo` starts an embedded one.\n\
                  Exit codes: 0 yes or done, 1 no or failed, 2 wrong usage or could not tell,\n\
                  3 not finished in time."
)]
pub struct Args {
    /// What every command takes.
    #[command(flatten)]
    pub global: Global,
    /// Print one frame as plain text and leave.
    #[arg(long)]
    pub once: bool,
    /// A headless command; without one the UI starts.
    #[command(subcommand)]
    pub sub: Option<Sub>,
}

/// What every command takes.
#[derive(Clone, Debug, Default, ClapArgs)]
pub struct Global {
    /// Kubeconfig file instead of $KUBECONFIG and ~/.kube/config.
    #[arg(long, global = true, value_name = "FILE")]
    pub kubeconfig: Option<PathBuf>,
    /// Context instead of the kubeconfig's current one.
    #[arg(long, global = true, value_name = "NAME")]
    pub context: Option<String>,
    /// Namespace to begin in; several with commas.
    #[arg(
        short = 'n',
        long,
        global = true,
        value_name = "NAME",
        conflicts_with = "all_namespaces"
    )]
    pub namespace: Option<String>,
    /// Begin in all namespaces.
    #[arg(short = 'A', long, global = true)]
    pub all_namespaces: bool,
    /// User to act as.
    #[arg(long = "as", global = true, value_name = "USER", value_parser = NonEmptyStringValueParser::new())]
    pub as_user: Option<String>,
    /// Group to act as; may be given several times.
    #[arg(long = "as-group", global = true, value_name = "GROUP", requires = "as_user")]
    pub as_group: Vec<String>,
    /// Longest time for one request, such as 10s or 1m.
    #[arg(long, global = true, value_name = "TIME", value_parser = duration)]
    pub request_timeout: Option<Duration>,
    /// Refuse everything that would change the cluster, dry runs included.
    #[arg(long, global = true)]
    pub readonly: bool,
    /// Theme: dark, light, ember, frost, paper, high-contrast, colorblind, mono, or one of your own.
    #[arg(long, global = true, value_name = "NAME")]
    pub theme: Option<String>,
    /// Keymap: default, vim, or one of your own.
    #[arg(long, global = true, value_name = "NAME")]
    pub keymap: Option<String>,
    /// Write a log to this file (level by $WHEELHOUSE_LOG); without it there is none.
    #[arg(long, global = true, value_name = "FILE")]
    pub log_file: Option<PathBuf>,
    /// Begin there: "pods -A /checkout".
    #[arg(short = 'c', long, value_name = "LINE")]
    pub command: Option<String>,
}

/// Headless commands, and the demo.
#[derive(Debug, Subcommand)]
pub enum Sub {
    /// Start the UI on an embedded cluster: nothing to install, nothing to break.
    Demo(Demo),
    /// Print objects as a table, as rows or whole.
    Get(Get),
    /// Print what `kubectl describe` tells of objects, and the events of what they own.
    Describe(Describe),
    /// Print lines of containers: of pods, of all pods behind a workload or Service, by labels.
    Logs(Logs),
    /// Print what somebody may do, or who may do something; with three words whether (exit code 1: no).
    Access(Access),
    /// Print all apps, whichever engine delivers them: Argo CD, Flux, Helm, kubectl and the rest.
    Apps(Apps),
    /// Have an app delivered: Argo CD starts a sync, Flux reconciles.
    Sync(Sync),
    /// Have an app compared with its source again.
    Refresh(Refresh),
    /// Take an app back to what was deployed before.
    Rollback(Rollback),
    /// Restart every workload of an app, pod by pod.
    Restart(Plain),
    /// Stop an app from being delivered by itself: Argo CD's automated sync, Flux' reconciliation.
    Suspend(Suspend),
    /// Let an app be delivered by itself again.
    Resume(Plain),
    /// End the operation that runs on an app.
    Terminate(Plain),
    /// Print what differs from what was deployed, or from files; exit code 1 when something does.
    Drift(Drift),
    /// How far a workload has come, what blocks it, its revisions; restart, undo, pause, resume.
    Rollout(Rollout),
    /// Print what will hurt later and can be seen now; exit code 1 when something is serious.
    Hazards(Hazards),
    /// List the kinds the cluster serves.
    Kinds(Kinds),
    /// Lead local ports to a pod, or to a ready pod of a Service or workload, until Ctrl-C.
    Forward(Forward),
    /// Edit an object in $KUBE_EDITOR or $EDITOR, and send it.
    Edit(Edit),
    /// Run a command in a container; its exit code becomes ours.
    Exec(Exec),
    /// Attach to the process that runs in a container.
    Attach(Attach),
    /// Copy files and directories to or from a container; sizes are compared.
    Cp(Cp),
    /// Start a debug container in a pod, or a pod on a node, and attach to it.
    Debug(Debug),
    /// Print the keys in force.
    Keys,
    /// Print paths, versions and contexts.
    Info,
    /// Print the manual page, or write all of them into a directory.
    Man(Man),
    /// Print a completion script for a shell.
    Completion {
        /// The shell.
        shell: Shell,
    },
}

/// `demo`.
#[derive(Debug, ClapArgs)]
pub struct Demo {
    /// Generated pods beside the estate's own.
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub pods: usize,
    /// Changes of generated pods per second.
    #[arg(long, default_value_t = 0.0, value_name = "R", value_parser = rate)]
    pub churn: f64,
    /// Lines per second that each container writes; 0 for the usual few.
    #[arg(long, default_value_t = 0.0, value_name = "R", value_parser = rate)]
    pub log_rate: f64,
    /// One seed, one cluster.
    #[arg(long, default_value_t = 1, value_name = "S")]
    pub seed: u64,
    /// Take the tour: five small incidents to find out about and to put right.
    #[arg(long)]
    pub tour: bool,
    /// Begin there: "pods -A /checkout".
    #[arg(short = 'c', long = "command", value_name = "LINE")]
    pub begin: Option<String>,
    /// Print one frame as plain text and leave.
    #[arg(long)]
    pub once: bool,
}

/// How objects are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Columns as on screen.
    Table,
    /// All columns.
    Wide,
    /// Comma-separated values, all columns.
    Csv,
    /// kind/name, one a line.
    Name,
    /// The screen's rows with typed cells, one JSON object a line.
    Rows,
    /// The objects as JSON.
    Json,
    /// The objects as YAML.
    Yaml,
}

/// `get`.
#[derive(Debug, ClapArgs)]
pub struct Get {
    /// The kind in any spelling: po, pods, deployments.apps, apps/v1/deployments.
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub kind: String,
    /// Names of objects; without any, all of them.
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub names: Vec<String>,
    /// Label selector, asked of the server.
    #[arg(
        short = 'l',
        long,
        default_value = "",
        value_name = "SELECTOR",
        hide_default_value = true
    )]
    pub selector: String,
    /// Filter as typed after / in the UI: "status:crash restarts>3".
    #[arg(long, default_value = "", value_name = "FILTER", hide_default_value = true)]
    pub filter: String,
    /// With the column MANAGER: the app that each object says it belongs to, or what owns it.
    #[arg(long)]
    pub manager: bool,
    /// Go on and print rows as they change.
    #[arg(short = 'w', long)]
    pub watch: bool,
    /// How to print.
    #[arg(short = 'o', long, value_enum, default_value_t = Format::Table)]
    pub output: Format,
}

/// `forward`.
#[derive(Debug, ClapArgs)]
pub struct Forward {
    /// A pod's name, or KIND/NAME: svc/api, deploy/api. Another ready pod is taken when one is gone.
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub target: String,
    /// LOCAL:REMOTE, REMOTE for the same on both sides, :REMOTE for any free local port; REMOTE is a
    /// number or a name, of a Service its own.
    #[arg(required = true, value_name = "[LOCAL:]REMOTE")]
    pub ports: Vec<String>,
    /// Local address to listen on; several with commas.
    #[arg(long, default_value = crate::verbs::forward::LOCALHOST, value_name = "ADDRESS")]
    pub address: String,
}

/// `logs`.
#[derive(Debug, ClapArgs)]
pub struct Logs {
    /// Names of pods, or KIND/NAME of what pods stand behind: deploy/api, svc/api, job/import.
    #[arg(value_parser = NonEmptyStringValueParser::new(), value_name = "TARGET")]
    pub targets: Vec<String>,
    /// Label selector of pods, instead of targets.
    #[arg(
        short = 'l',
        long,
        value_name = "SELECTOR",
        conflicts_with = "targets",
        value_parser = NonEmptyStringValueParser::new()
    )]
    pub selector: Option<String>,
    /// Go on with lines to come, and with pods to come.
    #[arg(short = 'f', long)]
    pub follow: bool,
    /// This container; without it the pod's default one.
    #[arg(
        short = 'c',
        long,
        value_name = "NAME",
        conflicts_with = "all_containers",
        value_parser = NonEmptyStringValueParser::new()
    )]
    pub container: Option<String>,
    /// All containers: init, main and ephemeral ones.
    #[arg(long)]
    pub all_containers: bool,
    /// Of the instance of each container before the present one.
    #[arg(short = 'p', long, conflicts_with = "follow")]
    pub previous: bool,
    /// Lines that are not older: 30s, 5m, 2h.
    #[arg(long, value_name = "TIME", value_parser = duration, conflicts_with_all = ["since_time", "tail"])]
    pub since: Option<Duration>,
    /// Lines from this moment on, such as 2026-01-02T03:04:05Z.
    #[arg(long, value_name = "TIME", value_parser = moment, conflicts_with = "tail")]
    pub since_time: Option<jiff::Timestamp>,
    /// The last so many lines of each container; -1 for all.
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = clap::value_parser!(i64).range(-1..))]
    pub tail: Option<i64>,
    /// Print when the node took each line.
    #[arg(long)]
    pub timestamps: bool,
    /// Print which container wrote each line; otherwise where there can be more than one.
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_name = "true|false")]
    pub prefix: Option<bool>,
    /// Lines that pass, as typed after / in the logs pane: "level>=warn !healthz".
    #[arg(long, default_value = "", value_name = "FILTER", hide_default_value = true)]
    pub filter: String,
    /// How to print.
    #[arg(short = 'o', long, value_enum, default_value_t = LogsFormat::Text)]
    pub output: LogsFormat,
}

/// How lines are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogsFormat {
    /// As the container wrote them.
    Text,
    /// One JSON object a line: time, pod, container, level, message, fields.
    Json,
}

/// `describe`.
#[derive(Debug, ClapArgs)]
pub struct Describe {
    /// KIND/NAME, several of them, or KIND and the names of several: pod/api deploy/web, pod api web.
    #[arg(required = true, value_name = "KIND/NAME", value_parser = NonEmptyStringValueParser::new())]
    pub targets: Vec<String>,
    /// How to print.
    #[arg(short = 'o', long, value_enum, default_value_t = DescribeFormat::Text)]
    pub output: DescribeFormat,
}

/// How descriptions are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DescribeFormat {
    /// As kubectl does.
    Text,
    /// One JSON object a line: the lines, and which objects they name.
    Json,
}

/// `edit`.
#[derive(Debug, ClapArgs)]
pub struct Edit {
    /// KIND/NAME or KIND NAME, the kind in any spelling.
    #[arg(required = true, num_args = 1..=2, value_parser = NonEmptyStringValueParser::new())]
    pub target: Vec<String>,
    /// Subresource to edit: status.
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub subresource: Option<String>,
}

/// Which container, and how it is talked to.
#[derive(Debug, ClapArgs)]
pub struct Entered {
    /// A pod's name, or KIND/NAME of what has pods: deploy/api, svc/api.
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub target: String,
    /// The container; without it the pod's default one.
    #[arg(short = 'c', long, default_value = "", value_name = "NAME", hide_default_value = true)]
    pub container: String,
    /// Hand on standard input.
    #[arg(short = 'i', long)]
    pub stdin: bool,
    /// With a terminal.
    #[arg(short = 't', long)]
    pub tty: bool,
}

/// `exec`.
#[derive(Debug, ClapArgs)]
pub struct Exec {
    /// Where.
    #[command(flatten)]
    pub entered: Entered,
    /// The command and its arguments, after `--`.
    #[arg(last = true, required = true, value_name = "COMMAND")]
    pub command: Vec<String>,
}

/// `cp`.
#[derive(Debug, ClapArgs)]
pub struct Cp {
    /// A path here, or [NAMESPACE/]POD:PATH.
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub from: String,
    /// A path here, or [NAMESPACE/]POD:PATH.
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub to: String,
    /// The container; without it the pod's default one.
    #[arg(short = 'c', long, default_value = "", value_name = "NAME", hide_default_value = true)]
    pub container: String,
    /// Say nothing but what went wrong.
    #[arg(short = 'q', long)]
    pub quiet: bool,
}

/// `attach`.
#[derive(Debug, ClapArgs)]
pub struct Attach {
    /// Where.
    #[command(flatten)]
    pub entered: Entered,
}

/// `access`.
#[derive(Debug, ClapArgs)]
pub struct Access {
    /// SUBJECT (user/jane, group/devs, sa/shop/web), ROLE (clusterrole/edit), OBJECT (deploy/web);
    /// or VERB RESOURCE (delete pods, create pods/exec, get /metrics); or SUBJECT VERB RESOURCE.
    #[arg(required = true, num_args = 1..=3, value_name = "WORD")]
    pub words: Vec<String>,
    /// How to print.
    #[arg(short = 'o', long, value_enum, default_value_t = AccessFormat::Text)]
    pub output: AccessFormat,
}

/// How rights are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum AccessFormat {
    /// Columns.
    Text,
    /// One JSON object a line.
    Json,
}

/// `debug`.
#[derive(Debug, ClapArgs)]
pub struct Debug {
    /// A pod's name, KIND/NAME of what has pods, or node/NAME for a shell on a node.
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub target: String,
    /// Image of the debug container; without it debug_image of config.toml.
    #[arg(long, value_name = "IMAGE")]
    pub image: Option<String>,
    /// Container of the pod whose processes it sees.
    #[arg(
        long = "target",
        default_value = "",
        value_name = "CONTAINER",
        hide_default_value = true
    )]
    pub target_container: String,
    /// What it may do: general, baseline, restricted, netadmin or sysadmin.
    #[arg(long, default_value = "general", value_name = "PROFILE")]
    pub profile: String,
    /// Name of the debug container; without it one is made up.
    #[arg(short = 'c', long, default_value = "", value_name = "NAME", hide_default_value = true)]
    pub container: String,
    /// Start it and leave it alone: without standard input, without attaching.
    #[arg(long)]
    pub detach: bool,
    /// On a node: in the node's own file system (chroot /host).
    #[arg(long)]
    pub chroot: bool,
    /// On a node: the pod stays when its shell has ended.
    #[arg(long)]
    pub keep: bool,
    /// Command and arguments in place of the image's own, after `--`.
    #[arg(last = true, value_name = "COMMAND")]
    pub command: Vec<String>,
}

/// `hazards`.
#[derive(Debug, ClapArgs)]
pub struct Hazards {
    /// How to print.
    #[arg(short = 'o', long, value_enum, default_value_t = HazardsFormat::Text)]
    pub output: HazardsFormat,
}

/// How hazards are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum HazardsFormat {
    /// Columns.
    Text,
    /// One JSON object a line.
    Json,
}

/// `man`.
#[derive(Debug, ClapArgs)]
pub struct Man {
    /// The command whose page is printed; without one, the program's own: `wheelhouse man | man -l -`.
    #[arg(value_name = "COMMAND")]
    pub of: Option<String>,
    /// Write the pages of all commands there, as NAME.1.
    #[arg(long, value_name = "DIR", conflicts_with = "of")]
    pub dir: Option<PathBuf>,
}

/// `kinds`.
#[derive(Debug, ClapArgs)]
pub struct Kinds {
    /// How to print.
    #[arg(short = 'o', long, value_enum, default_value_t = KindsFormat::Table)]
    pub output: KindsFormat,
}

/// How kinds are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum KindsFormat {
    /// Columns.
    Table,
    /// Names only.
    Name,
    /// One JSON object a line.
    Json,
}

/// A year in seconds.
const LONGEST: u64 = 365 * 24 * 3600;

/// kubectl's durations: `10s`, `1m30s`, or a number of seconds; 0 is no limit.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("{text:?} is no time: write 10s, 1m or 1h30m");
    if let Ok(seconds) = text.parse::<u64>() {
        // More than a year is no limit anyone means, and no clock can add it.
        return Ok(Duration::from_secs(seconds.min(LONGEST)));
    }
    if text.is_empty() {
        return Err(wrong());
    }
    let mut total = Duration::ZERO;
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
        let number: u64 = rest[..end].parse().map_err(|_| wrong())?;
        let unit_end =
            rest[end..].find(|c: char| c.is_ascii_digit()).map_or(rest.len(), |at| end + at);
        let unit = match &rest[end..unit_end] {
            "ms" => Duration::from_millis(1),
            "s" => Duration::from_secs(1),
            "m" => Duration::from_secs(60),
            "h" => Duration::from_secs(3600),
            _ => return Err(wrong()),
        };
        let count = u32::try_from(number).map_err(|_| wrong())?;
        total = unit.checked_mul(count).and_then(|add| total.checked_add(add)).ok_or_else(wrong)?;
        rest = &rest[unit_end..];
    }
    Ok(total.min(Duration::from_secs(LONGEST)))
}

/// A moment as RFC 3339 writes it.
fn moment(text: &str) -> Result<jiff::Timestamp, String> {
    text.parse().map_err(|_| format!("{text:?} is no moment: write 2026-01-02T03:04:05Z"))
}

fn rate(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(rate) if rate.is_finite() && rate >= 0.0 => Ok(rate),
        _ => Err(format!("{text:?} is no rate: write a number of changes per second")),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_grammar_is_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn times_are_written_as_for_kubectl() {
        assert_eq!(duration("90").unwrap(), Duration::from_secs(90));
        assert_eq!(duration("1m30s").unwrap(), Duration::from_secs(90));
        assert_eq!(duration("250ms").unwrap(), Duration::from_millis(250));
        for wrong in ["", "x", "5x", "s", "-1s", "99999999999h"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }
}
