//! The person's editor on a file of its own: the text is kept until it was sent or given up.

use crate::model::{Fault, FaultKind};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use tokio::process::Command;

/// What is edited.
#[derive(Debug)]
pub struct Errand {
    /// Name of the file.
    pub name: String,
    /// The text.
    pub text: String,
}

/// The editor's words: `$KUBE_EDITOR`, `$EDITOR`, `vi`, as kubectl takes them.
fn words() -> Result<Vec<String>, Fault> {
    let line = ["KUBE_EDITOR", "EDITOR"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok().filter(|line| !line.trim().is_empty()))
        .unwrap_or_else(|| "vi".to_owned());
    let wrong = |_| {
        Fault::new(FaultKind::Input, format!("start the editor {line}"), "a quote is not closed")
            .hint("set KUBE_EDITOR or EDITOR to a program and its arguments")
    };
    shell_words::split(&line).map_err(wrong)
}

/// A file nobody else can read, in a directory of its own.
fn file(errand: &Errand) -> std::io::Result<PathBuf> {
    let safe: String = errand
        .name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '-' })
        .collect();
    let mut number = std::process::id();
    loop {
        let path = std::env::temp_dir().join(format!("wheelhouse-{number}-{safe}"));
        let opened =
            std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
        match opened {
            Ok(mut file) => {
                file.write_all(errand.text.as_bytes())?;
                return Ok(path);
            }
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                number = number.wrapping_add(1);
            }
            Err(error) => return Err(error),
        }
    }
}

/// Runs the editor on the text; the text as it came back. The terminal must be free.
///
/// # Errors
/// There is no such editor, it failed, or its file cannot be read. What was written is kept, and the
/// hint says where.
pub async fn run(errand: &Errand) -> Result<String, Fault> {
    let what = "edit in the editor";
    let words = words()?;
    let path = file(errand).map_err(|error| {
        Fault::new(FaultKind::Other, what, format!("no file to edit in: {error}"))
    })?;
    let kept = |fault: Fault, path: &Path| fault.hint(format!("the text is in {}", path.display()));
    let Some((program, arguments)) = words.split_first() else {
        return Err(Fault::new(FaultKind::Input, what, "KUBE_EDITOR is empty"));
    };
    let status = Command::new(program).args(arguments).arg(&path).status().await;
    match status {
        Ok(status) if status.success() => {}
        Ok(status) => {
            let after = std::fs::read_to_string(&path).unwrap_or_default();
            let fault =
                Fault::new(FaultKind::Other, what, format!("{program} ended with {status}"));
            if after == errand.text {
                // Nothing would be lost.
                let _ = std::fs::remove_file(&path);
                return Err(fault.hint("nothing was changed"));
            }
            return Err(kept(fault, &path));
        }
        Err(error) => {
            let _ = std::fs::remove_file(&path);
            let fault = Fault::new(FaultKind::Input, what, format!("{program}: {error}"));
            return Err(fault.hint("set KUBE_EDITOR or EDITOR to your editor"));
        }
    }
    let after = std::fs::read_to_string(&path)
        .map_err(|error| kept(Fault::new(FaultKind::Other, what, error.to_string()), &path))?;
    // What is changed is kept until the next start of the machine, whatever becomes of the plan.
    if after == errand.text {
        let _ = std::fs::remove_file(&path);
    }
    Ok(after)
}
