//! What the configuration says of passkeys.

use url::Url;

/// How many there may be of one member.
pub(crate) const MAX_PASSKEYS: usize = 20;

/// For whom passkeys are made, and where they may be used.
#[derive(Clone, Debug)]
pub struct PasskeySettings {
    /// The domain for which they are made. Other domains cannot use them.
    pub rp_id: String,
    /// What browsers call the site when they ask.
    pub name: String,
    /// Our own origin first, then those of other sites that share the passkeys.
    pub origins: Vec<Url>,
    /// Whether people sign up by a passkey alone.
    pub sign_up: bool,
}
