//! Rspamd's line about a message it has scanned: <https://docs.rspamd.com/configuration/logging/>.

use super::framing::Record;
use super::{Form, Incident, scan};
use crate::reply::{Completion, Reply};
use crate::span::Excerpt;

const REPORTER: &str = "rspamd";
const SCANNED: &str = "rspamd_task_write_log: ";

/// Whether it tells of a message that was scanned: `…; rspamd_task_write_log: id: <…>, …, (default: F (soft reject): …`.
pub(super) fn is_scan(body: &str) -> bool {
    body.contains(SCANNED)
}

/// Nothing where the message was let in: greylisting by the score alone is done by a module, which then says `soft reject`.
pub(super) fn read(record: &Record) -> Option<Incident> {
    let (text, body) = (record.text(), record.body.clone());
    let start = scan::find(text, body.clone(), "default: ")?;
    let opened = scan::after(text, start..body.end, " (")?;
    let closed = scan::find(text, opened..body.end, ")")?;
    if !matches!(&text[opened..closed], "reject" | "soft reject") {
        return None;
    }
    let mut words = Excerpt::default();
    words.push_line(record.input, start..closed + 1);
    let forced = scan::find(text, closed..body.end, "forced: ").map(|at| at..body.end);
    if let Some(forced) = forced.clone() {
        words.push_added(", ");
        words.push_line(record.input, forced);
    }
    if forced.is_none_or(|forced| text[forced].contains("\"unknown reason\"")) {
        symbols(record, closed, &mut words);
    }
    let class = if &text[opened..closed] == "reject" { Completion::Permanent } else { Completion::Transient };
    let mut reply = Reply { class: Some(class), ..Reply::default() };
    reply.set_only_line(words);
    let mut incident = record.incident(Form::Wrapped, REPORTER, reply)?;
    let value = |key| scan::value(text, body.clone(), key).and_then(|range| record.slice(range));
    incident.context.queue_id = value("qid: ");
    incident.context.sender = value(" from: ");
    incident.context.recipient = value(" rcpts: ");
    incident.context.client_ip = value(" ip: ").filter(|ip| scan::is_address(ip.as_str()));
    Some(incident)
}

/// Of the symbols, which mostly tell what is in order, those for which messages are refused where no reason is given.
fn symbols(record: &Record, from: usize, words: &mut Excerpt) {
    const TELLING: [&str; 6] = [
        "CLAM_VIRUS_FAIL",
        "DMARC_DNSFAIL",
        "DMARC_POLICY_REJECT",
        "R_DKIM_TEMPFAIL",
        "R_SPF_DNSFAIL",
        "R_SPF_PERMFAIL",
    ];
    for symbol in TELLING {
        if let Some(at) = scan::find(record.text(), from..record.body.end, symbol) {
            words.push_added(", ");
            words.push_line(record.input, at..at + symbol.len());
        }
    }
}
