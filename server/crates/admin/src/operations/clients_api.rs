//! `/api/admin/clients…`: the list, one, registering, another secret, removing. A secret is shown once, in the answer that made it.

use std::sync::Arc;
use std::time::Duration;

use authorization::{ClientConfig, RegistryError, Rotated};
use axum::extract::{Path, State};
use db::DbError;
use http::StatusCode;
use kernel::ExposeSecret as _;
use members::Failure;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::guard::Fresh;
use web::reason::{FieldErrors, InputError, NotFound};
use web::refusal::FieldProblem;
use web::{Refusal, Success, endpoint_error};

use crate::given_reason::{Order, ReasonBody, Reasoned};
use crate::operations::api::Operations;
use crate::operations::clients::KnownClient;
use crate::operator::Operator;
use crate::reason::{ClientConfigured, ClientExists, ClientHasNoSecret};

endpoint_error! {
    /// Why a client is not shown, or stays as it is.
    pub(crate) enum ClientError {
        Input(InputError) from Refusal, FieldErrors;
        NotFound(NotFound);
        Exists(ClientExists);
        Configured(ClientConfigured);
        NoSecret(ClientHasNoSecret);
        Failed(Failure) from DbError;
    }
}

impl From<RegistryError> for ClientError {
    fn from(error: RegistryError) -> Self {
        match error {
            RegistryError::Wrong(findings) => {
                let problem = |finding: authorization::ClientFinding| {
                    FieldProblem::new(finding.key, format!("{}. {}", finding.problem, finding.cure))
                };
                FieldErrors(findings.into_iter().map(problem).collect()).into()
            }
            RegistryError::Exists(_) => ClientExists.into(),
            RegistryError::Configured(_) => ClientConfigured.into(),
            RegistryError::Unknown(_) => NotFound.into(),
            RegistryError::NoSecret(_) => ClientHasNoSecret.into(),
            RegistryError::Db(error) => error.into(),
            RegistryError::Tokens(error) => Failure::from(error).into(),
            RegistryError::Full => Failure::Internal("operators may register any number").into(),
            RegistryError::Description(_) => Failure::Internal("a client cannot be described").into(),
        }
    }
}

/// Why clients cannot be read, for a page that shows them.
pub fn unreadable_client(error: RegistryError) -> Failure {
    match error {
        RegistryError::Db(error) => error.into(),
        RegistryError::Tokens(error) => error.into(),
        _ => Failure::Internal("the clients cannot be read"),
    }
}

/// A client, without its secret.
#[derive(Serialize, ToSchema)]
pub(crate) struct ClientInList {
    id: String,
    name: String,
    /// `configuration` or `database`.
    origin: &'static str,
    auth: String,
    grants: Vec<String>,
    scopes: Vec<String>,
    redirect_uris: Vec<String>,
    post_logout_redirect_uris: Vec<String>,
    audiences: Vec<String>,
    introspects: Vec<String>,
    /// Of its pages that call from a script.
    origins: Vec<String>,
    first_party: bool,
    backchannel_logout_uri: Option<String>,
    require_par: bool,
    dpop: Option<String>,
    pkce: Option<String>,
    /// How long its access tokens live, where that is its own.
    access_seconds: Option<u64>,
    refresh_seconds: Option<u64>,
}

impl From<KnownClient> for ClientInList {
    fn from(KnownClient { config, is_configured }: KnownClient) -> Self {
        Self {
            name: config.name.or_else(|| config.id.clone()).unwrap_or_default(),
            id: config.id.unwrap_or_default(),
            origin: if is_configured { "configuration" } else { "database" },
            auth: config.auth.unwrap_or_default(),
            grants: config.grants,
            scopes: config.scopes,
            redirect_uris: config.redirect_uris,
            post_logout_redirect_uris: config.post_logout_redirect_uris,
            audiences: config.audiences,
            introspects: config.introspects,
            origins: config.origins.unwrap_or_default(),
            first_party: config.first_party,
            backchannel_logout_uri: config.backchannel_logout_uri,
            require_par: config.require_par,
            dpop: config.dpop,
            pkce: config.pkce,
            access_seconds: config.access_ttl.map(|life| life.as_secs()),
            refresh_seconds: config.refresh_ttl.map(|life| life.as_secs()),
        }
    }
}

/// All clients.
#[derive(Serialize, ToSchema)]
pub(crate) struct ClientList {
    clients: Vec<ClientInList>,
}

/// The list.
pub(crate) async fn list(
    _: Fresh<Operator>,
    State(operations): State<Arc<Operations>>,
) -> Result<Success<ClientList>, ClientError> {
    let clients = operations.clients.list().await?;
    Ok(Success::ok(ClientList { clients: clients.into_iter().map(Into::into).collect() }))
}

/// One.
pub(crate) async fn one(
    _: Fresh<Operator>,
    State(operations): State<Arc<Operations>>,
    Path(id): Path<String>,
) -> Result<Success<ClientInList>, ClientError> {
    let client = operations.clients.one(&id).await?.ok_or(NotFound)?;
    Ok(Success::ok(client.into()))
}

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
    /// How long its access tokens live, in seconds.
    #[schema(required = false, nullable = false, value_type = String, example = "120")]
    access_seconds: Option<String>,
    #[schema(required = true, nullable = false, value_type = String, example = "Ordered by the team of the shop")]
    reason: Option<String>,
}

impl Reasoned for ClientBody {
    fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }
}

impl ClientBody {
    /// As the configuration would have it.
    fn config(&self) -> Result<ClientConfig, FieldErrors> {
        let written = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
        let words = |text: &Option<String>, usual: &str| -> Vec<String> {
            let text = written(text).unwrap_or_else(|| usual.to_owned());
            text.split_whitespace().map(str::to_owned).collect()
        };
        let first_party = match written(&self.first_party).as_deref() {
            None | Some("false") => false,
            Some("true") => true,
            Some(_) => return Err(FieldErrors::one("first_party", "true or false")),
        };
        let seconds = written(&self.access_seconds).map(|text| text.trim().parse().map(Duration::from_secs));
        let access_ttl = seconds.transpose();
        Ok(ClientConfig {
            name: written(&self.name).or_else(|| written(&self.id)),
            id: written(&self.id),
            auth: written(&self.auth).or_else(|| Some("client_secret_basic".to_owned())),
            secret: None,
            jwks: written(&self.jwks),
            grants: words(&self.grants, "authorization_code refresh_token"),
            redirect_uris: words(&self.redirect_uris, ""),
            post_logout_redirect_uris: words(&self.post_logout_redirect_uris, ""),
            scopes: words(&self.scopes, "openid profile"),
            audiences: words(&self.audiences, ""),
            introspects: words(&self.introspects, ""),
            origins: written(&self.origins).map(|_| words(&self.origins, "")),
            first_party,
            backchannel_logout_uri: written(&self.backchannel_logout_uri),
            access_ttl: access_ttl
                .map_err(|_| FieldErrors::one("access_seconds", "a whole number of seconds"))?,
            ..ClientConfig::default()
        })
    }
}

/// A client that was registered, with its secret.
#[derive(Serialize, ToSchema)]
pub(crate) struct Registered {
    id: String,
    /// Shown this once; `null` where its method has none.
    secret: Option<String>,
}

/// `POST /api/admin/clients`
pub(crate) async fn add(
    Fresh { caller, .. }: Fresh<Operator>,
    State(operations): State<Arc<Operations>>,
    order: Order<ClientBody>,
) -> Result<Success<Registered>, ClientError> {
    let operation = order.operation(&caller);
    let (client, secret) = operations.clients.add(&order.body.config()?, &operation).await?;
    let secret = secret.map(|secret| secret.expose_secret().to_owned());
    Ok(Success::new(StatusCode::CREATED, Registered { id: client.id.as_str().to_owned(), secret }))
}

/// Whether older secrets end at once, and why.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RotateBody {
    /// `true`: older secrets end at once. Where there are some beside the newest, nothing else is done, and no secret is shown.
    #[schema(required = false, nullable = false, value_type = String, example = "false")]
    retire: Option<String>,
    #[schema(required = true, nullable = false, value_type = String, example = "The old one was in a log")]
    reason: Option<String>,
}

impl Reasoned for RotateBody {
    fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }
}

/// The new secret.
#[derive(Serialize, ToSchema)]
pub(crate) struct RotatedSecret {
    /// Shown this once; `null` where older ones were ended and the newest stays.
    secret: Option<String>,
}

/// `POST /api/admin/clients/{id}/rotate-secret`
pub(crate) async fn rotate_secret(
    Fresh { caller, .. }: Fresh<Operator>,
    State(operations): State<Arc<Operations>>,
    Path(id): Path<String>,
    order: Order<RotateBody>,
) -> Result<Success<RotatedSecret>, ClientError> {
    let retire = match order.body.retire.as_deref() {
        None | Some("" | "false") => false,
        Some("true") => true,
        Some(_) => return Err(FieldErrors::one("retire", "true or false").into()),
    };
    let rotated = operations.clients.rotate_secret(&id, retire, &order.operation(&caller)).await?;
    let secret = match rotated {
        Rotated::Secret(secret) => Some(secret.expose_secret().to_owned()),
        Rotated::Retired => None,
    };
    Ok(Success::ok(RotatedSecret { secret }))
}

/// What ended with a client.
#[derive(Serialize, ToSchema)]
pub(crate) struct Removed {
    /// How many of its grants ended.
    ended: u64,
}

/// `POST /api/admin/clients/{id}/remove`
pub(crate) async fn remove(
    Fresh { caller, .. }: Fresh<Operator>,
    State(operations): State<Arc<Operations>>,
    Path(id): Path<String>,
    order: Order<ReasonBody>,
) -> Result<Success<Removed>, ClientError> {
    let ended = operations.clients.remove(&id, &order.operation(&caller)).await?;
    Ok(Success::ok(Removed { ended }))
}
