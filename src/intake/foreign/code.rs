//! Source text of programs, in which replies and error messages stand as literals and nothing has failed.

use crate::intake::scan;

/// Words that begin a statement in one language or another, each with what must follow it.
const KEYWORDS: [&str; 38] = [
    "if (",
    "if(",
    "while(",
    "if !",
    "if '",
    "if \"",
    "elif ",
    "else if ",
    "elseif ",
    "} else",
    "while (",
    "for (",
    "switch (",
    "case ",
    "return ",
    "throw ",
    "raise ",
    "const ",
    "let ",
    "var ",
    "static ",
    "public ",
    "private ",
    "protected ",
    "#define ",
    "#include ",
    "import ",
    "def ",
    "func ",
    "fn ",
    "function ",
    "class ",
    "assert",
    "expect(",
    "print(",
    "printf(",
    "|| ",
    "&& ",
];
/// How much stands between the key of an entry and its value.
const MAX_JOINT: usize = 16;
const ENDS: [&str; 8] = [";", "{", "}", "},", "};", "});", ") {", "):"];

/// Whether the reply with `code` between `lead` and `rest`, which are of its line, is a literal of a program:
/// `send(fd, "550 …\r\n");`, `#define BUSY "421 …"`, `if "421 …" in line:`, or an entry of a table of codes.
pub(in crate::intake) fn is_literal(lead: &str, code: &str, rest: &str) -> bool {
    if [": {", " =>", "..="].iter().any(|mark| rest.starts_with(mark))
        || rest.starts_with(": \"") && rest.trim_end().ends_with("\",")
    {
        return true;
    }
    let quote = lead.chars().next_back().filter(|letter| matches!(letter, '"' | '\'' | '`'));
    quote.is_some_and(|quote| is_entry(lead, code, rest, quote) || is_of_statement(lead, rest, quote))
}

/// Whether the line that begins with `lead` throws an exception, or comments on the program.
pub(in crate::intake) fn is_thrown(lead: &str) -> bool {
    ["raise ", "throw ", "// "].iter().any(|word| lead.trim_start().starts_with(word))
}

/// `"421" => "421 …"`, `'421': '421 …'`: whether the literal is that entry's key or its value.
fn is_entry(lead: &str, code: &str, rest: &str, quote: char) -> bool {
    let joined = |text: &str| text.trim().trim_matches(quote).trim().trim_matches(['=', '>', ':']).is_empty();
    let before = lead.rfind(code).map(|at| &lead[at + code.len()..]);
    let near = &rest[..scan::boundary_before(rest, MAX_JOINT)];
    let after = near.find(code).map(|at| &near[..at]);
    before.into_iter().chain(after).any(|joint| joint.contains([':', '>']) && joined(joint))
}

/// Constructors make no statement: exceptions are printed so, `Permanent("550 …")`.
fn is_of_statement(lead: &str, rest: &str, quote: char) -> bool {
    let before = lead.trim_end_matches([quote, 'b', 'f', 'r', '@', '$']).trim_end();
    let ended = ENDS.iter().any(|end| rest.trim_end().ends_with(end));
    let begun = KEYWORDS.iter().any(|word| lead.trim_start().starts_with(word));
    let assigned = before.ends_with(" =") || before.ends_with(" :=");
    let passed = before.ends_with(['(', ',', '+']).then(|| called(before)).flatten();
    begun && (ended || closes(rest, quote))
        || assigned && ended
        || passed.is_some_and(|name| ended || is_function(name) && closes(rest, quote))
}

/// Whether the literal ends on the line.
fn closes(rest: &str, quote: char) -> bool {
    const MAX_LITERAL: usize = 256;
    rest[..scan::boundary_before(rest, MAX_LITERAL)].contains(quote)
}

/// The name before the bracket that is still open.
fn called(before: &str) -> Option<&str> {
    let mut closed = 0;
    let open = before.char_indices().rev().find(|(_, letter)| {
        closed += match letter {
            ')' => 1,
            '(' => -1,
            _ => 0,
        };
        closed < 0
    });
    let lead = &before[..open?.0];
    let named = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '.' | ':' | '>' | '-' | '!');
    let name = &lead[lead.trim_end_matches(named).len()..];
    (!name.is_empty()).then_some(name)
}

fn is_function(name: &str) -> bool {
    let last = name.rsplit(['.', ':', '>']).next().unwrap_or(name);
    last.starts_with(|letter: char| letter.is_ascii_lowercase() || letter == '_')
}

/// Whether most of the lines are statements or comments.
pub(in crate::intake) fn is_source(text: &str) -> bool {
    let in_comment = text.trim_start().starts_with("/*");
    let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty());
    let of_code = lines().filter(|line| is_statement(line) || in_comment && line.starts_with('*')).count();
    of_code * 2 > lines().count()
}

fn is_statement(line: &str) -> bool {
    const BEGINNINGS: [&str; 12] = [
        "@",
        "assert",
        "expect",
        "System.out.",
        "String.raw",
        "println!",
        "console.",
        "logger.",
        "log.",
        "raise(",
        "except ",
        "catch ",
    ];
    if BEGINNINGS.iter().any(|word| line.starts_with(word)) && line.contains(['(', '`'])
        || is_item(line)
        || is_setting(line)
    {
        return true;
    }
    let commented = ["//", "/*", "*/"].iter().any(|mark| line.starts_with(mark));
    let begun = KEYWORDS.iter().any(|word| line.starts_with(word)) && line.contains(['(', '=', ';', '{']);
    let ended =
        [";", "{", "};", "});"].iter().any(|end| line.ends_with(end)) && !line.starts_with(['{', '[', '"', '<']);
    let brackets = line.chars().all(|letter| "{}()[];,".contains(letter));
    commented || begun || brackets || ended && (line.contains("(") || line.contains(" = "))
}

/// An item of a list of texts: `"mailbox is full",`.
fn is_item(line: &str) -> bool {
    let inside = line.strip_prefix('"').and_then(|rest| rest.strip_suffix("\","));
    inside.is_some_and(|text| !text.contains('"'))
}

/// `smtpd_reject_code = 550`
fn is_setting(line: &str) -> bool {
    let name = line.split_once(" = ").map_or("", |(name, _)| name);
    name.contains('_') && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}
