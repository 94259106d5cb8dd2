//! A long run in steady changes: does memory grow, does a row get lost.

use super::{Recording, all_rows, differing};
use crate::Program;
use crate::figures::{Table, slope};
use crate::process::{self, Span};
use std::time::{Duration, Instant};

/// Minutes before memory is judged, where the run is long enough.
const WARM_UP: u64 = 5;

/// What is run.
#[derive(clap::Args)]
pub struct Wanted {
    #[command(flatten)]
    recording: Recording,
    /// How long, in minutes.
    #[arg(long, default_value_t = 60)]
    minutes: u64,
    /// Changes a second.
    #[arg(long, default_value_t = 500.0)]
    rate: f64,
}

/// Runs it. Every third minute the watch is cut, every tenth history is forgotten besides; every fifteenth, and at the
/// end, all rows are compared.
pub fn run(wanted: &Wanted) {
    let (mut replay, _own) = wanted.recording.replay(&[]);
    let program = Program::given(&[], &["-A", "-c", "pods"], &replay.kubeconfig);
    let mut terminal = program.start();
    all_rows(&mut terminal, replay.pods);
    let pid = terminal.pid();
    let (mut table, mut samples, mut differ) = (Table::default(), Vec::new(), 0);
    let (span, began) = (Span::begin(pid), Instant::now());
    let [_, lists, _] = replay.counts();
    replay.rate(wanted.rate);
    for minute in 1..=wanted.minutes {
        let end = began + Duration::from_secs(60 * minute);
        terminal.pass(end.saturating_duration_since(Instant::now()));
        let (rss, files) = (process::rss(pid), process::files(pid));
        eprintln!(
            "minute {minute}: RSS {rss:.2} MiB, PSS {:.2}, {files} files, {} threads, CPU {:.2} % so far",
            process::pss(pid),
            process::threads(pid),
            span.percent()
        );
        samples.push((minute as f64 / 60.0, rss));
        if minute.is_multiple_of(10) {
            replay.forget();
        } else if minute.is_multiple_of(3) {
            replay.cut();
        }
        if minute.is_multiple_of(15) && minute < wanted.minutes {
            differ += differing(&mut terminal, &mut replay).rows;
            replay.rate(wanted.rate);
        }
    }
    let (cpu, seconds) = (span.percent(), span.seconds());
    let last = differing(&mut terminal, &mut replay);
    differ += last.rows;
    let (happened, _) = replay.told();
    table.line("changes", format!("{happened}, {:.0} a second", happened as f64 / seconds));
    table.line("CPU", format!("{cpu:.2} % of a core"));
    let warm = samples.len().min(if wanted.minutes > 2 * WARM_UP { WARM_UP as usize } else { 0 });
    let judged = &samples[warm..];
    if let [(_, first), .., (_, last)] = judged {
        table.line("RSS after warm-up, at the end", format!("{first:.1}, {last:.1} MiB"));
        table.line("slope of RSS (least squares)", format!("{:.2} MiB/h", slope(judged)));
    }
    table.line(
        "files, threads at the end",
        format!("{}, {}", process::files(pid), process::threads(pid)),
    );
    let [requests, again, _] = replay.counts();
    table.line("requests; lists of pods again", format!("{requests}; {}", again - lists));
    table.line("rows that differ, all comparisons; the last one", format!("{differ}; {last}"));
    table.print(&format!(
        "{} · soak of {} min · {}",
        program.name(),
        wanted.minutes,
        wanted.recording.told()
    ));
    assert_eq!(differ, 0, "rows that differ");
}
