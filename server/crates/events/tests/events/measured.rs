//! What the metrics say, in this process: threads of librdkafka tell theirs too.

use std::sync::OnceLock;

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

static RECORDER: OnceLock<PrometheusHandle> = OnceLock::new();

/// Begins to write down what is told, if that was not begun.
pub fn begin() -> &'static PrometheusHandle {
    RECORDER.get_or_init(|| PrometheusBuilder::new().install_recorder().unwrap())
}

/// The sum of the series of `name` that have all these labels, each as `label="value"`; `None` when there is none.
pub fn sum(name: &str, labels: &[&str]) -> Option<f64> {
    let text = begin().render();
    let mine = text.lines().filter(|line| {
        line.strip_prefix(name).is_some_and(|rest| rest.starts_with(['{', ' ']))
            && labels.iter().all(|label| line.contains(label))
    });
    mine.map(|line| line.rsplit_once(' ').unwrap().1.parse::<f64>().unwrap()).reduce(|sum, more| sum + more)
}
