//! What the tree costs, and who spends it: RFC 7208 §4.6.4.

use super::Node;
use super::walk::{Place, Walk};
use crate::finding::{Finding, Severity};
use crate::span::Span;
use crate::spf::limits;
use crate::spf::record::{Parsed, Record};

const CHEAPER: &str = "take out services that no longer send, and write own hosts as ip4: and ip6:, which cost nothing";

impl<'a> Walk<'a> {
    /// Records that the tree leads to more than once: each time costs again.
    pub(super) fn reached_twice(&mut self) {
        let mut again: Vec<(String, Vec<Place>)> =
            self.reached.drain().filter(|(_, places)| places.len() > 1).collect();
        again.sort_by(|a, b| a.0.cmp(&b.0));
        for (target, places) in again {
            let first = &places[0];
            let Some(other) = places[1..].iter().find(|place| place.domain != first.domain) else { continue };
            let shown = if other.domain == self.domain { other } else { first };
            let from = places.iter().map(|place| place.domain.as_str()).collect::<Vec<_>>().join(", ");
            let message =
                format!("{target} is reached {} times, from {from}; each time costs its lookups again", places.len());
            let help = "one time is enough: drop the include that another one brings along";
            self.note(shown.finding("spf-duplicate-term", Severity::Warning, message).help(help));
        }
    }

    pub(super) fn limits(&mut self, root: &Node, text: &str, parsed: &Parsed) {
        let (total, limit) = (root.lookups, limits::LOOKUP_TERMS);
        if total > limit {
            let message = format!("the record needs {total} DNS lookups; receivers stop after {limit} with permerror");
            let span = crossing(root, &parsed.readable);
            let finding = Finding::error("spf-lookup-limit", self.domain, message).in_record(text, span);
            self.note(finding.help(format!("most go to {}; {CHEAPER}", spenders(root))));
        } else if total >= limits::LOOKUPS_NEAR_LIMIT {
            let message = format!("the record needs {total} of the {limit} DNS lookups that receivers allow");
            let finding = Finding::warning("spf-lookups-near-limit", self.domain, message).in_record(text, None);
            self.note(finding.help(format!("one more service breaks it. Most go to {}; {CHEAPER}", spenders(root))));
        }
        if self.void > limits::VOID_LOOKUPS {
            let message = format!(
                "{} lookups of the record find nothing; receivers may stop after {} with permerror",
                self.void,
                limits::VOID_LOOKUPS
            );
            let help = "take out or correct the terms whose names do not exist";
            self.note(Finding::error("spf-void-lookup-limit", self.domain, message).in_record(text, None).help(help));
        }
    }
}

/// The two largest spenders among the root's terms.
fn spenders(root: &Node) -> String {
    let mut children: Vec<&Node> = root.children.iter().collect();
    children.sort_by_key(|child| std::cmp::Reverse(child.lookups));
    let named: Vec<String> =
        children.iter().take(2).map(|child| format!("`{}` ({})", child.term, child.lookups)).collect();
    named.join(" and ")
}

/// The term of the root record at which the limit is passed.
fn crossing(root: &Node, record: &Record) -> Option<Span> {
    let mut spent = 0;
    let index = root.children.iter().position(|child| {
        spent += child.lookups;
        spent > limits::LOOKUP_TERMS
    })?;
    let costly = record.directives().filter(|(_, directive)| directive.mechanism.costs_lookup()).map(|(term, _)| term);
    costly.chain(record.redirect().map(|(term, _)| term)).nth(index).map(|term| term.span)
}
