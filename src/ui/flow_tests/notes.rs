//! Notes of what was seen and done.

use super::drift::{seek, world};
use super::fixture::{Fixture, plan};
use crate::model::FollowState;
use crate::ui::{Effect, Msg};

/// The file that was asked for.
fn saved(f: &mut Fixture) -> (String, String) {
    let sent = f.sent();
    let save = |effect: &Effect| match effect {
        Effect::Save { name, content } => Some((name.clone(), content.clone())),
        _ => None,
    };
    sent.iter().find_map(save).unwrap_or_else(|| panic!("no file\n{}", f.screen()))
}

#[test]
fn a_note_tells_what_differs_who_wrote_it_and_what_was_done() {
    let mut f = world((160, 50), false);
    f.press("shift-d");
    seek(&mut f, "Deployment/payments-api");
    f.press("s").sent();
    f.press("enter");
    let sync = plan(&f.sent());
    f.msg(Msg::Follow(sync.id, 0, FollowState::Done("synced to 8d1e0aa".into())));
    f.sent();
    f.go("note scaled by hand for the sale | *see* #42");
    let (name, text) = saved(&mut f);
    assert_eq!(name, "note-payments-20260101T000000Z.md");
    assert!(!text.contains("anary") && !text.contains("Y2Fu"), "{text}");
    insta::assert_snapshot!(text.replace(env!("CARGO_PKG_VERSION"), "VERSION"));
    // Going back writes no other one.
    f.press("[").press("]");
    assert!(!f.sent().iter().any(|effect| matches!(effect, Effect::Save { .. })));
}

#[test]
fn a_note_of_actions_has_all_of_them_and_elsewhere_there_is_nothing_to_note() {
    let mut f = world((160, 50), false);
    f.go("note");
    assert!(f.screen().contains("nothing to note here"), "{}", f.screen());
    f.press("esc");
    f.go("actions");
    f.go("note");
    assert!(f.screen().contains("nothing was done"), "{}", f.screen());
    f.press("esc");
    assert!(!f.sent().iter().any(|effect| matches!(effect, Effect::Save { .. })));
    f.go("cm -A");
    f.press("ctrl-d tab enter");
    let sent = f.sent();
    assert!(sent.iter().any(|effect| matches!(effect, Effect::Run(_))), "{}", f.screen());
    f.go("actions");
    f.go("note -x 'whatever");
    let (name, text) = saved(&mut f);
    assert!(name.starts_with("note-actions-2026"), "{name}");
    for words in [
        "# What was done\n\n-x 'whatever\n",
        "### Delete ConfigMap/payments",
        "still under way",
        "`DELETE /api/v1/namespaces/shop/configmaps/payments`: requested",
    ] {
        assert!(text.contains(words), "{words}\n{text}");
    }
}
