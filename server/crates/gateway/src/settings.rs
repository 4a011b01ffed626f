//! What has to be decided from outside.

use std::time::Duration;

use kernel::SecretString;
use limits::Quota;
use web::PublicOrigin;

use crate::forward_auth_headers::ForwardAuthHeaders;
use crate::response_headers::ResponseHeaders;

/// How the gateway behaves, whatever its routes. [`Settings::new`] gives values to start from.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Our origin: what services read in `X-Forwarded-Host` and `X-Forwarded-Proto`, and the one that may write with a
    /// cookie.
    pub origin: PublicOrigin,
    /// Longest time for a TCP connection to an upstream.
    pub connect_timeout: Duration,
    /// A connection to an upstream that takes nothing for this long is given up.
    pub write_stall: Duration,
    /// How long the body of a request may take in all.
    pub upload_time: Duration,
    /// An idle connection to an upstream is closed after this long. Shorter than the upstream's own limit, or requests
    /// are sent into connections that just close; Node's default is 5 s.
    pub keep_alive: Duration,
    /// The most idle connections to one upstream.
    pub idle_connections: usize,
    /// The most requests, streams and WebSockets at once at one upstream. Further ones get 503.
    pub in_flight: usize,
    /// How many consecutive failures open the circuit between a route and an upstream.
    pub failures_to_open: u32,
    /// How long the circuit stays open before one request may try again.
    pub open_for: Duration,
    /// How often an upstream that took no connection is tried.
    pub probe_every: Duration,
    /// How often an upstream with a health path is asked while it is well.
    pub health_every: Duration,
    /// How often one network (an IPv4 address, or an IPv6 /64) may ask, over all routes, before it is known who asks.
    pub rate_per_network: Option<Quota>,
    /// How often one member may ask, over all routes.
    pub rate_per_member: Option<Quota>,
    /// How often one OAuth client may ask, over all routes. Sessions of the site do not count as a client.
    pub rate_per_client: Option<Quota>,
    /// The audience of the program's own API: no service is given a token for it, whatever a table or a proxy says.
    pub own_audience: String,
    /// What a proxy must send in `X-Forward-Auth-Key` to get tokens for services from `/auth/verify`. Without
    /// it, or without the header, the answer has the member's id and roles only: a browser can ask as well, and must
    /// not see a token (S-BFF-1).
    pub forward_auth_key: Option<SecretString>,
    /// With which headers such a proxy tells method and path.
    pub forward_auth_headers: ForwardAuthHeaders,
    /// What passes of a service's answer beyond the usual.
    pub response_headers: ResponseHeaders,
}

impl Settings {
    /// The defaults, for the site at `origin`.
    pub fn new(origin: PublicOrigin) -> Self {
        Self {
            own_audience: origin.as_str().to_owned(),
            origin,
            connect_timeout: Duration::from_secs(2),
            write_stall: Duration::from_secs(30),
            upload_time: Duration::from_hours(1),
            keep_alive: Duration::from_secs(4),
            idle_connections: 256,
            in_flight: 4096,
            failures_to_open: 5,
            open_for: Duration::from_secs(1),
            probe_every: Duration::from_millis(500),
            health_every: Duration::from_secs(5),
            rate_per_network: None,
            rate_per_member: None,
            rate_per_client: None,
            forward_auth_key: None,
            forward_auth_headers: ForwardAuthHeaders::Either,
            response_headers: ResponseHeaders::default(),
        }
    }
}
