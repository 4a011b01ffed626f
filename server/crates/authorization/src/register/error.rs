//! Why a client is not registered (RFC 7591 section 3.2.2, RFC 6750 section 3).

use std::time::Duration;

use axum::response::{IntoResponse as _, Response};
use db::DbError;
use http::header::WWW_AUTHENTICATE;
use http::{HeaderValue, StatusCode};
use limits::{LimitError, LimitExceeded};
use web::Refusal;

use crate::client::findings::ClientFinding;
use crate::client::registration::told_to_client;
use crate::client::registry::RegistryError;
use crate::oauth_answer::refused;

/// As soon as an outage may be over.
const RETRY_DELAY: Duration = Duration::from_secs(2);
/// The limit of self-registered clients is reached.
const FULL_RETRY_DELAY: Duration = Duration::from_hours(1);
/// The longest description: what is wrong may quote what was sent.
const MAX_DESCRIPTION_CHARS: usize = 1000;

#[derive(Debug, thiserror::Error)]
pub(crate) enum RegistrationError {
    /// No operator switched it on.
    #[error("clients cannot register themselves here; an operator registers them")]
    Off,
    /// There is no token.
    #[error("send the registration token as Authorization: Bearer; an operator has it")]
    NoToken,
    /// There is another one.
    #[error("the registration token is not the one of this server")]
    WrongToken,
    /// The body could not be read to its end, which is told as it is of all endpoints ([`ErrorShape`](crate::error_shape::ErrorShape)).
    #[error("the body could not be read")]
    Body(StatusCode),
    /// It is something else.
    #[error("send the metadata of the client as one JSON object (application/json), each member once")]
    NotJson,
    /// It describes no client that can be registered.
    #[error("{}", told(.0))]
    Wrong(Vec<ClientFinding>),
    /// The network registered too many.
    #[error("too many clients were registered from one network; try again later")]
    TooMany(LimitExceeded),
    /// As many clients registered themselves as may.
    #[error("as many clients have registered themselves as this server takes; ask its operator to make room")]
    Full,
    /// The database refused, or could not be reached.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The registry.
    #[error(transparent)]
    Registry(RegistryError),
}

impl From<RegistryError> for RegistrationError {
    fn from(error: RegistryError) -> Self {
        match error {
            RegistryError::Wrong(findings) => Self::Wrong(findings),
            RegistryError::Full => Self::Full,
            RegistryError::Db(error) => Self::Db(error),
            other => Self::Registry(other),
        }
    }
}

impl From<LimitError> for RegistrationError {
    fn from(error: LimitError) -> Self {
        match error {
            LimitError::Exceeded(exceeded) => Self::TooMany(exceeded),
            LimitError::Db(error) => Self::Db(error),
        }
    }
}

/// Every finding under the name of its field, in the characters that a description may have.
fn told(findings: &[ClientFinding]) -> String {
    let told = findings.iter().cloned().map(told_to_client).map(|ClientFinding { key, problem, cure }| {
        if cure.is_empty() { format!("`{key}`: {problem}") } else { format!("`{key}`: {problem}. {cure}") }
    });
    let text = told.collect::<Vec<_>>().join("; ");
    let allowed = |character| match character {
        '"' => '\'',
        ' '..='~' if character != '\\' => character,
        _ => '?',
    };
    text.chars().map(allowed).take(MAX_DESCRIPTION_CHARS).collect()
}

impl RegistrationError {
    fn code(&self) -> (StatusCode, &'static str) {
        match self {
            Self::Off => (StatusCode::NOT_FOUND, "not_found"),
            Self::NoToken | Self::WrongToken => (StatusCode::UNAUTHORIZED, "invalid_token"),
            Self::Body(status) => (*status, "invalid_client_metadata"),
            Self::Wrong(findings) if findings.iter().any(|finding| finding.key == "redirect_uris") => {
                (StatusCode::BAD_REQUEST, "invalid_redirect_uri")
            }
            Self::NotJson | Self::Wrong(_) => (StatusCode::BAD_REQUEST, "invalid_client_metadata"),
            Self::TooMany(_) => (StatusCode::TOO_MANY_REQUESTS, "slow_down"),
            // None of the codes of the RFC; the client may try again, in the first case once there is room.
            Self::Full | Self::Db(DbError::Unavailable(_)) => {
                (StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable")
            }
            Self::Db(_) | Self::Registry(_) => (StatusCode::INTERNAL_SERVER_ERROR, "server_error"),
        }
    }

    /// The answer, with a line in the log.
    pub(crate) fn answer(&self, request_id: &str) -> Response {
        // It gets its shape, and its line in the log, with what never reached an endpoint.
        if let Self::Body(status) = self {
            return Refusal::for_status(*status).into_response();
        }
        let (status, code) = self.code();
        let description = if status.is_server_error() && !matches!(self, Self::Full) {
            let error = self as &dyn std::error::Error;
            tracing::error!(error, request_id, "a registration failed");
            "the server cannot answer at the moment; its log has the cause".to_owned()
        } else {
            let reason = self.to_string();
            tracing::warn!(
                event = "registration_refused",
                request_id,
                error = code,
                reason,
                "a registration was refused"
            );
            reason
        };
        let retry_after = match self {
            Self::TooMany(exceeded) => Some(exceeded.retry_after),
            Self::Full => Some(FULL_RETRY_DELAY),
            _ => (status == StatusCode::SERVICE_UNAVAILABLE).then_some(RETRY_DELAY),
        };
        let mut response = refused(status, code, &description, retry_after);
        let challenge = match self {
            Self::NoToken => "Bearer realm=\"registration\"",
            Self::WrongToken => "Bearer realm=\"registration\", error=\"invalid_token\"",
            _ => return response,
        };
        response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        response
    }
}
