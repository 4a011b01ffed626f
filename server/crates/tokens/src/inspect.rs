//! The current state of a token in the database, for token introspection (RFC 7662).

use db::Connection;

use crate::claims::Claims;
use crate::error::TokensError;
use crate::family::Family;
use crate::redeem::Families;
use crate::refresh_token::RefreshToken;
use crate::store::{families, revocations};
use crate::verifier::Verifier;

impl Verifier {
    /// What an access token of ours says, for any API, until it expires. Whether it was revoked is not checked here: see
    /// [`Families::holds`]. `None` for everything else.
    ///
    /// # Errors
    /// When the keys cannot be read.
    pub async fn read(&self, token: &str) -> Result<Option<Claims>, TokensError> {
        let now = self.clock.now();
        if let Ok(claims) = self.check_for_any(token, now) {
            return Ok(Some(claims));
        }
        if self.keys.set().is_fresh(now) {
            return Ok(None);
        }
        self.keys.reread().await.map_err(|_| TokensError::NoSigningKey)?;
        Ok(self.check_for_any(token, now).ok())
    }
}

impl Families {
    /// Whether nothing has ended an access token that was read: by the database itself, and not by what this process has
    /// read of it (S-AS-27).
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn holds(&self, connection: &mut Connection, claims: &Claims) -> Result<bool, TokensError> {
        if claims.member().is_some() && !families::is_alive(connection, claims.id.family).await? {
            return Ok(false);
        }
        Ok(!revocations::concern(connection, claims).await?)
    }

    /// The family of a refresh token that can be used: it is the good one, and neither over nor ended.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn usable(
        &self,
        connection: &mut Connection,
        token: &RefreshToken,
    ) -> Result<Option<Family>, TokensError> {
        let now = self.clock.now();
        let row = families::find(connection, token).await?;
        let usable = row.filter(|row| {
            let family = &row.family;
            family.ended_at.is_none() && now < family.idle_at && row.current.matches(&token.hash())
        });
        Ok(usable.map(|row| row.family))
    }
}
