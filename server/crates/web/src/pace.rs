//! How the body of a request is received, and who is responsible when nothing moves: the client, who does not send, or the
//! handler, which does not read.

use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use http_body::Frame;
use tokio::time::Instant;

/// The time limits of a body. They are looked at only when nothing has moved for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PaceLimits {
    /// How long the client may send nothing while the handler waits for it.
    pub silence: Duration,
    /// How long the other side may take: between two pieces of the body, and from its end to the answer.
    pub answer: Duration,
    /// How long the body may take in all.
    pub total: Duration,
    /// The fewest bytes that the client must have sent for each second beyond `silence`.
    pub slowest: Option<u32>,
}

/// Which side was too slow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Late {
    /// The client, with its body: 408.
    Client,
    /// The handler: 504.
    Answer,
}

/// A body on its way.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    began: Instant,
    moved: Instant,
    received: u64,
    waits_for_client: bool,
}

impl Default for Pace {
    fn default() -> Self {
        Self::begin(Instant::now())
    }
}

impl Pace {
    /// A body that begins to arrive, or a request without one.
    pub const fn begin(now: Instant) -> Self {
        Self { began: now, moved: now, received: 0, waits_for_client: false }
    }

    /// Records the result of polling the body for its next piece.
    pub fn note<E>(&mut self, asked: &Poll<Option<Result<Frame<Bytes>, E>>>) {
        match asked {
            Poll::Pending if self.waits_for_client => {}
            Poll::Pending => {
                self.waits_for_client = true;
                self.moved = Instant::now();
            }
            // Over HTTP/2 a piece may be empty, which is not progress.
            Poll::Ready(Some(Ok(frame))) if frame.data_ref().is_some_and(Bytes::is_empty) => {}
            Poll::Ready(piece) => {
                if let Some(Ok(frame)) = piece {
                    self.received += frame.data_ref().map_or(0, |data| data.len() as u64);
                }
                self.waits_for_client = false;
                self.moved = Instant::now();
            }
        }
    }

    /// When something last moved; after the body, its end.
    pub const fn moved(&self) -> Instant {
        self.moved
    }

    /// How long the client has been silent, if the handler waits for it.
    pub fn client_silent(&self, now: Instant) -> Option<Duration> {
        self.waits_for_client.then(|| now.duration_since(self.moved))
    }

    /// Which requests are late now, or when to look again.
    ///
    /// # Errors
    /// Whose silence it is.
    pub fn look(&self, now: Instant, limits: &PaceLimits) -> Result<Instant, Late> {
        let (ends_at, late) = if self.waits_for_client {
            let whole = self.began + limits.total;
            let silent = (self.moved + limits.silence).min(whole);
            let ends_at =
                limits.slowest.map_or(silent, |slowest| silent.min(self.kept_up_to(limits, slowest)));
            (ends_at, Late::Client)
        } else {
            (self.moved + limits.answer, Late::Answer)
        };
        if now >= ends_at {
            return Err(late);
        }
        // The body may wait for the other side meanwhile, whose limit ends sooner.
        let soonest = now + limits.silence.min(limits.answer);
        let whole = Some(self.began + limits.total).filter(|whole| now < *whole);
        Ok(ends_at.min(soonest).min(whole.unwrap_or(soonest)))
    }

    fn kept_up_to(&self, limits: &PaceLimits, slowest: u32) -> Instant {
        self.began + limits.silence + Duration::from_millis(self.received * 1000 / u64::from(slowest.max(1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const LIMITS: PaceLimits = PaceLimits {
        silence: Duration::from_secs(3),
        answer: SECOND,
        total: Duration::from_mins(1),
        slowest: None,
    };

    type Asked = Poll<Option<Result<Frame<Bytes>, ()>>>;

    fn piece(size: usize) -> Asked {
        Poll::Ready(Some(Ok(Frame::data(Bytes::from(vec![b'x'; size])))))
    }

    /// Waits until a request is late.
    async fn late(pace: &Pace, limits: &PaceLimits) -> Late {
        loop {
            match pace.look(Instant::now(), limits) {
                Ok(next) => tokio::time::sleep_until(next).await,
                Err(late) => return late,
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn silence_is_charged_to_who_is_waited_for() {
        let (began, mut pace) = (Instant::now(), Pace::default());
        pace.note(&Asked::Pending);
        assert_eq!(late(&pace, &LIMITS).await, Late::Client);
        assert_eq!(began.elapsed(), LIMITS.silence);
        pace.note(&piece(1));
        let taken = Instant::now();
        assert_eq!(late(&pace, &LIMITS).await, Late::Answer, "nobody asks for more");
        assert_eq!(taken.elapsed(), LIMITS.answer);
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_stops_is_noticed_though_the_answer_may_take_long() {
        let limits = PaceLimits { answer: Duration::from_mins(30), ..LIMITS };
        let (began, mut pace) = (Instant::now(), Pace::default());
        let first_look = pace.look(began, &limits).unwrap();
        assert!(first_look <= began + limits.silence);
        pace.note(&Asked::Pending);
        assert_eq!(late(&pace, &limits).await, Late::Client);
        assert_eq!(began.elapsed(), limits.silence);
    }

    #[tokio::test(start_paused = true)]
    async fn the_time_to_the_answer_counts_from_the_end_of_the_body() {
        let mut pace = Pace::default();
        for _ in 0..20 {
            pace.note(&Asked::Pending);
            tokio::time::advance(SECOND / 2).await;
            assert!(pace.look(Instant::now(), &LIMITS).is_ok(), "a steady upload");
            pace.note(&piece(1));
        }
        pace.note(&Asked::Ready(None));
        let ended = Instant::now();
        assert_eq!(late(&pace, &LIMITS).await, Late::Answer);
        assert_eq!(ended.elapsed(), LIMITS.answer);
    }

    #[tokio::test(start_paused = true)]
    async fn s_rate_6_a_body_ends_in_any_case() {
        let (began, mut pace) = (Instant::now(), Pace::default());
        while pace.look(Instant::now(), &LIMITS).is_ok() {
            pace.note(&Asked::Pending);
            tokio::time::advance(SECOND).await;
            let before = pace.look(Instant::now(), &LIMITS);
            if before.is_err() {
                break;
            }
            pace.note(&piece(1));
        }
        assert_eq!(began.elapsed(), LIMITS.total);
        let (began, mut pace) = (Instant::now(), Pace::default());
        pace.note(&Asked::Pending);
        while pace.look(Instant::now(), &LIMITS).is_ok() {
            tokio::time::advance(SECOND / 2).await;
            pace.note(&piece(0));
            pace.note(&Asked::Pending);
        }
        assert_eq!(began.elapsed(), LIMITS.silence, "empty pieces are silence");
    }

    #[tokio::test(start_paused = true)]
    async fn s_rate_6_who_sends_a_byte_now_and_then_is_not_steady() {
        let limits = PaceLimits { slowest: Some(500), ..LIMITS };
        for (size, lasts) in [(1, false), (600, true)] {
            let mut pace = Pace::default();
            for _ in 0..5 {
                pace.note(&Asked::Pending);
                tokio::time::advance(SECOND).await;
                if pace.look(Instant::now(), &limits).is_ok() {
                    pace.note(&piece(size));
                }
            }
            pace.note(&Asked::Pending);
            assert_eq!(pace.look(Instant::now(), &limits).is_ok(), lasts, "{size} bytes a second");
        }
    }
}
