//! Google: OpenID Connect as it should be, with two spellings of its issuer.

use async_trait::async_trait;
use names::ProviderName;
use oauth2::Scope;
use serde_json::Value;
use url::Url;

use crate::client::{Client, Grant};
use crate::description::{Description, SecretDemand};
use crate::error::{IdentifyError, UnlinkError};
use crate::http;
use crate::id_token::Expected;
use crate::identity::{ProviderGrant, ProviderIdentity, Subject, picture};
use crate::protocol::Protocol;
use crate::provider::{Prompt, Provider};
use crate::settings::Endpoints;
use crate::transaction::LoginSecrets;

pub(crate) const DESCRIPTION: Description = Description {
    name: ProviderName::Google,
    protocols: &[("oidc", Protocol::OpenIdConnect)],
    secret: SecretDemand::Always,
    unlink_key: "revoke_url",
    has_admin_key: false,
    other_addresses: &[],
    endpoints,
    vouches_for_addresses: true,
    unlink_webhook: None,
    build: |client, _| Box::new(Google(client)),
};

/// Its "OpenID Connect" guide and discovery document.
fn endpoints(_: Protocol) -> Result<Endpoints, url::ParseError> {
    Ok(Endpoints {
        issuer: "https://accounts.google.com".to_owned(),
        authorize: Url::parse("https://accounts.google.com/o/oauth2/v2/auth")?,
        token: Url::parse("https://oauth2.googleapis.com/token")?,
        userinfo: Url::parse("https://openidconnect.googleapis.com/v1/userinfo")?,
        jwks: Url::parse("https://www.googleapis.com/oauth2/v3/certs")?,
        unlink: Url::parse("https://oauth2.googleapis.com/revoke")?,
    })
}

const DEFAULT_SCOPES: &str = "openid email profile";

/// Signs people in with Google, by OpenID Connect.
#[derive(Debug)]
struct Google(Client);

#[async_trait]
impl Provider for Google {
    fn client(&self) -> &Client {
        &self.0
    }

    /// `access_type=offline` brings a refresh token at the first consent: without one nothing could be revoked an hour
    /// later, when the account is deleted. `select_account` lets a person who signed out here come back as somebody else,
    /// since Google's own session stays (quirk 35). Of the values of `prompt` none makes them prove who they are.
    fn authorize_url(&self, state: &str, secrets: &LoginSecrets, _: Prompt) -> Url {
        let scopes = &self.0.settings.scopes;
        let scope = if scopes.is_empty() { DEFAULT_SCOPES.to_owned() } else { scopes.join(" ") };
        let request = self
            .0
            .authorize(state, secrets)
            .add_scope(Scope::new(scope))
            .add_extra_param("nonce", &secrets.nonce)
            .add_extra_param("access_type", "offline")
            .add_extra_param("prompt", "select_account");
        request.url().0
    }

    /// The id_token says it all; the profile endpoint is not asked.
    async fn identify(&self, grant: &Grant<'_>) -> Result<ProviderIdentity, IdentifyError> {
        let tokens = self.0.exchange(grant, &[]).await?;
        let id_token = tokens.id_token.as_ref().ok_or(IdentifyError::Untrusted("id_token_missing"))?;
        let issuer = self.0.settings.endpoints.issuer.as_str();
        let expected = Expected {
            issuers: &[issuer, without_scheme(issuer)],
            client_id: &self.0.settings.client_id,
            nonce: &grant.secrets.nonce,
        };
        let (claims, subject) = self.0.id_tokens.verify(id_token, expected).await?;
        let email = claims.text("email").and_then(kernel::email_address::read);
        let given = |name: &str| claims.text(name).filter(|given| !given.trim().is_empty());
        Ok(ProviderIdentity {
            provider: ProviderName::Google,
            subject,
            email_verified: email.is_some() && is_true(claims.get("email_verified")),
            email,
            nickname: given("name").or_else(|| given("nickname")).map(str::to_owned),
            picture: picture(claims.text("picture")),
            grant: tokens.grant,
        })
    }

    /// Withdraws the grant to the whole project (providers' facts, 1.8). A token that Google does not know any more has
    /// nothing left to withdraw.
    async fn unlink(&self, _: &Subject, grant: Option<&ProviderGrant>) -> Result<(), UnlinkError> {
        let grant = grant.ok_or(UnlinkError::Never("no_grant"))?;
        let request = self.0.http.post(self.0.settings.endpoints.unlink.clone());
        let reply = http::send(request.form(&[("token", grant.expose())])).await?;
        if reply.status.is_success() || reply.text("error") == Some("invalid_token") {
            return Ok(());
        }
        Err(UnlinkError::Later(format!("status {}", reply.status)))
    }
}

/// Google's documentation allows both `https://accounts.google.com` and the bare host in `iss` (quirk 26).
fn without_scheme(issuer: &str) -> &str {
    issuer.strip_prefix("https://").unwrap_or(issuer)
}

/// A boolean in id_tokens, text in samples and in tokeninfo; the text `"false"` is not true (quirk 29).
fn is_true(value: Option<&Value>) -> bool {
    match value {
        Some(Value::Bool(flag)) => *flag,
        Some(Value::String(text)) => text == "true",
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn s_up_10_quirk_29_only_the_explicit_word_verifies_an_address() {
        for (value, verified) in [
            (json!(true), true),
            (json!("true"), true),
            (json!(false), false),
            (json!("false"), false),
            (json!(1), false),
            (json!("TRUE"), false),
            (Value::Null, false),
        ] {
            assert_eq!(is_true(Some(&value)), verified, "{value}");
        }
        assert!(!is_true(None));
    }

    #[test]
    fn quirk_26_the_bare_issuer_is_the_same() {
        assert_eq!(without_scheme("https://accounts.google.com"), "accounts.google.com");
        assert_eq!(without_scheme("http://127.0.0.1:3010/google"), "http://127.0.0.1:3010/google");
    }
}
