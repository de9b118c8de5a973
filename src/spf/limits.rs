//! The numbers of RFC 7208 and ours, each with its reason.

/// Terms that cost a DNS query, in one evaluation: §4.6.4.
pub const LOOKUP_TERMS: usize = 10;
/// Lookups that find nothing, in one evaluation: §4.6.4.
pub const VOID_LOOKUPS: usize = 2;
/// Names of one `mx`: §4.6.4. More is a permerror.
pub const MX_NAMES: usize = 10;
/// Names of one `ptr` or `%{p}`: §4.6.4. The rest is not looked at.
pub const PTR_NAMES: usize = 10;
/// Octets of an expanded domain name, RFC 7208 §7.3; labels are cut off the left until it fits.
pub const DOMAIN_OCTETS: usize = 253;
/// Octets of a label, RFC 1035 §2.3.4.
pub const LABEL_OCTETS: usize = 63;
/// Octets of a character-string, RFC 1035 §3.3.
pub const STRING_OCTETS: usize = 255;
/// The name and all its TXT records together, for an answer of 512 octets: §3.4.
pub const TXT_OCTETS: usize = 450;
/// What fits the EDNS buffer that resolvers commonly announce; beyond it the answer comes over TCP or not at all.
pub const UDP_OCTETS: usize = 1232;

/// From this many lookups on, one more service breaks the record.
pub const LOOKUPS_NEAR_LIMIT: usize = 9;
/// A network of the domain's own record that is larger than this is rarely all its own.
pub const BROAD_V4_PREFIX: u8 = 16;
/// The same of IPv6, where a site has a /48 and a provider a /32.
pub const BROAD_V6_PREFIX: u8 = 32;
/// The same for records of others: mail services of the largest size stay below it.
pub const BROAD_FOREIGN_V4_PREFIX: u8 = 8;
/// The same of IPv6.
pub const BROAD_FOREIGN_V6_PREFIX: u8 = 16;

/// Questions of one survey: a backstop behind the lookup's own bound.
pub const SURVEY_QUESTIONS: usize = 1000;
/// Questions asked ahead of one evaluation.
pub const PREFETCH_QUESTIONS: usize = 64;
/// Nodes of a survey's tree. A hostile record can reach the same few names millions of times.
pub const TREE_NODES: usize = 1000;
/// Depth of a survey's tree.
pub const TREE_DEPTH: usize = 32;

/// Networks that may stand in for one term of a proposed record.
pub const PROPOSED_NETWORKS: usize = 48;
/// Octets of a record of the domain's own that a proposal adds: its name and it fit every answer, §3.4.
pub const OWN_RECORD_OCTETS: usize = 400;
/// Addresses at which a proposed record is compared with the one it replaces.
pub const PROOF_ADDRESSES: usize = 4000;

/// The limits of one evaluation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Terms that cost a lookup: 10 in §4.6.4.
    pub lookups: usize,
    /// Lookups that find nothing: 2 in §4.6.4.
    pub void: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { lookups: LOOKUP_TERMS, void: VOID_LOOKUPS }
    }
}

impl Limits {
    /// For comparing what two records mean, whether or not a receiver would follow them to the end.
    pub const LIFTED: Limits = Limits { lookups: usize::MAX, void: usize::MAX };
}
