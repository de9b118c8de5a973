//! How many per stretch of time, in few numbers however long the log.

use super::clock::Seconds;

/// How many stretches a timeline has.
pub const STRETCHES: usize = 64;

/// Counts by time.
pub type Counts = [u64; STRETCHES];

/// The stretches that all counts share. They double in length as the log grows.
#[derive(Clone, Copy, Debug)]
pub struct Timeline {
    origin: Seconds,
    length: Seconds,
}

/// What [`Timeline::reach`] did to the stretches; all counts have to follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubled {
    /// The counts move into the first half.
    Later,
    /// The counts move into the second half.
    Earlier,
}

impl Timeline {
    pub fn starting(at: Seconds) -> Self {
        const FIRST_LENGTH: Seconds = 60;
        Timeline { origin: at - at.rem_euclid(FIRST_LENGTH), length: FIRST_LENGTH }
    }

    fn end(&self) -> Seconds {
        self.origin + self.length * STRETCHES as Seconds
    }

    /// One step towards stretches that reach `time`; `None` where they do.
    pub fn reach(&mut self, time: Seconds) -> Option<Doubled> {
        let doubled = match time {
            _ if time >= self.end() => Doubled::Later,
            _ if time < self.origin => {
                self.origin -= self.length * STRETCHES as Seconds;
                Doubled::Earlier
            }
            _ => return None,
        };
        self.length *= 2;
        Some(doubled)
    }

    /// The stretch of a time that it reaches.
    pub fn stretch(&self, time: Seconds) -> usize {
        ((time - self.origin) / self.length) as usize
    }
}

impl Doubled {
    pub fn follow(self, counts: &mut Counts) {
        let mut doubled = [0; STRETCHES];
        let start = if self == Doubled::Earlier { STRETCHES / 2 } else { 0 };
        for (index, pair) in counts.chunks(2).enumerate() {
            doubled[start + index] = pair.iter().sum();
        }
        *counts = doubled;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_lost_when_a_timeline_grows_both_ways() {
        let mut timeline = Timeline::starting(1_000_000);
        let mut counts: Counts = [0; STRETCHES];
        let times = [1_000_000, 1_000_050, 5_000_000, 10, 5_000_001];
        for time in times {
            while let Some(doubled) = timeline.reach(time) {
                doubled.follow(&mut counts);
            }
            counts[timeline.stretch(time)] += 1;
        }
        assert_eq!(counts.iter().sum::<u64>(), times.len() as u64);
        assert_eq!(counts[timeline.stretch(5_000_000)], 2);
        assert_eq!(counts[timeline.stretch(10)], 1);
    }
}
