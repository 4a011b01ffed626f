//! `/admin/clients` and the page of one.

/// `/admin/clients`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientsView {
    /// The clients: those of the configuration first.
    pub clients: Vec<ClientEntry>,
}

/// A client of the authorization server, without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientEntry {
    /// Its id.
    pub id: String,
    /// What people know it as.
    pub name: String,
    /// Whether the configuration has it.
    pub is_configured: bool,
    /// How it shows who it is.
    pub auth: String,
    /// What it may present for tokens.
    pub grants: String,
    /// What it may ask for.
    pub scopes: String,
    /// Where people are sent back to.
    pub redirect_uris: Vec<String>,
    /// Whether nobody is asked for consent.
    pub first_party: bool,
}

/// `/admin/clients/{id}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientView {
    /// The client.
    pub client: ClientEntry,
}
