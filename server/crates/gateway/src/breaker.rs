//! The circuit between a route and one upstream: after so many failures in a row it opens, and requests are refused at
//! once instead of each waiting for its time-out. Then one request may try.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// A circuit breaker. While all is well it costs one atomic read.
#[derive(Debug)]
pub(crate) struct Breaker {
    threshold: u32,
    open_for: Duration,
    failures: AtomicU32,
    open: Mutex<Open>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Open {
    until: Option<Instant>,
    /// When the request began that tries.
    trial: Option<Instant>,
}

/// A request that may go. Say how it ended; dropped without a word (the client left), it counts for nothing.
#[derive(Debug)]
pub(crate) struct CircuitPermit<'a> {
    breaker: &'a Breaker,
    is_trial: bool,
}

impl Breaker {
    pub(crate) fn new(threshold: u32, open_for: Duration) -> Self {
        Self { threshold, open_for, failures: AtomicU32::new(0), open: Mutex::default() }
    }

    /// A permit, or how long there will be none.
    pub(crate) fn permit(&self, now: Instant) -> Result<CircuitPermit<'_>, Duration> {
        if self.failures.load(Ordering::Relaxed) < self.threshold {
            return Ok(CircuitPermit { breaker: self, is_trial: false });
        }
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        match open.until {
            Some(until) if until > now => Err(until - now),
            // A trial with a slow client, or a long body, says nothing for a while. Others do not wait for it longer than
            // the circuit stays open.
            _ if open.trial.is_some_and(|began| now < began + self.open_for) => Err(self.open_for),
            _ => {
                open.trial = Some(now);
                Ok(CircuitPermit { breaker: self, is_trial: true })
            }
        }
    }

    /// Whether requests are refused at once.
    pub(crate) fn is_open(&self) -> bool {
        self.failures.load(Ordering::Relaxed) >= self.threshold
    }

    fn set(&self, change: impl FnOnce(&mut Open)) {
        change(&mut self.open.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl CircuitPermit<'_> {
    /// Notes that the upstream answered, which closes the circuit again.
    pub(crate) fn succeeded(mut self) {
        // Read first: a write for each request would move the line between cores.
        if self.breaker.failures.load(Ordering::Relaxed) > 0 {
            self.breaker.failures.store(0, Ordering::Relaxed);
            self.breaker.set(|open| *open = Open::default());
        }
        self.is_trial = false;
    }

    /// The upstream did not answer. Whether that opened the circuit.
    pub(crate) fn failed(mut self, now: Instant) -> bool {
        let failures = self.breaker.failures.fetch_add(1, Ordering::Relaxed).saturating_add(1);
        let opens = failures >= self.breaker.threshold;
        if opens {
            let until = Some(now + self.breaker.open_for);
            self.breaker.set(|open| *open = Open { until, trial: None });
        }
        self.is_trial = false;
        opens
    }
}

impl Drop for CircuitPermit<'_> {
    fn drop(&mut self) {
        if self.is_trial {
            self.breaker.set(|open| open.trial = None);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn opened(now: Instant) -> Breaker {
        let breaker = Breaker::new(3, SECOND);
        for round in 1..=3 {
            assert_eq!(breaker.permit(now).unwrap().failed(now), round == 3);
        }
        breaker
    }

    #[test]
    fn failures_in_a_row_open_it_and_a_success_between_them_does_not() {
        let (now, breaker) = (Instant::now(), Breaker::new(3, SECOND));
        for _ in 0..5 {
            breaker.permit(now).unwrap().failed(now);
            breaker.permit(now).unwrap().failed(now);
            breaker.permit(now).unwrap().succeeded();
        }
        assert!(breaker.permit(now).is_ok());
        assert_eq!(opened(now).permit(now + SECOND / 4).unwrap_err(), SECOND * 3 / 4);
    }

    #[test]
    fn one_request_tries_and_decides_for_all() {
        let now = Instant::now();
        let breaker = opened(now);
        let later = now + SECOND;
        let trial = breaker.permit(later).unwrap();
        assert!(breaker.permit(later).is_err(), "one at a time");
        trial.failed(later);
        assert!(breaker.permit(later).is_err(), "open again");
        breaker.permit(later + SECOND).unwrap().succeeded();
        assert!(breaker.permit(later + SECOND).is_ok() && breaker.permit(later + SECOND).is_ok());
    }

    #[test]
    fn a_trial_that_lasts_keeps_nobody_waiting() {
        let now = Instant::now();
        let breaker = opened(now);
        let slow = breaker.permit(now + SECOND).unwrap();
        assert!(breaker.permit(now + SECOND * 3 / 2).is_err());
        breaker.permit(now + SECOND * 2).unwrap().succeeded();
        assert!(breaker.permit(now + SECOND * 2).is_ok());
        drop(slow);
        assert!(breaker.permit(now + SECOND * 2).is_ok());
    }

    #[test]
    fn a_trial_whose_client_left_lets_the_next_one_try() {
        let now = Instant::now();
        let breaker = opened(now);
        drop(breaker.permit(now + SECOND).unwrap());
        assert!(breaker.permit(now + SECOND).is_ok());
    }
}
