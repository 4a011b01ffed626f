//! What there is to know of a provider besides how it is spoken to.

use ::http::StatusCode;
use names::ProviderName;

use crate::client::Client;
use crate::protocol::Protocol;
use crate::provider::Provider;
use crate::settings::Endpoints;

/// Whether a provider demands the client secret.
#[derive(Clone, Copy, Debug)]
pub enum SecretDemand {
    /// Always.
    Always,
    /// As its console says: it can be missed.
    AsConfigured {
        /// What may happen without it.
        warning: &'static str,
        /// What to do about that.
        cure: &'static str,
    },
}

/// How a provider tells that a person has cut the link there.
#[derive(Clone, Copy, Debug)]
pub struct UnlinkWebhook {
    /// Whether it can be told to send a `GET`.
    pub by_get: bool,
    /// What it takes as received; everything else is a failure to it (quirk 36).
    pub answer: StatusCode,
}

/// A provider as others see it.
#[derive(Clone, Copy, Debug)]
pub struct Description {
    /// Its name.
    pub name: ProviderName,
    /// What `protocol` may be in its section, its default first. With one alone there is no such key.
    pub protocols: &'static [(&'static str, Protocol)],
    /// Whether it demands the client secret.
    pub secret: SecretDemand,
    /// The key of the address at which a grant is given back.
    pub unlink_key: &'static str,
    /// Whether it has an admin key, `admin_key`.
    pub has_admin_key: bool,
    /// Keys of addresses that only it has, and that nothing here calls.
    pub other_addresses: &'static [&'static str],
    /// Where it is.
    pub endpoints: fn(Protocol) -> Result<Endpoints, url::ParseError>,
    /// Whether its word that an address is proven counts (S-UP-10).
    pub vouches_for_addresses: bool,
    /// How it tells of links that were cut; `None` where it does not.
    pub unlink_webhook: Option<UnlinkWebhook>,
    /// Its client.
    pub(crate) build: fn(Client, Protocol) -> Box<dyn Provider>,
}
