//! `logs`: lines of containers, once or until Ctrl-C.

use super::args::{Global, Logs, LogsFormat};
use super::headless::{self, CLUSTER, Headless};
use super::output::print_bytes;
use super::{FAILED, OK, USAGE, forward, tell, tui};
use crate::logs::Filter;
use crate::logs::print::Printer;
use crate::model::{
    Fault, FaultKind, LogContainers, LogEvent, LogSince, LogSpec, LogTarget, Scope, StreamEvent,
    StreamId, StreamSpec, Text,
};
use crate::text::sanitise;
use crate::ui::goto;
use std::io::IsTerminal as _;

const STREAM: StreamId = StreamId(1);

/// Prints the lines: 1 when something asked for is not there, 2 when something could not be read.
pub fn run(global: &Global, args: &Logs) -> Result<u8, Fault> {
    let filter = Filter::parse(&args.filter).map_err(|(at, why)| {
        let why = format!("at character {}: {why}", args.filter[..at].chars().count() + 1);
        Fault::new(FaultKind::Input, format!("--filter {:?}", args.filter), why)
    })?;
    if args.targets.is_empty() && args.selector.is_none() {
        let fault = Fault::new(FaultKind::Input, "logs", "nothing says whose");
        return Err(fault.hint("name pods, or KIND/NAME such as deploy/api, or labels with -l"));
    }
    let (_, config, _) = tui::configuration(global);
    let place = headless::place(global)?;
    let mut cluster =
        Headless::connect(headless::options(global, &place, &config), &place.context)?;
    let spec = LogSpec {
        cluster: CLUSTER,
        targets: targets(global, args, &cluster, &place.namespace)?,
        containers: match &args.container {
            _ if args.all_containers => LogContainers::All,
            Some(name) => LogContainers::Named(name.as_str().into()),
            None => LogContainers::Default,
        },
        since: since(args),
        previous: args.previous,
        follow: args.follow,
    };
    let one = matches!(
        spec.targets.as_slice(),
        [LogTarget::Object(object)] if object.gvr.plural == "pods"
    ) && !args.all_containers;
    let mut printer = Printer::new(filter);
    printer.json = args.output == LogsFormat::Json;
    printer.prefix = args.prefix.unwrap_or(!one);
    printer.times = args.timestamps;
    printer.terminal = std::io::stdout().is_terminal();
    // Reading lines needs no permit; whether the session is read-only does not matter.
    let mut told = cluster.open(STREAM, StreamSpec::Logs(spec), None, true);
    print(&mut cluster, &mut told, printer, args.follow)
}

type Told = tokio::sync::mpsc::Receiver<(StreamId, StreamEvent)>;

fn print(
    cluster: &mut Headless,
    told: &mut Told,
    mut printer: Printer,
    follow: bool,
) -> Result<u8, Fault> {
    let mut code = OK;
    let mut out = Vec::new();
    while let Some(event) = cluster.next_told(told) {
        let StreamEvent::Logs(event) = event else { continue };
        match event {
            LogEvent::Source(source) => printer.source(source),
            LogEvent::Lines(batch) => {
                out.clear();
                printer.print(&batch, &mut out);
                if printer.json && printer.terminal {
                    // JSON leaves some controls as they are.
                    super::output::print(&String::from_utf8_lossy(&out))?;
                } else if !out.is_empty() {
                    print_bytes(&out)?;
                }
            }
            // Otherwise it was told as a notice.
            LogEvent::SourceEnd { source, why } if follow && !why.is_empty() => {
                if let Some(of) = printer.of(source) {
                    let why = sanitise::clean(&why);
                    eprintln!("wheelhouse: logs of {} in pod {}: {why}", of.container, of.pod);
                }
            }
            LogEvent::SourceEnd { .. } | LogEvent::Complete => {}
            LogEvent::Notice(fault) => {
                tell(&fault);
                code = code.max(match fault.kind {
                    // Words about what is waited for, or missed in the past.
                    FaultKind::Other => OK,
                    FaultKind::NotFound if follow => OK,
                    FaultKind::NotFound => FAILED,
                    _ => USAGE,
                });
            }
            LogEvent::End(None) => return Ok(code),
            LogEvent::End(Some(fault)) => {
                tell(&fault);
                return Ok(super::exit_code(&fault).max(code));
            }
        }
    }
    let why = "the connection was given up";
    Err(Fault::new(FaultKind::Network, "logs", why))
}

fn since(args: &Logs) -> LogSince {
    match (args.since, args.since_time, args.tail) {
        (Some(time), ..) => LogSince::Seconds(time.as_secs().max(1)),
        (_, Some(moment), _) => {
            LogSince::Time(i64::try_from(moment.as_nanosecond()).unwrap_or_default())
        }
        (.., Some(lines)) => u64::try_from(lines).map_or(LogSince::Beginning, LogSince::Tail),
        _ => LogSince::Beginning,
    }
}

/// Whose lines.
fn targets(
    global: &Global,
    args: &Logs,
    cluster: &Headless,
    namespace: &str,
) -> Result<Vec<LogTarget>, Fault> {
    let namespaces = global.namespace.as_deref().unwrap_or(namespace);
    if let Some(labels) = &args.selector {
        let names = match (global.all_namespaces, namespaces) {
            (true, _) => "*",
            (false, "") => "default",
            (false, names) => names,
        };
        let scope = goto::scope(names)
            .map_err(|why| Fault::new(FaultKind::Input, format!("--namespace {names}"), why))?;
        let selector =
            |namespace: Text| LogTarget::Selector { namespace, labels: labels.as_str().into() };
        return Ok(match scope {
            Scope::All => vec![selector(Text::new())],
            Scope::Namespaces(names) => names.into_iter().map(selector).collect(),
        });
    }
    if global.all_namespaces || namespaces.contains(',') {
        let fault =
            Fault::new(FaultKind::Input, "logs", "a name means one object in one namespace");
        return Err(fault.hint("give one namespace with -n, or labels with -l"));
    }
    if let [first, _, ..] = args.targets.as_slice()
        && !first.contains('/')
        && cluster.catalogue.find(first).is_some()
    {
        let why = format!("{first} is a kind, and stands where a name is expected");
        let fault = Fault::new(FaultKind::Input, format!("logs {}", args.targets.join(" ")), why);
        return Err(fault.hint(format!("write {first}/{}", args.targets[1])));
    }
    let object = |text: &String| forward::target(cluster, text, namespaces).map(LogTarget::Object);
    args.targets.iter().map(object).collect()
}
