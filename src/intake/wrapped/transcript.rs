//! The marks of session transcripts and of quoted lines.

use crate::intake::scan;

/// Marks that quote, list or number a line, and the names that transcripts give to the server.
pub(in crate::intake) fn is_decoration(lead: &str) -> bool {
    undecorated(lead).is_empty()
}

pub(in crate::intake) fn undecorated(line: &str) -> &str {
    const SERVER: [&str; 10] = ["S: ", "Out: ", "Server: ", "R: ", "<-", "<<<", "<**", "SMTP: ", "RECV: ", "<~*"];
    let mut rest = line;
    loop {
        let before = rest.len();
        rest = rest.trim_start_matches([
            ' ', '\t', '>', '"', '\'', '*', '|', '`', '_', '(', '[', '#', '“', '«', '‘', '„', '•', '·', '-', '–',
        ]);
        for mark in SERVER {
            rest = rest.strip_prefix(mark).unwrap_or(rest);
        }
        if scan::starts_any_case(rest, "smtp;") {
            rest = &rest[5..];
        }
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let process_id = (1..=7).contains(&digits) && (digits != 3 || !matches!(rest.as_bytes()[0], b'2'..=b'5'));
        if process_id && rest[digits..].starts_with(' ') {
            rest = &rest[digits..];
        }
        if rest.len() == before {
            return rest;
        }
    }
}

/// A client's line of a transcript.
pub(super) fn is_client_line(lead: &str) -> bool {
    let lead = lead.trim_start();
    ["-> ", " -> ", "CLIENT -> SERVER:", "C: ", "In: ", "In:  ", ">>> ", "~> ", "=> ", "Client: ", "SEND: "]
        .iter()
        .any(|mark| lead.starts_with(mark))
}

pub(in crate::intake) fn is_dialogue(words: &str) -> bool {
    const MARKS: [&str; 14] =
        ["In:", "Out:", "C:", "S:", ">>>", "<<<", "->", "<-", "In: ", "Client:", "Server:", "CLIENT", "SERVER", "~>"];
    let words = words.trim_start();
    MARKS.iter().any(|mark| words.starts_with(mark))
}
