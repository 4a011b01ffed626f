//! The routes as they are in `daemun.toml`, before anything is checked but the names of the keys.
//!
//! Values are texts here: a duration that does not parse must become a [`Finding`](crate::finding::Finding) alongside all others,
//! not the one error at which the reader stops.

use serde::Deserialize;

/// The section `[gateway]` as it is written, before it is checked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GatewayConfig {
    /// `[[gateway.routes]]`.
    pub routes: Vec<RouteConfig>,
}

/// One `[[gateway.routes]]` as it is written, before it is checked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RouteConfig {
    /// `/api/orders/{id}` or `/api/orders/{*rest}`, which takes `/api/orders` and everything below it. The service gets the path as it came: nothing is cut off it.
    pub path: String,
    /// Addresses such as `http://10.0.0.5:8080`: scheme, host and port, nothing more.
    pub upstream: Vec<String>,
    /// The methods; `GET` brings `HEAD` with it.
    pub methods: Vec<String>,
    /// The scope that a token needs; several words, separated by spaces, are needed all. Exactly one of this and
    /// `public` must be given.
    pub scope: Option<String>,
    /// The role that the member must have as well.
    pub role: Option<String>,
    /// Whom the token is for (`aud`) that the service gets; the first part of the path after `/api/` if left out.
    pub audience: Option<String>,
    /// `true`: clients find in a document how to get a token for the route (RFC 9728), and tokens for its address are taken.
    pub protected_resource: bool,
    /// `true`: nobody is checked, and the service gets neither identity nor `Authorization`.
    pub public: Option<bool>,
    /// From the end of the request's body to the head of the answer, all tries together; `30s` if left out.
    pub timeout: Option<String>,
    /// How long a body either way, an event stream or a WebSocket may be silent; `60s` if left out.
    pub idle_timeout: Option<String>,
    /// Whether `Upgrade: websocket` is passed on.
    pub websocket: bool,
    /// The largest request body; `1MiB` if left out.
    pub body_limit: Option<String>,
    /// HTTP/2 with prior knowledge (over TLS: by ALPN) to the upstream, instead of HTTP/1.1.
    pub http2: bool,
    /// `round-robin` (if left out) or `least-busy`.
    pub balance: Option<String>,
    /// A path that answers 2xx or 3xx while the upstream is well. Without it, an upstream counts as back when it takes
    /// a connection.
    pub health: Option<String>,
    /// How often the whole route may be asked, such as `100/s`.
    pub rate: Option<String>,
    /// How long ago the member may have proven who they are, such as `10m`.
    pub fresh: Option<String>,
    /// How strong that proof is at least: 1, or 2 for one with a code or a passkey.
    pub level: Option<u8>,
    /// How often one member may ask this route.
    pub rate_per_member: Option<String>,
}
