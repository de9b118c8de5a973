//! Sets of IP addresses as networks and ranges.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A network: an address and how many of its leading bits count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Network {
    pub address: IpAddr,
    pub prefix: u8,
}

impl Network {
    pub fn new(address: IpAddr, prefix: u8) -> Self {
        Network { address, prefix }
    }

    pub fn bits(self) -> u8 {
        if self.address.is_ipv4() { 32 } else { 128 }
    }

    pub fn contains(self, ip: IpAddr) -> bool {
        let range = self.range();
        range.v4 == ip.is_ipv4() && range.first <= number(ip) && number(ip) <= range.last
    }

    pub fn range(self) -> Range {
        let open = u32::from(self.bits() - self.prefix.min(self.bits()));
        let mask = u128::MAX.checked_shl(open).unwrap_or(0);
        let first = number(self.address) & mask;
        let all = if self.address.is_ipv4() { u128::from(u32::MAX) } else { u128::MAX };
        Range { v4: self.address.is_ipv4(), first, last: first | (!mask & all) }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.address)?;
        if self.prefix < self.bits() { write!(f, "/{}", self.prefix) } else { Ok(()) }
    }
}

/// All addresses of one family from `first` to `last`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Range {
    pub v4: bool,
    pub first: u128,
    pub last: u128,
}

impl Range {
    pub const ALL: [Range; 2] =
        [Range { v4: true, first: 0, last: u32::MAX as u128 }, Range { v4: false, first: 0, last: u128::MAX }];

    /// The addresses at both ends.
    pub fn ends(self) -> [IpAddr; 2] {
        [self.first, self.last].map(|number| self.address(number))
    }

    fn address(self, number: u128) -> IpAddr {
        match u32::try_from(number) {
            Ok(number) if self.v4 => IpAddr::V4(Ipv4Addr::from(number)),
            _ => IpAddr::V6(Ipv6Addr::from(number)),
        }
    }

    /// The fewest networks that make it up.
    pub fn networks(self) -> Vec<Network> {
        let bits = if self.v4 { 32 } else { 128 };
        let mut networks = Vec::new();
        let mut next = Some(self.first);
        while let Some(first) = next.filter(|first| *first <= self.last) {
            let aligned = first.trailing_zeros().min(bits);
            let fits = (self.last - first).checked_add(1).map_or(128, |count| 127 - count.leading_zeros());
            let open = aligned.min(fits);
            networks.push(Network::new(self.address(first), u8::try_from(bits - open).unwrap_or(0)));
            next = 1u128.checked_shl(open).and_then(|size| first.checked_add(size));
        }
        networks
    }
}

fn number(ip: IpAddr) -> u128 {
    match ip {
        IpAddr::V4(ip) => u128::from(u32::from(ip)),
        IpAddr::V6(ip) => u128::from(ip),
    }
}

/// The fewest networks from `first` to `last`; none where they are the wrong way round.
pub fn networks_v4(first: Ipv4Addr, last: Ipv4Addr) -> Vec<Network> {
    Range { v4: true, first: number(first.into()), last: number(last.into()) }.networks()
}

/// A set of addresses of both families.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AddressSet {
    /// Sorted, apart from each other.
    ranges: Vec<Range>,
}

impl AddressSet {
    pub fn all() -> Self {
        AddressSet { ranges: Range::ALL.iter().rev().copied().collect() }.normalised()
    }

    pub fn ranges(&self) -> &[Range] {
        &self.ranges
    }

    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    fn normalised(mut self) -> Self {
        self.ranges.sort();
        let mut joined: Vec<Range> = Vec::new();
        for range in self.ranges {
            match joined.last_mut() {
                Some(last) if last.v4 == range.v4 && range.first <= last.last.saturating_add(1) => {
                    last.last = last.last.max(range.last);
                }
                _ => joined.push(range),
            }
        }
        AddressSet { ranges: joined }
    }

    pub fn union(&self, other: &AddressSet) -> AddressSet {
        AddressSet { ranges: [&self.ranges[..], &other.ranges].concat() }.normalised()
    }

    pub fn minus(&self, other: &AddressSet) -> AddressSet {
        let cut =
            |ranges: Vec<Range>, hole: &Range| ranges.into_iter().flat_map(|range| cut_out(range, hole)).collect();
        let ranges = self.ranges.iter().flat_map(|range| {
            let holes = other.ranges.iter().filter(|hole| hole.v4 == range.v4);
            holes.fold(vec![*range], cut)
        });
        AddressSet { ranges: ranges.collect() }
    }

    pub fn intersection(&self, other: &AddressSet) -> AddressSet {
        self.minus(&self.minus(other))
    }

    /// How many IPv4 addresses.
    pub fn count_v4(&self) -> u64 {
        self.count(true).try_into().unwrap_or(u64::MAX)
    }

    /// How many IPv6 addresses; all of them count as 2¹²⁸ − 1.
    pub fn count_v6(&self) -> u128 {
        self.count(false)
    }

    fn count(&self, v4: bool) -> u128 {
        let sizes = self.ranges.iter().filter(|range| range.v4 == v4);
        sizes.fold(0, |sum: u128, range| sum.saturating_add((range.last - range.first).saturating_add(1)))
    }
}

fn cut_out(range: Range, hole: &Range) -> Vec<Range> {
    if hole.last < range.first || range.last < hole.first {
        return vec![range];
    }
    let mut left = Vec::new();
    if hole.first > range.first {
        left.push(Range { last: hole.first - 1, ..range });
    }
    if hole.last < range.last {
        left.push(Range { first: hole.last + 1, ..range });
    }
    left
}

impl FromIterator<Network> for AddressSet {
    fn from_iter<I: IntoIterator<Item = Network>>(networks: I) -> Self {
        AddressSet { ranges: networks.into_iter().map(Network::range).collect() }.normalised()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(networks: &[&str]) -> AddressSet {
        networks
            .iter()
            .map(|network| {
                let (address, prefix) = network.split_once('/').unwrap();
                Network::new(address.parse().unwrap(), prefix.parse().unwrap())
            })
            .collect()
    }

    #[test]
    fn ranges_become_the_fewest_networks() {
        let networks = networks_v4("192.0.2.1".parse().unwrap(), "192.0.2.6".parse().unwrap());
        let text: Vec<String> = networks.iter().map(Network::to_string).collect();
        assert_eq!(text, ["192.0.2.1", "192.0.2.2/31", "192.0.2.4/31", "192.0.2.6"]);
        assert_eq!(Range::ALL[0].networks(), [Network::new("0.0.0.0".parse().unwrap(), 0)]);
        assert_eq!(Range::ALL[1].networks(), [Network::new("::".parse().unwrap(), 0)]);
    }

    #[test]
    fn networks_with_host_bits_mean_the_network() {
        assert_eq!(set(&["192.0.2.77/24"]), set(&["192.0.2.0/24"]));
        assert!(Network::new("192.0.2.77".parse().unwrap(), 0).contains("203.0.113.1".parse().unwrap()));
        assert!(!Network::new("192.0.2.77".parse().unwrap(), 0).contains("2001:db8::1".parse().unwrap()));
    }

    #[test]
    fn sets_subtract_and_intersect() {
        let all = set(&["192.0.2.0/24", "2001:db8::/32"]);
        let half = set(&["192.0.2.128/25"]);
        assert_eq!(all.minus(&half), set(&["192.0.2.0/25", "2001:db8::/32"]));
        assert_eq!(all.intersection(&half), half);
        assert_eq!(all.minus(&half).union(&half), all);
        assert_eq!((all.count_v4(), all.count_v6()), (256, 1 << 96));
        assert!(all.minus(&AddressSet::all()).is_empty());
    }
}
