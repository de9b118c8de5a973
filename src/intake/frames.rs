//! Stack traces, dumps and session transcripts: which lines tell what went wrong, and which only where the program was.

use std::ops::Range;

use super::scan;

/// The lines of `range` that are no frames; `None` where it has no frames at all.
pub(super) fn told(text: &str, range: Range<usize>) -> Option<Vec<Range<usize>>> {
    let mut told = Vec::new();
    let mut has_frames = false;
    let mut belonging = Belonging::Nothing;
    for whole in scan::lines(text, range) {
        let line = scan::trim(text, whole.clone());
        let (words, indent) = (&text[line.clone()], line.start - whole.start);
        if is_frame(words) {
            has_frames = true;
            belonging = Belonging::after(words, indent);
        } else if belonging.takes(words, indent) {
            belonging = belonging.then(words);
        } else {
            belonging = Belonging::Nothing;
            told.extend((!words.is_empty()).then_some(line));
        }
    }
    has_frames.then_some(told)
}

/// What may follow a frame and is part of it.
#[derive(Clone, Copy)]
enum Belonging {
    Nothing,
    /// The lines of source that Python quotes, further indented than this.
    Source(usize),
    /// The properties of an exception, up to a bracket, in JavaScript.
    Properties,
}

impl Belonging {
    fn after(frame: &str, indent: usize) -> Self {
        match () {
            () if frame.starts_with("File \"") => Belonging::Source(indent),
            () if frame.ends_with('{') => Belonging::Properties,
            () => Belonging::Nothing,
        }
    }

    fn takes(self, words: &str, indent: usize) -> bool {
        match self {
            Belonging::Nothing => false,
            Belonging::Source(frame) => indent > frame,
            Belonging::Properties => !words.is_empty(),
        }
    }

    fn then(self, words: &str) -> Self {
        let ends = matches!(self, Belonging::Properties) && words.starts_with('}');
        if ends { Belonging::Nothing } else { self }
    }
}

/// Whether what follows a Python traceback says that another, the one to read, came of it.
pub(super) fn is_followed_by_another(text: &str, range: Range<usize>) -> bool {
    const LINKS: [&str; 2] =
        ["During handling of the above exception, ", "The above exception was the direct cause of "];
    let next = text[range].trim_start_matches([' ', '\t', '\r', '\n', '>', '|']);
    LINKS.iter().any(|link| next.starts_with(link))
}

/// Whether a line is part of a stack trace or of a dump, and no words of the failure's own.
pub(super) fn is_trace(words: &str) -> bool {
    /// Frames as terminals and mail programs have cut them, and the properties of an exception.
    const STARTS: [&str; 17] = [
        "at ",
        "At line:",
        "+ ",
        "File ",
        "Traceback",
        "Caused by",
        "nested exception",
        "in ",
        "from /",
        "errno: ",
        "syscall: ",
        "address: ",
        "port: ",
        "code: ",
        "response: ",
        "responseCode",
        "command: ",
    ];
    is_frame(words) || STARTS.iter().any(|start| words.starts_with(start))
}

/// A line of a stack trace of Java, .NET, JavaScript, Python, Ruby, PHP or Perl, or of a session that succeeded so far.
fn is_frame(words: &str) -> bool {
    const STARTS: [&str; 9] = [
        "Traceback (most recent call last)",
        "Trace begun at ",
        "Stack trace:",
        "Net::SMTP>>>",
        "=== Trying ",
        "=== Connected to ",
        "=== Connection closed with ",
        "<-  2",
        "-> ",
    ];
    STARTS.iter().any(|start| words.starts_with(start))
        || words.starts_with("at ") && ends_with_place(words) && words.contains([':', '('])
        || words.starts_with("... ") && words.ends_with(" more")
        || words.starts_with("File \"") && words.contains("\", line ")
        || words.starts_with("from ") && words.contains(":in ")
        || [" called at ", " {...} at ", " {...}  at "].iter().any(|mark| words.contains(mark))
            && words.contains(" line ")
        || words.starts_with("Net::SMTP=GLOB(") && [")>>> ", ")<<< "].iter().any(|mark| words.contains(mark))
        || is_numbered(words)
}

/// `… (index.js:776:20)`, `… (/app/index.js:776:20) {`, `… in C:\\mail.cs:line 12`.
fn ends_with_place(words: &str) -> bool {
    words.trim_end_matches(" {").ends_with(|last: char| last == ')' || last.is_ascii_digit())
}

/// `#0 /var/www/mail.php(12): send()`, `#1 {main}`.
fn is_numbered(words: &str) -> bool {
    let Some(rest) = words.strip_prefix('#') else { return false };
    let place = rest.trim_start_matches(|letter: char| letter.is_ascii_digit());
    place.len() < rest.len() && (place.starts_with(" {main}") || place.starts_with(" /"))
}
