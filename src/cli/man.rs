//! `man`: manual pages of the program and of its commands, from the grammar and the command table.

use super::args::{Args, Man as Options};
use super::{OK, output};
use crate::model::{Fault, FaultKind};
use crate::ui::commands::{Context, TABLE};
use crate::ui::keymap::Keymap;
use clap::CommandFactory as _;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, italic, roman};
use std::path::Path;

/// What the program reads from the environment, and what for.
const ENVIRONMENT: &[(&str, &str)] = &[
    ("KUBECONFIG", "Kubeconfig files, separated by colons, as for kubectl."),
    ("WHEELHOUSE_CONFIG_DIR", "Directory of config.toml, themes and keymaps."),
    ("WHEELHOUSE_STATE_DIR", "Directory of the prompt's history and of saved tables."),
    ("WHEELHOUSE_CACHE_DIR", "Directory of what is known of clusters from earlier sessions."),
    ("WHEELHOUSE_LOG", "What --log-file holds: error, warn, info, debug or trace."),
    ("KUBE_EDITOR, EDITOR", "The editor for objects; the first that is set."),
    ("PAGER", "The program that log lines and texts are read in."),
    ("NO_COLOR", "When not empty: no colours, whatever the theme."),
    ("COLORTERM, TERM", "How many colours the terminal has."),
    ("LC_ALL, LC_CTYPE, LANG", "Whether it shows more than ASCII; the first that is set."),
    ("HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY", "The way to the API server."),
];

/// Files, and what is in them.
const FILES: &[(&str, &str)] = &[
    ("~/.kube/config", "Clusters, users and contexts, where $KUBECONFIG names no other file."),
    (
        "~/.config/wheelhouse/config.toml",
        "Settings. On macOS: ~/Library/Application Support/wheelhouse/config.toml.",
    ),
    ("~/.config/wheelhouse/themes/NAME.toml", "Own themes."),
    ("~/.config/wheelhouse/keymaps/NAME.toml", "Own keymaps."),
    ("~/.local/state/wheelhouse", "The prompt's history, and saved tables and logs in saved/."),
    (
        "~/.cache/wheelhouse",
        "Which kinds each cluster served last. May be deleted at any time. On macOS: ~/Library/Caches/wheelhouse.",
    ),
];

/// Exit codes.
const EXIT: &[(&str, &str)] = &[
    ("0", "Yes, done, none found."),
    ("1", "No, failed."),
    ("2", "Wrong usage, or it could not be told."),
    ("3", "Not finished in time."),
];

/// Exit codes of commands that run a process.
const EXIT_OF_PROCESSES: &[(&str, &str)] = &[
    ("that of the process", "It ran to its end."),
    ("1, 2", "It could not be started: as for all other commands."),
];

/// Command lines worth knowing.
const EXAMPLES: &[(&str, &str)] = &[
    ("wheelhouse", "Explore the cluster of the current context."),
    ("wheelhouse demo", "Try everything on an embedded cluster."),
    ("wheelhouse demo --tour", "Find five things out there, and put them right."),
    (
        "wheelhouse --context prod --readonly -c 'pods -A /status:crash'",
        "Look, and change nothing.",
    ),
    ("wheelhouse get deployments -A -o json", "Print objects."),
];

/// Prints or writes the pages.
///
/// # Errors
/// There is no such command, or the directory cannot be written.
pub fn run(options: &Options) -> Result<u8, Fault> {
    if let Some(dir) = &options.dir {
        write_all(dir)?;
        return Ok(OK);
    }
    let wanted = match &options.of {
        None => "wheelhouse".to_owned(),
        Some(name) => format!("wheelhouse-{name}"),
    };
    let pages = pages();
    let Some((_, page)) = pages.iter().find(|(name, _)| *name == wanted) else {
        let names: Vec<&str> =
            pages.iter().filter_map(|(name, _)| name.strip_prefix("wheelhouse-")).collect();
        let what = options.of.clone().unwrap_or_default();
        let why = "there is no such command";
        return Err(Fault::new(FaultKind::Input, format!("man {what}"), why)
            .hint(format!("there are {}", names.join(", "))));
    };
    output::print(page)?;
    Ok(OK)
}

fn write_all(dir: &Path) -> Result<(), Fault> {
    let failed = |path: &Path, error: std::io::Error| {
        Fault::new(FaultKind::Other, format!("write {}", path.display()), error.to_string())
            .hint("--dir names a directory that can be written")
    };
    std::fs::create_dir_all(dir).map_err(|error| failed(dir, error))?;
    for (name, page) in pages() {
        let path = dir.join(format!("{name}.1"));
        std::fs::write(&path, page).map_err(|error| failed(&path, error))?;
        output::print(&format!("{}\n", path.display()))?;
    }
    Ok(())
}

/// All pages: name and text. The first one is the program's own.
fn pages() -> Vec<(String, String)> {
    let mut program = Args::command();
    program.build();
    let mut pages = vec![("wheelhouse".to_owned(), main_page(&program))];
    for sub in program.get_subcommands().filter(|sub| sub.get_name() != "help") {
        let name = format!("wheelhouse-{}", sub.get_name());
        pages.push((name, sub_page(sub)));
    }
    pages
}

/// What every page begins with: from its title to its options.
fn begun(command: &clap::Command) -> (Man, Vec<u8>) {
    let man = Man::new(command.clone()).manual("wheelhouse");
    let mut page = Vec::new();
    // Writing into memory cannot fail.
    let _ = man.render_title(&mut page);
    let _ = man.render_name_section(&mut page);
    let _ = man.render_synopsis_section(&mut page);
    let _ = man.render_description_section(&mut page);
    let _ = man.render_options_section(&mut page);
    (man, page)
}

fn main_page(program: &clap::Command) -> String {
    let (man, mut page) = begun(program);
    let _ = man.render_subcommands_section(&mut page);
    let mut more = Roff::default();
    listed(&mut more, "EXIT STATUS", EXIT);
    listed(&mut more, "ENVIRONMENT", ENVIRONMENT);
    listed(&mut more, "FILES", FILES);
    keys(&mut more);
    listed(&mut more, "EXAMPLES", EXAMPLES);
    see_also(&mut more, program);
    let _ = more.to_writer(&mut page);
    String::from_utf8_lossy(&page).into_owned()
}

fn sub_page(sub: &clap::Command) -> String {
    let (_, mut page) = begun(sub);
    let mut more = Roff::default();
    let runs = sub.get_name() == "exec";
    listed(&mut more, "EXIT STATUS", if runs { EXIT_OF_PROCESSES } else { EXIT });
    more.control("SH", ["SEE ALSO"]);
    more.text([bold("wheelhouse"), roman("(1)")]);
    let _ = more.to_writer(&mut page);
    String::from_utf8_lossy(&page).into_owned()
}

/// A section of terms and what they mean.
fn listed(page: &mut Roff, title: &str, entries: &[(&str, &str)]) {
    page.control("SH", [title]);
    for (term, text) in entries {
        page.control("TP", []);
        page.text([bold(*term)]);
        page.text([roman(*text)]);
    }
}

/// The keys of the default keymap, place by place.
fn keys(page: &mut Roff) {
    let keymap = Keymap::default();
    page.control("SH", ["KEYS"]);
    page.text([
        roman("The keys of the default keymap. "),
        bold("wheelhouse keys"),
        roman(" prints those in force, "),
        bold("?"),
        roman(" those that work on the pane on screen."),
    ]);
    for context in Context::ALL {
        let rows: Vec<(String, &str)> = TABLE
            .iter()
            .filter_map(|spec| {
                let keys = keymap.keys_in(context, spec.command);
                (!keys.is_empty()).then(|| (keys.join(", "), spec.doc))
            })
            .collect();
        if rows.is_empty() {
            continue;
        }
        page.control("SS", [context.title()]);
        for (keys, doc) in rows {
            page.control("TP", []);
            page.text([bold(keys)]);
            page.text([roman(doc)]);
        }
    }
}

fn see_also(page: &mut Roff, program: &clap::Command) {
    page.control("SH", ["SEE ALSO"]);
    for sub in program.get_subcommands().filter(|sub| sub.get_name() != "help") {
        page.text([bold(format!("wheelhouse-{}", sub.get_name())), roman("(1), ")]);
    }
    page.text([bold("kubectl"), roman("(1)")]);
    page.text([italic("docs/"), roman(" beside the source holds a page for each subject.")]);
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn the_page_names_every_command_and_every_command_has_a_page() {
        let pages = pages();
        let main = &pages[0].1;
        for section in
            ["NAME", "SYNOPSIS", "OPTIONS", "SUBCOMMANDS", "FILES", "ENVIRONMENT", "KEYS"]
        {
            assert!(main.contains(&format!(".SH {section}")), "{section}");
        }
        for sub in Args::command().get_subcommands() {
            let name = sub.get_name().replace('-', "\\-");
            assert!(main.contains(&format!("wheelhouse\\-{name}")), "{name} is not in the page");
            let own =
                pages.iter().find(|(page, _)| *page == format!("wheelhouse-{}", sub.get_name()));
            let (_, own) = own.unwrap_or_else(|| panic!("{name} has no page"));
            assert!(own.contains(".SH OPTIONS") && own.contains(".SH \"EXIT STATUS\""), "{own}");
        }
    }

    #[test]
    fn the_page_has_the_keys_of_the_default_keymap() {
        let main = &pages()[0].1;
        assert!(main.contains("Plan to delete the marked rows or the selected one."));
        assert!(main.contains("ctrl\\-d"), "keys are written so that they can be copied");
        // A line that begins with a dot would be taken for a request.
        for line in main.lines().filter(|line| line.starts_with('.')) {
            let known = [
                "SH", "SS", "TP", "TH", "RS", "RE", "br", "ie", "el", "PP", "nf", "fi", "ds",
                "\\\"",
            ];
            let request = line[1..].split_whitespace().next().unwrap_or("");
            assert!(known.contains(&request), "{line}");
        }
    }
}
