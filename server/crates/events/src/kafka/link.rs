//! What is known of the connection to the brokers. librdkafka retries forever and reports little; what it reports goes through
//! here and becomes one log line per change, a metric, and a sentence that says what to do.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use tokio::sync::Notify;

/// How long a missing right is not reported again.
const REPORT_INTERVAL: Duration = Duration::from_mins(1);
/// So many different ones are remembered.
const MAX_DENIED: usize = 64;

/// What is wrong with the connection, and what librdkafka said of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// Nobody answers.
    #[error("no broker can be reached: {0}")]
    Unreachable(String),
    /// Name or password.
    #[error("the broker refuses `kafka.username` or `kafka.password`: {0}")]
    Login(String),
    /// TLS, most often the authority.
    #[error("TLS with the broker fails; look at `kafka.ca_file` and the names in `kafka.brokers`: {0}")]
    Tls(String),
    /// The listener speaks something else.
    #[error("the broker's listener wants another `kafka.security`: {0}")]
    Protocol(String),
}

impl LinkError {
    /// Its label in metrics.
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Unreachable(_) => "unreachable",
            Self::Login(_) => "login",
            Self::Tls(_) => "tls",
            Self::Protocol(_) => "protocol",
        }
    }

    /// What an error of librdkafka's tells about the connection; `None` when it is about something else.
    fn of(error: &KafkaError, reason: &str) -> Option<Self> {
        use RDKafkaErrorCode as Code;
        let reason_text = || reason.to_owned();
        match error.rdkafka_error_code()? {
            Code::Authentication | Code::SaslAuthenticationFailed | Code::UnsupportedSASLMechanism => {
                Some(Self::Login(reason_text()))
            }
            Code::SSL => Some(Self::Tls(reason_text())),
            Code::BrokerTransportFailure if is_of_another_protocol(reason) => {
                Some(Self::Protocol(reason_text()))
            }
            Code::BrokerTransportFailure | Code::AllBrokersDown | Code::Resolve => {
                Some(Self::Unreachable(reason_text()))
            }
            _ => None,
        }
    }

    /// What a line of librdkafka's log about one broker tells. The error of its own that says the same may come later.
    fn of_log(message: String) -> Self {
        if is_of_another_protocol(&message) {
            Self::Protocol(message)
        } else if message.contains("SSL routines") {
            Self::Tls(message)
        } else if message.contains("SASL authentication error") {
            Self::Login(message)
        } else {
            Self::Unreachable(message)
        }
    }
}

/// How it is now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum LinkState {
    /// Nothing is known yet.
    #[default]
    Untried,
    /// A broker answers.
    Up,
    /// None does.
    Down(LinkError),
}

impl fmt::Display for LinkState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Untried => f.write_str("not connected yet"),
            Self::Up => f.write_str("connected"),
            Self::Down(problem) => write!(f, "away, events wait in the outbox: {problem}"),
        }
    }
}

#[derive(Debug, Default)]
struct Known {
    state: LinkState,
    /// The last that was said of one broker: `AllBrokersDown` itself gives no reason.
    last: Option<LinkError>,
    /// What we may not do, and when that was told.
    denied: HashMap<String, Instant>,
}

/// What is known of the connection. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Link {
    known: Arc<Mutex<Known>>,
    changed: Arc<Notify>,
}

impl Link {
    /// How it is now.
    pub fn state(&self) -> LinkState {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).state.clone()
    }

    /// The problem that will not go away by itself, as soon as one is known: a refused password, a wrong authority.
    pub(super) async fn lasting_error(&self) -> LinkError {
        loop {
            let changed = self.changed.notified();
            if let LinkState::Down(problem) = self.state()
                && !matches!(problem, LinkError::Unreachable(_))
            {
                return problem;
            }
            changed.await;
        }
    }

    /// An error that librdkafka told.
    pub(super) fn report(&self, error: &KafkaError, reason: &str) {
        let Some(problem) = LinkError::of(error, reason) else {
            if is_denied(error) {
                // As the broker says it to an idempotent producer.
                let nowhere = reason.contains("idempotence PID");
                self.denied(if nowhere { "no right to write to any topic" } else { reason });
            } else {
                metrics::counter!("daemun_events_broker_errors_total", "reason" => "other").increment(1);
                let error = error as &dyn std::error::Error;
                tracing::warn!(error, reason, "the broker refused a request");
            }
            return;
        };
        metrics::counter!("daemun_events_broker_errors_total", "reason" => problem.label()).increment(1);
        let all_down = error.rdkafka_error_code() == Some(RDKafkaErrorCode::AllBrokersDown);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        // One unreachable broker does not matter as long as another can be reached.
        let problem = match problem {
            LinkError::Unreachable(_) if !all_down => {
                known.last.get_or_insert(problem);
                return;
            }
            LinkError::Unreachable(_) => known.last.clone().unwrap_or(problem),
            other => {
                known.last = Some(other.clone());
                other
            }
        };
        if let LinkState::Down(before) = &known.state
            && (before.label() == problem.label() || matches!(problem, LinkError::Unreachable(_)))
        {
            return;
        }
        metrics::gauge!("daemun_events_broker_up").set(0.0);
        tracing::error!(event = "broker_down", reason = %problem, "Kafka is away: events wait in the outbox");
        known.state = LinkState::Down(problem);
        drop(known);
        self.changed.notify_waiters();
    }

    /// The brokers know us, and we lack a right. That recurs with every attempt, and is reported once a minute.
    pub(super) fn denied(&self, what: &str) {
        metrics::counter!("daemun_events_broker_errors_total", "reason" => "access").increment(1);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.denied.retain(|_, told| told.elapsed() < REPORT_INTERVAL);
        if known.denied.len() < MAX_DENIED && !known.denied.contains_key(what) {
            known.denied.insert(what.to_owned(), Instant::now());
            tracing::error!(
                event = "broker_access",
                reason = what,
                "the broker denied access: `daemun check` says which rights are missing"
            );
        }
    }

    /// What librdkafka wrote into its log about one broker: the reason of an `AllBrokersDown` that follows is only there.
    pub(super) fn heard(&self, message: &str) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if !matches!(known.last, Some(LinkError::Login(_) | LinkError::Tls(_))) {
            known.last = Some(LinkError::of_log(message.to_owned()));
        }
    }

    /// Notes that a broker answers: the link is up.
    pub(super) fn up(&self) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.state == LinkState::Up {
            return;
        }
        metrics::gauge!("daemun_events_broker_up").set(1.0);
        tracing::info!(event = "broker_up", "Kafka answers");
        known.state = LinkState::Up;
        known.last = None;
    }
}

/// Whether a listener closed the connection at once, or librdkafka itself suspects the protocol.
fn is_of_another_protocol(reason: &str) -> bool {
    reason.contains("security.protocol") || reason.contains("APIVERSION_QUERY")
}

/// Whether it is a right that is missing.
pub(super) const fn denies(code: RDKafkaErrorCode) -> bool {
    use RDKafkaErrorCode as Code;
    matches!(
        code,
        Code::TopicAuthorizationFailed | Code::GroupAuthorizationFailed | Code::ClusterAuthorizationFailed
    )
}

/// The same of an error.
pub(super) fn is_denied(error: &KafkaError) -> bool {
    error.rdkafka_error_code().is_some_and(denies)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(link: &Link, code: RDKafkaErrorCode, reason: &str) -> LinkState {
        link.report(&KafkaError::Global(code), reason);
        link.state()
    }

    #[test]
    fn one_broker_that_is_away_is_no_outage_and_all_are_one_with_its_reason() {
        let link = Link::default();
        let refused = "127.0.0.1:1/bootstrap: Connect failed: Connection refused";
        assert_eq!(told(&link, RDKafkaErrorCode::BrokerTransportFailure, refused), LinkState::Untried);
        let down = LinkState::Down(LinkError::Unreachable(refused.to_owned()));
        assert_eq!(told(&link, RDKafkaErrorCode::AllBrokersDown, "3/3 brokers are down"), down);
        link.up();
        assert_eq!(link.state(), LinkState::Up);
    }

    #[test]
    fn the_reason_of_an_outage_may_be_in_the_log_only() {
        let link = Link::default();
        let reason = "Disconnected: might be caused by incorrect security.protocol configuration";
        link.heard(reason);
        let wrong = LinkState::Down(LinkError::Protocol(reason.to_owned()));
        assert_eq!(told(&link, RDKafkaErrorCode::AllBrokersDown, "1/1 brokers are down"), wrong);
    }

    #[test]
    fn s_evt_6_an_outage_has_its_name_before_the_error_that_names_it() {
        let authority =
            "error:0A000086:SSL routines::certificate verify failed (after 4ms in state SSL_HANDSHAKE)";
        let password = "SASL authentication error: Authentication failed (after 5ms in state AUTH_REQ)";
        for (reason, label) in
            [(authority, "tls"), (password, "login"), ("Connection refused", "unreachable")]
        {
            let link = Link::default();
            link.heard(reason);
            let LinkState::Down(problem) =
                told(&link, RDKafkaErrorCode::AllBrokersDown, "1/1 brokers are down")
            else {
                panic!("{reason}")
            };
            assert_eq!(problem.label(), label, "{problem}");
        }
    }

    #[test]
    fn a_named_fault_is_not_hidden_by_what_follows_from_it() {
        let link = Link::default();
        let login = LinkState::Down(LinkError::Login("SASL authentication error".to_owned()));
        assert_eq!(told(&link, RDKafkaErrorCode::Authentication, "SASL authentication error"), login);
        assert_eq!(told(&link, RDKafkaErrorCode::AllBrokersDown, "1/1 brokers are down"), login);
        let tls = told(&link, RDKafkaErrorCode::SSL, "certificate verify failed");
        assert_eq!(tls, LinkState::Down(LinkError::Tls("certificate verify failed".to_owned())));
    }
}
