//! Credential plugins: programs named in the kubeconfig that print a token or a certificate.
//!
//! Contract: <https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins>.
//! A plugin is code that a file makes us run, so: it runs only for a context that was chosen, is
//! found only through `$PATH` or a path, obeys the person's kuberc, cannot write on our screen,
//! and has a time limit.

use super::auth::{Credential, Refused};
use super::kubeconfig::{ClusterEntry, ExecEntry, Surroundings};
use super::plugin_policy::Policy;
use super::transport::Identity;
use crate::model::{Fault, FaultKind};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::{Value, json};
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::Command;
use zeroize::Zeroizing;

/// Longest run without a person.
const LIMIT: Duration = Duration::from_secs(30);
/// A credential is a few KiB; more is a mistake.
const LARGEST: usize = 1 << 20;
/// How much of stderr is kept: its end, where the reason usually stands.
const WORDS: usize = 8 << 10;
/// Name of the cluster extension that is handed to plugins.
const EXTENSION: &str = "client.authentication.k8s.io/exec";
/// What to do about a plugin whose answer is no use.
const BY_HAND: &str =
    "run it by hand: it should print an ExecCredential and nothing else on stdout";
/// Group of the contract's versions.
const GROUP: &str = "client.authentication.k8s.io/";

/// Whether a plugin may, must or must not talk to a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interactive {
    /// Never.
    Never,
    /// If there is a terminal.
    IfAvailable,
    /// It is no use without.
    Always,
}

/// A plugin, ready to run.
#[derive(Clone)]
pub struct ExecSpec {
    /// The program as written; relative paths are resolved already.
    pub command: String,
    /// Arguments.
    pub args: Vec<String>,
    env: Vec<(String, String)>,
    version: String,
    install_hint: String,
    /// Whether it wants a person.
    pub interactive: Interactive,
    cluster: Option<Value>,
    path: Option<OsString>,
    policy: Policy,
    limit: Duration,
}

impl fmt::Debug for ExecSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Arguments and environment may hold secrets.
        f.debug_struct("ExecSpec").field("command", &self.command).finish_non_exhaustive()
    }
}

impl ExecSpec {
    /// From the user entry's `exec`. `ca` is the cluster's authority as PEM, for plugins that want
    /// to know the cluster.
    ///
    /// # Errors
    /// A version of the contract we do not know, no command, or an unknown `interactiveMode`.
    pub fn new(
        entry: &ExecEntry,
        cluster: &ClusterEntry,
        ca: Option<&[u8]>,
        policy: Policy,
        around: &Surroundings,
    ) -> Result<Self, Fault> {
        let bad = |why: String, hint: &str| {
            Fault::new(FaultKind::Input, "use the credential plugin of the user entry", why)
                .hint(hint)
        };
        if entry.command.is_empty() {
            return Err(bad("exec.command is empty".into(), "name the plugin's program there"));
        }
        let version = entry.api_version.clone().unwrap_or_default();
        match version.strip_prefix(GROUP) {
            Some("v1" | "v1beta1") => {}
            _ => {
                let why = format!("exec.apiVersion \"{version}\" is not supported");
                return Err(bad(
                    why,
                    "set client.authentication.k8s.io/v1 (or v1beta1), which may need a newer plugin",
                ));
            }
        }
        let interactive = match entry.interactive_mode.as_deref() {
            None | Some("" | "IfAvailable") => Interactive::IfAvailable,
            Some("Never") => Interactive::Never,
            Some("Always") => Interactive::Always,
            Some(other) => {
                let why = format!("exec.interactiveMode \"{other}\" is unknown");
                return Err(bad(why, "write Never, IfAvailable or Always"));
            }
        };
        let env = entry.env.iter().flatten().map(|one| (one.name.clone(), one.value.clone()));
        Ok(Self {
            command: entry.command.clone(),
            args: entry.args.clone().unwrap_or_default(),
            env: env.collect(),
            version,
            install_hint: entry.install_hint.clone().unwrap_or_default(),
            interactive,
            cluster: entry.provide_cluster_info.unwrap_or(false).then(|| describe(cluster, ca)),
            path: around.var_os("PATH"),
            policy,
            limit: LIMIT,
        })
    }

    /// The program's name without its folder, for messages.
    pub fn name(&self) -> String {
        let path = Path::new(&self.command);
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        one_line(&name.unwrap_or_else(|| self.command.clone()))
    }

    fn what(&self) -> String {
        format!("log in with the credential plugin {}", self.name())
    }

    fn refused(&self, why: impl Into<String>) -> Fault {
        Fault::new(FaultKind::Unauthenticated, self.what(), why)
    }

    /// What the plugin is told in `KUBERNETES_EXEC_INFO`.
    fn told(&self, interactive: bool) -> String {
        let mut spec = json!({ "interactive": interactive });
        if let (Some(cluster), Some(spec)) = (&self.cluster, spec.as_object_mut()) {
            spec.insert("cluster".into(), cluster.clone());
        }
        json!({ "kind": "ExecCredential", "apiVersion": self.version, "spec": spec }).to_string()
    }

    /// The program to run: found and allowed.
    fn program(&self) -> Result<PathBuf, Fault> {
        let found = find(&self.command, self.path.as_deref());
        self.policy.check(&self.command, found.as_deref(), self.path.as_deref()).map_err(
            |why| {
                self.refused(why).hint(
                    "your kuberc decides this: credentialPluginPolicy, credentialPluginAllowlist",
                )
            },
        )?;
        found.ok_or_else(|| {
            let place = if self.command.contains('/') { "" } else { " in $PATH" };
            let why = format!("{} was not found{place}", one_line(&self.command));
            let hint = match one_line(&self.install_hint) {
                hint if hint.is_empty() => {
                    "install it, or correct exec.command in the kubeconfig".to_owned()
                }
                hint => hint,
            };
            self.refused(why).hint(hint)
        })
    }

    fn start(&self, interactive: bool) -> Result<Command, Fault> {
        let mut command = Command::new(self.program()?);
        command
            .args(&self.args)
            .envs(self.env.iter().map(|(name, value)| (name, value)))
            .env("KUBERNETES_EXEC_INFO", self.told(interactive))
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        Ok(command)
    }
}

/// Runs the plugin without a person: nothing to read from, stderr captured, 30 s at most. Dropping
/// the future kills the plugin.
///
/// # Errors
/// Everything that can go wrong, with the plugin's own words; `terminal` is set where running it
/// with the terminal may help.
pub async fn run(spec: &Arc<ExecSpec>) -> Result<Credential, Refused> {
    if spec.interactive == Interactive::Always {
        // Not found or not allowed is told now, not after the screen was handed over.
        let found = spec.clone();
        super::connect::blocking("find the credential plugin", move || found.program()).await?;
        let fault = spec.refused("it needs the terminal (interactiveMode: Always)");
        return Err(Refused { fault, terminal: Some(spec.clone()) });
    }
    let terminal = (spec.interactive == Interactive::IfAvailable).then(|| spec.clone());
    // Where the plugin never ran, a terminal does not help.
    let prepared = spec.clone();
    let mut command =
        super::connect::blocking("start the credential plugin", move || prepared.start(false))
            .await?;
    // A process group of its own is in the terminal's background: it cannot read our keys.
    command.stdin(Stdio::null()).stderr(Stdio::piped()).process_group(0);
    captured(spec, command).await.map_err(|fault| Refused { fault, terminal })
}

async fn captured(spec: &ExecSpec, mut command: Command) -> Result<Credential, Fault> {
    let mut child =
        command.spawn().map_err(|err| spec.refused(format!("it cannot be started: {err}")))?;
    let (out, words) = (child.stdout.take(), child.stderr.take());
    let whole = async {
        let (out, words) = tokio::join!(head(out), tail(words));
        (out, words, child.wait().await)
    };
    let Ok((out, words, status)) = tokio::time::timeout(spec.limit, whole).await else {
        let why = format!("it did not finish within {} s, and was ended", spec.limit.as_secs());
        return Err(spec
            .refused(why)
            .hint("run it by hand: it may wait for a browser or a password"));
    };
    let words = last_words(&words);
    let out = out.map_err(|why| unreadable(spec, why))?;
    let status = status.map_err(|err| spec.refused(format!("it was lost: {err}")))?;
    if !status.success() {
        return Err(failed(spec, status, &words));
    }
    let mut credential = understand(spec, &out)?;
    credential.said = words;
    Ok(credential)
}

/// Runs the plugin with the terminal: it reads what the person types and writes on the screen, so
/// the caller must have handed both over. No time limit; dropping the future kills it.
///
/// # Errors
/// As [`run`], but the plugin's words are on the terminal.
pub async fn run_interactive(spec: &ExecSpec) -> Result<Credential, Fault> {
    let mut command = spec.start(true)?;
    command.stdin(Stdio::inherit()).stderr(Stdio::inherit());
    let mut child =
        command.spawn().map_err(|err| spec.refused(format!("it cannot be started: {err}")))?;
    let out = head(child.stdout.take()).await;
    let status = child.wait().await.map_err(|err| spec.refused(format!("it was lost: {err}")))?;
    if !status.success() {
        return Err(failed(spec, status, ""));
    }
    understand(spec, &out.map_err(|why| unreadable(spec, why))?)
}

fn failed(spec: &ExecSpec, status: ExitStatus, words: &str) -> Fault {
    let how = match status.code() {
        Some(code) => format!("it failed with exit code {code}"),
        None => format!("it was ended ({status})"),
    };
    let why = if words.is_empty() { how } else { format!("{how}: {words}") };
    let by_hand = std::iter::once(&spec.command).chain(spec.args.iter().take(2));
    let by_hand = by_hand.map(|part| one_line(part)).collect::<Vec<_>>().join(" ");
    spec.refused(why).hint(format!("log in again, or run it by hand to see more: {by_hand} …"))
}

/// All of stdout, unless it is too much.
async fn head(out: Option<impl AsyncRead + Unpin>) -> Result<Zeroizing<Vec<u8>>, String> {
    let mut kept = Zeroizing::new(Vec::new());
    let Some(mut out) = out else { return Ok(kept) };
    let mut buffer = Zeroizing::new([0; 8192]);
    loop {
        match out.read(&mut *buffer).await {
            Ok(0) => return Ok(kept),
            // Closing the pipe ends a plugin that would print for ever.
            Ok(n) if kept.len() + n > LARGEST => return Err("it printed more than 1 MiB".into()),
            Ok(n) => kept.extend_from_slice(buffer.get(..n).unwrap_or_default()),
            Err(err) => return Err(format!("its output cannot be read: {err}")),
        }
    }
}

/// The end of stderr; all of it is read, so that the plugin is never held up.
async fn tail(words: Option<impl AsyncRead + Unpin>) -> Vec<u8> {
    let mut kept = Vec::new();
    let Some(mut words) = words else { return kept };
    let mut buffer = [0; 8192];
    while let Ok(n) = words.read(&mut buffer).await
        && n > 0
    {
        kept.extend_from_slice(buffer.get(..n).unwrap_or_default());
        if kept.len() > 2 * WORDS {
            kept.drain(..kept.len() - WORDS);
        }
    }
    kept
}

/// The last three lines that say something, in one line of at most 300 characters.
fn last_words(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let lines: Vec<String> = text.lines().map(one_line).filter(|line| !line.is_empty()).collect();
    let text = lines.get(lines.len().saturating_sub(3)..).unwrap_or_default().join(" / ");
    let skipped = text.chars().count().saturating_sub(300);
    if skipped == 0 { text } else { text.chars().skip(skipped).collect() }
}

/// Text of somebody else's program in one harmless line: colours and control characters go.
fn one_line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '\u{1b}' && chars.peek() == Some(&'[') {
            chars.next();
            while chars.next().is_some_and(|c| !c.is_ascii_alphabetic() && c != '~') {}
        } else if c.is_control() || c.is_whitespace() {
            if !out.ends_with(' ') {
                out.push(' ');
            }
        } else {
            out.push(c);
        }
    }
    crate::text::sanitise::clean(out.trim()).into_owned()
}

/// A plugin's answer.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    #[serde(default)]
    api_version: String,
    #[serde(default)]
    kind: String,
    status: Option<Status>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Status {
    expiration_timestamp: Option<String>,
    token: Option<Zeroizing<String>>,
    client_certificate_data: Option<String>,
    client_key_data: Option<Zeroizing<String>>,
}

fn unreadable(spec: &ExecSpec, why: String) -> Fault {
    spec.refused(why).hint(BY_HAND)
}

fn understand(spec: &ExecSpec, out: &[u8]) -> Result<Credential, Fault> {
    let bad = |why: String| spec.refused(why).hint(BY_HAND);
    if out.trim_ascii().is_empty() {
        return Err(bad("it printed nothing".into()));
    }
    let answer: Answer = serde_json::from_slice(out).map_err(|err| {
        // Only the place: the message could quote a piece of the token.
        bad(format!(
            "what it printed is not an ExecCredential (line {}, column {})",
            err.line(),
            err.column()
        ))
    })?;
    if answer.kind != "ExecCredential" {
        return Err(bad(format!(
            "it printed a \"{}\", not an ExecCredential",
            one_line(&answer.kind)
        )));
    }
    if answer.api_version != spec.version {
        let why = format!(
            "it speaks {}, the kubeconfig wants {}",
            one_line(&answer.api_version),
            spec.version
        );
        return Err(spec.refused(why).hint("correct exec.apiVersion in the kubeconfig"));
    }
    let status = answer.status.ok_or_else(|| bad("what it printed has no status".into()))?;
    let token = status.token.filter(|token| !token.is_empty());
    let certificate = status.client_certificate_data.filter(|data| !data.is_empty());
    let key = status.client_key_data.filter(|data| !data.is_empty());
    let identity = match (certificate, key) {
        (Some(certificate), Some(key)) => {
            Some(Identity { certificate, key: SecretString::from(key.as_str()) })
        }
        (None, None) => None,
        _ => return Err(bad("it gave only one of certificate and key".into())),
    };
    let mut credential = match token {
        Some(token) => Credential::bearer(&SecretString::from(token.trim()))?,
        None if identity.is_some() => Credential::default(),
        None => return Err(bad("it gave neither a token nor a certificate".into())),
    };
    if let Some(identity) = &identity {
        let ends = super::expiry::of_certificate(&identity.certificate);
        credential.ends = credential.ends.into_iter().chain(ends).min();
    }
    credential.identity = identity;
    if let Some(at) = status.expiration_timestamp.filter(|at| !at.is_empty()) {
        let at: jiff::Timestamp = at.parse().map_err(|_| {
            bad(format!("its expirationTimestamp \"{}\" is no time", one_line(&at)))
        })?;
        credential.expires = Some(at.as_second());
        if at.as_second() <= jiff::Timestamp::now().as_second() {
            return Err(spec
                .refused(format!("the credential it gave has expired ({at})"))
                .hint("log in again"));
        }
    }
    Ok(credential)
}

/// The cluster as plugins are told it.
fn describe(cluster: &ClusterEntry, ca: Option<&[u8]>) -> Value {
    let mut map = serde_json::Map::new();
    let mut put = |name: &str, value: Value| map.insert(name.to_owned(), value);
    put("server", json!(cluster.server.as_deref().unwrap_or_default()));
    if let Some(name) = &cluster.tls_server_name {
        put("tls-server-name", json!(name));
    }
    if cluster.insecure_skip_tls_verify == Some(true) {
        put("insecure-skip-tls-verify", json!(true));
    }
    if let Some(ca) = ca {
        let text = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, ca);
        put("certificate-authority-data", json!(text));
    }
    if let Some(proxy) = &cluster.proxy_url {
        put("proxy-url", json!(proxy));
    }
    if cluster.disable_compression == Some(true) {
        put("disable-compression", json!(true));
    }
    let extension = cluster.extensions.iter().flatten().find(|one| one.name == EXTENSION);
    if let Some(one) = extension {
        put("config", one.extension.clone());
    }
    Value::Object(map)
}

/// Where a command is: a path as it is, a bare name in `$PATH`. Relative entries of `$PATH` are
/// passed over: the folder we happen to stand in must not decide what runs.
pub(super) fn find(command: &str, path: Option<&std::ffi::OsStr>) -> Option<PathBuf> {
    if command.contains('/') {
        let file = PathBuf::from(command);
        return (file.is_absolute() && runnable(&file)).then_some(file);
    }
    std::env::split_paths(path?)
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join(command))
        .find(|file| runnable(file))
}

fn runnable(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(file)
        .is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
#[path = "exec_plugin_tests.rs"]
mod tests;
