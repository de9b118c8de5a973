//! How text looks on one stream: colour, glyphs, width. Decided once, per stream.

use anstyle::{AnsiColor, Style as Ansi};

/// What a stream can show. [`PLAIN`] is a place to start from.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Style {
    /// Escape sequences for colour and weight (ECMA-48 SGR) may be written.
    pub colour: bool,
    /// Words may be links (OSC 8).
    pub links: bool,
    /// Signs beyond ASCII may be written.
    pub unicode: bool,
    /// Columns.
    pub width: usize,
}

/// 80 columns of text without colours and links, for places that bring their own looks.
pub const PLAIN: Style = Style { colour: false, links: false, unicode: true, width: 80 };

/// What a piece of text is, which decides how it looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Heading,
    Good,
    Warning,
    Bad,
    Muted,
    /// The words that decided.
    Deciding,
    Command,
}

/// Signs beside every colour, so that nothing depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Glyph {
    Good,
    Warning,
    Bad,
    Unknown,
    Waiting,
    Note,
    Underline,
    Branch,
    LastBranch,
    Stem,
    Ellipsis,
    Dash,
    /// What something turns into.
    Becomes,
    /// Points back at what stands before.
    From,
}

impl Style {
    pub(crate) fn glyph(&self, glyph: Glyph) -> &'static str {
        let (unicode, ascii) = match glyph {
            Glyph::Good => ("✓", "+"),
            Glyph::Warning => ("▲", "!"),
            Glyph::Bad => ("✗", "x"),
            Glyph::Unknown => ("?", "?"),
            Glyph::Waiting => ("◷", "~"),
            Glyph::Note => ("·", "-"),
            Glyph::Underline => ("‾", "^"),
            Glyph::Branch => ("├─ ", "|- "),
            Glyph::LastBranch => ("└─ ", "`- "),
            Glyph::Stem => ("│  ", "|  "),
            Glyph::Ellipsis => ("…", "..."),
            Glyph::Dash => ("–", "-"),
            Glyph::Becomes => ("→", "->"),
            Glyph::From => ("←", "<-"),
        };
        if self.unicode { unicode } else { ascii }
    }

    /// `text` as its role looks here, with whatever a terminal would obey made visible.
    pub(crate) fn paint(&self, role: Role, text: &str) -> String {
        let text = visible(text);
        if !self.colour || text.is_empty() {
            return text;
        }
        let ansi = match role {
            Role::Heading => Ansi::new().bold(),
            Role::Good => AnsiColor::Green.on_default(),
            Role::Warning => AnsiColor::Yellow.on_default(),
            Role::Bad => AnsiColor::Red.on_default(),
            Role::Muted => Ansi::new().dimmed(),
            // Cyan, the usual choice for these two, is lost on a light background.
            Role::Deciding => AnsiColor::Magenta.on_default().bold(),
            Role::Command => Ansi::new().bold(),
        };
        format!("{ansi}{text}{ansi:#}")
    }

    /// `text` as a link to `url`, where the stream has links.
    /// <https://gist.github.com/egmontkob/eb114294efbcd5adb1944c9f3cb5feda>
    pub(crate) fn link(&self, text: &str, url: &str) -> String {
        let text = visible(text);
        if !self.links {
            return text;
        }
        // An address holds printable ASCII alone; whatever else would end the sequence early.
        let url: String = url.chars().filter(char::is_ascii_graphic).collect();
        format!("\x1b]8;;{url}\x1b\\{text}\x1b]8;;\x1b\\")
    }
}

/// `text` with whatever a terminal would obey made visible, on one line.
pub fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' | '\r' | '\t' => shown.push(' '),
            _ if acts_on_terminal(character) => shown.extend(character.escape_unicode()),
            _ => shown.push(character),
        }
    }
    shown
}

/// Characters that a terminal obeys instead of showing: C0 but for line end and tab, DEL, C1, bidirectional and
/// zero-width controls (Unicode TR9, TR36). And the two that are no characters at all.
pub fn acts_on_terminal(character: char) -> bool {
    matches!(character,
        '\0'..='\u{8}' | '\u{b}'..='\u{1f}' | '\u{7f}'..='\u{9f}'
        | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}' | '\u{e0000}'..='\u{e0fff}')
}

/// Seconds as people say them, no less than they are: `90 s`, `45 min`, `6 h`, `5 days`.
pub(crate) fn duration(seconds: u64) -> String {
    match seconds {
        0..=119 => format!("{seconds} s"),
        120..=7199 => format!("{} min", seconds.div_ceil(60)),
        7200..=172_799 => format!("{} h", seconds.div_ceil(3600)),
        _ => format!("{} days", seconds.div_ceil(86400)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_shown_instead() {
        assert_eq!(visible("a\u{1b}]0;x\u{7}b\u{202e}c"), "a\\u{1b}]0;x\\u{7}b\\u{202e}c");
        assert_eq!(visible("Кому: 邮箱"), "Кому: 邮箱");
    }
}
