//! `/api/admin/clients…`: the list, one, registering, another secret, removing. A secret is shown once, in the answer that made it.

use std::sync::Arc;

use authorization::{RegistryError, Rotated};
use axum::extract::{Path, State};
use db::DbError;
use http::StatusCode;
use kernel::{ExposeSecret as _, SecretString};
use members::Failure;
use names::path;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::guard::Fresh;
use web::reason::{FieldErrors, InputError, NotFound};
use web::refusal::FieldProblem;
use web::{Refusal, Success, endpoint_error};

use crate::given_reason::{Order, ReasonBody, Reasoned};
use crate::no_parameters::NoQuery;
use crate::operations::api::Operations;
use crate::operations::client_body::{ClientBody, field_of};
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
                    FieldProblem::new(field_of(finding.key), format!("{}. {}", finding.problem, finding.cure))
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

/// The clients of the configuration and of the database together.
#[derive(Serialize, ToSchema)]
pub(crate) struct ClientList {
    clients: Vec<ClientInList>,
}

/// `GET /api/admin/clients`
pub(crate) async fn list(
    _: Fresh<Operator>,
    State(operations): State<Arc<Operations>>,
    query: NoQuery,
) -> Result<Success<ClientList>, ClientError> {
    query?;
    let clients = operations.clients.list().await?;
    Ok(Success::ok(ClientList { clients: clients.into_iter().map(Into::into).collect() }))
}

/// `GET /api/admin/clients/{id}`: 404 for an id that no client has.
pub(crate) async fn one(
    _: Fresh<Operator>,
    State(operations): State<Arc<Operations>>,
    Path(id): Path<String>,
    query: NoQuery,
) -> Result<Success<ClientInList>, ClientError> {
    query?;
    let client = operations.clients.one(&id).await?.ok_or(NotFound)?;
    Ok(Success::ok(client.into()))
}

/// A client that was registered, with its secret.
#[derive(Serialize, ToSchema)]
pub(crate) struct Registered {
    id: String,
    /// Shown this once; `null` where its method has none.
    secret: Option<String>,
}

/// The page of a client, on which a form leads to its secret.
fn page(
    operations: &Operations,
    id: &str,
    notice: &str,
    secret: Option<(&SecretString, &Operator)>,
) -> Result<String, ClientError> {
    let shown = secret.map(|(secret, operator)| operations.clients.shown.seal(id, secret, operator));
    let shown = shown.transpose().map_err(|_| Failure::Internal("a secret cannot be sealed"))?.flatten();
    let shown = shown.map(|shown| format!("&secret={shown}")).unwrap_or_default();
    let id: String = form_urlencoded::byte_serialize(id.as_bytes()).collect();
    Ok(format!("{}/{id}?notice={notice}{shown}", path::ADMIN_CLIENTS))
}

/// `POST /api/admin/clients`
pub(crate) async fn add(
    Fresh { caller, .. }: Fresh<Operator>,
    State(operations): State<Arc<Operations>>,
    order: Order<ClientBody>,
) -> Result<Success<Registered>, ClientError> {
    let operation = order.operation(&caller);
    let (client, secret) = operations.clients.add(&order.body.config()?, &operation).await?;
    let id = client.id.as_str().to_owned();
    let page = page(&operations, &id, "client_added", secret.as_ref().map(|secret| (secret, &caller)))?;
    let secret = secret.map(|secret| secret.expose_secret().to_owned());
    Ok(Success::new(StatusCode::CREATED, Registered { id, secret }).leading_to(page))
}

/// Whether another secret is made or older ones end, and why.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RotateBody {
    /// `true`: those beside the newest end at once, and no secret is made. To end one that leaked, rotate first and then send this.
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

/// The new secret, which is shown this once, and until when older ones are good.
#[derive(Serialize, ToSchema)]
pub(crate) struct RotatedSecret {
    /// Shown this once; `null` for `retire`, where the newest stays.
    secret: Option<String>,
    /// Until when the older ones are good; `null` where there are none any more.
    older_until: Option<String>,
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
    let (secret, notice) = match rotated {
        Rotated::Secret(secret) => (Some(secret), "client_secret_made"),
        Rotated::Retired => (None, "client_secrets_ended"),
    };
    let page = page(&operations, &id, notice, secret.as_ref().map(|secret| (secret, &caller)))?;
    let older_until = operations.clients.secrets(&id).await?.and_then(|known| known.older_until);
    let older_until = older_until.map(|until| until.to_string());
    let secret = secret.map(|secret| secret.expose_secret().to_owned());
    Ok(Success::ok(RotatedSecret { secret, older_until }).leading_to(page))
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
