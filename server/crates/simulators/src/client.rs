//! The registered client of a simulated provider, and client authentication.

use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

/// A registered client.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Registration {
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
    /// Compared byte by byte.
    pub(crate) redirect_uris: Vec<String>,
    /// Kakao: the addresses to which a browser may return after signing out of the Kakao account. Compared byte by byte.
    #[serde(default)]
    pub(crate) logout_redirect_uris: Vec<String>,
}

/// The fields of a query or form, repeated ones included.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fields(Vec<(String, String)>);

impl Fields {
    pub(crate) fn parse(raw: &[u8]) -> Self {
        Self(form_urlencoded::parse(raw).into_owned().collect())
    }

    /// The value of a field. An empty value counts as absent, as it does at all three providers.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(field, _)| field == name)
            .map(|(_, value)| value.as_str())
            .filter(|v| !v.is_empty())
    }

    pub(crate) fn is(&self, name: &str, value: &str) -> bool {
        self.get(name) == Some(value)
    }

    pub(crate) fn pairs(&self) -> &[(String, String)] {
        &self.0
    }
}

/// The credentials that a client sent to a token endpoint.
#[derive(Clone, Debug)]
pub(crate) struct Credentials {
    pub(crate) client_id: Option<String>,
    pub(crate) client_secret: Option<String>,
    /// Whether they came by HTTP Basic.
    pub(crate) basic: bool,
}

impl Credentials {
    pub(crate) fn of(headers: &HeaderMap, form: &Fields) -> Self {
        if let Some((id, secret)) = basic(headers) {
            return Self { client_id: Some(id), client_secret: Some(secret), basic: true };
        }
        let field = |name| form.get(name).map(str::to_owned);
        Self { client_id: field("client_id"), client_secret: field("client_secret"), basic: false }
    }

    pub(crate) fn knows_id(&self, client: &Registration) -> bool {
        self.client_id.as_deref() == Some(&client.client_id)
    }

    pub(crate) fn knows_secret(&self, client: &Registration) -> bool {
        self.client_secret.as_deref() == Some(&client.client_secret)
    }
}

fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Basic ")?;
    let text = String::from_utf8(STANDARD.decode(value).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    Some((id.to_owned(), secret.to_owned()))
}

/// The token of `Authorization: Bearer`.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers.get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}

/// Whether the media type of the body is that of a form.
pub(crate) fn is_form(headers: &HeaderMap) -> bool {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().is_some_and(|kind| kind.trim() == "application/x-www-form-urlencoded")
}
