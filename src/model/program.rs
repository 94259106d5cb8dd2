//! A program of the person's that is run for an object: a plugin.

use super::Text;

/// A program with its arguments, ready to run. No shell is involved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// What people call it.
    pub name: String,
    /// The program and its arguments.
    pub argv: Vec<String>,
    /// Programs that the output goes through, one after the other.
    pub pipes: Vec<Vec<String>>,
    /// It runs beside us, without the terminal; what it prints becomes a message.
    pub background: bool,
    /// Its output is the message, rather than that it has ended.
    pub tells: bool,
    /// It is declared to change nothing.
    pub safe: bool,
    /// The context it is for: made the current one of the kubeconfig that it sees.
    pub context: Text,
}

impl Program {
    /// The exact words, quoted so that one sees where each begins and ends.
    pub fn words(&self) -> String {
        let mut line = shell_words::join(&self.argv);
        for pipe in &self.pipes {
            line.push_str(" | ");
            line.push_str(&shell_words::join(pipe));
        }
        line
    }
}
