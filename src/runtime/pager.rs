//! Text handed to the person's pager, which has the terminal meanwhile.

use crate::model::{Fault, FaultKind};
use crate::ui::effect::Content;
use std::io::{BufWriter, ErrorKind};
use std::process::{Child, Command, Stdio};

/// What is tried where `$PAGER` says nothing.
const USUAL: [&str; 2] = ["less", "more"];

/// Starts the pager and feeds it from a thread of its own: it reads as far as the person does.
///
/// # Errors
/// `$PAGER` cannot be read or started, or there is no pager.
pub fn start(content: Content) -> Result<Child, Fault> {
    let chosen = std::env::var("PAGER").ok().filter(|pager| !pager.trim().is_empty());
    let fault = |why: String| {
        Fault::new(FaultKind::Other, "start the pager", why)
            .hint("set PAGER to a program that reads its standard input, such as less")
    };
    let tried: Vec<Vec<String>> = match &chosen {
        Some(line) => vec![shell_words::split(line).map_err(|error| fault(error.to_string()))?],
        None => USUAL.iter().map(|name| vec![(*name).to_owned()]).collect(),
    };
    let mut why = "there is none".to_owned();
    for words in tried {
        let Some((program, rest)) = words.split_first() else { continue };
        match Command::new(program).args(rest).stdin(Stdio::piped()).spawn() {
            Ok(child) => return feed(child, content).map_err(|error| fault(error.to_string())),
            Err(error) => why = format!("{program}: {error}"),
        }
    }
    Err(fault(why))
}

fn feed(mut child: Child, content: Content) -> std::io::Result<Child> {
    if let Some(pipe) = child.stdin.take() {
        std::thread::Builder::new().name("pager".into()).spawn(move || {
            let mut out = BufWriter::new(pipe);
            // A pager that is left before the end closes the pipe; that is no failure.
            match content.write_to(&mut out) {
                Err(error) if error.kind() != ErrorKind::BrokenPipe => {
                    tracing::warn!(%error, "the pager was not fed to the end");
                }
                _ => {}
            }
        })?;
    }
    Ok(child)
}
