//! The text of `spf`: the verdict, the record with its slips marked, the tree with its counts, what to mend and how.

use std::io::{self, Write};
use std::ops::Range;

use textwrap::core::display_width;

use super::evidence;
use super::finding::{Shown, findings, replacement, sources};
use super::layout::{self, hang, labelled, labelled_indent, paragraph, row};
use super::style::{Glyph, Role, Style, visible};
use crate::finding::{Finding, Severity};
use crate::spf::SpfResult;
use crate::spf::evaluate::{Evaluation, Outcome, Step};
use crate::spf::fix::Proposal;
use crate::spf::limits::LOOKUPS_NEAR_LIMIT;
use crate::spf::survey::{Addresses, Node, Survey};

/// The result and the way to it where a message was evaluated, then the record with its faults, the tree with what each
/// term costs, every finding, and the repairs. A large tree and a long way are
/// shortened unless `verbose`.
pub fn text(
    out: &mut dyn Write,
    survey: &Survey,
    evaluation: Option<&Evaluation>,
    style: &Style,
    verbose: bool,
) -> io::Result<()> {
    if let Some(evaluation) = evaluation {
        self::evaluation(out, evaluation, style)?;
    }
    headline(out, survey, style)?;
    if let Some(record) = &survey.record {
        writeln!(out)?;
        evidence::marked(out, record, marks(survey, record, style), RECORD, style)?;
    }
    if let Some(root) = survey.tree.as_ref().filter(|tree| !tree.children.is_empty()) {
        writeln!(out)?;
        Tree::of(root, survey, style, verbose).write(out, root)?;
    }
    if survey.addresses.v4 > 0 || survey.addresses.v6 > 0 {
        writeln!(out)?;
        paragraph(out, style, "", &authorised(&survey.addresses))?;
    }
    if let Some(evaluation) = evaluation.filter(|evaluation| !evaluation.trace.is_empty()) {
        writeln!(out)?;
        trace(out, &evaluation.trace, style, verbose)?;
    }
    let further = evaluation.iter().flat_map(|evaluation| &evaluation.findings);
    let all: Vec<&Finding> = survey.findings.iter().chain(further).collect();
    let shown = Shown { style, verbose, marked: survey.record.as_deref() };
    findings(out, &all, shown)?;
    repairs(out, survey, style)?;
    sources(out, &all, shown)
}

/// One line: the domain, its state, the ids of what is wrong.
pub fn brief(out: &mut dyn Write, survey: &Survey, evaluation: Option<&Evaluation>) -> io::Result<()> {
    let result = evaluation.map(|evaluation| evaluation.result).or(survey.result);
    let state = match (result, &survey.record) {
        (Some(result), _) => result.to_string(),
        (None, None) => "unknown".to_owned(),
        (None, Some(_)) if !survey.complete => format!("at least {}", counts(survey)),
        (None, Some(_)) => counts(survey),
    };
    let ids: Vec<&str> = survey.findings.iter().map(|finding| finding.id).collect();
    writeln!(out, "{}: {state}: {}", visible(&survey.domain), if ids.is_empty() { "-".into() } else { ids.join(", ") })
}

fn counts(survey: &Survey) -> String {
    format!("{} of {} lookups", survey.lookups.total, survey.lookups.limit)
}

fn headline(out: &mut dyn Write, survey: &Survey, style: &Style) -> io::Result<()> {
    let (glyph, role, text) = answer(survey);
    layout::headline(out, style, glyph, role, &text)
}

/// The answer: is the record sound, and if not, what do receivers come to?
pub(crate) fn answer(survey: &Survey) -> (Glyph, Role, String) {
    let domain = &survey.domain;
    let bad = |text: String| (Glyph::Bad, Role::Bad, text);
    let open = |text: String| (Glyph::Unknown, Role::Warning, text);
    let good = |text: String| (Glyph::Good, Role::Good, text);
    let meant = survey.findings.iter().any(|finding| ["spf-near-miss", "spf-joined-strings"].contains(&finding.id));
    let mut errors = survey.findings.iter().filter(|finding| finding.severity == Severity::Error).peekable();
    let broken = errors.peek().is_some();
    let worst = errors.peek().map_or("", |finding| &finding.message);
    let unanswered = broken && errors.all(|finding| finding.id == "spf-dns-failure");
    match (&survey.record, survey.result) {
        (_, Some(SpfResult::TempError)) => {
            open(format!("Whether {domain} has an SPF record is unknown: DNS did not answer."))
        }
        (record, Some(SpfResult::None)) if record.is_some() || meant => {
            bad(format!("{domain} has no SPF record: what is meant as one, no receiver reads as SPF."))
        }
        (None, Some(SpfResult::PermError)) => {
            bad(format!("SPF of {domain} is broken: more than one record. {PERMERROR}"))
        }
        (None, None) => open(format!("SPF of {domain} is unknown: DNS was not asked.")),
        (None, _) => bad(match survey.findings.iter().find(|finding| finding.id == "spf-missing") {
            Some(missing) => format!("{}.", missing.message),
            None => format!("{domain} has no SPF record."),
        }),
        (Some(_), Some(SpfResult::PermError)) => bad(format!("SPF of {domain} is broken. {PERMERROR}")),
        (Some(_), _) if unanswered => open(format!(
            "SPF of {domain} is unknown in part: a name that it leads to was not answered. Receivers that get no answer \
             either defer the mail (temperror)."
        )),
        (Some(_), _) if broken => bad(format!("SPF of {domain} is broken: {}.", worst.trim_end_matches('.'))),
        (Some(_), _) if offline(survey) => {
            good(format!("The syntax is right; what the record of {domain} leads to was not asked."))
        }
        (Some(_), _) if !survey.complete => {
            open(format!("SPF of {domain} is unknown in part: not all that it leads to was looked at."))
        }
        (Some(_), _) => good(format!("SPF of {domain} is sound: {}.", counts(survey))),
    }
}

const PERMERROR: &str = "Receivers come to permerror, and some refuse or defer the mail.";

/// Where a record stands.
const RECORD: usize = 4;

/// Nothing was asked because the user said so: no finding tells of it.
fn offline(survey: &Survey) -> bool {
    let told = ["spf-dns-failure", "spf-tree-incomplete"];
    !survey.complete && !survey.findings.iter().any(|finding| told.contains(&finding.id))
}

/// Where the findings point in the domain's own record, none twice, each with what to write there.
fn marks(survey: &Survey, record: &str, style: &Style) -> Vec<(Range<usize>, String)> {
    let mut marks: Vec<(Range<usize>, String)> = Vec::new();
    let own = survey.findings.iter().filter(|finding| finding.record.as_deref() == Some(record));
    for finding in own.filter(|finding| finding.severity > Severity::Info) {
        let Some(span) = finding.span else { continue };
        let taken = marks.iter().any(|(range, _)| range.start < span.end && span.start < range.end);
        if !taken && span.range() != (0..record.len()) {
            let written = record.get(span.range()).unwrap_or_default();
            marks.push((span.start..span.start + written.trim_end().len(), label(finding, style)));
        }
    }
    marks
}

fn label(finding: &Finding, style: &Style) -> String {
    if finding.fix.is_some() { replacement(finding, style) } else { finding.id.to_owned() }
}

/// The branches that cost lookups: what each costs with all below it, and what a receiver has spent by then.
struct Tree<'a> {
    style: &'a Style,
    limit: usize,
    total: usize,
    /// Where the counts stand.
    column: usize,
    /// How many terms of one record are shown.
    siblings: usize,
    /// The root's costliest branch, where the budget is short.
    spender: Option<&'a Node>,
}

impl<'a> Tree<'a> {
    const LARGE: usize = 60;
    const SHOWN_SIBLINGS: usize = 6;
    /// Of both counts, and the sign behind them.
    const COUNTS: usize = 26;

    fn of(root: &'a Node, survey: &Survey, style: &'a Style, verbose: bool) -> Self {
        let large = size(root) > Self::LARGE && !verbose;
        let widest = widest(root, 0).max(display_width(&survey.domain)) + 2;
        let (total, limit) = (survey.lookups.total, survey.lookups.limit);
        let most = root.children.iter().map(|child| child.lookups).max().filter(|most| *most > 1);
        let spender = root.children.iter().find(|child| Some(child.lookups) == most);
        Tree {
            style,
            limit,
            total,
            column: widest.min(style.width.saturating_sub(Self::COUNTS)),
            siblings: if large { Self::SHOWN_SIBLINGS } else { usize::MAX },
            spender: spender.filter(|_| total >= LOOKUPS_NEAR_LIMIT),
        }
    }

    fn write(&self, out: &mut dyn Write, root: &Node) -> io::Result<()> {
        let counted = format!("{}/{}", self.total, self.limit);
        let role = if self.total > self.limit { Role::Bad } else { Role::Heading };
        let gap = self.gap(display_width(&visible(&root.domain)));
        writeln!(out, "  {}{gap}{}", visible(&root.domain), self.style.paint(role, &format!("{counted:>13}")))?;
        self.branches(out, root, "")
    }

    fn gap(&self, width: usize) -> String {
        " ".repeat(self.column.saturating_sub(width).max(1))
    }

    fn branches(&self, out: &mut dyn Write, parent: &Node, stem: &str) -> io::Result<()> {
        let shown = parent.children.len().min(self.siblings);
        let hidden = &parent.children[shown..];
        for (index, node) in parent.children[..shown].iter().enumerate() {
            let last = index + 1 == shown && hidden.is_empty();
            self.row(out, node, &format!("{stem}{}", self.style.glyph(branch(last))))?;
            let below = format!("{stem}{}", if last { "   " } else { self.style.glyph(Glyph::Stem) });
            self.end(out, node, &below)?;
            self.branches(out, node, &below)?;
        }
        if hidden.is_empty() {
            return Ok(());
        }
        let lookups: usize = hidden.iter().map(|node| node.lookups).sum();
        let lead = format!("  {stem}{}", self.style.glyph(Glyph::LastBranch));
        let ellipsis = self.style.glyph(Glyph::Ellipsis);
        writeln!(out, "{lead}{ellipsis} {} more terms with {lookups} lookups: -v", hidden.len())
    }

    fn row(&self, out: &mut dyn Write, node: &Node, lead: &str) -> io::Result<()> {
        let label = format!("{lead}{}", visible(&node.term));
        let gap = self.gap(display_width(&label));
        let spent = format!("{}/{}", node.spent, self.limit);
        let spent =
            self.style.paint(if node.spent > self.limit { Role::Bad } else { Role::Muted }, &format!("{spent:>8}"));
        writeln!(out, "  {label}{gap}{:>5}{spent}{}", node.lookups, self.remark(node))
    }

    /// The term at which receivers give up; the one that takes most.
    fn remark(&self, node: &Node) -> String {
        let reached = node.spent + 1 - node.lookups;
        let stops = reached == self.limit + 1;
        let most = self.spender.is_some_and(|spender| std::ptr::eq(spender, node));
        match () {
            () if stops => {
                format!("  {}", self.style.paint(Role::Bad, &format!("{} stop", self.style.glyph(Glyph::Bad))))
            }
            () if most => format!("  {} most", self.style.glyph(Glyph::From)),
            () => String::new(),
        }
    }

    fn end(&self, out: &mut dyn Write, node: &Node, below: &str) -> io::Result<()> {
        let (glyph, role, why) = match (&node.error, &node.open) {
            (Some(error), _) => (Glyph::Bad, Role::Bad, error),
            (None, Some(open)) if !open.ends_with("offline") => (Glyph::Note, Role::Muted, open),
            _ => return Ok(()),
        };
        let sign = self.style.glyph(glyph);
        let painted = format!("  {below}{} ", self.style.paint(role, sign));
        hang(out, self.style, &format!("  {below}{sign} "), &painted, &visible(why))
    }
}

fn branch(last: bool) -> Glyph {
    if last { Glyph::LastBranch } else { Glyph::Branch }
}

fn size(node: &Node) -> usize {
    1 + node.children.iter().map(size).sum::<usize>()
}

/// The widest label at or below a node.
fn widest(node: &Node, depth: usize) -> usize {
    const BRANCH: usize = 3;
    let below = node.children.iter().map(|child| widest(child, depth + 1)).max();
    (BRANCH * depth + display_width(&visible(&node.term))).max(below.unwrap_or(0))
}

pub(super) fn authorised(addresses: &Addresses) -> String {
    let least = if addresses.partial { "At least " } else { "" };
    let v4 = layout::number(addresses.v4);
    let v6 = match addresses.v6 {
        few @ 0..=9_999 => layout::number(few),
        many => format!("about 2^{}", many.ilog2()),
    };
    format!("{least}{v4} IPv4 and {v6} IPv6 addresses pass.")
}

fn evaluation(out: &mut dyn Write, evaluation: &Evaluation, style: &Style) -> io::Result<()> {
    let (glyph, role) = match evaluation.result {
        SpfResult::Pass => (Glyph::Good, Role::Good),
        SpfResult::Fail | SpfResult::PermError => (Glyph::Bad, Role::Bad),
        SpfResult::TempError => (Glyph::Unknown, Role::Warning),
        _ => (Glyph::Warning, Role::Warning),
    };
    let by = evaluation.matched.as_ref().map(|matched| format!(", by `{}` of {}", matched.term, matched.domain));
    let by = by.or_else(|| evaluation.failure.as_ref().map(|failure| format!(": {failure}"))).unwrap_or_default();
    let ip = evaluation.ip;
    let lead = format!("{} ", style.glyph(glyph));
    let painted = format!("{} ", style.paint(role, style.glyph(glyph)));
    hang(out, style, &lead, &painted, &visible(&format!("{ip} gets {}{by}", evaluation.result)))?;
    match &evaluation.explanation {
        Some(explanation) => paragraph(out, style, "they say: ", &visible(explanation)),
        None => Ok(()),
    }
}

/// The way to the result. Networks that do not match are told together.
fn trace(out: &mut dyn Write, steps: &[Step], style: &Style, verbose: bool) -> io::Result<()> {
    const SHOWN: usize = 40;
    let told = if verbose { steps.iter().map(told).collect() } else { gathered(steps) };
    for (depth, term, outcome) in told.iter().take(if verbose { usize::MAX } else { SHOWN }) {
        let lead = format!("  {}{term}  ", "  ".repeat(*depth));
        hang(out, style, &lead, &lead, outcome)?;
    }
    match told.len().saturating_sub(SHOWN) {
        more if more > 0 && !verbose => writeln!(out, "  {} {more} more: -v", style.glyph(Glyph::Ellipsis)),
        _ => Ok(()),
    }
}

/// Depth, term and outcome of a step.
type Told = (usize, String, String);

fn told(step: &Step) -> Told {
    let outcome = step.outcome.to_string();
    let outcome = outcome.strip_prefix(&format!("`{}` ", step.term)).unwrap_or(&outcome);
    (step.depth, visible(&step.term), visible(outcome))
}

/// The steps without what decided nothing: networks that do not match, and what is inside includes that do not.
fn gathered(steps: &[Step]) -> Vec<Told> {
    let mut gathered: Vec<Told> = Vec::new();
    let mut rest = steps;
    while let Some(step) = rest.first() {
        let length = networks(rest).max(passed_over(rest)).max(1);
        gathered.push(match length {
            1 => told(step),
            _ if is_network(step) => (step.depth, format!("{length} networks"), step.outcome.to_string()),
            _ => told(&rest[length - 1]),
        });
        rest = &rest[length..];
    }
    gathered
}

/// How many networks that do not match come next.
fn networks(steps: &[Step]) -> usize {
    let depth = steps[0].depth;
    steps.iter().take_while(|step| step.depth == depth && is_network(step)).count()
}

fn is_network(step: &Step) -> bool {
    let name = step.term.trim_start_matches(['-', '~', '?']);
    step.outcome == Outcome::NoMatch && (name.starts_with("ip4:") || name.starts_with("ip6:"))
}

/// How many steps an include takes that comes next and does not match.
fn passed_over(steps: &[Step]) -> usize {
    if !matches!(steps[0].outcome, Outcome::Enter(_)) {
        return 0;
    }
    let back = |step: &Step| step.depth == steps[0].depth && step.term == steps[0].term;
    let came = steps.iter().skip(1).position(back).map(|index| index + 1);
    came.filter(|at| matches!(steps[*at].outcome, Outcome::Came(result) if result != SpfResult::Pass))
        .filter(|_| !steps[0].term.starts_with("redirect="))
        .map_or(0, |at| at + 1)
}

/// Records to publish. They are copied whole: never wrapped.
fn repairs(out: &mut dyn Write, survey: &Survey, style: &Style) -> io::Result<()> {
    if let Some(mended) = &survey.mended {
        writeln!(out)?;
        labelled(out, style, "fix", "the record with all of this mended:")?;
        record(out, style, mended)?;
    }
    match &survey.proposal {
        Some(proposal) => self::proposal(out, proposal, survey, style),
        None => Ok(()),
    }
}

fn record(out: &mut dyn Write, style: &Style, record: &str) -> io::Result<()> {
    let indent = labelled_indent(style).0 + 2;
    writeln!(out, "{:indent$}{}", "", style.paint(Role::Command, &visible(record)))
}

fn proposal(out: &mut dyn Write, proposal: &Proposal, survey: &Survey, style: &Style) -> io::Result<()> {
    let text = format!(
        "{} lookups in place of {} for the same senders: both records give the same result at all {} boundary addresses",
        proposal.lookups.total,
        survey.lookups.total,
        layout::number(proposal.compared)
    );
    writeln!(out)?;
    labelled(out, style, "fix", &text)?;
    for own in &proposal.own {
        labelled(out, style, "", &format!("first publish, at {}:", own.domain))?;
        record(out, style, &own.record)?;
    }
    let then = if proposal.own.is_empty() { "publish" } else { "then" };
    labelled(out, style, "", &format!("{then}, at {}:", survey.domain))?;
    record(out, style, &proposal.record)?;
    for change in &proposal.changes {
        row(out, style, "", (Glyph::Note, Role::Muted), &change.to_string())?;
    }
    Ok(())
}
