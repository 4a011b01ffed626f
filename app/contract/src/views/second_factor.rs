//! One-time codes, and pages for a fresh proof.

use names::ProviderName;

use crate::moment::Moment;

/// `/oauth/second`: the second step of a sign-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecondStepView {
    /// Whether the first step was the password and not a provider.
    pub by_password: bool,
    /// For how many days a browser can be remembered, if that is offered.
    pub remember_days: Option<u64>,
    /// Where a sign-in with a passkey goes on to; `None` if the member has no passkey.
    pub passkey_to: Option<String>,
    /// The set-up of one-time codes, if the member needs a second factor and has none.
    pub set_up: Option<SetUp>,
    /// Whether they may create a passkey instead.
    pub by_new_passkey: bool,
    /// After how many hours an ordered reset of second factors takes effect.
    pub reset_hours: u64,
}

/// `/oauth/prove`: how the viewer can give a fresh proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProveView {
    /// The address that belongs to the password; `None` if there is no password.
    pub password_for: Option<String>,
    /// The linked providers.
    pub providers: Vec<ProviderName>,
    /// Whether a code is asked for after a password or a provider.
    pub with_code: bool,
    /// Whether the viewer has a passkey.
    pub has_passkey: bool,
    /// Whether level 2 is needed and the viewer has no second factor.
    pub lacks_factor: bool,
}

/// The viewer's one-time codes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CodesView {
    /// The codes in use; `None` if they are off.
    pub in_use: Option<CodesEntry>,
    /// The set-up that is pending in this session.
    pub set_up: Option<SetUp>,
    /// The account code of a member who has only passkeys and no address.
    pub account: Option<AccountCodeEntry>,
}

/// The account code of a member with passkeys only, and how many recovery codes go with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountCodeEntry {
    /// The code.
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
    /// Whether codes are asked for after a provider as well.
    pub after_providers: bool,
    /// Whether they no longer work, since too many were wrong in a row.
    pub is_ended: bool,
}

/// A step of the set-up of one-time codes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SetUp {
    /// The secret for an authenticator app.
    Secret {
        /// The QR code for the app.
        picture: QrPicture,
        /// The URI in the QR code, to open on the same device.
        address: String,
        /// The secret, to type.
        text: String,
    },
    /// The recovery codes, to be kept in a safe place.
    RecoveryCodes(Vec<String>),
}

/// A QR code as a drawing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QrPicture {
    /// Its dark modules, as the path of an SVG.
    pub path: String,
    /// Its width and height, in modules.
    pub width: usize,
}
