//! A ceremony: one question to a browser, what it is for, and who alone can answer it.

use kernel::{Timestamp, TokenHash};
use names::{MemberId, define_id};

use crate::totp::set_up_place::SetUpPlace;

define_id!(
    /// The id of a ceremony. It is no secret: nobody else can use it.
    CeremonyId
);

/// What a ceremony is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CeremonyPurpose {
    /// Signing in.
    SignIn,
    /// Giving a member another passkey.
    Add,
    /// Becoming a member by one.
    SignUp,
}

impl CeremonyPurpose {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::Add => "add",
            Self::SignUp => "sign_up",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        [Self::SignIn, Self::Add, Self::SignUp].into_iter().find(|purpose| purpose.as_str() == text)
    }
}

/// Who alone can use a ceremony.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Holder {
    /// A browser in which perhaps nobody is signed in, by its binding cookie.
    Browser(TokenHash),
    /// A member, in one session or in one sign-in that waits for a passkey.
    Member {
        /// The member who may finish the ceremony.
        member: MemberId,
        /// The session or waiting sign-in in which it began.
        place: SetUpPlace,
    },
}

impl Holder {
    pub(crate) const fn browser(&self) -> Option<TokenHash> {
        match self {
            Self::Browser(browser) => Some(*browser),
            Self::Member { .. } => None,
        }
    }

    pub(crate) const fn member(&self) -> Option<MemberId> {
        match self {
            Self::Browser(_) => None,
            Self::Member { member, .. } => Some(*member),
        }
    }

    pub(crate) const fn place(&self) -> Option<SetUpPlace> {
        match self {
            Self::Browser(_) => None,
            Self::Member { place, .. } => Some(*place),
        }
    }

    pub(crate) fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Browser(one), Self::Browser(other)) => one.matches(other),
            (Self::Member { member, place }, Self::Member { member: other_member, place: other_place }) => {
                member == other_member && place == other_place
            }
            _ => false,
        }
    }
}

/// A ceremony as it is stored.
pub(crate) struct Ceremony {
    pub(crate) id: CeremonyId,
    pub(crate) purpose: CeremonyPurpose,
    pub(crate) holder: Holder,
    pub(crate) sealed: Vec<u8>,
    pub(crate) expires_at: Timestamp,
}
