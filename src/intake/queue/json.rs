//! Queues as JSON: `postqueue -j`, mailcow's and Proxmox Mail Gateway's interfaces, which hand Postfix's on.

use std::ops::Range;

use super::{Entry, Incident, scan};
use crate::intake::json::{Document, Leaf};
use crate::span::Excerpt;

/// What waits, recipient by recipient.
pub(in crate::intake) fn waiting(document: &Document) -> Vec<Incident> {
    document.objects().flat_map(|own| object(document, own)).collect()
}

fn object(document: &Document, own: &[Leaf]) -> Vec<Incident> {
    let Some(queue_id) = document.around(own, "queue_id") else { return Vec::new() };
    let sender = document.around(own, "sender");
    let told = recipients(document, own).filter_map(|(recipient, reason)| {
        let entry = Entry {
            queue_id: Some(queue_id.clone()),
            sender: sender.clone(),
            recipient: Some(recipient.clone()),
            ..Entry::new(document.input(), "postfix", queue_id.start.min(recipient.start)..recipient.end)
        };
        match reason {
            Some(reason) => entry.because(reason).incident(),
            None => entry.incident(),
        }
    });
    told.collect()
}

type Told = (Range<usize>, Option<Excerpt>);

/// `{"address": …, "delay_reason": …}`, `{"receiver": …, "reason": …}`, and mailcow's `"recipients": ["address (reason)"]`.
fn recipients<'a>(document: &'a Document, own: &'a [Leaf]) -> impl Iterator<Item = Told> + 'a {
    let pairs = [("address", "delay_reason"), ("receiver", "reason")].into_iter().filter_map(|(address, reason)| {
        let recipient = document.values(own, address).next()?;
        Some((recipient, document.values(own, reason).next().map(|value| document.string(value))))
    });
    pairs.chain(document.values(own, "recipients").map(|value| in_one(document, value)))
}

fn in_one(document: &Document, value: Range<usize>) -> Told {
    let text = document.input().as_str();
    let Some(open) = scan::find(text, value.clone(), " (") else { return (value, None) };
    let end = value.end - usize::from(text[value.clone()].ends_with(')'));
    (value.start..open, Some(document.string(open + 2..end)))
}
