//! Text for a terminal: answer first, then what was said → suspected → checked → therefore, then what to do, then
//! sources.

use std::io::{self, Write};

use super::finding::{Shown, findings};
use super::layout::{self, hang, label_lead, labelled, labelled_indent, paragraph, paragraphs, row};
use super::style::{Glyph, Role, Style, duration, visible};
use super::verdict::{self, Verdict};
use super::{check, evidence, finding};
use crate::diagnosis::{Advice, Diagnosis, Draft, NotRun, Unchecked};
use crate::intake::Context;
use crate::knowledge::Cause;
use crate::rank::{Because, Ground, RankedCause, Standing};
use crate::span::Excerpt;

/// How much, and for whom.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Detail {
    /// Everything that is known, not only what decides.
    pub verbose: bool,
    /// The receiving side's advice comes first.
    pub receiver_first: bool,
}

/// How many steps are shown where not everything is asked for.
const SHOWN_STEPS: usize = 5;

/// All of an input's diagnoses: one at length, several each in short.
pub fn diagnoses(out: &mut dyn Write, all: &[Diagnosis], style: &Style, detail: Detail) -> io::Result<()> {
    match all {
        [one] => diagnosis(out, one, style, detail),
        several if detail.verbose => several.iter().enumerate().try_for_each(|(index, one)| {
            let separator = if index > 0 { "\n" } else { "" };
            writeln!(out, "{separator}{}", style.paint(Role::Muted, &format!("{} of {}", index + 1, several.len())))?;
            diagnosis(out, one, style, detail)
        }),
        several => in_short(out, several, style, detail),
    }
}

/// One diagnosis at length.
pub fn diagnosis(out: &mut dyn Write, diagnosis: &Diagnosis, style: &Style, detail: Detail) -> io::Result<()> {
    let Some(first) = diagnosis.causes.first() else { return Ok(()) };
    let verdict = Verdict::of(diagnosis, detail.receiver_first);
    layout::headline(out, style, verdict.glyph, verdict.role, &verdict.sentence(style))?;
    paragraph(out, style, "", &verdict.waiting)?;
    whose_log(out, diagnosis, style, detail)?;
    writeln!(out)?;
    said(out, diagnosis, style, detail)?;
    suspected(out, diagnosis, &verdict, style, detail)?;
    checked(out, diagnosis, style, detail)?;
    labelled(out, style, "therefore", &verdict::therefore(diagnosis, detail.receiver_first))?;
    proof(out, diagnosis, style, detail)?;
    writeln!(out)?;
    steps(out, diagnosis, style, detail)?;
    writeln!(out)?;
    if detail.verbose {
        paragraphs(out, style, first.cause.explain.as_str())?;
    }
    labelled(out, style, "more", &more(diagnosis, first.cause))?;
    layout::sources(out, style, first.cause.sources, detail.verbose)
}

/// The answer speaks to one side; where the log is the other's, so most likely is the reader.
fn whose_log(out: &mut dyn Write, diagnosis: &Diagnosis, style: &Style, detail: Detail) -> io::Result<()> {
    match (diagnosis.log_of_receiver(), detail.receiver_first) {
        (Some(true), false) => {
            paragraph(out, style, "", "This is the receiving server's own log. If it is yours: --role receiver.")
        }
        (Some(false), true) => {
            paragraph(out, style, "", "This is the sending server's own log. If it is yours: --role sender.")
        }
        _ => Ok(()),
    }
}

/// One line: cause, side, advice.
pub fn brief(out: &mut dyn Write, diagnosis: &Diagnosis) -> io::Result<()> {
    match diagnosis.causes.first() {
        Some(first) => {
            writeln!(out, "{}: {}: {}", first.cause.id, first.side.as_str(), visible(&diagnosis.retry.note))
        }
        None => Ok(()),
    }
}

/// The mail to the receiving side's postmaster, ready to be sent.
pub fn draft(out: &mut dyn Write, draft: &Draft) -> io::Result<()> {
    writeln!(out, "To: {}", visible(&draft.to))?;
    writeln!(out, "Subject: {}\n", visible(&draft.subject))?;
    draft.body.lines().try_for_each(|line| writeln!(out, "{}", visible(line)))
}

/// Several failures: the same ones once, each with its answer, its words and its first step.
fn in_short(out: &mut dyn Write, all: &[Diagnosis], style: &Style, detail: Detail) -> io::Result<()> {
    let groups = verdict::alike(all);
    let number_width = groups.len().to_string().len();
    let kinds = if groups.len() == 1 { "one kind".to_owned() } else { format!("{} kinds", groups.len()) };
    writeln!(out, "{}", style.paint(Role::Heading, &format!("{} failures of {kinds}", all.len())))?;
    for (index, group) in groups.iter().enumerate() {
        let first = group[0];
        let verdict = Verdict::of(first, detail.receiver_first);
        let number = format!("{:>number_width$}  ", index + 1);
        let times = if group.len() > 1 { format!(" ({} times)", group.len()) } else { String::new() };
        let sentence = format!("{}{times}", verdict.sentence(style));
        writeln!(out)?;
        layout::numbered_headline(out, style, &number, (verdict.glyph, verdict.role), &sentence)?;
        said(out, first, style, detail)?;
        others(out, group, style)?;
        let steps = verdict::own_steps(first, detail.receiver_first);
        timed(out, &steps[..steps.len().min(1)], style)?;
        labelled(out, style, "more", &more(first, first.causes[0].cause))?;
    }
    writeln!(out)?;
    labelled(out, style, "", "each at length: -v; one line each: -q")
}

/// Whom else the same failure kept from their mail.
fn others(out: &mut dyn Write, group: &[&Diagnosis], style: &Style) -> io::Result<()> {
    const NAMED: usize = 3;
    let recipients = group.iter().filter_map(|diagnosis| diagnosis.incident.context.recipient.as_ref());
    let mut names: Vec<&str> = recipients.map(Excerpt::as_str).collect();
    names.dedup();
    let Some(others) = names.get(1..).filter(|others| !others.is_empty()) else { return Ok(()) };
    let rest = others.len().saturating_sub(NAMED);
    let shown = others[..others.len() - rest].join(", ");
    let rest = if rest > 0 { format!(" and {rest} more") } else { String::new() };
    labelled(out, style, "also", &format!("to {shown}{rest}"))
}

fn said(out: &mut dyn Write, diagnosis: &Diagnosis, style: &Style, detail: Detail) -> io::Result<()> {
    let (indent, below) = labelled_indent(style);
    let mut label = label_lead("said");
    if below {
        writeln!(out, "{}", style.paint(Role::Muted, label.trim_end()))?;
        label = " ".repeat(indent);
    }
    let marks = evidence::marks(&diagnosis.causes);
    let evidence = evidence::evidence(diagnosis, &marks, detail.verbose);
    let lines = evidence::lines(&evidence, &marks, style, style.width.saturating_sub(indent), detail.verbose);
    for (index, line) in lines.iter().enumerate() {
        let lead = if index == 0 { style.paint(Role::Muted, &label) } else { " ".repeat(indent) };
        writeln!(out, "{lead}{line}")?;
    }
    let around = around(diagnosis, &evidence.text);
    if around.is_empty() { Ok(()) } else { labelled(out, style, "", &around) }
}

/// What is known of the failure and does not stand in what is shown.
pub(super) fn around(diagnosis: &Diagnosis, shown: &str) -> String {
    let Context { time, queue_id, sender, recipient, remote_host, remote_ip, client_ip, reporting_mta } =
        &diagnosis.incident.context;
    let facts = [
        ("", time),
        ("from ", sender),
        ("to ", recipient),
        ("at ", remote_host),
        ("", remote_ip),
        ("client ", client_ip),
        ("queue id ", queue_id),
        ("told by ", reporting_mta),
    ];
    let told = facts.iter().filter_map(|(label, fact)| {
        let fact = fact.as_ref().map(Excerpt::as_str).filter(|text| !shown.contains(text))?;
        Some(format!("{label}{fact}"))
    });
    let provider = diagnosis.provider.map(|provider| format!("by {}", provider.name));
    let software = diagnosis.software.map(|software| format!("by {}", software.name));
    told.chain(provider.or(software)).collect::<Vec<_>>().join(", ")
}

fn suspected(
    out: &mut dyn Write,
    diagnosis: &Diagnosis,
    verdict: &Verdict,
    style: &Style,
    detail: Detail,
) -> io::Result<()> {
    let shown = verdict::suspects(diagnosis, detail.verbose);
    for (index, ranked) in shown.iter().enumerate() {
        let role = match ranked.standing {
            Standing::Confirmed => Role::Bad,
            Standing::Likely => Role::Warning,
            Standing::Possible | Standing::RuledOut => Role::Muted,
        };
        let label = label_lead(if index == 0 { "suspected" } else { "" });
        let standing = format!("{:<10}", ranked.standing.as_str());
        let share = format!("{:3.0}%  ", ranked.confidence * 100.0);
        let painted = format!("{}{}{share}", style.paint(Role::Muted, &label), style.paint(role, &standing));
        let reason = match verdict.vague || detail.verbose {
            true => verdict::told_apart(ranked.cause),
            false if index == 0 => reason(ranked),
            false => ranked.cause.title.to_owned(),
        };
        let text = format!("{}: {reason}", ranked.cause.id);
        hang(out, style, &format!("{label}{standing}{share}"), &painted, &text)?;
        if detail.verbose {
            verdict::reasons(ranked).into_iter().try_for_each(|because| because_row(out, because, style))?;
        }
    }
    let hardly = verdict::hardly(diagnosis).filter(|_| detail.verbose);
    hardly.map_or(Ok(()), |hardly| labelled(out, style, "", &hardly))
}

fn because_row(out: &mut dyn Write, because: &Because, style: &Style) -> io::Result<()> {
    let lead = format!("{}{:15} {} ", label_lead(""), "", style.glyph(Glyph::Note));
    hang(out, style, &lead, &lead, &told(because))
}

/// The weightiest of what was said; what DNS shows stands below.
fn reason(ranked: &RankedCause) -> String {
    let words = ranked.because.iter().filter(|because| matches!(because.ground, Ground::Words(_)));
    let codes = || ranked.because.iter().find(|because| !matches!(because.ground, Ground::Observation(_)));
    let said = words.max_by_key(|because| because.text.len()).or_else(codes);
    said.map_or_else(String::new, told)
}

fn told(because: &Because) -> String {
    match because.ground {
        Ground::Words(_) => format!("says \"{}\"", because.text),
        _ => because.text.clone(),
    }
}

/// What DNS said, whichever way it points; what it rules out; and what could not be asked.
fn checked(out: &mut dyn Write, diagnosis: &Diagnosis, style: &Style, detail: Detail) -> io::Result<()> {
    let mut label = "checked";
    let observations = diagnosis.check.iter().flat_map(|check| &check.observations);
    for observation in observations {
        row(out, style, std::mem::take(&mut label), check::sign(observation), &observation.summary)?;
    }
    if let Some(text) = verdict::ruled_out(diagnosis) {
        row(out, style, std::mem::take(&mut label), (Glyph::Good, Role::Good), &text)?;
    }
    if let Some(unchecked) = &diagnosis.unchecked {
        row(out, style, std::mem::take(&mut label), (Glyph::Unknown, Role::Warning), &why_unchecked(unchecked))?;
    }
    if detail.verbose
        && let Some(check) = &diagnosis.check
    {
        findings(out, &check.findings(), Shown { style, verbose: true, marked: None })?;
    }
    Ok(())
}

pub(super) fn why_unchecked(unchecked: &Unchecked) -> String {
    let probes: Vec<&str> = unchecked.probes.iter().map(|probe| probe.as_str()).collect();
    let why = match unchecked.why {
        NotRun::Offline => "DNS was not to be asked (--offline)",
        NotRun::NoDomain => "the text names no sending domain; name it with --domain",
        NotRun::NoAddress => "the text names no sending address; name it with --ip",
    };
    format!("not asked: {}: {why}", probes.join(", "))
}

/// The finding that proves the cause, with its place in the record and its fix.
fn proof(out: &mut dyn Write, diagnosis: &Diagnosis, style: &Style, detail: Detail) -> io::Result<()> {
    let (Some(first), Some(check)) = (diagnosis.causes.first(), &diagnosis.check) else { return Ok(()) };
    let id = first.because.iter().find_map(|because| match because.ground {
        Ground::Observation(id) => id,
        _ => None,
    });
    let proof = check.findings().into_iter().find(|finding| Some(finding.id) == id);
    match proof {
        Some(proof) if !detail.verbose => {
            finding::one(out, "proof", proof, Shown { style, verbose: false, marked: None })
        }
        _ => Ok(()),
    }
}

/// What to do now and later; the other side's steps only where everything is asked for.
fn steps(out: &mut dyn Write, diagnosis: &Diagnosis, style: &Style, detail: Detail) -> io::Result<()> {
    let own = verdict::own_steps(diagnosis, detail.receiver_first);
    let most = if detail.verbose { usize::MAX } else { SHOWN_STEPS };
    timed(out, &own[..own.len().min(most)], style)?;
    if own.len() > most {
        labelled(out, style, "", &format!("{} more: -v", own.len() - most))?;
    }
    if !detail.receiver_first {
        write_to(out, diagnosis, style)?;
    }
    let (others, who) = if detail.receiver_first {
        (verdict::sender_steps(diagnosis), "the sender")
    } else {
        (verdict::receiver_steps(diagnosis), "their admin")
    };
    if others.is_empty() {
        return Ok(());
    }
    if detail.verbose {
        writeln!(out, "\n  {}", style.paint(Role::Heading, &format!("What {who} does")))?;
        return timed(out, &others, style);
    }
    let option = if detail.receiver_first { "--role sender" } else { "--role receiver" };
    let count = if others.len() == 1 { "one step".to_owned() } else { format!("{} steps", others.len()) };
    labelled(out, style, who, &format!("{count} for them: {option}, or -v"))
}

fn timed(out: &mut dyn Write, steps: &[Advice], style: &Style) -> io::Result<()> {
    let mut before = None;
    for Advice { step, command, .. } in steps {
        let label = match step.after {
            _ if before == Some((step.after, step.software)) => String::new(),
            None | Some(0) => step.software.unwrap_or("now").to_owned(),
            Some(seconds) => format!("after {}", duration(seconds)),
        };
        before = Some((step.after, step.software));
        labelled(out, style, &label, step.text)?;
        let (indent, _) = labelled_indent(style);
        command.iter().try_for_each(|line| layout::command(out, style, indent + 2, line))?;
    }
    Ok(())
}

/// Whom to write to. An address is copied whole: never wrapped.
fn write_to(out: &mut dyn Write, diagnosis: &Diagnosis, style: &Style) -> io::Result<()> {
    for (index, contact) in diagnosis.retry.contacts.iter().enumerate() {
        labelled(out, style, if index == 0 { "write to" } else { "" }, contact)?;
    }
    match diagnosis.retry.draft {
        Some(_) => labelled(out, style, "", "--draft-mail writes that mail for you"),
        None => Ok(()),
    }
}

fn more(diagnosis: &Diagnosis, cause: &Cause) -> String {
    let reply = diagnosis.incident.reply.as_ref();
    let mut ids = vec![cause.id.to_owned()];
    ids.extend(reply.and_then(|reply| reply.enhanced).map(|status| status.to_string()));
    ids.extend(reply.and_then(|reply| reply.code).map(|code| code.to_string()));
    ids.extend(diagnosis.provider.map(|provider| provider.id.to_owned()));
    format!("smtpwhy explain {}", ids.join(" "))
}
