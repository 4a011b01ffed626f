//! The limits of a listener.

use std::time::Duration;

/// What connections may cost.
#[derive(Clone, Copy, Debug)]
pub struct ConnectionLimits {
    /// How long a client may take from its connection to the whole head of a request, or from the end of one answer to
    /// the next head.
    pub header_time: Duration,
    /// How long a client may leave what we write unread (S-RATE-6).
    pub write_time: Duration,
    /// The most headers of one request.
    pub header_count: usize,
    /// The most connections at once. Further ones wait in the kernel's queue.
    pub connections: usize,
    /// The most connections of one network (an IPv4 address, an IPv6 /64). Further ones are closed.
    pub connections_per_network: usize,
    /// How long requests in flight may take once the program is to end.
    pub drain_time: Duration,
}
