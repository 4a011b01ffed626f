//! The state of one connection, kept up to date by its requests for the timer that ends it when nothing happens.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicIsize, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::time::Instant;

use super::places::Place;

/// A client that takes less than this in the time that a write may wait is not reading the answer.
const MIN_BYTES: u64 = 1024;
/// How many more requests a client may cancel than were answered. Browsers cancel a page's pictures when a person goes on; a
/// flood cancels everything.
const MAX_CALLED_OFF: isize = 200;

/// The state of a connection. Whatever holds a request or bytes writes it, and the connection's timer reads it.
#[derive(Debug)]
pub(super) struct Traffic {
    began: Instant,
    place: Place,
    /// Requests whose answers are not over.
    requests: AtomicUsize,
    finished_at: AtomicU64,
    /// Pieces of answers that are not yet on the wire.
    pieces: AtomicUsize,
    /// When the client last took at least [`MIN_BYTES`] bytes of them.
    taken_at: AtomicU64,
    /// How many bytes it took since.
    taken: AtomicU64,
    called_off: AtomicIsize,
    http2: AtomicBool,
    /// Bytes came that belong to no answered request.
    unread: AtomicBool,
    answered_early: AtomicBool,
    upgraded: AtomicBool,
    lingers: AtomicBool,
    write_waits: AtomicBool,
    kept_open: AtomicBool,
}

impl Traffic {
    /// A connection that was accepted just now.
    pub(super) fn new(place: Place) -> Self {
        Self {
            began: Instant::now(),
            place,
            requests: AtomicUsize::new(0),
            finished_at: AtomicU64::new(0),
            pieces: AtomicUsize::new(0),
            taken_at: AtomicU64::new(0),
            taken: AtomicU64::new(0),
            called_off: AtomicIsize::new(0),
            http2: AtomicBool::new(false),
            unread: AtomicBool::new(false),
            answered_early: AtomicBool::new(false),
            upgraded: AtomicBool::new(false),
            lingers: AtomicBool::new(false),
            write_waits: AtomicBool::new(false),
            kept_open: AtomicBool::new(false),
        }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn at(&self, millis: &AtomicU64) -> Instant {
        self.began + Duration::from_millis(millis.load(Ordering::Acquire))
    }

    /// When the connection last had something to do, if it has nothing now.
    pub(super) fn idle_since(&self) -> Option<Instant> {
        let is_idle = self.requests.load(Ordering::Acquire) == 0 && self.pieces.load(Ordering::Acquire) == 0;
        is_idle.then(|| self.at(&self.finished_at).max(self.at(&self.taken_at)))
    }

    /// Since when the client has not read what waits for it, if anything does.
    pub(super) fn stalled_since(&self) -> Option<Instant> {
        (self.pieces.load(Ordering::Acquire) > 0).then(|| self.at(&self.taken_at))
    }

    /// Whether the client cancels its requests again and again (as in CVE-2023-44487).
    pub(super) fn is_flooded(&self) -> bool {
        self.called_off.load(Ordering::Relaxed) > MAX_CALLED_OFF
    }

    /// Whether it is an HTTP/2 connection, whose client can be told that it is about to end.
    pub(super) fn is_http2(&self) -> bool {
        self.http2.load(Ordering::Relaxed)
    }

    /// Bytes came from the client.
    pub(super) fn bytes_came(&self) {
        if !self.unread.load(Ordering::Relaxed) {
            self.unread.store(true, Ordering::Relaxed);
        }
    }

    /// A request was answered before the end of its body.
    pub(super) fn answers_early(&self) {
        self.answered_early.store(true, Ordering::Relaxed);
    }

    /// The connection is a WebSocket's from here on.
    pub(super) fn upgrades(&self) {
        self.upgraded.store(true, Ordering::Relaxed);
    }

    /// Whether the connection is a WebSocket's by now.
    pub(super) fn is_upgraded(&self) -> bool {
        self.upgraded.load(Ordering::Relaxed)
    }

    /// Whether the client may still be sending while we close, and would lose the last answer.
    pub(super) fn may_send_on(&self) -> bool {
        self.unread.load(Ordering::Relaxed) || self.answered_early.load(Ordering::Relaxed)
    }

    /// Whether the last bytes to be written have to wait for the client.
    pub(super) fn write_waits(&self, waits: bool) {
        if self.write_waits.load(Ordering::Relaxed) != waits {
            self.write_waits.store(waits, Ordering::Relaxed);
        }
    }

    /// Whether an idle connection has nothing half done, neither a request nor an answer.
    pub(super) fn may_rest(&self) -> bool {
        !(self.may_send_on() || self.write_waits.load(Ordering::Relaxed) || self.is_lingering())
    }

    /// Whether the socket stays open although its protocol ends: it is taken from hyper, and not closed.
    pub(super) fn keeps_open(&self, open: bool) {
        self.kept_open.store(open, Ordering::Relaxed);
    }

    /// Whether that is so now.
    pub(super) fn is_kept_open(&self) -> bool {
        self.kept_open.load(Ordering::Relaxed)
    }

    /// The last answer is written, and what the client still sends is read and discarded.
    pub(super) fn lingers(&self) {
        self.lingers.store(true, Ordering::Relaxed);
    }

    /// Whether that is going on. It has time limits of its own.
    pub(super) fn is_lingering(&self) -> bool {
        self.lingers.load(Ordering::Relaxed)
    }

    /// Whether the client's network has as many requests in flight as one may have.
    pub(super) fn is_network_full(&self) -> bool {
        self.place.is_network_full()
    }
}

/// A request in flight, from its head to the end of its answer.
#[derive(Debug)]
pub(super) struct InFlight {
    place: ClientPlace,
    answered: bool,
}

/// The place that a request takes among those of its network: that of its connection, and over HTTP/2 its own. Work that goes on
/// after a client hung up keeps it, or clients would have any number of such requests by hanging up each time.
#[derive(Clone, Debug)]
pub struct ClientPlace {
    traffic: Arc<Traffic>,
    /// Only these are counted for the network: over HTTP/1.1 it cannot have more requests in flight than connections.
    _counted: Option<Arc<CountedRequest>>,
}

/// A request over HTTP/2, from its head until nobody works on it.
#[derive(Debug)]
struct CountedRequest(Arc<Traffic>);

impl CountedRequest {
    fn begin(traffic: &Arc<Traffic>) -> Arc<Self> {
        traffic.place.request_begins();
        Arc::new(Self(Arc::clone(traffic)))
    }
}

impl Drop for CountedRequest {
    fn drop(&mut self) {
        self.0.place.request_ends();
    }
}

impl InFlight {
    /// A request has come.
    pub(super) fn begin(traffic: &Arc<Traffic>, is_http2: bool) -> Self {
        traffic.requests.fetch_add(1, Ordering::AcqRel);
        traffic.unread.store(false, Ordering::Relaxed);
        let counted = is_http2.then(|| CountedRequest::begin(traffic));
        if is_http2 {
            traffic.http2.store(true, Ordering::Relaxed);
        }
        Self { place: ClientPlace { traffic: Arc::clone(traffic), _counted: counted }, answered: false }
    }

    /// The head of its answer is there.
    pub(super) fn answered(&mut self) {
        self.answered = true;
        let called_off = &self.traffic().called_off;
        if called_off.load(Ordering::Relaxed) > 0 {
            called_off.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// The connection.
    pub(super) const fn traffic(&self) -> &Arc<Traffic> {
        &self.place.traffic
    }

    /// The place that it takes.
    pub(super) const fn place(&self) -> &ClientPlace {
        &self.place
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        let traffic = self.traffic();
        if !self.answered {
            traffic.called_off.fetch_add(1, Ordering::Relaxed);
        }
        traffic.finished_at.fetch_max(traffic.now(), Ordering::AcqRel);
        traffic.unread.store(false, Ordering::Relaxed);
        traffic.requests.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Notes how a piece of an answer gets to the wire.
#[derive(Debug)]
pub(super) struct Passing(Arc<Traffic>);

impl Passing {
    /// A piece is made.
    pub(super) fn begin(traffic: &Arc<Traffic>) -> Self {
        if traffic.pieces.fetch_add(1, Ordering::AcqRel) == 0 {
            traffic.taken.store(0, Ordering::Relaxed);
            traffic.taken_at.fetch_max(traffic.now(), Ordering::AcqRel);
        }
        Self(Arc::clone(traffic))
    }

    /// This many bytes of it were written.
    pub(super) fn went(&self, bytes: usize) {
        let before = self.0.taken.fetch_add(bytes as u64, Ordering::Relaxed);
        if before + bytes as u64 >= MIN_BYTES {
            self.0.taken.store(0, Ordering::Relaxed);
            self.0.taken_at.fetch_max(self.0.now(), Ordering::AcqRel);
        }
    }
}

impl Drop for Passing {
    fn drop(&mut self) {
        // The last one: the connection becomes idle only now.
        if self.0.pieces.load(Ordering::Acquire) == 1 {
            self.0.taken_at.fetch_max(self.0.now(), Ordering::AcqRel);
        }
        self.0.pieces.fetch_sub(1, Ordering::AcqRel);
    }
}
