//! Which form a log record has: by the program in its frame, else by its own shape.

use super::framing::Record;
use super::{
    Form, Incident, exchange, exim, foreign, haraka, iis, opensmtpd, postfix, qmail, reply, rspamd, scan, sendmail,
    stalwart, wrapped,
};
use crate::reply::Reply;
use crate::span::Excerpt;

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
            let progress = record.body().starts_with("newmsg,") || record.body().contains(",status: ");
            return if progress { Vec::new() } else { other(record, Form::Wrapped, "courier") };
        }
        "haraka" => return haraka::read(record),
        "spamd" if record.body().starts_with("spamd: result: .") => return Vec::new(),
        "rspamd" if rspamd::is_scan(record.body()) => return rspamd::read(record).into_iter().collect(),
        // It names itself under Postfix, and lets most mail in.
        "policy-spf" => {
            let passed =
                record.body().starts_with("Policy action=PREPEND") || record.body().starts_with("Policy action=DUNNO");
            return if passed { Vec::new() } else { other(record, Form::PostfixLog, "postfix-policyd-spf-perl") };
        }
        "opendmarc" if is_dmarc_result(record.body()) => return dmarc_result(record).into_iter().collect(),
        other if FOREIGN.contains(&other) => return Vec::new(),
        _ => {}
    }
    if family.starts_with("postfix")
        || component.starts_with("postfix")
        || program.is_empty() && (postfix::is_verdict(record.body()) || postfix::is_delivery(record.body()))
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

/// Daemons that log beside a mail server and speak no SMTP.
const FOREIGN: [&str; 20] = [
    "CRON", "apache2", "cron", "crond", "dhclient", "fail2ban", "ftpd", "haproxy", "httpd", "kernel", "mysqld",
    "named", "nginx", "ntpd", "proftpd", "sshd", "su", "sudo", "systemd", "vsftpd",
];

/// Daemons that stand around a mail server and write replies into its log.
const REPORTERS: [(&str, &str); 25] = [
    ("amavis", "amavis"),
    ("amavisd", "amavis"),
    ("dma", "dma"),
    ("policyd-spf", "postfix-policyd-spf-python"),
    ("postfwd", "postfwd"),
    ("postfwd2", "postfwd"),
    ("postfwd3", "postfwd"),
    ("postgrey", "postgrey"),
    ("rspamd", "rspamd"),
    ("spamass-milter", "spamassassin"),
    ("spamc", "spamassassin"),
    ("spamd", "spamassassin"),
    ("clamd", "clamav"),
    ("clamav-milter", "clamav"),
    ("milter-greylist", "milter-greylist"),
    ("opendkim", "opendkim"),
    ("opendmarc", "opendmarc"),
    ("dovecot", "dovecot"),
    ("lmtp", "dovecot"),
    ("lmtpunix", "cyrus"),
    ("msmtp", "msmtp"),
    ("sSMTP", "ssmtp"),
    ("sqlgrey", "sqlgrey"),
    ("stalwart", "stalwart"),
    ("policy", "postfwd"),
];

fn reporter_of(component: &str) -> &'static str {
    REPORTERS.iter().find(|(program, _)| *program == component).map_or("", |(_, id)| *id)
}

/// `4C91A23F: example.org fail`, which does not say whose result it is.
fn is_dmarc_result(body: &str) -> bool {
    body.ends_with(" fail") && !body.contains("SPF(")
}

fn dmarc_result(record: &Record) -> Option<Incident> {
    let program = scan::rfind(record.text(), record.whole.start..record.body.start, record.program)?;
    let mut words = Excerpt::default();
    words.push_line(record.input, program..record.body.end);
    let mut reply = Reply::default();
    reply.set_only_line(words);
    Some(record.incident(Form::Wrapped, "opendmarc", reply)?.loose())
}

/// Policy services answer through Postfix and log as part of it.
fn form_of(component: &str) -> Form {
    if matches!(component, "policyd-spf" | "policy" | "postgrey" | "sqlgrey") {
        Form::PostfixLog
    } else {
        Form::Wrapped
    }
}

/// A record of a program without a form of its own: whatever reply stands in it. What only might be one counts where the
/// program or its words have to do with mail.
fn other(record: &Record, form: Form, reporter: &'static str) -> Vec<Incident> {
    /// Filters that quote no replies: their numbers are scores, sizes and ports.
    const IN_WORDS: [&str; 5] = ["clamav", "opendkim", "opendmarc", "rspamd", "spamassassin"];
    let (program, body) = (record.program, record.body.clone());
    let mut found =
        if IN_WORDS.contains(&reporter) { Vec::new() } else { wrapped::read_as(record.input, body.clone(), form) };
    let of_mail = || [program, record.body()].iter().any(|words| foreign::speaks_of_mail(words));
    if !found.is_empty() && !program.is_empty() && reporter.is_empty() && !of_mail() {
        found.retain(|incident| incident.anchored);
    }
    // A mail filter counts bytes, and asks databases, about mail; Dovecot serves IMAP too.
    if found.is_empty() && !matches!(reporter, "" | "dovecot") {
        found = wrapped::read_words(record.input, body, form);
    }
    for incident in &mut found {
        if incident.reporter.is_none() && !reporter.is_empty() {
            incident.reporter = Some(reporter);
        }
        incident.span = record.input.source_span(record.whole.clone()).unwrap_or(incident.span);
        let frame = (record.time.clone(), record.host.clone());
        incident.context.time = frame.0.and_then(|range| record.slice(range));
        incident.context.reporting_mta = frame.1.and_then(|range| record.slice(range));
        match reporter {
            "amavis" => parties(record, incident),
            "dma" => dma(record, incident),
            _ => surroundings(record, incident),
        }
    }
    found
}

/// The addresses that most programs name in the same words.
fn surroundings(record: &Record, incident: &mut Incident) {
    let value = |key| super::scan::value(record.text(), record.body.clone(), key).and_then(|range| record.slice(range));
    let context = &mut incident.context;
    context.sender = context.sender.take().or_else(|| value("from=")).or_else(|| value("sender="));
    let named = ["to=", "addr=", "recipient=", "recipients="].iter().find_map(|key| value(key));
    context.recipient =
        named.or_else(|| context.recipient.take().filter(|address| Some(address) != context.sender.as_ref()));
    let client = ["relay=", "client_address=", "ip=", "client="].iter().find_map(|key| value(key));
    context.client_ip = context.client_ip.take().or(client).filter(|ip| super::scan::is_address(ip.as_str()));
}

/// `rblsmtpd: 192.0.2.1 pid 4711: 451 …`
fn client(record: &Record, incident: &mut Incident) {
    let (text, start) = (record.text(), record.body.start + "rblsmtpd: ".len());
    let address = scan::token(text, start..record.body.end);
    incident.context.client_ip = scan::is_address(&text[address.clone()]).then(|| record.slice(address)).flatten();
}

/// `host=… from=… recipients=… smtpstatus=550 smtpmsg='550 …' errormsg='…' exitcode=…`: `msmtp(1)`, logfile.
fn msmtp(record: &Record) -> Option<Incident> {
    let text = record.text();
    let within = |key, end| {
        let start = scan::after(text, record.body.clone(), key)?;
        Some(start..scan::find(text, start..record.body.end, end).unwrap_or(record.body.end))
    };
    let spoken = within("smtpmsg='", "' errormsg=").or_else(|| within("errormsg='", "' exitcode="))?;
    let mut incident = record.incident(Form::Wrapped, "msmtp", reply::parse(record.input, spoken))?;
    let value = |key| scan::value(text, record.body.clone(), key).and_then(|range| record.slice(range));
    let context = &mut incident.context;
    context.remote_host = value("host=");
    context.sender = value("from=");
    context.recipient = value("recipients=");
    Some(incident)
}

/// `…, [192.0.2.1]:4711 <sender> -> <recipient>, …, Queue-ID: 4XyZ, …`, as amavis has them.
fn parties(record: &Record, incident: &mut Incident) {
    let text = record.text();
    let Some(arrow) = scan::find(text, record.body.clone(), "> -> <") else { return };
    let sender = scan::rfind(text, record.body.start..arrow, "<").map(|open| open + 1..arrow);
    let queue_id =
        scan::after(text, record.body.clone(), "Queue-ID: ").map(|at| scan::token(text, at..record.body.end));
    let client = scan::after(text, record.body.start..arrow, ", [").map(|at| at - 1..arrow);
    let context = &mut incident.context;
    context.sender = sender.and_then(|range| record.slice(range));
    context.recipient = record.slice(scan::token(text, arrow + "> -> ".len()..record.body.end));
    context.queue_id = queue_id.and_then(|range| record.slice(range));
    context.client_ip =
        client.and_then(|range| scan::peer(text, range)).and_then(|peer| peer.ip).and_then(|range| record.slice(range));
}

/// dma's queue id stands in the frame, and the server before what it said: `remote delivery to H [IP] failed after …`.
fn dma(record: &Record, incident: &mut Incident) {
    let text = record.text();
    let frame = record.whole.start..record.body.start;
    let id = scan::rfind(text, frame.clone(), "[").map(|open| open + 1..frame.end);
    incident.context.queue_id = id
        .map(|range| range.start..scan::find(text, range.clone(), "]").unwrap_or(range.end))
        .and_then(|range| record.slice(range));
    let server =
        ["delivery to ", "delivery deferred: "].iter().find_map(|words| scan::after(text, record.body.clone(), words));
    let Some(peer) = server.and_then(|at| scan::peer(text, at..record.body.end)) else { return };
    incident.context.remote_host = peer.host.and_then(|range| record.slice(range));
    incident.context.remote_ip = peer.ip.and_then(|range| record.slice(range));
}

/// A record that begins with its date and names no program.
fn unnamed(record: &Record) -> Vec<Incident> {
    let body = record.body();
    if qmail::report(record.text(), record.body.clone()).is_some() {
        return qmail::read(record);
    }
    if qmail::is_progress(body) {
        return Vec::new();
    }
    if body.starts_with("rblsmtpd: ") {
        let mut found = other(record, Form::QmailLog, "qmail");
        found.iter_mut().for_each(|incident| client(record, incident));
        return found;
    }
    if exim::is_exim(body) {
        return exim::read(record);
    }
    if haraka::is_haraka(body) {
        return haraka::read(record);
    }
    if rspamd::is_scan(body) {
        return rspamd::read(record).into_iter().collect();
    }
    if stalwart::is_stalwart(body) {
        return stalwart::read(record);
    }
    if body.contains(" smtpstatus=") || body.contains(" exitcode=EX_") {
        return msmtp(record).into_iter().collect();
    }
    if iis::is_iis(body) {
        return iis::read(record).into_iter().collect();
    }
    if exchange::is_exchange(body) {
        return exchange::read(record);
    }
    other(record, Form::Wrapped, "")
}
