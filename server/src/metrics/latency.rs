//! A histogram of durations in atomic counters. That of the library takes a lock for every value.

use std::array::from_fn;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use prometheus_client::encoding::{EncodeMetric, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::{MetricType, TypedMetric};

/// The upper bounds of the buckets, in microseconds. The last bucket has none.
const BOUNDS_US: [u64; 12] =
    [100, 500, 1_000, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 5_000_000];

/// How long something took, each time. Clones are one histogram.
#[derive(Clone, Debug, Default)]
pub(super) struct Latency(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    buckets: [AtomicU64; BOUNDS_US.len() + 1],
    sum_ns: AtomicU64,
}

impl Latency {
    /// Counts one duration.
    pub(super) fn observe(&self, took: Duration) {
        let bucket = BOUNDS_US.iter().position(|bound| took <= Duration::from_micros(*bound));
        self.0.buckets[bucket.unwrap_or(BOUNDS_US.len())].fetch_add(1, Ordering::Relaxed);
        self.0.sum_ns.fetch_add(took.as_nanos() as u64, Ordering::Relaxed);
    }
}

impl EncodeMetric for Latency {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> Result<(), fmt::Error> {
        let bound = |index: usize| BOUNDS_US.get(index).map_or(f64::MAX, |us| Duration::from_micros(*us).as_secs_f64());
        let buckets: [(f64, u64); BOUNDS_US.len() + 1] =
            from_fn(|index| (bound(index), self.0.buckets[index].load(Ordering::Relaxed)));
        let count = buckets.iter().map(|(_, count)| count).sum();
        let sum = Duration::from_nanos(self.0.sum_ns.load(Ordering::Relaxed)).as_secs_f64();
        encoder.encode_histogram::<NoLabelSet>(sum, count, &buckets, None)
    }

    fn metric_type(&self) -> MetricType {
        Self::TYPE
    }
}

impl TypedMetric for Latency {
    const TYPE: MetricType = MetricType::Histogram;
}

#[cfg(test)]
mod tests {
    use prometheus_client::encoding::text::encode;
    use prometheus_client::registry::Registry;

    use super::*;

    #[test]
    fn a_duration_counts_in_its_bucket_and_in_all_larger_ones() {
        let latency = Latency::default();
        for ms in [3, 700, 60_000] {
            latency.observe(Duration::from_millis(ms));
        }
        let mut registry = Registry::default();
        registry.register("took", "How long", latency);
        let mut text = String::new();
        encode(&mut text, &registry).unwrap();
        for line in [
            "took_bucket{le=\"0.001\"} 0\n",
            "took_bucket{le=\"0.005\"} 1\n",
            "took_bucket{le=\"0.5\"} 1\n",
            "took_bucket{le=\"1.0\"} 2\n",
            "took_bucket{le=\"+Inf\"} 3\n",
            "took_count 3\n",
            "took_sum 60.703\n",
        ] {
            assert!(text.contains(line), "{line}{text}");
        }
    }
}
