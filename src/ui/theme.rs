//! How things look: theme files, layered, with every scope resolved once at load.
//!
//! Drawing code asks for a [`Scope`] and gets a ready style by index. Scopes are dotted; one that a
//! theme does not name takes the style of the nearest scope above it (`table.row.selected`,
//! `table.row`, `table`, `text`).

use super::document::{Complaints, Document};
use super::palette::{ColorDepth, parse_color};
use crate::model::{Fault, Tone};
use ratatui::style::{Color, Modifier, Style};
use rustc_hash::FxHashMap;
use toml::Spanned;
use toml::de::DeValue;

/// Themes that come with the program: name and file.
pub const BUILTIN: &[(&str, &str)] = &[
    ("dark", include_str!("../../themes/dark.toml")),
    ("light", include_str!("../../themes/light.toml")),
    ("ember", include_str!("../../themes/ember.toml")),
    ("frost", include_str!("../../themes/frost.toml")),
    ("paper", include_str!("../../themes/paper.toml")),
    ("high-contrast", include_str!("../../themes/high-contrast.toml")),
    ("colorblind", include_str!("../../themes/colorblind.toml")),
    ("mono", include_str!("../../themes/mono.toml")),
];

/// Least contrast of a line with its ground, so that it is seen.
const LINE_CONTRAST: f32 = 1.6;

macro_rules! scopes {
    ($($variant:ident $name:literal $doc:literal;)*) => {
        /// One thing that has a style of its own.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum Scope {
            $(#[doc = $doc] $variant,)*
        }

        impl Scope {
            /// All scopes with their names in theme files.
            pub const ALL: &[(Self, &'static str)] = &[$((Self::$variant, $name),)*];
        }
    };
}

scopes! {
    Text "text" "Everything that has no style of its own; its background is the screen's.";
    TextDim "text.dim" "Less important text.";
    ToneDim "tone.dim" "Background information in a cell.";
    TonePlain "tone.plain" "A cell with nothing to say.";
    ToneGood "tone.good" "As it should be.";
    ToneBusy "tone.busy" "On its way.";
    ToneWarn "tone.warn" "Somebody should look soon.";
    ToneBad "tone.bad" "Broken.";
    Header "header" "The first line.";
    HeaderCluster "header.cluster" "Name of the cluster.";
    HeaderProtected "header.protected" "The first line on a protected cluster.";
    HeaderDim "header.dim" "Less important parts of the first line.";
    Crumbs "crumbs" "The way here.";
    CrumbsCurrent "crumbs.current" "Its last step.";
    Footer "footer" "The line of keys.";
    FooterKey "footer.key" "A key in it.";
    Table "table" "A table.";
    TableHeader "table.header" "Column titles.";
    TableHeaderSorted "table.header.sorted" "Title of the column sorted by.";
    TableHeaderSelected "table.header.selected" "Title of the column selected for sorting.";
    Row "table.row" "A row.";
    RowSelected "table.row.selected" "The selected row; its tones keep their colours.";
    RowUnfocused "table.row.unfocused" "The selected row of a pane without focus.";
    RowMarked "table.row.marked" "A marked row.";
    RowMarkedSelected "table.row.marked.selected" "A marked row that is selected.";
    Match "match" "What a filter or search found.";
    MatchCurrent "match.current" "The match the cursor is on.";
    Prompt "prompt" "The prompt.";
    PromptSymbol "prompt.symbol" "The sign before the line.";
    Suggestion "prompt.suggestion" "The suggested rest of the line.";
    PromptError "prompt.error" "What is wrong with the line.";
    Error "error" "An error message.";
    Warning "warning" "A warning.";
    Info "info" "A message.";
    Border "border" "The frame of a pane.";
    BorderFocused "border.focused" "The frame of the pane with the focus.";
    Title "title" "Title in a frame.";
    TitleCount "title.count" "A number in a title.";
    Overlay "overlay" "Something that lies over a pane.";
    OverlayBorder "overlay.border" "Its frame.";
    Button "button" "A button.";
    ButtonFocused "button.focused" "The button with the focus.";
    ButtonDanger "button.danger" "The button with the focus when it loses something.";
    Scrollbar "scrollbar" "A scroll bar.";
    YamlKey "yaml.key" "A key.";
    YamlString "yaml.string" "A string.";
    YamlNumber "yaml.number" "A number.";
    YamlBool "yaml.bool" "True or false.";
    YamlNull "yaml.null" "Null.";
    YamlComment "yaml.comment" "A comment, or a note of ours such as a fold.";
    YamlAnchor "yaml.anchor" "An anchor, alias or tag.";
    YamlPunct "yaml.punct" "Dashes, colons, brackets.";
    YamlLine "yaml.line" "The line the cursor is on.";
    YamlGutter "yaml.gutter" "Line numbers and fold marks.";
    DiffAdded "diff.added" "Only in the new text.";
    DiffRemoved "diff.removed" "Only in the old text.";
    DiffChanged "diff.changed" "The differing part of a line.";
    DiffHunk "diff.hunk" "Where a part of a diff begins.";
    Live "state.live" "The server answers.";
    Stale "state.stale" "Shown from memory.";
    Broken "state.broken" "The connection is broken.";
    Badge "badge" "A short mark such as RO or demo.";
    BadgeWarning "badge.warning" "A mark to take care with.";
    HelpKey "help.key" "A key on the help screen.";
    HelpHeading "help.heading" "A heading on the help screen.";
}

const SCOPES: usize = Scope::ALL.len();

impl Scope {
    /// Its name in theme files.
    pub fn name(self) -> &'static str {
        Self::ALL[self as usize].1
    }
}

/// All styles, ready to draw with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Theme {
    styles: Box<[Style; SCOPES]>,
    depth: ColorDepth,
}

impl Default for Theme {
    /// The embedded dark theme in 24-bit colours.
    fn default() -> Self {
        let mut ignored = Complaints::default();
        Self::load("dark", ColorDepth::True, &|_| None, &mut ignored).unwrap_or_else(|_| Self {
            styles: Box::new([Style::new(); SCOPES]),
            depth: ColorDepth::Mono,
        })
    }
}

impl Theme {
    /// The style of a scope.
    pub fn style(&self, scope: Scope) -> Style {
        self.styles[scope as usize]
    }

    /// The style of a cell's tone: a foreground to lay over the row's style.
    pub fn tone(&self, tone: Tone) -> Style {
        self.style(match tone {
            Tone::Dim => Scope::ToneDim,
            Tone::Plain => Scope::TonePlain,
            Tone::Good => Scope::ToneGood,
            Tone::Busy => Scope::ToneBusy,
            Tone::Warn => Scope::ToneWarn,
            Tone::Bad => Scope::ToneBad,
        })
    }

    /// The first line's style in a colour of the person's choice (per-context settings): the colour
    /// becomes the background, the letters black or white, whichever reads better.
    pub fn header_in(&self, color: Color) -> Style {
        if self.depth == ColorDepth::Mono {
            return self.style(Scope::Header);
        }
        let letters = super::palette::letters_on(color);
        Style::new().fg(self.depth.nearest(letters)).bg(self.depth.nearest(color))
    }

    /// The frame of the pane in a colour of the person's choice; the theme's own where the colour could
    /// not be told from the ground.
    pub fn border_in(&self, color: Color) -> Style {
        let style = self.style(Scope::BorderFocused);
        let ground = self.style(Scope::Text).bg.and_then(super::palette::rgb);
        let seen = match (super::palette::rgb(color), ground) {
            (Some(color), Some(ground)) => super::palette::contrast(color, ground) >= LINE_CONTRAST,
            _ => true,
        };
        if self.depth == ColorDepth::Mono || !seen {
            return style;
        }
        style.fg(self.depth.nearest(color))
    }

    /// How many colours the styles use.
    pub fn depth(&self) -> ColorDepth {
        self.depth
    }

    /// The theme called `name` in the colours of `depth`: a user's file (`user` gives name for
    /// messages and text) or one that comes with the program. Without colours it is always `mono`.
    ///
    /// # Errors
    /// When there is no such theme, or a file of the chain cannot be used.
    pub fn load(
        name: &str,
        depth: ColorDepth,
        user: &dyn Fn(&str) -> Option<(String, String)>,
        complaints: &mut Complaints,
    ) -> Result<Self, Fault> {
        let name = if depth == ColorDepth::Mono { "mono" } else { name };
        let chain = super::document::chain("theme", name, "dark", BUILTIN, user)?;
        let mut palette = FxHashMap::default();
        for (file, text) in &chain {
            read_palette(&Document { file, text }, &mut palette)?;
        }
        // Palettes first: a base's styles take the colours of the theme that inherits it.
        let mut named: [Option<Style>; SCOPES] = [None; SCOPES];
        for (file, text) in &chain {
            read_styles(&Document { file, text }, &palette, &mut named, complaints)?;
        }
        Ok(Self { styles: Box::new(resolve(&named, depth)), depth })
    }
}

/// Gives every scope its own style or that of the nearest scope above, in the colours of `depth`.
fn resolve(named: &[Option<Style>; SCOPES], depth: ColorDepth) -> [Style; SCOPES] {
    std::array::from_fn(|i| {
        let mut name = Scope::ALL[i].1;
        let style = loop {
            let at = Scope::ALL.iter().position(|(_, known)| *known == name);
            if let Some(style) = at.and_then(|at| named[at]) {
                break style;
            }
            match name.rsplit_once('.') {
                Some((above, _)) => name = above,
                None => break named[Scope::Text as usize].unwrap_or_default(),
            }
        };
        let mut style = Style {
            fg: style.fg.map(|color| depth.nearest(color)),
            bg: style.bg.map(|color| depth.nearest(color)),
            underline_color: style.underline_color.map(|color| depth.nearest(color)),
            ..style
        };
        if depth == ColorDepth::Mono {
            style.fg = None;
            style.bg = None;
            style.underline_color = None;
        }
        if depth == ColorDepth::Ansi16 {
            // Sixteen colours have no quiet shades of a background: swapping fore- and background
            // keeps every tone readable on the selected row.
            match Scope::ALL[i].0 {
                Scope::RowSelected => {
                    style = Style::new().add_modifier(Modifier::REVERSED | Modifier::BOLD);
                }
                Scope::RowUnfocused => style = Style::new().add_modifier(Modifier::UNDERLINED),
                Scope::RowMarked => style = Style::new().add_modifier(Modifier::BOLD),
                Scope::RowMarkedSelected => {
                    style = Style::new()
                        .add_modifier(Modifier::REVERSED | Modifier::BOLD | Modifier::UNDERLINED);
                }
                _ => {}
            }
        }
        style
    })
}

fn read_palette(
    document: &Document<'_>,
    palette: &mut FxHashMap<String, Color>,
) -> Result<(), Fault> {
    let table = document.parse()?;
    document.version(&table)?;
    let Some(value) = table.get("palette") else { return Ok(()) };
    for (key, value) in document.table(value, "palette")? {
        let place = format!("palette.{}", key.get_ref());
        let color = color(document, value, &place, palette)?;
        palette.insert(key.get_ref().to_string(), color);
    }
    Ok(())
}

fn read_styles(
    document: &Document<'_>,
    palette: &FxHashMap<String, Color>,
    named: &mut [Option<Style>; SCOPES],
    complaints: &mut Complaints,
) -> Result<(), Fault> {
    let table = document.parse()?;
    for (key, value) in &table {
        match key.get_ref().as_ref() {
            "version" | "inherits" | "palette" => {}
            "styles" => {
                for (key, value) in document.table(value, "styles")? {
                    let name = key.get_ref().as_ref();
                    let place = format!("styles.{name:?}");
                    let style = style(document, value, &place, palette, complaints)?;
                    match Scope::ALL.iter().position(|(_, known)| *known == name) {
                        Some(at) => named[at] = Some(style),
                        None => {
                            let known: Vec<&str> =
                                Scope::ALL.iter().map(|(_, known)| *known).collect();
                            let fault = document.fault(
                                &key.span(),
                                &place,
                                "nothing has this name; it was ignored",
                            );
                            complaints.warnings.push(
                                match super::document::nearest(name, known.iter().copied()) {
                                    Some(near) => fault.hint(format!("did you mean {near}?")),
                                    None => fault.hint("docs/configuration.md lists them"),
                                },
                            );
                        }
                    }
                }
            }
            name => complaints.warnings.push(document.unknown(
                &key.span(),
                name,
                &["version", "inherits", "palette", "styles"],
            )),
        }
    }
    Ok(())
}

/// A style: a colour for the letters, or a table of colours and attributes.
fn style(
    document: &Document<'_>,
    value: &Spanned<DeValue<'_>>,
    place: &str,
    palette: &FxHashMap<String, Color>,
    complaints: &mut Complaints,
) -> Result<Style, Fault> {
    let DeValue::Table(table) = value.get_ref() else {
        if value.get_ref().as_str().is_none() {
            return Err(document.wrong_type(value, place, "a colour or a table"));
        }
        return Ok(Style::new().fg(color(document, value, place, palette)?));
    };
    let mut style = Style::new();
    for (key, value) in table {
        let name = key.get_ref().as_ref();
        let place = format!("{place}.{name}");
        let attribute = match name {
            "fg" => {
                style = style.fg(color(document, value, &place, palette)?);
                continue;
            }
            "bg" => {
                style = style.bg(color(document, value, &place, palette)?);
                continue;
            }
            "bold" => Modifier::BOLD,
            "dim" => Modifier::DIM,
            "italic" => Modifier::ITALIC,
            "underline" => Modifier::UNDERLINED,
            "reverse" => Modifier::REVERSED,
            "strike" => Modifier::CROSSED_OUT,
            _ => {
                let known = ["fg", "bg", "bold", "dim", "italic", "underline", "reverse", "strike"];
                complaints.warnings.push(document.unknown(&key.span(), &place, &known));
                continue;
            }
        };
        style = if document.boolean(value, &place)? {
            style.add_modifier(attribute)
        } else {
            style.remove_modifier(attribute)
        };
    }
    Ok(style)
}

fn color(
    document: &Document<'_>,
    value: &Spanned<DeValue<'_>>,
    place: &str,
    palette: &FxHashMap<String, Color>,
) -> Result<Color, Fault> {
    let text = document.string(value, place)?;
    if let Some(color) = palette.get(text) {
        return Ok(*color);
    }
    parse_color(text).ok_or_else(|| {
        document
            .fault(&value.span(), place, format!("{text:?} is no colour"))
            .hint("#rrggbb, 0-255, a name such as light-blue or default, or a name of the palette")
    })
}

#[cfg(test)]
#[path = "theme_tests.rs"]
mod tests;
