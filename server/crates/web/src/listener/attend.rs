//! The time of one connection: until its first request, between two requests, while the client does not read an answer, and
//! when the program ends.
//!
//! One timer for all of it. hyper's own starts once it knows the protocol, is created again for each request, and does not
//! exist for HTTP/2 (S-RATE-6).

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::connection::{Connection, Requests};
use super::connection_limits::ConnectionLimits;
use super::traffic::Traffic;

/// How long a client may still send after it was told that the connection ends.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);
/// How long hyper keeps an idle connection.
const IDLE_TIMEOUT: Duration = Duration::from_secs(1);

/// What to do about a connection.
enum Decision {
    /// Look again at this time.
    Wait(Instant),
    /// Take it from hyper until the next request.
    TakeBack,
    /// Tell the client that no more requests are taken.
    Part,
    /// End it.
    Cut(&'static str),
}

/// The times of a connection.
struct Times {
    idle: Duration,
    write: Duration,
    parting: Duration,
    held_idle: Duration,
    /// When the client was told that the connection ends.
    parted_at: Option<Instant>,
    /// When the connection ends even if requests are in flight.
    ends_at: Option<Instant>,
}

impl Times {
    fn new(limits: &ConnectionLimits) -> Self {
        Self {
            idle: limits.header_time,
            write: limits.write_time,
            parting: CLOSE_TIMEOUT.min(limits.header_time),
            held_idle: IDLE_TIMEOUT.min(limits.header_time / 4),
            parted_at: None,
            ends_at: None,
        }
    }

    /// What to do now. `held` is whether the connection could be taken from hyper.
    fn judge(&self, traffic: &Traffic, held: bool, now: Instant) -> Decision {
        if self.ends_at.is_some_and(|at| now >= at) {
            return Decision::Cut("a request was still in flight at the end");
        }
        let next = match (traffic.idle_since(), traffic.stalled_since()) {
            (None, Some(since)) if now >= since + self.write => {
                return Decision::Cut("the client does not take its answer");
            }
            (None, _) => now + self.look_every(),
            (Some(_), _) if traffic.is_lingering() && self.parted_at.is_none() => now + self.idle,
            (Some(since), _) => {
                let ends_at = match self.parted_at {
                    Some(parted_at) => since.max(parted_at) + self.parting,
                    None => since + self.idle,
                };
                if now < ends_at {
                    let may_rest = held && self.parted_at.is_none() && traffic.may_rest();
                    if may_rest && now >= since + self.held_idle {
                        return Decision::TakeBack;
                    }
                    ends_at
                } else if self.parted_at.is_none() && traffic.is_http2() {
                    return Decision::Part;
                } else {
                    return Decision::Cut("the client has nothing to ask");
                }
            }
        };
        // Nothing signals that a connection becomes idle, so one that hyper has is looked at again and again.
        let next = if held && self.parted_at.is_none() { next.min(now + self.held_idle) } else { next };
        Decision::Wait(self.ends_at.map_or(next, |at| at.min(next)))
    }

    /// Nothing signals the end of a request in flight, so we poll.
    fn look_every(&self) -> Duration {
        let usual = self.idle.min(self.write);
        if self.parted_at.is_some() { usual.min(self.parting) } else { usual }
    }
}

/// Sees a connection to its end. When `end` is cancelled it takes no more requests, and those in flight have
/// `drain_time`.
///
/// Not an `async fn`, whose future has room for the connection twice: as an argument and as a variable.
pub(super) fn attend<S: Requests>(
    mut connection: Connection<S>,
    traffic: Arc<Traffic>,
    limits: &ConnectionLimits,
    end: CancellationToken,
) -> impl Future<Output = ()> + Send + use<S> {
    let (mut times, drain_time) = (Times::new(limits), limits.drain_time);
    async move {
        let mut ended = pin!(end.cancelled());
        let mut alarm = pin!(sleep_until(Instant::now() + times.idle));
        let closed = poll_fn(|context| {
            loop {
                let was_held = connection.is_held();
                if let Poll::Ready(closed) = connection.poll(context) {
                    return Poll::Ready(closed);
                }
                if traffic.is_flooded() {
                    return Poll::Ready(Err("the client calls off what it asks for".into()));
                }
                if times.ends_at.is_none() && ended.as_mut().poll(context).is_ready() {
                    let now = Instant::now();
                    times.ends_at = Some(now + drain_time);
                    times.parted_at = Some(now);
                    alarm.as_mut().reset(now);
                    connection.ends();
                    continue;
                }
                if connection.is_held() && !was_held {
                    let look_at = Instant::now() + times.held_idle;
                    alarm.as_mut().reset(look_at);
                }
                if alarm.as_mut().poll(context).is_pending() {
                    return Poll::Pending;
                }
                let now = Instant::now();
                match times.judge(&traffic, connection.is_held(), now) {
                    Decision::Wait(next) => alarm.as_mut().reset(next),
                    Decision::TakeBack => {
                        if let Poll::Ready(closed) = connection.take_back(context) {
                            return Poll::Ready(closed);
                        }
                        alarm.as_mut().reset(now + times.held_idle);
                    }
                    Decision::Cut(why) => return Poll::Ready(Err(why.into())),
                    Decision::Part => {
                        times.parted_at = Some(now);
                        alarm.as_mut().reset(now + times.parting);
                        connection.ends();
                    }
                }
            }
        })
        .await;
        if let Err(error) = closed {
            tracing::debug!(%error, "a connection ended early");
        }
    }
}
