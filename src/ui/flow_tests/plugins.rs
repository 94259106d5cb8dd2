//! Hotkeys and plugins of k9s: which key runs what, what is asked before, what is refused.

use super::fixture::Fixture;
use crate::model::{ClusterEvent, ClusterInfo, LinkState, Program};
use crate::ui::document::Complaints;
use crate::ui::k9s::node::File;
use crate::ui::k9s::{self, Files, Scoped};
use crate::ui::settings::Loaded;
use crate::ui::user_commands::Only;
use crate::ui::{Effect, Msg, Start};

const PLUGINS: &str = "
plugins:
  look:
    shortCut: Ctrl-L
    description: Look at it
    scopes: [pods]
    command: kubectl
    args: [describe, pod, $NAME, -n, $NAMESPACE, --context, $CONTEXT, --at=$COL-STATUS]
    dangerous: false
  poke:
    shortCut: Ctrl-Y
    description: Poke it
    scopes: [po, deployments]
    command: sh
    args: [-c, echo $NAME]
    background: true
  grab:
    shortCut: d
    description: Grab the key
    scopes: [pods]
    command: grab
  force:
    shortCut: y
    description: Take the key
    override: true
    scopes: [deploy]
    command: force
    args: [$NAME, $INPUT_WHY]
    inputs: [{name: why, label: Why, required: true}]
";

const HOTKEYS: &str = "
hotKeys:
  web: {shortCut: Shift-4, description: Web pods, command: pods $NAMESPACE /web}
  far: {shortCut: Shift-2, command: deployments}
";

fn with(change: impl FnOnce(&mut Loaded)) -> Fixture {
    let file = |name: &str, text: &str| File { name: name.into(), text: text.into() };
    let files = Files {
        plugins: vec![(Scoped { file: file("plugins.yaml", PLUGINS), only: None }, None)],
        hotkeys: vec![
            Scoped { file: file("hotkeys.yaml", HOTKEYS), only: None },
            Scoped {
                file: file(
                    "x/hotkeys.yaml",
                    "hotKeys: {own: {shortCut: Shift-3, command: nodes}}\n",
                ),
                only: Some(Only { cluster: "prod-eu".into(), context: "prod-eu".into() }),
            },
        ],
        aliases: vec![Scoped {
            file: file("a.yaml", "aliases: {dp: apps/v1/deployments, wb: po shop /web}\n"),
            only: None,
        }],
        ..Files::default()
    };
    let mut complaints = Complaints::default();
    let read = k9s::read(&files, &[], &mut complaints);
    assert_eq!(complaints, Complaints::default());
    let mut f = Fixture::with(
        (120, 30),
        |config| {
            config.commands = read.commands.clone();
            config.k9s = read;
            change(config);
        },
        Start { kubeconfig: "/home/me/config".into(), ..Start::default() },
    );
    f.press("/").type_in("name==running").press("enter");
    f.sent();
    f
}

fn programs(f: &mut Fixture) -> Vec<Program> {
    let program = |effect| match effect {
        Effect::Program(program) => Some(program),
        _ => None,
    };
    f.sent().into_iter().filter_map(program).collect()
}

#[test]
fn a_plugin_declared_safe_runs_at_once_with_what_is_selected() {
    let mut f = with(|_| {});
    f.press("ctrl-l");
    let programs = programs(&mut f);
    assert_eq!(
        programs[0].argv,
        ["kubectl", "describe", "pod", "running", "-n", "shop", "--context", "dev", "--at=Running"]
    );
    assert!(f.ui.overlay.is_none() && !programs[0].background);
}

#[test]
fn any_other_one_shows_its_exact_words_first_and_starts_on_cancel() {
    let mut f = with(|_| {});
    f.press("ctrl-y");
    let screen = f.screen();
    assert!(screen.contains("Run poke for Pod/running"), "{screen}");
    assert!(screen.contains("runs: sh -c 'echo running'"), "{screen}");
    assert!(screen.contains("cannot know what it does"), "{screen}");
    assert!(!screen.contains("dry run"), "{screen}");
    f.press("enter");
    assert!(programs(&mut f).is_empty(), "it starts on Cancel");
    f.press("ctrl-y shift-tab enter");
    let programs = programs(&mut f);
    assert_eq!(programs[0].argv, ["sh", "-c", "echo running"]);
    assert!(programs[0].background);
}

#[test]
fn on_a_protected_cluster_the_name_is_wanted() {
    let mut f = with(|config| {
        config.settings.protected = vec![regex::Regex::new("dev").unwrap()];
    });
    f.press("ctrl-y shift-tab enter");
    assert!(programs(&mut f).is_empty());
    assert!(f.strip().contains("type running first"), "{}", f.strip());
}

#[test]
fn read_only_refuses_what_may_change_something() {
    let mut f = with(|config| config.settings.readonly = true);
    f.press("ctrl-y");
    assert!(
        f.strip().contains("read-only") && f.strip().contains("safe = [\"poke\"]"),
        "{}",
        f.strip()
    );
    assert!(f.ui.overlay.is_none());
    f.go("plugin poke");
    assert!(programs(&mut f).is_empty() && f.ui.overlay.is_none());
    f.press("esc ctrl-l");
    assert_eq!(programs(&mut f).len(), 1);
}

#[test]
fn the_demo_runs_no_programs_because_they_would_reach_another_cluster() {
    let mut f = with(|_| {});
    let info = ClusterInfo { demo: true, ..f.ui.cluster().unwrap().info.clone() };
    f.msg(Msg::Cluster(f.ui.here, ClusterEvent::Info(info)));
    f.msg(Msg::Cluster(f.ui.here, ClusterEvent::Link(LinkState::Live)));
    f.press("ctrl-l");
    assert!(programs(&mut f).is_empty());
    assert!(f.strip().contains("another cluster"), "{}", f.strip());
}

#[test]
fn built_in_keys_win_unless_overridden_and_both_are_said() {
    let mut f = with(|_| {});
    // `d` is ours on pods; by its name the plugin runs all the same.
    f.press("d");
    assert!(f.ui.overlay.is_none() && programs(&mut f).is_empty(), "{}", f.screen());
    f.press("esc").go("plugin grab");
    assert!(f.screen().contains("Run grab for Pod/running"), "{}", f.screen());
    f.press("esc").go("deploy").press("y");
    assert!(f.screen().contains("Run force for Deployment/"), "{}", f.screen());
    f.press("shift-tab shift-tab").press("enter");
    assert!(programs(&mut f).is_empty(), "an input is needed");
    f.press("esc").go("plugins");
    let screen = f.screen();
    for part in ["d: table.describe", "dangerous", "sh -c echo $NAME", ":deployments"] {
        assert!(screen.contains(part), "{part}\n{screen}");
    }
    f.go("plugin nope");
    assert!(f.footer().contains("there is no such plugin"), "{}", f.footer());
}

#[test]
fn inputs_are_typed_into_the_plan_and_end_up_in_the_words() {
    let mut f = with(|_| {});
    f.go("deploy").press("y").type_in("a b");
    assert!(f.screen().contains("'a b'"), "{}", f.screen());
    f.press("tab enter");
    let programs = programs(&mut f);
    assert_eq!(programs[0].argv[2], "a b");
}

#[test]
fn hotkeys_lead_somewhere_on_the_contexts_they_are_for() {
    let mut f = with(|_| {});
    f.press("$");
    assert!(
        f.lines()[2].contains("pods(shop)") && f.lines()[2].contains("/web"),
        "{}",
        f.lines()[2]
    );
    f.press("@");
    assert!(f.lines()[2].contains("deployments"), "{}", f.lines()[2]);
    f.press("#");
    assert!(f.lines()[2].contains("deployments"), "not of this context: {}", f.lines()[2]);
    f.go("ctx prod-eu").press("#");
    assert!(f.lines()[2].contains("nodes"), "{}", f.lines()[2]);
}

#[test]
fn aliases_of_k9s_stand_behind_ones_of_our_own() {
    let mut f = with(|config| config.settings.aliases.push(("wb".into(), "nodes".into())));
    f.go("dp");
    assert!(f.lines()[2].contains("deployments"), "{}", f.lines()[2]);
    f.go("kinds").press("/").type_in("deployments").press("enter");
    assert!(f.screen().contains("deploy,dp"), "{}", f.screen());
    f.go("wb");
    assert!(f.lines()[2].contains("nodes"), "{}", f.lines()[2]);
}

#[test]
fn the_help_lists_them_with_the_way_to_run_each() {
    let mut f = with(|_| {});
    f.msg(Msg::Resize(200, 60));
    f.press("?");
    let screen = f.screen();
    for part in ["Hotkeys and plugins", "Look at it", "<ctrl-y>", ":plugin grab", "Web pods"] {
        assert!(screen.contains(part), "{part}\n{screen}");
    }
    assert!(!screen.contains("Take the key"), "it is for deployments\n{screen}");
}

#[test]
fn what_a_program_said_is_a_message_with_all_of_it_behind_enter() {
    let mut f = with(|_| {});
    f.msg(Msg::Ended(Ok(("poke has ended well".into(), "one\ntwo".into()))));
    assert!(f.strip().contains("poke has ended well"), "{}", f.strip());
    f.go("messages").press("enter");
    assert!(f.screen().contains("two"), "{}", f.screen());
}

#[test]
fn a_context_with_a_theme_of_its_own_shows_it() {
    let mut f = with(|config| {
        let own = crate::ui::settings::ContextSettings {
            theme: Some("ember".into()),
            ..Default::default()
        };
        config.settings.contexts.push(("prod-eu".into(), own));
    });
    f.go("ctx prod-eu");
    assert!(f.sent().contains(&Effect::ContextTheme(Some("ember".into()))));
    f.go("ctx dev");
    assert!(f.sent().contains(&Effect::ContextTheme(None)));
}
