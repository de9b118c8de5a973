//! Text for a terminal.

/// Characters that a terminal obeys instead of showing: C0 but for line end and tab, DEL, C1, bidirectional and
/// zero-width controls (Unicode TR9, TR36).
pub fn acts_on_terminal(character: char) -> bool {
    matches!(character,
        '\0'..='\u{8}' | '\u{b}'..='\u{1f}' | '\u{7f}'..='\u{9f}'
        | '\u{ad}' | '\u{61c}' | '\u{180e}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}
