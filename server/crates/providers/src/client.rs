//! Our registration at one provider, and what all three have in common: sending a browser there, exchanging a code, and
//! getting another access token for a grant. The crate `oauth2` writes these requests.

use std::sync::Arc;

use kernel::{Clock, ExposeSecret as _};
use names::ProviderName;
use oauth2::{
    AuthType, AuthUrl, AuthorizationCode, AuthorizationRequest, ClientId, ClientSecret, CsrfToken,
    PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RefreshToken, RequestTokenError, TokenResponse as _,
    TokenUrl,
};
use url::Url;
use zeroize::Zeroizing;

use crate::error::IdentifyError;
use crate::id_token::IdTokens;
use crate::identity::ProviderGrant;
use crate::settings::ClientSettings;
use crate::token_call::{OAuthClient, TokenHttp, TokenOutcome, TokenRefusal};
use crate::transaction::LoginSecrets;

/// Our registration at a provider, with its endpoints and how they are called.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) name: ProviderName,
    pub(crate) settings: ClientSettings,
    pub(crate) http: reqwest::Client,
    pub(crate) id_tokens: IdTokens,
    oauth: OAuthClient,
    token_http: TokenHttp,
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
        let id_tokens = IdTokens::new(settings.endpoints.jwks.clone(), http.clone(), clock);
        let oauth = registration(name, &settings, public_url);
        let token_http = TokenHttp(http.clone());
        Self { name, settings, http, id_tokens, oauth, token_http }
    }

    /// The address to which a browser is sent, with what every provider takes. PKCE goes to all of them; where it is
    /// not documented it is ignored, and state and nonce carry the protection (S-UP-3).
    pub(crate) fn authorize(&self, state: &str, secrets: &LoginSecrets) -> AuthorizationRequest<'_> {
        let verifier = PkceCodeVerifier::new(secrets.verifier.clone());
        self.oauth
            .authorize_url(|| CsrfToken::new(state.to_owned()))
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier))
    }

    /// Exchanges the code.
    pub(crate) async fn exchange(
        &self,
        grant: &Grant<'_>,
        extra: &[(&str, &str)],
    ) -> Result<Tokens, IdentifyError> {
        let mut request = self
            .oauth
            .exchange_code(AuthorizationCode::new(grant.code.to_owned()))
            .set_pkce_verifier(PkceCodeVerifier::new(grant.secrets.verifier.clone()));
        for (name, value) in extra {
            request = request.add_extra_param(*name, *value);
        }
        self.tokens(request.request_async(&self.token_http).await)
    }

    /// Another access token for a grant (RFC 6749 section 6).
    pub(crate) async fn refresh(&self, grant: &ProviderGrant) -> Result<Tokens, IdentifyError> {
        let refresh_token = RefreshToken::new(grant.expose().to_owned());
        let request = self.oauth.exchange_refresh_token(&refresh_token);
        self.tokens(request.request_async(&self.token_http).await)
    }

    /// Client id and secret, as form fields.
    pub(crate) fn credentials(&self) -> Vec<(&str, &str)> {
        let secret = self.settings.client_secret.as_ref().map(kernel::ExposeSecret::expose_secret);
        let id = ("client_id", self.settings.client_id.as_str());
        std::iter::once(id).chain(secret.map(|secret| ("client_secret", secret))).collect()
    }

    fn tokens(&self, outcome: TokenOutcome) -> Result<Tokens, IdentifyError> {
        let unavailable = |why: &str| IdentifyError::Unavailable(why.to_owned());
        let reply = outcome.map_err(|error| match error {
            RequestTokenError::ServerResponse(refusal) => self.refusal(&refusal),
            RequestTokenError::Request(error) => error,
            // Neither is shown: what could not be read may hold a token.
            RequestTokenError::Parse(..) | RequestTokenError::Other(_) => unavailable("no access token"),
        })?;
        if reply.access_token().secret().is_empty() {
            return Err(unavailable("no access token"));
        }
        Ok(Tokens {
            access_token: Zeroizing::new(reply.access_token().secret().clone()),
            id_token: reply.extra_fields().id_token.clone(),
            grant: reply.refresh_token().and_then(|token| ProviderGrant::new(token.secret())),
        })
    }

    fn refusal(&self, refusal: &TokenRefusal) -> IdentifyError {
        let (error, code) = (refusal.error.as_str(), refusal.error_code.as_str());
        if matches!(error, "temporarily_unavailable" | "server_error") || code == "KOE237" {
            return IdentifyError::Unavailable(refusal.to_string());
        }
        let ours = matches!(
            error,
            "invalid_client" | "unauthorized_client" | "misconfigured" | "redirect_uri_mismatch"
        ) || matches!(code, "KOE010" | "KOE101" | "KOE303" | "KOE009")
            || refusal.error_description.starts_with("wrong client id");
        if ours {
            // The provider's words are quoted, so that they cannot forge a log line.
            tracing::error!(
                provider = %self.name,
                error,
                code,
                description = ?refusal.error_description,
                "the provider does not accept this client: compare client_id, client_secret and the redirect URI \
                 with the provider's console"
            );
        }
        IdentifyError::Refused(refusal.to_string())
    }
}

/// The client's secret goes in the body (`client_secret_post`): it is the one way that all three take (quirk 3), and keeps
/// it out of addresses (S-UP-18).
fn registration(name: ProviderName, settings: &ClientSettings, public_url: &Url) -> OAuthClient {
    let mut redirect = public_url.clone();
    redirect.set_path(&format!("{}api/auth/callback/{name}", public_url.path()));
    let endpoints = &settings.endpoints;
    let client = oauth2::Client::new(ClientId::new(settings.client_id.clone()))
        .set_auth_type(AuthType::RequestBody)
        .set_redirect_uri(RedirectUrl::from_url(redirect))
        .set_auth_uri(AuthUrl::from_url(endpoints.authorize.clone()))
        .set_token_uri(TokenUrl::from_url(endpoints.token.clone()));
    match &settings.client_secret {
        Some(secret) => client.set_client_secret(ClientSecret::new(secret.expose_secret().to_owned())),
        None => client,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::describe;
    use crate::http::{self, Reply};
    use crate::protocol::Protocol;
    use crate::token_call;
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use kernel::{OsRandomness, SystemClock, TokenHash};
    use reqwest::StatusCode;
    use serde_json::json;

    fn client() -> Client {
        let settings = ClientSettings {
            client_id: "client".to_owned(),
            client_secret: Some("secret".to_owned().into()),
            admin_key: None,
            scopes: Vec::new(),
            endpoints: (describe(ProviderName::Kakao).endpoints)(Protocol::OAuth).unwrap(),
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

    /// What the crate makes of a reply in the form that it gets.
    async fn outcome(status: u16, body: serde_json::Value) -> &'static str {
        let reply = Reply { status: StatusCode::from_u16(status).unwrap(), body };
        let client = client();
        let answer = |_| std::future::ready(token_call::in_standard_form(&reply));
        let request = client.oauth.exchange_code(AuthorizationCode::new("code".to_owned()));
        match client.tokens(request.request_async(&answer).await) {
            Ok(_) => "tokens",
            Err(IdentifyError::Refused(_)) => "refused",
            Err(IdentifyError::Unavailable(_)) => "unavailable",
            Err(IdentifyError::Untrusted(_)) => "untrusted",
        }
    }

    #[tokio::test]
    async fn quirk_01_an_error_with_status_200_is_an_error() {
        let body = json!({"error": "invalid_request", "error_description": "no valid data in session"});
        assert_eq!(outcome(200, body).await, "refused");
    }

    #[tokio::test]
    async fn quirk_02_expires_in_may_be_text() {
        assert_eq!(outcome(200, json!({"access_token": "a", "expires_in": "3600"})).await, "tokens");
        assert_eq!(outcome(200, json!({"access_token": "a", "expires_in": 21599})).await, "tokens");
        assert_eq!(outcome(200, json!({"access_token": "a"})).await, "tokens");
        let odd = json!({"access_token": "a", "expires_in": [], "token_type": 1, "id_token": {}, "refresh_token": 0});
        assert_eq!(outcome(200, odd).await, "tokens", "what is no text counts as not there");
    }

    #[tokio::test]
    async fn quirk_28_an_expanded_scope_is_no_false_alarm() {
        let scope = "openid https://www.googleapis.com/auth/userinfo.email";
        assert_eq!(outcome(200, json!({"access_token": "a", "scope": scope})).await, "tokens");
    }

    #[tokio::test]
    async fn an_outage_is_told_from_a_refusal() {
        assert_eq!(outcome(500, json!({"error": "server_error"})).await, "unavailable");
        assert_eq!(outcome(400, json!({"error": "x", "error_code": "KOE237"})).await, "unavailable");
        assert_eq!(outcome(429, json!({})).await, "unavailable");
        assert_eq!(outcome(200, json!({})).await, "unavailable");
        assert_eq!(outcome(200, json!({"access_token": ""})).await, "unavailable");
        assert_eq!(outcome(200, json!({"access_token": 7})).await, "unavailable");
        assert_eq!(outcome(429, json!({"error": "invalid_request"})).await, "unavailable");
        assert_eq!(outcome(201, json!({"access_token": "a"})).await, "tokens");
        assert_eq!(outcome(401, json!({"error": "invalid_client", "error_code": "KOE010"})).await, "refused");
    }

    #[test]
    fn s_up_3_each_login_has_a_verifier_of_its_own_that_hashes_to_its_challenge() {
        let client = client();
        let mut seen = std::collections::HashSet::new();
        for _ in 0..1000 {
            let secrets = LoginSecrets::new(&OsRandomness);
            let url = client.authorize("state", &secrets).url().0;
            let challenge =
                url.query_pairs().find(|(name, _)| name == "code_challenge").unwrap().1.into_owned();
            assert_eq!(challenge.len(), 43);
            let hash = TokenHash::of(secrets.verifier.as_bytes());
            assert_eq!(URL_SAFE_NO_PAD.decode(&challenge).unwrap(), hash.as_bytes());
            assert!(seen.insert(challenge));
        }
    }
}
