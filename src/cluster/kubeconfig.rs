//! The kubeconfig, found, read and merged the way kubectl does it.
//!
//! Own types instead of the client library's, because a person has to be told which file, line
//! and key is wrong, and because nothing secret may appear when one of these is printed.
//! Rules: <https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/>
//! and client-go's `tools/clientcmd/loader.go`.

use crate::model::{Fault, FaultKind};
use secrecy::SecretString;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Larger files are not kubeconfigs; reading one would only eat memory.
const LARGEST: u64 = 16 << 20;

/// Where Kubernetes puts the service account of a pod.
const SERVICE_ACCOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// Name of the only context when the program runs in a pod without a kubeconfig.
pub const IN_CLUSTER: &str = "in-cluster";

type Lookup = dyn Fn(&str) -> Option<OsString> + Send + Sync;

/// What the process was started with: environment and well-known places. A value of its own, so
/// that tests need not change the real environment.
#[derive(Clone)]
pub struct Surroundings {
    var: Arc<Lookup>,
    service_account: PathBuf,
}

impl Surroundings {
    /// Those of this process.
    pub fn of_process() -> Self {
        Self::new(|name| std::env::var_os(name), SERVICE_ACCOUNT)
    }

    /// Any: a lookup for environment variables and the directory of the service account.
    pub fn new(
        var: impl Fn(&str) -> Option<OsString> + Send + Sync + 'static,
        service_account: impl Into<PathBuf>,
    ) -> Self {
        Self { var: Arc::new(var), service_account: service_account.into() }
    }

    /// An environment variable; None when unset, empty or not UTF-8.
    pub fn var(&self, name: &str) -> Option<String> {
        (self.var)(name)
            .and_then(|value| value.into_string().ok())
            .filter(|value| !value.is_empty())
    }

    /// An environment variable as the system has it.
    pub fn var_os(&self, name: &str) -> Option<OsString> {
        (self.var)(name).filter(|value| !value.is_empty())
    }

    /// The home directory, from `$HOME`.
    pub fn home(&self) -> Option<PathBuf> {
        self.var_os("HOME").map(PathBuf::from)
    }

    /// A file of the pod's service account.
    pub fn service_account(&self, file: &str) -> PathBuf {
        self.service_account.join(file)
    }
}

impl fmt::Debug for Surroundings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Surroundings").finish_non_exhaustive()
    }
}

/// A cluster entry: how to reach an API server.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct ClusterEntry {
    /// URL of the API server.
    pub server: Option<String>,
    /// Name to verify the certificate against, and to send as SNI.
    pub tls_server_name: Option<String>,
    /// Do not verify the server's certificate.
    pub insecure_skip_tls_verify: Option<bool>,
    /// File with the authorities' certificates.
    pub certificate_authority: Option<PathBuf>,
    /// The same, base64-encoded PEM; wins over the file.
    pub certificate_authority_data: Option<String>,
    /// Proxy for all requests; wins over the environment.
    pub proxy_url: Option<String>,
    /// The server is asked for uncompressed answers.
    pub disable_compression: Option<bool>,
    /// Extensions; one of them is for credential plugins.
    pub extensions: Option<Vec<Extension>>,
}

/// A named extension of a cluster entry.
#[derive(Clone, Debug, Deserialize)]
pub struct Extension {
    /// Its name.
    pub name: String,
    /// Whatever it holds.
    #[serde(default)]
    pub extension: serde_json::Value,
}

/// A user entry: who we are.
#[derive(Clone, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct UserEntry {
    /// File with our certificate.
    pub client_certificate: Option<PathBuf>,
    /// The same, base64-encoded PEM; wins over the file.
    pub client_certificate_data: Option<String>,
    /// File with our private key.
    pub client_key: Option<PathBuf>,
    /// The same, base64-encoded PEM; wins over the file.
    #[serde(deserialize_with = "secret")]
    pub client_key_data: Option<SecretString>,
    /// Bearer token.
    #[serde(deserialize_with = "secret")]
    pub token: Option<SecretString>,
    /// File with a bearer token that changes; once readable it wins over `token`.
    #[serde(rename = "tokenFile")]
    pub token_file: Option<PathBuf>,
    /// User to act as.
    #[serde(rename = "as")]
    pub act_as: Option<String>,
    /// UID to act as.
    pub as_uid: Option<String>,
    /// Groups to act as.
    pub as_groups: Option<Vec<String>>,
    /// Further attributes to act with.
    pub as_user_extra: Option<BTreeMap<String, Vec<String>>>,
    /// User name of basic authentication.
    pub username: Option<String>,
    /// Password of basic authentication.
    #[serde(deserialize_with = "secret")]
    pub password: Option<SecretString>,
    /// Built-in provider (only `oidc` is left).
    pub auth_provider: Option<AuthProvider>,
    /// Credential plugin.
    pub exec: Option<ExecEntry>,
}

impl fmt::Debug for UserEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserEntry")
            .field("as", &self.act_as)
            .field("username", &self.username)
            .field("exec", &self.exec)
            .finish_non_exhaustive()
    }
}

/// A built-in authentication provider with its settings (tokens among them).
#[derive(Clone, Deserialize)]
pub struct AuthProvider {
    /// `oidc`.
    pub name: String,
    /// Its settings.
    #[serde(default)]
    pub config: Option<BTreeMap<String, String>>,
}

/// A credential plugin, as the kubeconfig describes it.
#[derive(Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ExecEntry {
    /// Version of the contract, `client.authentication.k8s.io/v1` or `v1beta1`.
    pub api_version: Option<String>,
    /// The program.
    pub command: String,
    /// Its arguments.
    pub args: Option<Vec<String>>,
    /// Added to its environment.
    pub env: Option<Vec<EnvEntry>>,
    /// What to tell when the program is missing.
    pub install_hint: Option<String>,
    /// It wants to know the cluster.
    pub provide_cluster_info: Option<bool>,
    /// `Never`, `IfAvailable` or `Always`.
    pub interactive_mode: Option<String>,
}

impl fmt::Debug for ExecEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExecEntry").field("command", &self.command).finish_non_exhaustive()
    }
}

/// One environment variable for a plugin.
#[derive(Clone, Deserialize)]
pub struct EnvEntry {
    /// Name.
    pub name: String,
    /// Value.
    #[serde(default)]
    pub value: String,
}

/// A context: a cluster, a user and a namespace.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ContextEntry {
    /// Name of the cluster entry.
    pub cluster: String,
    /// Name of the user entry.
    pub user: String,
    /// Namespace to start in.
    pub namespace: Option<String>,
}

/// What all files say together.
#[derive(Clone, Debug, Default)]
pub struct Kubeconfig {
    /// The context to use when none is named.
    pub current: Option<String>,
    /// Contexts by name.
    pub contexts: BTreeMap<String, ContextEntry>,
    /// Cluster entries by name.
    pub clusters: BTreeMap<String, ClusterEntry>,
    /// User entries by name.
    pub users: BTreeMap<String, UserEntry>,
    /// The files it was read from, in order.
    pub files: Vec<PathBuf>,
}

/// One file as it is written.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
struct Written {
    current_context: Option<String>,
    clusters: Option<Vec<NamedCluster>>,
    contexts: Option<Vec<NamedContext>>,
    users: Option<Vec<NamedUser>>,
}

#[derive(Deserialize)]
struct NamedCluster {
    name: String,
    #[serde(default)]
    cluster: Option<ClusterEntry>,
}

#[derive(Deserialize)]
struct NamedContext {
    name: String,
    #[serde(default)]
    context: Option<ContextEntry>,
}

#[derive(Deserialize)]
struct NamedUser {
    name: String,
    #[serde(default)]
    user: Option<UserEntry>,
}

fn secret<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<SecretString>, D::Error> {
    Ok(Option::<String>::deserialize(from)?.map(SecretString::from))
}

/// Where the kubeconfig comes from.
#[derive(Clone, Debug)]
pub struct KubeconfigSource {
    explicit: Option<PathBuf>,
    around: Surroundings,
}

impl KubeconfigSource {
    /// `explicit` is the file named with `--kubeconfig`: it alone is read, and it must exist.
    pub fn new(explicit: Option<PathBuf>, around: Surroundings) -> Self {
        Self { explicit, around }
    }

    /// Environment and places it looks in.
    pub fn surroundings(&self) -> &Surroundings {
        &self.around
    }

    /// The files that are looked for, in order of precedence; each only once.
    pub fn files(&self) -> Vec<PathBuf> {
        if let Some(path) = &self.explicit {
            return vec![path.clone()];
        }
        if let Some(list) = self.around.var_os("KUBECONFIG") {
            let mut files: Vec<PathBuf> = Vec::new();
            for path in std::env::split_paths(&list) {
                if !path.as_os_str().is_empty() && !files.contains(&path) {
                    files.push(path);
                }
            }
            return files;
        }
        self.around.home().map(|home| home.join(".kube").join("config")).into_iter().collect()
    }

    /// Reads and merges them. Blocks on files: call it where that is allowed.
    ///
    /// # Errors
    /// A file that cannot be read or understood, or nothing usable anywhere; the fault says which.
    pub fn load(&self) -> Result<Kubeconfig, Fault> {
        let mut merged = Kubeconfig::default();
        let mut missing = Vec::new();
        for path in self.files() {
            match read(&path)? {
                Some(text) => {
                    merged.absorb(parse(&text, &path)?);
                    merged.files.push(path);
                }
                None if self.explicit.is_some() => {
                    return Err(Fault::new(
                        FaultKind::Input,
                        format!("read the kubeconfig {}", path.display()),
                        "the file does not exist",
                    )
                    .hint("correct --kubeconfig, or leave it out to use $KUBECONFIG or ~/.kube/config"));
                }
                None => missing.push(path),
            }
        }
        if merged.contexts.is_empty()
            && merged.clusters.is_empty()
            && self.explicit.is_none()
            && let Some(pod) = self.in_cluster()
        {
            return Ok(pod);
        }
        if merged.contexts.is_empty() {
            return Err(self.nothing_usable(&merged.files, &missing));
        }
        Ok(merged)
    }

    /// The same without blocking the runtime.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub async fn load_async(&self) -> Result<Kubeconfig, Fault> {
        let source = self.clone();
        super::connect::blocking("read the kubeconfig", move || source.load()).await
    }

    /// What a pod knows about its own cluster; None outside of a pod.
    fn in_cluster(&self) -> Option<Kubeconfig> {
        let host = self.around.var("KUBERNETES_SERVICE_HOST")?;
        let port = self.around.var("KUBERNETES_SERVICE_PORT")?;
        let token = self.around.service_account("token");
        if !token.is_file() {
            return None;
        }
        let host = if host.contains(':') { format!("[{host}]") } else { host };
        let namespace = self.around.var("POD_NAMESPACE").or_else(|| {
            let text = std::fs::read_to_string(self.around.service_account("namespace")).ok()?;
            Some(text.trim().to_owned()).filter(|text| !text.is_empty())
        });
        let name = IN_CLUSTER.to_owned();
        let cluster = ClusterEntry {
            server: Some(format!("https://{host}:{port}")),
            certificate_authority: Some(self.around.service_account("ca.crt")),
            ..ClusterEntry::default()
        };
        let user = UserEntry { token_file: Some(token), ..UserEntry::default() };
        let context = ContextEntry { cluster: name.clone(), user: name.clone(), namespace };
        Some(Kubeconfig {
            current: Some(name.clone()),
            contexts: BTreeMap::from([(name.clone(), context)]),
            clusters: BTreeMap::from([(name.clone(), cluster)]),
            users: BTreeMap::from([(name, user)]),
            files: Vec::new(),
        })
    }

    fn nothing_usable(&self, read: &[PathBuf], missing: &[PathBuf]) -> Fault {
        let mut looked = Vec::new();
        let place = match (&self.explicit, self.around.var_os("KUBECONFIG")) {
            (Some(_), _) => "--kubeconfig",
            (None, Some(_)) => "$KUBECONFIG",
            (None, None) => "$KUBECONFIG is not set",
        };
        looked.push(place.to_owned());
        looked.extend(read.iter().map(|path| format!("{} has no contexts", path.display())));
        looked.extend(missing.iter().map(|path| format!("{} does not exist", path.display())));
        if self.explicit.is_none() {
            looked.push(match self.around.var("KUBERNETES_SERVICE_HOST") {
                None => "not in a pod (KUBERNETES_SERVICE_HOST is not set)".to_owned(),
                Some(_) => format!(
                    "in a pod, but {} does not exist",
                    self.around.service_account("token").display()
                ),
            });
        }
        Fault::new(FaultKind::Input, "find a cluster", looked.join("; "))
            .hint("name a kubeconfig with --kubeconfig, or start the demo: wheelhouse demo")
    }
}

impl Kubeconfig {
    /// Adds another file: whatever is there already stays as it is.
    fn absorb(&mut self, other: Self) {
        let current = other.current.filter(|name| !name.is_empty());
        self.current = self.current.take().or(current);
        for (name, entry) in other.contexts {
            self.contexts.entry(name).or_insert(entry);
        }
        for (name, entry) in other.clusters {
            self.clusters.entry(name).or_insert(entry);
        }
        for (name, entry) in other.users {
            self.users.entry(name).or_insert(entry);
        }
    }
}

/// The text of a file; None when there is no such file.
fn read(path: &Path) -> Result<Option<String>, Fault> {
    let what = || format!("read the kubeconfig {}", path.display());
    let failed = |err: &std::io::Error| {
        Fault::new(FaultKind::Input, what(), err.to_string())
            .hint("check the path and the file's permissions")
    };
    let meta = match std::fs::metadata(path) {
        Ok(meta) => meta,
        Err(err) if err.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(err) => return Err(failed(&err)),
    };
    if meta.is_dir() {
        return Err(Fault::new(FaultKind::Input, what(), "it is a directory").hint("name a file"));
    }
    if meta.len() > LARGEST {
        return Err(Fault::new(FaultKind::Input, what(), "it is larger than 16 MiB")
            .hint("name a kubeconfig"));
    }
    let bytes = std::fs::read(path).map_err(|err| failed(&err))?;
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Some(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))),
        Err(err) => Err(Fault::new(
            FaultKind::Input,
            what(),
            format!("byte {} is not UTF-8", err.utf8_error().valid_up_to() + 1),
        )
        .hint("save the file as UTF-8")),
    }
}

/// One file's content; paths in it are taken relative to the folder it stands in.
fn parse(text: &str, path: &Path) -> Result<Kubeconfig, Fault> {
    if text.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#')) {
        return Ok(Kubeconfig::default());
    }
    let written: Option<Written> = super::yaml::read(text).map_err(|why| {
        malformed(path, why).hint("correct the file: kubectl would not take it either")
    })?;
    let written = written.unwrap_or_default();
    let folder = std::path::absolute(path)
        .ok()
        .and_then(|path| path.parent().map(Path::to_owned))
        .unwrap_or_default();

    let mut config = Kubeconfig { current: written.current_context, ..Kubeconfig::default() };
    for named in written.clusters.unwrap_or_default() {
        let mut entry = named.cluster.unwrap_or_default();
        settle(&mut entry.certificate_authority, &folder);
        insert(&mut config.clusters, "clusters", named.name, entry, path)?;
    }
    for named in written.users.unwrap_or_default() {
        let mut entry = named.user.unwrap_or_default();
        settle(&mut entry.client_certificate, &folder);
        settle(&mut entry.client_key, &folder);
        settle(&mut entry.token_file, &folder);
        if let Some(exec) = &mut entry.exec
            && exec.command.contains('/')
        {
            // A bare name is looked up in $PATH later, as kubectl does.
            exec.command = folder.join(&exec.command).to_string_lossy().into_owned();
        }
        insert(&mut config.users, "users", named.name, entry, path)?;
    }
    for named in written.contexts.unwrap_or_default() {
        insert(
            &mut config.contexts,
            "contexts",
            named.name,
            named.context.unwrap_or_default(),
            path,
        )?;
    }
    Ok(config)
}

/// Makes a path absolute; an empty one counts as not given.
fn settle(path: &mut Option<PathBuf>, folder: &Path) {
    *path = path.take().filter(|path| !path.as_os_str().is_empty()).map(|path| folder.join(path));
}

fn insert<T>(
    into: &mut BTreeMap<String, T>,
    list: &str,
    name: String,
    entry: T,
    path: &Path,
) -> Result<(), Fault> {
    if into.contains_key(&name) {
        return Err(malformed(path, format!("{list}: the name \"{name}\" is there twice"))
            .hint("rename or remove one of them"));
    }
    into.insert(name, entry);
    Ok(())
}

fn malformed(path: &Path, why: impl Into<String>) -> Fault {
    Fault::new(FaultKind::Input, format!("read the kubeconfig {}", path.display()), why)
}

#[cfg(test)]
#[path = "kubeconfig_tests.rs"]
mod tests;
