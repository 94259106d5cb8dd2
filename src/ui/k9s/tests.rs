#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use super::*;
use crate::ui::keymap::Keymap;
use crate::ui::user_commands::{Does, conflicts};
use crate::verbs::program::InputKind;

fn scoped(name: &str, text: &str) -> Scoped {
    Scoped { file: File { name: name.into(), text: text.into() }, only: None }
}

fn plugins(text: &str) -> (K9s, Complaints) {
    let files = Files { plugins: vec![(scoped("plugins.yaml", text), None)], ..Files::default() };
    let mut complaints = Complaints::default();
    let k9s = read(&files, &["reads".to_owned()], &mut complaints);
    (k9s, complaints)
}

const PLUGINS: &str = "
plugins:
  reads:
    shortCut: Shift-L
    description: Labels
    scopes: [po, Deployments]
    command: kubectl
    args: [get, $RESOURCE_NAME, $NAME, --limit, 3, -n, $NAMESPACE]
  sync:
    shortCut: Ctrl-Y
    description: Sync
    confirm: false
    scopes:
      - apps
    command: argocd
    background: true
    overwriteOutput: true
    args: [app, sync, $NAME]
    pipes: ['jq -r \".a b\"']
    inputs:
      - {name: prune, label: Prune, type: bool, default: true}
      - {name: wave, type: dropdown, options: [a, b], default: b, required: true}
  declared:
    shortCut: Shift-0
    description: ''
    dangerous: false
    scopes: [all]
    command: less
";

#[test]
fn plugins_are_read_with_everything_that_k9s_knows() {
    let (k9s, complaints) = plugins(PLUGINS);
    assert_eq!(complaints, Complaints::default());
    let [reads, sync, declared] = &k9s.commands[..] else { panic!("{:?}", k9s.commands) };
    assert_eq!(reads.key.unwrap().to_string(), "shift-l");
    assert_eq!(reads.scopes, ["po", "deployments"]);
    assert!(reads.place.starts_with("plugins.yaml line 4"), "{}", reads.place);
    let Does::Run(recipe) = &reads.does else { panic!() };
    assert_eq!(recipe.args[4], "3");
    // It is named in `safe`; what says nothing is dangerous, `dangerous: false` is a declaration.
    assert!(reads.is_safe() && !sync.is_safe() && declared.is_safe());
    assert_eq!(declared.key.unwrap().to_string(), ")");
    let Does::Run(recipe) = &sync.does else { panic!() };
    assert!(recipe.background && recipe.tells && !recipe.confirm);
    assert_eq!(recipe.pipes, [["jq", "-r", ".a b"]]);
    assert_eq!(recipe.inputs[0].kind, InputKind::Truth(true));
    assert_eq!(recipe.inputs[1].kind, InputKind::OneOf(1, vec!["a".into(), "b".into()]));
}

#[test]
fn mistakes_name_file_line_and_key_and_the_other_plugins_stay() {
    let (k9s, complaints) = plugins(
        "plugins:\n  bad:\n    shortCut: Hyper-X\n    scopes: [po]\n    command: x\n    colour: 1\n  \
         none:\n    shortCut: a\n    scopes: [po]\n  good:\n    shortCut: Shift-L\n    scopes: [po]\n    command: x\n",
    );
    let told: Vec<String> = complaints.faults.iter().map(ToString::to_string).collect();
    assert!(told[0].starts_with("plugins.yaml line 3, plugins.bad.shortCut"), "{told:?}");
    assert!(
        told[1].starts_with("plugins.yaml line 8, plugins.none: the plugin needs a command"),
        "{told:?}"
    );
    assert!(complaints.warnings[0].what.contains("line 6, plugins.bad.colour"), "{complaints:?}");
    let names: Vec<&str> = k9s.commands.iter().map(|command| command.name.as_str()).collect();
    assert_eq!(names, ["good"]);
    let (k9s, complaints) = plugins("plugins:\n  a: [\n");
    assert!(k9s.commands.is_empty());
    assert!(complaints.faults[0].what.starts_with("plugins.yaml line "), "{complaints:?}");
    assert!(complaints.warnings[0].why.contains("no plugin called \"reads\""));
}

#[test]
fn files_of_plugin_directories_hold_one_or_many() {
    let one = "shortCut: a\nscopes: [po]\ncommand: x\n";
    let many = "first:\n  scopes: [po]\n  command: x\nsecond:\n  scopes: [po]\n  command: y\n";
    let files = Files {
        plugins: vec![
            (scoped("p/trace.yaml", one), Some("trace".into())),
            (scoped("p/many.yaml", many), Some("many".into())),
        ],
        ..Files::default()
    };
    let k9s = read(&files, &[], &mut Complaints::default());
    let names: Vec<&str> = k9s.commands.iter().map(|command| command.name.as_str()).collect();
    assert_eq!(names, ["trace", "first", "second"]);
}

#[test]
fn hotkeys_lead_somewhere_and_aliases_stand_for_it() {
    let files = Files {
        hotkeys: vec![scoped(
            "hotkeys.yaml",
            "hotKeys:\n  shift-1:\n    shortCut: Shift-1\n    description: Web\n    command: pods $NAMESPACE app=web\n    keepHistory: true\n",
        )],
        aliases: vec![scoped(
            "aliases.yaml",
            "aliases:\n  dp: apps/v1/deployments\n  fred: pod ns1 app=x\n  bad: [1]\n",
        )],
        ..Files::default()
    };
    let mut complaints = Complaints::default();
    let k9s = read(&files, &[], &mut complaints);
    assert_eq!(k9s.commands[0].key.unwrap().to_string(), "!");
    assert_eq!(k9s.commands[0].does, Does::Go("pods $NAMESPACE app=web".into()));
    assert_eq!(k9s.aliases.len(), 2);
    assert!(complaints.faults[0].what.contains("line 4, aliases.bad"), "{complaints:?}");
}

#[test]
fn keys_that_two_want_are_told_and_the_built_in_one_keeps_its_key() {
    let keymap = Keymap::default();
    let (k9s, _) = plugins(
        "plugins:\n  grab:\n    shortCut: d\n    scopes: [pods]\n    command: x\n  force:\n    shortCut: d\n    \
         override: true\n    scopes: [nodes]\n    command: x\n  twin:\n    shortCut: d\n    scopes: [pods]\n    command: x\n",
    );
    let told: Vec<String> =
        conflicts(&k9s.commands, &keymap).iter().map(ToString::to_string).collect();
    assert!(
        told[0].contains("<d> is the key of table.describe here")
            && told[0].contains(":plugin grab"),
        "{told:?}"
    );
    assert!(told.iter().any(|line| line.contains("key of grab too")), "{told:?}");
    assert!(!told.iter().any(|line| line.contains("force")), "{told:?}");
}

#[test]
fn what_k9s_protects_stays_protected_and_skins_are_per_context() {
    let only = Only { cluster: "c".into(), context: "arn-aws-prod".into() };
    let own = Scoped {
        only: Some(only),
        ..scoped("x/config.yaml", "k9s:\n  readOnly: true\n  skin: red\n")
    };
    let files = Files {
        config: vec![
            own,
            scoped("config.yaml", "k9s:\n  readOnly: false\n  ui:\n    skin: dracula\n"),
        ],
        ..Files::default()
    };
    let k9s = read(&files, &[], &mut Complaints::default());
    assert!(k9s.readonly_in("arn:aws/prod") && !k9s.readonly_in("dev"));
    assert_eq!(k9s.skin_in("arn:aws/prod"), Some("red"));
    assert_eq!(k9s.skin_in("dev"), Some("dracula"));
}
