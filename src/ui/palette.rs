//! Colours: how files write them, and what is left of them on terminals with fewer.

use ratatui::style::Color;

/// How many colours the terminal can show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ColorDepth {
    /// None (or none wanted): attributes only.
    Mono,
    /// The sixteen named colours.
    Ansi16,
    /// The 256-colour palette.
    Ansi256,
    /// 24 bits.
    #[default]
    True,
}

impl ColorDepth {
    /// What the environment says: `NO_COLOR` (no-color.org: any non-empty value), `COLORTERM`,
    /// `TERM`.
    pub fn detect(variable: &dyn Fn(&str) -> Option<String>) -> Self {
        let get = |name: &str| variable(name).unwrap_or_default().to_ascii_lowercase();
        if !get("NO_COLOR").is_empty() {
            return Self::Mono;
        }
        let term = get("TERM");
        if matches!(get("COLORTERM").as_str(), "truecolor" | "24bit") {
            return Self::True;
        }
        let true_color =
            ["direct", "kitty", "ghostty", "alacritty", "wezterm", "foot", "iterm", "contour"];
        if true_color.iter().any(|part| term.contains(part)) {
            return Self::True;
        }
        if term.contains("256") {
            return Self::Ansi256;
        }
        if term == "dumb" || term.contains("mono") || term.starts_with("vt") {
            return Self::Mono;
        }
        Self::Ansi16
    }

    /// The nearest colour this depth has.
    pub fn nearest(self, color: Color) -> Color {
        let rgb = match color {
            Color::Rgb(r, g, b) => (r, g, b),
            Color::Indexed(i) if i >= 16 && self == Self::Ansi16 => indexed(i),
            other => return other,
        };
        match self {
            Self::True => color,
            Self::Ansi256 => Color::Indexed(nearest_indexed(rgb)),
            Self::Ansi16 => nearest_named(rgb),
            Self::Mono => Color::Reset,
        }
    }
}

/// Reads a colour: `#rrggbb`, `#rgb`, an index 0-255, a name (`red`, `light-blue`, `default`).
pub fn parse_color(text: &str) -> Option<Color> {
    if let Some(hex) = text.strip_prefix('#') {
        if !hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let part = |from: usize, to: usize| u8::from_str_radix(hex.get(from..to)?, 16).ok();
        return match hex.len() {
            6 => Some(Color::Rgb(part(0, 2)?, part(2, 4)?, part(4, 6)?)),
            3 => Some(Color::Rgb(part(0, 1)? * 17, part(1, 2)? * 17, part(2, 3)? * 17)),
            _ => None,
        };
    }
    if let Ok(index) = text.parse::<u8>() {
        return Some(Color::Indexed(index));
    }
    Some(match text.to_ascii_lowercase().replace(['-', '_', ' '], "").as_str() {
        "default" => Color::Reset,
        "black" => Color::Black,
        "red" => Color::Red,
        "green" => Color::Green,
        "yellow" => Color::Yellow,
        "blue" => Color::Blue,
        "magenta" => Color::Magenta,
        "cyan" => Color::Cyan,
        "gray" | "grey" => Color::Gray,
        "darkgray" | "darkgrey" => Color::DarkGray,
        "lightred" => Color::LightRed,
        "lightgreen" => Color::LightGreen,
        "lightyellow" => Color::LightYellow,
        "lightblue" => Color::LightBlue,
        "lightmagenta" => Color::LightMagenta,
        "lightcyan" => Color::LightCyan,
        "white" => Color::White,
        _ => return None,
    })
}

/// Black or white, whichever reads better on this background.
pub fn letters_on(background: Color) -> Color {
    let rgb = match background {
        Color::Rgb(r, g, b) => (r, g, b),
        Color::Indexed(i) if i >= 16 => indexed(i),
        Color::Black | Color::Red | Color::Blue | Color::Magenta | Color::DarkGray => {
            return Color::White;
        }
        Color::Indexed(0 | 1 | 4 | 5 | 8) => return Color::White,
        Color::Reset => return Color::Reset,
        _ => return Color::Black,
    };
    let black = contrast(rgb, (0, 0, 0));
    if black >= contrast(rgb, (255, 255, 255)) { Color::Black } else { Color::White }
}

/// What a colour looks like, where that does not depend on the terminal.
pub fn rgb(color: Color) -> Option<(u8, u8, u8)> {
    match color {
        Color::Rgb(r, g, b) => Some((r, g, b)),
        Color::Indexed(i) if i >= 16 => Some(indexed(i)),
        _ => None,
    }
}

/// Contrast of two colours, 1 to 21 (WCAG 2, "contrast ratio").
pub fn contrast(a: (u8, u8, u8), b: (u8, u8, u8)) -> f32 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// Relative luminance, 0 to 1 (WCAG 2).
fn luminance((r, g, b): (u8, u8, u8)) -> f32 {
    let linear = |part: u8| {
        let part = f32::from(part) / 255.0;
        if part <= 0.03928 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
}

/// The steps of the 6x6x6 cube that starts at colour 16.
const STEPS: [u8; 6] = [0, 95, 135, 175, 215, 255];

/// What xterm shows for colours 16 to 255.
pub fn indexed(i: u8) -> (u8, u8, u8) {
    if i >= 232 {
        let grey = 8 + 10 * (i - 232);
        return (grey, grey, grey);
    }
    let i = usize::from(i.saturating_sub(16));
    (STEPS[i / 36], STEPS[i / 6 % 6], STEPS[i % 6])
}

fn nearest_indexed(rgb: (u8, u8, u8)) -> u8 {
    let far = |i: &u8| {
        let other = indexed(*i);
        let part = |a: u8, b: u8, weight: u32| weight * u32::from(a.abs_diff(b)).pow(2);
        // Eyes are most sensitive to green, least to blue.
        part(rgb.0, other.0, 3) + part(rgb.1, other.1, 4) + part(rgb.2, other.2, 2)
    };
    (16..=255).min_by_key(far).unwrap_or(16)
}

/// By hue rather than by distance: pastels would all be "gray" otherwise, and tones would look alike.
fn nearest_named((r, g, b): (u8, u8, u8)) -> Color {
    let (most, least) = (r.max(g).max(b), r.min(g).min(b));
    let (chroma, sum) = (i32::from(most - least), i32::from(most) + i32::from(least));
    if chroma < 56 {
        return match sum / 2 {
            0..=69 => Color::Black,
            70..=139 => Color::DarkGray,
            140..=209 => Color::Gray,
            _ => Color::White,
        };
    }
    let (r, g, b) = (i32::from(r), i32::from(g), i32::from(b));
    let most = i32::from(most);
    let hue = if most == r {
        (60 * (g - b) / chroma + 360) % 360
    } else if most == g {
        60 * (b - r) / chroma + 120
    } else {
        60 * (r - g) / chroma + 240
    };
    let bright = sum / 2 > 110;
    match hue {
        0..=19 | 331..=360 if bright => Color::LightRed,
        20..=74 if bright => Color::LightYellow,
        75..=164 if bright => Color::LightGreen,
        165..=199 if bright => Color::LightCyan,
        200..=254 if bright => Color::LightBlue,
        255..=330 if bright => Color::LightMagenta,
        20..=74 => Color::Yellow,
        75..=164 => Color::Green,
        165..=199 => Color::Cyan,
        200..=254 => Color::Blue,
        255..=330 => Color::Magenta,
        _ => Color::Red,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn detect(environment: &[(&str, &str)]) -> ColorDepth {
        ColorDepth::detect(&|name| {
            environment.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_environment_says_how_many_colours_there_are() {
        assert_eq!(detect(&[("TERM", "xterm-256color")]), ColorDepth::Ansi256);
        assert_eq!(
            detect(&[("TERM", "xterm-256color"), ("COLORTERM", "truecolor")]),
            ColorDepth::True
        );
        assert_eq!(detect(&[("TERM", "xterm-kitty")]), ColorDepth::True);
        assert_eq!(detect(&[("TERM", "linux")]), ColorDepth::Ansi16);
        assert_eq!(detect(&[("TERM", "dumb")]), ColorDepth::Mono);
        assert_eq!(detect(&[("NO_COLOR", "1"), ("COLORTERM", "24bit")]), ColorDepth::Mono);
        // The convention: an empty NO_COLOR does not count.
        assert_eq!(detect(&[("NO_COLOR", ""), ("COLORTERM", "24bit")]), ColorDepth::True);
    }

    #[test]
    fn pastels_keep_their_hue_on_sixteen_colours() {
        let named = |text| ColorDepth::Ansi16.nearest(parse_color(text).unwrap());
        assert_eq!(named("#9ece6a"), Color::LightGreen);
        assert_eq!(named("#f7768e"), Color::LightRed);
        assert_eq!(named("#e0af68"), Color::LightYellow);
        assert_eq!(named("#16181f"), Color::Black);
        assert_eq!(named("#c8d0e0"), Color::White);
    }

    #[test]
    fn colours_that_are_no_colours_are_refused() {
        for text in ["#12", "#gggggg", "#+1+1+1", "256", "reddish", ""] {
            assert_eq!(parse_color(text), None, "{text}");
        }
        assert_eq!(parse_color("#f00"), Some(Color::Rgb(255, 0, 0)));
        assert_eq!(parse_color("Light Blue"), Some(Color::LightBlue));
    }

    #[test]
    fn a_header_in_any_colour_stays_readable() {
        assert_eq!(letters_on(Color::Rgb(250, 220, 90)), Color::Black);
        assert_eq!(letters_on(Color::Rgb(40, 40, 120)), Color::White);
    }
}
