//! Follows messages by their queue ids: which failures each met, and what became of it. A message that the queue has done
//! with is counted and forgotten.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;

use super::clock::Seconds;
use super::distinct::Distinct;
use super::scanner::{Failing, MOST_EXAMPLES, Scanned, Sighting, What};
use super::sort::How;
use super::timeline::{Counts, STRETCHES, Timeline};
use super::{Domain, Group, Triage};
use crate::knowledge::{Cause, Provider, Side};

/// How many messages may be open at once, in each of two generations: when one is full, the one before is counted as it
/// stands.
const MOST_OPEN: usize = 500_000;
/// How many domains a group names.
const MOST_DOMAINS: usize = 50_000;

/// Everything that has been said so far.
#[derive(Debug, Default)]
pub struct Ledger {
    lines: u64,
    incidents: u64,
    unrecognised: u64,
    examples: Vec<String>,
    cut: u64,
    partly_read: u64,
    /// Messages that were counted as they stood, to make room.
    forgotten: u64,
    timeline: Option<Timeline>,
    span: Span,
    /// Of messages, however many groups they met.
    fates: Fates,
    groups: Vec<Account>,
    by_kind: HashMap<Kind, usize>,
    open: Open,
    /// qmail's delivery numbers.
    deliveries: HashMap<u64, Delivery, BuildHasherDefault<AsIs>>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Span {
    first: Option<Seconds>,
    last: Option<Seconds>,
}

impl Span {
    fn reach(&mut self, time: Option<Seconds>) {
        let Some(time) = time else { return };
        self.first = Some(self.first.map_or(time, |first| first.min(time)));
        self.last = Some(self.last.map_or(time, |last| last.max(time)));
    }
}

/// What makes failures one group: cause, side, provider.
type Kind = (&'static str, Side, Option<&'static str>);

/// What is known of a group.
#[derive(Debug)]
struct Account {
    cause: &'static Cause,
    side: Side,
    provider: Option<&'static Provider>,
    example: Box<str>,
    incidents: u64,
    /// Incidents that this server itself gave or met.
    here: u64,
    refused: Distinct,
    recipients: Distinct,
    span: Span,
    fates: Fates,
    domains: HashMap<Box<str>, u64>,
    counts: Counts,
}

/// What became of the messages of a group that the queue followed.
#[derive(Clone, Debug, Default)]
struct Fates {
    delivered: u64,
    waiting: u64,
    failed: u64,
    oldest_waiting: Option<Seconds>,
    /// How many were delivered so many seconds after their first failure.
    delays: BTreeMap<u32, u64>,
}

/// A recipient of an open message that met a failure.
#[derive(Debug)]
struct Trouble {
    recipient: Option<u64>,
    group: u32,
    first: Option<Seconds>,
    fate: Fate,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Waiting,
    Delivered(Option<Seconds>),
    Failed,
}

#[derive(Debug)]
struct Delivery {
    message: u64,
    recipient: Option<u64>,
    domain: Option<Box<str>>,
}

/// Keys are hashes already.
#[derive(Default)]
struct AsIs(u64);

impl Hasher for AsIs {
    fn write(&mut self, _: &[u8]) {
        unreachable!("keys are u64");
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

type Messages = HashMap<u64, Vec<Trouble>, BuildHasherDefault<AsIs>>;

/// Messages that the queue has not done with.
#[derive(Debug, Default)]
struct Open {
    young: Messages,
    old: Messages,
}

impl Open {
    fn get(&mut self, message: u64) -> Option<&mut Vec<Trouble>> {
        match self.young.get_mut(&message) {
            Some(troubles) => Some(troubles),
            None => self.old.get_mut(&message),
        }
    }

    fn remove(&mut self, message: u64) -> Option<Vec<Trouble>> {
        self.young.remove(&message).or_else(|| self.old.remove(&message))
    }

    fn all(&self) -> impl Iterator<Item = &Vec<Trouble>> {
        self.young.values().chain(self.old.values())
    }

    /// The generation that has to go, where the newest is full.
    fn full(&mut self) -> Option<Messages> {
        (self.young.len() >= MOST_OPEN).then(|| std::mem::replace(&mut self.old, std::mem::take(&mut self.young)))
    }
}

impl Ledger {
    /// Takes in what the next stretch of the log said.
    pub fn add(&mut self, scanned: Scanned) {
        self.lines += scanned.lines;
        self.unrecognised += scanned.unrecognised;
        self.cut += scanned.cut;
        self.partly_read += scanned.partly_read;
        let room = MOST_EXAMPLES - self.examples.len();
        self.examples.extend(scanned.examples.into_iter().take(room));
        scanned.sightings.into_iter().for_each(|sighting| self.see(sighting));
    }

    /// How many failures have been seen.
    pub fn incidents(&self) -> u64 {
        self.incidents
    }

    fn see(&mut self, sighting: Sighting) {
        let Sighting { time, mut message, mut recipient, what } = sighting;
        let mut domain = None;
        if let Some(delivery) =
            message.filter(|_| !self.deliveries.is_empty()).and_then(|id| self.deliveries.remove(&id))
        {
            (message, recipient, domain) = (Some(delivery.message), delivery.recipient, delivery.domain);
        }
        match (what, message) {
            (What::Failed { failing, how }, message) => {
                let domain = domain.as_ref().or(failing.domain.as_ref()).cloned();
                let group = self.incident(&failing, how, time, recipient, domain);
                match (how, message) {
                    (How::Refused, Some(message)) => self.groups[group].refused.add(message),
                    (How::Deferred | How::Final, Some(message)) => self.attempt(message, recipient, group, time, how),
                    _ => {}
                }
            }
            (What::Begins { message, domain }, Some(number)) => {
                self.begin(number, Delivery { message, recipient, domain })
            }
            (What::Delivered, Some(message)) => self.delivered(message, recipient, time),
            (What::Gone, Some(message)) => self.gone(message),
            (_, None) => {}
        }
    }

    fn begin(&mut self, number: u64, delivery: Delivery) {
        // More than qmail ever has at once: their ends are not in the log.
        if self.deliveries.len() >= MOST_OPEN {
            self.deliveries.clear();
        }
        self.deliveries.insert(number, delivery);
    }

    /// Counts one failure, and returns its group.
    fn incident(
        &mut self,
        failing: &Arc<Failing>,
        how: How,
        time: Option<Seconds>,
        recipient: Option<u64>,
        domain: Option<Box<str>>,
    ) -> usize {
        self.incidents += 1;
        self.span.reach(time);
        let kind = (failing.cause.id, failing.side, failing.provider.map(|provider| provider.id));
        let index = *self.by_kind.entry(kind).or_insert_with(|| {
            self.groups.push(Account::new(failing));
            self.groups.len() - 1
        });
        self.count_at(index, time);
        let group = &mut self.groups[index];
        group.incidents += 1;
        group.here += u64::from(matches!(how, How::Refused | How::Trouble));
        group.span.reach(time);
        recipient.into_iter().for_each(|hash| group.recipients.add(hash));
        domain.into_iter().for_each(|name| group.at(name));
        index
    }

    fn count_at(&mut self, index: usize, time: Option<Seconds>) {
        let Some(time) = time else { return };
        let timeline = self.timeline.get_or_insert_with(|| Timeline::starting(time));
        while let Some(doubled) = timeline.reach(time) {
            self.groups.iter_mut().for_each(|group| doubled.follow(&mut group.counts));
        }
        self.groups[index].counts[timeline.stretch(time)] += 1;
    }

    fn attempt(&mut self, message: u64, recipient: Option<u64>, group: usize, time: Option<Seconds>, how: How) {
        if let Some(oldest) = self.open.full() {
            self.forgotten += oldest.len() as u64;
            oldest.values().for_each(|troubles| self.fold(troubles, Fate::Waiting));
        }
        let group = group as u32;
        let troubles = match self.open.get(message) {
            Some(troubles) => troubles,
            None => self.open.young.entry(message).or_insert_with(|| Vec::with_capacity(1)),
        };
        if !troubles.iter().any(|trouble| trouble.group == group && trouble.recipient == recipient) {
            troubles.push(Trouble { recipient, group, first: time, fate: Fate::Waiting });
        }
        if how == How::Final {
            settle(troubles, recipient, Fate::Failed);
        }
    }

    fn delivered(&mut self, message: u64, recipient: Option<u64>, time: Option<Seconds>) {
        if let Some(troubles) = self.open.get(message) {
            settle(troubles, recipient, Fate::Delivered(time));
        }
    }

    /// What still waited was taken out of the queue.
    fn gone(&mut self, message: u64) {
        if let Some(troubles) = self.open.remove(message) {
            self.fold(&troubles, Fate::Failed);
        }
    }

    /// Counts a message that is over; `rest` is what became of recipients without a fate.
    fn fold(&mut self, troubles: &[Trouble], rest: Fate) {
        self.fates.count(&mut troubles.iter(), rest);
        for_each_group(troubles, |group, troubles| self.groups[group].fates.count(troubles, rest));
    }

    /// What all of it comes to, as it stands.
    pub fn triage(&self) -> Triage {
        let mut fates: Vec<Fates> = self.groups.iter().map(|group| group.fates.clone()).collect();
        let mut all = self.fates.clone();
        for troubles in self.open.all() {
            all.count(&mut troubles.iter(), Fate::Waiting);
            for_each_group(troubles, |group, troubles| fates[group].count(troubles, Fate::Waiting));
        }
        let groups = self.groups.iter().zip(fates).map(|(group, fates)| self.group(group, fates));
        let mut triage = Triage {
            lines: self.lines,
            incidents: self.incidents,
            unrecognised: self.unrecognised,
            examples: self.examples.clone(),
            cut: self.cut,
            partly_read: self.partly_read,
            forgotten: self.forgotten,
            first: self.span.first,
            last: self.span.last,
            delivered_later: all.delivered,
            still_waiting: all.waiting,
            failed: all.failed,
            groups: groups.collect(),
        };
        triage.order();
        triage
    }

    fn group(&self, account: &Account, fates: Fates) -> Group {
        let refused = account.refused.count();
        let mut domains: Vec<Domain> = account
            .domains
            .iter()
            .map(|(name, incidents)| Domain { name: name.to_string(), incidents: *incidents })
            .collect();
        domains.sort_by(|a, b| b.incidents.cmp(&a.incidents).then_with(|| a.name.cmp(&b.name)));
        Group {
            cause: account.cause,
            side: account.side,
            provider: account.provider,
            incidents: account.incidents,
            here: account.here,
            messages: fates.delivered + fates.waiting + fates.failed + refused,
            recipients: account.recipients.count(),
            first: account.span.first,
            last: account.span.last,
            delivered_later: fates.delivered,
            still_waiting: fates.waiting,
            failed: fates.failed,
            refused,
            oldest_waiting: fates.oldest_waiting,
            median_delay: median(&fates.delays),
            p95_delay: at_rank(&fates.delays, (total(&fates.delays) * 95).div_ceil(100)),
            domains,
            example: account.example.to_string(),
            trend: self.trend(&account.counts),
        }
    }

    /// The stretches between the log's first failure and its last.
    fn trend(&self, counts: &Counts) -> Vec<u64> {
        let (Some(timeline), Some(first), Some(last)) = (self.timeline, self.span.first, self.span.last) else {
            return Vec::new();
        };
        counts[timeline.stretch(first)..=timeline.stretch(last)].to_vec()
    }
}

impl Account {
    fn new(failing: &Failing) -> Self {
        Account {
            cause: failing.cause,
            side: failing.side,
            provider: failing.provider,
            example: failing.example.clone(),
            incidents: 0,
            here: 0,
            refused: Distinct::default(),
            recipients: Distinct::default(),
            span: Span::default(),
            fates: Fates::default(),
            domains: HashMap::new(),
            counts: [0; STRETCHES],
        }
    }

    fn at(&mut self, domain: Box<str>) {
        let room = self.domains.len() < MOST_DOMAINS;
        match self.domains.get_mut(&domain) {
            Some(incidents) => *incidents += 1,
            None if room => drop(self.domains.insert(domain, 1)),
            // What a group cannot name is the difference to its incidents.
            None => {}
        }
    }
}

/// Gives the recipient (all, where none is named) its fate, unless it has one.
fn settle(troubles: &mut [Trouble], recipient: Option<u64>, fate: Fate) {
    let meant =
        |trouble: &&mut Trouble| recipient.is_none() || trouble.recipient.is_none() || trouble.recipient == recipient;
    for trouble in troubles.iter_mut().filter(meant).filter(|trouble| trouble.fate == Fate::Waiting) {
        trouble.fate = fate;
    }
}

/// A message counts once in each group that it met.
fn for_each_group<'a>(troubles: &'a [Trouble], mut count: impl FnMut(usize, &mut dyn Iterator<Item = &'a Trouble>)) {
    for (index, trouble) in troubles.iter().enumerate() {
        let seen = troubles[..index].iter().any(|earlier| earlier.group == trouble.group);
        if !seen {
            count(trouble.group as usize, &mut troubles[index..].iter().filter(|later| later.group == trouble.group));
        }
    }
}

impl Fates {
    /// The worst of a message's recipients decides: failed, then waiting, then delivered.
    fn count(&mut self, troubles: &mut dyn Iterator<Item = &Trouble>, rest: Fate) {
        let (mut failed, mut waiting, mut delay, mut first) = (false, false, None, None);
        for trouble in troubles {
            first = [first, trouble.first].into_iter().flatten().min();
            match if trouble.fate == Fate::Waiting { rest } else { trouble.fate } {
                Fate::Failed => failed = true,
                Fate::Waiting => waiting = true,
                Fate::Delivered(at) => delay = delay.max(at.zip(trouble.first).map(|(at, first)| at - first)),
            }
        }
        match () {
            () if failed => self.failed += 1,
            () if waiting => {
                self.waiting += 1;
                self.oldest_waiting = [self.oldest_waiting, first].into_iter().flatten().min();
            }
            () => {
                self.delivered += 1;
                let delay = delay.map(|delay| u32::try_from(delay.max(0)).unwrap_or(u32::MAX));
                delay.into_iter().for_each(|delay| *self.delays.entry(delay).or_insert(0) += 1);
            }
        }
    }
}

fn total(delays: &BTreeMap<u32, u64>) -> u64 {
    delays.values().sum()
}

/// The delay in the middle; of an even number the mean of both.
fn median(delays: &BTreeMap<u32, u64>) -> Option<u64> {
    let total = total(delays);
    let (low, high) = (at_rank(delays, total.div_ceil(2))?, at_rank(delays, total / 2 + 1)?);
    Some((low + high) / 2)
}

/// The delay that stands at `rank` of all in order, counted from 1.
fn at_rank(delays: &BTreeMap<u32, u64>, rank: u64) -> Option<u64> {
    let mut passed = 0;
    delays.iter().find_map(|(delay, count)| {
        passed += count;
        (passed >= rank).then_some(u64::from(*delay))
    })
}
