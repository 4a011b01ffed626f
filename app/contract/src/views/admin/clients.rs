//! `/admin/clients` and the page of one.

use crate::moment::Moment;

/// `/admin/clients`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientsView {
    /// The clients: those of the configuration first.
    pub clients: Vec<ClientEntry>,
}

/// A client of the authorization server, without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientEntry {
    /// The `client_id`.
    pub id: String,
    /// The name that people see.
    pub name: String,
    /// Whether it is defined in the configuration.
    pub is_configured: bool,
    /// Its authentication method.
    pub auth: String,
    /// Its grant types.
    pub grants: String,
    /// The scopes that it may ask for.
    pub scopes: String,
    /// Its redirect URIs.
    pub redirect_uris: Vec<String>,
    /// Whether it is first-party, so that nobody is asked for consent.
    pub first_party: bool,
}

/// `/admin/clients/{id}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientView {
    /// The client.
    pub client: ClientEntry,
    /// Whether it has secrets, which can be replaced.
    pub has_secret: bool,
    /// Until when older secrets are good beside the newest one.
    pub older_until: Option<Moment>,
    /// Its secret, for who made it a moment ago.
    pub secret: Option<String>,
}
