//! What the rest of the configuration allows a client.

use std::time::Duration;

/// What a client is checked against.
#[derive(Clone, Debug)]
pub struct ClientRules {
    /// What tokens can allow here, alongside the standard scopes.
    pub scopes: Vec<String>,
    /// The longest life of an access token.
    pub longest_access_life: Duration,
    /// The longest life of a refresh token.
    pub longest_refresh_life: Duration,
    /// How many clients may have registered themselves.
    pub most_registrations: u64,
    /// Whether this is the development build and mode, where servers on this machine are called without TLS.
    pub is_development: bool,
}
