//! Kakao: ids that are numbers, a nested account, two shapes of errors, and OpenID Connect as a switch in its console.

use async_trait::async_trait;
use kernel::ExposeSecret as _;
use names::ProviderName;
use oauth2::Scope;
use reqwest::StatusCode;
use reqwest::header::{AUTHORIZATION, HeaderValue};
use serde_json::Value;
use subtle::ConstantTimeEq as _;
use url::Url;

use crate::client::{Client, Grant, Tokens};
use crate::description::{Description, SecretDemand, UnlinkWebhook};
use crate::error::{IdentifyError, UnlinkError, WebhookError};
use crate::http::{self, Reply};
use crate::id_token::Expected;
use crate::identity::{ProviderGrant, ProviderIdentity, Subject, picture};
use crate::protocol::Protocol;
use crate::provider::{Prompt, Provider};
use crate::settings::Endpoints;
use crate::transaction::LoginSecrets;
use crate::webhook::Webhook;

/// How the admin key is shown, by us and by Kakao.
const SCHEME: &str = "KakaoAK ";

pub(crate) const DESCRIPTION: Description = Description {
    name: ProviderName::Kakao,
    // Whether id_tokens come is a switch in its console.
    protocols: &[("oauth", Protocol::OAuth), ("oidc", Protocol::OpenIdConnect)],
    secret: SecretDemand::AsConfigured {
        warning: "it is not set, and newer REST API keys demand it (KOE010)",
        cure: "Set it, or switch the client secret off in Kakao's console",
    },
    unlink_key: "unlink_url",
    has_admin_key: true,
    other_addresses: &["logout_url"],
    endpoints,
    vouches_for_addresses: true,
    unlink_webhook: Some(UnlinkWebhook { by_get: true, answer: StatusCode::OK }),
    build: |client, protocol| Box::new(Kakao { client, protocol }),
};

/// Kakao Developers, "REST API".
fn endpoints(_: Protocol) -> Result<Endpoints, url::ParseError> {
    Ok(Endpoints {
        issuer: "https://kauth.kakao.com".to_owned(),
        authorize: Url::parse("https://kauth.kakao.com/oauth/authorize")?,
        token: Url::parse("https://kauth.kakao.com/oauth/token")?,
        userinfo: Url::parse("https://kapi.kakao.com/v2/user/me")?,
        jwks: Url::parse("https://kauth.kakao.com/.well-known/jwks.json")?,
        unlink: Url::parse("https://kapi.kakao.com/v1/user/unlink")?,
    })
}

/// Kakao's client.
#[derive(Debug)]
struct Kakao {
    client: Client,
    protocol: Protocol,
}

#[async_trait]
impl Provider for Kakao {
    fn client(&self) -> &Client {
        &self.client
    }

    /// Without `scope` the console's consent items apply, which is right for a login; an item that is not configured
    /// there ends on Kakao's own error page (KOE205, quirk 17). With `scope`, `openid` must be in it, or no id_token
    /// comes that time (quirk 18). The nonce goes along always; it is ignored while OpenID Connect is off. Kakao's own
    /// session outlives a sign-out here, so the person is asked which account it is to be (quirk 35).
    fn authorize_url(&self, state: &str, secrets: &LoginSecrets, prompt: Prompt) -> Url {
        let prompt = match prompt {
            Prompt::Account => "select_account",
            Prompt::Login => "login",
        };
        let mut request = self
            .client
            .authorize(state, secrets)
            .add_extra_param("nonce", &secrets.nonce)
            .add_extra_param("prompt", prompt);
        let mut scopes: Vec<&str> = self.client.settings.scopes.iter().map(String::as_str).collect();
        if !scopes.is_empty() {
            if self.protocol == Protocol::OpenIdConnect && !scopes.contains(&"openid") {
                scopes.push("openid");
            }
            // Kakao's documents separate them by commas, which make them one scope to the crate.
            request = request.add_scope(Scope::new(scopes.join(",")));
        }
        request.url().0
    }

    async fn identify(&self, grant: &Grant<'_>) -> Result<ProviderIdentity, IdentifyError> {
        let tokens = self.client.exchange(grant, &[]).await?;
        let certified = self.certified(&tokens, grant).await?;
        let mut userinfo = self.client.settings.endpoints.userinfo.clone();
        // Images are http by default (quirk 23).
        userinfo.query_pairs_mut().append_pair("secure_resource", "true");
        let reply =
            http::call(self.client.http.get(userinfo).bearer_auth(tokens.access_token.as_str())).await?;
        let mut identity = identity(&reply)?;
        if certified.is_some_and(|subject| subject != identity.subject) {
            return Err(IdentifyError::Untrusted("userinfo_subject"));
        }
        // With the admin key no token of the person is needed to unlink them.
        identity.grant = tokens.grant.filter(|_| self.client.settings.admin_key.is_none());
        Ok(identity)
    }

    async fn unlink(&self, subject: &Subject, grant: Option<&ProviderGrant>) -> Result<(), UnlinkError> {
        let request = self.client.http.post(self.client.settings.endpoints.unlink.clone());
        let request = if let Some(key) = &self.client.settings.admin_key {
            request
                .header(AUTHORIZATION, format!("{SCHEME}{}", key.expose_secret()))
                .form(&[("target_id_type", "user_id"), ("target_id", subject.as_str())])
        } else {
            let grant = grant.ok_or(UnlinkError::Never("no_grant"))?;
            match self.client.refresh(grant).await {
                Ok(tokens) => request.bearer_auth(tokens.access_token.as_str()),
                // It lives for two months, and dies when the person unlinks us.
                Err(IdentifyError::Refused(_)) => return Err(UnlinkError::Never("grant_ended")),
                Err(error) => return Err(error.into()),
            }
        };
        unlinked(&http::send(request).await?)
    }

    /// Kakao shows the admin key, which nobody else has (providers' facts, 3.8).
    fn webhook(&self, webhook: &Webhook<'_>) -> Option<Result<Subject, WebhookError>> {
        let key = self.client.settings.admin_key.as_ref()?;
        Some(read_webhook(webhook, key.expose_secret()))
    }

    /// `kauth` redirects the browser to Kakao's account pages.
    fn continues_at(&self) -> &'static [&'static str] {
        &["https://accounts.kakao.com"]
    }
}

impl Kakao {
    /// The subject by the id_token, verified whenever one comes.
    async fn certified(&self, tokens: &Tokens, grant: &Grant<'_>) -> Result<Option<Subject>, IdentifyError> {
        let Some(id_token) = &tokens.id_token else {
            return match self.protocol {
                Protocol::OAuth => Ok(None),
                Protocol::OpenIdConnect => Err(IdentifyError::Untrusted("id_token_missing")),
            };
        };
        let expected = Expected {
            issuers: &[&self.client.settings.endpoints.issuer],
            client_id: &self.client.settings.client_id,
            nonce: &grant.secrets.nonce,
        };
        Ok(Some(self.client.id_tokens.verify(id_token, expected).await?.1))
    }
}

/// Reads the profile. Errors of `kapi` are `{"msg","code"}`, unlike those of `kauth` (quirk 22); code -1 is a passing
/// failure, not a refusal.
fn identity(reply: &Reply) -> Result<ProviderIdentity, IdentifyError> {
    if let Some(code) = reply.body.get("code").and_then(Value::as_i64) {
        let detail = format!("status {}, code {code}", reply.status);
        let passing = matches!(code, -1 | -10 | -9798) || reply.is_outage();
        return Err(if passing {
            IdentifyError::Unavailable(detail)
        } else {
            IdentifyError::Refused(detail)
        });
    }
    if !reply.status.is_success() {
        return Err(IdentifyError::Unavailable(format!("status {} from the profile endpoint", reply.status)));
    }
    let subject =
        reply.body.get("id").and_then(number).ok_or(IdentifyError::Untrusted("profile_without_id"))?;
    let account = reply.body.get("kakao_account");
    let flag =
        |name: &str| account.and_then(|account| account.get(name)).and_then(Value::as_bool) == Some(true);
    let profile = account.and_then(|account| account.get("profile"));
    let text = |name: &str| profile.and_then(|profile| profile.get(name)).and_then(Value::as_str);
    let email = account
        .and_then(|account| account.get("email"))
        .and_then(Value::as_str)
        .and_then(kernel::email_address::read);
    Ok(ProviderIdentity {
        provider: ProviderName::Kakao,
        subject,
        email_verified: email.is_some() && flag("is_email_valid") && flag("is_email_verified"),
        email,
        nickname: text("nickname").map(str::to_owned),
        picture: picture(text("profile_image_url")),
        grant: None,
    })
}

/// Whether Kakao says that the person is unlinked: now, or before (-101).
fn unlinked(reply: &Reply) -> Result<(), UnlinkError> {
    let code = reply.body.get("code").and_then(Value::as_i64);
    if reply.status.is_success() && code.is_none() || code == Some(-101) {
        return Ok(());
    }
    Err(UnlinkError::Later(format!("status {}, code {}", reply.status, code.unwrap_or_default())))
}

fn read_webhook(webhook: &Webhook<'_>, admin_key: &str) -> Result<Subject, WebhookError> {
    let shown = webhook.headers.get(AUTHORIZATION).map(HeaderValue::as_bytes).unwrap_or_default();
    let expected = format!("{SCHEME}{admin_key}");
    if !bool::from(shown.ct_eq(expected.as_bytes())) {
        return Err(WebhookError::Untrusted);
    }
    let id = webhook.get("user_id").ok_or(WebhookError::Malformed)?;
    id.parse::<i64>().ok().and_then(|id| number(&id.into())).ok_or(WebhookError::Malformed)
}

/// A user number: an integer of 64 bits, never read as a float (quirk 16). Kept as its decimal text, which is also
/// the id_token's `sub`.
fn number(id: &Value) -> Option<Subject> {
    let id = id.as_i64().filter(|id| *id > 0)?;
    Subject::parse(&id.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(status: u16, body: Value) -> Result<ProviderIdentity, IdentifyError> {
        identity(&Reply { status: StatusCode::from_u16(status).unwrap(), body })
    }

    #[test]
    fn quirk_16_a_user_number_keeps_all_its_digits() {
        let person = read(200, serde_json::from_str(r#"{"id":9007199254740993}"#).unwrap()).unwrap();
        assert_eq!(person.subject.as_str(), "9007199254740993");
        for bad in [json!({"id": "12"}), json!({"id": 1.5}), json!({"id": 0}), json!({"id": -4}), json!({})] {
            assert!(matches!(read(200, bad), Err(IdentifyError::Untrusted(_))));
        }
    }

    #[test]
    fn quirk_22_the_profile_endpoints_errors_have_a_shape_of_their_own() {
        let outcome = |status, code: i64| match read(status, json!({"msg": "x", "code": code})) {
            Err(IdentifyError::Unavailable(_)) => "unavailable",
            Err(IdentifyError::Refused(_)) => "refused",
            _ => "other",
        };
        assert_eq!(outcome(400, -1), "unavailable");
        assert_eq!(outcome(429, -10), "unavailable");
        assert_eq!(outcome(503, -9798), "unavailable");
        assert_eq!(outcome(401, -401), "refused");
        assert_eq!(outcome(403, -402), "refused");
    }

    #[test]
    fn s_up_10_quirk_24_an_address_counts_with_both_flags_only() {
        for (valid, verified, expected) in [
            (json!(true), json!(true), true),
            (json!(true), json!(false), false),
            (json!(false), json!(true), false),
            (json!("true"), json!("true"), false),
            (Value::Null, Value::Null, false),
        ] {
            let account = json!({"email": "a@b.kr", "is_email_valid": valid, "is_email_verified": verified});
            let person = read(200, json!({"id": 1, "kakao_account": account})).unwrap();
            assert_eq!(person.email_verified, expected, "{account}");
        }
        let no_email = json!({"is_email_valid": true, "is_email_verified": true});
        assert!(!read(200, json!({"id": 1, "kakao_account": no_email})).unwrap().email_verified);
    }

    #[test]
    fn quirk_25_an_account_may_be_missing_altogether() {
        let person = read(200, json!({"id": 1})).unwrap();
        assert!(person.email.is_none() && person.nickname.is_none());
    }
}
