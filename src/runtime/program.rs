//! Programs of the person's: started from their words, never through a shell, and shown the cluster
//! that they are meant for.

use crate::model::{Fault, FaultKind, Program};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::{Child, Command};

/// Bytes of the output of a program in the background that are kept.
const KEPT: usize = 64 << 10;

/// A kubeconfig of one line that makes a context the current one; it is gone when this is dropped.
///
/// Where a kubeconfig is made of several files the first that names a current context decides
/// (kubernetes.io, "Merging kubeconfig files"), so that programs act on the cluster on screen even
/// when nobody told them which.
struct Pin {
    path: PathBuf,
}

impl Pin {
    fn new(context: &str) -> std::io::Result<Self> {
        let text = serde_json::json!({
            "apiVersion": "v1", "kind": "Config", "current-context": context,
        });
        let mut number = u64::from(std::process::id()) << 16;
        loop {
            let path = std::env::temp_dir().join(format!("wheelhouse-context-{number}"));
            let opened =
                std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
            match opened {
                Ok(mut file) => {
                    let pin = Self { path };
                    file.write_all(text.to_string().as_bytes())?;
                    return Ok(pin);
                }
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => number += 1,
                Err(error) => return Err(error),
            }
        }
    }
}

impl Drop for Pin {
    fn drop(&mut self) {
        // Nothing is to be done about what cannot even be removed.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// A program that runs, with those that its output goes through.
pub struct Running {
    name: String,
    tells: bool,
    children: Vec<(String, Child)>,
    /// Held until they have ended.
    _pin: Option<Pin>,
}

impl Running {
    /// Starts it. In the foreground it has the terminal, which must be free. `kubeconfig` are the
    /// files in use, as in `$KUBECONFIG`.
    ///
    /// # Errors
    /// There is no such program, or it cannot be started.
    pub fn start(program: &Program, kubeconfig: &str) -> Result<Self, Fault> {
        let fault =
            |why: String| Fault::new(FaultKind::Input, format!("run {}", program.name), why);
        let pin = if kubeconfig.is_empty() || program.context.is_empty() {
            None
        } else {
            Some(Pin::new(&program.context).map_err(|error| fault(error.to_string()))?)
        };
        let mut running = Self {
            name: program.name.clone(),
            tells: program.tells,
            children: Vec::new(),
            _pin: None,
        };
        let all: Vec<&Vec<String>> = std::iter::once(&program.argv).chain(&program.pipes).collect();
        let mut before: Option<Stdio> = None;
        for (at, words) in all.iter().enumerate() {
            let Some((name, arguments)) = words.split_first() else {
                return Err(fault("a program has no name".into()));
            };
            let last = at + 1 == all.len();
            let mut command = Command::new(name);
            command.args(arguments);
            if let Some(pin) = &pin {
                command.env("KUBECONFIG", format!("{}:{kubeconfig}", pin.path.display()));
            }
            command.stdin(match before.take() {
                Some(pipe) => pipe,
                None if program.background => Stdio::null(),
                None => Stdio::inherit(),
            });
            if !last || program.background {
                command.stdout(Stdio::piped());
            }
            if program.background {
                command.stderr(Stdio::piped());
            }
            let mut child = command.spawn().map_err(|error| {
                let hint = "the program has to be in one of the directories of PATH";
                fault(format!("{name}: {error}")).hint(hint)
            })?;
            if !last && let Some(out) = child.stdout.take() {
                let pipe: Result<Stdio, std::io::Error> = out.try_into();
                before = Some(pipe.map_err(|error| fault(error.to_string()))?);
            }
            running.children.push((name.clone(), child));
        }
        running._pin = pin;
        Ok(running)
    }

    /// Waits until all of it has ended.
    ///
    /// # Errors
    /// One of the programs failed.
    pub async fn wait(&mut self) -> Result<(), Fault> {
        let mut failed = None;
        for (name, child) in &mut self.children {
            let why = match child.wait().await {
                Ok(status) if went_well(status) => continue,
                Ok(status) => format!("{name} ended with {}", in_words(status)),
                Err(error) => format!("{name}: {error}"),
            };
            failed = failed.or(Some(why));
        }
        match failed {
            None => Ok(()),
            Some(why) => Err(Fault::new(FaultKind::Other, format!("run {}", self.name), why)),
        }
    }

    /// Waits for one in the background: a line to show, and what it printed.
    ///
    /// # Errors
    /// One of the programs failed; what it printed is the hint.
    pub async fn collect(mut self) -> Result<(String, String), Fault> {
        let mut errors = Vec::new();
        let mut out = None;
        for (_, child) in &mut self.children {
            errors.push(tokio::spawn(gather(child.stderr.take())));
            // Only the last one's comes to us.
            out = child.stdout.take().or(out);
        }
        let out = tokio::spawn(gather(out));
        let ended = self.wait().await;
        let mut text = out.await.unwrap_or_default();
        for error in errors {
            text.push_str(&error.await.unwrap_or_default());
        }
        let text = clean(&text);
        match ended {
            Ok(()) => {
                let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
                let line = if self.tells && !first.is_empty() {
                    format!("{}: {first}", self.name)
                } else {
                    format!("{} has ended well", self.name)
                };
                Ok((line, text))
            }
            Err(fault) => Err(fault.hint(text)),
        }
    }
}

/// Text of a program as the screen may show it.
fn clean(text: &str) -> String {
    let lines: Vec<_> = text.trim_end().lines().map(crate::text::sanitise::clean).collect();
    lines.join("\n")
}

/// Everything that is printed, as far as it is kept; the rest is read and dropped, so that nobody
/// has to wait for us.
async fn gather(out: Option<impl AsyncRead + Unpin>) -> String {
    let Some(mut out) = out else { return String::new() };
    let (mut kept, mut lost) = (Vec::new(), 0usize);
    let mut buffer = [0; 4096];
    while let Ok(read @ 1..) = out.read(&mut buffer).await {
        let room = KEPT.saturating_sub(kept.len()).min(read);
        kept.extend_from_slice(&buffer[..room]);
        lost += read - room;
    }
    let mut text = String::from_utf8_lossy(&kept).into_owned();
    if lost > 0 {
        text.push_str(&format!("\n… {lost} bytes more were dropped\n"));
    }
    text
}

/// A pager that is left before the end ends what feeds it, which is no failure.
fn went_well(status: ExitStatus) -> bool {
    status.success() || status.signal() == Some(libc::SIGPIPE)
}

fn in_words(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit code {code}"),
        (_, Some(signal)) => format!("signal {signal}"),
        _ => status.to_string(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn program(argv: &[&str]) -> Program {
        Program {
            name: "try".into(),
            argv: argv.iter().map(|word| (*word).to_owned()).collect(),
            pipes: Vec::new(),
            background: true,
            tells: true,
            safe: true,
            context: "prod \"eu\"".into(),
        }
    }

    async fn collect(program: &Program, kubeconfig: &str) -> Result<(String, String), Fault> {
        Running::start(program, kubeconfig)?.collect().await
    }

    #[tokio::test]
    async fn words_reach_the_program_as_they_are() {
        let (line, _) =
            collect(&program(&["printf", "%s|", "a b", "$(reboot)", "'"]), "").await.unwrap();
        assert_eq!(line, "try: a b|$(reboot)|'|");
    }

    #[tokio::test]
    async fn output_goes_through_the_pipes_and_comes_back_clean() {
        let mut piped = program(&["printf", "b\\n\\033[31ma\\n"]);
        piped.pipes = vec![vec!["sort".into(), "-r".into()], vec!["head".into(), "-n2".into()]];
        let (_, output) = collect(&piped, "").await.unwrap();
        assert!(output.contains("b") && !output.contains('\u{1b}'), "{output:?}");
    }

    #[tokio::test]
    async fn the_program_sees_the_context_on_screen_as_the_current_one() {
        let shows = program(&["sh", "-c", "echo \"$KUBECONFIG\"; cat \"${KUBECONFIG%%:*}\""]);
        let (line, output) = collect(&shows, "/home/me/config:/other").await.unwrap();
        assert!(line.ends_with(":/home/me/config:/other"), "{line}");
        assert!(output.contains(r#""current-context":"prod \"eu\"""#), "{output}");
        let pin = line.trim_start_matches("try: ").split(':').next().unwrap();
        assert!(!std::path::Path::new(pin).exists(), "{pin} is left behind");
    }

    #[tokio::test]
    async fn failures_say_what_was_printed_and_a_missing_program_what_to_do() {
        let fault =
            collect(&program(&["sh", "-c", "echo no such app >&2; exit 3"]), "").await.unwrap_err();
        assert_eq!(fault.why, "sh ended with exit code 3");
        assert_eq!(fault.hint, "no such app");
        let fault = collect(&program(&["wheelhouse-no-such-program"]), "").await.unwrap_err();
        assert!(fault.hint.contains("PATH"), "{fault}");
    }

    #[tokio::test]
    async fn a_flood_is_read_to_its_end_and_only_its_beginning_kept() {
        let flood = program(&["sh", "-c", "head -c 300000 /dev/zero | tr '\\0' x"]);
        let (_, output) = collect(&flood, "").await.unwrap();
        assert!(output.len() < KEPT + 100 && output.ends_with("bytes more were dropped"));
    }
}
