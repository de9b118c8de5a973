//! How text looks on one stream: colour, glyphs, width. Decided once, per stream.

use colored::Colorize;

/// What a stream can show.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    pub colour: bool,
    pub unicode: bool,
    /// Columns.
    pub width: usize,
}

/// What a piece of text is, which decides how it looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
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
pub enum Glyph {
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
    /// What something turns into.
    Becomes,
    /// Points back at what stands before.
    From,
}

impl Style {
    pub fn glyph(&self, glyph: Glyph) -> &'static str {
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
            Glyph::Becomes => ("→", "->"),
            Glyph::From => ("←", "<-"),
        };
        if self.unicode { unicode } else { ascii }
    }

    /// `text` as its role looks here. Escaping is the caller's, before.
    pub fn paint(&self, role: Role, text: &str) -> String {
        if !self.colour || text.is_empty() {
            return text.to_owned();
        }
        let painted = match role {
            Role::Heading => text.bold(),
            Role::Good => text.green(),
            Role::Warning => text.yellow(),
            Role::Bad => text.red(),
            Role::Muted => text.dimmed(),
            Role::Deciding => text.bold().cyan(),
            Role::Command => text.cyan(),
        };
        painted.to_string()
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
/// zero-width controls (Unicode TR9, TR36).
pub fn acts_on_terminal(character: char) -> bool {
    matches!(character,
        '\0'..='\u{8}' | '\u{b}'..='\u{1f}' | '\u{7f}'..='\u{9f}'
        | '\u{ad}' | '\u{61c}' | '\u{180e}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Seconds as people say them: `90 s`, `45 min`, `6 h`, `5 days`.
pub fn duration(seconds: u64) -> String {
    match seconds {
        0..=119 => format!("{seconds} s"),
        120..=7199 => format!("{} min", seconds / 60),
        7200..=172_799 => format!("{} h", seconds / 3600),
        _ => format!("{} days", seconds / 86400),
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
