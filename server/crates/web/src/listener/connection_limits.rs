//! How much a listener bears.

use std::time::Duration;

/// How a listener treats its connections.
#[derive(Clone, Copy, Debug)]
pub struct ConnectionLimits {
    /// How long a client may take from its connection to the whole head of a request, or from the end of one answer to
    /// the next head.
    pub header_time: Duration,
    /// How long a client may leave what we write untaken (S-RATE-6).
    pub write_time: Duration,
    /// The most headers of one request.
    pub header_count: usize,
    /// The most connections at once. Further ones wait in the kernel's queue.
    pub connections: usize,
    /// The most of them for one network (an IPv4 address, an IPv6 /64). Further ones are closed.
    pub connections_per_network: usize,
    /// How long requests in flight may take after the end was asked for.
    pub drain_time: Duration,
}
