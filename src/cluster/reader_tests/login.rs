//! Credential plugins that need a person: who gets the terminal, when, and what comes of it.

use super::*;
use crate::cluster::auth::{CredentialSource, Credentials, Refused};
use crate::cluster::exec_plugin::ExecSpec;
use crate::cluster::kubeconfig::{ClusterEntry, ExecEntry, Surroundings};
use crate::cluster::login::Login;
use crate::cluster::plugin_policy::Policy;

fn plugin() -> Arc<ExecSpec> {
    let version = "client.authentication.k8s.io/v1";
    let answer =
        format!(r#"{{"apiVersion":"{version}","kind":"ExecCredential","status":{{"token":"t"}}}}"#);
    let entry = ExecEntry {
        api_version: Some(version.into()),
        command: "/bin/sh".into(),
        args: Some(vec!["-c".into(), format!("printf %s '{answer}'")]),
        interactive_mode: Some("Always".into()),
        ..ExecEntry::default()
    };
    let around = Surroundings::new(|_| None, "/nowhere");
    let cluster = ClusterEntry::default();
    Arc::new(ExecSpec::new(&entry, &cluster, None, Policy::AllowAll, &around).unwrap())
}

/// Logins that were asked for since the last look.
fn asked(world: &mut World) -> Vec<Login> {
    let logins = std::mem::take(&mut world.others).into_iter().filter_map(|event| match event {
        Event::Login(CLUSTER, login) => Some(login),
        _ => None,
    });
    logins.collect()
}

#[test]
fn a_plugin_that_needs_the_terminal_gets_it_once_and_then_when_told_to() {
    let fake = filled(&["a"]);
    let connect = to(&fake, false);
    let connector: Connector = Rc::new(move |errand| match errand.credential {
        Some(_) => connect(errand),
        None => {
            let fault = Fault::new(FaultKind::Unauthenticated, "log in", "it needs the terminal");
            let refused = Refused { fault, terminal: Some(plugin()) };
            Box::pin(std::future::ready(Err(refused)))
        }
    });
    tell_by(connector, Timing::default(), Settings::default(), async |mut world| {
        world.subscribe(Scope::All);
        world.seconds(1).await;
        let login = asked(&mut world).pop().unwrap();
        assert!(login.at_once, "the person has just asked for this cluster");
        assert!(matches!(world.links.last(), Some(LinkState::Failed(_))));
        // Ctrl-C: it is said, and the terminal is not taken again by itself.
        world.send(Command::Login { cluster: CLUSTER, outcome: Err(login.cancelled()) });
        world.seconds(40).await;
        world.send(Command::Retry(CLUSTER));
        world.seconds(1).await;
        let said =
            |link: &LinkState| matches!(link, LinkState::Failed(f) if f.why.contains("cancelled"));
        assert!(world.links.iter().any(said), "{:?}", world.links);
        let mut again = asked(&mut world);
        assert!(again.iter().all(|login| !login.at_once) && again.len() >= 2);
        let outcome = again.pop().unwrap().run().await;
        world.send(Command::Login { cluster: CLUSTER, outcome });
        world.seconds(1).await;
        assert_eq!(world.names(), ["a"]);
        assert_eq!(world.links.last(), Some(&LinkState::Live));
    });
}

#[test]
fn a_login_that_ends_while_we_run_is_told_once_and_waits_for_the_person() {
    let fake = filled(&["a"]);
    let credentials = Credentials::new(CredentialSource::Exec(plugin()), None);
    let held = credentials.clone();
    let connector: Connector = Rc::new(move |_| {
        let (client, credentials) = (fake.client(), Some(held.clone()));
        let connection = Connection {
            client,
            info: ClusterInfo::default(),
            gzip: false,
            credentials,
            shelf: None,
        };
        Box::pin(std::future::ready(Ok(connection)))
    });
    tell_by(connector, Timing::default(), Settings::default(), async move |mut world| {
        world.seconds(1).await;
        for _ in 0..3 {
            // What each request does that needs a new credential.
            credentials.prepare().await.unwrap_err();
            world.seconds(5).await;
        }
        let login = asked(&mut world).pop().unwrap();
        assert!(!login.at_once, "somebody may be typing");
        let hint = |fault: &Fault| fault.hint.contains("refresh");
        assert_eq!(world.notices.iter().filter(|fault| hint(fault)).count(), 1);
        let outcome = login.run().await;
        world.send(Command::Login { cluster: CLUSTER, outcome });
        world.seconds(1).await;
        credentials.prepare().await.unwrap();
        let over = |event: &Event| matches!(event, Event::Cluster(_, ClusterEvent::Credential(_)));
        assert_eq!(world.others.iter().filter(|event| over(event)).count(), 1);
    });
}
