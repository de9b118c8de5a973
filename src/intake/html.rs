//! HTML copied from a mail or a web page, as the text that it shows.

use std::ops::Range;

use super::scan;
use crate::span::Excerpt;

/// Tags that end a line.
const BLOCKS: [&str; 17] =
    ["br", "p", "div", "tr", "td", "th", "table", "li", "ul", "ol", "h1", "h2", "h3", "h4", "pre", "blockquote", "hr"];
/// Those of them between which no line is empty.
const TIGHT: [&str; 5] = ["div", "tr", "td", "th", "li"];
/// Tags that leave no trace.
const INLINE: [&str; 27] = [
    "a", "b", "i", "u", "em", "strong", "span", "font", "code", "tt", "small", "center", "img", "html", "body",
    "tbody", "thead", "meta", "link", "h5", "h6", "sup", "sub", "s", "kbd", "samp", "o:p",
];
/// Elements whose content is not shown.
const HIDDEN: [&str; 4] = ["style", "script", "head", "title"];
const ENTITIES: [(&str, char); 6] =
    [("&lt;", '<'), ("&gt;", '>'), ("&amp;", '&'), ("&quot;", '"'), ("&apos;", '\''), ("&nbsp;", ' ')];

/// Whether the text is HTML rather than text with an address in angle brackets.
pub(super) fn is_html(text: &str) -> bool {
    const MARKS: [&str; 9] = ["<br>", "<br/>", "<br />", "</p>", "</div>", "</td>", "</span>", "</pre>", "&lt;"];
    MARKS.iter().any(|mark| scan::has_any_case(text, mark))
}

/// What a reader would see of the HTML in `range`.
pub(super) fn text(input: &Excerpt, range: Range<usize>) -> Excerpt {
    let source = input.as_str();
    let bytes = source.as_bytes();
    let mut shown = Excerpt::default();
    let mut at = range.start;
    while let Some(offset) = memchr::memchr2(b'<', b'&', &bytes[at..range.end]) {
        let mark = at + offset;
        shown.push_part(input, at..mark);
        at = if bytes[mark] == b'<' {
            after_tag(&mut shown, input, mark..range.end)
        } else {
            after_entity(&mut shown, input, mark..range.end)
        };
    }
    shown.push_part(input, at..range.end);
    shown
}

/// Reads the tag at the start of `range`; what is no tag stays as it is.
fn after_tag(shown: &mut Excerpt, input: &Excerpt, range: Range<usize>) -> usize {
    const MAX_TAG: usize = 2048;
    let source = input.as_str();
    let near = scan::beginning(source, range.clone(), MAX_TAG);
    let close = scan::find(source, near.clone(), ">");
    let name = name(&source[near.start + 1..near.end]);
    let (Some(close), true) = (close, is_known(name)) else {
        shown.push_part(input, range.start..range.start + 1);
        return range.start + 1;
    };
    if HIDDEN.iter().any(|hidden| name.eq_ignore_ascii_case(hidden)) && !source[near.start..].starts_with("</") {
        let end = scan::find_any_case(source, close..range.end, &format!("</{}", name.to_ascii_lowercase()));
        return end.unwrap_or(range.end);
    }
    if BLOCKS.iter().any(|block| name.eq_ignore_ascii_case(block))
        && let Some(span) = input.source_span(range.start..close + 1)
    {
        let tight = TIGHT.iter().any(|tight| name.eq_ignore_ascii_case(tight));
        if !(tight && shown.as_str().ends_with('\n')) {
            shown.push_decoded("\n", span);
        }
        let rest = &source[close + 1..range.end];
        return range.end - rest.strip_prefix("\r\n").or_else(|| rest.strip_prefix('\n')).unwrap_or(rest).len();
    }
    close + 1
}

fn name(tag: &str) -> &str {
    let tag = tag.strip_prefix('/').unwrap_or(tag);
    let length = tag.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b':').count();
    if tag.starts_with("!--") { "!--" } else { &tag[..length] }
}

fn is_known(name: &str) -> bool {
    let known = |names: &[&str]| names.iter().any(|known| name.eq_ignore_ascii_case(known));
    name == "!--" || known(&BLOCKS) || known(&INLINE) || known(&HIDDEN)
}

/// Reads the character reference at the start of `range`.
fn after_entity(shown: &mut Excerpt, input: &Excerpt, range: Range<usize>) -> usize {
    let source = &input.as_str()[range.clone()];
    if let Some((letter, length)) = named(source).or_else(|| numbered(source))
        && let Some(span) = input.source_span(range.start..range.start + length)
    {
        shown.push_decoded(letter.encode_utf8(&mut [0; 4]), span);
        return range.start + length;
    }
    shown.push_part(input, range.start..range.start + 1);
    range.start + 1
}

/// The letter that `&lt;` or another name at the start of `text` stands for, and how long its name is.
fn named(text: &str) -> Option<(char, usize)> {
    let (spelt, letter) = ENTITIES.iter().find(|(spelt, _)| scan::starts_any_case(text, spelt))?;
    Some((*letter, spelt.len()))
}

/// The letter that `&#8217;` or `&#x2019;` at the start of `text` names, and how long its name is.
fn numbered(text: &str) -> Option<(char, usize)> {
    const LONGEST: usize = 10;
    let near = &text[..scan::boundary_before(text, LONGEST)];
    let name = near.strip_prefix("&#")?.split_once(';')?.0;
    let hexadecimal = name.strip_prefix(['x', 'X']);
    let number = hexadecimal.map_or_else(|| name.parse(), |digits| u32::from_str_radix(digits, 16)).ok()?;
    Some((char::from_u32(number)?, "&#".len() + name.len() + ";".len()))
}
