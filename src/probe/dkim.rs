//! DKIM keys, RFC 6376 §3.6.1, RFC 8301 (key sizes), RFC 8463 (Ed25519).
//!
//! A selector cannot be found out from DNS. The well-known ones are tried where none is given, and not finding one of
//! those says nothing.

use data_encoding::{BASE64, BASE64_NOPAD};
use futures_util::future::join_all;

use super::{Observation, Probe, txt};
use crate::dns::{Lookup, Name, Question, RecordType, Status, shown};
use crate::finding::{Finding, Severity};
use crate::span::boundary_before;

/// A key, or what came in its place.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DkimKey {
    /// The key is at `selector._domainkey` below the signing domain.
    pub selector: String,
    /// Asked for by name, not tried.
    pub given: bool,
    /// How the question for it ended.
    pub status: Status,
    /// The record, its character-strings joined.
    pub record: Option<String>,
    /// What kind of key it is; `None` where there is none, or none that can be read.
    pub algorithm: Option<Algorithm>,
    /// `t=y`: receivers treat its failures as no signature (RFC 6376 §3.6.1).
    pub testing: bool,
}

/// Where a key is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Selector {
    /// The `s=` of a signature.
    pub name: String,
    /// The signing domain, where it is not the one that is checked.
    pub domain: Option<Name>,
}

impl Selector {
    /// The selector `name` of `domain`, which a signature has as `s=` and `d=`.
    pub fn of(name: impl Into<String>, domain: Name) -> Self {
        Selector { name: name.into(), domain: Some(domain) }
    }
}

impl From<&str> for Selector {
    fn from(name: &str) -> Self {
        Selector { name: name.to_owned(), domain: None }
    }
}

/// A kind of key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Algorithm {
    /// [RFC 8301](https://www.rfc-editor.org/rfc/rfc8301): no verifier takes fewer than 1024 bits.
    Rsa {
        /// The length of the modulus.
        bits: usize,
    },
    /// [RFC 8463](https://www.rfc-editor.org/rfc/rfc8463).
    Ed25519,
    /// An empty `p=`.
    Revoked,
}

/// Selectors that large senders and common software use by default.
const WELL_KNOWN: [&str; 18] = [
    "default",
    "dkim",
    "google",
    "k1",
    "k2",
    "k3",
    "mail",
    "mailo",
    "mandrill",
    "mx",
    "s1",
    "s2",
    "s1024",
    "s2048",
    "selector1",
    "selector2",
    "smtp",
    "zoho",
];

/// RFC 8301 §3.2: verifiers must not accept less than 1024 bits, signers should use 2048.
const LEAST_BITS: usize = 1024;
const GOOD_BITS: usize = 2048;

/// Asks for the keys of `selectors`, or of the well-known ones where that is empty.
pub async fn dkim(lookup: &dyn Lookup, domain: &Name, selectors: &[Selector]) -> (Vec<DkimKey>, Observation) {
    let given = !selectors.is_empty();
    let tried: Vec<Selector> =
        if given { selectors.to_vec() } else { WELL_KNOWN.into_iter().map(Selector::from).collect() };
    let asked = join_all(tried.into_iter().map(|selector| {
        let Selector { name, domain: signing } = selector;
        async move { key(lookup, signing.as_ref().unwrap_or(domain), name, given).await }
    }))
    .await;
    let answered = asked.iter().all(|(key, _)| key.status.is_conclusive());
    let mut keys = Vec::new();
    let mut findings = Vec::new();
    for (key, found) in asked.into_iter().filter(|(key, _)| given || key.record.is_some()) {
        keys.push(key);
        findings.extend(found);
    }
    let sound: Vec<String> = keys.iter().filter(|key| key.is_sound()).map(DkimKey::title).collect();
    let open = keys.iter().map(|key| &key.status).find(|status| !status.is_conclusive()).filter(|_| given);
    let summary = match (sound.is_empty(), given) {
        (true, _) if !answered => {
            let why = open.map_or("not all was answered".to_owned(), ToString::to_string);
            format!("whether {} has DKIM keys is unknown: {why}", shown(domain))
        }
        (false, _) => format!("DKIM keys of {}: {}", shown(domain), sound.join(", ")),
        (true, true) => format!("no sound DKIM key of {} at the selectors given", shown(domain)),
        (true, false) => {
            "no DKIM key at the usual selectors, which proves nothing: name yours with --selector".to_owned()
        }
    };
    (keys, Observation { probe: Probe::Dkim, answered, complete: given && answered, findings, summary })
}

impl DkimKey {
    fn title(&self) -> String {
        if self.testing { format!("{} (test mode, t=y)", self.selector) } else { self.selector.clone() }
    }

    fn is_sound(&self) -> bool {
        match self.algorithm {
            Some(Algorithm::Rsa { bits }) => bits >= LEAST_BITS,
            Some(Algorithm::Ed25519) => true,
            Some(Algorithm::Revoked) | None => false,
        }
    }
}

async fn key(lookup: &dyn Lookup, domain: &Name, selector: String, given: bool) -> (DkimKey, Vec<Finding>) {
    let mut key = DkimKey { selector, given, status: Status::NxDomain, record: None, algorithm: None, testing: false };
    let place = Name::from_utf8(format!("{}._domainkey", key.selector)).and_then(|name| name.append_domain(domain));
    let Ok(place) = place else { return (key, Vec::new()) };
    let question = Question::new(place.clone(), RecordType::TXT);
    let answer = lookup.resolve(&question).await;
    key.status = answer.status.clone();
    let record = txt(&answer).find(|text| tag(text, "p").is_some());
    let findings = match &record {
        Some(record) => {
            let mut findings = judge(&mut key, &shown(&place), record);
            // Nobody said that this key is in use.
            let most = if given { Severity::Error } else { Severity::Info };
            findings.iter_mut().for_each(|finding| finding.severity = finding.severity.min(most));
            findings
        }
        None if given && key.status.is_conclusive() => {
            let place = shown(&place);
            let message = format!("no DKIM key at {place}: {}", key.status);
            vec![Finding::error("dkim-key-missing", place, message)]
        }
        None => Vec::new(),
    };
    key.record = record;
    (key, findings)
}

/// A value of a tag list, RFC 6376 §3.2.
fn tag<'r>(list: &'r str, wanted: &str) -> Option<&'r str> {
    let tags = list.split(';').filter_map(|part| part.split_once('='));
    tags.map(|(tag, value)| (tag.trim(), value.trim())).find(|(tag, _)| *tag == wanted).map(|(_, value)| value)
}

/// How many different signatures of one text are looked at, and how much of the text.
const MOST_SIGNATURES: usize = 6;
const MOST_TEXT: usize = 1 << 20;

/// The keys that the signatures in a text name (`DKIM-Signature`, RFC 6376 §3.5), as in the headers that a bounce returns.
pub fn signatures(text: &str) -> Vec<(Name, String)> {
    const FIELD: &str = "dkim-signature:";
    if !text.contains("ignature:") {
        return Vec::new();
    }
    let text = text[..boundary_before(text, MOST_TEXT)].to_ascii_lowercase();
    let mut found = Vec::new();
    for (start, field) in text.match_indices(FIELD) {
        let before = text[..start].trim_end_matches(['>', ' ', '|']);
        let begins_line = before.is_empty() || before.ends_with('\n');
        let named = named_key(&field_body(&text[start + field.len()..]));
        found.extend(named.filter(|named| begins_line && !found.contains(named)));
    }
    found.truncate(MOST_SIGNATURES);
    found
}

/// Up to the first line that does not continue it, RFC 5322 §2.2.3.
fn field_body(text: &str) -> String {
    let mut lines = text.split('\n');
    let first = lines.next().unwrap_or_default();
    let rest = lines.take_while(|line| line.starts_with([' ', '\t']));
    std::iter::once(first).chain(rest).map(str::trim).collect::<Vec<_>>().join(" ")
}

fn named_key(signature: &str) -> Option<(Name, String)> {
    let mut domain = Name::from_utf8(tag(signature, "d")?).ok()?;
    domain.set_fqdn(true);
    let selector = tag(signature, "s")?;
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    (!selector.is_empty() && selector.chars().all(fits)).then(|| (domain, selector.to_owned()))
}

fn judge(key: &mut DkimKey, place: &str, record: &str) -> Vec<Finding> {
    let tag = |wanted: &str| tag(record, wanted);
    let fault = |message: String| vec![Finding::error("dkim-key-syntax", place, message).in_record(record, None)];
    key.testing = tag("t").is_some_and(|flags| flags.split(':').any(|flag| flag.trim() == "y"));
    if tag("v").is_some_and(|version| version != "DKIM1") {
        return fault("the version is DKIM1, in capitals".to_owned());
    }
    let packed: String = tag("p").unwrap_or_default().split_whitespace().collect();
    if packed.is_empty() {
        key.algorithm = Some(Algorithm::Revoked);
        let message = format!("the key at {place} is revoked (an empty p=)");
        return vec![Finding::error("dkim-key-revoked", place, message).in_record(record, None)];
    }
    let decoded = BASE64.decode(packed.as_bytes()).or_else(|_| BASE64_NOPAD.decode(packed.as_bytes()));
    let Ok(octets) = decoded else { return fault("p= is no base64".to_owned()) };
    match tag("k").unwrap_or("rsa") {
        "rsa" => judge_rsa(key, place, record, &octets),
        "ed25519" if octets.len() == 32 => {
            key.algorithm = Some(Algorithm::Ed25519);
            Vec::new()
        }
        "ed25519" => fault(format!("an Ed25519 key has 32 octets, this one {}", octets.len())),
        other => fault(format!("unknown key type k={other}")),
    }
}

fn judge_rsa(key: &mut DkimKey, place: &str, record: &str, octets: &[u8]) -> Vec<Finding> {
    let Some(bits) = rsa_bits(octets) else {
        let finding = Finding::error("dkim-key-syntax", place, "p= holds no RSA public key");
        return vec![finding.in_record(record, None)];
    };
    key.algorithm = Some(Algorithm::Rsa { bits });
    let message = format!("the RSA key at {place} has {bits} bits; use {GOOD_BITS}");
    let finding = match bits {
        0..LEAST_BITS => Finding::error("dkim-key-weak", place, message),
        LEAST_BITS..GOOD_BITS => Finding::warning("dkim-key-weak", place, message),
        _ => return Vec::new(),
    };
    vec![finding.in_record(record, None)]
}

/// The size of the modulus in a SubjectPublicKeyInfo (RFC 5280 §4.1) or a bare RSAPublicKey (RFC 8017 §A.1.1).
fn rsa_bits(der: &[u8]) -> Option<usize> {
    const SEQUENCE: u8 = 0x30;
    const INTEGER: u8 = 0x02;
    const BIT_STRING: u8 = 0x03;
    let (SEQUENCE, outer, _) = element(der)? else { return None };
    let key = match element(outer)? {
        (INTEGER, ..) => outer,
        (SEQUENCE, _, rest) => {
            let (BIT_STRING, bits, _) = element(rest)? else { return None };
            let (SEQUENCE, key, _) = element(bits.get(1..)?)? else { return None };
            key
        }
        _ => return None,
    };
    let (INTEGER, modulus, _) = element(key)? else { return None };
    let significant = modulus.iter().position(|octet| *octet != 0).map(|zeros| &modulus[zeros..])?;
    Some(significant.len() * 8 - significant[0].leading_zeros() as usize)
}

/// One DER element: its tag, its content, and what follows (X.690 §8.1).
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, rest) = der.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(*first), rest),
        0x81..=0x84 => {
            let (octets, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            (octets.iter().fold(0, |length, octet| length << 8 | usize::from(*octet)), rest)
        }
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((*tag, content, rest))
}
