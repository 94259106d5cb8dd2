//! The command line and the filter.

use super::fixture::{Fixture, subscribed};
use crate::ui::settings::Loaded;
use crate::ui::{Effect, Msg, Start};

#[test]
fn a_filter_works_as_it_is_typed_and_escape_puts_the_old_one_back() {
    let mut f = Fixture::new();
    f.press("/").type_in("crash").press("enter");
    let crashing = f.lines()[2].clone();
    f.press("/ ctrl-u").type_in("oom");
    assert!(f.lines()[2].contains("[2 of "), "{}", f.lines()[2]);
    f.press("esc");
    assert_eq!(f.lines()[2], crashing);
    assert!(f.sent().iter().any(|e| matches!(e, Effect::Remember { history: "filter", .. })));
}

#[test]
fn a_wrong_filter_says_why_in_the_prompt_and_the_last_good_one_stays() {
    let mut f = Fixture::new();
    f.press("/").type_in("restarts>");
    assert!(!f.footer().is_empty());
    f.type_in(">3");
    assert!(f.footer().contains("is no number"), "{}", f.footer());
    f.press("enter");
    assert!(f.ui.prompt.is_some(), "it stays to be mended");
    f.press("ctrl-u").type_in("staus:crash");
    assert!(f.footer().contains("status"), "the nearest column is offered: {}", f.footer());
    f.press("ctrl-u").type_in("(");
    assert!(f.footer().contains("unclosed group"), "{}", f.footer());
    f.press("ctrl-u").type_in("status:crash restarts>3").press("enter");
    assert!(f.ui.prompt.is_none());
    assert!(f.screen().contains("crash-loop"), "{}", f.screen());
}

#[test]
fn a_filter_on_the_command_line_is_checked_when_the_columns_are_known() {
    let mut f = Fixture::new();
    f.go("nodes /restarts>3");
    assert!(f.strip().contains("filter /restarts>3"), "{}", f.strip());
    assert!(f.screen().contains("none of the 9 nodes matches"), "{}", f.screen());
}

#[test]
fn labels_are_asked_of_the_server_when_the_filter_is_accepted() {
    let mut f = Fixture::new();
    f.sent();
    f.press("/").type_in("app=api");
    assert_eq!(subscribed(&f.sent()), [] as [String; 0]);
    f.press("enter");
    assert_eq!(subscribed(&f.sent()), ["pods in all"]);
    assert!(f.lines()[2].contains("/app=api"), "{}", f.screen());
    f.press("esc");
    assert_eq!(subscribed(&f.sent()), [] as [String; 0], "the whole list is still there");
}

#[test]
fn commands_are_completed_and_recalled() {
    let mut f = Fixture::new();
    f.press(":").type_in("dep");
    assert!(f.strip().starts_with(":deployments"), "{}", f.strip());
    assert!(f.footer().contains("deployments"), "{}", f.footer());
    f.press("tab enter");
    assert_eq!(f.lines()[1], " deployments");
    f.press(":").type_in("pods kube").press("tab");
    assert!(!f.strip().contains("kube-system"), "only namespaces that exist: {}", f.strip());
    f.press("ctrl-u").type_in("pods def").press("tab");
    assert_eq!(f.strip(), ":pods default");
    f.press("ctrl-u").type_in("ctx pr").press("tab enter");
    assert!(f.lines()[0].contains("prod-eu"), "{}", f.lines()[0]);
    f.press(": up up");
    assert_eq!(f.strip(), ":deployments");
    f.press("down");
    assert_eq!(f.strip(), ":ctx prod-eu");
}

#[test]
fn a_wrong_command_stays_to_be_mended_and_offers_what_is_near() {
    let mut f = Fixture::new();
    f.go("deploymnets");
    assert!(f.footer().contains("did you mean deployments"), "{}", f.footer());
    assert!(f.strip().starts_with(":deploymnets"), "{}", f.strip());
    f.press("esc");
    assert!(f.ui.prompt.is_none());
    f.go("pods -x");
    assert!(f.footer().contains("unknown option -x"), "{}", f.footer());
}

#[test]
fn an_alias_stands_for_a_whole_command_line() {
    let alias = |config: &mut Loaded| {
        config.settings.aliases = vec![
            ("crash".into(), "pods shop /status:crash".into()),
            ("round".into(), "round".into()),
        ];
    };
    let mut f = Fixture::with((120, 30), alias, Start::default());
    f.go("crash");
    assert!(f.lines()[2].contains("pods(shop)") && f.lines()[2].contains("/status:crash"));
    f.go("round");
    assert!(f.footer().contains("circle"), "{}", f.footer());
}

#[test]
fn themes_and_keymaps_change_while_the_program_runs() {
    let mut f = Fixture::new();
    f.sent();
    f.press(":").type_in("theme li").press("tab enter");
    let light = Effect::Restyle { theme: Some("light".into()), keymap: None };
    assert!(f.sent().contains(&light));
    let mut loaded = f.ui.config.clone();
    loaded.settings.theme = "light".into();
    f.msg(Msg::Reloaded(Box::new(loaded)));
    assert!(f.strip().contains("theme light"), "{}", f.strip());
    f.go("theme lihgt");
    assert!(f.footer().contains("there are dark, light, mono"), "{}", f.footer());
    f.press("esc");
    f.go("keymap");
    assert!(f.strip().contains("keymap default; there are default, vim"), "{}", f.strip());
    f.go("keymap vim");
    let vim = Effect::Restyle { theme: None, keymap: Some("vim".into()) };
    assert!(f.sent().contains(&vim));
}

/// What the runtime answers when a theme is to be seen.
fn show(f: &mut Fixture, name: &str) {
    let mut loaded = f.ui.config.clone();
    loaded.settings.theme = name.into();
    f.msg(Msg::Reloaded(Box::new(loaded)));
}

#[test]
fn moving_over_the_themes_shows_each_esc_puts_the_old_one_back_and_enter_keeps() {
    let mut f = Fixture::new();
    f.sent();
    f.go("theme").press("j");
    assert!(f.screen().contains("themes") && f.screen().contains("in force"), "{}", f.screen());
    assert!(f.sent().contains(&Effect::Preview(Some("light".into()))));
    show(&mut f, "light");
    assert!(!f.strip().contains("theme light"), "looking is no news: {}", f.strip());
    f.press("G");
    assert!(f.sent().contains(&Effect::Preview(Some("mono".into()))));
    f.press("esc");
    assert!(f.ui.overlay.is_none());
    assert!(f.sent().contains(&Effect::Preview(None)));
    show(&mut f, "dark");
    assert!(!f.strip().contains("theme"), "{}", f.strip());

    f.go("skin").press("j enter");
    let light = Effect::Restyle { theme: Some("light".into()), keymap: None };
    assert!(f.sent().contains(&light));
    assert!(f.strip().contains("theme = \"light\" in config.toml"), "{}", f.strip());
    show(&mut f, "light");

    // A way out by the command line puts it back too.
    f.go("theme").press("G :");
    assert!(f.sent().contains(&Effect::Preview(None)));
    assert!(f.ui.prompt.is_some() && f.ui.overlay.is_none());
}

#[test]
fn the_mouse_picks_a_theme() {
    let mut f = Fixture::new();
    f.go("theme");
    f.sent();
    let lines = f.lines();
    let row = lines.iter().position(|line| line.contains("  mono")).unwrap();
    let column = lines[row].split("  mono").next().unwrap().chars().count() + 2;
    let (column, row) = (u16::try_from(column).unwrap(), u16::try_from(row).unwrap());
    f.msg(Msg::Click(column, row));
    assert!(f.sent().contains(&Effect::Preview(Some("mono".into()))));
    f.msg(Msg::Wheel(-1));
    assert!(f.sent().contains(&Effect::Preview(Some("light".into()))));
    f.msg(Msg::Click(column, row));
    f.msg(Msg::Click(column, row));
    let mono = Effect::Restyle { theme: Some("mono".into()), keymap: None };
    assert!(f.sent().contains(&mono));
}

#[test]
fn control_c_quits_from_the_prompt_too_and_rubbing_out_nothing_closes_it() {
    let mut f = Fixture::new();
    f.press(": backspace");
    assert!(f.ui.prompt.is_none());
    f.press(":").type_in("po").press("ctrl-c");
    assert!(f.sent().contains(&Effect::Quit));
}

#[test]
fn a_line_longer_than_the_screen_shows_its_end() {
    let mut f = Fixture::new();
    f.press("/").type_in(&"a".repeat(300)).type_in("END");
    assert!(f.strip().ends_with("END"), "{}", f.strip());
    assert!(f.strip().chars().count() <= 120);
}

#[test]
fn a_namespace_that_does_not_exist_is_told_with_the_nearest_that_does() {
    let mut f = Fixture::new();
    f.go("pods defalt");
    assert!(
        f.screen().contains("there is no namespace defalt: did you mean default?"),
        "{}",
        f.screen()
    );
    f.go("pods default nope=1");
    assert!(f.screen().contains("there are no pods in default with nope=1"), "{}", f.screen());
    assert!(!f.screen().contains("there is no namespace"), "{}", f.screen());
}
