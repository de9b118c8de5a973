//! Times as logs write them. Syslog's (RFC 3164 §4.1.2) have no year and no zone: the year is the one nearest to the line
//! before, the zone the machine's own.

use jiff::Timestamp;
use jiff::civil::{self, DateTime};
use jiff::tz::TimeZone;

/// Seconds since 1970-01-01T00:00:00Z, leap seconds not counted.
pub type Seconds = i64;

/// Reads the times of one log, line after line.
#[derive(Clone, Debug)]
pub struct Clock {
    zone: TimeZone,
    /// The time that was read last, or when the log was written last.
    near: Seconds,
    /// Whether `near` is a time of the log itself.
    started: bool,
    /// The hour that was read last, and when it began.
    hour: Option<(Hour, Seconds)>,
}

/// As spelt, with the zone behind it where there is one.
type Hour = ([u8; 13], [u8; 6]);

/// A clock may run ahead of the file's own by this.
const AHEAD: Seconds = 86_400;

impl Clock {
    /// For a log that was written last at `written`, and so holds nothing later.
    pub fn new(written: Seconds) -> Self {
        Clock { zone: TimeZone::system(), near: written, started: false, hour: None }
    }

    /// The time at the start of `line`, and how long it is as spelt.
    pub fn read(&mut self, line: &[u8]) -> Option<(Seconds, usize)> {
        let stamp = Stamp::at_start(line)?;
        let read = match stamp {
            Stamp::Tai { seconds } => seconds,
            Stamp::Calendar { hour, minute, second, .. } => {
                let begin = match &self.hour {
                    Some((known, begin)) if *known == hour => *begin,
                    _ => self.begin_of(&hour)?,
                };
                begin + Seconds::from(minute) * 60 + Seconds::from(second)
            }
        };
        (self.near, self.started) = (read, true);
        Some((read, stamp.length()))
    }

    fn begin_of(&mut self, hour: &Hour) -> Option<Seconds> {
        let begin = match civil(hour)? {
            Spelt::Whole(time) => self.absolute(time, &hour.1)?,
            Spelt::Yearless { month, day, hour } => self.nearest(month, day, hour)?,
        };
        self.hour = Some((*hour, begin));
        Some(begin)
    }

    fn absolute(&self, time: DateTime, zone: &[u8; 6]) -> Option<Seconds> {
        match offset(zone) {
            Some(offset) => Some(TimeZone::UTC.to_timestamp(time).ok()?.as_second() - offset),
            None => Some(self.zone.to_timestamp(time).ok()?.as_second()),
        }
    }

    /// Before the log's first time is known it lies before the log was written; from then on near the line before, so that
    /// December's lines come before January's, and a line that came late does not jump by a year.
    fn nearest(&self, month: i8, day: i8, hour: i8) -> Option<Seconds> {
        let year = self.zone.to_datetime(Timestamp::from_second(self.near).ok()?).year();
        let hour = civil::Time::new(hour, 0, 0, 0).ok()?;
        let candidates = (year - 1..=year + 1).filter_map(|year| {
            let time = civil::Date::new(year, month, day).ok()?.to_datetime(hour);
            Some(self.zone.to_timestamp(time).ok()?.as_second())
        });
        let fits = candidates.filter(|time| self.started || *time <= self.near + AHEAD);
        fits.min_by_key(|time| time.abs_diff(self.near))
    }
}

#[cfg(feature = "cli")]
pub fn now() -> Seconds {
    Timestamp::now().as_second()
}

/// A date, or a date and time, with a zone or in the machine's.
#[cfg(feature = "cli")]
pub fn parse(text: &str) -> Option<Seconds> {
    let local = || TimeZone::system().to_timestamp(text.parse::<DateTime>().ok()?).ok();
    text.parse::<Timestamp>().ok().or_else(local).map(Timestamp::as_second)
}

/// A time as RFC 3339 writes it, in the machine's zone.
#[cfg(feature = "render")]
pub fn spelt(seconds: Seconds) -> Option<String> {
    let time = Timestamp::from_second(seconds).ok()?;
    Some(time.display_with_offset(TimeZone::system().to_offset(time)).to_string())
}

/// Whether `line` begins with a time.
pub fn is_stamped(line: &[u8]) -> bool {
    Stamp::at_start(line).is_some()
}

/// A time as spelt.
#[derive(Clone, Copy)]
enum Stamp {
    Calendar {
        hour: Hour,
        minute: u8,
        second: u8,
        length: usize,
    },
    /// qmail's `@4000000068…`, <https://cr.yp.to/libtai/tai64.html>.
    Tai {
        seconds: Seconds,
    },
}

const TAI_LENGTH: usize = 25;
/// The end of the year 9999.
const LATEST: Seconds = 253_402_300_799;

impl Stamp {
    fn at_start(line: &[u8]) -> Option<Stamp> {
        match line.first()? {
            b'@' => tai(line),
            b'0'..=b'9' => iso(line),
            _ => syslog(line),
        }
    }

    fn length(self) -> usize {
        match self {
            Stamp::Calendar { length, .. } => length,
            Stamp::Tai { .. } => TAI_LENGTH,
        }
    }
}

fn two(bytes: &[u8]) -> Option<u8> {
    let digit = |byte: u8| byte.is_ascii_digit().then(|| byte - b'0');
    let tens = if bytes[0] == b' ' { 0 } else { digit(bytes[0])? };
    Some(tens * 10 + digit(bytes[1])?)
}

/// `Nov  2 03:04:05`
fn syslog(line: &[u8]) -> Option<Stamp> {
    let head: &[u8; 15] = line.first_chunk()?;
    let fits = head[3] == b' ' && head[6] == b' ' && head[9] == b':' && head[12] == b':';
    if !fits {
        return None;
    }
    let mut hour = [0; 13];
    hour[..9].copy_from_slice(&head[..9]);
    Some(Stamp::Calendar { hour: (hour, [0; 6]), minute: two(&head[10..])?, second: two(&head[13..])?, length: 15 })
}

/// `2026-11-02T03:04:05.678+01:00`, `2026-11-02 03:04:05`, `2026-11-02 03:04:05 +0100`
fn iso(line: &[u8]) -> Option<Stamp> {
    let head: &[u8; 19] = line.first_chunk()?;
    let fits = head[4] == b'-' && head[7] == b'-' && matches!(head[10], b'T' | b' ') && head[13] == b':';
    if !fits || head[16] != b':' {
        return None;
    }
    let mut at = 19;
    if matches!(line.get(at), Some(b'.' | b',')) {
        at += 1 + line[at + 1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    }
    let (zone, length) = zone(&line[at..]);
    let mut hour = [0; 13];
    hour.copy_from_slice(&head[..13]);
    Some(Stamp::Calendar {
        hour: (hour, zone),
        minute: two(&head[14..])?,
        second: two(&head[17..])?,
        length: at + length,
    })
}

/// `Z`, `+01:00`, `+0100` or ` +0100`, and its length; nothing where there is none.
fn zone(rest: &[u8]) -> ([u8; 6], usize) {
    let mut spelt = [0; 6];
    if rest.first() == Some(&b'Z') {
        spelt[0] = b'Z';
        return (spelt, 1);
    }
    let blank = usize::from(matches!(rest, [b' ', b'+' | b'-', ..]));
    let rest = &rest[blank..];
    if !matches!(rest.first(), Some(b'+' | b'-')) {
        return (spelt, 0);
    }
    let length = 1 + rest[1..].iter().take(5).take_while(|byte| byte.is_ascii_digit() || **byte == b':').count();
    if length < 5 {
        return (spelt, 0);
    }
    spelt[..length].copy_from_slice(&rest[..length]);
    (spelt, blank + length)
}

/// Seconds east of Greenwich.
fn offset(zone: &[u8; 6]) -> Option<Seconds> {
    let sign = match zone[0] {
        b'Z' => return Some(0),
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let minutes = if zone[3] == b':' { &zone[4..] } else { &zone[3..] };
    Some(sign * (Seconds::from(two(&zone[1..])?) * 3600 + Seconds::from(two(minutes)?) * 60))
}

fn tai(line: &[u8]) -> Option<Stamp> {
    const TAI_OF_1970: Seconds = 1 << 62;
    /// TAI is ahead of UTC by this; qmail's loggers know no leap seconds since.
    const AHEAD_OF_UTC: Seconds = 10;
    let digits = std::str::from_utf8(line.get(1..17)?).ok()?;
    let hexadecimal = line.get(17..TAI_LENGTH)?.iter().all(u8::is_ascii_hexdigit);
    let seconds = Seconds::from_str_radix(digits, 16).ok().filter(|_| hexadecimal)?;
    let seconds = seconds.checked_sub(TAI_OF_1970 + AHEAD_OF_UTC)?;
    (0..=LATEST).contains(&seconds).then_some(Stamp::Tai { seconds })
}

enum Spelt {
    Whole(DateTime),
    Yearless { month: i8, day: i8, hour: i8 },
}

fn civil((spelt, _): &Hour) -> Option<Spelt> {
    const MONTHS: &[u8; 36] = b"JanFebMarAprMayJunJulAugSepOctNovDec";
    let number = |at: usize| two(&spelt[at..]).map(|number| number as i8);
    if spelt[0].is_ascii_digit() {
        let year = i16::from(number(0)?) * 100 + i16::from(number(2)?);
        let date = civil::Date::new(year, number(5)?, number(8)?).ok()?;
        return Some(Spelt::Whole(date.to_datetime(civil::Time::new(number(11)?, 0, 0, 0).ok()?)));
    }
    let month = MONTHS.chunks(3).position(|month| month == &spelt[..3])? as i8 + 1;
    Some(Spelt::Yearless { month, day: number(4)?, hour: number(7)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Seconds {
        text.parse::<Timestamp>().unwrap().as_second()
    }

    fn utc(written: &str) -> Clock {
        Clock { zone: TimeZone::UTC, ..Clock::new(at(written)) }
    }

    #[test]
    fn a_year_turns_where_december_meets_january() {
        let mut clock = utc("2026-01-02T06:00:00Z");
        let times = ["Dec 31 23:59:58", "Jan  1 00:00:01", "Dec 31 23:59:59", "Jan  2 05:00:00"];
        let read: Vec<Seconds> = times.iter().map(|line| clock.read(line.as_bytes()).unwrap().0).collect();
        let expected = ["2025-12-31T23:59:58Z", "2026-01-01T00:00:01Z", "2025-12-31T23:59:59Z", "2026-01-02T05:00:00Z"];
        assert_eq!(read, expected.map(at));
    }

    #[test]
    fn a_log_is_no_younger_than_its_file() {
        assert_eq!(utc("2026-03-01T00:00:00Z").read(b"Nov  9 01:02:03 mx").unwrap().0, at("2025-11-09T01:02:03Z"));
        assert_eq!(utc("2024-03-01T00:00:00Z").read(b"Feb 29 01:02:03 mx").unwrap().0, at("2024-02-29T01:02:03Z"));
    }

    #[test]
    fn zones_are_obeyed() {
        let mut clock = utc("2026-03-01T00:00:00Z");
        for (spelt, length) in [
            ("2026-01-02T03:04:05.678+01:00 mx", 29),
            ("2026-01-02 03:04:05 +0100 x", 25),
            ("2026-01-01T21:34:05-0430", 24),
            ("2026-01-02T02:04:05Z", 20),
            ("2026-01-02 02:04:05 1xVZp2", 19),
            ("@400000006957279f00000000 x", 25),
        ] {
            assert_eq!(clock.read(spelt.as_bytes()), Some((at("2026-01-02T02:04:05Z"), length)), "{spelt}");
        }
        for text in [
            "2026-13-02T03:04:05Z",
            "2026-12-02T24:04:05Z",
            "Foo 12 01:02:03 x",
            "Jan 32 01:02:03",
            "Jan 12 38:02:03 mx",
            "451 4.7.1 try later",
            "",
        ] {
            assert_eq!(clock.read(text.as_bytes()), None, "{text}");
        }
    }
}
