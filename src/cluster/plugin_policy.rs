//! The person's own rule for which credential plugins may run: `credentialPluginPolicy` and
//! `credentialPluginAllowlist` of kubectl's kuberc (Kubernetes 1.35 and later).
//!
//! A kuberc that cannot be understood allows nothing: kubectl only warns there, but a rule that is
//! lost by a typing mistake protects nobody.

use super::exec_plugin::find;
use super::kubeconfig::Surroundings;
use serde::Deserialize;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// Which plugins may run.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum Policy {
    /// All: nothing is said about it.
    #[default]
    AllowAll,
    /// None.
    DenyAll,
    /// These: names found in `$PATH`, or paths.
    Allow(Vec<String>),
    /// None, because the file is wrong; the words say how.
    Broken(String),
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Kuberc {
    credential_plugin_policy: Option<String>,
    credential_plugin_allowlist: Option<Vec<Entry>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Entry {
    command: Option<String>,
    /// Older name of `command`.
    name: Option<String>,
}

impl Policy {
    /// From `$KUBERC` (`off`: no rule), else `~/.kube/kuberc`. Blocks on the file.
    pub fn read(around: &Surroundings) -> Self {
        let named = around.var("KUBERC");
        if named.as_deref() == Some("off") {
            return Self::AllowAll;
        }
        let explicit = named.is_some();
        let file = named
            .map(PathBuf::from)
            .or_else(|| around.home().map(|home| home.join(".kube").join("kuberc")));
        let Some(file) = file else { return Self::AllowAll };
        let place = file.display();
        match std::fs::read_to_string(&file) {
            Ok(text) => {
                Self::parse(&text).unwrap_or_else(|why| Self::Broken(format!("{place}: {why}")))
            }
            Err(err) if err.kind() == std::io::ErrorKind::NotFound && !explicit => Self::AllowAll,
            Err(err) => Self::Broken(format!("{place}: {err}")),
        }
    }

    fn parse(text: &str) -> Result<Self, String> {
        let kuberc: Option<Kuberc> = super::yaml::read(text)?;
        let kuberc = kuberc.unwrap_or_default();
        let list = kuberc.credential_plugin_allowlist;
        let policy = kuberc.credential_plugin_policy.unwrap_or_default();
        match (policy.as_str(), list) {
            ("" | "AllowAll", None) => Ok(Self::AllowAll),
            ("DenyAll", None) => Ok(Self::DenyAll),
            ("Allowlist", Some(list)) if !list.is_empty() => {
                let commands =
                    list.into_iter().map(|entry| match (entry.command, entry.name) {
                        (Some(one), None) | (None, Some(one)) if !one.is_empty() => Ok(one),
                        _ => Err("credentialPluginAllowlist: every entry needs exactly a command"
                            .to_owned()),
                    });
                Ok(Self::Allow(commands.collect::<Result<_, _>>()?))
            }
            ("Allowlist", _) => Err("credentialPluginAllowlist is empty".to_owned()),
            ("" | "AllowAll" | "DenyAll", Some(_)) => {
                Err("credentialPluginAllowlist needs credentialPluginPolicy: Allowlist".to_owned())
            }
            (other, _) => Err(format!("credentialPluginPolicy \"{other}\" is unknown")),
        }
    }

    /// Whether this command may run; `found` is where it is.
    ///
    /// # Errors
    /// Why not.
    pub fn check(
        &self,
        command: &str,
        found: Option<&Path>,
        path: Option<&OsStr>,
    ) -> Result<(), String> {
        match self {
            Self::AllowAll => Ok(()),
            Self::DenyAll => {
                Err("credential plugins are not allowed (credentialPluginPolicy: DenyAll)".into())
            }
            Self::Broken(why) => Err(format!("which plugins may run cannot be read from {why}")),
            Self::Allow(list) => {
                let allowed = list.iter().any(|entry| {
                    entry == command
                        || found.is_some_and(|found| {
                            Path::new(entry) == found || find(entry, path).as_deref() == Some(found)
                        })
                });
                let why = || format!("{command} is not in the credentialPluginAllowlist");
                if allowed { Ok(()) } else { Err(why()) }
            }
        }
    }
}

#[cfg(test)]
#[path = "plugin_policy_tests.rs"]
mod tests;
