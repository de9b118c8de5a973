//! `check_host()`, RFC 7208 §4: what a receiver makes of one message.
//!
//! The evaluation itself goes term by term, as the RFC has it. Beside it the questions of the whole tree are asked
//! ahead, so that it seldom waits: give it a [`Cached`](crate::dns::cache::Cached) lookup, which asks nothing twice.

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::net::IpAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures_util::future::{Either, join_all, select};

use crate::dns::{Answer, Lookup, Question, RecordType, Status};
use crate::finding::Finding;

use super::SpfResult;
use super::address::Network;
use super::gather::{self, Scope};
use super::limits::{self, Limits};
use super::macros::{self, Letter, MacroString, target_name};
use super::name;
use super::record::{self, Directive, DomainSpec, DualPrefix, Mechanism, Qualifier, Record};
use super::select::{self as selection, Selected};
use super::syntax::Problem;

/// What `check_host()` is asked.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Request {
    /// The client's address, `<ip>` of §4.1.
    pub ip: IpAddr,
    /// The MAIL FROM address; empty for a bounce.
    pub sender: String,
    /// The name that the client gave in HELO or EHLO, §2.3.
    pub helo: String,
    /// The domain whose record is evaluated, where it is not the sender's.
    pub domain: Option<String>,
    /// The receiving host, for `%{r}`.
    pub receiver: String,
    /// Now, for `%{t}`.
    pub time: SystemTime,
    /// When to give up.
    pub limits: Limits,
}

/// What came of it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Evaluation {
    /// The client; an IPv4 address that came as an IPv6 one is told as IPv4.
    pub ip: IpAddr,
    /// The verdict.
    pub result: SpfResult,
    /// The domain whose record was evaluated.
    pub domain: String,
    /// The directive that decided.
    pub matched: Option<Matched>,
    /// The domain's own words on why it fails, §6.2.
    pub explanation: Option<String>,
    /// Why it came to no verdict.
    pub failure: Option<Failure>,
    /// Term by term, what happened.
    pub trace: Vec<Step>,
    /// How many terms cost a lookup up to the verdict, §4.6.4.
    pub lookups: usize,
    /// How many lookups found nothing, §4.6.4.
    pub void: usize,
    /// What the client's side makes worth saying.
    pub findings: Vec<Finding>,
}

/// A directive that matched.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Matched {
    /// Whose record the directive stands in.
    pub domain: String,
    /// As written there.
    pub term: String,
}

/// One term of the way.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Step {
    /// How many includes and redirects deep.
    pub depth: usize,
    /// Whose record it stands in.
    pub domain: String,
    /// As written there.
    pub term: String,
    /// What came of it.
    pub outcome: Outcome,
}

/// What came of one term.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// The client is meant: its qualifier decides.
    Match,
    /// The next term has its turn.
    NoMatch,
    /// The record it leads to is evaluated next.
    Enter(String),
    /// The included or redirected-to record came to this.
    Came(SpfResult),
    /// It ended the evaluation, for this reason.
    Failed(String),
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Outcome::Match => f.write_str("match"),
            Outcome::NoMatch => f.write_str("no match"),
            Outcome::Enter(domain) => write!(f, "enters {domain}"),
            Outcome::Came(result) => write!(f, "came to {result}"),
            Outcome::Failed(why) => f.write_str(why),
        }
    }
}

/// Why an evaluation ends without a verdict.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// DNS did not answer: the one failure that is a temperror.
    #[error("the {kind} lookup of {name} failed: {status}")]
    Lookup {
        /// What was asked for.
        name: String,
        /// Which records.
        kind: RecordType,
        /// How the question ended.
        status: Status,
    },
    /// "Syntax errors anywhere in the record", §4.6.
    #[error("the record of {domain} has a syntax error: {problem}")]
    Syntax {
        /// Whose record.
        domain: String,
        /// The first error in it.
        problem: Problem,
    },
    /// §4.5.
    #[error("{domain} has {count} SPF records where there may be one")]
    MultipleRecords {
        /// Whose records.
        domain: String,
        /// How many.
        count: usize,
    },
    /// An `include` (§5.2) or `redirect` (§6.1) of a domain that has none.
    #[error("`{term}` leads to a domain without an SPF record")]
    NoRecord {
        /// As written.
        term: String,
    },
    /// More terms that cost a lookup than allowed, §4.6.4.
    #[error("`{term}` would be lookup number {}, and {limit} are allowed", .limit + 1)]
    LookupLimit {
        /// The first one too many.
        term: String,
        /// How many are allowed.
        limit: usize,
    },
    /// More lookups that find nothing than allowed, §4.6.4.
    #[error("{name} is the lookup number {} that finds nothing, and {limit} are allowed", .limit + 1)]
    VoidLimit {
        /// The first one too many.
        name: String,
        /// How many are allowed.
        limit: usize,
    },
    /// More exchangers behind one `mx` than allowed, §4.6.4.
    #[error("{name} has {count} MX records, and {} are allowed", limits::MX_NAMES)]
    MxLimit {
        /// Whose MX records.
        name: String,
        /// How many.
        count: usize,
    },
}

impl Failure {
    /// The one place that tells temperror from permerror, §2.6.6 and §2.6.7.
    pub fn result(&self) -> SpfResult {
        match self {
            Failure::Lookup { .. } => SpfResult::TempError,
            _ => SpfResult::PermError,
        }
    }
}

impl Request {
    /// A client at `ip` that says `helo` and then `MAIL FROM:<sender>`; `sender` is empty for a bounce. The
    /// limits are those of the RFC.
    pub fn new(ip: IpAddr, sender: impl Into<String>, helo: impl Into<String>) -> Self {
        Request {
            ip,
            sender: sender.into(),
            helo: helo.into(),
            domain: None,
            receiver: "unknown".to_owned(),
            time: SystemTime::now(),
            limits: Limits::default(),
        }
    }

    /// Evaluates the record of `domain` in place of the sender's.
    pub fn domain(mut self, domain: impl Into<String>) -> Self {
        self.domain = Some(domain.into());
        self
    }

    /// Gives up later or earlier than the RFC says.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }
}

/// The sender as macros see it.
#[derive(Clone, Debug)]
struct Identity {
    local: String,
    domain: String,
}

impl Identity {
    fn of(request: &Request) -> Self {
        // "the reverse-path can be null … this document defines the "MAIL FROM" identity to be the mailbox composed of
        // the local-part "postmaster" and the "HELO" identity", §2.4.
        let sender = if request.sender.is_empty() { &request.helo } else { &request.sender };
        let (local, domain) = sender.rsplit_once('@').unwrap_or(("", sender));
        // "If the <sender> has no local-part, substitute the string "postmaster" for the local-part", §4.3.
        let local = if local.is_empty() { "postmaster" } else { local };
        Identity { local: local.to_owned(), domain: domain.to_owned() }
    }
}

/// Evaluates the record of the sender's domain, or of the request's.
pub async fn check_host(lookup: &dyn Lookup, request: &Request) -> Evaluation {
    let mut check = Check::new(lookup, request);
    let domain = check.domain.clone();
    if !name::is_initial_domain(&domain) {
        // "If the <domain> is malformed … or is not a multi-label domain name, … check_host() immediately returns
        // the result "none"", §4.3.
        return check.evaluation(Ok(Verdict::bare(SpfResult::None)), None);
    }
    let values = check.values();
    let value = |letter, domain: &str| values.get(letter, domain);
    let families = [name::address_type(check.ip)];
    let ahead = Scope {
        value: &value,
        families: &families,
        ip: Some(check.ip),
        questions: limits::PREFETCH_QUESTIONS,
        lookups: limits::LOOKUP_TERMS,
    };
    let verdict = beside(check.run(&domain), ahead.gather(lookup, &domain)).await;
    let explanation = check.explain(&verdict).await;
    check.evaluation(verdict, explanation)
}

/// The results of several clients, from answers at hand: no record is read twice, and no way is told.
pub(super) async fn results(
    lookup: &dyn Lookup,
    request: &Request,
    clients: impl IntoIterator<Item = IpAddr>,
) -> Vec<SpfResult> {
    let mut check = Check { traced: false, ..Check::new(lookup, request) };
    let domain = check.domain.clone();
    let mut results = Vec::new();
    for ip in clients {
        (check.ip, check.lookups, check.void, check.validated) = (ip.to_canonical(), 0, 0, None);
        let verdict = check.run(&domain).await;
        results.push(verdict.map_or_else(|failure| failure.result(), |verdict| verdict.result));
    }
    results
}

/// Runs `other` for as long as `main` takes.
async fn beside<T>(main: impl Future<Output = T>, other: impl Future) -> T {
    match select(pin!(main), pin!(other)).await {
        Either::Left((result, _)) => result,
        Either::Right((_, main)) => main.await,
    }
}

struct Check<'a> {
    lookup: &'a dyn Lookup,
    request: &'a Request,
    ip: IpAddr,
    domain: String,
    identity: Identity,
    lookups: usize,
    void: usize,
    /// Whether the way is told.
    traced: bool,
    trace: Vec<Step>,
    /// The records read so far.
    records: HashMap<String, Arc<Record>>,
    /// The client's validated names, once they were asked for.
    validated: Option<Vec<String>>,
    findings: Vec<Finding>,
}

/// What a record came to.
#[derive(Clone, Debug)]
struct Verdict {
    result: SpfResult,
    matched: Option<Matched>,
    /// The `exp` of the record that decided, with its domain.
    explanation: Option<(DomainSpec, String)>,
}

impl Verdict {
    fn bare(result: SpfResult) -> Self {
        Verdict { result, matched: None, explanation: None }
    }
}

/// All that macros can stand for, but for the validated name, which takes lookups.
#[derive(Clone)]
struct Values {
    ip: IpAddr,
    identity: Identity,
    helo: String,
    receiver: String,
    time: SystemTime,
}

impl Values {
    fn get(&self, letter: Letter, domain: &str) -> Option<String> {
        Some(match letter {
            Letter::Sender => format!("{}@{}", self.identity.local, self.identity.domain),
            Letter::LocalPart => self.identity.local.clone(),
            Letter::SenderDomain => self.identity.domain.clone(),
            Letter::Domain => domain.to_owned(),
            Letter::Ip => macros::dotted(self.ip),
            Letter::ReadableIp => self.ip.to_string(),
            Letter::Family => macros::family(self.ip).to_owned(),
            Letter::Helo => self.helo.clone(),
            Letter::Receiver => self.receiver.clone(),
            Letter::Timestamp => self.time.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs().to_string(),
            Letter::ValidatedName => return None,
        })
    }
}

type Judging<'s> = Pin<Box<dyn Future<Output = Result<Option<Verdict>, Failure>> + Send + 's>>;

impl<'a> Check<'a> {
    fn new(lookup: &'a dyn Lookup, request: &'a Request) -> Self {
        let identity = Identity::of(request);
        // "an IPv4-mapped IPv6 IP address MUST still be considered an IPv4 address", §5.
        let ip = request.ip.to_canonical();
        let domain = request.domain.clone().unwrap_or_else(|| identity.domain.clone());
        Check {
            lookup,
            request,
            ip,
            domain,
            identity,
            lookups: 0,
            void: 0,
            traced: true,
            trace: Vec::new(),
            records: HashMap::new(),
            validated: None,
            findings: Vec::new(),
        }
    }

    fn values(&self) -> Values {
        Values {
            ip: self.ip,
            identity: self.identity.clone(),
            helo: self.request.helo.clone(),
            receiver: self.request.receiver.clone(),
            time: self.request.time,
        }
    }

    async fn run(&mut self, domain: &str) -> Result<Verdict, Failure> {
        let verdict = self.judge(domain.to_owned(), 0).await?;
        Ok(verdict.unwrap_or(Verdict::bare(SpfResult::None)))
    }

    fn evaluation(self, verdict: Result<Verdict, Failure>, explanation: Option<String>) -> Evaluation {
        let (result, matched, failure) = match verdict {
            Ok(verdict) => (verdict.result, verdict.matched, None),
            Err(failure) => (failure.result(), None, Some(failure)),
        };
        Evaluation {
            ip: self.ip,
            result,
            domain: self.domain,
            matched,
            explanation,
            failure,
            trace: self.trace,
            lookups: self.lookups,
            void: self.void,
            findings: self.findings,
        }
    }

    /// Evaluates the record of `domain`; `None` where it has none.
    fn judge(&mut self, domain: String, depth: usize) -> Judging<'_> {
        Box::pin(async move {
            let Some(record) = self.record(&domain).await? else { return Ok(None) };
            for (_, directive) in record.directives() {
                if self.matches(directive, &domain, depth).await? {
                    return Ok(Some(verdict_of(directive, &record, domain)));
                }
            }
            match record.redirect() {
                // "any "redirect" modifier MUST be ignored" where there is an `all`, §5.1: it would have matched above.
                Some((_, target)) => self.redirect(target, &domain, depth).await.map(Some),
                // "If none of the mechanisms match and there is no "redirect" modifier, … "neutral"", §4.7.
                None => Ok(Some(Verdict::bare(SpfResult::Neutral))),
            }
        })
    }

    /// §4.4 and §4.5.
    async fn record(&mut self, domain: &str) -> Result<Option<Arc<Record>>, Failure> {
        if let Some(record) = self.records.get(domain) {
            return Ok(Some(record.clone()));
        }
        let Some(question) = name::question(domain, RecordType::TXT) else { return Ok(None) };
        let answer = self.ask(&question).await?;
        match selection::select(&answer) {
            Selected::None => Ok(None),
            Selected::Many(records) => {
                Err(Failure::MultipleRecords { domain: domain.to_owned(), count: records.len() })
            }
            Selected::One(text) => {
                let record = Arc::new(read_record(domain, &text.text())?);
                self.records.insert(domain.to_owned(), record.clone());
                Ok(Some(record))
            }
        }
    }

    async fn ask(&self, question: &Question) -> Result<Answer, Failure> {
        conclusive(question, self.lookup.resolve(question).await)
    }

    /// Counts lookups that find nothing: "SPF implementations SHOULD limit "void lookups" to two", §4.6.4.
    fn count_void(&mut self, question: &Question, answer: &Answer) -> Result<(), Failure> {
        if !answer.status.is_void() {
            return Ok(());
        }
        self.void += 1;
        if self.void <= self.request.limits.void {
            return Ok(());
        }
        Err(Failure::VoidLimit { name: name::text(&question.name), limit: self.request.limits.void })
    }

    /// "SPF implementations MUST limit the total number of those terms to 10", §4.6.4.
    fn count_lookup(&mut self, term: &str) -> Result<(), Failure> {
        if self.lookups >= self.request.limits.lookups {
            return Err(Failure::LookupLimit { term: term.to_owned(), limit: self.request.limits.lookups });
        }
        self.lookups += 1;
        Ok(())
    }

    async fn matches(&mut self, directive: &Directive, domain: &str, depth: usize) -> Result<bool, Failure> {
        if !self.traced {
            return self.try_mechanism(&directive.mechanism, "", domain, depth).await;
        }
        let term = directive.to_string();
        let outcome = self.try_mechanism(&directive.mechanism, &term, domain, depth).await;
        let entered = matches!(directive.mechanism, Mechanism::Include(_));
        let step = match &outcome {
            // An include has told already: what it entered, and what that came to.
            Ok(_) if entered => return outcome,
            Ok(true) => Outcome::Match,
            Ok(false) => Outcome::NoMatch,
            Err(_) if entered && self.trace.last().is_some_and(|step| step.depth > depth) => return outcome,
            Err(failure) => Outcome::Failed(failure.to_string()),
        };
        self.step(depth, domain, term, step);
        outcome
    }

    fn step(&mut self, depth: usize, domain: &str, term: String, outcome: Outcome) {
        if !self.traced {
            return;
        }
        self.trace.push(Step { depth, domain: domain.to_owned(), term, outcome });
    }

    async fn try_mechanism(
        &mut self,
        mechanism: &Mechanism,
        term: &str,
        domain: &str,
        depth: usize,
    ) -> Result<bool, Failure> {
        if mechanism.costs_lookup() {
            self.count_lookup(term)?;
        }
        match mechanism {
            Mechanism::All => Ok(true),
            Mechanism::Ip4 { address, prefix } => Ok(Network::new((*address).into(), *prefix).contains(self.ip)),
            Mechanism::Ip6 { address, prefix } => Ok(Network::new((*address).into(), *prefix).contains(self.ip)),
            Mechanism::Include(target) => self.include(target, term, domain, depth).await,
            Mechanism::A { domain: target, prefix } => {
                let target = self.target(target.as_ref(), domain).await;
                self.holds_client(&target, *prefix).await
            }
            Mechanism::Mx { domain: target, prefix } => {
                let target = self.target(target.as_ref(), domain).await;
                self.exchange_holds_client(&target, *prefix).await
            }
            Mechanism::Ptr(target) => {
                let target = self.target(target.as_ref(), domain).await;
                self.is_named_below(&target).await
            }
            Mechanism::Exists(target) => {
                let target = self.target(Some(target), domain).await;
                self.exists(&target).await
            }
        }
    }

    /// §5.2, with its table of results.
    async fn include(&mut self, target: &DomainSpec, term: &str, domain: &str, depth: usize) -> Result<bool, Failure> {
        let target = self.target(Some(target), domain).await;
        self.step(depth, domain, term.to_owned(), Outcome::Enter(target.clone()));
        let verdict = self.judge(target, depth + 1).await?;
        let result = verdict.ok_or_else(|| Failure::NoRecord { term: term.to_owned() })?.result;
        self.step(depth, domain, term.to_owned(), Outcome::Came(result));
        Ok(result == SpfResult::Pass)
    }

    /// §6.1: the target's result is the result, but that a missing record is a permerror.
    async fn redirect(&mut self, target: &DomainSpec, domain: &str, depth: usize) -> Result<Verdict, Failure> {
        let term = format!("redirect={target}");
        let counted = self.count_lookup(&term);
        if let Err(failure) = counted {
            self.step(depth, domain, term, Outcome::Failed(failure.to_string()));
            return Err(failure);
        }
        let target = self.target(Some(target), domain).await;
        self.step(depth, domain, term.clone(), Outcome::Enter(target.clone()));
        let verdict = self.judge(target, depth + 1).await?;
        let verdict = verdict.ok_or_else(|| Failure::NoRecord { term: term.clone() })?;
        self.step(depth, domain, term, Outcome::Came(verdict.result));
        Ok(verdict)
    }

    /// The name a term means, §4.8: the record's own domain where it names none.
    async fn target(&mut self, target: Option<&DomainSpec>, domain: &str) -> String {
        match target {
            Some(target) => target_name(&self.expand(&target.0, domain).await).to_owned(),
            None => domain.to_owned(),
        }
    }

    async fn expand(&mut self, text: &MacroString, domain: &str) -> String {
        let validated =
            if text.uses(Letter::ValidatedName) { self.validated_name(domain).await } else { String::new() };
        let values = self.values();
        let known = |letter| values.get(letter, domain).or_else(|| Some(validated.clone()));
        text.expand(known).unwrap_or_default()
    }

    /// §5.3: any address of the name, of the client's family, within the prefix.
    async fn holds_client(&mut self, host: &str, prefix: DualPrefix) -> Result<bool, Failure> {
        // A name that DNS cannot hold is one that does not exist, §4.8.
        let Some(question) = name::question(host, name::address_type(self.ip)) else { return Ok(false) };
        let answer = self.ask(&question).await?;
        self.count_void(&question, &answer)?;
        Ok(within(self.ip, &answer, prefix))
    }

    /// §5.4. The exchangers' addresses are asked for all at once, and looked at in order of preference.
    async fn exchange_holds_client(&mut self, domain: &str, prefix: DualPrefix) -> Result<bool, Failure> {
        let Some(question) = name::question(domain, RecordType::MX) else { return Ok(false) };
        let answer = self.ask(&question).await?;
        self.count_void(&question, &answer)?;
        let exchanges = gather::exchanges(&answer);
        // "the evaluation of each "MX" record MUST NOT result in querying more than 10 address records … MUST produce
        // a "permerror"", §4.6.4.
        if exchanges.len() > limits::MX_NAMES {
            return Err(Failure::MxLimit { name: domain.to_owned(), count: exchanges.len() });
        }
        let kind = name::address_type(self.ip);
        let questions: Vec<Question> = exchanges.iter().filter_map(|host| name::question(host, kind)).collect();
        let lookup = self.lookup;
        let answers = join_all(questions.iter().map(|question| lookup.resolve(question))).await;
        for (question, answer) in questions.iter().zip(answers) {
            let answer = conclusive(question, answer)?;
            self.count_void(question, &answer)?;
            if within(self.ip, &answer, prefix) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// §5.7: "the lookup type is A even when the connection type is IPv6".
    async fn exists(&mut self, target: &str) -> Result<bool, Failure> {
        let Some(question) = name::question(target, RecordType::A) else { return Ok(false) };
        let answer = self.ask(&question).await?;
        self.count_void(&question, &answer)?;
        Ok(!gather::addresses(&answer).is_empty())
    }

    /// §5.5. A failed PTR lookup is no match, and no temperror.
    async fn is_named_below(&mut self, domain: &str) -> Result<bool, Failure> {
        let question = Question::new(name::reverse(self.ip), RecordType::PTR);
        let answer = self.lookup.resolve(&question).await;
        self.count_void(&question, &answer)?;
        let names = self.validated_names().await;
        Ok(names.iter().any(|name| name::is_at_or_below(name, domain)))
    }

    /// The client's names that lead back to it, of the first ten, §4.6.4.
    async fn validated_names(&mut self) -> Vec<String> {
        if let Some(names) = &self.validated {
            return names.clone();
        }
        let question = Question::new(name::reverse(self.ip), RecordType::PTR);
        let names = gather::reverse_names(&self.lookup.resolve(&question).await);
        if names.len() > limits::PTR_NAMES {
            self.findings.push(ptr_limit(self.ip, names.len()));
        }
        let looked_at = names.into_iter().take(limits::PTR_NAMES);
        let (lookup, ip) = (self.lookup, self.ip);
        let checked = join_all(looked_at.map(|name| async move {
            // "If a DNS error occurs while doing an A RR lookup, then that domain name is skipped", §5.5.
            let question = name::question(&name, name::address_type(ip))?;
            let answer = lookup.resolve(&question).await;
            gather::addresses(&answer).contains(&ip).then_some(name)
        }));
        let names: Vec<String> = checked.await.into_iter().flatten().collect();
        self.validated.insert(names).clone()
    }

    /// `%{p}`, §7.3: the domain itself, else a name below it, else any, else "unknown".
    async fn validated_name(&mut self, domain: &str) -> String {
        let names = self.validated_names().await;
        let itself = names.iter().find(|name| name::same(name, domain));
        let below = || names.iter().find(|name| name::is_at_or_below(name, domain));
        itself.or_else(below).or(names.first()).cloned().unwrap_or_else(|| "unknown".to_owned())
    }

    /// §6.2: only for "fail", and any trouble with it means that there is none.
    async fn explain(&mut self, verdict: &Result<Verdict, Failure>) -> Option<String> {
        let verdict = verdict.as_ref().ok().filter(|verdict| verdict.result == SpfResult::Fail)?;
        let (target, domain) = verdict.explanation.as_ref()?;
        let target = self.target(Some(target), domain).await;
        let answer = self.lookup.resolve(&name::question(&target, RecordType::TXT)?).await;
        let [text] = &selection::texts(&answer)[..] else { return None };
        let text = MacroString::explanation(&text.text())?;
        Some(self.expand(&text, domain).await)
    }
}

/// An answer, or temperror: "if the DNS lookup returns a server failure … or some other error …, or if the lookup
/// times out", §4.4; the same for mechanisms, §5.
fn conclusive(question: &Question, answer: Answer) -> Result<Answer, Failure> {
    if answer.status.is_conclusive() {
        return Ok(answer);
    }
    Err(Failure::Lookup { name: name::text(&question.name), kind: question.kind, status: answer.status })
}

/// "Any syntax errors anywhere in the record MUST be detected", before anything is evaluated: §4.6.
fn read_record(domain: &str, text: &str) -> Result<Record, Failure> {
    let parsed = record::parse(text);
    if let Some(record) = parsed.record() {
        return Ok(record.clone());
    }
    let severe = parsed.problems.into_iter().max_by_key(|problem| problem.severity());
    let problem = severe.expect("a record is only refused for a problem");
    Err(Failure::Syntax { domain: domain.to_owned(), problem })
}

fn verdict_of(directive: &Directive, record: &Record, domain: String) -> Verdict {
    let result = match directive.qualifier {
        Qualifier::Pass => SpfResult::Pass,
        Qualifier::Fail => SpfResult::Fail,
        Qualifier::SoftFail => SpfResult::SoftFail,
        Qualifier::Neutral => SpfResult::Neutral,
    };
    let explanation = record.explanation().map(|target| (target.clone(), domain.clone()));
    Verdict { result, matched: Some(Matched { domain, term: directive.to_string() }), explanation }
}

fn within(ip: IpAddr, answer: &Answer, prefix: DualPrefix) -> bool {
    let prefix = if ip.is_ipv4() { prefix.v4 } else { prefix.v6 };
    gather::addresses(answer).into_iter().any(|address| Network::new(address, prefix).contains(ip))
}

fn ptr_limit(ip: IpAddr, count: usize) -> Finding {
    let message = format!("{ip} has {count} PTR records; only the first {} count for `ptr`", limits::PTR_NAMES);
    Finding::warning("spf-ptr-limit", ip.to_string(), message)
        .help("which ten a receiver looks at is chance: list the sending addresses with ip4: and ip6: instead of ptr")
}
