//! Skins as themes. A skin is turned into the text of a theme that inherits from `dark` or `light`, so
//! that everything a skin says nothing about looks as it does there.
//!
//! Skins are made for another screen: colours of text that could not be read on the skin's ground are
//! moved towards its text colour until they can.

use super::colors::named;
use super::node::{File, Node};
use crate::ui::document::Complaints;
use crate::ui::palette::contrast;
use std::fmt::Write as _;

/// What names of skins begin with where themes are named.
pub const PREFIX: &str = "k9s:";

/// Least contrast of text (WCAG 2, AA).
const READABLE: f32 = 4.5;

type Rgb = (u8, u8, u8);

/// Where a skin may name a colour, the best place first.
type Paths<'p> = &'p [&'p [&'p str]];

/// A colour of a skin.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Shade {
    /// The terminal's own.
    Own,
    /// This one.
    Rgb(Rgb),
}

struct Skin<'f> {
    file: &'f File,
    root: Node,
    complaints: &'f mut Complaints,
}

/// The text of the theme that a skin amounts to; None when the file cannot be read.
pub fn theme(file: &File, complaints: &mut Complaints) -> Option<String> {
    let root = match file.parse() {
        Ok(root) => root,
        Err(fault) => {
            complaints.faults.push(fault);
            return None;
        }
    };
    let mut skin = Skin { file, root, complaints };
    Some(skin.text())
}

impl Skin<'_> {
    /// The first of these colours that the skin names.
    fn color(&mut self, paths: Paths<'_>) -> Option<Shade> {
        paths.iter().find_map(|path| self.one(path))
    }

    fn one(&mut self, path: &[&str]) -> Option<Shade> {
        let mut full = vec!["k9s"];
        full.extend_from_slice(path);
        let node = self.root.at(&full)?;
        let (line, what) = (node.line, full.join("."));
        let text = match self.file.text(node, &what) {
            Ok("") => return None,
            Ok(text) => text.to_owned(),
            Err(fault) => {
                self.complaints.warnings.push(fault);
                return None;
            }
        };
        if matches!(text.as_str(), "default" | "-") {
            return Some(Shade::Own);
        }
        let hex = text.strip_prefix('#').filter(|hex| hex.len() == 6);
        let number = hex.and_then(|hex| u32::from_str_radix(hex, 16).ok());
        let rgb = number.map(|number| {
            let [_, r, g, b] = number.to_be_bytes();
            (r, g, b)
        });
        let Some(rgb) = rgb.or_else(|| named(&text)) else {
            let why = format!("{text:?} is no colour; it was ignored");
            self.complaints.warnings.push(self.file.fault(line, &what, why));
            return None;
        };
        Some(Shade::Rgb(rgb))
    }

    fn text(&mut self) -> String {
        let ground = self.color(&[&["body", "bgColor"], &["views", "table", "bgColor"]]);
        let ink = self.color(&[&["body", "fgColor"], &["views", "table", "fgColor"]]);
        let light = match (ground, ink) {
            (Some(Shade::Rgb(ground)), _) => bright(ground),
            (_, Some(Shade::Rgb(ink))) => !bright(ink),
            _ => false,
        };
        // What the terminal's own ground is taken for where something has to be read on it.
        let page = match ground {
            Some(Shade::Rgb(rgb)) => rgb,
            _ if light => (0xff, 0xff, 0xff),
            _ => (0x00, 0x00, 0x00),
        };
        let far = if light { (0x10, 0x10, 0x10) } else { (0xf0, 0xf0, 0xf0) };
        let text = match ink {
            Some(Shade::Rgb(rgb)) => readable(rgb, page, far),
            _ => far,
        };
        let mut palette: Vec<(&str, String)> = Vec::new();
        let own = ground == Some(Shade::Own);
        let ground_text = if own { "default".to_owned() } else { hex(page) };
        palette.push(("ground", ground_text));
        palette.push(("sunken", hex(page)));
        palette.push(("raised", hex(mix(page, text, 0.08))));
        palette.push(("ink", hex(text)));
        palette.push(("strong", hex(readable(mix(text, far, 0.5), page, far))));
        palette.push(("quiet", hex(readable(mix(page, text, 0.65), mix(page, text, 0.08), text))));
        let mut put = |skin: &mut Self, name: &'static str, paths: Paths<'_>| -> Option<Rgb> {
            let Some(Shade::Rgb(rgb)) = skin.color(paths) else { return None };
            let rgb = readable(rgb, mix(page, text, 0.08), text);
            palette.push((name, hex(rgb)));
            Some(rgb)
        };
        let accent = put(
            self,
            "accent",
            &[&["frame", "menu", "keyColor"], &["frame", "title", "highlightColor"]],
        );
        let status = |key: &'static str| ["frame", "status", key];
        let tones = [
            put(self, "green", &[&status("newColor")]),
            put(self, "cyan", &[&status("addColor")]),
            put(
                self,
                "yellow",
                &[&status("pendingColor"), &status("highlightColor"), &status("modifyColor")],
            ),
            put(self, "red", &[&status("errorColor")]),
        ];
        put(self, "accent-soft", &[&["frame", "title", "counterColor"]]);
        put(self, "violet", &[&status("killColor")]);
        put(self, "orange", &[&["frame", "title", "highlightColor"]]);
        if let Some(Shade::Rgb(line)) = self.color(&[&["frame", "border", "fgColor"]]) {
            palette.push(("line", hex(line)));
        }
        // Rows keep the colours of their tones on the cursor, which has to leave them readable.
        let wanted = match self.color(&[&["views", "table", "cursorBgColor"]]) {
            Some(Shade::Rgb(rgb)) => rgb,
            _ => accent.unwrap_or(text),
        };
        let cursor = ground_for(wanted, page, tones.into_iter().flatten().chain([text]));
        palette.push(("selected", hex(cursor)));
        palette.push(("selected-quiet", hex(mix(page, cursor, 0.5))));
        let marked = match self.color(&[&["views", "table", "markColor"]]) {
            Some(Shade::Rgb(rgb)) => rgb,
            _ => tones[2].unwrap_or(text),
        };
        let marked = ground_for(marked, page, tones.into_iter().flatten().chain([text]));
        palette.push(("marked", hex(mix(page, marked, 0.7))));
        palette.push(("marked-selected", hex(mix(cursor, marked, 0.3))));
        let base = if light { "light" } else { "dark" };
        let mut out = format!("version = 1\ninherits = {base:?}\n\n[palette]\n");
        for (name, color) in &palette {
            let _ = writeln!(out, "{name} = {color:?}");
        }
        out.push_str("\n[styles]\n");
        self.styles(&mut out, page, text);
        out
    }

    /// Styles of single things.
    fn styles(&mut self, out: &mut String, page: Rgb, text: Rgb) {
        let raised = mix(page, text, 0.08);
        let rows: [(&str, Paths<'_>, Paths<'_>, bool); 14] = [
            (
                "crumbs",
                &[&["frame", "crumbs", "fgColor"]],
                &[&["frame", "crumbs", "bgColor"]],
                false,
            ),
            (
                "crumbs.current",
                &[&["frame", "crumbs", "fgColor"]],
                &[&["frame", "crumbs", "activeColor"]],
                true,
            ),
            ("title", &[&["frame", "title", "fgColor"]], &[&["frame", "title", "bgColor"]], true),
            (
                "title.count",
                &[&["frame", "title", "counterColor"]],
                &[&["frame", "title", "bgColor"]],
                false,
            ),
            ("border.focused", &[&["frame", "border", "focusColor"]], &[], false),
            (
                "table.header",
                &[&["views", "table", "header", "fgColor"]],
                &[&["views", "table", "header", "bgColor"]],
                true,
            ),
            (
                "table.header.sorted",
                &[&["views", "table", "header", "sorterColor"]],
                &[&["views", "table", "header", "bgColor"]],
                true,
            ),
            ("prompt", &[&["prompt", "fgColor"]], &[&["prompt", "bgColor"]], false),
            ("prompt.suggestion", &[&["prompt", "suggestColor"]], &[&["prompt", "bgColor"]], false),
            ("overlay", &[&["dialog", "fgColor"]], &[&["dialog", "bgColor"]], false),
            ("button", &[&["dialog", "buttonFgColor"]], &[&["dialog", "buttonBgColor"]], false),
            (
                "button.focused",
                &[&["dialog", "buttonFocusFgColor"]],
                &[&["dialog", "buttonFocusBgColor"]],
                true,
            ),
            ("yaml.key", &[&["views", "yaml", "keyColor"]], &[], false),
            ("yaml.punct", &[&["views", "yaml", "colonColor"]], &[], false),
        ];
        for (name, fg, bg, bold) in rows {
            let (fg, bg) = (self.color(fg), self.color(bg));
            let ground = match bg {
                Some(Shade::Rgb(rgb)) => rgb,
                _ if name.starts_with("prompt") || name == "overlay" => raised,
                _ => page,
            };
            let mut parts = Vec::new();
            match (fg, bg) {
                (Some(Shade::Rgb(rgb)), _) => {
                    let far = if bright(ground) { (0, 0, 0) } else { (0xff, 0xff, 0xff) };
                    // Frames are lines, not text.
                    let rgb =
                        if name == "border.focused" { rgb } else { readable(rgb, ground, far) };
                    parts.push(format!("fg = {:?}", hex(rgb)));
                }
                // A ground of its own needs letters that can be read on it.
                (_, Some(Shade::Rgb(_))) => {
                    let letters = if bright(ground) { "#000000" } else { "#ffffff" };
                    parts.push(format!("fg = {letters:?}"));
                }
                _ => continue,
            }
            match bg {
                Some(Shade::Rgb(rgb)) => parts.push(format!("bg = {:?}", hex(rgb))),
                _ if name.starts_with("prompt") || name == "overlay" => {
                    parts.push("bg = \"raised\"".into())
                }
                _ if name.starts_with("yaml") => {}
                _ => parts.push("bg = \"ground\"".into()),
            }
            if bold {
                parts.push("bold = true".into());
            }
            let _ = writeln!(out, "{name:?} = {{ {} }}", parts.join(", "));
        }
    }
}

fn hex((r, g, b): Rgb) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

/// Whether dark letters read better on it.
fn bright(rgb: Rgb) -> bool {
    contrast(rgb, (0, 0, 0)) > contrast(rgb, (0xff, 0xff, 0xff))
}

/// `a` moved towards `b` by `share` of the way.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn mix(a: Rgb, b: Rgb, share: f32) -> Rgb {
    let part = |a: u8, b: u8| (f32::from(a) + (f32::from(b) - f32::from(a)) * share).round() as u8;
    (part(a.0, b.0), part(a.1, b.1), part(a.2, b.2))
}

/// The colour, or the nearest to it on the way to `far` that can be read on `ground`.
fn readable(color: Rgb, ground: Rgb, far: Rgb) -> Rgb {
    let steps = (0..=20u8).map(|step| mix(color, far, f32::from(step) / 20.0));
    let mut best = color;
    for candidate in steps {
        if contrast(candidate, ground) >= READABLE {
            return candidate;
        }
        if contrast(candidate, ground) > contrast(best, ground) {
            best = candidate;
        }
    }
    best
}

/// The colour as a ground, moved towards the page until everything can be read on it.
fn ground_for(color: Rgb, page: Rgb, texts: impl Iterator<Item = Rgb> + Clone) -> Rgb {
    let good = |ground: Rgb| texts.clone().all(|text| contrast(text, ground) >= 3.5);
    let steps = (0..=20u8).map(|step| mix(color, page, f32::from(step) / 20.0));
    // Where nothing will do, a shade that can just be seen.
    steps.clone().find(|ground| good(*ground)).unwrap_or_else(|| mix(page, color, 0.15))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::model::Tone;
    use crate::ui::palette::ColorDepth;
    use crate::ui::theme::{Scope, Theme};
    use ratatui::style::Color;

    fn load(skin: &str) -> (Theme, Complaints) {
        let file = File { name: "skins/mine.yaml".into(), text: skin.into() };
        let mut complaints = Complaints::default();
        let text = theme(&file, &mut complaints).unwrap();
        let user = |name: &str| (name == "k9s:mine").then(|| ("skin".to_owned(), text.clone()));
        let theme = Theme::load("k9s:mine", ColorDepth::True, &user, &mut complaints).unwrap();
        (theme, complaints)
    }

    const SKIN: &str = "
back: &back \"#202028\"
k9s:
  body: {fgColor: \"#d0d0e0\", bgColor: *back, logoColor: red}
  frame:
    border: {fgColor: \"#404050\", focusColor: dodgerblue}
    menu: {fgColor: white, keyColor: hotpink}
    crumbs: {fgColor: white, bgColor: darkslateblue, activeColor: orange}
    status: {newColor: lightskyblue, addColor: \"#50fa7b\", errorColor: orangered, highlightColor: \"#303030\", completedColor: gray}
    title: {fgColor: aqua, bgColor: *back, counterColor: papayawhip}
  views:
    table: {fgColor: blue, bgColor: *back, cursorBgColor: aqua, header: {fgColor: white, bgColor: *back, sorterColor: aqua}}
    yaml: {keyColor: steelblue, colonColor: white, valueColor: papayawhip}
";

    fn rgb(color: Option<Color>) -> Rgb {
        match color {
            Some(Color::Rgb(r, g, b)) => (r, g, b),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_skin_gives_its_colours_and_all_of_it_can_be_read() {
        let (theme, complaints) = load(SKIN);
        assert_eq!(complaints, Complaints::default());
        assert_eq!(theme.style(Scope::Text).bg, Some(Color::Rgb(0x20, 0x20, 0x28)));
        assert_eq!(theme.tone(Tone::Good).fg, Some(Color::Rgb(0x87, 0xce, 0xfa)));
        assert_eq!(theme.style(Scope::FooterKey).fg, Some(Color::Rgb(0xff, 0x69, 0xb4)));
        let lines = [Scope::Border, Scope::BorderFocused, Scope::Scrollbar];
        for (scope, id) in Scope::ALL.iter().filter(|(scope, _)| !lines.contains(scope)) {
            let style = theme.style(Scope::Text).patch(theme.style(*scope));
            let found = contrast(rgb(style.fg), rgb(style.bg));
            assert!(found >= 3.5, "{id}: {found:.2} {style:?}");
        }
        for tone in [Tone::Good, Tone::Busy, Tone::Warn, Tone::Bad, Tone::Dim, Tone::Plain] {
            for scope in [Scope::Row, Scope::RowSelected, Scope::RowMarked] {
                let row = theme.style(Scope::Text).patch(theme.style(scope));
                let found = contrast(rgb(row.patch(theme.tone(tone)).fg), rgb(row.bg));
                assert!(found >= 3.0, "{tone:?} on {scope:?}: {found:.2}");
            }
        }
    }

    #[test]
    fn a_light_skin_is_light_and_an_empty_one_is_dark() {
        let (theme, _) = load("k9s:\n  body: {fgColor: black, bgColor: white}\n");
        assert_eq!(theme.style(Scope::Text).bg, Some(Color::Rgb(255, 255, 255)));
        assert!(contrast(rgb(theme.tone(Tone::Warn).fg), (255, 255, 255)) >= READABLE);
        let (theme, _) = load("");
        assert!(!bright(rgb(theme.style(Scope::Text).bg)));
    }

    #[test]
    fn the_terminals_own_ground_stays_and_what_is_no_colour_is_told() {
        let (theme, complaints) =
            load("k9s:\n  body:\n    bgColor: default\n    fgColor: reddish\n");
        assert_eq!(theme.style(Scope::Text).bg, Some(Color::Reset));
        assert!(complaints.warnings[0].what.contains("line 4, k9s.body.fgColor"), "{complaints:?}");
    }
}
