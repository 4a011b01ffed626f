//! Naver: errors with status 200, the profile in a wrapper, and two surfaces that must not be mixed.

use async_trait::async_trait;
use kernel::ExposeSecret as _;
use names::ProviderName;
use oauth2::Scope;
use reqwest::StatusCode;
use serde_json::Value;
use url::Url;

use crate::client::{Client, Grant};
use crate::description::{Description, SecretDemand, UnlinkWebhook};
use crate::error::{IdentifyError, UnlinkError, WebhookError};
use crate::http::{self, Reply};
use crate::id_token::Expected;
use crate::identity::{ProviderGrant, ProviderIdentity, Subject, picture};
use crate::naver_webhook;
use crate::protocol::Protocol;
use crate::provider::{Prompt, Provider};
use crate::settings::Endpoints;
use crate::transaction::LoginSecrets;
use crate::webhook::Webhook;

pub(crate) const DESCRIPTION: Description = Description {
    name: ProviderName::Naver,
    protocols: &[("classic", Protocol::OAuth), ("oidc", Protocol::OpenIdConnect)],
    secret: SecretDemand::Always,
    unlink_key: "revoke_url",
    has_admin_key: false,
    other_addresses: &[],
    endpoints,
    // It has no word for it.
    vouches_for_addresses: false,
    unlink_webhook: Some(UnlinkWebhook { by_get: false, answer: StatusCode::NO_CONTENT }),
    build: |client, protocol| Box::new(Naver { client, protocol }),
};

/// Those of one of its two surfaces (네이버 로그인 API 명세): OAuth 2.0 under `/oauth2.0/`, OpenID Connect under `/oauth2/`. Codes
/// and tokens of one are unknown to the other.
fn endpoints(protocol: Protocol) -> Result<Endpoints, url::ParseError> {
    let surface = match protocol {
        Protocol::OAuth => "oauth2.0",
        Protocol::OpenIdConnect => "oauth2",
    };
    Ok(Endpoints {
        issuer: "https://nid.naver.com".to_owned(),
        authorize: Url::parse(&format!("https://nid.naver.com/{surface}/authorize"))?,
        token: Url::parse(&format!("https://nid.naver.com/{surface}/token"))?,
        userinfo: Url::parse("https://openapi.naver.com/v1/nid/me")?,
        jwks: Url::parse("https://nid.naver.com/oauth2/jwks")?,
        // One address for both surfaces: that of the other one is not documented.
        unlink: Url::parse("https://nid.naver.com/oauth2.0/revoke")?,
    })
}

/// Naver's client, on one of its surfaces.
#[derive(Debug)]
struct Naver {
    client: Client,
    protocol: Protocol,
}

#[async_trait]
impl Provider for Naver {
    fn client(&self) -> &Client {
        &self.client
    }

    /// What a person shares is chosen in Naver's console, not by scope; there is no scope for e-mail (quirk 8). OIDC
    /// needs `openid`.
    fn authorize_url(&self, state: &str, secrets: &LoginSecrets, prompt: Prompt) -> Url {
        let mut request = self.client.authorize(state, secrets);
        if prompt == Prompt::Login {
            request = request.add_extra_param("auth_type", "reauthenticate");
        }
        let mut scopes: Vec<&str> = self.client.settings.scopes.iter().map(String::as_str).collect();
        if self.protocol == Protocol::OpenIdConnect {
            if !scopes.contains(&"openid") {
                scopes.insert(0, "openid");
            }
            request = request.add_extra_param("nonce", &secrets.nonce);
        }
        request.add_scopes(scopes.into_iter().map(|scope| Scope::new(scope.to_owned()))).url().0
    }

    /// The profile call is needed on both surfaces: Naver's id_token has neither name nor e-mail.
    async fn identify(&self, grant: &Grant<'_>) -> Result<ProviderIdentity, IdentifyError> {
        // `state` in the token call is documented as required (quirk 10).
        let tokens = self.client.exchange(grant, &[("state", grant.state)]).await?;
        let certified = match self.protocol {
            Protocol::OAuth => None,
            Protocol::OpenIdConnect => {
                let id_token =
                    tokens.id_token.as_ref().ok_or(IdentifyError::Untrusted("id_token_missing"))?;
                let expected = Expected {
                    issuers: &[&self.client.settings.endpoints.issuer],
                    client_id: &self.client.settings.client_id,
                    nonce: &grant.secrets.nonce,
                };
                Some(self.client.id_tokens.verify(id_token, expected).await?.1)
            }
        };
        let userinfo = self.client.settings.endpoints.userinfo.clone();
        let reply =
            http::call(self.client.http.get(userinfo).bearer_auth(tokens.access_token.as_str())).await?;
        let mut identity = identity(&reply)?;
        if certified.is_some_and(|subject| subject != identity.subject) {
            return Err(IdentifyError::Untrusted("userinfo_subject"));
        }
        identity.grant = tokens.grant;
        Ok(identity)
    }

    /// The answer is 200 with an empty body, for a dead token too (quirk 12). The old `grant_type=delete` is not used: it
    /// says success whatever happened, and leaves the documents.
    async fn unlink(&self, _: &Subject, grant: Option<&ProviderGrant>) -> Result<(), UnlinkError> {
        let grant = grant.ok_or(UnlinkError::Never("no_grant"))?;
        let mut form = self.client.credentials();
        form.extend([("token", grant.expose()), ("token_type_hint", "refresh_token")]);
        let request = self.client.http.post(self.client.settings.endpoints.unlink.clone()).form(&form);
        let reply = http::send(request).await?;
        // Like all of Naver's, an error may come with status 200 (quirk 1).
        if reply.status.is_success() && reply.text("error").is_none() {
            return Ok(());
        }
        Err(UnlinkError::Later(format!("status {}", reply.status)))
    }

    fn webhook(&self, webhook: &Webhook<'_>) -> Option<Result<Subject, WebhookError>> {
        let secret = self.client.settings.client_secret.as_ref()?;
        Some(naver_webhook::read(webhook, &self.client.settings.client_id, secret.expose_secret()))
    }
}

/// Reads the profile. `resultcode` decides before anything else is believed (quirk 5), the status comes with it, and
/// everything but the id may be missing.
fn identity(reply: &Reply) -> Result<ProviderIdentity, IdentifyError> {
    let result = reply.text("resultcode").or_else(|| reply.text("errorCode")).unwrap_or("none");
    if result != "00" || !reply.status.is_success() {
        let refused = matches!(result, "024" | "028")
            || matches!(reply.status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN);
        let detail = format!("status {}, resultcode {}", reply.status, result.escape_default());
        return Err(if refused {
            IdentifyError::Refused(detail)
        } else {
            IdentifyError::Unavailable(detail)
        });
    }
    let profile = reply.body.get("response");
    let text = |name: &str| profile.and_then(|profile| profile.get(name)).and_then(Value::as_str);
    let subject =
        text("id").and_then(Subject::parse).ok_or(IdentifyError::Untrusted("profile_without_id"))?;
    // Without a nickname of their own, people have a masked id there (`abc***`), which says nothing to anybody.
    let given = |name: &str| text(name).filter(|given| !given.trim().is_empty());
    let nickname = given("nickname").filter(|name| !name.ends_with("***")).or_else(|| given("name"));
    Ok(ProviderIdentity {
        provider: ProviderName::Naver,
        subject,
        email: text("email").and_then(kernel::email_address::read),
        // There is no flag, and people may enter any address: never verified (providers' facts, 2.12).
        email_verified: false,
        nickname: nickname.map(str::to_owned),
        picture: picture(text("profile_image")),
        grant: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(status: u16, body: Value) -> Result<ProviderIdentity, IdentifyError> {
        identity(&Reply { status: StatusCode::from_u16(status).unwrap(), body })
    }

    #[test]
    fn quirk_04_the_profile_is_in_a_wrapper_and_an_empty_id_is_refused() {
        let good = json!({"resultcode": "00", "message": "success", "response": {"id": "kX3-x", "email": "a@naver.com"}});
        let person = read(200, good).unwrap();
        assert_eq!(person.subject.as_str(), "kX3-x");
        assert!(!person.email_verified, "S-UP-10: never");
        for bad in [json!({"id": "top"}), json!({"id": ""}), json!({"id": null}), json!({"id": 5}), json!({})]
        {
            let body = json!({"resultcode": "00", "id": "top", "response": bad});
            let read = read(200, body);
            assert_eq!(read.is_ok(), bad == json!({"id": "top"}), "{bad}");
        }
    }

    #[test]
    fn quirk_05_a_bad_resultcode_is_no_profile_whatever_the_status() {
        let body = json!({"resultcode": "024", "message": "x", "response": {"id": "kX3"}});
        assert!(matches!(read(200, body.clone()), Err(IdentifyError::Refused(_))));
        assert!(matches!(read(401, body), Err(IdentifyError::Refused(_))));
        assert!(matches!(
            read(401, json!({"errorCode": "024", "errorMessage": "x"})),
            Err(IdentifyError::Refused(_))
        ));
        assert!(matches!(read(500, json!({"errorCode": "900"})), Err(IdentifyError::Unavailable(_))));
        assert!(matches!(read(429, json!({"errorCode": "012"})), Err(IdentifyError::Unavailable(_))));
        assert!(matches!(read(200, json!({"sub": "kX3"})), Err(IdentifyError::Unavailable(_))), "quirk 6");
    }

    #[test]
    fn quirk_14_an_id_may_be_digits_or_text() {
        for id in ["32742776", "kX3_-base64like"] {
            assert!(read(200, json!({"resultcode": "00", "response": {"id": id}})).is_ok());
        }
    }

    #[test]
    fn quirk_25_nothing_but_the_id_is_certain() {
        let person =
            read(200, json!({"resultcode": "00", "response": {"id": "1", "nickname": "abc***"}})).unwrap();
        assert!(person.email.is_none() && person.nickname.is_none() && person.picture.is_none());
    }
}
