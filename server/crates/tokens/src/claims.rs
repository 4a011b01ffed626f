//! What an access token says, once it is verified.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::id::Uuid;
use kernel::{Randomness, Timestamp};
use names::{MemberId, ProvenBy, SessionId};

use crate::client_id::ClientId;
use crate::dpop::thumbprint::Thumbprint;
use crate::family::FamilyId;
use crate::scope::Scope;

/// The header's `typ` (RFC 9068 section 2.1): no other kind of JWT can stand in for an access token (S-TOK-10).
pub(crate) const TYPE: &str = "at+jwt";

/// That of an ID token, which opens nothing.
pub(crate) const ID_TOKEN_TYPE: &str = "JWT";
/// That of a logout token (OpenID Connect Back-Channel Logout section 2.4).
pub(crate) const LOGOUT_TOKEN_TYPE: &str = "logout+jwt";

/// The largest token, in bytes (S-TOK-9).
pub(crate) const MAX_TOKEN_BYTES: usize = 4096;

/// The clock skew allowed between issuer and verifiers (S-TOK-3).
pub(crate) const LEEWAY: Duration = Duration::from_secs(10);

/// The claims of an access token (RFC 9068 section 2.2): one that was verified, or one that can be
/// [signed](crate::access_token::Minter::exchange). `iss` is as the settings say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims {
    /// Who (`sub`).
    pub subject: Subject,
    /// From which sign-in (`sid`); `None` where a client acts for itself.
    pub session: Option<SessionId>,
    /// For which API (`aud`): one, and every other refuses the token (S-TOK-12).
    pub audience: Arc<str>,
    /// Through which client (`client_id`).
    pub client_id: ClientId,
    /// To do what (`scope`).
    pub scope: Scope,
    /// With which roles (`roles`), such as `ROLE_USER`.
    pub roles: Vec<String>,
    /// What others see of them (`nickname`).
    pub nickname: String,
    /// When the member proved who they are (`auth_time`), to the second; `None` in tokens of clients, and of releases before.
    pub auth_time: Option<Timestamp>,
    /// By what (`acr` and `amr`).
    pub proven_by: Option<ProvenBy>,
    /// The key that a sender must have (`cnf`); `None`: the token is enough.
    pub key: Option<Thumbprint>,
    /// The token's own id (`jti`).
    pub id: TokenId,
    /// Since when (`iat`), to the second.
    pub issued_at: Timestamp,
    /// Until when (`exp`), to the second.
    pub expires_at: Timestamp,
}

/// Whom a token is about (`sub`). A member's id is a UUID and a client's is not, so neither kind of token passes for the other
/// (S-TOK-11).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A member.
    Member(MemberId),
    /// The client itself (RFC 6749 section 4.4): `sub` is its `client_id`, and there is no session, role or nickname.
    Client,
}

impl Claims {
    /// The member that the token is about, if it is about one.
    pub const fn member(&self) -> Option<MemberId> {
        match self.subject {
            Subject::Member(member) => Some(member),
            Subject::Client => None,
        }
    }
}

/// The id of an access token (`jti`): its family, the millisecond of its making, and 80 random bits. To others it is
/// an opaque text; we read from it which family's end ends this token, since the claims are fixed and a session may
/// have several families.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TokenId {
    /// The family of refresh tokens that the token belongs to.
    pub family: FamilyId,
    /// When it was made: `iat` is too coarse to say whether that was before or after a revocation.
    pub made_at: Timestamp,
    chance: [u8; 10],
}

impl TokenId {
    /// An id of this family and moment, with ten random bytes.
    pub(crate) fn new(family: FamilyId, made_at: Timestamp, randomness: &dyn Randomness) -> Self {
        let mut chance = [0; 10];
        randomness.fill(&mut chance);
        Self { family, made_at, chance }
    }

    /// What identifies this token in the revocation feed: its time and its random bits.
    pub(crate) fn uuid(&self) -> Uuid {
        let mut bytes = [0; 16];
        bytes[..6].copy_from_slice(&self.made_at.millis().to_be_bytes()[2..]);
        bytes[6..].copy_from_slice(&self.chance);
        Uuid::from_bytes(bytes)
    }

    /// The id of another token of the same family and time: whatever ends one ends the other.
    pub(crate) fn sibling(self, randomness: &dyn Randomness) -> Self {
        Self::new(self.family, self.made_at, randomness)
    }

    /// Reads an id from its text.
    pub fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0; 32];
        let Ok(32) = URL_SAFE_NO_PAD.decode_slice(text, &mut bytes) else { return None };
        let (family, rest) = bytes.split_first_chunk::<16>()?;
        let (moment, chance) = rest.split_first_chunk::<6>()?;
        let mut millis = [0; 8];
        millis[2..].copy_from_slice(moment);
        Some(Self {
            family: FamilyId::from_uuid(Uuid::from_bytes(*family)),
            made_at: Timestamp::from_millis(i64::from_be_bytes(millis)),
            chance: chance.try_into().ok()?,
        })
    }
}

/// 43 characters of base64url.
impl fmt::Display for TokenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = [0; 32];
        bytes[..16].copy_from_slice(self.family.uuid().as_bytes());
        // 48 bits of milliseconds last until the year 10889, as in a UUIDv7.
        bytes[16..22].copy_from_slice(&self.made_at.millis().to_be_bytes()[2..]);
        bytes[22..].copy_from_slice(&self.chance);
        f.write_str(&URL_SAFE_NO_PAD.encode(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::NewId as _;
    use kernel::OsRandomness;
    use testkit::HandClock;

    #[test]
    fn a_token_id_survives_its_text_and_garbage_is_none() {
        let family = FamilyId::new(&HandClock::default(), &OsRandomness);
        let id = TokenId::new(family, Timestamp::from_millis(1_768_739_696_789), &OsRandomness);
        let text = id.to_string();
        assert_eq!(text.len(), 43);
        assert_eq!(TokenId::parse(&text), Some(id));
        for garbage in
            ["", "a", &text[1..], &format!("{text}A"), &format!("{}=", &text[..42]), &"!".repeat(43)]
        {
            assert_eq!(TokenId::parse(garbage), None, "{garbage}");
        }
    }
}
