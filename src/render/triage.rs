//! Triage as a table that is read in ten seconds: what is wrong, on whose side, whether it is getting better, and whether
//! anyone needs to act.

use std::io::{self, Write};

use super::layout::{hang, number};
use super::style::{Glyph, Role, Style, duration, visible};
use crate::triage::clock::spelt;
use crate::triage::{Group, LONGEST_LINE, Need, Triage};

/// How many groups are shown where not everything is asked for.
const SHOWN: usize = 12;
/// How many domains a group names, and with `-v`.
const SHOWN_DOMAINS: usize = 3;
const SHOWN_DOMAINS_VERBOSE: usize = 20;
/// Narrower than this there is no room for a table.
const NARROWEST_TABLE: usize = 70;
const LONGEST_CAUSE: usize = 26;

/// A table of groups, worst first, with what became of their messages; all groups, more domains and lines that
/// were not understood if `verbose`.
pub fn text(out: &mut dyn Write, triage: &Triage, style: &Style, verbose: bool) -> io::Result<()> {
    hang(out, style, "", "", &headline(triage))?;
    if !triage.groups.is_empty() {
        writeln!(out)?;
        let shown = if verbose { triage.groups.len() } else { SHOWN.min(triage.groups.len()) };
        let table = Table::new(&triage.groups[..shown], style);
        table.heading(out)?;
        for group in &triage.groups[..shown] {
            table.row(out, group, triage.need(group))?;
            around(out, group, style, verbose)?;
        }
        if shown < triage.groups.len() {
            let rest = format!("and {} more groups: -v", triage.groups.len() - shown);
            writeln!(out, "  {}", style.paint(Role::Muted, &rest))?;
        }
        writeln!(out)?;
    }
    footer(out, triage, style, verbose)
}

/// One line a group.
pub fn brief(out: &mut dyn Write, triage: &Triage) -> io::Result<()> {
    triage.groups.iter().try_for_each(|group| group_brief(out, group, triage.need(group)))
}

pub(crate) fn group_brief(out: &mut dyn Write, group: &Group, need: Need) -> io::Result<()> {
    let whose = group.provider.map_or_else(String::new, |provider| format!(" at {}", provider.name));
    let need = if need == Need::Nothing { String::new() } else { format!("; {}", need.as_str()) };
    writeln!(out, "{}: {}{whose}: {}{need}", group.cause.id, group.side.as_str(), fates(group))
}

fn fates(group: &Group) -> String {
    let mut told = vec![count(group.incidents, "failure", "failures")];
    if group.followed() > 0 {
        told.push(format!("{} later", share(group)));
        told.push(format!("{} waiting", number(group.still_waiting)));
        told.push(format!("{} failed", number(group.failed)));
    }
    if group.refused > 0 {
        told.push(format!("{} refused here", number(group.refused)));
    }
    format!("{}, {}", count(group.messages, "message", "messages"), told.join(", "))
}

/// What it comes to, in a sentence or three.
pub(super) fn headline(triage: &Triage) -> String {
    let followed = triage.delivered_later + triage.still_waiting + triage.failed;
    let span = triage.first.zip(triage.last).map(|(first, last)| format!(" in {}", duration((last - first) as u64)));
    let mut said = format!("{}{}.", count(triage.incidents, "failure", "failures"), span.unwrap_or_default());
    if followed > 0 {
        said += &format!(
            " Of {} that met one, {} delivered later.",
            count(followed, "message", "messages"),
            match triage.delivered_later {
                0 => "none was".to_owned(),
                1 => "1 was".to_owned(),
                several => format!("{} were", number(several)),
            },
        );
    }
    if triage.incidents > 0 {
        said += " ";
        said += &needs(triage);
    }
    said
}

fn needs(triage: &Triage) -> String {
    const WORDS: [&str; 10] = ["Nothing", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine"];
    let needing = triage.groups.iter().filter(|group| triage.need(group) != Need::Nothing).count();
    let many = WORDS.get(needing).map_or_else(|| needing.to_string(), |word| (*word).to_owned());
    match needing {
        0 => "Nothing needs you.".to_owned(),
        1 => format!("{many} thing needs you."),
        _ => format!("{many} things need you."),
    }
}

pub(super) fn sign(need: Need) -> (Role, Glyph) {
    match need {
        Need::Act => (Role::Bad, Glyph::Bad),
        Need::Tell => (Role::Warning, Glyph::Warning),
        Need::Nothing => (Role::Muted, Glyph::Note),
    }
}

/// Which columns there is room for.
struct Table<'a> {
    style: &'a Style,
    cause: usize,
    trend: usize,
}

impl<'a> Table<'a> {
    fn new(groups: &[Group], style: &'a Style) -> Self {
        const NUMBERS: usize = 49;
        const LONGEST_TREND: usize = 16;
        let longest = groups.iter().map(|group| group.cause.id.len()).max().unwrap_or(0);
        let cause = longest.clamp("cause".len(), LONGEST_CAUSE);
        Table { style, cause, trend: style.width.saturating_sub(NUMBERS + cause).min(LONGEST_TREND) }
    }

    fn fits(&self) -> bool {
        self.style.width >= NARROWEST_TABLE && self.trend >= "trend".len()
    }

    fn heading(&self, out: &mut dyn Write) -> io::Result<()> {
        if !self.fits() {
            return Ok(());
        }
        let (cause, trend) = (self.cause, self.trend);
        let line = format!(
            "{:cause$} {:>8} {:>6} {:>7} {:>6} {:>7}  {:trend$}  need",
            "cause", "messages", "later", "waiting", "failed", "median", "trend"
        );
        writeln!(out, "  {}", self.style.paint(Role::Muted, &line))
    }

    fn row(&self, out: &mut dyn Write, group: &Group, need: Need) -> io::Result<()> {
        let (role, glyph) = sign(need);
        let sign = self.style.paint(role, self.style.glyph(glyph));
        if !self.fits() {
            writeln!(out, "{sign} {}", self.style.paint(Role::Heading, group.cause.id))?;
            return hang(out, self.style, "    ", "    ", &fates(group));
        }
        let cause = shortened(group.cause.id, self.cause, self.style);
        let gap = " ".repeat(self.cause - textwrap::core::display_width(&cause));
        let said = if need == Need::Nothing { "" } else { need.as_str() };
        let (messages, waiting, failed) = match (group.messages, group.followed()) {
            (0, _) => ("-".to_owned(), "-".to_owned(), "-".to_owned()),
            (messages, 0) => (number(messages), "-".to_owned(), "-".to_owned()),
            (messages, _) => (number(messages), number(group.still_waiting), number(group.failed)),
        };
        let numbers = format!("{messages:>8} {:>6} {waiting:>7} {failed:>6} {:>7}", share(group), median(group));
        let trend = sparkline(&group.trend, self.trend, self.style);
        let pad = " ".repeat(self.trend - trend.chars().count());
        let line = format!(
            "{sign} {}{gap} {numbers}  {trend}{pad}  {}",
            self.style.paint(Role::Heading, &cause),
            self.style.paint(role, said)
        );
        writeln!(out, "{}", line.trim_end())
    }
}

fn around(out: &mut dyn Write, group: &Group, style: &Style, verbose: bool) -> io::Result<()> {
    const LEAD: &str = "    ";
    muted(out, style, LEAD, &place(group, if verbose { SHOWN_DOMAINS_VERBOSE } else { SHOWN_DOMAINS }))?;
    if verbose { details(out, group, style, LEAD) } else { Ok(()) }
}

/// Whose side it is, and where, with the domains that have the most failures.
pub(super) fn place(group: &Group, most: usize) -> String {
    let whose = group.provider.map_or_else(String::new, |provider| format!(" at {}", provider.name));
    let named = group.domains.iter().take(most);
    let mut places: Vec<String> =
        named.map(|domain| format!("{} {}", visible(&domain.name), number(domain.incidents))).collect();
    if group.domains.len() > most {
        places.push(count((group.domains.len() - most) as u64, "more domain", "more domains"));
    }
    if group.refused > 0 {
        places.push(format!("{} refused here", number(group.refused)));
    }
    let head = format!("{}{whose}, {}", group.side.as_str(), count(group.incidents, "failure", "failures"));
    if places.is_empty() { head } else { format!("{head}: {}", places.join(", ")) }
}

fn details(out: &mut dyn Write, group: &Group, style: &Style, lead: &str) -> io::Result<()> {
    if let (Some(first), Some(last)) = (group.first.and_then(spelt), group.last.and_then(spelt)) {
        muted(
            out,
            style,
            lead,
            &format!("first {first}, last {last}, {}", count(group.recipients, "recipient", "recipients")),
        )?;
    }
    if let (Some(median), Some(p95)) = (group.median_delay, group.p95_delay) {
        let said = format!("delivered after {} (median), {} (95 of 100 sooner)", duration(median), duration(p95));
        muted(out, style, lead, &said)?;
    }
    muted(out, style, lead, &format!("e.g. {}", visible(&group.example)))
}

fn muted(out: &mut dyn Write, style: &Style, lead: &str, text: &str) -> io::Result<()> {
    let room = style.width.saturating_sub(lead.len()).max(20);
    textwrap::wrap(text, room).iter().try_for_each(|line| writeln!(out, "{lead}{}", style.paint(Role::Muted, line)))
}

/// What was read, and what was not understood.
fn footer(out: &mut dyn Write, triage: &Triage, style: &Style, verbose: bool) -> io::Result<()> {
    let mut said = format!("{} read", count(triage.lines, "line", "lines"));
    if triage.unrecognised > 0 {
        let look = if triage.unrecognised == 1 { "looks like an error" } else { "look like errors" };
        let hint = if verbose { "" } else { " (-v shows some)" };
        said += &format!("; {} {look} and could not be told{hint}", number(triage.unrecognised));
    }
    if triage.cut > 0 {
        said +=
            &format!("; of {} only the first {} KiB were read", count(triage.cut, "line", "lines"), LONGEST_LINE >> 10);
    }
    if triage.partly_read > 0 {
        said +=
            &format!("; {} read in part only, for size or depth", count(triage.partly_read, "mail was", "mails were"));
    }
    if triage.forgotten > 0 {
        let many = count(triage.forgotten, "message", "messages");
        said += &format!("; {many} counted as waiting, for too many were open at once");
    }
    hang(out, style, "  ", "  ", &format!("{said}."))?;
    if verbose {
        for example in &triage.examples {
            muted(out, style, "    ", &visible(example))?;
        }
    }
    Ok(())
}

pub(super) fn share(group: &Group) -> String {
    group.share_delivered().map_or_else(|| "-".to_owned(), |share| format!("{:.0} %", share * 100.0))
}

pub(super) fn median(group: &Group) -> String {
    group.median_delay.map_or_else(|| "-".to_owned(), duration)
}

/// `group.trend` in at most `cells` steps.
pub(super) fn sparkline(trend: &[u64], cells: usize, style: &Style) -> String {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    const ASCII: [char; 8] = ['_', '.', ':', '-', '=', '+', '*', '#'];
    let steps = trend.len().min(cells);
    let sums: Vec<u64> = (0..steps)
        .map(|step| trend[step * trend.len() / steps..(step + 1) * trend.len() / steps].iter().sum())
        .collect();
    let most = sums.iter().copied().max().unwrap_or(0).max(1);
    let bars = if style.unicode { BARS } else { ASCII };
    sums.iter().map(|sum| bars[(sum * 7).div_ceil(most).min(7) as usize]).collect()
}

fn shortened(text: &str, width: usize, style: &Style) -> String {
    if text.len() <= width {
        return text.to_owned();
    }
    let ellipsis = style.glyph(Glyph::Ellipsis);
    format!("{}{ellipsis}", &text[..width - ellipsis.chars().count()])
}

fn count(many: u64, one: &str, more: &str) -> String {
    format!("{} {}", number(many), if many == 1 { one } else { more })
}
