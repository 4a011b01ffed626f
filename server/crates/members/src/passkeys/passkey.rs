//! A passkey, as it is stored and as its owner sees it.

use kernel::Timestamp;
use names::id::Uuid;
use names::{MemberId, define_id};

use crate::model::display_text;
use crate::model::display_text::Length;
use crate::passkeys::authenticators;

define_id!(
    /// The id of one passkey.
    PasskeyId
);

/// What its owner calls a passkey: one line, by the rule of nicknames.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasskeyName(String);

impl PasskeyName {
    pub(crate) const ALLOWED: &'static str = "one line of 1 to 40 characters that can all be seen";
    const LENGTH: Length = Length { characters: 40, code_points: 120 };

    /// Reads a name as somebody typed it.
    pub fn parse(typed: &str) -> Option<Self> {
        display_text::checked(typed, Self::LENGTH).filter(|line| !line.is_empty()).map(Self)
    }

    /// The name of a passkey that its owner did not name: its authenticator, or else the browser in which it was created.
    pub(crate) fn of(aaguid: Uuid, user_agent: &str) -> Self {
        let keeper = authenticators::name_of(aaguid).or_else(|| authenticators::browser_name(user_agent));
        Self(keeper.unwrap_or(UNNAMED).to_owned())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Where nothing is known that could name it.
const UNNAMED: &str = "Passkey";

/// The row of a passkey, with the public key as the library stores it.
#[derive(Clone, Debug)]
pub(crate) struct Passkey {
    pub(crate) id: PasskeyId,
    pub(crate) member: MemberId,
    pub(crate) credential_id: Vec<u8>,
    /// As the library writes it. Counter and backup flags in it are those of the beginning.
    pub(crate) credential: String,
    pub(crate) rp_id: String,
    pub(crate) name: String,
    pub(crate) aaguid: Uuid,
    pub(crate) transports: String,
    pub(crate) counter: u32,
    pub(crate) backup_eligible: bool,
    pub(crate) backed_up: bool,
    pub(crate) created_at: Timestamp,
    pub(crate) last_used_at: Option<Timestamp>,
}

/// What is read of a passkey when it signed.
#[derive(Clone, Debug)]
pub(crate) struct SigningPasskey {
    pub(crate) id: PasskeyId,
    pub(crate) member: MemberId,
    /// As the library writes it. Counter and backup flags in it are those of the beginning.
    pub(crate) credential: String,
    pub(crate) rp_id: String,
    pub(crate) counter: u32,
    pub(crate) backup_eligible: bool,
    pub(crate) backed_up: bool,
}
