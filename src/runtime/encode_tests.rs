#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;
use proptest::prelude::*;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

const SIZE: (u16, u16) = (30, 12);

/// What is put on a screen: where, what, how.
type Text = (u16, u16, String, Style);

fn style() -> impl Strategy<Value = Style> {
    let color = prop_oneof![
        3 => Just(Color::Reset),
        3 => Just(Color::Rgb(19, 22, 29)),
        2 => Just(Color::Rgb(211, 218, 232)),
        1 => (0..=255u8).prop_map(Color::Indexed),
        1 => Just(Color::Red),
        1 => Just(Color::LightBlue),
    ];
    // vt100 knows no others.
    let weight = prop_oneof![
        3 => Just(Modifier::empty()),
        1 => Just(Modifier::BOLD),
        1 => Just(Modifier::DIM),
    ];
    let other = prop_oneof![
        5 => Just(Modifier::empty()),
        1 => Just(Modifier::ITALIC),
        1 => Just(Modifier::UNDERLINED),
        1 => Just(Modifier::REVERSED),
        1 => Just(Modifier::REVERSED | Modifier::UNDERLINED | Modifier::ITALIC),
    ];
    (color.clone(), color, weight, other).prop_map(|(foreground, background, weight, other)| {
        Style::new().fg(foreground).bg(background).add_modifier(weight | other)
    })
}

fn text() -> impl Strategy<Value = Text> {
    let words = prop_oneof![
        4 => "[a-z0-9-]{1,12}",
        3 => " {1,30}",
        2 => "[a-z]{1,3} {1,9}[0-9]{1,3} {1,14}[a-z]{1,2}",
        1 => "[日本語한]{1,4}",
        1 => "([a-z]|│|é|▸|…|日| ){1,9}",
        1 => "(a|e\u{301}|o\u{308}\u{323}| ){1,5}",
        1 => "(⚠\u{fe0f}|❤\u{fe0f}|x| ){1,4}",
        1 => "(🚀|👨\u{200d}👩\u{200d}👧|🇩🇪|-){1,3}",
    ];
    (0..SIZE.0, 0..SIZE.1, words, style())
}

/// A screen that had these put on it one after the other.
fn draw(before: Option<&Buffer>, texts: &[Text]) -> Buffer {
    let empty = Buffer::empty(Rect::new(0, 0, SIZE.0, SIZE.1));
    let mut buffer = before.cloned().unwrap_or(empty);
    for (x, y, text, style) in texts {
        // As panes do it: the background of a whole row, and then what is on it.
        if text.len() % 7 == 0 {
            buffer.set_style(Rect::new(0, *y, SIZE.0, 1), *style);
        }
        buffer.set_string(*x, *y, text, *style);
    }
    for cell in &mut buffer.content {
        if cell.modifier.contains(Modifier::BOLD) {
            // vt100 knows one or the other.
            cell.modifier.remove(Modifier::DIM);
        }
    }
    buffer
}

fn rows(buffer: &Buffer) -> impl Iterator<Item = &[Cell]> {
    buffer.content.chunks(usize::from(SIZE.0))
}

fn color(color: Color) -> vt100::Color {
    match color {
        Color::Reset => vt100::Color::Default,
        Color::Rgb(r, g, b) => vt100::Color::Rgb(r, g, b),
        Color::Indexed(i) => vt100::Color::Idx(i),
        Color::Red => vt100::Color::Idx(1),
        Color::LightBlue => vt100::Color::Idx(12),
        other => panic!("{other} is not generated"),
    }
}

/// What is wrong with what a terminal shows.
fn faults(terminal: &vt100::Parser, wanted: &Buffer) -> Vec<String> {
    let mut faults = Vec::new();
    for (y, row) in (0..).zip(rows(wanted)) {
        for (x, spot) in (0..).zip(spots(row)) {
            let cell = terminal.screen().cell(y, x).unwrap();
            // It knows no clusters of characters: of some it shows a part, or in one column where two are kept free.
            let torn = spot.width > 0 && spot.width_by_characters() != spot.width;
            if spot.width == 0 || torn && spot.width_by_characters() > spot.width {
                continue;
            }
            let shown = if cell.has_contents() { cell.contents() } else { " " };
            let modifier = |modifier| spot.pen.modifier.contains(modifier);
            let pen = (
                cell.fgcolor() == color(spot.pen.foreground),
                cell.bold() == modifier(Modifier::BOLD),
                cell.dim() == modifier(Modifier::DIM),
                cell.italic() == modifier(Modifier::ITALIC),
            );
            let right = shown == spot.symbol
                && cell.bgcolor() == color(spot.pen.background)
                && cell.inverse() == modifier(Modifier::REVERSED)
                && cell.underline() == modifier(Modifier::UNDERLINED)
                && (spot.is_blank() || pen == (true, true, true, true));
            if !right && !spot.symbol.contains('🇩') {
                faults.push(format!("({x}, {y}): {cell:?} for {spot:?}"));
            }
            if torn {
                let behind = terminal.screen().cell(y, x + 1).unwrap().contents().trim();
                if !behind.is_empty() {
                    faults.push(format!("({x}, {y}): {behind:?} behind {spot:?}"));
                }
            }
        }
    }
    faults
}

/// The last characters of all sequences.
fn commands(bytes: &[u8]) -> Vec<char> {
    let text = std::str::from_utf8(bytes).unwrap();
    let rests = text.split("\x1b[").skip(1);
    rests.filter_map(|rest| rest.chars().find(|c| c.is_ascii_alphabetic())).collect()
}

/// A frame of all rows, or of those that are chosen.
fn frame(encoder: &mut Encoder, shown: &mut Buffer, next: &Buffer, chosen: u16) -> Vec<u8> {
    encoder.scroll(shown, next);
    for y in (0..SIZE.1).filter(|y| chosen >> y & 1 == 0) {
        encoder.one(y, shown, next);
        let at = usize::from(y) * usize::from(SIZE.0)..usize::from(y + 1) * usize::from(SIZE.0);
        shown.content[at.clone()].clone_from_slice(&next.content[at]);
    }
    encoder.rest();
    encoder.take()
}

proptest! {
    #[test]
    fn a_terminal_shows_what_is_wanted_frame_after_frame(
        frames in prop::collection::vec(
            (any::<bool>(), -4..5isize, prop::collection::vec(text(), 1..9), 0..4096u16),
            1..7,
        ),
        any in any::<bool>(),
    ) {
        let mut encoder = Encoder::new(if any { Erase::Any } else { Erase::Plain });
        let mut terminal = vt100::Parser::new(SIZE.1, SIZE.0, 0);
        let mut shown = draw(None, &[]);
        let mut wanted = shown.clone();
        let mut whole = vt100::Parser::new(SIZE.1, SIZE.0, 0);
        let mut at_once = shown.clone();
        for (anew, by, texts, first) in frames {
            if by > 0 {
                // What a list does: its rows move, and some are new.
                let rows = usize::from(SIZE.0)..wanted.content.len() - usize::from(SIZE.0);
                wanted.content[rows].rotate_left(by as usize * usize::from(SIZE.0));
            } else if by < 0 {
                wanted.content.rotate_right(by.unsigned_abs() * usize::from(SIZE.0));
            }
            wanted = draw((!anew).then_some(&wanted), &texts);
            // In two pieces.
            for chosen in [first, 0] {
                let bytes = frame(&mut encoder, &mut shown, &wanted, chosen);
                terminal.process(&bytes);
                let told = commands(&bytes);
                prop_assert!(any || !told.contains(&'X'), "{told:?}");
            }
            let faults = self::faults(&terminal, &wanted);
            prop_assert!(faults.is_empty(), "{faults:#?}");
            prop_assert!(frame(&mut encoder, &mut shown, &wanted, 0).is_empty());
            whole.process(&{
                encoder.scroll(&mut at_once, &wanted);
                encoder.all(&at_once, &wanted);
                encoder.rest();
                encoder.take()
            });
            at_once = wanted.clone();
            let faults = self::faults(&whole, &wanted);
            prop_assert!(faults.is_empty(), "{faults:#?}");
        }
    }
}

fn bytes(erase: Erase, shown: &Buffer, wanted: &Buffer) -> String {
    let mut encoder = Encoder::new(erase);
    encoder.all(shown, wanted);
    encoder.rest();
    String::from_utf8(encoder.take()).unwrap()
}

fn styled(texts: &[(u16, u16, &str, Style)]) -> Buffer {
    let texts: Vec<Text> =
        texts.iter().map(|(x, y, text, style)| (*x, *y, (*text).to_owned(), *style)).collect();
    draw(None, &texts)
}

#[test]
fn only_what_changes_of_the_pen_is_told() {
    let plain = Style::new();
    let (red, bold) = (plain.fg(Color::Red), plain.fg(Color::Red).add_modifier(Modifier::BOLD));
    let wanted = styled(&[
        (0, 0, "a", red),
        (1, 0, "b", bold),
        (2, 0, "c", red.bg(Color::Rgb(1, 2, 3))),
        (3, 0, "d", plain.bg(Color::Rgb(1, 2, 3))),
        (4, 0, "e", plain),
        (5, 0, "f", plain.add_modifier(Modifier::UNDERLINED).underline_color(Color::Indexed(9))),
    ]);
    assert_eq!(
        bytes(Erase::Any, &draw(None, &[]), &wanted),
        "\x1b[H\x1b[31ma\x1b[1mb\x1b[22;48;2;1;2;3mc\x1b[39md\x1b[me\x1b[4;58:5:9mf\x1b[m"
    );
    // What some terminals would read of it is no more than they have room for.
    let all = plain.fg(Color::Rgb(1, 2, 3)).bg(Color::Rgb(4, 5, 6)).add_modifier(Modifier::all());
    let all = bytes(Erase::Any, &draw(None, &[]), &styled(&[(0, 0, "x", all)]));
    assert_eq!(all, "\x1b[H\x1b[1;3;4;5;6;7;8;9;38;2;1;2;3m\x1b[48;2;4;5;6mx\x1b[m");
}

#[test]
fn blanks_are_erased_where_the_terminal_can() {
    let on = Style::new().bg(Color::Blue);
    let row = |style| {
        styled(&[(0, 1, &" ".repeat(30), style), (2, 1, "name", style), (20, 1, "1/1", style)])
    };
    let (plain, selected) = (row(Style::new()), row(on));
    assert_eq!(
        bytes(Erase::Any, &plain, &selected),
        "\x1b[2H\x1b[44m\x1b[K  name\x1b[14C1/1\x1b[m"
    );
    let spelt = format!("\x1b[2H\x1b[44m  name{}1/1{}\x1b[m", " ".repeat(14), " ".repeat(7));
    assert_eq!(bytes(Erase::Plain, &plain, &selected), spelt);
    assert_eq!(bytes(Erase::Plain, &selected, &plain), "\x1b[2H\x1b[K  name\x1b[14C1/1");
}

#[test]
fn where_the_cursor_is_said_anew_after_what_terminals_disagree_on() {
    let plain = Style::new();
    let shown = draw(None, &[]);
    // Wide, in the last column, of several characters; characters that may be wide are trusted to be narrow at first.
    let wanted =
        styled(&[(0, 0, "日a", plain), (29, 0, "|", plain), (0, 1, "e\u{301}b│c      d", plain)]);
    assert_eq!(
        bytes(Erase::Any, &shown, &wanted),
        "\x1b[H日\x1b[3Ga\x1b[26C|\x1b[2He\u{301}b│c\x1b[11Gd"
    );
    // One that a terminal may draw in one column only leaves nothing behind.
    let shown = styled(&[(0, 0, "abcd", plain)]);
    let wanted = styled(&[(0, 0, "a⚠\u{fe0f}d", plain)]);
    assert_eq!(bytes(Erase::Any, &shown, &wanted), "\x1b[1;2H  \x1b[2G⚠\u{fe0f}");
    // What a terminal may draw over its neighbours is followed by them.
    let shown = styled(&[(0, 0, "abcdefgh", plain)]);
    let wanted = styled(&[(0, 0, "👨\u{200d}👩\u{200d}👧cdefgh", plain)]);
    assert_eq!(bytes(Erase::Any, &shown, &wanted), "\x1b[H👨\u{200d}👩\u{200d}👧\x1b[3Gcdef");
}

#[test]
fn cells_that_are_not_ours_are_left_alone() {
    let shown = styled(&[(0, 0, "abcdefghijklmnopqrst", Style::new())]);
    let mut wanted = draw(None, &[]);
    wanted[(3, 0)].set_diff_option(CellDiffOption::Skip);
    wanted[(4, 0)].set_symbol("");
    assert_eq!(bytes(Erase::Any, &shown, &wanted), "\x1b[H   \x1b[C\x1b[K");
}

#[test]
fn what_erases_with_the_background_is_known_by_name() {
    let detect = |term: &str, set: &[&str]| {
        Erase::detect(&|name| match name {
            "TERM" => Some(term.to_owned()),
            name => set.contains(&name).then(|| "1".to_owned()),
        })
    };
    for term in ["xterm-256color", "tmux-256color", "xterm-kitty", "alacritty", "linux", "foot"] {
        assert_eq!(detect(term, &[]), Erase::Any, "{term}");
    }
    for term in ["", "dumb", "vt100", "screen-256color", "screen.xterm-256color", "eterm-color"] {
        assert_eq!(detect(term, &[]), Erase::Plain, "{term}");
    }
    assert_eq!(detect("screen-256color", &["TMUX"]), Erase::Any);
    assert_eq!(detect("xterm-256color", &["STY"]), Erase::Plain);
}

#[test]
fn where_colours_alternate_each_is_told_once() {
    let grey = Style::new().fg(Color::Rgb(156, 168, 192));
    let white = Style::new().fg(Color::Rgb(211, 218, 232));
    let row = |y| [(0, y, "ns", grey), (4, y, "name", white), (10, y, "ns", grey)];
    let wanted = styled(&[row(0), row(1)].concat());
    assert_eq!(
        bytes(Erase::Any, &draw(None, &[]), &wanted),
        "\x1b[H\x1b[38;2;156;168;192mns\x1b[8Cns\x1b[2Hns\x1b[8Cns\x1b[1;5H\x1b[38;2;211;218;232mname\x1b[2;5Hname\x1b[m"
    );
}

#[test]
fn rows_that_only_moved_are_moved_by_the_terminal() {
    let names: Vec<String> = (0..14).map(|i| format!("web-{i}-{}", "x".repeat(20 - i))).collect();
    let list = |from: usize| {
        draw(
            None,
            &(0..10)
                .map(|y| (0, y, names[from + usize::from(y)].clone(), Style::new()))
                .collect::<Vec<_>>(),
        )
    };
    let mut encoder = Encoder::new(Erase::Any);
    let mut shown = list(0);
    assert!(encoder.scroll(&mut shown, &list(2)).is_some());
    encoder.all(&shown, &list(2));
    assert_eq!(
        String::from_utf8(encoder.take()).unwrap(),
        "\x1b[H\x1b[2M\x1b[9H\x1b[2L\x1b[9Hweb-10-xxxxxxxxxx\x1b[10Hweb-11-xxxxxxxxx"
    );
    let mut shown = list(1);
    assert!(encoder.scroll(&mut shown, &list(0)).is_some());
    encoder.all(&shown, &list(0));
    assert_eq!(
        String::from_utf8(encoder.take()).unwrap(),
        format!("\x1b[10H\x1b[M\x1b[H\x1b[L\x1b[Hweb-0-{}", "x".repeat(20))
    );
}
