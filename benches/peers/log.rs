//! A Postfix log whose content is known: what was written, and what a triage of it has to find.

// The generator and the tests each use a part of it.
#![allow(dead_code)]

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::io::{self, Write};

/// What a log of so many messages holds.
#[derive(Debug, Default)]
pub struct Known {
    pub lines: u64,
    pub bytes: u64,
    /// By cause.
    pub failures: BTreeMap<&'static str, Failures>,
}

/// The failures of one cause.
#[derive(Debug, Default)]
pub struct Failures {
    pub incidents: u64,
    pub messages: u64,
    pub recipients: BTreeSet<String>,
    pub first: u64,
    pub last: u64,
    pub delivered_later: u64,
    pub still_waiting: u64,
    pub failed: u64,
    /// Seconds from the first failure to delivery.
    pub delays: Vec<u64>,
    pub domains: BTreeMap<&'static str, u64>,
}

/// A kind of failure: the cause that it has to be told as, whose servers say it, and what the log says.
struct Kind {
    cause: &'static str,
    /// In a hundred failing messages.
    share: u64,
    domains: &'static [&'static str],
    relay: &'static str,
    dsn: &'static str,
    said: &'static str,
    bounced: bool,
}

/// `@` in `said` stands for the recipient, `#` for the relay.
const KINDS: [Kind; 5] = [
    Kind {
        cause: "greylisting",
        share: 55,
        domains: &["example.net", "example.org", "lists.example"],
        relay: "mx.example.net[192.0.2.25]:25",
        dsn: "4.2.0",
        said: "host # said: 450 4.2.0 <@>: Recipient address rejected: Greylisted, see http://postgrey.schweikert.ch/help/example.net.html (in reply to RCPT TO command)",
        bounced: false,
    },
    Kind {
        cause: "directory-lookup-failure",
        share: 15,
        domains: &["school.example"],
        relay: "mail.school.example[198.51.100.7]:25",
        dsn: "4.3.0",
        said: "host # said: 451 4.3.0 <@>: Temporary lookup failure (in reply to RCPT TO command)",
        bounced: false,
    },
    Kind {
        cause: "mailbox-full",
        share: 10,
        domains: &["shop.example", "club.example"],
        relay: "mx.shop.example[198.51.100.8]:25",
        dsn: "4.2.2",
        said: "host # said: 452 4.2.2 <@>: Mailbox full, quota exceeded (in reply to RCPT TO command)",
        bounced: false,
    },
    Kind {
        cause: "connection-timeout",
        share: 10,
        domains: &["slow.example"],
        relay: "none",
        dsn: "4.4.1",
        said: "connect to mx.slow.example[203.0.113.9]:25: Connection timed out",
        bounced: false,
    },
    Kind {
        cause: "mailbox-not-found",
        share: 10,
        domains: &["example.net", "shop.example"],
        relay: "mx.example.net[192.0.2.25]:25",
        dsn: "5.1.1",
        said: "host # said: 550 5.1.1 <@>: Recipient address rejected: User unknown in virtual mailbox table (in reply to RCPT TO command)",
        bounced: true,
    },
];

/// One in so many messages fails at first.
const FAILING: u64 = 20;

/// Seconds between two messages.
const PACE: u64 = 3;

/// Writes the log of `messages` messages, the first at `start` (seconds since 1970, UTC), and returns what it holds.
pub fn write(messages: u64, start: u64, out: &mut dyn Write) -> io::Result<Known> {
    let mut log =
        Log { out, due: BinaryHeap::new(), known: Known::default(), written: 0, random: 0x9e37_79b9_7f4a_7c15 };
    for number in 0..messages {
        let arrival = start + number * PACE;
        log.write_until(arrival)?;
        log.message(number, arrival);
    }
    log.write_until(u64::MAX)?;
    Ok(log.known)
}

struct Log<'a> {
    out: &'a mut dyn Write,
    /// Lines to come, by time and then in the order in which they were made.
    due: BinaryHeap<Reverse<(u64, u64, String)>>,
    known: Known,
    written: u64,
    random: u64,
}

impl Log<'_> {
    /// xorshift64: the same log every time.
    fn below(&mut self, limit: u64) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random % limit
    }

    fn write_until(&mut self, time: u64) -> io::Result<()> {
        while let Some(Reverse((due, _, _))) = self.due.peek()
            && *due < time
            && let Some(Reverse((due, _, line))) = self.due.pop()
        {
            let line = format!("{} mail {line}\n", stamp(due));
            self.out.write_all(line.as_bytes())?;
            self.known.lines += 1;
            self.known.bytes += line.len() as u64;
        }
        Ok(())
    }

    fn line(&mut self, time: u64, line: String) {
        self.written += 1;
        self.due.push(Reverse((time, self.written, line)));
    }

    fn message(&mut self, number: u64, arrival: u64) {
        let id = format!("4{:014X}", number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 8);
        let client = format!("client{}.example.com[203.0.113.{}]", number % 50, number % 50 + 1);
        let process = 1000 + number % 90;
        self.line(arrival, format!("postfix/smtpd[{process}]: connect from {client}"));
        self.line(arrival, format!("postfix/smtpd[{process}]: {id}: client={client}"));
        self.line(
            arrival,
            format!(
                "postfix/cleanup[{process}]: {id}: message-id=<{number}.{arrival}@client{}.example.com>",
                number % 50
            ),
        );
        self.line(
            arrival,
            format!(
                "postfix/qmgr[900]: {id}: from=<sender{}@example.com>, size={}, nrcpt=1 (queue active)",
                number % 700,
                1000 + number % 90_000
            ),
        );
        self.line(
            arrival,
            format!("postfix/smtpd[{process}]: disconnect from {client} ehlo=1 mail=1 rcpt=1 data=1 quit=1 commands=5"),
        );
        if self.below(FAILING) == 0 {
            self.failing(number, &id, arrival)
        } else {
            self.delivered(number, &id, arrival + 1)
        }
    }

    fn delivered(&mut self, number: u64, id: &str, time: u64) {
        let recipient = format!("user{}@example.org", number % 5000);
        self.sent(id, &recipient, "mx.example.org[192.0.2.26]:25", 1, time);
    }

    fn sent(&mut self, id: &str, recipient: &str, relay: &str, delay: u64, time: u64) {
        let host = relay.split(':').next().unwrap_or(relay);
        self.line(time, format!("postfix/smtp[2000]: Trusted TLS connection established to {host}:25: TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)"));
        self.line(time, format!("postfix/smtp[2000]: {id}: to=<{recipient}>, relay={relay}, delay={delay}.2, delays=0.1/0/0.5/0.6, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as {:010X})", time * 7919));
        self.line(time, format!("postfix/qmgr[900]: {id}: removed"));
    }

    fn failing(&mut self, number: u64, id: &str, arrival: u64) {
        let mut at = self.below(100);
        let kind = KINDS.iter().find(|kind| {
            let here = at < kind.share;
            at = at.saturating_sub(kind.share);
            here
        });
        let kind = kind.unwrap_or(&KINDS[0]);
        let domain = kind.domains[self.below(kind.domains.len() as u64) as usize];
        let recipient = format!("user{}@{domain}", number % 3000);
        let tries = if kind.bounced { 1 } else { 1 + self.below(4) };
        let mut time = arrival + 1;
        let first = time;
        for attempt in 0..tries {
            if attempt > 0 {
                time += 300 << (attempt - 1);
            }
            self.failure(kind, id, &recipient, domain, time, time - arrival);
        }
        let fate = self.below(10);
        let failures = self.known.failures.entry(kind.cause).or_default();
        failures.messages += 1;
        match fate {
            _ if kind.bounced => {
                failures.failed += 1;
                self.line(time, format!("postfix/bounce[77]: {id}: sender non-delivery notification: {id}B"));
                self.line(time, format!("postfix/qmgr[900]: {id}: removed"));
            }
            0 => failures.still_waiting += 1,
            1 => {
                failures.failed += 1;
                self.line(time + 60, format!("postfix/postsuper[88]: {id}: removed"));
            }
            _ => {
                let delivered = time + 200 + fate * 13;
                failures.delivered_later += 1;
                failures.delays.push(delivered - first);
                let relay = if kind.relay == "none" { "mx.slow.example[203.0.113.9]:25" } else { kind.relay };
                self.sent(id, &recipient, relay, delivered - arrival, delivered);
            }
        }
    }

    fn failure(&mut self, kind: &Kind, id: &str, recipient: &str, domain: &'static str, time: u64, delay: u64) {
        let failures = self.known.failures.entry(kind.cause).or_default();
        failures.incidents += 1;
        failures.recipients.insert(recipient.to_owned());
        failures.first = if failures.first == 0 { time } else { failures.first.min(time) };
        failures.last = failures.last.max(time);
        *failures.domains.entry(domain).or_insert(0) += 1;
        let said = kind.said.replace('@', recipient).replace('#', kind.relay.trim_end_matches(":25"));
        let status = if kind.bounced { "bounced" } else { "deferred" };
        self.line(time, format!("postfix/smtp[2000]: {id}: to=<{recipient}>, relay={}, delay={delay}.3, delays=0.1/0/0.5/0.6, dsn={}, status={status} ({said})", kind.relay, kind.dsn));
    }
}

/// `Nov  2 03:04:05`; the date by <https://howardhinnant.github.io/date_algorithms.html>.
fn stamp(time: u64) -> String {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let days = time / 86_400 + 719_468;
    let day_of_era = days % 146_097;
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let name = MONTHS[((month + 2) % 12) as usize];
    format!("{name} {day:>2} {:02}:{:02}:{:02}", time / 3600 % 24, time / 60 % 60, time % 60)
}
