//! The gateway in front of the team's own services: they receive only requests that carry a checked identity.
//!
//! # The way of a request
//! Its [path](canonical) has one reading or is refused; a [route](RouteTable) is found for path and method, or nothing
//! is served; the sender is [identified](Authenticator) by a token, with a proof where it is bound to a key, or the session's cookie and must have the
//! route's scope; the service gets a token [for itself alone](Destination); [limits](limits::Quota) count, for all
//! replicas together; what only we may say is taken out of its headers and set by us; an upstream is chosen, and the bodies
//! stream both ways. Each refusal has its status and code in one file, `denial.rs`.
//!
//! [`Gateway::handle`] is mounted behind the program's own routes, for the paths that [`Gateway::matches`].

mod admission;
mod audience;
mod breaker;
pub mod canonical;
mod challenge;
pub mod config;
mod connection;
mod credential;
mod denial;
mod described_routes;
mod download;
mod finding;
mod forward;
mod forward_auth;
mod forward_auth_headers;
mod forward_query;
mod gateway;
mod half_open;
mod hop_by_hop;
mod identity;
mod known_names;
mod limits;
mod meter;
mod own_answer;
mod own_paths;
mod parts;
mod passage;
mod path_entry;
mod pattern;
mod pool;
mod protected_resource;
mod quantity;
mod request_headers;
mod response_headers;
mod route;
mod rule;
mod send_error;
mod settings;
mod spelling;
mod start_error;
mod step_up;
mod table;
mod tls;
mod trace_context;
mod upkeep;
mod upload;
mod upstream;
mod upstream_address;
mod websocket;

pub use audience::{ALLOWED as AUDIENCE_ALLOWED, Audiences, Destination, is_audience};
pub use config::{GatewayConfig, RouteConfig};
pub use credential::authorization;
pub use finding::Finding;
pub use forward_auth::Verified;
pub use forward_auth_headers::ForwardAuthHeaders;
pub use gateway::{Gateway, UpstreamProblem};
pub use identity::{AuthProblem, Authenticator, BoundToken, Identity, Proof, SignedIn, Wanted};
pub use known_names::KnownNames;
pub use meter::CLIENT_LEFT;
pub use own_answer::OwnAnswer;
pub use own_paths::OwnPaths;
pub use passage::Passage;
pub use protected_resource::{ProtectedResource, WELL_KNOWN as PROTECTED_RESOURCES};
pub use response_headers::ResponseHeaders;
pub use settings::Settings;
pub use start_error::StartError;
pub use table::{RouteRow, RouteTable};
