//! What apps send and get of tokens.

use members::Member;
use serde::{Deserialize, Serialize};
use tokens::{RefreshToken, Rotation};
use utoipa::ToSchema;
use zeroize::Zeroizing;

use crate::error::SessionsError;
use crate::state::Sessions;

/// A refresh token.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RefreshBody {
    #[schema(value_type = String, example = "dr_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    pub(super) refresh_token: Zeroizing<String>,
}

/// Tokens for an app, as OAuth 2.0 names them (RFC 6749 section 5.1).
#[derive(Serialize, ToSchema)]
pub(crate) struct TokensBody {
    access_token: String,
    refresh_token: String,
    expires_in: u64,
    token_type: &'static str,
}

impl Sessions {
    /// Signs the access token of a rotation; after the commit, so that nobody waits for a signature with the database in
    /// hand.
    pub(crate) async fn tokens_body(
        &self,
        rotation: &Rotation,
        member: &Member,
    ) -> Result<TokensBody, SessionsError> {
        let (audience, roles) = (self.tokens.own_audience(), member.roles());
        let access = self.tokens.mint_access(rotation.access(audience, &member.nickname, &roles)).await?;
        Ok(TokensBody {
            access_token: access.expose().to_owned(),
            refresh_token: rotation.refresh.text(),
            expires_in: access.expires_in(self.clock.now()).as_secs(),
            token_type: "Bearer",
        })
    }

    /// Whether we ever gave the token out. Nonsense is to cost no more than a look: a write waits for all others.
    pub(super) async fn knows(&self, token: &RefreshToken) -> Result<bool, SessionsError> {
        let mut reader = self.db.read().await?;
        Ok(self.tokens.family_of(&mut reader, token).await?.is_some())
    }
}
