//! Where numbers get their names.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

use super::Kinds;

pub(super) struct Book(Registry);

impl Book {
    pub(super) fn open() -> Self {
        let mut registry = Registry::with_prefix("kruispunt");
        let version = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
        registry.register("build", "Which program this is", version);
        Self(registry)
    }

    pub(super) fn counter(&mut self, name: &str, help: &str) -> Counter {
        let counter = Counter::default();
        self.0.register(name, help, counter.clone());
        counter
    }

    pub(super) fn kinds(&mut self, name: &str, help: &str) -> Kinds {
        let kinds = Kinds::default();
        self.0.register(name, help, kinds.clone());
        kinds
    }

    pub(super) fn bytes(&mut self, name: &str, help: &str) -> Kinds {
        let kinds = Kinds::default();
        self.0
            .register_with_unit(name, help, Unit::Bytes, kinds.clone());
        kinds
    }

    /// From a quarter of a millisecond to eight seconds.
    pub(super) fn seconds(&mut self, name: &str, help: &str) -> Histogram {
        let histogram = Histogram::new(exponential_buckets(0.000_25, 2.0, 16));
        self.0
            .register_with_unit(name, help, Unit::Seconds, histogram.clone());
        histogram
    }

    /// From one to two thousand.
    pub(super) fn counts(&mut self, name: &str, help: &str) -> Histogram {
        let histogram = Histogram::new(exponential_buckets(1.0, 2.0, 12));
        self.0.register(name, help, histogram.clone());
        histogram
    }

    pub(super) fn gauge(&mut self, name: &str, help: &str) -> Gauge {
        let gauge = Gauge::default();
        self.0.register(name, help, gauge.clone());
        gauge
    }

    pub(super) fn gauge_of_bytes(&mut self, name: &str, help: &str) -> Gauge {
        let gauge = Gauge::default();
        self.0
            .register_with_unit(name, help, Unit::Bytes, gauge.clone());
        gauge
    }

    pub(super) fn close(&mut self) -> Registry {
        std::mem::take(&mut self.0)
    }
}
