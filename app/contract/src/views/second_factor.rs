//! What pages show of one-time codes, and of what somebody proves who they are by.

use names::ProviderName;

use crate::moment::Moment;

/// `/oauth/second`: the second step of a sign-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecondStepView {
    /// Whether the first step was the password; otherwise a provider.
    pub by_password: bool,
    /// For how many days a browser is remembered, if that is offered.
    pub remember_days: Option<u64>,
    /// Where a passkey leads that takes the place of all this; `None` where the member has none.
    pub passkey_to: Option<String>,
    /// What the member's device is to learn first, since they need a second factor and have none.
    pub set_up: Option<SetUp>,
    /// How many hours an operator's reset of second factors takes.
    pub reset_hours: u64,
}

/// `/oauth/prove`: what the viewer can prove who they are by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProveView {
    /// The address that is signed in to with a password; `None` where there is no password.
    pub password_for: Option<String>,
    /// The linked providers.
    pub providers: Vec<ProviderName>,
    /// Whether a code is asked for after either.
    pub with_code: bool,
    /// Whether the viewer has a passkey.
    pub has_passkey: bool,
    /// Whether nothing is enough without a second factor, and they have none.
    pub lacks_factor: bool,
}

/// The viewer's one-time codes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CodesView {
    /// Those in use; `None` while they are off.
    pub in_use: Option<CodesEntry>,
    /// What is being set up in this session.
    pub set_up: Option<SetUp>,
    /// By what they name their account beside a recovery code, if they have no address.
    pub account: Option<AccountCodeEntry>,
}

/// By what a member names their account who has no address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountCodeEntry {
    /// The code of the account.
    pub code: String,
    /// How many recovery codes are left.
    pub recovery_left: u32,
}

/// One-time codes that are in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodesEntry {
    /// Since when.
    pub since: Moment,
    /// How many recovery codes are left.
    pub recovery_left: u32,
    /// Whether codes are asked for after a provider, too.
    pub after_providers: bool,
    /// Whether too many were wrong in a row.
    pub is_ended: bool,
}

/// One-time codes that are being set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SetUp {
    /// An app is to learn the secret.
    Secret {
        /// The picture that it reads.
        picture: QrPicture,
        /// What is in the picture, to be opened on the same device.
        address: String,
        /// The secret, to be typed.
        text: String,
    },
    /// The recovery codes, to be put away.
    RecoveryCodes(Vec<String>),
}

/// A QR code as a drawing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QrPicture {
    /// Its dark squares, as the path of an SVG.
    pub path: String,
    /// How many squares it is wide and high.
    pub width: usize,
}
