#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
//! Plugins here are shell scripts given to `/bin/sh -c`: nothing is written and executed in the
//! same breath, which a busy test process may be refused.

use super::*;
use crate::cluster::kubeconfig::EnvEntry;
use secrecy::ExposeSecret as _;

const V1: &str = "client.authentication.k8s.io/v1";

fn here() -> Surroundings {
    Surroundings::new(|name| (name == "PATH").then(|| "/usr/bin:/bin".into()), "/nowhere")
}

fn entry(script: &str) -> ExecEntry {
    ExecEntry {
        api_version: Some(V1.into()),
        command: "/bin/sh".into(),
        args: Some(vec!["-c".into(), script.into()]),
        interactive_mode: Some("Never".into()),
        ..ExecEntry::default()
    }
}

fn spec_of(entry: &ExecEntry) -> Arc<ExecSpec> {
    let cluster = ClusterEntry::default();
    Arc::new(ExecSpec::new(entry, &cluster, None, Policy::AllowAll, &here()).unwrap())
}

async fn outcome(script: &str) -> Result<Credential, Fault> {
    run(&spec_of(&entry(script))).await.map_err(|refused| refused.fault)
}

/// A script that prints this status.
fn printing(status: &str) -> String {
    let answer = format!(r#"{{"apiVersion":"{V1}","kind":"ExecCredential","status":{status}}}"#);
    format!("printf %s '{answer}'")
}

#[tokio::test]
async fn a_token_comes_with_its_end_and_with_what_was_said_meanwhile() {
    let script = printing(r#"{"token":"t-1","expirationTimestamp":"2999-01-01T00:00:00Z"}"#);
    let credential =
        outcome(&format!("echo 'a \u{1b}[31mred\u{1b}[0m word' >&2; {script}")).await.unwrap();
    let header = credential.authorization.clone().unwrap();
    assert_eq!(header.to_str().unwrap(), "Bearer t-1");
    assert!(header.is_sensitive());
    assert_eq!(credential.expires, Some(32_472_144_000));
    assert_eq!(credential.said, "a red word");
    assert!(!format!("{credential:?}").contains("t-1"));
}

#[tokio::test]
async fn a_certificate_needs_its_key() {
    let both = printing(r#"{"clientCertificateData":"C","clientKeyData":"K"}"#);
    let identity = outcome(&both).await.unwrap().identity.unwrap();
    assert_eq!((identity.certificate.as_str(), identity.key.expose_secret()), ("C", "K"));
    let fault = outcome(&printing(r#"{"clientCertificateData":"C"}"#)).await.unwrap_err();
    assert!(fault.why.contains("only one of certificate and key"), "{fault}");
}

#[tokio::test]
async fn the_plugin_is_told_version_cluster_and_that_nobody_is_there() {
    let mut entry = entry(
        r#"printf '{"apiVersion":"client.authentication.k8s.io/v1beta1","kind":"ExecCredential","status":{"token":"%s"}}' "$(printf %s "$EXTRA$KUBERNETES_EXEC_INFO" | od -An -tx1 | tr -d ' \n')""#,
    );
    entry.api_version = Some("client.authentication.k8s.io/v1beta1".into());
    entry.provide_cluster_info = Some(true);
    entry.env = Some(vec![EnvEntry { name: "EXTRA".into(), value: "+".into() }]);
    let cluster = ClusterEntry {
        server: Some("https://c.example".into()),
        tls_server_name: Some("name".into()),
        extensions: Some(vec![crate::cluster::kubeconfig::Extension {
            name: EXTENSION.into(),
            extension: json!({"audience": "me"}),
        }]),
        ..ClusterEntry::default()
    };
    let spec = ExecSpec::new(&entry, &cluster, Some(b"pem"), Policy::AllowAll, &here()).unwrap();
    let credential = run(&Arc::new(spec)).await.unwrap();
    let hex = credential.authorization.unwrap().to_str().unwrap().replace("Bearer ", "");
    let bytes: Vec<u8> = hex
        .as_bytes()
        .chunks(2)
        .map(|two| u8::from_str_radix(std::str::from_utf8(two).unwrap(), 16).unwrap())
        .collect();
    let told: Value = serde_json::from_slice(bytes.strip_prefix(b"+").unwrap()).unwrap();
    assert_eq!(
        told,
        json!({
            "kind": "ExecCredential", "apiVersion": "client.authentication.k8s.io/v1beta1",
            "spec": {"interactive": false, "cluster": {
                "server": "https://c.example", "tls-server-name": "name",
                "certificate-authority-data": "cGVt", "config": {"audience": "me"},
            }},
        })
    );
}

#[tokio::test]
async fn every_failure_is_told_in_the_plugins_own_words() {
    let expired = printing(r#"{"token":"t-9","expirationTimestamp":"2001-01-01T00:00:00Z"}"#);
    let no_time = printing(r#"{"token":"t-9","expirationTimestamp":"soon"}"#);
    for (script, why) in [
        (
            "echo warming up >&2; echo 'SSO session expired' >&2; exit 1",
            "exit code 1: warming up / SSO session expired",
        ),
        ("yes x | head -c 1000000 >&2; echo 'the reason' >&2; exit 3", "x / the reason"),
        ("kill -9 $$", "it was ended (signal: 9"),
        ("true", "it printed nothing"),
        ("echo '{\"token\": t-9'", "not an ExecCredential (line 1, column"),
        ("printf '{\"apiVersion\":\"v1\",\"kind\":\"Status\"}'", "it printed a \"Status\""),
        (
            "printf '{\"apiVersion\":\"client.authentication.k8s.io/v1beta1\",\"kind\":\"ExecCredential\"}'",
            "v1beta1, the kubeconfig wants client.authentication.k8s.io/v1",
        ),
        (
            "printf '{\"apiVersion\":\"client.authentication.k8s.io/v1\",\"kind\":\"ExecCredential\"}'",
            "no status",
        ),
        (&printing("{}"), "neither a token nor a certificate"),
        (&printing(r#"{"token":"a\nb"}"#), "characters that cannot be sent"),
        (&no_time, "\"soon\" is no time"),
        (&expired, "has expired"),
        ("yes | head -c 3000000; exit 0", "more than 1 MiB"),
        ("read -r line && echo \"$line\"; exit 4", "exit code 4"),
    ] {
        let fault = outcome(script).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Unauthenticated);
        assert!(fault.why.contains(why), "{script}: {}", fault.why);
        assert!(!fault.hint.is_empty() && !fault.to_string().contains("t-9"), "{script}: {fault}");
        assert!(fault.why.len() < 400 && !fault.why.contains('\n'), "{script}: {fault}");
    }
}

#[tokio::test]
async fn a_plugin_that_hangs_is_ended_and_so_is_one_nobody_waits_for() {
    let folder = tempfile::tempdir().unwrap();
    let left = folder.path().join("pid");
    let mut spec =
        (*spec_of(&entry(&format!("echo $$ > {}; exec sleep 600", left.display())))).clone();

    spec.limit = Duration::from_millis(300);
    let fault = run(&Arc::new(spec.clone())).await.unwrap_err().fault;
    assert!(fault.why.contains("did not finish within"), "{fault}");
    gone(&left).await;

    let _ = std::fs::remove_file(&left);
    spec.limit = LIMIT;
    let spec = Arc::new(spec);
    let waiting = tokio::spawn(async move { run(&spec).await });
    until(|| std::fs::read_to_string(&left).is_ok_and(|text| text.ends_with('\n'))).await;
    waiting.abort();
    gone(&left).await;
}

/// Waits until the process whose id stands in the file is no more (or a zombie).
async fn gone(file: &Path) {
    // It may have been ended before it wrote anything.
    let pid = std::fs::read_to_string(file).unwrap_or_default().trim().to_owned();
    if pid.is_empty() {
        return;
    }
    until(|| {
        let out =
            std::process::Command::new("ps").args(["-o", "stat=", "-p", &pid]).output().unwrap();
        let state = String::from_utf8_lossy(&out.stdout).trim().to_owned();
        state.is_empty() || state.starts_with('Z')
    })
    .await;
}

async fn until(condition: impl Fn() -> bool) {
    let wait = async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), wait)
        .await
        .expect("it came true within a minute");
}

#[tokio::test]
async fn a_plugin_that_needs_a_person_is_not_run_without() {
    let folder = tempfile::tempdir().unwrap();
    let ran = folder.path().join("ran");
    let mut always = entry(&format!("touch {}", ran.display()));
    always.interactive_mode = Some("Always".into());
    let refused = run(&spec_of(&always)).await.unwrap_err();
    assert!(refused.fault.why.contains("needs the terminal"), "{refused}");
    assert_eq!(refused.terminal.unwrap().command, "/bin/sh");
    assert!(!ran.exists());

    let mut if_available = entry("echo 'please log in' >&2; exit 1");
    if_available.interactive_mode = None;
    let refused = run(&spec_of(&if_available)).await.unwrap_err();
    assert!(refused.fault.why.contains("please log in"), "{refused}");
    assert!(refused.terminal.is_some(), "a terminal may help here");

    let refused = run(&spec_of(&entry("exit 1"))).await.unwrap_err();
    assert!(refused.terminal.is_none(), "interactiveMode: Never");
}

#[tokio::test]
async fn with_the_terminal_it_is_told_that_somebody_is_there() {
    let script = format!(
        "case \"$KUBERNETES_EXEC_INFO\" in *'\"interactive\":true'*) {} ;; *) exit 7 ;; esac",
        printing(r#"{"token":"typed"}"#)
    );
    let credential = run_interactive(&spec_of(&entry(&script))).await.unwrap();
    assert_eq!(credential.authorization.unwrap().to_str().unwrap(), "Bearer typed");
}

#[tokio::test]
async fn a_missing_plugin_comes_with_the_kubeconfigs_install_hint() {
    let mut absent = entry("");
    absent.command = "no-such-login-plugin".into();
    absent.install_hint = Some("brew install it\nthen log in".into());
    absent.interactive_mode = None;
    let refused = run(&spec_of(&absent)).await.unwrap_err();
    assert!(refused.fault.why.contains("no-such-login-plugin was not found in $PATH"), "{refused}");
    assert_eq!(refused.fault.hint, "brew install it then log in");
    assert!(refused.terminal.is_none(), "a terminal would not help");
}

#[tokio::test]
async fn a_plugin_the_kuberc_denies_never_runs() {
    let folder = tempfile::tempdir().unwrap();
    let ran = folder.path().join("ran");
    let entry = entry(&format!("touch {}", ran.display()));
    let cluster = ClusterEntry::default();
    let spec = ExecSpec::new(&entry, &cluster, None, Policy::DenyAll, &here()).unwrap();
    let refused = run(&Arc::new(spec)).await.unwrap_err();
    assert!(
        refused.fault.why.contains("DenyAll") && refused.fault.hint.contains("kuberc"),
        "{refused}"
    );
    assert!(!ran.exists());
}

#[test]
fn the_folder_we_stand_in_never_decides_what_runs() {
    let folder = tempfile::tempdir().unwrap();
    let plugin = folder.path().join("login");
    std::os::unix::fs::symlink("/bin/sh", &plugin).unwrap();
    std::fs::write(folder.path().join("data"), "").unwrap();
    let path = |text: String| OsString::from(text);
    let absolute = path(format!(":.:bin:{}", folder.path().display()));
    assert_eq!(find("login", Some(&absolute)), Some(plugin.clone()));
    assert_eq!(find("data", Some(&absolute)), None, "not executable");
    let relative = format!(
        ":{}{}",
        "../".repeat(20),
        folder.path().display().to_string().trim_start_matches('/')
    );
    assert_eq!(find("login", Some(&path(relative))), None, "though it is there");
    assert_eq!(
        find("./login", Some(&absolute)),
        None,
        "resolved against the kubeconfig, or not at all"
    );
    assert_eq!(find(&plugin.display().to_string(), None), Some(plugin));
}

#[test]
fn fuzz_exec_plugin() {
    use crate::fuzz::{Shape, Target, is_safe};
    let spec = spec_of(&entry("true"));
    let seeds = [
        format!(
            r#"{{"apiVersion":"{V1}","kind":"ExecCredential","status":{{"token":"t-1","expirationTimestamp":"2999-01-01T00:00:00Z"}}}}"#
        ),
        format!(
            r#"{{"apiVersion":"{V1}","kind":"ExecCredential","status":{{"clientCertificateData":"C","clientKeyData":"K","expirationTimestamp":""}}}}"#
        ),
        "\u{1b}[31mplease log in\u{1b}[0m\r\nat https://x\n".to_owned(),
    ];
    let words = [
        V1,
        "ExecCredential",
        "status",
        "token",
        "expirationTimestamp",
        "clientKeyData",
        "-----BEGIN CERTIFICATE-----\n",
    ];
    let target = Target::new("exec-plugin", Shape::Json).seeds(seeds).words(&words).longest(800);
    target.quick(1000).run(|input| {
        match understand(&spec, input) {
            Ok(credential) => {
                let printed = format!("{credential:?}");
                assert!(credential.authorization.is_some() || credential.identity.is_some());
                assert!(!printed.contains("t-1"), "{printed}");
            }
            Err(fault) => {
                assert!(is_safe(&fault.why, &[]) && is_safe(&fault.hint, &[]), "{fault:?}");
            }
        }
        let words = last_words(input);
        assert!(is_safe(&words, &[]) && words.chars().count() <= 300, "{words:?}");
    });
}
