//! What somebody may still ask: a purse that fills by itself.

use std::time::Instant;

use crate::relay::Rate;

/// Counted in millionths, so that a microsecond of filling is a whole number.
const WHOLE: u64 = 1_000_000;

#[derive(Debug)]
pub(crate) struct Allowance {
    left: u64,
    most: u64,
    per_second: u64,
    since: Instant,
}

impl Allowance {
    pub(crate) fn new(rate: Rate, now: Instant) -> Self {
        let most = u64::from(rate.burst) * WHOLE;
        Self {
            left: most,
            most,
            per_second: u64::from(rate.per_second),
            since: now,
        }
    }

    fn fill(&mut self, now: Instant) {
        let passed = now.saturating_duration_since(self.since).as_micros();
        self.since = now;
        let filled = u64::try_from(passed)
            .unwrap_or(u64::MAX)
            .saturating_mul(self.per_second);
        self.left = self.left.saturating_add(filled).min(self.most);
    }

    /// Takes for so many; takes nothing and answers `false` when that is more than there is.
    pub(crate) fn take(&mut self, count: usize, now: Instant) -> bool {
        self.fill(now);
        let asked = u64::try_from(count)
            .unwrap_or(u64::MAX)
            .saturating_mul(WHOLE);
        let is_enough = asked <= self.left;
        if is_enough {
            self.left -= asked;
        }
        is_enough
    }

    /// In how many seconds there will be enough for so many; 0 when there is.
    pub(crate) fn enough_in(&mut self, count: usize, now: Instant) -> u64 {
        self.fill(now);
        let asked = u64::try_from(count)
            .unwrap_or(u64::MAX)
            .saturating_mul(WHOLE);
        let lacks = asked.saturating_sub(self.left);
        lacks.div_ceil(WHOLE * self.per_second.max(1))
    }

    /// Whether nothing was taken from it for so long that it is as new.
    pub(crate) fn is_full(&mut self, now: Instant) -> bool {
        self.fill(now);
        self.left == self.most
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::clock::stopwatch;

    #[test]
    fn it_is_spent_at_once_and_fills_slowly() {
        let rate = Rate {
            burst: 10,
            per_second: 2,
        };
        let begin = stopwatch();
        let mut allowance = Allowance::new(rate, begin);
        assert!(allowance.is_full(begin));
        assert!(allowance.take(7, begin));
        assert!(!allowance.take(4, begin));
        assert!(allowance.take(3, begin));
        assert!(!allowance.take(1, begin));
        assert_eq!(allowance.enough_in(1, begin), 1);
        assert_eq!(allowance.enough_in(5, begin), 3);

        let later = begin + Duration::from_millis(1_500);
        assert!(allowance.take(3, later));
        assert!(!allowance.take(1, later));

        let much_later = later + Duration::from_hours(24);
        assert!(allowance.is_full(much_later));
        assert_eq!(allowance.enough_in(10, much_later), 0);
        assert!(allowance.take(10, much_later));
        assert!(!allowance.take(1, much_later));
    }
}
