//! Checking ID tokens that clients send back as `id_token_hint` (OpenID Connect Core section 3.1.2.1, RP-Initiated Logout section
//! 2). A hint says who is meant and grants nothing, so it may be long expired; but it must be ours.
//!
//! It is checked with the keys that sign or lately did, and with the public keys of those that stopped within 31 days, which
//! are kept for this alone and are in no JWKS.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use db::DbError;
use kernel::Timestamp;
use names::{MemberId, SessionId};
use serde::Deserialize;

use crate::claims::{ID_TOKEN_TYPE, LEEWAY, MAX_TOKEN_BYTES};
use crate::client_id::ClientId;
use crate::dpop::thumbprint::Thumbprint;
use crate::error::TokensError;
use crate::jwt::{Header, Jwt};
use crate::store::{retired_keys, signing_keys};
use crate::verifier::Verifier;
use crate::verifying_key::VerifyingKey;

/// How long a retired key still verifies hints.
pub(crate) const KEY_RETENTION: Duration = Duration::from_hours(31 * 24);

/// What an ID token of ours says, expired or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdTokenHint {
    /// Who signed in (`sub`).
    pub subject: MemberId,
    /// At which client (`aud`).
    pub client_id: ClientId,
    /// With which sign-in (`sid`): a session, or a grant that no session ends.
    pub session: SessionId,
    /// When the member proved who they are (`auth_time`).
    pub auth_time: Timestamp,
}

/// Why a hint says nothing.
#[derive(Debug, thiserror::Error)]
pub enum HintError {
    /// It is not an ID token of ours; the reason, for the log. Holds nothing that the sender wrote.
    #[error("what was sent as an ID token hint is not an ID token of ours: {0}")]
    Refused(&'static str),
    /// It cannot be verified at the moment.
    #[error(transparent)]
    Tokens(#[from] TokensError),
}

impl From<DbError> for HintError {
    fn from(error: DbError) -> Self {
        Self::Tokens(error.into())
    }
}

/// The claims that count. A member that comes twice is refused by the parser; others than these may be added by a later release.
#[derive(Deserialize)]
struct Payload<'a> {
    #[serde(borrow)]
    iss: Cow<'a, str>,
    #[serde(borrow)]
    sub: Cow<'a, str>,
    #[serde(borrow)]
    aud: Cow<'a, str>,
    iat: i64,
    auth_time: i64,
    #[serde(borrow)]
    sid: Cow<'a, str>,
}

impl Verifier {
    /// What a hint says. An expired one says as much as any other; one whose signature, issuer or algorithm is wrong says
    /// nothing, nor does an access token.
    ///
    /// # Errors
    /// See [`HintError`].
    pub async fn id_token_hint(&self, hint: &str) -> Result<IdTokenHint, HintError> {
        let refused = HintError::Refused;
        if hint.len() > MAX_TOKEN_BYTES {
            return Err(refused("oversized"));
        }
        let jwt = Jwt::parse(hint).map_err(refused)?;
        let decoded = jwt.header().map_err(refused)?;
        let header = Header::read(&decoded, ID_TOKEN_TYPE).map_err(refused)?;
        let key = self.hint_key(&header.kid).await?.ok_or(refused("unknown key"))?;
        let decoded = jwt.claims(&header, &key).map_err(refused)?;
        let payload: Payload<'_> = serde_json::from_slice(&decoded).map_err(|_| refused("claims"))?;
        self.read_hint(&payload).map_err(refused)
    }

    fn read_hint(&self, payload: &Payload<'_>) -> Result<IdTokenHint, &'static str> {
        if payload.iss != *self.settings.issuer {
            return Err("issuer");
        }
        if payload.iat > self.clock.now().plus(LEEWAY).seconds() {
            return Err("not yet valid");
        }
        Ok(IdTokenHint {
            subject: MemberId::parse(&payload.sub).map_err(|_| "subject")?,
            client_id: ClientId::parse(&payload.aud).ok_or("audience")?,
            session: SessionId::parse(&payload.sid).map_err(|_| "session")?,
            auth_time: Timestamp::from_millis(payload.auth_time.saturating_mul(1000)),
        })
    }

    /// The key with this id: from memory while it signs or lately did, else from the database.
    async fn hint_key(&self, kid: &str) -> Result<Option<Arc<VerifyingKey>>, TokensError> {
        let keys = self.keys.set();
        if let Some(key) = keys.held(kid) {
            return Ok(Some(key.verifying()));
        }
        // Text that cannot be a key's id causes no query (S-TOK-6).
        if Thumbprint::parse(kid).is_none() {
            return Ok(None);
        }
        let mut reader = self.keys.db.read().await?;
        if let Some(retired) = retired_keys::find(&mut reader, kid, self.clock.now()).await? {
            return Ok(Some(Arc::new(VerifyingKey::parse(retired.kind, &retired.public)?)));
        }
        // One that another replica has just made, or that waits for the cleaner.
        let rows = signing_keys::all(&mut reader).await?;
        drop(reader);
        let Some(row) = rows.iter().find(|row| row.kid == kid) else { return Ok(None) };
        Ok(Some(self.keys.open(row, &keys)?.key.verifying()))
    }
}
