//! JSON, schema 1: its own versioned structs, so that the library may change and the documents may not.
//!
//! Text from outside is exact. Characters that could act on a terminal (C0, DEL, C1, bidirectional and zero-width
//! controls) are written as `\uXXXX`, which is the same text to a parser.

pub mod check;
pub mod page;
pub mod schema;
pub mod triage;

use std::borrow::Cow;
use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter};

use self::check::CheckV1;
use super::style::PLAIN;
use super::verdict::{self, Verdict};
use crate::diagnosis::{Advice, Diagnosis, Draft, NotRun, Retry, Unchecked};
use crate::intake::{Context, Form};
use crate::knowledge::{Knowledge, Source};
use crate::probe::check::Check;
use crate::rank::{Because, Ground, RankedCause};
use crate::reply::{Completion, Reply};
use crate::span::{Excerpt, Span};

/// The version of all documents. It grows when a field is removed, renamed or changes its meaning; fields may be
/// added at any time.
pub const SCHEMA: u32 = 1;

/// What `smtpwhy INPUT` and `smtpwhy check` found.
#[derive(Serialize, JsonSchema)]
pub struct ReportV1<'a> {
    #[schemars(extend("const" = SCHEMA))]
    schema: u32,
    #[schemars(extend("const" = "report"))]
    kind: &'static str,
    tool: ToolV1,
    /// What was pasted is longer, holds more failures, or is a mail with more parts, than is read: not all is from this
    /// byte on.
    input_cut_at: Option<usize>,
    diagnoses: Vec<DiagnosisV1<'a>>,
    checks: Vec<CheckV1<'a>>,
    /// What could not be read or done.
    errors: &'a [ErrorV1],
}

/// What could not be read or done; in ndjson a line of its own.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ErrorV1 {
    #[schemars(extend("const" = SCHEMA))]
    schema: u32,
    #[schemars(extend("const" = "error"))]
    kind: &'static str,
    message: String,
}

impl ErrorV1 {
    /// `message` says what failed, in one line.
    pub fn new(message: String) -> Self {
        ErrorV1 { schema: SCHEMA, kind: "error", message }
    }

    /// What failed.
    pub fn message(&self) -> &str {
        &self.message
    }
}

#[derive(Serialize, JsonSchema)]
struct ToolV1 {
    name: &'static str,
    version: &'static str,
}

impl<'a> ReportV1<'a> {
    /// What was found in one input; checks without an input have `diagnoses` empty. With `receiver_first` the sentences
    /// speak to the receiving side.
    pub fn new(
        diagnoses: &'a [Diagnosis],
        checks: &'a [Check],
        errors: &'a [ErrorV1],
        receiver_first: bool,
        knowledge: &Knowledge,
    ) -> Self {
        let diagnosis = |diagnosis| DiagnosisV1::new(diagnosis, receiver_first, knowledge);
        ReportV1 {
            schema: SCHEMA,
            kind: "report",
            tool: ToolV1 { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") },
            input_cut_at: None,
            diagnoses: diagnoses.iter().map(diagnosis).collect(),
            checks: checks.iter().map(|check| CheckV1::new(check, knowledge)).collect(),
            errors,
        }
    }
}

impl ReportV1<'_> {
    /// Says that only so many bytes of the input were read.
    pub fn cut_at(self, input_cut_at: Option<usize>) -> Self {
        ReportV1 { input_cut_at, ..self }
    }
}

/// Why one mail failed.
#[derive(Serialize, JsonSchema)]
pub struct DiagnosisV1<'a> {
    /// What happened, whose side it is on and whether waiting helps, in a sentence.
    answer: String,
    /// What to know of waiting.
    waiting: String,
    input: InputV1,
    reply: Option<ReplyV1<'a>>,
    context: ContextV1<'a>,
    software: Option<&'static str>,
    provider: Option<&'static str>,
    /// Best first; the second and third are named even where they have hardly a share.
    #[schemars(length(min = 1))]
    causes: Vec<CauseV1<'a>>,
    /// The leading cause by the words alone, before DNS was asked; null where it was not.
    claimed: Option<&'static str>,
    /// What follows from all of it, in a sentence.
    therefore: String,
    retry: RetryV1<'a>,
    check: Option<CheckV1<'a>>,
    unchecked: Option<UncheckedV1>,
}

#[derive(Serialize, JsonSchema)]
struct InputV1 {
    #[schemars(extend("enum" = schema::FORMS))]
    form: &'static str,
    span: SpanV1,
}

/// `[start, end)`, byte offsets.
#[derive(Serialize, JsonSchema)]
struct SpanV1(usize, usize);

#[derive(Serialize, JsonSchema)]
struct ReplyV1<'a> {
    code: Option<u16>,
    enhanced: Option<String>,
    text: &'a str,
    lines: Vec<&'a str>,
    command: Option<&'a str>,
}

#[derive(Serialize, JsonSchema)]
struct ContextV1<'a> {
    time: Option<&'a str>,
    queue_id: Option<&'a str>,
    sender: Option<&'a str>,
    recipient: Option<&'a str>,
    remote_host: Option<&'a str>,
    remote_ip: Option<&'a str>,
    client_ip: Option<&'a str>,
    reporting_mta: Option<&'a str>,
}

#[derive(Serialize, JsonSchema)]
struct CauseV1<'a> {
    id: &'static str,
    title: &'static str,
    #[schemars(extend("enum" = schema::SIDES))]
    side: &'static str,
    #[schemars(range(min = 0, max = 1))]
    confidence: f64,
    #[schemars(extend("enum" = ["confirmed", "likely", "possible", "ruled-out"]))]
    standing: &'static str,
    because: Vec<BecauseV1<'a>>,
    advice: Vec<AdviceV1>,
    sources: Vec<SourceV1>,
}

#[derive(Serialize, JsonSchema)]
struct BecauseV1<'a> {
    #[schemars(extend("enum" = ["clue", "observation"]))]
    kind: &'static str,
    text: &'a str,
    /// Of the input.
    span: Option<SpanV1>,
    /// The finding that an observation rests on.
    finding: Option<&'static str>,
}

#[derive(Serialize, JsonSchema)]
struct AdviceV1 {
    #[schemars(extend("enum" = ["sender", "receiver"]))]
    r#for: &'static str,
    text: &'static str,
    /// With the names of this case where they are known for certain, and examples for the others.
    command: Option<Cow<'static, str>>,
    /// Seconds after the first failure.
    after: Option<u64>,
}

#[derive(Serialize, JsonSchema)]
struct SourceV1 {
    cite: &'static str,
    url: &'static str,
}

#[derive(Serialize, JsonSchema)]
struct RetryV1<'a> {
    /// Null where the causes in question differ about it.
    worthwhile: Option<bool>,
    /// What the reply itself claims.
    #[schemars(extend("enum" = ["transient", "permanent", null]))]
    class: Option<&'static str>,
    /// Seconds that the reply itself asks to wait.
    after: Option<u64>,
    /// Seconds after the first failure at which waiting is no longer enough.
    escalate_after: Option<u64>,
    contacts: &'a [String],
    note: &'a str,
    draft: Option<DraftV1<'a>>,
}

/// What to write to the receiving side's postmaster.
#[derive(Serialize, JsonSchema)]
struct DraftV1<'a> {
    to: &'a str,
    subject: &'a str,
    body: &'a str,
}

/// What the leading causes want to know from DNS and could not be asked.
#[derive(Serialize, JsonSchema)]
struct UncheckedV1 {
    probes: Vec<&'static str>,
    #[schemars(extend("enum" = ["offline", "no-domain", "no-address"]))]
    why: &'static str,
}

impl<'a> DiagnosisV1<'a> {
    /// Borrows from `diagnosis`; `knowledge` has the sources of its findings. With `receiver_first` the sentences speak to
    /// the receiving side.
    pub fn new(diagnosis: &'a Diagnosis, receiver_first: bool, knowledge: &Knowledge) -> Self {
        let incident = &diagnosis.incident;
        let verdict = Verdict::of(diagnosis, receiver_first);
        DiagnosisV1 {
            answer: verdict.sentence(&PLAIN),
            waiting: verdict.waiting,
            input: InputV1 { form: Form::as_str(incident.form), span: incident.span.into() },
            reply: incident.reply.as_ref().map(ReplyV1::new),
            context: ContextV1::new(&incident.context),
            software: diagnosis.software.map(|software| software.id),
            provider: diagnosis.provider.map(|provider| provider.id),
            causes: causes(diagnosis),
            claimed: diagnosis.claimed.map(|cause| cause.id),
            therefore: verdict::therefore(diagnosis, receiver_first),
            retry: RetryV1::new(&diagnosis.retry),
            check: diagnosis.check.as_ref().map(|check| CheckV1::new(check, knowledge)),
            unchecked: diagnosis.unchecked.as_ref().map(UncheckedV1::new),
        }
    }
}

impl From<Span> for SpanV1 {
    fn from(span: Span) -> Self {
        SpanV1(span.start, span.end)
    }
}

impl<'a> ReplyV1<'a> {
    fn new(reply: &'a Reply) -> Self {
        ReplyV1 {
            code: reply.code.map(|code| code.number()),
            enhanced: reply.enhanced.map(|status| status.to_string()),
            text: reply.text.as_str(),
            lines: reply.lines.iter().map(|range| &reply.text.as_str()[range.clone()]).collect(),
            command: reply.command.as_deref(),
        }
    }
}

impl<'a> ContextV1<'a> {
    fn new(context: &'a Context) -> Self {
        let text = |fact: &'a Option<Excerpt>| fact.as_ref().map(Excerpt::as_str);
        ContextV1 {
            time: text(&context.time),
            queue_id: text(&context.queue_id),
            sender: text(&context.sender),
            recipient: text(&context.recipient),
            remote_host: text(&context.remote_host),
            remote_ip: text(&context.remote_ip),
            client_ip: text(&context.client_ip),
            reporting_mta: text(&context.reporting_mta),
        }
    }
}

/// Best first; what the sender does about the first depends on the case.
fn causes(diagnosis: &Diagnosis) -> Vec<CauseV1<'_>> {
    let sender = |place: usize, cause| {
        if place == 0 { verdict::sender_steps(diagnosis) } else { diagnosis.sender_steps(cause) }
    };
    let causes = diagnosis.causes.iter().enumerate();
    causes.map(|(place, ranked)| CauseV1::new(ranked, sender(place, ranked.cause), diagnosis)).collect()
}

impl<'a> CauseV1<'a> {
    fn new(ranked: &'a RankedCause, sender: Vec<Advice>, diagnosis: &Diagnosis) -> Self {
        let (cause, reply) = (ranked.cause, diagnosis.incident.reply.as_ref());
        let sender = sender.into_iter().map(|advice| AdviceV1::new("sender", advice));
        let receiver = diagnosis.advice(cause.receiver).into_iter().map(|advice| AdviceV1::new("receiver", advice));
        CauseV1 {
            id: cause.id,
            title: cause.title,
            side: ranked.side.as_str(),
            confidence: rounded(ranked.confidence),
            standing: ranked.standing.as_str(),
            because: ranked.because.iter().map(|because| BecauseV1::new(because, reply)).collect(),
            advice: sender.chain(receiver).collect(),
            sources: cause.sources.iter().map(SourceV1::new).collect(),
        }
    }
}

/// Three decimals: more would claim a precision that nobody has.
fn rounded(confidence: f64) -> f64 {
    (confidence * 1000.0).round() / 1000.0
}

impl<'a> BecauseV1<'a> {
    fn new(because: &'a Because, reply: Option<&Reply>) -> Self {
        let (kind, finding) = match because.ground {
            Ground::Observation(finding) => ("observation", finding),
            _ => ("clue", None),
        };
        let span = match (&because.ground, reply) {
            (Ground::Words(words) | Ground::Likeness(words), Some(reply)) => reply.text.source_span(words.clone()),
            _ => None,
        };
        BecauseV1 { kind, text: &because.text, span: span.map(SpanV1::from), finding }
    }
}

impl AdviceV1 {
    fn new(whom: &'static str, Advice { step, command }: Advice) -> Self {
        AdviceV1 { r#for: whom, text: step.text, command, after: step.after }
    }
}

impl SourceV1 {
    fn new(source: &Source) -> Self {
        SourceV1 { cite: source.cite, url: source.url }
    }
}

impl<'a> RetryV1<'a> {
    fn new(retry: &'a Retry) -> Self {
        RetryV1 {
            worthwhile: retry.worthwhile,
            class: retry.class.and_then(class),
            after: retry.after,
            escalate_after: retry.escalate_after,
            contacts: &retry.contacts,
            note: &retry.note,
            draft: retry.draft.as_ref().map(DraftV1::new),
        }
    }
}

impl<'a> DraftV1<'a> {
    fn new(draft: &'a Draft) -> Self {
        DraftV1 { to: &draft.to, subject: &draft.subject, body: &draft.body }
    }
}

impl UncheckedV1 {
    fn new(unchecked: &Unchecked) -> Self {
        let why = match unchecked.why {
            NotRun::Offline => "offline",
            NotRun::NoDomain => "no-domain",
            NotRun::NoAddress => "no-address",
        };
        UncheckedV1 { probes: unchecked.probes.iter().map(|probe| probe.as_str()).collect(), why }
    }
}

fn class(completion: Completion) -> Option<&'static str> {
    match completion {
        Completion::Positive => None,
        Completion::Transient => Some("transient"),
        Completion::Permanent => Some("permanent"),
    }
}

/// Writes a document over several lines, with a line end after it.
pub fn write_pretty(document: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    write(document, out, PrettyFormatter::new())
}

/// Writes a document on one line.
pub fn write_line(document: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    write(document, out, CompactFormatter)
}

fn write(document: &impl Serialize, out: &mut dyn Write, formatter: impl Formatter) -> io::Result<()> {
    let mut serializer = serde_json::Serializer::with_formatter(&mut *out, Harmless(formatter));
    document.serialize(&mut serializer)?;
    out.write_all(b"\n")
}

/// Escapes what could act on a terminal, and leaves the rest to the formatter it holds.
struct Harmless<F>(F);

impl<F: Formatter> Formatter for Harmless<F> {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let mut plain = 0;
        for (at, character) in
            fragment.char_indices().filter(|(_, character)| super::style::acts_on_terminal(*character))
        {
            writer.write_all(&fragment.as_bytes()[plain..at])?;
            let mut units = [0; 2];
            for unit in character.encode_utf16(&mut units) {
                write!(writer, "\\u{unit:04x}")?;
            }
            plain = at + character.len_utf8();
        }
        writer.write_all(&fragment.as_bytes()[plain..])
    }

    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_array(writer)
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array(writer)
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(writer, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array_value(writer)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object(writer)
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object(writer)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(writer, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object_value(writer)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object_value(writer)
    }
}
