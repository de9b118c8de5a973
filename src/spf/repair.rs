//! What a wrong term was meant to be. A repair is offered only where it reads cleanly itself.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::dns::Name;
use crate::span::Span;

use super::address;
use super::record::{MECHANISMS, reads_cleanly};
use super::syntax::{Problem, SyntaxError};

/// A record's text in plain ASCII, with the way back to what was written.
pub(super) struct Source {
    pub text: String,
    /// What had to be replaced or taken out to get there.
    pub foreign: Vec<Problem>,
    /// For each octet of `text`, where the character it stands for lies.
    places: Vec<Span>,
}

impl Source {
    pub fn clean(text: &str) -> Source {
        let mut source = Source { text: String::new(), foreign: Vec::new(), places: Vec::new() };
        for (at, c) in text.char_indices() {
            source.push(c, Span::new(at, at + c.len_utf8()));
        }
        source
    }

    fn push(&mut self, c: char, place: Span) {
        let replacement = match c {
            ' '..='~' => None,
            c if c.is_whitespace() => Some((SyntaxError::NotABlank(c), " ".to_owned())),
            c if c.is_control() => Some((SyntaxError::ControlCharacter(c), String::new())),
            c => ascii_of(c).map(|ascii| (SyntaxError::ForeignCharacter(c), ascii.to_owned())),
        };
        let kept = match replacement {
            Some((what, ascii)) => {
                self.report(Problem::new(what, place).with_fix(ascii.clone()));
                ascii
            }
            None => {
                if !c.is_ascii() {
                    self.report(Problem::new(SyntaxError::ForeignCharacter(c), place));
                }
                c.to_string()
            }
        };
        self.places.extend(kept.bytes().map(|_| place));
        self.text.push_str(&kept);
    }

    /// Neighbours of one kind are one problem.
    fn report(&mut self, problem: Problem) {
        let same_kind = |last: &Problem| std::mem::discriminant(&last.what) == std::mem::discriminant(&problem.what);
        match self.foreign.last_mut() {
            Some(last)
                if last.span.end == problem.span.start
                    && same_kind(last)
                    && last.fix.is_some() == problem.fix.is_some() =>
            {
                last.span.end = problem.span.end;
                if let (Some(fix), Some(more)) = (&mut last.fix, &problem.fix) {
                    fix.push_str(more);
                }
            }
            _ => self.foreign.push(problem),
        }
    }

    /// The place in what was written of a span of `text`.
    pub fn span(&self, span: Span) -> Span {
        let end_of_text = self.places.last().map_or(0, |last| last.end);
        let start = self.places.get(span.start).map_or(end_of_text, |place| place.start);
        if span.end <= span.start {
            return Span::new(start, start);
        }
        Span::new(start, self.places.get(span.end - 1).map_or(end_of_text, |place| place.end))
    }

    /// The place in `text` of what stands at `offset` in what was written.
    pub fn index(&self, offset: usize) -> usize {
        self.places.iter().position(|place| place.start >= offset).unwrap_or(self.text.len())
    }

    pub fn placed(&self, problem: Problem) -> Problem {
        // A repair that keeps a foreign character would be none.
        let fix = problem.fix.filter(|fix| fix.is_ascii());
        Problem { span: self.span(problem.span), fix, ..problem }
    }
}

/// The ASCII that a typographic or full-width character was meant to be.
fn ascii_of(c: char) -> Option<&'static str> {
    const FULL_WIDTH: &str = "!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`\
                              abcdefghijklmnopqrstuvwxyz{|}~";
    match c {
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' => Some(""),
        '\u{2018}' | '\u{2019}' | '\u{201a}' | '\u{201c}'..='\u{201e}' | '\u{ab}' | '\u{bb}' => Some(""),
        '\u{2010}'..='\u{2015}' | '\u{2212}' => Some("-"),
        '\u{2044}' | '\u{2215}' => Some("/"),
        '\u{3002}' | '\u{2024}' => Some("."),
        '\u{ff01}'..='\u{ff5e}' => {
            let index = (u32::from(c) - 0xff01) as usize;
            FULL_WIDTH.get(index..=index)
        }
        _ => None,
    }
}

/// Mends each problem where it stands; failing that, the first guess at the whole term that reads cleanly.
pub(super) fn suggest(term: &str, at: usize, problems: Vec<Problem>) -> Vec<Problem> {
    let problems: Vec<Problem> = problems.into_iter().map(|problem| mended(term, at, problem)).collect();
    let open = problems.iter().find(|problem| problem.fix.is_none());
    let repaired = open.and_then(|_| guesses(term).into_iter().find(|guess| guess != term && all_clean(guess)));
    match (repaired, open) {
        (Some(repaired), Some(open)) => vec![localised(term, at, open.clone(), &repaired)],
        _ => problems,
    }
}

fn mended(term: &str, at: usize, problem: Problem) -> Problem {
    let (qualifier, body) = split_qualifier(term);
    let fix = match &problem.what {
        SyntaxError::UnknownMechanism(name) => {
            let lower = name.to_ascii_lowercase();
            body.strip_prefix(name.as_str())
                .and_then(|rest| meant(&lower, rest))
                .filter(|word| *word != "all")
                .map(str::to_owned)
        }
        SyntaxError::UnknownTerm(word) => {
            let name = &word[..word.find('/').unwrap_or(word.len())];
            let argument = &word[name.len()..];
            let meant = meant(&name.to_ascii_lowercase(), argument);
            // What nobody wrote must not let everybody pass.
            meant.filter(|word| *word != "all" || !qualifier.is_empty()).map(|word| format!("{word}{argument}"))
        }
        SyntaxError::BadIp4(_) | SyntaxError::BadIp6(_) => {
            let repaired = body.split_once(':').and_then(|(name, network)| mended_network(name, network));
            return match repaired {
                Some(repaired) => localised(term, at, problem, &format!("{qualifier}{repaired}")),
                None => problem,
            };
        }
        _ => None,
    };
    match fix {
        Some(fix) if problem.fix.is_none() => problem.with_fix(fix),
        _ => problem,
    }
}

/// Keeps the problem's own place if the repair changes nothing outside it.
fn localised(term: &str, at: usize, problem: Problem, repaired: &str) -> Problem {
    let (before, after) = (&term[..problem.span.start - at], &term[problem.span.end - at..]);
    let inner = repaired.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
    match inner {
        Some(inner) => problem.with_fix(inner),
        None => Problem { span: Span::new(at, at + term.len()), ..problem }.with_fix(repaired),
    }
}

fn all_clean(terms: &str) -> bool {
    terms.split(' ').all(reads_cleanly)
}

fn guesses(term: &str) -> Vec<String> {
    let junk = |c: char| "\"'`;,.<>()[]|!\\".contains(c);
    let bare = term.trim_matches(junk);
    let mut guesses = vec![bare.replace('"', ""), bare.to_owned()];
    guesses.extend(qualified_all(bare));
    guesses.extend(without_separator(bare));
    if let Some((name, argument)) = bare.split_once(':') {
        guesses.extend(address_as_name(name, argument));
        guesses.extend(link_as_name(name, argument));
    }
    if bare.parse::<Ipv4Addr>().is_ok() || with_length::<Ipv4Addr>(bare) {
        guesses.push(format!("ip4:{bare}"));
    }
    if bare.parse::<Ipv6Addr>().is_ok() || with_length::<Ipv6Addr>(bare) {
        guesses.push(format!("ip6:{bare}"));
    }
    if bare.contains([',', ';', '"']) {
        guesses.extend(listed(bare));
    }
    guesses.extend(split_terms(bare));
    guesses
}

fn with_length<A: std::str::FromStr>(text: &str) -> bool {
    text.split_once('/').is_some_and(|(address, _)| address.parse::<A>().is_ok())
}

/// `ip4:192.0.2.1,192.0.2.2`: each item is a term of its own, and takes the mechanism of the first if it has none.
fn listed(term: &str) -> Option<String> {
    let mut mechanism = None;
    let items: Vec<String> = term
        .split([',', ';', '"'])
        .filter(|item| !item.is_empty())
        .map(|item| match (item.split_once(':'), mechanism) {
            _ if reads_cleanly(item) => {
                mechanism = mechanism.or(item.split_once(':').map(|(name, _)| name));
                item.to_owned()
            }
            (_, Some(name)) => format!("{name}:{item}"),
            _ => item.to_owned(),
        })
        .collect();
    (!items.is_empty()).then(|| items.join(" "))
}

/// `a:192.0.2.1`, `include:2001:db8::1`: an address where a name belongs.
fn address_as_name(name: &str, argument: &str) -> Option<String> {
    let (qualifier, mechanism) = split_qualifier(name);
    if !["a", "mx", "include", "ptr", "exists", "ip"].contains(&mechanism.to_ascii_lowercase().as_str()) {
        return None;
    }
    let address = argument.split('/').next().unwrap_or(argument);
    match address.parse().ok()? {
        IpAddr::V4(_) => Some(format!("{qualifier}ip4:{argument}")),
        IpAddr::V6(_) => Some(format!("{qualifier}ip6:{argument}")),
    }
}

/// `all-`, `--all`, `~al`. What nobody qualified is left alone: `all` lets everybody pass.
fn qualified_all(term: &str) -> Option<String> {
    let name: String = term.chars().filter(char::is_ascii_alphanumeric).collect();
    let mut qualifiers: Vec<char> = term.chars().filter(|c| "+-~?".contains(*c)).collect();
    qualifiers.dedup();
    let [qualifier] = qualifiers[..] else { return None };
    let lower = name.to_ascii_lowercase();
    let meant = strsim::osa_distance(&lower, "all") <= 1 || ["a11", "a1l", "al1"].contains(&lower.as_str());
    let sure = meant && term.len() <= "--all-".len() && (qualifier != '+' || term.starts_with('+'));
    let all = if lower == "all" { name } else { "all".to_owned() };
    sure.then(|| format!("{qualifier}{all}"))
}

/// `includespf.example.com`, `ip4.192.0.2.1`, `redirect-_spf.example.com`.
fn without_separator(term: &str) -> Option<String> {
    let (qualifier, body) = split_qualifier(term);
    let lower = body.to_ascii_lowercase();
    let name = ["include", "exists", "ip4", "ip6", "redirect"].into_iter().find(|name| lower.starts_with(name))?;
    let argument = body[name.len()..].trim_start_matches(['.', '-', '_', ';', ',', '/', '=', ':']);
    let spf = lower[name.len()..].trim_start_matches(['.', '-', ';', ',', '/', '=', ':']);
    // `_spf.example.com` begins with its underscore.
    let argument = if spf.starts_with('_') { &body[body.len() - spf.len()..] } else { argument };
    argument.contains(['.', ':']).then(|| format!("{qualifier}{name}{}{argument}", separator(name)))
}

fn separator(name: &str) -> &'static str {
    if ["redirect", "exp"].contains(&name) { "=" } else { ":" }
}

/// What belongs between this word and its argument, if it is a name that cannot do without one.
pub(super) fn separator_after(word: &str) -> Option<&'static str> {
    let (_, name) = split_qualifier(word);
    let names = ["include", "exists", "ip4", "ip6", "redirect", "exp"];
    names.iter().any(|known| name.eq_ignore_ascii_case(known)).then(|| separator(&name.to_ascii_lowercase()))
}

/// `include:https://spf.example.com/`.
fn link_as_name(name: &str, argument: &str) -> Option<String> {
    host_in(argument).filter(|host| host.contains('.')).map(|host| format!("{name}:{host}"))
}

/// The host of a link or a mail address, or a name in quotes or brackets.
pub(super) fn host_in(text: &str) -> Option<String> {
    let bare = text.trim_matches(|c: char| "\"'`;,<>()[]|\\:=/".contains(c));
    let rest = bare.split_once("://").map_or(bare, |(_, rest)| rest);
    let rest = rest.rsplit_once('@').map_or(rest, |(_, rest)| rest);
    let host = if rest.len() < text.len() { rest.split('/').next()? } else { rest };
    let plain = host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    (plain && reads_cleanly(&format!("include:{host}"))).then(|| host.to_owned())
}

/// What an unknown modifier was meant to be, as it is written before its value.
pub(super) fn meant_by_modifier(name: &str, value: &str) -> Option<String> {
    let modifiers = [("redirect", 2), ("exp", 0)];
    let modifier = modifiers.into_iter().find(|(word, distance)| {
        let alias = ["explain", "explanation"].contains(&name) && *word == "exp";
        alias || (*distance > 0 && name.len() > 5 && strsim::osa_distance(name, word) <= *distance)
    });
    if let Some((word, _)) = modifier.filter(|(word, _)| reads_cleanly(&format!("{word}={value}"))) {
        return Some(format!("{word}="));
    }
    let argument = format!(":{value}");
    let mechanism = meant(name, &argument).filter(|word| !["all", "redirect"].contains(word));
    mechanism.filter(|_| name.len() > 2 || name == "ip").map(|word| format!("{word}:"))
}

fn split_qualifier(name: &str) -> (&str, &str) {
    name.split_at(name.len() - name.trim_start_matches(['+', '-', '~', '?']).len())
}

/// Terms run together: splits where a term ends and another one surely begins.
pub(super) fn split_terms(text: &str) -> Option<String> {
    (1..text.len()).filter(|at| text.is_char_boundary(*at)).find_map(|at| {
        let (left, right) = text.split_at(at);
        let left = left.trim_end_matches([',', ';']);
        if !begins_term(right) || !reads_cleanly(left) {
            return None;
        }
        let right = split_terms(right).or_else(|| reads_cleanly(right).then(|| right.to_owned()))?;
        Some(format!("{left} {right}"))
    })
}

/// Is this surely the beginning of a term, even in the middle of a word?
pub(super) fn begins_term(text: &str) -> bool {
    let (qualifier, body) = split_qualifier(text);
    let lower = body.get(..9.min(body.len())).unwrap_or(body).to_ascii_lowercase();
    let named = ["include:", "ip4:", "ip6:", "exists:", "redirect=", "exp=", "mx:", "ptr:", "a:"]
        .iter()
        .any(|start| lower.starts_with(start));
    qualifier.len() <= 1 && (named || (qualifier.len() == 1 && lower == "all"))
}

/// The mechanism whose name was misspelt, if with it the term reads cleanly.
fn meant(name: &str, argument: &str) -> Option<&'static str> {
    let alias = match name {
        "ipv4" | "ip4v" | "ip-4" | "ip_4" | "ip4s" => Some("ip4"),
        "ipv6" | "ip6v" | "ip-6" | "ip_6" => Some("ip6"),
        "includes" | "inc" | "included" => Some("include"),
        "ip" | "ips" | "ipv" | "address" => {
            ["ip4", "ip6"].into_iter().find(|ip| reads_cleanly(&format!("{ip}{argument}")))
        }
        _ => None,
    };
    let words = MECHANISMS.into_iter().chain(["redirect"]);
    let near = || {
        let allowed = [0, 0, 0, 1, 1].get(name.len()).copied().unwrap_or(2);
        let mut near = words.filter(|word| strsim::osa_distance(name, word) <= allowed && word.len() > 1);
        near.next().filter(|_| near.next().is_none())
    };
    let word = alias.or_else(near).filter(|_| name.starts_with(|c: char| c.is_ascii_alphabetic()))?;
    let separator_fits = word != "redirect";
    (separator_fits && reads_cleanly(&format!("{word}{argument}"))).then_some(word)
}

/// What the argument of an `ip4` or `ip6` was meant to be, as terms.
fn mended_network(name: &str, network: &str) -> Option<String> {
    let name = if name.eq_ignore_ascii_case("ip4") { "ip4" } else { "ip6" };
    network_guesses(name, network).into_iter().find(|guess| all_clean(guess))
}

fn network_guesses(name: &str, network: &str) -> Vec<String> {
    let other = if name == "ip4" { "ip6" } else { "ip4" };
    let bare = network.trim_matches(|c: char| "\"'`;,<>()|\\.=!".contains(c));
    let bare = if name == "ip4" { bare.trim_start_matches(':') } else { bare };
    let mut guesses = vec![format!("{name}:{bare}"), format!("{other}:{bare}")];
    if let Some((open, rest)) = bare.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        guesses.push(format!("{name}:{open}{rest}"));
    }
    guesses.push(format!("{name}:{}", bare.replacen(['\\', '|'], "/", 1)));
    if bare.contains([',', ';', '"']) {
        guesses.extend(listed(&format!("{name}:{bare}")));
    }
    guesses.extend(split_terms(&format!("{name}:{bare}")));
    if name == "ip4" {
        guesses.extend(ip4_guesses(bare));
    }
    let host = bare.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte));
    if host && bare.bytes().any(|byte| byte.is_ascii_alphabetic()) {
        guesses.push(format!("a:{bare}"));
    }
    guesses
}

fn ip4_guesses(network: &str) -> Vec<String> {
    let (address, length) = network.split_once('/').unwrap_or((network, ""));
    let slash = if length.is_empty() { String::new() } else { format!("/{length}") };
    let dotted = (network.matches(',').count() == 3).then(|| format!("ip4:{}", network.replace(',', ".")));
    [
        dotted,
        without_port(network),
        wildcard(network),
        range(network),
        padded(address, &slash),
        shortened(address, length),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// `192.0.2.1:25`
fn without_port(network: &str) -> Option<String> {
    let (address, port) = network.split_once(':')?;
    port.parse::<u16>().ok()?;
    Some(format!("ip4:{address}"))
}

/// `192.0.2.*`, `192.0.2.x`
fn wildcard(network: &str) -> Option<String> {
    let octets: Vec<&str> = network.split('.').collect();
    let fixed = octets.iter().take_while(|octet| octet.parse::<u8>().is_ok()).count();
    let open = octets[fixed..].iter().all(|octet| ["*", "x", "X"].contains(octet));
    if octets.len() != 4 || fixed == 4 || fixed == 0 || !open {
        return None;
    }
    let mut network = octets[..fixed].to_vec();
    network.resize(4, "0");
    Some(format!("ip4:{}/{}", network.join("."), fixed * 8))
}

/// `192.0.2.0-192.0.2.63`, `192.0.2.0-63`: a few networks, no more.
fn range(network: &str) -> Option<String> {
    const MOST: usize = 6;
    let (first, last) = network.split_once('-')?;
    let first: Ipv4Addr = first.parse().ok()?;
    let last: Ipv4Addr = match last.parse::<u8>() {
        Ok(octet) => {
            let [a, b, c, _] = first.octets();
            Ipv4Addr::new(a, b, c, octet)
        }
        Err(_) => last.parse().ok()?,
    };
    let networks = address::networks_v4(first, last);
    let terms: Vec<String> = networks.iter().map(|network| format!("ip4:{network}")).collect();
    (1..=MOST).contains(&terms.len()).then(|| terms.join(" "))
}

/// `192.000.002.001`: sure only where octal and decimal readings agree.
fn padded(address: &str, slash: &str) -> Option<String> {
    let octets: Option<Vec<String>> = address.split('.').map(unpadded).collect();
    Some(format!("ip4:{}{slash}", octets?.join(".")))
}

fn unpadded(octet: &str) -> Option<String> {
    let value: u8 = octet.parse().ok()?;
    (value < 8 || !octet.starts_with('0')).then(|| value.to_string())
}

/// `192.0.2/24`: the missing octets are those that the length leaves open.
fn shortened(address: &str, length: &str) -> Option<String> {
    let mut octets: Vec<&str> = address.split('.').filter(|octet| !octet.is_empty()).collect();
    let length: usize = length.parse().ok()?;
    if octets.len() >= 4 || length > octets.len() * 8 {
        return None;
    }
    octets.resize(4, "0");
    Some(format!("ip4:{}/{length}", octets.join(".")))
}

/// `255.255.255.0` as a length.
pub(super) fn mask_length(mask: &str) -> Option<u32> {
    let mask = u32::from(mask.parse::<Ipv4Addr>().ok()?);
    (mask.leading_ones() + mask.trailing_zeros() == 32).then_some(mask.leading_ones())
}

/// An international domain name in the form that DNS uses, RFC 5890.
pub(super) fn ascii_name(term: &str) -> Option<String> {
    let at = term.find([':', '='])? + 1;
    let (head, name) = term.split_at(at);
    if name.is_ascii() || name.contains(['%', '/', ' ']) {
        return None;
    }
    let name = Name::from_utf8(name).ok()?.to_ascii();
    let repaired = format!("{head}{}", name.trim_end_matches('.'));
    reads_cleanly(&repaired).then_some(repaired)
}
