//! Which form a log record has: by the program in its frame, else by its own shape.

use super::framing::Record;
use super::{Form, Incident, exchange, exim, haraka, opensmtpd, postfix, qmail, sendmail, wrapped};

/// What a record tells.
pub(super) fn read(record: &Record) -> Vec<Incident> {
    let program = record.program;
    let (family, component) = program.rsplit_once('/').unwrap_or(("", program));
    match component {
        "exim" | "exim4" | "Exim" => return exim::read(record),
        "sendmail" | "sm-mta" | "sm-msp-queue" | "sm-acceptingconnections" | "Sendmail" => {
            return sendmail::read(record);
        }
        "qmail" | "qmail-send" | "qmail-smtpd" | "qmail-remote" => return qmail::read(record),
        "courieresmtpd" | "courieresmtp" | "courierd" | "courierlocal" => {
            return other(record, Form::Wrapped, "courier");
        }
        "haraka" => return haraka::read(record),
        _ => {}
    }
    if family.starts_with("postfix")
        || component.starts_with("postfix")
        || program.is_empty() && postfix::is_verdict(record.body())
    {
        return postfix::read(record, component);
    }
    if component == "smtpd" || component == "opensmtpd" {
        return opensmtpd::read(record);
    }
    if program.is_empty() {
        return unnamed(record);
    }
    other(record, form_of(component), reporter_of(component))
}

/// Daemons that stand around a mail server and write replies into its log.
const REPORTERS: [(&str, &str); 22] = [
    ("amavis", "amavis"),
    ("amavisd", "amavis"),
    ("dma", "dma"),
    ("policyd-spf", "policyd-spf"),
    ("postfwd", "postfwd"),
    ("postfwd2", "postfwd"),
    ("postfwd3", "postfwd"),
    ("postgrey", "postgrey"),
    ("rspamd", "rspamd"),
    ("spamc", "spamassassin"),
    ("spamd", "spamassassin"),
    ("clamd", "clamav"),
    ("clamav-milter", "clamav"),
    ("opendkim", "opendkim"),
    ("opendmarc", "opendmarc"),
    ("dovecot", "dovecot"),
    ("lmtp", "dovecot"),
    ("lmtpunix", "cyrus"),
    ("msmtp", "msmtp"),
    ("sSMTP", "ssmtp"),
    ("stalwart", "stalwart"),
    ("policy", "postfwd"),
];

fn reporter_of(component: &str) -> &'static str {
    REPORTERS.iter().find(|(program, _)| *program == component).map_or("", |(_, id)| *id)
}

/// Policy services answer through Postfix and log as part of it.
fn form_of(component: &str) -> Form {
    if matches!(component, "policyd-spf" | "policy" | "postgrey") { Form::PostfixLog } else { Form::Wrapped }
}

/// A record of a program without a form of its own: whatever reply stands in it.
fn other(record: &Record, form: Form, reporter: &'static str) -> Vec<Incident> {
    let mut found = wrapped::read_as(record.input, record.body.clone(), form);
    for incident in &mut found {
        if incident.reporter.is_none() && !reporter.is_empty() {
            incident.reporter = Some(reporter);
        }
        incident.span = record.input.source_span(record.whole.clone()).unwrap_or(incident.span);
        let frame = (record.time.clone(), record.host.clone());
        incident.context.time = frame.0.and_then(|range| record.slice(range));
        incident.context.reporting_mta = frame.1.and_then(|range| record.slice(range));
        surroundings(record, incident);
    }
    found
}

/// The addresses that most programs name in the same words.
fn surroundings(record: &Record, incident: &mut Incident) {
    let value = |key| super::scan::value(record.text(), record.body.clone(), key).and_then(|range| record.slice(range));
    let context = &mut incident.context;
    context.sender = context.sender.take().or_else(|| value("from=")).or_else(|| value("sender="));
    let named = ["to=", "addr=", "recipient="].iter().find_map(|key| value(key));
    context.recipient =
        named.or_else(|| context.recipient.take().filter(|address| Some(address) != context.sender.as_ref()));
    context.client_ip =
        context.client_ip.take().or_else(|| value("relay=")).filter(|ip| super::scan::is_address(ip.as_str()));
}

/// A record that begins with its date and names no program.
fn unnamed(record: &Record) -> Vec<Incident> {
    let body = record.body();
    if qmail::report(record.text(), record.body.clone()).is_some() {
        return qmail::read(record);
    }
    if exim::is_exim(body) {
        return exim::read(record);
    }
    if haraka::is_haraka(body) {
        return haraka::read(record);
    }
    if exchange::is_exchange(body) {
        return exchange::read(record);
    }
    other(record, Form::Wrapped, "")
}
