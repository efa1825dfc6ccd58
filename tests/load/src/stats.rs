//! What many measurements come to.

use std::time::Duration;

/// Measurements of one thing, in order of size once they are looked at.
#[derive(Debug, Clone, Default)]
pub(crate) struct Samples(Vec<f64>);

impl Samples {
    pub(crate) fn add(&mut self, value: f64) {
        self.0.push(value);
    }

    pub(crate) const fn count(&self) -> usize {
        self.0.len()
    }

    /// The smallest value that at least `percent` of a hundred do not exceed (nearest rank), or 0 of none at all.
    pub(crate) fn percentile(&self, percent: f64) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a rank is a small whole number"
        )]
        let rank = (percent / 100.0 * sorted.len() as f64).ceil() as usize;
        sorted.get(rank.max(1) - 1).copied().unwrap_or_default()
    }

    pub(crate) fn median(&self) -> f64 {
        self.percentile(50.0)
    }

    /// The mean, or 0 of none at all.
    pub(crate) fn mean(&self) -> f64 {
        self.0.iter().sum::<f64>() / number(self.0.len().max(1))
    }

    pub(crate) fn max(&self) -> f64 {
        self.percentile(100.0)
    }
}

impl FromIterator<f64> for Samples {
    fn from_iter<I: IntoIterator<Item = f64>>(values: I) -> Self {
        Self(values.into_iter().collect())
    }
}

pub(crate) fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// A count as a number one can divide by.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts here stay far under 2^52"
)]
pub(crate) const fn number(count: usize) -> f64 {
    count as f64
}

/// The same for bytes.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts here stay far under 2^52"
)]
pub(crate) const fn bytes(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is(value: f64, expected: f64) {
        assert!((value - expected).abs() < 1e-9, "{value}");
    }

    #[test]
    fn percentiles_are_values_that_were_measured() {
        let samples: Samples = (1..=200).rev().map(f64::from).collect();
        is(samples.percentile(50.0), 100.0);
        is(samples.percentile(99.0), 198.0);
        is(samples.max(), 200.0);
    }

    #[test]
    fn few_samples_have_percentiles_too() {
        let samples: Samples = [3.0, 1.0, 2.0].into_iter().collect();
        is(samples.median(), 2.0);
        is(samples.percentile(99.0), 3.0);
        is(samples.percentile(0.0), 1.0);
        is(samples.mean(), 2.0);
        is(Samples::default().median(), 0.0);
        is(Samples::default().mean(), 0.0);
    }
}
