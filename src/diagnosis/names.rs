//! The names of the case at hand, which stand in commands in place of the examples.

use std::borrow::Cow;

use super::recipient_domain;
use crate::intake::Context;
use crate::knowledge::Step;
use crate::probe::blocklist::reversed;
use crate::probe::check::Target;
use crate::span::Excerpt;

/// A step of the advice, and its command with the names of the case at hand.
#[derive(Debug)]
#[non_exhaustive]
pub struct Advice {
    /// As the knowledge has it, with examples for names.
    pub step: &'static Step,
    /// Its command, filled in as far as names are known.
    pub command: Option<Cow<'static, str>>,
}

impl Advice {
    /// As it stands in the knowledge, with examples for names.
    pub fn general(step: &'static Step) -> Self {
        Advice { step, command: step.command.map(Cow::Borrowed) }
    }
}

/// What is known for certain and is written in letters that no shell, pattern or terminal takes for anything else.
#[derive(Debug, Default)]
pub(crate) struct Names {
    sender: Option<String>,
    sender_domain: Option<String>,
    client: Option<String>,
    client_ip: Option<String>,
    selector: Option<String>,
    recipient: Option<String>,
    recipient_domain: Option<String>,
    server: Option<String>,
    server_ip: Option<String>,
    queue_id: Option<String>,
    /// The client's address as a blocklist is asked about it.
    reversed: Option<String>,
    /// The zone of the blocklist that refuses it.
    blocklist: Option<String>,
}

impl Names {
    pub(super) fn of(context: &Context, target: &Target) -> Self {
        let fact = |fact: &Option<Excerpt>| fact.as_ref().map(|fact| fact.as_str().to_owned());
        let selector = target.selectors.first();
        let own = selector.filter(|one| one.domain.is_none() || one.domain == target.domain);
        let domain = target.domain.as_ref().map(|name| name.to_ascii().trim_end_matches('.').to_owned());
        Names {
            sender: target.sender.clone().and_then(address),
            sender_domain: domain.and_then(harmless),
            client: target.helo.clone().and_then(harmless),
            client_ip: target.ip.map(|ip| ip.to_string()),
            selector: own.map(|selector| selector.name.clone()).and_then(harmless),
            recipient: fact(&context.recipient).and_then(address),
            recipient_domain: recipient_domain(context).map(str::to_owned).and_then(harmless),
            server: fact(&context.remote_host).and_then(harmless),
            server_ip: fact(&context.remote_ip).and_then(ip),
            queue_id: fact(&context.queue_id).and_then(harmless),
            reversed: target.ip.map(reversed),
            blocklist: None,
        }
    }

    /// With the blocklist that the reply names, or else one that is known to refuse so.
    pub(super) fn listed(self, reply: &str, known: Option<&str>) -> Self {
        let blocklist = list_named(reply).or(known).map(str::to_owned).and_then(harmless);
        Names { blocklist, ..self }
    }

    pub(crate) fn advise(&self, step: &'static Step) -> Advice {
        Advice { step, command: step.command.map(|command| self.fill(command)) }
    }

    /// What an example stands for; `data/README.md` lists them.
    fn of_example(&self, example: &str) -> Option<&str> {
        let name = match example {
            "you@example.org" | "user@example.org" => &self.sender,
            "example.org" => &self.sender_domain,
            "mail.example.org" => &self.client,
            "192.0.2.10" => &self.client_ip,
            "selector" => &self.selector,
            "user@example.com" => &self.recipient,
            "example.com" => &self.recipient_domain,
            "mx.example.com" => &self.server,
            "192.0.2.25" => &self.server_ip,
            "QUEUE-ID" => &self.queue_id,
            _ => &None,
        };
        name.as_deref()
    }

    fn fill(&self, command: &'static str) -> Cow<'static, str> {
        let mut filled = String::new();
        let mut rest = command;
        while !rest.is_empty() {
            let (word, after) = rest.split_at(rest.find(|c| !is_of_name(c)).unwrap_or(rest.len()));
            let (between, after) = after.split_at(after.find(is_of_name).unwrap_or(after.len()));
            self.write(&mut filled, word);
            filled.push_str(between);
            rest = after;
        }
        if filled == command { Cow::Borrowed(command) } else { Cow::Owned(filled) }
    }

    fn write(&self, filled: &mut String, word: &str) {
        const LIST: &str = "zen.spamhaus.org";
        if let Some(address) = word.strip_suffix(LIST).and_then(|asked| asked.strip_suffix('.')) {
            let own = self.reversed.as_deref().filter(|_| address == "10.2.0.192");
            return filled.extend([own.unwrap_or(address), ".", self.blocklist.as_deref().unwrap_or(LIST)]);
        }
        const BEFORE: [&str; 7] = ["_dmarc.", "_mta-sts.", "mta-sts.", "_25._tcp.", "postmaster@", "@", "-qI"];
        if let Some((selector, domain)) = word.split_once("._domainkey.") {
            self.write(filled, selector);
            filled.push_str("._domainkey.");
            return self.write(filled, domain);
        }
        let before = BEFORE.iter().find(|before| word.starts_with(**before)).map_or(0, |before| before.len());
        let (before, example) = word.split_at(before);
        filled.extend([before, self.of_example(example).unwrap_or(example)]);
    }
}

/// `blocked using dnsbl.example.net`, `listed in dnsbl.example.net`.
fn list_named(reply: &str) -> Option<&str> {
    const BEFORE: [&str; 5] = ["using ", "listed in ", "listed on ", "listed by ", "listed at "];
    BEFORE.iter().find_map(|before| {
        let (_, rest) = reply.split_once(before)?;
        let word =
            rest.split(|c: char| c.is_whitespace() || ";,()[]".contains(c)).next()?.trim_matches(['.', '\'', '"']);
        let domain = word.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'));
        let top = word.rsplit('.').next().is_some_and(|top| top.bytes().all(|byte| byte.is_ascii_alphabetic()));
        (domain && top && word.contains('.')).then_some(word)
    })
}

fn is_of_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || "@._-".contains(character)
}

/// What is only letters to POSIX shells, PowerShell, `grep`, `jq` and terminals, and no option.
fn harmless(name: String) -> Option<String> {
    const LONGEST: usize = 254;
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || "@._-+=".contains(c));
    let begins = name.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
    (plain && begins && name.len() <= LONGEST).then_some(name)
}

/// Who sends bounces is nobody's address.
fn address(address: String) -> Option<String> {
    let (local, domain) = address.split_once('@')?;
    let whole = domain.contains('.') && !domain.contains('@') && !local.eq_ignore_ascii_case("mailer-daemon");
    harmless(address).filter(|_| whole)
}

fn ip(address: String) -> Option<String> {
    address.parse::<std::net::IpAddr>().is_ok().then_some(address)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dns::Name;

    fn filled(command: &'static str, sender: &str, domain: &str) -> Cow<'static, str> {
        let domain = Name::from_utf8(domain).ok();
        let target = Target { sender: Some(sender.to_owned()), domain, ..Target::default() };
        Names::of(&Context::default(), &target).fill(command)
    }

    #[test]
    fn examples_give_way_to_what_is_known_and_nothing_else_does() {
        let commands = [
            ("smtpwhy check example.org", "smtpwhy check example.net"),
            (
                "swaks --from you@example.org --to user@example.com",
                "swaks --from bob@example.net --to user@example.com",
            ),
            ("dig +short TXT _dmarc.example.org", "dig +short TXT _dmarc.example.net"),
            ("dig TXT selector._domainkey.example.org", "dig TXT selector._domainkey.example.net"),
            ("grep '@example.org>' x | nc smtp.example.org 587", "grep '@example.net>' x | nc smtp.example.org 587"),
        ];
        for (command, expected) in commands {
            assert_eq!(filled(command, "bob@example.net", "example.net."), expected);
        }
    }

    #[test]
    fn the_list_that_refused_is_asked_about_the_address_that_it_refused() {
        let target = Target { ip: Some("198.51.100.7".parse().unwrap()), ..Target::default() };
        let asked = |reply: &str, known| {
            let names = Names::of(&Context::default(), &target).listed(reply, known);
            names.fill("dig 2.0.0.127.zen.spamhaus.org; dig 10.2.0.192.zen.spamhaus.org").into_owned()
        };
        let by = |zone: &str| format!("dig 2.0.0.127.{zone}; dig 7.100.51.198.{zone}");
        assert_eq!(
            asked("[198.51.100.7] blocked using dnsbl.example.net; see https://x", None),
            by("dnsbl.example.net")
        );
        assert_eq!(asked("listed in 'dnsbl.example.net'.", Some("bl.example.com")), by("dnsbl.example.net"));
        assert_eq!(asked("refused using $(reboot).example.net", Some("bl.example.com")), by("bl.example.com"));
        assert_eq!(asked("blocked using our own list", None), by("zen.spamhaus.org"));
    }

    #[test]
    fn an_internationalised_domain_is_written_as_dns_has_it() {
        assert_eq!(filled("dig MX example.org", "x", "bücher.example"), "dig MX xn--bcher-kva.example");
    }

    #[test]
    fn what_a_shell_would_obey_is_not_filled_in() {
        let hostile = ["$(reboot)@x.example", "a'b@x.example", "-oX@x.example", "a b@x.example", "\u{1b}@x.example"];
        for sender in hostile {
            let command = "exim -bt you@example.org";
            assert_eq!(filled(command, sender, ""), command, "{sender:?}");
        }
        assert_eq!(filled("dig MX example.org", "x", "example.net;reboot"), "dig MX example.org");
    }
}
