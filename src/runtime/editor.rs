//! The person's editor on a file of its own: the text is kept until it was sent or given up.

use super::keep;
use crate::model::{Fault, FaultKind};
use crate::ui::msg::EditorEnd;
use std::path::{Path, PathBuf};
use tokio::process::Command;

/// What is edited.
#[derive(Debug)]
pub struct Errand {
    /// Name of the file.
    pub name: String,
    /// The text.
    pub text: String,
    /// The file that keeps it already.
    pub file: Option<PathBuf>,
    /// Where files of edits are.
    pub dir: PathBuf,
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

/// Runs the editor on the text; how it ended. The terminal must be free.
pub async fn run(errand: &Errand) -> EditorEnd {
    match edit(errand).await {
        Ok(end) => end,
        Err(fault) => EditorEnd { fault: Some(fault), ..EditorEnd::default() },
    }
}

async fn edit(errand: &Errand) -> Result<EditorEnd, Fault> {
    let what = "edit in the editor";
    let words = words()?;
    let Some((program, arguments)) = words.split_first() else {
        return Err(Fault::new(FaultKind::Input, what, "KUBE_EDITOR is empty"));
    };
    let path = keep::write(&errand.dir, &errand.name, errand.file.as_deref(), &errand.text)
        .map_err(|error| {
            let why = format!("no file to edit in: {}: {error}", errand.dir.display());
            Fault::new(FaultKind::Other, what, why)
                .hint("WHEELHOUSE_STATE_DIR names another directory")
        })?;
    let status = Command::new(program).args(arguments).arg(&path).status().await;
    let fault = match status {
        Ok(status) if status.success() => None,
        Ok(status) => {
            let why = format!("{program} ended with {status}");
            Some(Fault::new(FaultKind::Other, what, why).hint("nothing was changed"))
        }
        Err(error) => {
            let fault = Fault::new(FaultKind::Input, what, format!("{program}: {error}"));
            Some(fault.hint("set KUBE_EDITOR or EDITOR to your editor"))
        }
    };
    Ok(end(errand, &path, fault))
}

/// What the editor left in the file.
fn end(errand: &Errand, path: &Path, fault: Option<Fault>) -> EditorEnd {
    let place = path.display().to_string();
    match std::fs::read_to_string(path) {
        // Nothing would be lost without it.
        Ok(text) if text == errand.text && errand.file.is_none() => {
            keep::forget(&errand.dir, path);
            EditorEnd { text: Some(text), file: None, fault }
        }
        Ok(text) => EditorEnd { text: Some(text), file: Some(place), fault },
        Err(error) => {
            let why = match error.kind() {
                std::io::ErrorKind::InvalidData => "what was saved is no UTF-8 text".to_owned(),
                _ => error.to_string(),
            };
            let fault = Fault::new(FaultKind::Input, "edit in the editor", why);
            let fault = fault.hint(format!("it is left in {place}"));
            EditorEnd { text: None, file: Some(place), fault: Some(fault) }
        }
    }
}
