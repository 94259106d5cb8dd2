#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use super::super::palette::contrast;
use super::*;

const TONES: [Tone; 6] = [Tone::Dim, Tone::Plain, Tone::Good, Tone::Busy, Tone::Warn, Tone::Bad];

fn builtin(name: &str, depth: ColorDepth) -> Theme {
    let mut complaints = Complaints::default();
    let theme = Theme::load(name, depth, &|_| None, &mut complaints).unwrap();
    assert_eq!(complaints, Complaints::default(), "{name}");
    theme
}

fn own(text: &'static str) -> Result<(Theme, Complaints), Fault> {
    let mut complaints = Complaints::default();
    let user = move |name: &str| {
        (name == "mine").then(|| ("themes/mine.toml".to_owned(), text.to_owned()))
    };
    let theme = Theme::load("mine", ColorDepth::True, &user, &mut complaints)?;
    Ok((theme, complaints))
}

fn rgb(color: Option<Color>) -> (u8, u8, u8) {
    match color {
        Some(Color::Rgb(r, g, b)) => (r, g, b),
        Some(Color::Indexed(i)) => super::super::palette::indexed(i),
        other => panic!("{other:?} is no known colour"),
    }
}

#[test]
fn every_tone_reads_on_every_sort_of_row() {
    for name in ["dark", "light"] {
        for depth in [ColorDepth::True, ColorDepth::Ansi256] {
            let theme = builtin(name, depth);
            for scope in [
                Scope::Row,
                Scope::RowSelected,
                Scope::RowUnfocused,
                Scope::RowMarked,
                Scope::RowMarkedSelected,
            ] {
                for tone in TONES {
                    // As tables draw: the screen, the row, then the cell's tone.
                    let row = theme.style(Scope::Text).patch(theme.style(scope));
                    let cell = row.patch(theme.tone(tone));
                    let found = contrast(rgb(cell.fg), rgb(cell.bg));
                    assert!(found >= 4.5, "{name} {depth:?} {scope:?} {tone:?}: {found:.2}");
                }
            }
        }
    }
}

#[test]
fn every_text_reads_on_its_ground() {
    // Frames and scroll bars are lines, not text.
    let lines = ["border", "scrollbar"];
    for name in ["dark", "light"] {
        let theme = builtin(name, ColorDepth::True);
        for (scope, id) in Scope::ALL.iter().filter(|(_, id)| !lines.contains(id)) {
            let style = theme.style(Scope::Text).patch(theme.style(*scope));
            let found = contrast(rgb(style.fg), rgb(style.bg));
            assert!(found >= 4.5, "{name} {id}: {found:.2}");
        }
    }
}

#[test]
fn selection_and_tones_can_be_told_apart_without_colours() {
    for theme in [
        builtin("dark", ColorDepth::Ansi16),
        builtin("light", ColorDepth::Ansi16),
        builtin("dark", ColorDepth::Mono),
    ] {
        let rows = [Scope::Row, Scope::RowSelected, Scope::RowMarked, Scope::RowMarkedSelected];
        for (i, a) in rows.iter().enumerate() {
            for b in &rows[i + 1..] {
                let (a, b) = (theme.style(*a), theme.style(*b));
                assert_ne!(a.add_modifier, b.add_modifier, "{:?}", theme.depth());
            }
        }
    }
    let mono = builtin("light", ColorDepth::Mono);
    for (scope, id) in Scope::ALL {
        let style = mono.style(*scope);
        assert_eq!((style.fg, style.bg), (None, None), "{id}");
    }
}

#[test]
fn tones_differ_on_sixteen_colours() {
    let theme = builtin("dark", ColorDepth::Ansi16);
    for (i, a) in TONES.iter().enumerate() {
        for b in &TONES[i + 1..] {
            assert_ne!(theme.tone(*a).fg, theme.tone(*b).fg, "{a:?} {b:?}");
        }
    }
}

#[test]
fn a_scope_without_a_style_takes_the_one_above() {
    let (theme, complaints) = own(r##"
inherits = "none"
[styles]
"text" = "#ffffff"
"table.row" = "#00ff00"
"table.row.marked" = "#0000ff"
"##)
    .unwrap();
    assert_eq!(complaints, Complaints::default());
    assert_eq!(theme.style(Scope::RowSelected).fg, Some(Color::Rgb(0, 255, 0)));
    assert_eq!(theme.style(Scope::RowMarkedSelected).fg, Some(Color::Rgb(0, 0, 255)));
    assert_eq!(theme.style(Scope::YamlKey).fg, Some(Color::Rgb(255, 255, 255)));
}

#[test]
fn changing_the_palette_changes_what_is_inherited() {
    let (theme, _) = own("[palette]\nred = \"#ff00ff\"\n").unwrap();
    assert_eq!(theme.tone(Tone::Bad).fg, Some(Color::Rgb(255, 0, 255)));
    let dark = builtin("dark", ColorDepth::True);
    assert_eq!(theme.tone(Tone::Good), dark.tone(Tone::Good));
}

#[test]
fn mistakes_name_file_line_and_key() {
    let fault = own("[palette]\nred = \"reddish\"\n").unwrap_err();
    assert_eq!(fault.what, "themes/mine.toml line 2, palette.red");
    let fault = own("[styles]\n\"tone.bad\" = { bold = \"yes\" }\n").unwrap_err();
    assert!(fault.what.ends_with("line 2, styles.\"tone.bad\".bold"), "{fault}");
    let (_, complaints) = own("[styles]\n\"tone.bda\" = \"red\"\n").unwrap();
    assert_eq!(complaints.warnings[0].hint, "did you mean tone.bad?");
}

#[test]
fn every_scope_is_documented() {
    let page = include_str!("../../docs/configuration.md");
    for (_, id) in Scope::ALL {
        assert!(page.contains(&format!("| `{id}` |")), "docs/configuration.md lacks {id}");
    }
}
