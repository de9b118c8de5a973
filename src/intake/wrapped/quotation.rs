//! Quotation marks and brackets around a reply, in the ways of programming languages and of people.

use std::ops::Range;

use crate::intake::scan;
use crate::reply::EnhancedStatus;

/// Python's `(550, b'…')`: the rest up to the closing quotation mark.
pub(super) fn tuple(text: &str, range: Range<usize>) -> Option<Range<usize>> {
    let rest = &text[range.clone()];
    // Odoo prints the parts on lines of their own.
    let on_next_line = || rest.strip_prefix('\n').filter(|rest| rest.starts_with("b'") || rest.starts_with("b\""));
    let after = rest.strip_prefix(", ").or_else(|| rest.strip_prefix(',')).or_else(on_next_line)?;
    let after = named_text(after).unwrap_or(after);
    let after = after.strip_prefix(['b', 'u', 'B', 'U']).filter(|rest| rest.starts_with(['"', '\''])).unwrap_or(after);
    let quote = after.chars().next().filter(|letter| matches!(letter, '"' | '\''))?;
    let inside = range.end - after.len() + 1;
    // `421, "4.4.5", Server busy` quotes the enhanced status code alone.
    if EnhancedStatus::at_start(&text.as_bytes()[inside..range.end])
        .is_some_and(|(_, length)| text[inside + length..].starts_with(quote))
    {
        return None;
    }
    let close = closes(text, inside..range.end, quote).unwrap_or(range.end);
    let names_a_value = text[close..range.end].trim_start_matches(quote).trim_start().starts_with(':');
    (!names_a_value).then_some(inside..close)
}

/// Where the quotation ends that an escaped mark has opened, which may begin with another one.
pub(super) fn escaped_end(text: &str, range: Range<usize>, quote: &str) -> Option<usize> {
    let close = scan::find(text, range.clone(), quote)?;
    if !text[range.start..close].trim().is_empty() {
        return Some(close);
    }
    scan::find(text, close + quote.len()..range.end, &quote.repeat(2)).map(|double| double + quote.len())
}

/// `Msg:"…"`, `details = "…"` beside a code: the quotation.
fn named_text(item: &str) -> Option<&str> {
    const NAMES: [&str; 6] = ["msg", "message", "details", "text", "response", "reason"];
    let name = NAMES.iter().find(|name| scan::starts_any_case(item, name))?;
    let value = item[name.len()..].trim_start().strip_prefix([':', '='])?.trim_start();
    value.starts_with(['"', '\'']).then_some(value)
}

pub(super) fn closing(open: char) -> Option<char> {
    match open {
        '"' | '\'' | '`' => Some(open),
        '(' => Some(')'),
        '[' => Some(']'),
        '<' => Some('>'),
        '“' => Some('”'),
        '„' => Some('“'),
        '«' => Some('»'),
        '‘' => Some('’'),
        '「' => Some('」'),
        '（' => Some('）'),
        _ => None,
    }
}

/// Where `close` closes what was opened before `range`, over what opens and closes inside.
pub(super) fn closes(text: &str, range: Range<usize>, close: char) -> Option<usize> {
    let quote = matches!(close, '"' | '\'' | '`');
    let mut depth = 0usize;
    let mut before = ' ';
    let mut letters = text[range.clone()].char_indices().peekable();
    while let Some((offset, letter)) = letters.next() {
        let next = letters.peek().map_or(' ', |(_, next)| *next);
        if letter == close && before != '\\' {
            let opens = quote && before.is_whitespace() && next.is_alphanumeric();
            let word = close == '\'' && before.is_alphanumeric() && next.is_alphanumeric();
            if opens {
                depth += 1;
            } else if !word && depth == 0 {
                return Some(range.start + offset);
            } else if !word {
                depth -= 1;
            }
        } else if !quote && closing(letter) == Some(close) {
            depth += 1;
        }
        before = letter;
    }
    None
}

/// How many marks are taken from the end of a reply: each takes a look at the whole of it.
const MAX_MARKS: usize = 32;

/// `range` without the marks at its end that close what was opened before it.
pub(super) fn unclosed(text: &str, range: Range<usize>) -> Range<usize> {
    let mut range = scan::trim(text, range);
    for mark in [" #SMTP#", " ##", "##rfc822;"] {
        range.end = scan::find(text, range.clone(), mark).unwrap_or(range.end);
    }
    for escape in ["\\n", "\\r"] {
        if let Some(rest) = text[range.clone()].strip_suffix(escape) {
            range.end = range.start + rest.len();
        }
    }
    for _ in 0..MAX_MARKS {
        let Some(last) = text[range.clone()].chars().next_back() else { break };
        let inside = &text[range.clone()];
        // The bracket of `Error (450): …` was opened before the code.
        let inside = inside.get(3..).and_then(|rest| rest.strip_prefix(')')).unwrap_or(inside);
        if last == '.' && closes_a_sentence(inside) {
            range.end -= 1;
            continue;
        }
        let count = |letter: char| inside.matches(letter).count();
        let surplus = match last {
            ')' => count(')') > count('('),
            ']' => count(']') > count('['),
            '>' => count('>') > count('<'),
            '}' => count('}') > count('{'),
            '”' => count('”') > count('“') + count('„'),
            '»' => count('»') > count('«'),
            '"' => count('"') % 2 == 1,
            '\'' | '`' => count(last) == 1,
            '_' | '*' | '\\' => true,
            ',' | ';' => true,
            _ => false,
        };
        if !surplus {
            break;
        }
        range = scan::trim(text, range.start..range.end - last.len_utf8());
    }
    range
}

/// `….”.` and `…).`, where the bracket or the quotation mark was opened before.
fn closes_a_sentence(text: &str) -> bool {
    let Some(before) = text.strip_suffix('.') else { return false };
    let count = |letter: char| before.matches(letter).count();
    before.ends_with('”') && count('”') > count('“') + count('„') || before.ends_with(')') && count(')') > count('(')
}

/// What stands before a diagnostic type, RFC 3464 §2.3.6: `"smtp; 550 …"`.
pub(super) fn without_type(lead: &str) -> &str {
    let trimmed = lead.trim_end_matches(' ');
    let kept = trimmed.len().saturating_sub("smtp;".len());
    if trimmed.is_char_boundary(kept) && trimmed[kept..].eq_ignore_ascii_case("smtp;") {
        &trimmed[..kept]
    } else {
        lead
    }
}
