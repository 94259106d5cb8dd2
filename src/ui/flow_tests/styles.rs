//! How it looks where the look carries meaning: the screen's text, then which style stands where.

use super::fixture::Fixture;
use crate::ui::{Msg, Start};
use ratatui::buffer::Buffer;
use ratatui::style::{Modifier, Style};
use std::fmt::Write as _;

/// The text of some lines, below each the letter of the style of every cell; then what the letters
/// mean. `.` is the screen's own style.
fn dump(buffer: &Buffer, lines: std::ops::Range<u16>, plain: Style) -> String {
    let mut styles: Vec<Style> = Vec::new();
    let mut out = String::new();
    for y in lines {
        let (mut text, mut looks) = (String::new(), String::new());
        for x in 0..buffer.area.width {
            let cell = &buffer[(x, y)];
            text.push_str(cell.symbol());
            let style = cell.style();
            let same = |a: &Style| {
                (a.fg, a.bg, a.add_modifier) == (style.fg, style.bg, style.add_modifier)
            };
            if same(&plain) {
                looks.push('.');
                continue;
            }
            let at = styles.iter().position(same).unwrap_or_else(|| {
                styles.push(style);
                styles.len() - 1
            });
            looks.push(char::from(b'a' + u8::try_from(at).unwrap()));
        }
        let _ = writeln!(out, "{}\n{}", text.trim_end(), looks.trim_end_matches('.'));
    }
    for (at, style) in styles.iter().enumerate() {
        let letter = char::from(b'a' + u8::try_from(at).unwrap());
        let color =
            |color: Option<ratatui::style::Color>| color.map_or("-".into(), |c| c.to_string());
        let (fg, bg) = (color(style.fg), color(style.bg));
        let _ = writeln!(out, "{letter}: {fg} on {bg} {:?}", style.add_modifier);
    }
    out
}

fn small(f: &mut Fixture) -> Style {
    f.msg(Msg::Resize(72, 14));
    f.ui.config.theme.style(crate::ui::theme::Scope::Text)
}

#[test]
fn a_broken_pod_a_marked_one_and_the_selected_one_look_like_it() {
    let mut f = Fixture::new();
    let plain = small(&mut f);
    f.press("/").type_in("^crash|completed$|signal").press("enter space j");
    insta::assert_snapshot!(dump(&f.buffer(), 2..9, plain));
}

#[test]
fn without_colours_the_selection_and_the_marks_still_show() {
    let mono = |config: &mut crate::ui::settings::Loaded| {
        config.theme = crate::ui::theme::Theme::load(
            "dark",
            crate::ui::palette::ColorDepth::Mono,
            &|_| None,
            &mut crate::ui::document::Complaints::default(),
        )
        .unwrap();
    };
    let mut f = Fixture::with((72, 14), mono, Start::default());
    f.press("space");
    let buffer = f.buffer();
    let styles: Vec<Modifier> = (4..7).map(|y| buffer[(3, y)].modifier).collect();
    assert_ne!(styles[0], styles[2], "the marked row");
    assert_ne!(styles[1], styles[2], "the selected row");
    assert_eq!(buffer[(1, 4)].symbol(), f.ui.glyphs().mark);
    assert_eq!(buffer[(1, 5)].symbol(), f.ui.glyphs().selected);
}

#[test]
fn a_match_in_a_text_stands_out_and_the_one_under_the_cursor_more() {
    let mut f = Fixture::new();
    let plain = small(&mut f);
    f.press("/").type_in("name==running").press("enter y /").type_in("name").press("enter");
    insta::assert_snapshot!(dump(&f.buffer(), 3..11, plain));
}

#[test]
fn deleting_on_a_protected_cluster_looks_dangerous() {
    let mut f = Fixture::new();
    f.go("ctx prod-eu").press("/").type_in("name==running").press("enter");
    let plain = small(&mut f);
    f.press("ctrl-d tab").type_in("run").press("tab");
    insta::assert_snapshot!(dump(&f.buffer(), 0..14, plain));
}
