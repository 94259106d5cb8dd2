//! From a context to a client that can send requests.
//!
//! The stack, outermost first: the gate (given by the caller) → credentials and one retry after a
//! 401 → server URL, impersonation, User-Agent → connections.

use super::auth::{AuthLayer, Credential, CredentialSource, Credentials, Refused};
use super::contexts::Chosen;
use super::exec_plugin::ExecSpec;
use super::facts;
use super::kubeconfig::{ClusterEntry, Kubeconfig, Surroundings, UserEntry};
use super::plugin_policy::Policy;
use super::proxy::{is_loopback, proxy_for};
use super::transport::{Dial, Identity, Recipe, Route, Transport};
use crate::model::{ClusterInfo, ContextInfo, Fault, FaultKind};
use base64::Engine as _;
use http::{HeaderValue, Request, Response, Uri, header::USER_AGENT};
use hyper::body::Incoming;
use kube::client::{Body, ConfigExt as _};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use secrecy::{ExposeSecret as _, SecretString};
use std::path::Path;
use std::sync::Arc;
use tower::util::BoxService;
use tower::{BoxError, Layer, Service, ServiceExt as _};

/// How we name ourselves. Not curl-like: the API server pretty-prints for curl.
const AGENT: &str = concat!("wheelhouse/", env!("CARGO_PKG_VERSION"));

/// Everything below the gate: what a gate layer wraps.
pub type Stack = BoxService<Request<Body>, Response<Incoming>, BoxError>;

/// Called with what is being done, for "connecting: …".
pub type Say = Arc<dyn Fn(String) + Send + Sync>;

/// What the person asked for on the command line, on top of the kubeconfig.
#[derive(Clone, Default)]
pub struct ConnectOptions {
    /// Context; None: the current one.
    pub context: Option<String>,
    /// Namespace instead of the context's.
    pub namespace: Option<String>,
    /// User to act as, instead of the kubeconfig's.
    pub as_user: Option<String>,
    /// Groups to act as, instead of the kubeconfig's.
    pub as_groups: Vec<String>,
    /// What [`super::exec_plugin::run_interactive`] gave: the plugin need not run again.
    pub credential: Option<Credential>,
    /// Told what takes time.
    pub say: Option<Say>,
}

/// A client and what to know about it. Nothing was sent yet; only a credential plugin, where there
/// is one, has run.
pub struct Connected {
    /// Sends requests.
    pub client: kube::Client,
    /// Who and what we are connected to; the version is not known yet.
    pub info: ClusterInfo,
    /// Namespace to start in.
    pub default_namespace: String,
    /// The server is on this machine: compressing answers would only cost time.
    pub loopback: bool,
    /// The kubeconfig asks for uncompressed answers.
    pub uncompressed: bool,
    /// The credential in use: expiry, trouble, a way to hand in a new one.
    pub credentials: Credentials,
    /// Name for what is kept of this cluster between sessions; None where nothing is worth it.
    pub name: Option<String>,
}

impl std::fmt::Debug for Connected {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connected").field("info", &self.info).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for ConnectOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ConnectOptions").field("context", &self.context).finish_non_exhaustive()
    }
}

/// Builds a client for a context. Files are read and plugins run off the runtime's thread.
///
/// # Errors
/// The context, its entries or files cannot be used, or the login did not work; `terminal` is set
/// where the plugin wants a person.
pub async fn connect<L>(
    kubeconfig: &Kubeconfig,
    around: &Surroundings,
    options: &ConnectOptions,
    gate: &L,
) -> Result<Connected, Refused>
where
    L: Layer<Stack>,
    L::Service: Service<Request<Body>, Response = Response<Incoming>> + Send + 'static,
    <L::Service as Service<Request<Body>>>::Future: Send + 'static,
    <L::Service as Service<Request<Body>>>::Error: Into<BoxError>,
{
    let mut chosen = kubeconfig.choose(options.context.as_deref())?;
    act_as(&mut chosen.user, options)?;
    let around = around.clone();
    let material = {
        let chosen = chosen.clone();
        blocking("prepare the connection", move || Material::gather(&chosen, &around)).await?
    };

    let renews = !matches!(material.source, CredentialSource::Fixed(_));
    let credentials = Credentials::new(material.source, Some(material.transport.clone()));
    match &options.credential {
        Some(credential) => credentials.install(credential.clone()).await?,
        None => {
            if let (Some(say), Some(plugin)) = (&options.say, &material.plugin) {
                say(format!("running the credential plugin {plugin}"));
            }
            credentials.prepare().await?;
        }
    }

    if let Some(namespace) = &options.namespace {
        chosen.info.namespace = namespace.as_str().into();
    }
    // What the context itself names stays empty where it names none.
    let default_namespace = match &*chosen.info.namespace {
        "" => "default".to_owned(),
        own => own.to_owned(),
    };
    let info = ClusterInfo {
        impersonating: chosen.user.act_as.clone().unwrap_or_default().into(),
        insecure: chosen.cluster.insecure_skip_tls_verify == Some(true),
        context: chosen.info,
        renews,
        ..ClusterInfo::default()
    };
    let stack = stack(&material.config, material.transport, credentials.clone())?;
    Ok(Connected {
        client: kube::Client::new(gate.layer(stack), &default_namespace),
        info,
        default_namespace,
        loopback: is_loopback(&material.config.cluster_url),
        uncompressed: chosen.cluster.disable_compression == Some(true),
        credentials,
        name: Some(material.name),
    })
}

/// Builds a client for the embedded cluster: the same stack over pipes. Call it inside a runtime.
///
/// # Errors
/// Never in practice: nothing is read and no certificate is used.
pub fn connect_demo<L>(dial: Dial, namespace: &str, gate: &L) -> Result<Connected, Fault>
where
    L: Layer<Stack>,
    L::Service: Service<Request<Body>, Response = Response<Incoming>> + Send + 'static,
    <L::Service as Service<Request<Body>>>::Future: Send + 'static,
    <L::Service as Service<Request<Body>>>::Error: Into<BoxError>,
{
    let config = settings(Uri::from_static("http://demo"));
    let recipe = Recipe { config: config.clone(), route: Route::Pipe(dial) };
    let transport = Transport::build(recipe, None)?;
    let credentials = Credentials::new(CredentialSource::Fixed(Box::default()), None);
    let stack = stack(&config, transport, credentials.clone())?;
    let context = ContextInfo {
        name: "demo".into(),
        cluster: "demo".into(),
        server: "embedded".into(),
        user: "demo".into(),
        namespace: namespace.into(),
        current: true,
    };
    Ok(Connected {
        client: kube::Client::new(gate.layer(stack), namespace),
        info: ClusterInfo { context, demo: true, ..ClusterInfo::default() },
        default_namespace: namespace.to_owned(),
        loopback: true,
        uncompressed: true,
        credentials,
        name: None,
    })
}

/// Puts the layers below the gate together.
fn stack(
    config: &kube::Config,
    transport: Transport,
    credentials: Credentials,
) -> Result<Stack, Fault> {
    let unusable = |err: kube::Error| {
        Fault::new(FaultKind::Input, "prepare the request headers", err.to_string())
            .hint("check the user entry (as, as-groups, auth-provider) in the kubeconfig")
    };
    let headers = config.extra_headers_layer().map_err(unusable)?.layer(transport);
    let addressed = config.base_uri_layer().layer(headers);
    if config.auth_info.auth_provider.is_some()
        && let Some(oidc) = config.auth_layer().map_err(unusable)?
    {
        return Ok(oidc.layer(addressed).map_err(BoxError::from).boxed());
    }
    Ok(AuthLayer(credentials).layer(addressed).boxed())
}

/// What is gathered from files before a connection can be built.
struct Material {
    config: kube::Config,
    transport: Transport,
    source: CredentialSource,
    plugin: Option<String>,
    name: String,
}

impl Material {
    /// Blocks on files.
    fn gather(chosen: &Chosen, around: &Surroundings) -> Result<Self, Fault> {
        let place = |key: &str| format!("clusters[name={}].cluster.{key}", chosen.info.cluster);
        let server = chosen.cluster.server.as_deref().unwrap_or_default();
        let uri = server_uri(server, &place("server"))?;
        let ca = authority(&chosen.cluster, &place("certificate-authority"))?;

        let mut config = settings(uri.clone());
        config.accept_invalid_certs = chosen.cluster.insecure_skip_tls_verify == Some(true);
        config.tls_server_name =
            chosen.cluster.tls_server_name.clone().filter(|name| !name.is_empty());
        config.root_cert = match &ca {
            // An empty list saves reading the system's certificates where none would be used.
            _ if config.accept_invalid_certs || uri.scheme_str() == Some("http") => {
                Some(Vec::new())
            }
            Some(pem) => Some(certificates(pem, &place("certificate-authority"))?),
            None => None,
        };
        // A pod's CA file is exchanged while we run.
        if ca.is_some()
            && chosen.cluster.certificate_authority_data.is_none()
            && !config.accept_invalid_certs
        {
            config.root_cert_file.clone_from(&chosen.cluster.certificate_authority);
        }
        impersonation(&mut config, &chosen.user);
        let (mut source, plugin) = source(chosen, ca.as_deref(), around)?;
        oidc(&mut config, &chosen.user)?;

        let proxy = proxy_for(&uri, chosen.cluster.proxy_url.as_deref(), around)?;
        let way = proxy.as_ref().map(|proxy| proxy.uri.to_string()).unwrap_or_default();
        let name = facts::name(
            &uri.to_string(),
            &format!("{way} {}", config.tls_server_name.as_deref().unwrap_or_default()),
            config.root_cert.as_deref().unwrap_or_default(),
        );
        let route = Route::Network(proxy);
        let identity = identity(&chosen.user, &chosen.info.user)?;
        if let (CredentialSource::Fixed(credential), Some(identity)) = (&mut source, &identity) {
            let ends = super::expiry::of_certificate(&identity.certificate);
            credential.ends = credential.ends.into_iter().chain(ends).min();
        }
        // The transport needs nothing of the user but the certificate.
        let mut bare = config.clone();
        bare.auth_info = kube::config::AuthInfo::default();
        let transport = Transport::build(Recipe { config: bare, route }, identity)?;
        Ok(Self { config, transport, source, plugin, name })
    }
}

/// The client library's settings, with what we do ourselves turned off.
fn settings(server: Uri) -> kube::Config {
    let mut config = kube::Config::new(server);
    config.default_retry = false;
    config.disable_compression = true;
    config.headers = vec![(USER_AGENT, HeaderValue::from_static(AGENT))];
    config
}

fn server_uri(server: &str, place: &str) -> Result<Uri, Fault> {
    let bad = |why: String| {
        Fault::new(FaultKind::Input, "find the server", why)
            .hint(format!("correct {place} in the kubeconfig"))
    };
    if server.is_empty() {
        return Err(bad("the cluster entry has no server".into()));
    }
    // kubectl takes a server without a scheme for a plain HTTP one.
    let full = if server.contains("://") { server.to_owned() } else { format!("http://{server}") };
    let uri: Uri = full.parse().map_err(|err| bad(format!("\"{server}\" is not a URL: {err}")))?;
    match (uri.scheme_str(), uri.host()) {
        (Some("http" | "https"), Some(host)) if !host.is_empty() => Ok(uri),
        (Some("http" | "https"), _) => Err(bad(format!("\"{server}\" names no host"))),
        _ => Err(bad(format!("\"{server}\" is neither http:// nor https://"))),
    }
}

/// Options win over the kubeconfig, whole: a user from here and groups from there would be nobody.
fn act_as(user: &mut UserEntry, options: &ConnectOptions) -> Result<(), Fault> {
    if let Some(name) = &options.as_user {
        user.act_as = Some(name.clone());
        user.as_groups = None;
        user.as_uid = None;
        user.as_user_extra = None;
    }
    if !options.as_groups.is_empty() {
        user.as_groups = Some(options.as_groups.clone());
    }
    let more =
        user.as_groups.as_ref().is_some_and(|groups| !groups.is_empty()) || user.as_uid.is_some();
    if more && user.act_as.as_ref().is_none_or(String::is_empty) {
        return Err(Fault::new(FaultKind::Input, "act as a group", "no user to act as is named")
            .hint("add --as USER (or as: in the user entry)"));
    }
    Ok(())
}

fn impersonation(config: &mut kube::Config, user: &UserEntry) {
    let auth = &mut config.auth_info;
    auth.impersonate = user.act_as.clone().filter(|name| !name.is_empty());
    auth.impersonate_uid.clone_from(&user.as_uid);
    auth.impersonate_groups.clone_from(&user.as_groups);
    auth.impersonate_user_extra =
        user.as_user_extra.clone().map(|extra| extra.into_iter().collect());
}

/// The first of basic, token file, token and plugin that is there (client-go's order).
fn source(
    chosen: &Chosen,
    ca: Option<&[u8]>,
    around: &Surroundings,
) -> Result<(CredentialSource, Option<String>), Fault> {
    let user = &chosen.user;
    let token = user.token.clone().filter(|token| !token.expose_secret().trim().is_empty());
    let fixed = |credential| Ok((CredentialSource::Fixed(Box::new(credential)), None));
    if let Some(name) = user.username.as_ref().filter(|name| !name.is_empty()) {
        let none = SecretString::from("");
        return fixed(Credential::basic(name, user.password.as_ref().unwrap_or(&none))?);
    }
    if let Some(file) = &user.token_file {
        return Ok((CredentialSource::File(file.clone(), token), None));
    }
    if let Some(token) = token {
        return fixed(Credential::bearer(&SecretString::from(token.expose_secret().trim()))?);
    }
    if let Some(exec) = &user.exec {
        let spec = ExecSpec::new(exec, &chosen.cluster, ca, Policy::read(around), around)?;
        let name = spec.name();
        return Ok((CredentialSource::Exec(Arc::new(spec)), Some(name)));
    }
    fixed(Credential::default())
}

/// OIDC is done by the client library; the other built-in providers are gone from Kubernetes.
fn oidc(config: &mut kube::Config, user: &UserEntry) -> Result<(), Fault> {
    let Some(provider) = &user.auth_provider else { return Ok(()) };
    if provider.name != "oidc" {
        let what = format!("log in with the auth-provider \"{}\"", provider.name);
        return Err(Fault::new(FaultKind::Unauthenticated, what, "Kubernetes removed it")
            .hint("use a credential plugin: gke-gcloud-auth-plugin, kubelogin"));
    }
    config.auth_info.auth_provider = Some(kube::config::AuthProviderConfig {
        name: provider.name.clone(),
        config: provider.config.clone().unwrap_or_default().into_iter().collect(),
        ..Default::default()
    });
    Ok(())
}

/// The authority's certificates as PEM, from the entry or its file.
fn authority(cluster: &ClusterEntry, place: &str) -> Result<Option<Vec<u8>>, Fault> {
    let data = cluster.certificate_authority_data.as_deref().filter(|data| !data.is_empty());
    either(data, cluster.certificate_authority.as_deref(), place)
}

fn certificates(pem: &[u8], place: &str) -> Result<Vec<Vec<u8>>, Fault> {
    let bad = |why: String| {
        Fault::new(FaultKind::Input, format!("read {place}"), why)
            .hint("it should be PEM: -----BEGIN CERTIFICATE-----")
    };
    let all: Result<Vec<Vec<u8>>, _> =
        CertificateDer::pem_slice_iter(pem).map(|one| one.map(|der| der.to_vec())).collect();
    match all.map_err(|err| bad(err.to_string()))? {
        none if none.is_empty() => Err(bad("there is no certificate in it".into())),
        all => Ok(all),
    }
}

/// Our certificate and key, from the entry or its files.
fn identity(user: &UserEntry, name: &str) -> Result<Option<Identity>, Fault> {
    let place = |key: &str| format!("users[name={name}].user.{key}");
    let data = user.client_certificate_data.as_deref().filter(|data| !data.is_empty());
    let certificate =
        either(data, user.client_certificate.as_deref(), &place("client-certificate"))?;
    let data = user
        .client_key_data
        .as_ref()
        .map(SecretString::expose_secret)
        .filter(|data| !data.is_empty());
    let key = either(data, user.client_key.as_deref(), &place("client-key"))?
        .map(zeroize::Zeroizing::new);
    let text = |bytes: &[u8], key: &str| {
        String::from_utf8(bytes.to_vec()).map_err(|_| {
            Fault::new(FaultKind::Input, format!("read {}", place(key)), "it is not PEM text")
                .hint("it should begin with -----BEGIN")
        })
    };
    match (certificate, key) {
        (None, None) => Ok(None),
        (Some(certificate), Some(key)) => Ok(Some(Identity {
            certificate: text(&certificate, "client-certificate")?,
            key: SecretString::from(text(&key, "client-key")?),
        })),
        (given, _) => {
            let (has, lacks) = if given.is_some() {
                ("client-certificate", "client-key")
            } else {
                ("client-key", "client-certificate")
            };
            Err(Fault::new(
                FaultKind::Input,
                format!("use the user entry \"{name}\""),
                format!("it has a {has} but no {lacks}"),
            )
            .hint(format!("add {}", place(lacks))))
        }
    }
}

/// Base64 data, else a file's content.
fn either(data: Option<&str>, file: Option<&Path>, place: &str) -> Result<Option<Vec<u8>>, Fault> {
    if let Some(data) = data {
        let dense: String = data.chars().filter(|c| !c.is_whitespace()).collect();
        return base64::engine::general_purpose::STANDARD.decode(dense).map(Some).map_err(|_| {
            Fault::new(FaultKind::Input, format!("read {place}-data"), "it is not base64")
                .hint("copy it again, or name a file instead")
        });
    }
    let Some(file) = file else { return Ok(None) };
    std::fs::read(file).map(Some).map_err(|err| {
        Fault::new(FaultKind::Input, format!("read {place}: {}", file.display()), err.to_string())
            .hint("correct the path in the kubeconfig, or the file's permissions")
    })
}

/// Runs something that blocks where it may.
pub(super) async fn blocking<T: Send + 'static>(
    what: &'static str,
    work: impl FnOnce() -> Result<T, Fault> + Send + 'static,
) -> Result<T, Fault> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(err) => Err(Fault::new(FaultKind::Other, what, format!("it was cut short: {err}"))),
    }
}

#[cfg(test)]
#[path = "connect_tests.rs"]
mod tests;
