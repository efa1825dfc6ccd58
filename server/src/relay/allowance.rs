//! What one connection may still ask: a purse that fills by itself.

use std::time::Instant;

use super::Limits;

/// Counted in millionths, so that a microsecond of filling is a whole number.
const WHOLE: u64 = 1_000_000;

#[derive(Debug)]
pub(super) struct Allowance {
    left: u64,
    most: u64,
    per_second: u64,
    since: Instant,
}

impl Allowance {
    pub(super) fn new(limits: &Limits, now: Instant) -> Self {
        let most = u64::from(limits.burst) * WHOLE;
        Self {
            left: most,
            most,
            per_second: u64::from(limits.per_second),
            since: now,
        }
    }

    /// Takes for this many changes; `false` when that is more than there is.
    pub(super) fn take(&mut self, changes: usize, now: Instant) -> bool {
        let passed = now.saturating_duration_since(self.since).as_micros();
        self.since = now;
        let filled = u64::try_from(passed)
            .unwrap_or(u64::MAX)
            .saturating_mul(self.per_second);
        self.left = self.left.saturating_add(filled).min(self.most);
        let asked = u64::try_from(changes)
            .unwrap_or(u64::MAX)
            .saturating_mul(WHOLE);
        let is_enough = asked <= self.left;
        self.left = self.left.saturating_sub(asked);
        is_enough
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::clock::stopwatch;

    #[test]
    fn it_is_spent_at_once_and_fills_slowly() {
        let limits = Limits {
            burst: 10,
            per_second: 2,
            ..Limits::default()
        };
        let begin = stopwatch();
        let mut allowance = Allowance::new(&limits, begin);
        assert!(allowance.take(7, begin));
        assert!(allowance.take(3, begin));
        assert!(!allowance.take(1, begin));

        let later = begin + Duration::from_millis(1_500);
        assert!(allowance.take(3, later));
        assert!(!allowance.take(1, later));

        let much_later = later + Duration::from_hours(24);
        assert!(allowance.take(10, much_later));
        assert!(!allowance.take(1, much_later));
    }
}
