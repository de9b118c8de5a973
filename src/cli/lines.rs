//! Standard input to ndjson: a line out as soon as its line is in.

use std::io::{BufRead, Read, Write};

use super::args::Global;
use super::ask::Asking;
use super::input::{self, Input, InputError, MOST_BYTES};
use super::{Outcome, StyleRole, outcome_of, tell};
use crate::intake;
use crate::knowledge::Knowledge;
use crate::render::json::check::CheckV1;
use crate::render::json::{self, DiagnosisV1};
use crate::span::Excerpt;

/// A log, known by its first line, is diagnosed line by line as it comes. Anything else is one text and waits for its end.
pub(super) fn diagnose(mut source: impl BufRead, global: &Global, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let asking = Asking::new(global);
    let mut outcome = Outcome::NothingFound;
    let (mut text, mut start, mut log) = (Vec::new(), 0, false);
    loop {
        let room = (MOST_BYTES - text.len()) as u64;
        let first = text.is_empty();
        if source.by_ref().take(room).read_until(b'\n', &mut text).map_err(InputError::Stdin)? == 0 {
            break;
        }
        log |= first && intake::is_log_line(&Excerpt::from_bytes(&text));
        if log {
            outcome = outcome.and(diagnose_text(&text, start, &asking, out)?);
        }
        if log || text.iter().all(u8::is_ascii_whitespace) {
            start += text.len();
            text.clear();
        }
    }
    if text.is_empty() {
        return Ok(outcome);
    }
    if !source.fill_buf().map_err(InputError::Stdin)?.is_empty() {
        tell(Some(global), StyleRole::Warning, &input::notice_of_rest());
    }
    match input::classify(text) {
        Input::Domain(domain) => check(&domain, &asking, out),
        Input::Text(text) => diagnose_text(&text, start, &asking, out),
    }
}

fn diagnose_text(text: &[u8], start: usize, asking: &Asking, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let mut outcome = Outcome::NothingFound;
    for diagnosis in asking.diagnose(&Excerpt::from_bytes_at(text, start))?.0 {
        outcome = outcome.and(outcome_of(&diagnosis));
        json::write_line(&DiagnosisV1::new(&diagnosis, asking.global.receiver_first(), Knowledge::embedded()), out)?;
        out.flush()?;
    }
    Ok(outcome)
}

fn check(domain: &str, asking: &Asking, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let check = asking.check(domain)?;
    json::write_line(&CheckV1::new(&check, Knowledge::embedded()), out)?;
    Ok(super::ask::outcome_of(&check))
}
