//! Making logout tokens, which tell a client that a session has ended (OpenID Connect Back-Channel Logout section 2.4).

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use names::{MemberId, SessionId};
use serde::Serialize;
use serde_json::json;
use zeroize::Zeroizing;

use crate::access_token::Minter;
use crate::claims::LOGOUT_TOKEN_TYPE;
use crate::client_id::ClientId;
use crate::error::TokensError;
use crate::jwt::unsigned;

/// How long one is valid (S-AS-33).
const LOGOUT_TOKEN_LIFETIME: Duration = Duration::from_mins(2);

/// What goes into a logout token.
#[derive(Clone, Copy, Debug)]
pub struct LogoutToken<'a> {
    /// To which client.
    pub client_id: &'a ClientId,
    /// Whose session ended.
    pub subject: MemberId,
    /// Which, as the client's ID tokens call it.
    pub session: SessionId,
}

/// No `nonce`: it must not be taken for an ID token.
#[derive(Serialize)]
struct Payload<'a> {
    iss: &'a str,
    sub: String,
    aud: &'a str,
    exp: i64,
    iat: i64,
    jti: String,
    sid: String,
    events: serde_json::Value,
}

impl Minter {
    /// Makes a logout token. Each has an id of its own, also where it says the same again.
    ///
    /// # Errors
    /// When there is no key, or the cryptographic library does not sign.
    pub async fn mint_logout_token(&self, token: LogoutToken<'_>) -> Result<Zeroizing<String>, TokensError> {
        let now = self.clock.now();
        let key = self.keys.set().signer(now).ok_or(TokensError::NoSigningKey)?;
        let mut id = [0; 16];
        self.randomness.fill(&mut id);
        let payload = Payload {
            iss: &self.settings.issuer,
            sub: token.subject.to_string(),
            aud: token.client_id.as_str(),
            exp: now.plus(LOGOUT_TOKEN_LIFETIME).seconds(),
            iat: now.seconds(),
            jti: URL_SAFE_NO_PAD.encode(id),
            sid: token.session.to_string(),
            events: json!({ "http://schemas.openid.net/event/backchannel-logout": {} }),
        };
        let header = json!({ "alg": key.kind().algorithm(), "typ": LOGOUT_TOKEN_TYPE, "kid": key.kid() });
        let message = unsigned(&URL_SAFE_NO_PAD.encode(header.to_string()), &payload)?;
        self.sign_message(key, message).await.map(Zeroizing::new)
    }
}
