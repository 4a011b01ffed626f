//! A family of refresh tokens, and the rule that classifies a presented token.

use std::time::Duration;

use kernel::id::Uuid;
use kernel::{Timestamp, TokenHash};
use names::{MemberId, ProvenBy, SessionId, SignInMethod, define_id};

use crate::client_id::ClientId;
use crate::dpop::thumbprint::Thumbprint;
use crate::scope::Scope;

/// How long a spent token still gets its successor, while that is unused (design 3.5, S-TOK-19).
pub(crate) const REPEAT_WINDOW: Duration = Duration::from_secs(10);

define_id!(
    /// The id of a family. Not a secret: access tokens carry it, and it grants nothing.
    FamilyId
);

/// What was granted at a sign-in, for which a family begins.
#[derive(Clone, Debug)]
pub struct Grant {
    /// To whom.
    pub subject: MemberId,
    /// From which sign-in. A session may have several families, one for each client.
    pub session: SessionId,
    /// To which client.
    pub client_id: ClientId,
    /// To do what.
    pub scope: Scope,
    /// For which API; `None` for Daemun's own.
    pub audience: Option<Box<str>>,
    /// When the member proved who they are (`auth_time`).
    pub auth_time: Timestamp,
    /// By what (`acr`, `amr`); `None` where that was not written down.
    pub proven_by: Option<ProvenBy>,
    /// With which sign-in method its session began; `None` where that was not written down.
    pub method: Option<SignInMethod>,
    /// The key without which the refresh tokens are worthless; `None` for clients without one, and for those that show who they
    /// are in another way (RFC 9449 section 5).
    pub key: Option<Thumbprint>,
}

impl FamilyId {
    /// When the id of a family of a member was made: with the family, or with the code for which it began.
    pub(crate) fn began_at(self) -> Timestamp {
        kernel::time_of(self.uuid())
    }

    /// What the tokens of which a client is the subject have in place of a family: they end together, with the client. One that was
    /// removed and registered again under its id has another: a family that has ended does not come back.
    pub(crate) fn of_client(client: &ClientId, registered_at: Option<Timestamp>) -> Self {
        let registration = registered_at.map(|at| format!(" {}", at.millis())).unwrap_or_default();
        let hash = TokenHash::of(format!("client {client}{registration}").as_bytes());
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hash.as_bytes()[..16]);
        Self::from_uuid(Uuid::from_bytes(bytes))
    }
}

/// A family: one sign-in of one client, and a chain of refresh tokens of which the last is valid.
#[derive(Clone, Debug)]
pub struct Family {
    /// The id that its access tokens name.
    pub id: FamilyId,
    /// Of whom.
    pub subject: MemberId,
    /// With which sign-in.
    pub session: SessionId,
    /// For which client.
    pub client_id: ClientId,
    /// What was granted.
    pub scope: Scope,
    /// For which API; `None` for Daemun's own.
    pub audience: Option<Box<str>>,
    /// When the member proved who they are, whatever was rotated since.
    pub auth_time: Timestamp,
    /// By what; `None` where that was not written down.
    pub proven_by: Option<ProvenBy>,
    /// With which sign-in method its session began; `None` where that was not written down.
    pub method: Option<SignInMethod>,
    /// The key without which its refresh tokens are worthless.
    pub key: Option<Thumbprint>,
    /// When it began.
    pub started_at: Timestamp,
    /// The absolute end, which no rotation moves (S-TOK-18).
    pub expires_at: Timestamp,
    /// The end if it is not used again; never beyond the absolute one.
    pub idle_at: Timestamp,
    /// When it was ended, if it was.
    pub ended_at: Option<Timestamp>,
}

impl Family {
    /// Whether its current token is still valid at `now`.
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.ended_at.is_none() && now < self.idle_at
    }

    /// Whether a sender with this key may use it.
    fn is_key(&self, key: Option<&Thumbprint>) -> bool {
        self.key.is_none_or(|own| key.is_some_and(|key| own.matches(key)))
    }
}

/// Why a family was ended early, as a code in the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndReason {
    /// The member signed out.
    SignedOut,
    /// The member signed out everywhere, or ended this session from another one.
    SignedOutElsewhere,
    /// The session got a new secret, and another family with it.
    Renewed,
    /// A spent token was presented.
    Reused,
    /// The password was changed or reset.
    PasswordChanged,
    /// The identity with which the member had signed in was unlinked.
    Unlinked,
    /// The account was disabled.
    Disabled,
    /// The account was deleted.
    Deleted,
    /// An administrator ended it.
    Administrator,
    /// The client revoked its token (RFC 7009).
    ByClient,
    /// The member took back what they had allowed the client.
    Withdrawn,
}

impl EndReason {
    /// The code under which the reason is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SignedOut => "signed_out",
            Self::SignedOutElsewhere => "signed_out_elsewhere",
            Self::Renewed => "renewed",
            Self::Reused => "reused",
            Self::PasswordChanged => "password_changed",
            Self::Unlinked => "unlinked",
            Self::Disabled => "disabled",
            Self::Deleted => "deleted",
            Self::Administrator => "administrator",
            Self::ByClient => "by_client",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// Who presents a token.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Presenter<'a> {
    pub(crate) client_id: &'a ClientId,
    pub(crate) key: Option<&'a Thumbprint>,
}

/// A family with what only its table knows.
pub(crate) struct FamilyRow {
    pub(crate) family: Family,
    pub(crate) current: TokenHash,
    pub(crate) previous: Option<TokenHash>,
    pub(crate) successor: Option<Vec<u8>>,
    pub(crate) rotated_at: Timestamp,
}

/// What a presented token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// The current one: it gets a successor.
    Good,
    /// The one before, and its successor was not used yet: a reply was lost, or two requests ran at once.
    Repeated,
    /// A spent one: a token was probably stolen.
    Spent,
    /// Presented by another client than it was given to.
    WrongClient,
    /// Presented without the key that the family is bound to.
    WrongKey,
    /// Of a family that was ended.
    Ended,
    /// Of a family whose time is over.
    Expired,
}

impl FamilyRow {
    /// Classifies the token with this hash. Only a conditional update makes the decision final.
    pub(crate) fn decide(&self, token: &TokenHash, by: Presenter<'_>, now: Timestamp) -> Decision {
        let previous = self.previous.is_some_and(|previous| previous.matches(token));
        if *by.client_id != self.family.client_id {
            Decision::WrongClient
        } else if !self.family.is_key(by.key) {
            Decision::WrongKey
        } else if self.family.ended_at.is_some() {
            Decision::Ended
        } else if now >= self.family.idle_at {
            Decision::Expired
        } else if self.current.matches(token) {
            Decision::Good
        } else if previous && now.since(self.rotated_at) <= REPEAT_WINDOW {
            Decision::Repeated
        } else {
            Decision::Spent
        }
    }
}
