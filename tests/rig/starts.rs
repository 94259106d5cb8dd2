//! First starts, which know nothing of the cluster, and second ones, which know what the first found out.

use crate::figures::{Samples, Table};
use crate::load;
use crate::support::control_plane::ControlPlane;
use crate::support::faults::{Proxy, Weather};
use crate::terminal::{Home, millis, new_home};
use crate::{Program, thousands, through};
use std::path::Path;
use std::time::{Duration, Instant};

/// What is measured.
#[derive(clap::Args)]
pub struct Wanted {
    /// How many pods.
    #[arg(default_value_t = 1000)]
    count: usize,
    /// First starts, each followed by a second one, near and far.
    #[arg(long, default_value_t = 9)]
    rounds: usize,
    /// Milliseconds that a request and its answer are on their way in far starts.
    #[arg(long, default_value_t = 100)]
    far: u64,
}

/// What one kind of start took.
#[derive(Default)]
struct Starts {
    paint: Samples,
    first: Samples,
    all: Samples,
}

impl Starts {
    fn take(&mut self, program: &Program, home: &Home, count: usize) {
        let mut terminal = program.start_at(home);
        let began = terminal.began();
        let since = |at: Instant| millis(at - began);
        self.paint.push(since(terminal.wait_for("anything", |text| !text.trim().is_empty())));
        self.first.push(since(terminal.wait("svc-")));
        let number = format!("[{}]", thousands(count));
        self.all.push(since(terminal.wait(&number)));
        // What it found out is written a moment after it was of use.
        let until = Instant::now() + Duration::from_secs(10);
        while !remembers(home.path()) {
            assert!(Instant::now() < until, "nothing is remembered of the cluster");
            terminal.pass(Duration::from_millis(50));
        }
        terminal.pass(Duration::from_millis(500));
    }

    fn tell(&self, which: &str, table: &mut Table) {
        table.line(format!("{which}: first paint"), self.paint.told("ms"));
        table.line(format!("{which}: first rows"), self.first.told("ms"));
        table.line(format!("{which}: all rows"), self.all.told("ms"));
    }
}

/// Whether something is known of a cluster.
fn remembers(home: &Path) -> bool {
    let mut files = std::fs::read_dir(home.join("cache/clusters")).into_iter().flatten().flatten();
    files.any(|file| !file.file_name().to_string_lossy().ends_with(".part"))
}

/// Runs it.
pub fn run(wanted: &Wanted, plane: &ControlPlane) {
    load::pods(&plane.api(), wanted.count);
    let proxy = Proxy::start(plane.port(), &plane.dir().join("certs"));
    proxy.set(Weather::Late(Duration::from_millis(wanted.far) / 2));
    let shown = ["-A", "-c", "pods"];
    let near = Program::given(&[], &shown, &plane.kubeconfig("admin"));
    let far = Program::given(&[], &shown, &through(plane, proxy.port()));
    let mut took: [[Starts; 2]; 2] = Default::default();
    for round in 0..wanted.rounds {
        eprintln!("round {} of {}", round + 1, wanted.rounds);
        for (program, took) in [&near, &far].into_iter().zip(&mut took) {
            let home = new_home();
            for starts in took {
                starts.take(program, &home, wanted.count);
            }
        }
    }
    let mut table = Table::default();
    for (line, [first, second]) in
        ["near".to_owned(), format!("{} ms", wanted.far)].iter().zip(&took)
    {
        first.tell(&format!("{line}, first start"), &mut table);
        second.tell(&format!("{line}, second start"), &mut table);
        let sooner = first.first.median() / second.first.median();
        table.line(format!("{line}: first rows, first ÷ second"), format!("{sooner:.2}"));
    }
    table.print(&format!("starts · {} · {} pods", near.name(), thousands(wanted.count)));
}
