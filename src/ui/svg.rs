//! A screen as an SVG picture: what the terminal would show, for documents and for looking at.
//!
//! The same buffer always gives the same text, so that a test can say when a picture is out of date.

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Width of a terminal cell in the picture's units.
const CELL: f32 = 8.4;
/// Height of a line.
const LINE: f32 = 18.0;
/// Space around the screen.
const MARGIN: f32 = 10.0;
/// From the top of a line to the base of its letters.
const BASE: f32 = 13.5;

/// Colours that a terminal has of its own.
#[derive(Clone, Copy, Debug)]
pub struct Ground {
    /// Letters without a colour.
    pub letters: (u8, u8, u8),
    /// Background without a colour.
    pub back: (u8, u8, u8),
}

/// How a run of cells looks.
#[derive(Clone, Copy, PartialEq)]
struct Look {
    letters: (u8, u8, u8),
    back: (u8, u8, u8),
    modifier: Modifier,
}

/// The screen as an SVG document.
pub fn draw(buffer: &Buffer, ground: Ground, title: &str) -> String {
    let area = buffer.area;
    let wide = f32::from(area.width) * CELL + 2.0 * MARGIN;
    let high = f32::from(area.height) * LINE + 2.0 * MARGIN;
    let mut out = String::new();
    let _ = writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{wide:.0}\" height=\"{high:.0}\" \
         viewBox=\"0 0 {wide:.1} {high:.1}\" role=\"img\" font-size=\"14\" \
         font-family=\"'DejaVu Sans Mono','JetBrains Mono',Menlo,Consolas,monospace\" \
         xml:space=\"preserve\">\n<title>{}</title>\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"{}\"/>",
        escaped(title),
        hex(ground.back)
    );
    // Frames are drawn as strokes: as letters they would not meet, for lines stand apart.
    let mut lines: Lines = BTreeMap::new();
    for y in area.y..area.bottom() {
        let runs = runs(buffer, y, ground);
        for (x, cells, look, _) in &runs {
            if look.back != ground.back {
                rect(&mut out, (*x, y - area.y), *cells, look.back);
            }
        }
        for (x, cells, look, text) in &runs {
            if text.starts_with(is_line) {
                write_lines(&mut lines, (*x, y - area.y), *look, text);
            } else {
                write_run(&mut out, (*x, y - area.y), *cells, *look, text);
            }
        }
    }
    for (color, path) in &lines {
        let _ = writeln!(
            out,
            "<path d=\"{path}\" stroke=\"{}\" stroke-width=\"1.2\" fill=\"none\"/>",
            hex(*color)
        );
    }
    out.push_str("</svg>\n");
    out
}

/// A column and how many cells a run takes from there, its look and its text.
type Run = (u16, u16, Look, String);

/// A line in runs of equal looks. Signs that fonts draw in widths of their own stand alone.
fn runs(buffer: &Buffer, y: u16, ground: Ground) -> Vec<Run> {
    let area = buffer.area;
    let mut runs: Vec<Run> = Vec::new();
    let mut alone = true;
    let mut x = area.x;
    while x < area.right() {
        let cell = &buffer[(x, y)];
        let look = look(cell, ground);
        let symbol = cell.symbol();
        let cells = u16::try_from(crate::text::width::width(symbol)).unwrap_or(1).max(1);
        let line = symbol.starts_with(is_line);
        let plain = symbol.is_ascii() || line;
        match runs.last_mut() {
            Some((_, wide, known, text))
                if *known == look && plain && !alone && text.starts_with(is_line) == line =>
            {
                *wide += cells;
                text.push_str(symbol);
            }
            _ => runs.push((x - area.x, cells, look, symbol.to_owned())),
        }
        alone = !plain;
        x += cells;
    }
    runs
}

fn look(cell: &Cell, ground: Ground) -> Look {
    let (mut letters, mut back) = (rgb(cell.fg, ground.letters), rgb(cell.bg, ground.back));
    if cell.modifier.contains(Modifier::REVERSED) {
        std::mem::swap(&mut letters, &mut back);
    }
    if cell.modifier.contains(Modifier::DIM) {
        let half = |a: u8, b: u8| u8::try_from(u16::midpoint(a.into(), b.into())).unwrap_or(a);
        letters = (half(letters.0, back.0), half(letters.1, back.1), half(letters.2, back.2));
    }
    let seen = Modifier::BOLD | Modifier::ITALIC | Modifier::UNDERLINED | Modifier::CROSSED_OUT;
    Look { letters, back, modifier: cell.modifier & seen }
}

/// Paths of one colour each.
type Lines = BTreeMap<(u8, u8, u8), String>;

/// Signs that are strokes: of frames, and the thumb of a scroll bar.
fn is_line(c: char) -> bool {
    matches!(c, '─' | '│' | '┃' | '┌' | '┐' | '└' | '┘' | '╭' | '╮' | '╰' | '╯')
}

fn write_lines(lines: &mut Lines, (x, y): (u16, u16), look: Look, text: &str) {
    let path = lines.entry(look.letters).or_default();
    let top = MARGIN + f32::from(y) * LINE;
    let middle = top + LINE / 2.0;
    let mut at = MARGIN + f32::from(x) * CELL;
    let mut flat = 0.0;
    for c in text.chars() {
        if c == '─' {
            flat += CELL;
            at += CELL;
            continue;
        }
        if flat > 0.0 {
            let _ = write!(path, "M{:.1} {middle:.1}h{flat:.1}", at - flat);
            flat = 0.0;
        }
        let centre = at + CELL / 2.0;
        let (half, rest) = (CELL / 2.0, LINE / 2.0);
        let bow = |across: f32, down: f32| {
            let (down, end) = (down * rest, across * half);
            format!(
                "M{centre:.1} {:.1}Q{centre:.1} {middle:.1} {:.1} {middle:.1}",
                middle + down,
                centre + end
            )
        };
        let corner = |across: f32, down: f32| {
            format!("M{:.1} {middle:.1}H{centre:.1}v{:.1}", centre + across * half, down * rest)
        };
        let stroke = match c {
            '┌' => corner(1.0, 1.0),
            '┐' => corner(-1.0, 1.0),
            '└' => corner(1.0, -1.0),
            '┘' => corner(-1.0, -1.0),
            '╭' => bow(1.0, 1.0),
            '╮' => bow(-1.0, 1.0),
            '╰' => bow(1.0, -1.0),
            '╯' => bow(-1.0, -1.0),
            // Two strokes close together are a thick one.
            '┃' => format!(
                "M{:.1} {top:.1}v{LINE:.1}M{:.1} {top:.1}v{LINE:.1}M{:.1} {top:.1}v{LINE:.1}",
                centre - 1.0,
                centre,
                centre + 1.0
            ),
            _ => format!("M{centre:.1} {top:.1}v{LINE:.1}"),
        };
        path.push_str(&stroke);
        at += CELL;
    }
    if flat > 0.0 {
        let _ = write!(path, "M{:.1} {middle:.1}h{flat:.1}", at - flat);
    }
}

fn rect(out: &mut String, (x, y): (u16, u16), cells: u16, color: (u8, u8, u8)) {
    let _ = writeln!(
        out,
        "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{LINE:.1}\" fill=\"{}\"/>",
        MARGIN + f32::from(x) * CELL,
        MARGIN + f32::from(y) * LINE,
        f32::from(cells) * CELL,
        hex(color)
    );
}

fn write_run(out: &mut String, (x, y): (u16, u16), cells: u16, look: Look, text: &str) {
    let trimmed = text.trim_end_matches(' ');
    if trimmed.is_empty() {
        return;
    }
    // Spaces in front move the text instead of being drawn.
    let shown = trimmed.trim_start_matches(' ');
    let skipped = u16::try_from(trimmed.len() - shown.len()).unwrap_or(0);
    let behind = u16::try_from(text.len() - trimmed.len()).unwrap_or(0);
    let cells = cells.saturating_sub(skipped + behind);
    let mut attributes = String::new();
    if look.modifier.contains(Modifier::BOLD) {
        attributes.push_str(" font-weight=\"bold\"");
    }
    if look.modifier.contains(Modifier::ITALIC) {
        attributes.push_str(" font-style=\"italic\"");
    }
    let lines = match (
        look.modifier.contains(Modifier::UNDERLINED),
        look.modifier.contains(Modifier::CROSSED_OUT),
    ) {
        (true, true) => " text-decoration=\"underline line-through\"",
        (true, false) => " text-decoration=\"underline\"",
        (false, true) => " text-decoration=\"line-through\"",
        (false, false) => "",
    };
    let _ = writeln!(
        out,
        "<text x=\"{:.1}\" y=\"{:.1}\" textLength=\"{:.1}\" \
         fill=\"{}\"{attributes}{lines}>{}</text>",
        MARGIN + f32::from(x + skipped) * CELL,
        MARGIN + f32::from(y) * LINE + BASE,
        f32::from(cells) * CELL,
        hex(look.letters),
        escaped(shown)
    );
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // XML has no way to write these.
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

fn hex((r, g, b): (u8, u8, u8)) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

/// What a colour looks like; `own` where the terminal decides.
fn rgb(color: Color, own: (u8, u8, u8)) -> (u8, u8, u8) {
    // The sixteen named ones as VS Code's terminal shows them: readable on dark and on light.
    match color {
        Color::Reset => own,
        Color::Rgb(r, g, b) => (r, g, b),
        Color::Indexed(i) if i >= 16 => super::palette::indexed(i),
        Color::Black | Color::Indexed(0) => (0, 0, 0),
        Color::Red | Color::Indexed(1) => (205, 49, 49),
        Color::Green | Color::Indexed(2) => (13, 188, 121),
        Color::Yellow | Color::Indexed(3) => (229, 229, 16),
        Color::Blue | Color::Indexed(4) => (36, 114, 200),
        Color::Magenta | Color::Indexed(5) => (188, 63, 188),
        Color::Cyan | Color::Indexed(6) => (17, 168, 205),
        Color::Gray | Color::Indexed(7) => (229, 229, 229),
        Color::DarkGray | Color::Indexed(8) => (102, 102, 102),
        Color::LightRed | Color::Indexed(9) => (241, 76, 76),
        Color::LightGreen | Color::Indexed(10) => (35, 209, 139),
        Color::LightYellow | Color::Indexed(11) => (245, 245, 67),
        Color::LightBlue | Color::Indexed(12) => (59, 142, 234),
        Color::LightMagenta | Color::Indexed(13) => (214, 112, 214),
        Color::LightCyan | Color::Indexed(14) => (41, 184, 219),
        Color::White | Color::Indexed(_) => (255, 255, 255),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    const GROUND: Ground = Ground { letters: (200, 200, 200), back: (0, 0, 0) };

    #[test]
    fn equal_looks_become_one_run_and_what_xml_knows_is_escaped() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 12, 1));
        buffer.set_string(0, 0, "a<b> c", Style::new());
        buffer.set_string(7, 0, "bold", Style::new().add_modifier(Modifier::BOLD));
        let svg = draw(&buffer, GROUND, "a & b");
        assert!(svg.contains(">a&lt;b&gt; c</text>"), "{svg}");
        assert!(svg.contains("font-weight=\"bold\">bold</text>"), "{svg}");
        assert!(svg.contains("<title>a &amp; b</title>"), "{svg}");
        assert_eq!(svg.matches("<text").count(), 2);
        assert_eq!(draw(&buffer, GROUND, "a & b"), svg);
    }

    #[test]
    fn reversed_letters_stand_on_a_rectangle_of_their_colour() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 3, 1));
        let style = Style::new().fg(Color::Rgb(1, 2, 3)).add_modifier(Modifier::REVERSED);
        buffer.set_string(0, 0, "x", style);
        let svg = draw(&buffer, GROUND, "");
        assert!(svg.contains("width=\"8.4\" height=\"18.0\" fill=\"#010203\""), "{svg}");
        assert!(svg.contains("fill=\"#000000\">x</text>"), "{svg}");
    }

    #[test]
    fn a_wide_character_takes_two_cells_and_escape_codes_do_not_get_in() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 6, 1));
        buffer.set_string(0, 0, "日x", Style::new());
        buffer[(4, 0)].set_symbol("\u{1b}");
        let svg = draw(&buffer, GROUND, "");
        assert!(svg.contains("textLength=\"16.8\""), "{svg}");
        assert!(svg.contains('\u{fffd}') && !svg.contains('\u{1b}'), "{svg}");
    }
}
