#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use super::*;

const PODS: &[Context] = &[Context::Pods, Context::Table, Context::Global];
const YAML: &[Context] = &[Context::Text, Context::Global];

fn builtin(name: &str) -> Keymap {
    let mut complaints = Complaints::default();
    let keymap = Keymap::load(name, &|_| None, &mut complaints).unwrap();
    assert_eq!(complaints, Complaints::default(), "{name}");
    keymap
}

fn own(text: &'static str) -> (Keymap, Complaints) {
    let mut complaints = Complaints::default();
    let user = move |name: &str| {
        (name == "mine").then(|| ("keymaps/mine.toml".to_owned(), text.to_owned()))
    };
    let keymap = Keymap::load("mine", &user, &mut complaints).unwrap();
    (keymap, complaints)
}

/// Types keys as the event loop does and returns what they come to.
fn press(keymap: &Keymap, contexts: &[Context], keys: &str) -> Vec<Resolution> {
    let mut pending = Vec::new();
    let mut seen = Vec::new();
    for key in Chord::parse_sequence(keys).unwrap() {
        let resolution = keymap.resolve(contexts, &pending, key);
        match resolution {
            Resolution::Pending => pending.push(key),
            _ => pending.clear(),
        }
        seen.push(resolution);
    }
    seen
}

fn command(keymap: &Keymap, contexts: &[Context], keys: &str) -> Option<Command> {
    match press(keymap, contexts, keys).last() {
        Some(Resolution::Command(command)) => Some(*command),
        _ => None,
    }
}

#[test]
fn k9s_fingers_find_their_keys() {
    let keymap = Keymap::default();
    for (contexts, key, wanted) in [
        (PODS, ":", Command::CommandLine),
        (PODS, "/", Command::Filter),
        (PODS, "esc", Command::Escape),
        (PODS, "q", Command::Back),
        (PODS, "ctrl-c", Command::Quit),
        (PODS, "[", Command::HistoryBack),
        (PODS, "-", Command::LastCommand),
        (PODS, "ctrl-a", Command::Kinds),
        (PODS, "ctrl-d", Command::Delete),
        (PODS, "ctrl-z", Command::Faults),
        (PODS, "ctrl-w", Command::Wide),
        (PODS, "ctrl-\\", Command::ClearMarks),
        (PODS, "shift-o", Command::SortSelected),
        (PODS, "shift-p", Command::SortNamespace),
        (PODS, "shift-j", Command::Owner),
        (PODS, "o", Command::ShowNode),
        (PODS, "shift-c", Command::SortCpu),
        (PODS, "g", Command::Top),
        (PODS, "ctrl-f", Command::PageDown),
        (PODS, "0", Command::NamespaceAll),
        (YAML, "n", Command::SearchNext),
        (YAML, "shift-n", Command::SearchPrevious),
        (YAML, "m", Command::ManagedFields),
        (YAML, "j", Command::MoveDown),
    ] {
        assert_eq!(command(&keymap, contexts, key), Some(wanted), "{key}");
    }
}

#[test]
fn inner_places_win_and_prompts_hear_only_their_own_keys() {
    let keymap = Keymap::default();
    assert_eq!(command(&keymap, YAML, "/"), Some(Command::TextSearch));
    assert_eq!(command(&keymap, &[Context::Plan, Context::Global], "d"), Some(Command::PlanDryRun));
    assert_eq!(command(&keymap, &[Context::Plan, Context::Global], "q"), Some(Command::PlanCancel));
    assert_eq!(press(&keymap, &[Context::Prompt], "q"), [Resolution::None]);
    assert_eq!(command(&keymap, &[Context::Prompt], "ctrl-c"), Some(Command::Quit));
}

#[test]
fn vim_deletes_with_two_keys_and_pages_with_the_one_that_deletes_elsewhere() {
    let vim = builtin("vim");
    assert_eq!(command(&vim, PODS, "ctrl-d"), Some(Command::HalfDown));
    assert_eq!(
        press(&vim, PODS, "d d"),
        [Resolution::Pending, Resolution::Command(Command::Delete)]
    );
    // A sequence that leads nowhere ends, and the next key starts afresh.
    assert_eq!(
        press(&vim, PODS, "d x j"),
        [Resolution::Pending, Resolution::None, Resolution::Command(Command::MoveDown)]
    );
    // One sequence reaches through the contexts: `g d` is of pods, `g g` global.
    assert_eq!(command(&vim, PODS, "g d"), Some(Command::ShowNode));
    assert_eq!(command(&vim, PODS, "g g"), Some(Command::Top));
    let chord = Chord::parse("d").unwrap();
    assert_eq!(vim.continuations(PODS, &[chord]), [("d".to_owned(), Command::Delete)]);
}

#[test]
fn every_command_has_a_key_in_both_keymaps() {
    for name in ["default", "vim"] {
        let keymap = builtin(name);
        for spec in TABLE {
            assert!(!keymap.chords(spec.command).is_empty(), "{} in {name}", spec.id);
        }
    }
}

/// Commands of tables that mean nothing in some of them, whose key does something else there.
const NOT_THERE: [(Context, Command); 4] = [
    (Context::Pods, Command::Scale),
    (Context::Nodes, Command::Scale),
    (Context::Nodes, Command::UsedBy),
    (Context::Namespaces, Command::UsedBy),
];

#[test]
fn no_builtin_key_is_swallowed_by_an_inner_place() {
    // A parent's own command must stay reachable from each place that takes it, by some key.
    for name in ["default", "vim"] {
        let keymap = builtin(name);
        for inner in [Context::Pods, Context::Workloads, Context::Nodes, Context::Namespaces] {
            let contexts = [inner, Context::Table, Context::Global];
            for spec in
                TABLE.iter().filter(|s| matches!(s.context, Context::Table | Context::Global))
            {
                // Bound only where the column exists, or where there are containers behind a row.
                let elsewhere = keymap.keys_in(Context::Table, spec.command).is_empty()
                    && spec.context == Context::Table;
                if elsewhere || NOT_THERE.contains(&(inner, spec.command)) {
                    continue;
                }
                assert!(
                    keymap.key_for(&contexts, spec.command).is_some(),
                    "{} cannot be reached in {} with {name}",
                    spec.id,
                    inner.name()
                );
            }
        }
    }
}

#[test]
fn three_lines_change_three_keys_and_leave_the_rest() {
    let (keymap, complaints) = own(r#"
[table]
"ctrl-d" = "none"
"d d" = "table.delete"
"g g" = "move.top"
"#);
    assert_eq!(complaints, Complaints::default());
    assert_eq!(press(&keymap, PODS, "ctrl-d"), [Resolution::None]);
    assert_eq!(keymap.chords(Command::Delete), ["<d d>"]);
    assert_eq!(command(&keymap, PODS, "g g"), Some(Command::Top));
    assert_eq!(command(&keymap, YAML, "g"), Some(Command::Top));
    assert_eq!(command(&keymap, PODS, "y"), Some(Command::Yaml));
}

#[test]
fn a_longer_key_takes_the_place_of_an_inherited_shorter_one_silently() {
    let (keymap, complaints) = own("[global]\n\"g g\" = \"move.top\"\n\"g e\" = \"move.bottom\"\n");
    assert_eq!(complaints, Complaints::default());
    assert_eq!(press(&keymap, PODS, "g")[0], Resolution::Pending);
    let (_, complaints) = own("[global]\n\"x y\" = \"move.top\"\n\"x\" = \"move.bottom\"\n");
    assert!(complaints.warnings[0].why.contains("x y"), "{:?}", complaints.warnings);
}

#[test]
fn the_footer_shows_only_keys_that_work_here() {
    let keymap = Keymap::default();
    assert_eq!(keymap.key_for(PODS, Command::Delete).as_deref(), Some("<ctrl-d>"));
    assert_eq!(keymap.key_for(YAML, Command::Delete), None);
    let (keymap, _) = own("[pods]\n\"y\" = \"pods.node\"\n");
    assert_eq!(keymap.key_for(PODS, Command::Yaml), None);
}

#[test]
fn none_silences_a_key_here_whatever_an_outer_place_says() {
    let (keymap, _) = own("[pods]\n\"y\" = \"none\"\n");
    assert_eq!(press(&keymap, PODS, "y"), [Resolution::None]);
    assert_eq!(command(&keymap, &PODS[1..], "y"), Some(Command::Yaml));
}

/// Rows of a page's tables, cell by cell.
fn rows(page: &str) -> impl Iterator<Item = Vec<&str>> {
    let rows = page.lines().filter(|line| line.starts_with("| "));
    rows.map(|line| line.trim_matches('|').split(" | ").map(str::trim).collect())
}

#[test]
fn the_page_for_people_from_k9s_names_keys_that_do_what_it_says() {
    let page = include_str!("../../docs/from-k9s.md");
    let keymap = Keymap::default();
    let mut held = 0;
    for row in rows(page) {
        let [_, key, id, ..] = row[..] else { continue };
        let Some(id) = id.strip_prefix('`').and_then(|id| id.strip_suffix('`')) else {
            continue;
        };
        let Some(command) = Command::by_id(id) else { continue };
        let key = key.trim_matches('`');
        let bound = Context::ALL
            .iter()
            .any(|&at| keymap.keys_in(at, command).iter().any(|bound| bound == key));
        assert!(bound, "docs/from-k9s.md: <{key}> is not bound to {id}");
        held += 1;
    }
    assert!(held > 90, "only {held} keys of the page were held to the keymap");
    // Every command it names exists.
    for word in page.split('`').skip(1).step_by(2) {
        let section = word.split_once('.').map(|(section, _)| section);
        let is_id = section.is_some_and(|section| {
            (Context::by_name(section).is_some() || section == "move") && !word.contains(' ')
        });
        let file = word.ends_with(".toml") || word.ends_with(".md") || word.ends_with(".yaml");
        assert!(!is_id || file || Command::by_id(word).is_some(), "there is no command {word}");
    }
}
