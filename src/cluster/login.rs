//! A login that wants a person: the way from a credential plugin that asks for the terminal to
//! whoever owns the terminal, and back.

use super::auth::Credential;
use super::errors;
use super::exec_plugin::{self, ExecSpec, Interactive};
use crate::model::{Fault, FaultKind};
use std::sync::Arc;

/// A credential plugin that wants the terminal. Whoever owns the terminal may run it and hand in
/// what came of it with [`super::Command::Login`].
#[derive(Clone, Debug)]
pub struct Login {
    spec: Arc<ExecSpec>,
    context: String,
    /// Why it is needed: what to tell where there is no terminal.
    pub fault: Fault,
    /// The person has just asked for this connection and the plugin never works without them: run
    /// it now. Otherwise it waits until the person says so.
    pub at_once: bool,
}

impl Login {
    pub(crate) fn new(spec: Arc<ExecSpec>, context: &str, fault: Fault, fresh: bool) -> Self {
        let at_once = fresh && spec.interactive == Interactive::Always;
        Self { spec, context: errors::line(context), fault, at_once }
    }

    /// What to tell while it waits for the person.
    pub(crate) fn waits(&self) -> Fault {
        Self::offer(self.fault.clone())
    }

    /// The same fault, with the way to try it with the terminal.
    fn offer(fault: Fault) -> Fault {
        let hint = "the command \"refresh\" hands the plugin the terminal";
        let hint = match fault.hint.as_str() {
            "" => hint.to_owned(),
            own => format!("{hint}; {own}"),
        };
        fault.hint(hint)
    }

    /// What is about to happen, for a line on the normal screen.
    pub fn title(&self) -> String {
        format!("log in to {} with the credential plugin {}", self.context, self.spec.name())
    }

    /// Runs the plugin with the terminal, which must have been handed over. No time limit; dropping
    /// the future ends the plugin. Needs a tokio runtime with I/O.
    ///
    /// # Errors
    /// The plugin failed, or what it printed is no credential.
    pub async fn run(self) -> Result<Credential, Fault> {
        exec_plugin::run_interactive(&self.spec).await.map_err(Self::offer)
    }

    /// What to hand in when the person ended it.
    pub fn cancelled(&self) -> Fault {
        Self::offer(Fault::new(FaultKind::Unauthenticated, self.title(), "it was cancelled"))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::cluster::kubeconfig::{ClusterEntry, ExecEntry, Surroundings};
    use crate::cluster::plugin_policy::Policy;

    fn spec(mode: &str) -> Arc<ExecSpec> {
        let entry = ExecEntry {
            api_version: Some("client.authentication.k8s.io/v1".into()),
            command: "/bin/sh".into(),
            args: Some(vec!["-c".into(), "exit 3".into()]),
            interactive_mode: Some(mode.into()),
            ..ExecEntry::default()
        };
        let around = Surroundings::new(|_| None, "/nowhere");
        let cluster = ClusterEntry::default();
        Arc::new(ExecSpec::new(&entry, &cluster, None, Policy::AllowAll, &around).unwrap())
    }

    #[test]
    fn only_a_plugin_that_never_works_alone_takes_the_terminal_by_itself_and_only_once() {
        let fault = || Fault::new(FaultKind::Unauthenticated, "log in", "no");
        let at_once = |mode, fresh| Login::new(spec(mode), "prod", fault(), fresh).at_once;
        assert!(at_once("Always", true));
        assert!(!at_once("Always", false));
        assert!(!at_once("IfAvailable", true));
    }

    #[tokio::test]
    async fn a_login_that_fails_says_what_to_do_next() {
        let fault = Fault::new(FaultKind::Unauthenticated, "log in", "no").hint("see the wiki");
        let login = Login::new(spec("Always"), "prod", fault, true);
        assert_eq!(login.title(), "log in to prod with the credential plugin sh");
        assert!(login.waits().hint.ends_with("; see the wiki"));
        let cancelled = login.cancelled();
        let failed = login.run().await.unwrap_err();
        assert!(failed.why.contains("exit code 3"), "{failed}");
        for fault in [cancelled, failed] {
            assert!(fault.hint.contains("\"refresh\""), "{fault}");
        }
    }
}
