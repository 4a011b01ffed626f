//! A client as the admin API takes it: by a program, or by the form of a page.

use std::time::Duration;

use authorization::ClientConfig;
use serde::Deserialize;
use utoipa::ToSchema;
use web::reason::FieldErrors;

use crate::given_reason::Reasoned;

/// A client to be registered. Lists are words with blanks between them, as scopes are elsewhere.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClientBody {
    #[schema(required = true, nullable = false, value_type = String, example = "shop")]
    id: Option<String>,
    #[schema(required = false, nullable = false, value_type = String, example = "The shop")]
    name: Option<String>,
    /// `none`, `client_secret_basic`, `client_secret_post` or `private_key_jwt`.
    #[schema(required = false, nullable = false, value_type = String, example = "client_secret_basic")]
    auth: Option<String>,
    /// Its public keys, for `private_key_jwt`.
    #[schema(required = false, nullable = false, value_type = String, example = "")]
    jwks: Option<String>,
    #[schema(required = false, nullable = false, value_type = String, example = "authorization_code refresh_token")]
    grants: Option<String>,
    #[schema(required = false, nullable = false, value_type = String, example = "https://shop.example/callback")]
    redirect_uris: Option<String>,
    #[schema(required = false, nullable = false, value_type = String, example = "https://shop.example/")]
    post_logout_redirect_uris: Option<String>,
    #[schema(required = false, nullable = false, value_type = String, example = "openid profile")]
    scopes: Option<String>,
    #[schema(required = false, nullable = false, value_type = String, example = "orders")]
    audiences: Option<String>,
    #[schema(required = false, nullable = false, value_type = String, example = "orders")]
    introspects: Option<String>,
    #[schema(required = false, nullable = false, value_type = String, example = "https://shop.example")]
    origins: Option<String>,
    /// Your own: nobody is asked for consent. `true` or `false`.
    #[schema(required = false, nullable = false, value_type = String, example = "false")]
    first_party: Option<String>,
    #[schema(required = false, nullable = false, value_type = String, example = "https://shop.example/logout")]
    backchannel_logout_uri: Option<String>,
    /// Its authorization requests must be pushed. `true` or `false`.
    #[schema(required = false, nullable = false, value_type = String, example = "false")]
    require_par: Option<String>,
    /// `optional` or `required`.
    #[schema(required = false, nullable = false, value_type = String, example = "optional")]
    dpop: Option<String>,
    /// `required` or `optional`.
    #[schema(required = false, nullable = false, value_type = String, example = "required")]
    pkce: Option<String>,
    /// How long its access tokens live, in seconds.
    #[schema(required = false, nullable = false, value_type = String, example = "120")]
    access_seconds: Option<String>,
    /// How long its refresh tokens live, in seconds.
    #[schema(required = false, nullable = false, value_type = String, example = "2592000")]
    refresh_seconds: Option<String>,
    #[schema(required = true, nullable = false, value_type = String, example = "Ordered by the team of the shop")]
    reason: Option<String>,
}

impl Reasoned for ClientBody {
    fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }
}

impl ClientBody {
    /// What a form is brought back with: nothing of it is secret.
    pub(crate) const FIELDS: &[&str] = &[
        "id",
        "name",
        "auth",
        "jwks",
        "grants",
        "redirect_uris",
        "post_logout_redirect_uris",
        "scopes",
        "audiences",
        "introspects",
        "origins",
        "first_party",
        "backchannel_logout_uri",
        "require_par",
        "dpop",
        "pkce",
        "access_seconds",
        "refresh_seconds",
        "reason",
    ];

    /// As the configuration would have it.
    pub(crate) fn config(&self) -> Result<ClientConfig, FieldErrors> {
        Ok(ClientConfig {
            name: written(self.name.as_deref()).or_else(|| written(self.id.as_deref())),
            id: written(self.id.as_deref()),
            auth: written(self.auth.as_deref()).or_else(|| Some("client_secret_basic".to_owned())),
            secret: None,
            jwks: written(self.jwks.as_deref()),
            grants: words(self.grants.as_deref(), "authorization_code refresh_token"),
            redirect_uris: words(self.redirect_uris.as_deref(), ""),
            post_logout_redirect_uris: words(self.post_logout_redirect_uris.as_deref(), ""),
            scopes: words(self.scopes.as_deref(), self.usual_scopes()),
            audiences: words(self.audiences.as_deref(), ""),
            introspects: words(self.introspects.as_deref(), ""),
            origins: written(self.origins.as_deref()).map(|_| words(self.origins.as_deref(), "")),
            first_party: flag(self.first_party.as_deref(), "first_party")?,
            backchannel_logout_uri: written(self.backchannel_logout_uri.as_deref()),
            require_par: flag(self.require_par.as_deref(), "require_par")?,
            dpop: written(self.dpop.as_deref()),
            pkce: written(self.pkce.as_deref()),
            access_ttl: seconds(self.access_seconds.as_deref(), "access_seconds")?,
            refresh_ttl: seconds(self.refresh_seconds.as_deref(), "refresh_seconds")?,
        })
    }

    /// One that acts for itself alone signs nobody in.
    fn usual_scopes(&self) -> &'static str {
        let grants = words(self.grants.as_deref(), "authorization_code");
        if grants.iter().all(|grant| grant == "client_credentials") { "read" } else { "openid profile" }
    }
}

fn written(text: Option<&str>) -> Option<String> {
    text.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
}

fn words(text: Option<&str>, usual: &str) -> Vec<String> {
    let text = written(text).unwrap_or_else(|| usual.to_owned());
    text.split_whitespace().map(str::to_owned).collect()
}

fn flag(text: Option<&str>, field: &'static str) -> Result<bool, FieldErrors> {
    match written(text).as_deref() {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(FieldErrors::one(field, "true or false")),
    }
}

fn seconds(text: Option<&str>, field: &'static str) -> Result<Option<Duration>, FieldErrors> {
    let number = written(text).map(|text| text.parse().map(Duration::from_secs)).transpose();
    number.map_err(|_| FieldErrors::one(field, "a whole number of seconds"))
}

/// What came of registering, for the field of the body that it is about.
pub(crate) fn field_of(key: &str) -> String {
    match key {
        "access_ttl" => "access_seconds".to_owned(),
        "refresh_ttl" => "refresh_seconds".to_owned(),
        key => key.to_owned(),
    }
}
