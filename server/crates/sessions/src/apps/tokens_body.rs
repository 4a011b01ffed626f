//! The bodies with tokens that apps send and get.

use axum::body::Body;
use db::DbError;
use http::HeaderMap;
use members::Member;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokens::{RefreshToken, Rotation, TokensError};
use utoipa::ToSchema;
use web::{StrictJson, flow_error};
use zeroize::Zeroizing;

use crate::apps::app_logins::AppLogins;
use crate::error::SessionsError;
use crate::reason::BadForm;

/// The refresh token that an app spends or ends.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RefreshBody {
    #[schema(value_type = String, example = "dr_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    refresh_token: Zeroizing<String>,
}

/// Tokens for an app, as OAuth 2.0 names them (RFC 6749 section 5.1).
#[derive(Serialize, ToSchema)]
pub(crate) struct TokensBody {
    access_token: String,
    refresh_token: String,
    expires_in: u64,
    token_type: &'static str,
}

flow_error! {
    /// Why it cannot be told whether a token was ever issued.
    pub(crate) enum PresentedError {
        Form(BadForm);
        Failed(SessionsError) from DbError, TokensError;
    }
}

/// Reads what an app sent.
pub(super) async fn read<T: DeserializeOwned>(headers: &HeaderMap, body: &mut Body) -> Result<T, BadForm> {
    let read = StrictJson::read(headers, std::mem::take(body)).await;
    read.map(|StrictJson(body)| body).map_err(BadForm::from)
}

impl AppLogins {
    /// Signs the access token of a rotation: after the commit, so that no transaction is open meanwhile.
    pub(crate) async fn tokens_body(
        &self,
        rotation: &Rotation,
        member: &Member,
    ) -> Result<TokensBody, SessionsError> {
        let (audience, roles) = (self.tokens.own_audience(), member.roles());
        let access =
            self.tokens.minter.mint_access(rotation.access(audience, &member.nickname, &roles)).await?;
        Ok(TokensBody {
            access_token: access.expose().to_owned(),
            refresh_token: rotation.refresh.text(),
            expires_in: access.expires_in(self.context.clock.now()),
            token_type: "Bearer",
        })
    }

    /// The token in a body, if we ever gave it out; otherwise why not. Garbage must cost no more than a read, since a write
    /// waits for all others.
    pub(super) async fn presented(
        &self,
        headers: &HeaderMap,
        body: &mut Body,
    ) -> Result<Result<RefreshToken, &'static str>, PresentedError> {
        let RefreshBody { refresh_token } = read(headers, body).await?;
        let Some(token) = RefreshToken::parse(&refresh_token) else { return Ok(Err("malformed")) };
        let mut reader = self.context.db.read().await?;
        let is_known = self.tokens.families.family_of(&mut reader, &token).await?.is_some();
        Ok(if is_known { Ok(token) } else { Err("unknown") })
    }
}
