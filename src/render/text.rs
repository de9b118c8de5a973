//! Text for a terminal: answer first, then evidence, then what to do, then sources.

use std::io::{self, Write};

use super::evidence;
use super::style::{Glyph, Role, Style, duration, visible};
use crate::diagnosis::{Diagnosis, Draft, NotRun, Unchecked};
use crate::finding::Severity;
use crate::intake::Context;
use crate::knowledge::{Cause, Side, Step};
use crate::probe::Observation;
use crate::probe::check::Check;
use crate::rank::{Ground, RankedCause, Standing};
use crate::span::Excerpt;

/// How much, and for whom.
#[derive(Clone, Copy, Debug)]
pub struct Detail {
    pub verbose: bool,
    /// The receiving side's advice comes first.
    pub receiver_first: bool,
}

/// Below this share the headline names no cause.
const TELLING: f64 = 0.4;

/// How many causes and receiver's steps are shown where not everything is asked for.
const SHOWN_CAUSES: usize = 4;
const SHOWN_STEPS: usize = 4;

const INDENT: usize = 2;
const LABEL_WIDTH: usize = 13;

/// One diagnosis, whole.
pub fn diagnosis(out: &mut dyn Write, diagnosis: &Diagnosis, style: &Style, detail: Detail) -> io::Result<()> {
    headline(out, diagnosis, style)?;
    evidence(out, diagnosis, style)?;
    causes(out, diagnosis, style, detail)?;
    apart(out, diagnosis, style)?;
    let Some(first) = diagnosis.causes.first() else { return Ok(()) };
    if detail.receiver_first {
        receiver_steps(out, diagnosis, first.cause, style, detail)?;
        sender_steps(out, diagnosis, first.cause, style)?;
    } else {
        sender_steps(out, diagnosis, first.cause, style)?;
        receiver_steps(out, diagnosis, first.cause, style, detail)?;
    }
    more(out, diagnosis, first.cause, style)
}

/// One line: cause, side, advice.
pub fn brief(out: &mut dyn Write, diagnosis: &Diagnosis) -> io::Result<()> {
    match diagnosis.causes.first() {
        Some(first) => writeln!(out, "{}: {}: {}", first.cause.id, first.side.as_str(), diagnosis.retry.note),
        None => Ok(()),
    }
}

/// The mail to the receiving side's postmaster, ready to be sent.
pub fn draft(out: &mut dyn Write, draft: &Draft) -> io::Result<()> {
    writeln!(out, "To: {}", visible(&draft.to))?;
    writeln!(out, "Subject: {}\n", visible(&draft.subject))?;
    draft.body.lines().try_for_each(|line| writeln!(out, "{}", visible(line)))
}

fn headline(out: &mut dyn Write, diagnosis: &Diagnosis, style: &Style) -> io::Result<()> {
    let Some(first) = diagnosis.causes.first() else { return Ok(()) };
    let (role, glyph) = match diagnosis.retry.worthwhile {
        Some(false) => (Role::Bad, Glyph::Bad),
        _ => (Role::Warning, Glyph::Warning),
    };
    let vague = first.confidence < TELLING && first.standing != Standing::Confirmed;
    let title = match diagnosis.refuted() {
        Some(_) => "What the reply says is not what DNS shows now",
        None if vague => "The reply does not say which of several causes it is",
        None => first.cause.title,
    };
    let side = shared_side(&diagnosis.causes).map_or("more than one side", Side::as_str);
    let room = style.width.saturating_sub(INDENT + textwrap::core::display_width(title) + side.len());
    let sign = style.paint(role, style.glyph(glyph));
    if room >= 2 {
        let gap = " ".repeat(room);
        writeln!(out, "{sign} {}{gap}{}", style.paint(Role::Heading, title), style.paint(Role::Muted, side))?;
    } else {
        let lines = textwrap::wrap(title, style.width.saturating_sub(INDENT));
        for (index, line) in lines.iter().enumerate() {
            let lead = if index == 0 { sign.as_str() } else { " " };
            writeln!(out, "{lead} {}", style.paint(Role::Heading, line))?;
        }
        writeln!(out, "  {}", style.paint(Role::Muted, side))?;
    }
    paragraph(out, style, "", &diagnosis.retry.note)?;
    if let Some(seconds) = diagnosis.retry.after {
        paragraph(out, style, "", &format!("The reply asks to wait {}.", duration(seconds)))?;
    }
    writeln!(out)
}

/// The side on which all likely causes lie; `None` where they differ.
fn shared_side(causes: &[RankedCause]) -> Option<Side> {
    let first = causes.first()?;
    let telling = first.confidence >= TELLING || first.standing == Standing::Confirmed;
    let alone = telling || causes.iter().take(3).all(|cause| cause.side == first.side);
    alone.then_some(first.side)
}

fn evidence(out: &mut dyn Write, diagnosis: &Diagnosis, style: &Style) -> io::Result<()> {
    if let Some(reply) = &diagnosis.incident.reply {
        evidence::write(out, reply, &diagnosis.causes, style)?;
    }
    let around = around(&diagnosis.incident.context);
    if !around.is_empty() {
        for line in textwrap::wrap(&around, style.width.saturating_sub(INDENT)) {
            writeln!(out, "  {}", style.paint(Role::Muted, &line))?;
        }
    }
    writeln!(out)
}

fn around(context: &Context) -> String {
    let facts = [
        ("", &context.time),
        ("from ", &context.sender),
        ("to ", &context.recipient),
        ("at ", &context.remote_host),
        ("", &context.remote_ip),
        ("client ", &context.client_ip),
        ("queue id ", &context.queue_id),
        ("told by ", &context.reporting_mta),
    ];
    let told = facts.iter().filter_map(|(label, fact)| {
        let fact = fact.as_ref().map(Excerpt::as_str).filter(|text| !text.is_empty())?;
        Some(format!("{label}{}", visible(fact)))
    });
    told.collect::<Vec<_>>().join(", ")
}

fn causes(out: &mut dyn Write, diagnosis: &Diagnosis, style: &Style, detail: Detail) -> io::Result<()> {
    let ruled_out = |cause: &&RankedCause| cause.standing == Standing::RuledOut;
    let most = if detail.verbose { usize::MAX } else { SHOWN_CAUSES };
    let standing = diagnosis.causes.iter().filter(|cause| !ruled_out(cause)).take(most);
    let shown: Vec<&RankedCause> = standing.chain(diagnosis.causes.iter().filter(ruled_out)).collect();
    let id_width = shown.iter().map(|cause| cause.cause.id.len()).max().unwrap_or(0);
    for cause in shown {
        let role = match cause.standing {
            Standing::Confirmed => Role::Bad,
            Standing::Likely => Role::Warning,
            Standing::Possible => Role::Heading,
            Standing::RuledOut => Role::Muted,
        };
        let share = match cause.standing {
            Standing::RuledOut => "    ".to_owned(),
            _ => format!("{:3.0}%", cause.confidence * 100.0),
        };
        let label = cause.standing.as_str().replace('-', " ");
        let lead = format!("  {label:<11}{:<id_width$}  {share}  ", cause.cause.id);
        let painted =
            format!("  {}{:<id_width$}  {share}  ", style.paint(role, &format!("{label:<11}")), cause.cause.id);
        hang(out, style, &lead, &painted, &reason(cause))?;
    }
    if let Some(check) = &diagnosis.check {
        checked(out, check, style)?;
    }
    if let Some(therefore) = &diagnosis.therefore {
        let lead = format!("  {:<11}", "therefore");
        hang(out, style, &lead, &style.paint(Role::Heading, &lead), &visible(therefore))?;
    }
    if let Some(unchecked) = &diagnosis.unchecked {
        let lead = format!("  {:<11}", "not checked");
        hang(
            out,
            style,
            &format!("{lead}  "),
            &style.paint(Role::Muted, &format!("{lead}  ")),
            &why_unchecked(unchecked),
        )?;
    }
    writeln!(out)
}

/// What DNS said, whichever way it points.
fn checked(out: &mut dyn Write, check: &Check, style: &Style) -> io::Result<()> {
    for (index, observation) in check.observations.iter().enumerate() {
        let label = if index == 0 { "checked" } else { "" };
        let lead = format!("  {label:<11}{} {:<12}", style.glyph(glyph_of(observation)), observation.probe.as_str());
        hang(out, style, &lead, &lead, &visible(&observation.summary))?;
    }
    Ok(())
}

fn glyph_of(observation: &Observation) -> Glyph {
    match observation.worst() {
        Some(Severity::Error) => Glyph::Bad,
        Some(Severity::Warning) => Glyph::Warning,
        _ if observation.answered => Glyph::Good,
        _ => Glyph::Unknown,
    }
}

fn why_unchecked(unchecked: &Unchecked) -> String {
    let probes: Vec<&str> = unchecked.probes.iter().map(|probe| probe.as_str()).collect();
    let why = match unchecked.why {
        NotRun::Offline => "DNS was not to be asked (--offline)",
        NotRun::NoDomain => "no sending domain known; name it with --domain",
        NotRun::NoAddress => "no sending address known; name it with --ip",
    };
    format!("{}: {why}", probes.join(", "))
}

/// The weightiest reason: what DNS proves or refutes before what was said.
fn reason(cause: &RankedCause) -> String {
    let decided = matches!(cause.standing, Standing::Confirmed | Standing::RuledOut);
    let observation = cause.because.iter().find(|because| decided && matches!(because.ground, Ground::Observation(_)));
    let because = observation.or(cause.because.first());
    because.map_or_else(String::new, |because| match because.ground {
        Ground::Words(_) => format!("says \"{}\"", visible(&because.text)),
        Ground::Observation(_) => visible(&because.text),
        // The code is the same for all of them: what the cause is says more.
        Ground::Enhanced | Ground::Code | Ground::Class => cause.cause.title.to_owned(),
    })
}

/// Where no cause stands out: how to tell them apart.
fn apart(out: &mut dyn Write, diagnosis: &Diagnosis, style: &Style) -> io::Result<()> {
    let first = diagnosis.causes.first();
    if first.is_none_or(|first| first.confidence >= TELLING || first.standing == Standing::Confirmed) {
        return Ok(());
    }
    let telling: Vec<&Cause> = diagnosis
        .causes
        .iter()
        .take(SHOWN_CAUSES)
        .map(|ranked| ranked.cause)
        .filter(|cause| cause.tell.is_some())
        .collect();
    if telling.is_empty() {
        return Ok(());
    }
    writeln!(out, "  {}", style.paint(Role::Heading, "What tells them apart"))?;
    let width = telling.iter().map(|cause| cause.id.len()).max().unwrap_or(0);
    for cause in telling {
        let lead = format!("  {:<width$}  ", cause.id);
        hang(out, style, &lead, &lead, cause.tell.unwrap_or_default())?;
    }
    writeln!(out)
}

fn sender_steps(out: &mut dyn Write, diagnosis: &Diagnosis, cause: &Cause, style: &Style) -> io::Result<()> {
    writeln!(out, "  {}", style.paint(Role::Heading, "What you, the sender, do"))?;
    let mut before = None;
    for step in cause.sender {
        let label = match step.after {
            _ if before == Some(step.after) => String::new(),
            None | Some(0) => "now".to_owned(),
            Some(seconds) => format!("after {}", duration(seconds)),
        };
        before = Some(step.after);
        self::step(out, style, &label, step)?;
    }
    for (index, contact) in diagnosis.retry.contacts.iter().enumerate() {
        // An address is copied whole: never wrapped.
        writeln!(out, "  {:<LABEL_WIDTH$}{}", if index == 0 { "write to" } else { "" }, visible(contact))?;
    }
    writeln!(out)
}

fn receiver_steps(
    out: &mut dyn Write,
    diagnosis: &Diagnosis,
    cause: &Cause,
    style: &Style,
    detail: Detail,
) -> io::Result<()> {
    if cause.receiver.is_empty() {
        return Ok(());
    }
    let software = diagnosis.software.map(|software| software.id);
    let fits =
        |step: &&Step| detail.verbose || step.software.is_none() || software.is_none() || step.software == software;
    let most = if detail.verbose || detail.receiver_first { usize::MAX } else { SHOWN_STEPS };
    writeln!(out, "  {}", style.paint(Role::Heading, "What the receiving server's admin does"))?;
    for step in cause.receiver.iter().filter(fits).take(most) {
        self::step(out, style, step.software.unwrap_or_default(), step)?;
    }
    if cause.receiver.iter().filter(fits).count() > most {
        let rest = format!("{}more: -v", " ".repeat(LABEL_WIDTH));
        writeln!(out, "  {}", style.paint(Role::Muted, &rest))?;
    }
    writeln!(out)
}

fn step(out: &mut dyn Write, style: &Style, label: &str, step: &Step) -> io::Result<()> {
    let lead = format!("  {label:<LABEL_WIDTH$}");
    hang(out, style, &lead, &lead, step.text)?;
    for command in step.command.iter().flat_map(|command| command.lines()) {
        // A command is copied whole: never wrapped.
        writeln!(out, "  {}  {}", " ".repeat(LABEL_WIDTH), style.paint(Role::Command, command))?;
    }
    Ok(())
}

fn more(out: &mut dyn Write, diagnosis: &Diagnosis, cause: &Cause, style: &Style) -> io::Result<()> {
    let reply = diagnosis.incident.reply.as_ref();
    let mut ids = vec![cause.id.to_owned()];
    ids.extend(reply.and_then(|reply| reply.enhanced).map(|status| status.to_string()));
    ids.extend(reply.and_then(|reply| reply.code).map(|code| code.to_string()));
    ids.extend(diagnosis.provider.map(|provider| provider.id.to_owned()));
    let lead = format!("  {:<9}", "more");
    hang(out, style, &lead, &style.paint(Role::Muted, &lead), &format!("smtpwhy explain {}", ids.join(" ")))?;
    let cites: Vec<&str> = cause.sources.iter().map(|source| source.cite).collect();
    let lead = format!("  {:<9}", "sources");
    hang(out, style, &lead, &style.paint(Role::Muted, &lead), &cites.join("; "))
}

/// Wraps `text` behind `lead`, and later lines under where it began. `painted` is `lead` as it is to be printed.
pub(super) fn hang(out: &mut dyn Write, style: &Style, lead: &str, painted: &str, text: &str) -> io::Result<()> {
    let indent = textwrap::core::display_width(lead);
    let room = style.width.saturating_sub(indent).max(20);
    let mut lines = textwrap::wrap(text, room).into_iter();
    let first = lines.next().unwrap_or_default();
    writeln!(out, "{}", format!("{painted}{first}").trim_end())?;
    lines.try_for_each(|line| writeln!(out, "{:indent$}{line}", ""))
}

pub(super) fn paragraph(out: &mut dyn Write, style: &Style, lead: &str, text: &str) -> io::Result<()> {
    let lead = format!("{:INDENT$}{lead}", "");
    hang(out, style, &lead, &lead, text)
}
