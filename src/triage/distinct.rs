//! How many different ones: exact while they are few, then as HyperLogLog (<https://algo.inria.fr/flajolet/Publications/FlFuGaMe07.pdf>)
//! counts them, within 1 % as a rule and in 16 KiB.

use std::collections::HashSet;

/// Counts different values, given by their hashes.
#[derive(Clone, Debug)]
pub enum Distinct {
    Exact(HashSet<u64>),
    Estimated(Box<[u8; REGISTERS]>),
}

const MOST_EXACT: usize = 100_000;
const INDEX_BITS: u32 = 14;
const REGISTERS: usize = 1 << INDEX_BITS;

impl Default for Distinct {
    fn default() -> Self {
        Distinct::Exact(HashSet::new())
    }
}

impl Distinct {
    pub fn add(&mut self, hash: u64) {
        match self {
            Distinct::Exact(seen) => {
                seen.insert(hash);
                if seen.len() > MOST_EXACT {
                    let mut registers = Box::new([0; REGISTERS]);
                    seen.iter().for_each(|hash| register(&mut registers, *hash));
                    *self = Distinct::Estimated(registers);
                }
            }
            Distinct::Estimated(registers) => register(registers, hash),
        }
    }

    pub fn count(&self) -> u64 {
        match self {
            Distinct::Exact(seen) => seen.len() as u64,
            Distinct::Estimated(registers) => estimate(registers),
        }
    }
}

fn register(registers: &mut [u8; REGISTERS], hash: u64) {
    let index = (hash >> (64 - INDEX_BITS)) as usize;
    let rank = ((hash << INDEX_BITS).leading_zeros() + 1).min(64 - INDEX_BITS + 1) as u8;
    registers[index] = registers[index].max(rank);
}

/// The harmonic mean of the registers. Above the exact range the small-range correction does not apply.
fn estimate(registers: &[u8; REGISTERS]) -> u64 {
    let m = REGISTERS as f64;
    let alpha = 0.7213 / (1.0 + 1.079 / m);
    let sum: f64 = registers.iter().map(|rank| 0.5_f64.powi(i32::from(*rank))).sum();
    (alpha * m * m / sum).round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::hash::{BuildHasher, RandomState};

    #[test]
    fn many_are_counted_within_a_few_percent() {
        let hasher = RandomState::new();
        let mut distinct = Distinct::default();
        for round in 0..2 {
            (0..300_000).for_each(|value: u32| distinct.add(hasher.hash_one(value)));
            let off = distinct.count().abs_diff(300_000);
            assert!(off < 15_000, "round {round}: {}", distinct.count());
        }
    }
}
