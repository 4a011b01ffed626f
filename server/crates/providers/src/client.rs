//! Our registration at one provider, and the two calls that all three have in common: sending a browser there, and
//! exchanging a code.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::{Clock, TokenHash};
use names::ProviderName;
use url::Url;
use zeroize::Zeroizing;

use crate::error::IdentifyError;
use crate::http::{self, Reply};
use crate::id_token::IdTokens;
use crate::identity::ProviderGrant;
use crate::settings::ClientSettings;
use crate::transaction::LoginSecrets;

/// A provider's client.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) name: ProviderName,
    pub(crate) settings: ClientSettings,
    pub(crate) redirect_uri: String,
    pub(crate) http: reqwest::Client,
    pub(crate) id_tokens: IdTokens,
}

/// What a callback brought, and what we kept of its beginning.
pub(crate) struct Grant<'a> {
    pub(crate) code: &'a str,
    pub(crate) state: &'a str,
    pub(crate) secrets: &'a LoginSecrets,
}

/// The tokens of a login. They live until the identity is known and are wiped then; of the refresh token alone something
/// is kept, where unlinking needs it (S-UP-19).
pub(crate) struct Tokens {
    pub(crate) access_token: Zeroizing<String>,
    pub(crate) id_token: Option<Zeroizing<String>>,
    pub(crate) grant: Option<ProviderGrant>,
}

impl Client {
    pub(crate) fn new(
        name: ProviderName,
        settings: ClientSettings,
        public_url: &Url,
        http: reqwest::Client,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let redirect_uri = format!("{public_url}api/auth/callback/{name}");
        let id_tokens = IdTokens::new(settings.endpoints.jwks.clone(), http.clone(), clock);
        Self { name, settings, redirect_uri, http, id_tokens }
    }

    /// The address to which a browser is sent, with what every provider takes. PKCE goes to all of them; where it is
    /// not documented it is ignored, and state and nonce carry the protection (S-UP-3).
    pub(crate) fn authorize_url(&self, state: &str, secrets: &LoginSecrets) -> Url {
        let challenge = URL_SAFE_NO_PAD.encode(TokenHash::of(secrets.verifier.as_bytes()).as_bytes());
        let mut url = self.settings.endpoints.authorize.clone();
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.settings.client_id)
            .append_pair("redirect_uri", &self.redirect_uri)
            .append_pair("state", state)
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256");
        url
    }

    /// Exchanges the code. The client's secret goes in the body (`client_secret_post`): it is the one way that all
    /// three take (quirk 3), and keeps it out of addresses (S-UP-18).
    pub(crate) async fn exchange(
        &self,
        grant: &Grant<'_>,
        extra: &[(&str, &str)],
    ) -> Result<Tokens, IdentifyError> {
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", grant.code),
            ("redirect_uri", &self.redirect_uri),
            ("code_verifier", &grant.secrets.verifier),
        ];
        form.extend(self.credentials());
        form.extend_from_slice(extra);
        let reply = http::call(self.http.post(self.settings.endpoints.token.clone()).form(&form)).await?;
        self.tokens(&reply)
    }

    /// Client id and secret, as form fields.
    pub(crate) fn credentials(&self) -> Vec<(&str, &str)> {
        let secret = self.settings.client_secret.as_ref().map(kernel::ExposeSecret::expose_secret);
        let id = ("client_id", self.settings.client_id.as_str());
        std::iter::once(id).chain(secret.map(|secret| ("client_secret", secret))).collect()
    }

    /// Another access token for a grant (RFC 6749 section 6).
    pub(crate) async fn refresh(&self, grant: &ProviderGrant) -> Result<Tokens, IdentifyError> {
        let mut form = vec![("grant_type", "refresh_token"), ("refresh_token", grant.expose())];
        form.extend(self.credentials());
        let reply = http::call(self.http.post(self.settings.endpoints.token.clone()).form(&form)).await?;
        self.tokens(&reply)
    }

    /// The error object comes before the status (quirk 1). Of the rest only the tokens count: `expires_in` may be
    /// text (quirk 2) and `scope` expanded (quirk 28), and neither matters to a login.
    fn tokens(&self, reply: &Reply) -> Result<Tokens, IdentifyError> {
        if let Some(error) = reply.text("error") {
            return Err(self.refusal(error, reply));
        }
        if !reply.status.is_success() {
            return Err(IdentifyError::Unavailable(format!(
                "status {} from the token endpoint",
                reply.status
            )));
        }
        let access_token = reply.text("access_token").filter(|token| !token.is_empty());
        let access_token =
            access_token.ok_or_else(|| IdentifyError::Unavailable("no access token".to_owned()))?;
        Ok(Tokens {
            access_token: Zeroizing::new(access_token.to_owned()),
            id_token: reply.text("id_token").map(|token| Zeroizing::new(token.to_owned())),
            grant: reply.text("refresh_token").and_then(ProviderGrant::new),
        })
    }

    fn refusal(&self, error: &str, reply: &Reply) -> IdentifyError {
        let description = reply.text("error_description").unwrap_or_default();
        let code = reply.text("error_code").unwrap_or_default();
        if matches!(error, "temporarily_unavailable" | "server_error")
            || code == "KOE237"
            || reply.is_outage()
        {
            return IdentifyError::Unavailable(format!("{error} {code}"));
        }
        let ours = matches!(
            error,
            "invalid_client" | "unauthorized_client" | "misconfigured" | "redirect_uri_mismatch"
        ) || matches!(code, "KOE010" | "KOE101" | "KOE303" | "KOE009")
            || description.starts_with("wrong client id");
        if ours {
            // The provider's words are quoted, so that they cannot forge a log line.
            tracing::error!(
                provider = %self.name,
                error,
                code,
                description = ?description,
                "the provider does not accept this client: compare client_id, client_secret and the redirect URI \
                 with the provider's console"
            );
        }
        IdentifyError::Refused(format!("{error} {code}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Endpoints;
    use kernel::{OsRandomness, SystemClock};
    use reqwest::StatusCode;
    use serde_json::json;

    fn client() -> Client {
        let settings = ClientSettings {
            client_id: "client".to_owned(),
            client_secret: Some("secret".to_owned().into()),
            admin_key: None,
            scopes: Vec::new(),
            endpoints: Endpoints::kakao().unwrap(),
        };
        let public_url = Url::parse("http://localhost:3000").unwrap();
        Client::new(
            ProviderName::Kakao,
            settings,
            &public_url,
            http::client(None).unwrap(),
            Arc::new(SystemClock),
        )
    }

    fn outcome(status: u16, body: serde_json::Value) -> &'static str {
        match client().tokens(&Reply { status: StatusCode::from_u16(status).unwrap(), body }) {
            Ok(_) => "tokens",
            Err(IdentifyError::Refused(_)) => "refused",
            Err(IdentifyError::Unavailable(_)) => "unavailable",
            Err(IdentifyError::Untrusted(_)) => "untrusted",
        }
    }

    #[test]
    fn quirk_01_an_error_with_status_200_is_an_error() {
        let body = json!({"error": "invalid_request", "error_description": "no valid data in session"});
        assert_eq!(outcome(200, body), "refused");
    }

    #[test]
    fn quirk_02_expires_in_may_be_text() {
        assert_eq!(outcome(200, json!({"access_token": "a", "expires_in": "3600"})), "tokens");
        assert_eq!(outcome(200, json!({"access_token": "a", "expires_in": 21599})), "tokens");
        assert_eq!(outcome(200, json!({"access_token": "a"})), "tokens");
    }

    #[test]
    fn quirk_28_an_expanded_scope_is_no_false_alarm() {
        let scope = "openid https://www.googleapis.com/auth/userinfo.email";
        assert_eq!(outcome(200, json!({"access_token": "a", "scope": scope})), "tokens");
    }

    #[test]
    fn an_outage_is_told_from_a_refusal() {
        assert_eq!(outcome(500, json!({"error": "server_error"})), "unavailable");
        assert_eq!(outcome(400, json!({"error": "x", "error_code": "KOE237"})), "unavailable");
        assert_eq!(outcome(429, json!({})), "unavailable");
        assert_eq!(outcome(200, json!({})), "unavailable");
        assert_eq!(outcome(401, json!({"error": "invalid_client", "error_code": "KOE010"})), "refused");
    }

    #[test]
    fn s_up_3_each_login_has_a_verifier_of_its_own_that_hashes_to_its_challenge() {
        let client = client();
        let mut seen = std::collections::HashSet::new();
        for _ in 0..1000 {
            let secrets = LoginSecrets::new(&OsRandomness);
            let url = client.authorize_url("state", &secrets);
            let challenge =
                url.query_pairs().find(|(name, _)| name == "code_challenge").unwrap().1.into_owned();
            assert_eq!(challenge.len(), 43);
            let hash = TokenHash::of(secrets.verifier.as_bytes());
            assert_eq!(URL_SAFE_NO_PAD.decode(&challenge).unwrap(), hash.as_bytes());
            assert!(seen.insert(challenge));
        }
    }
}
