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

/// Names of the built-in themes with colours.
fn coloured() -> impl Iterator<Item = &'static str> {
    BUILTIN.iter().map(|(name, _)| *name).filter(|name| *name != "mono")
}

#[test]
fn there_are_eight_themes() {
    assert_eq!(BUILTIN.len(), 8);
}

#[test]
fn every_tone_reads_on_every_sort_of_row() {
    for name in coloured() {
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
    for name in coloured() {
        let theme = builtin(name, ColorDepth::True);
        // What people need who want more contrast (WCAG 2, AAA), and what everybody needs (AA).
        let least = if name == "high-contrast" { 7.0 } else { 4.5 };
        for (scope, id) in Scope::ALL.iter().filter(|(_, id)| !lines.contains(id)) {
            let style = theme.style(Scope::Text).patch(theme.style(*scope));
            let found = contrast(rgb(style.fg), rgb(style.bg));
            assert!(found >= least, "{name} {id}: {found:.2}");
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
    for name in ["dark", "ember", "frost", "colorblind"] {
        let theme = builtin(name, ColorDepth::Ansi16);
        for (i, a) in TONES.iter().enumerate() {
            for b in &TONES[i + 1..] {
                assert_ne!(theme.tone(*a).fg, theme.tone(*b).fg, "{name} {a:?} {b:?}");
            }
        }
    }
}

/// What an eye without one sort of cones sees of linear red, green and blue (Machado, Oliveira and
/// Fernandes 2009, severity 1).
const PROTANOPIA: [[f32; 3]; 3] = [
    [0.152_286, 1.052_583, -0.204_868],
    [0.114_503, 0.786_281, 0.099_216],
    [-0.003_882, -0.048_116, 1.051_998],
];
const DEUTERANOPIA: [[f32; 3]; 3] = [
    [0.367_322, 0.860_646, -0.227_968],
    [0.280_085, 0.672_501, 0.047_413],
    [-0.011_820, 0.042_940, 0.968_881],
];
const FULL: [[f32; 3]; 3] = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];

/// A colour in CIELAB as seen by an eye; distances there are how different colours look.
fn seen((r, g, b): (u8, u8, u8), eye: [[f32; 3]; 3]) -> [f32; 3] {
    let linear = [r, g, b].map(|part| {
        let part = f32::from(part) / 255.0;
        if part <= 0.03928 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    });
    let times = |row: [f32; 3], of: [f32; 3]| row[0] * of[0] + row[1] * of[1] + row[2] * of[2];
    let linear = eye.map(|row| times(row, linear).clamp(0.0, 1.0));
    let white = [0.950_47, 1.0, 1.088_83];
    let xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]];
    let mut f = [0.0; 3];
    for i in 0..3 {
        let t = times(xyz[i], linear) / white[i];
        f[i] = if t > 0.008_856 { t.cbrt() } else { 7.787 * t + 16.0 / 116.0 };
    }
    [116.0 * f[1] - 16.0, 500.0 * (f[0] - f[1]), 200.0 * (f[1] - f[2])]
}

fn nearest_tones(name: &str, eye: [[f32; 3]; 3]) -> f32 {
    let theme = builtin(name, ColorDepth::True);
    let colors = TONES.map(|tone| seen(rgb(theme.tone(tone).fg), eye));
    let mut nearest = f32::MAX;
    for (i, a) in colors.iter().enumerate() {
        for b in &colors[i + 1..] {
            let far = a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f32>().sqrt();
            nearest = nearest.min(far);
        }
    }
    nearest
}

#[test]
fn eyes_that_do_not_tell_red_from_green_tell_the_tones_of_the_theme_for_them() {
    for eye in [FULL, PROTANOPIA, DEUTERANOPIA] {
        let nearest = nearest_tones("colorblind", eye);
        assert!(nearest >= 18.0, "{nearest:.1} under {eye:?}");
    }
    // The measure sees what it is for: good and bad of the dark theme look alike to them.
    assert!(nearest_tones("dark", DEUTERANOPIA) < 10.0);
    for name in coloured() {
        let nearest = nearest_tones(name, FULL);
        assert!(nearest >= 12.0, "{name}: {nearest:.1}");
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
