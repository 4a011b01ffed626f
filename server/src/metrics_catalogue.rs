//! All metrics, with what each counts. A test holds the list against the source, so that none is exposed without a description.

use metrics::{Unit, describe_counter, describe_gauge, describe_histogram};

/// How a metric moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Counter,
    Gauge,
    Histogram,
}

/// Its name ends with its unit, as Prometheus has it; a counter's with `_total`.
struct Metric {
    kind: Kind,
    name: &'static str,
    help: &'static str,
}

const fn metric(kind: Kind, name: &'static str, help: &'static str) -> Metric {
    Metric { kind, name, help }
}

const METRICS: [Metric; 52] = [
    metric(
        Kind::Counter,
        "daemun_answered_requests_total",
        "Requests that were answered and left to be done later, by outcome.",
    ),
    metric(
        Kind::Counter,
        "daemun_authorization_requests_total",
        "Requests of apps to sign somebody in: granted, asked the person, denied by them, or refused.",
    ),
    metric(
        Kind::Counter,
        "daemun_backchannel_logouts_total",
        "Apps that were to be told of an ended session: told, postponed, or given up.",
    ),
    metric(
        Kind::Counter,
        "daemun_background_restarts_total",
        "Times that a task in the background began again, by task.",
    ),
    metric(Kind::Counter, "daemun_cleaned_rows_total", "Expired rows that were deleted, by table."),
    metric(
        Kind::Counter,
        "daemun_cleaner_failures_total",
        "Rounds in which expired rows could not be deleted, by table.",
    ),
    metric(Kind::Histogram, "daemun_cleaner_seconds", "How long one batch of expired rows took, by table."),
    metric(
        Kind::Histogram,
        "daemun_cleaner_statement_seconds",
        "How long one statement that deletes expired rows took, by table.",
    ),
    metric(
        Kind::Counter,
        "daemun_erased_accounts_total",
        "Accounts that were erased when their grace was over.",
    ),
    metric(
        Kind::Gauge,
        "daemun_clock_drift_seconds",
        "How far the clock of this machine is from that of the database.",
    ),
    metric(
        Kind::Counter,
        "daemun_database_repeats_total",
        "Transactions that were done again because the database interrupted them, by reason.",
    ),
    metric(
        Kind::Counter,
        "daemun_erasures_failed_total",
        "Tries to erase an account whose grace was over that failed.",
    ),
    metric(
        Kind::Counter,
        "daemun_events_broker_errors_total",
        "Errors that Kafka's client told, by reason: unreachable, login, tls, protocol, access, other.",
    ),
    metric(Kind::Gauge, "daemun_events_broker_up", "1 while a Kafka broker answers, else 0."),
    metric(
        Kind::Counter,
        "daemun_events_consumed_total",
        "Deliveries of events to a consumer, by consumer, topic and outcome.",
    ),
    metric(
        Kind::Gauge,
        "daemun_events_consumer_lag",
        "Events that a consumer has not dealt with, by bus, consumer and topic.",
    ),
    metric(
        Kind::Gauge,
        "daemun_events_consumer_oldest_seconds",
        "How long the oldest event has waited that a consumer has not dealt with, by bus and consumer.",
    ),
    metric(
        Kind::Gauge,
        "daemun_events_dead_letters",
        "Events that consumers could not deal with and that nobody retried or discarded yet.",
    ),
    metric(
        Kind::Counter,
        "daemun_events_offsets_lost_total",
        "Times that Kafka had deleted events before a consumer read them, by consumer.",
    ),
    metric(
        Kind::Gauge,
        "daemun_events_oldest_unpublished_seconds",
        "How long the oldest event has waited for the bus; 0 when none waits.",
    ),
    metric(Kind::Counter, "daemun_events_published_total", "Events that the bus acknowledged."),
    metric(
        Kind::Counter,
        "daemun_events_rebalances_total",
        "Times that partitions were given to a consumer of this replica, by consumer.",
    ),
    metric(Kind::Counter, "daemun_events_refused_total", "Tries to publish an event that failed."),
    metric(
        Kind::Histogram,
        "daemun_feed_delivery_seconds",
        "From a post to the feeds of its last followers.",
    ),
    metric(
        Kind::Counter,
        "daemun_feed_entries_written_total",
        "Posts that were written into feeds, one for each feed.",
    ),
    metric(
        Kind::Counter,
        "daemun_feed_read_rounds_total",
        "Rounds in which pages of feeds were read; one that is filled up takes more than one.",
    ),
    metric(
        Kind::Gauge,
        "daemun_feed_work_oldest_waiting_seconds",
        "How long work on feeds has waited for its next step; 0 when none waits.",
    ),
    metric(Kind::Gauge, "daemun_gateway_open", "Requests, streams and WebSockets that are open, by route."),
    metric(
        Kind::Counter,
        "daemun_gateway_reloads_total",
        "Times that the gateway's routes were read again, by outcome.",
    ),
    metric(Kind::Counter, "daemun_gateway_requests_total", "Requests at the gateway, by route and status."),
    metric(Kind::Histogram, "daemun_gateway_seconds", "How long requests at the gateway took, by route."),
    metric(
        Kind::Counter,
        "daemun_gateway_upstream_failures_total",
        "Tries at an upstream that failed, by route and reason.",
    ),
    metric(
        Kind::Histogram,
        "daemun_gateway_upstream_seconds",
        "How long upstreams took to the head of their answer, by route.",
    ),
    metric(
        Kind::Gauge,
        "daemun_gateway_upstream_up",
        "1 while an upstream takes requests, else 0, by upstream, and by health and http2 where routes have them.",
    ),
    metric(
        Kind::Histogram,
        "daemun_http_request_seconds",
        "How long requests at our own pages took, by route, method and status.",
    ),
    metric(
        Kind::Counter,
        "daemun_http_requests_total",
        "Requests at our own pages, by route, method and status.",
    ),
    metric(Kind::Counter, "daemun_jobs_total", "Jobs that a worker dealt with, by kind and outcome."),
    metric(
        Kind::Gauge,
        "daemun_leader_leases_held",
        "1 while this replica does for all what one does, else 0, by lease.",
    ),
    metric(
        Kind::Gauge,
        "daemun_mails_oldest_waiting_seconds",
        "How long the oldest mail has waited to be sent; 0 when none waits.",
    ),
    metric(Kind::Counter, "daemun_mails_total", "Mails that a sender dealt with, by kind and outcome."),
    metric(
        Kind::Gauge,
        "daemun_operator_actions",
        "Actions of operators within the last ten minutes, as the audit log says.",
    ),
    metric(Kind::Counter, "daemun_passwords_compared_total", "Passwords that were compared with a hash."),
    metric(
        Kind::Counter,
        "daemun_provider_unlinks_total",
        "Grants that were to be ended at a provider, by provider and outcome.",
    ),
    metric(
        Kind::Counter,
        "daemun_refresh_reuse_total",
        "Refresh tokens that were presented after their successor was used.",
    ),
    metric(
        Kind::Gauge,
        "daemun_replicas",
        "Programs on the database that said so within the last fifteen seconds.",
    ),
    metric(
        Kind::Counter,
        "daemun_security_events_total",
        "Events of the audit log, by kind and outcome; repetitions that share a row count each.",
    ),
    metric(
        Kind::Counter,
        "daemun_session_rotations_total",
        "Refresh tokens of browser sessions that were rotated.",
    ),
    metric(
        Kind::Counter,
        "daemun_token_requests_total",
        "Requests of apps for tokens, by grant and outcome.",
    ),
    metric(Kind::Counter, "daemun_tokens_refused_total", "Access tokens that are none of ours, by reason."),
    metric(
        Kind::Gauge,
        "daemun_webhooks_oldest_waiting_seconds",
        "How long the oldest event has waited for a receiver of webhooks, by receiver; 0 when none waits.",
    ),
    metric(
        Kind::Counter,
        "daemun_webhooks_total",
        "Attempts to send an event to a receiver of webhooks, by receiver, topic and outcome.",
    ),
    metric(
        Kind::Gauge,
        "daemun_webhooks_waiting",
        "Events that wait for a receiver of webhooks, by receiver.",
    ),
];

/// Tells the recorder what each metric counts.
pub fn describe() {
    for Metric { kind, name, help } in METRICS {
        let unit = if name.ends_with("_seconds") { Unit::Seconds } else { Unit::Count };
        match kind {
            Kind::Counter => describe_counter!(name, unit, help),
            Kind::Gauge => describe_gauge!(name, unit, help),
            Kind::Histogram => describe_histogram!(name, unit, help),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    const MACROS: [(&str, Kind); 3] =
        [("counter!(", Kind::Counter), ("gauge!(", Kind::Gauge), ("histogram!(", Kind::Histogram)];

    /// Every name that a source file gives to a metric.
    fn recorded(source: &str, found: &mut BTreeSet<(String, &'static str)>) {
        for (call, kind) in MACROS {
            for (at, _) in source.match_indices(call) {
                let before = source[..at].chars().next_back();
                if before.is_some_and(|c| c.is_alphanumeric() || c == '_') {
                    continue;
                }
                let rest = source[at + call.len()..].trim_start();
                let name = rest.strip_prefix('"').and_then(|rest| rest.split('"').next());
                let name = name.unwrap_or_else(|| panic!("a metric without a literal name: {rest:.60}"));
                found.insert((name.to_owned(), label(kind)));
            }
        }
    }

    const fn label(kind: Kind) -> &'static str {
        match kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
        }
    }

    fn walk(folder: &Path, found: &mut BTreeSet<(String, &'static str)>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                if !["tests", "benches", "target"].iter().any(|skipped| path.ends_with(skipped)) {
                    walk(&path, found);
                }
            } else if path.extension().is_some_and(|e| e == "rs")
                && !path.ends_with("src/metrics_catalogue.rs")
            {
                recorded(&std::fs::read_to_string(path).unwrap(), found);
            }
        }
    }

    #[test]
    fn every_metric_that_is_recorded_is_described_as_what_it_is_and_no_other() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut found = BTreeSet::new();
        walk(&root.join("src"), &mut found);
        walk(&root.join("crates"), &mut found);
        let described: BTreeSet<_> =
            METRICS.iter().map(|metric| (metric.name.to_owned(), label(metric.kind))).collect();
        assert_eq!(found, described);
        assert_eq!(described.len(), METRICS.len(), "each once");
    }

    #[test]
    fn names_say_their_unit_and_every_word_of_help_ends() {
        for Metric { kind, name, help } in METRICS {
            let lower = name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
            assert!(lower && name.starts_with("daemun_"), "{name}");
            assert_eq!(name.ends_with("_total"), kind == Kind::Counter, "{name}");
            assert_eq!(
                name.ends_with("_seconds"),
                kind == Kind::Histogram || help.starts_with("How "),
                "{name}"
            );
            assert!(help.ends_with('.') && !help.contains('\n'), "{name}: {help}");
        }
    }
}
