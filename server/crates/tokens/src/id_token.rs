//! Making ID tokens (OpenID Connect Core section 2): they tell a client who signed in, and grant nothing.

use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::Timestamp;
use names::ProvenBy;
use serde::Serialize;
use zeroize::Zeroizing;

use crate::access_token::{AccessToken, Minter};
use crate::error::TokensError;
use crate::family::Family;
use crate::jwt::unsigned;

/// How long one is valid: as long as a client takes to read it.
const ID_TOKEN_LIFETIME: Duration = Duration::from_mins(5);

/// What goes into an ID token.
#[derive(Clone, Copy, Debug)]
pub struct IdToken<'a> {
    /// Who signed in, with which session, and at which client.
    pub family: &'a Family,
    /// What the client sent to recognise its own request; left out of what a refresh gives.
    pub nonce: Option<&'a str>,
    /// The access token that goes with it.
    pub access: &'a AccessToken,
    /// From when: as its access token.
    pub from: Timestamp,
}

#[derive(Serialize)]
struct Payload<'a> {
    iss: &'a str,
    sub: String,
    aud: &'a str,
    exp: i64,
    iat: i64,
    auth_time: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    acr: Option<&'static str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    amr: &'static [&'static str],
    sid: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<&'a str>,
    at_hash: String,
}

impl Minter {
    /// Makes the ID token of a sign-in. Never log it.
    ///
    /// # Errors
    /// When there is no key, or the cryptographic library does not sign.
    pub async fn mint_id_token(&self, token: IdToken<'_>) -> Result<Zeroizing<String>, TokensError> {
        let IdToken { family, nonce, access, from } = token;
        let key = self.keys.set().signer(self.clock.now()).ok_or(TokensError::NoSigningKey)?;
        let payload = Payload {
            iss: &self.settings.issuer,
            sub: family.subject.to_string(),
            aud: family.client_id.as_str(),
            exp: from.plus(ID_TOKEN_LIFETIME).seconds(),
            iat: from.seconds(),
            auth_time: family.auth_time.seconds(),
            acr: family.proven_by.map(|by| by.acr().as_str()),
            amr: family.proven_by.map_or(&[], ProvenBy::amr),
            sid: family.session.to_string(),
            nonce,
            at_hash: at_hash(access.expose()),
        };
        let message = unsigned(key.id_token_header(), &payload)?;
        self.sign_message(key, message).await.map(Zeroizing::new)
    }
}

/// The left half of the access token's hash, by the hash of our algorithms, which both use SHA-256 (OpenID Connect Core
/// section 3.1.3.6).
fn at_hash(access_token: &str) -> String {
    let hash = digest(&SHA256, access_token.as_bytes());
    URL_SAFE_NO_PAD.encode(hash.as_ref().get(..16).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of OpenID Connect Core, appendix A.3.
    #[test]
    fn s_as_31_at_hash_is_the_left_half_of_the_hash() {
        let access_token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
        assert_eq!(at_hash(access_token), "77QmUPtjPfzWtF2AnpK9RQ");
    }
}
