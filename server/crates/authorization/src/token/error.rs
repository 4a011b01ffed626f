//! What is wrong with a token request, in the shape of RFC 6749 section 5.2 (S-AS-18).

use std::borrow::Cow;
use std::time::Duration;

use axum::response::{IntoResponse as _, Response};
use db::DbError;
use http::header::WWW_AUTHENTICATE;
use http::{HeaderValue, StatusCode};
use limits::{LimitError, LimitExceeded};
use sessions::SessionsError;
use tokens::{ProofError, TokensError};
use web::Refusal;

use crate::authorize::refused::Refused;
use crate::oauth_answer::refused;

/// Why a client gets no tokens. Descriptions are ASCII and say what would be right; they hold nothing that is secret.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TokenError {
    /// A parameter is missing, sent twice, or not as it must be.
    #[error("{0}")]
    InvalidRequest(Cow<'static, str>),
    /// The body could not be read to its end. What the sender is told is said where the limit of bodies is known
    /// ([`ErrorShape`](crate::error_shape::ErrorShape)).
    #[error("the body could not be read")]
    Body(StatusCode),
    /// What it pushed is larger than what is kept.
    #[error("the authorization request may have {0} bytes, in the encoding of a form")]
    PushTooLarge(usize),
    /// The client is not known, or does not authenticate as it is registered to.
    #[error("{description}")]
    InvalidClient {
        /// What would be right.
        description: &'static str,
        /// Whether it used the header `Authorization`.
        by_header: bool,
    },
    /// What it presents is not good.
    #[error("{0}")]
    InvalidGrant(&'static str),
    /// It may not present this.
    #[error("the client may not use the grant {0}; it is not among its `grants`")]
    UnauthorizedClient(&'static str),
    /// We do not know what it presents.
    #[error("`grant_type` must be one of `grant_types_supported` in the metadata")]
    UnsupportedGrantType,
    /// It asks for more than it was granted.
    #[error("{0}")]
    InvalidScope(&'static str),
    /// It names another API than the grant was made for.
    #[error("`resource` must be the one of the authorization request, or be left out")]
    InvalidTarget,
    /// It describes itself in a document whose host has trouble.
    #[error("the document at `client_id` cannot be read at the moment; try again")]
    DocumentAway,
    /// Its DPoP proof is not good.
    #[error(transparent)]
    InvalidProof(#[from] ProofError),
    /// What it pushed would be refused.
    #[error("{}", .0.description)]
    Refused(Refused),
    /// It left too much here.
    #[error("too many authorization requests came from one network; try again later")]
    TooMany(LimitExceeded),
    /// Its secret was wrong too often.
    #[error("the client's secret was wrong too often from this network; correct it, and try again later")]
    TooManyFailures(LimitExceeded),
    /// It names an API for which it gets no tokens.
    #[error("`resource` must be one of the client's `audiences`, or be left out")]
    UnknownTarget,
    /// A device asks, and the person has not decided yet.
    #[error("the person has not decided yet; ask again after `interval` seconds")]
    AuthorizationPending,
    /// It asks too often.
    #[error("the device asks too often; wait five seconds longer between two requests from now on")]
    SlowDown,
    /// Its code is too old.
    #[error("the device code has expired; begin again at /oauth2/device_authorization")]
    ExpiredToken,
    /// The person does not want it.
    #[error("{0}")]
    AccessDenied(&'static str),
    /// The database refused, or could not be reached.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The token service failed: its keys, or the database.
    #[error(transparent)]
    Tokens(TokensError),
    /// The session could not be read or started.
    #[error(transparent)]
    Sessions(#[from] SessionsError),
}

impl TokenError {
    /// `invalid_request`, with what would be right.
    pub(crate) fn request(description: impl Into<Cow<'static, str>>) -> Self {
        Self::InvalidRequest(description.into())
    }

    /// Status and code.
    fn code(&self) -> (StatusCode, &'static str) {
        match self {
            Self::InvalidRequest(_) => (StatusCode::BAD_REQUEST, "invalid_request"),
            Self::Body(status) => (*status, "invalid_request"),
            Self::PushTooLarge(_) => (StatusCode::PAYLOAD_TOO_LARGE, "invalid_request"),
            Self::InvalidClient { .. } => (StatusCode::UNAUTHORIZED, "invalid_client"),
            Self::InvalidGrant(_) => (StatusCode::BAD_REQUEST, "invalid_grant"),
            Self::UnauthorizedClient(_) => (StatusCode::BAD_REQUEST, "unauthorized_client"),
            Self::UnsupportedGrantType => (StatusCode::BAD_REQUEST, "unsupported_grant_type"),
            Self::InvalidScope(_) => (StatusCode::BAD_REQUEST, "invalid_scope"),
            Self::Refused(refused) => (StatusCode::BAD_REQUEST, refused.error),
            Self::TooMany(_) => (StatusCode::TOO_MANY_REQUESTS, "slow_down"),
            Self::TooManyFailures(_) => (StatusCode::TOO_MANY_REQUESTS, "invalid_client"),
            Self::InvalidTarget | Self::UnknownTarget => (StatusCode::BAD_REQUEST, "invalid_target"),
            Self::InvalidProof(ProofError::Invalid(_)) => (StatusCode::BAD_REQUEST, "invalid_dpop_proof"),
            Self::InvalidProof(ProofError::Nonce) => (StatusCode::BAD_REQUEST, "use_dpop_nonce"),
            Self::InvalidProof(ProofError::TooMany) | Self::DocumentAway => {
                (StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable")
            }
            Self::AuthorizationPending => (StatusCode::BAD_REQUEST, "authorization_pending"),
            Self::SlowDown => (StatusCode::BAD_REQUEST, "slow_down"),
            Self::ExpiredToken => (StatusCode::BAD_REQUEST, "expired_token"),
            Self::AccessDenied(_) => (StatusCode::BAD_REQUEST, "access_denied"),
            Self::Db(_) | Self::Tokens(_) | Self::Sessions(_) => {
                let status = self.trouble();
                let code = if status == StatusCode::SERVICE_UNAVAILABLE {
                    "temporarily_unavailable"
                } else {
                    "server_error"
                };
                (status, code)
            }
        }
    }

    /// An outage, after which trying again helps, or an error of ours.
    fn trouble(&self) -> StatusCode {
        match self {
            Self::Db(DbError::Unavailable(_))
            | Self::Tokens(TokensError::Db(DbError::Unavailable(_)) | TokensError::NoSigningKey) => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::Sessions(error) => error.refusal().status(),
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The answer, with a line in the log.
    pub(crate) fn answer(&self, request_id: &str) -> Response {
        // It gets its shape, and its line in the log, with what never reached an endpoint.
        if let Self::Body(status) = self {
            return Refusal::for_status(*status).into_response();
        }
        let (status, code) = self.code();
        let description = if status.is_server_error() {
            let error = self as &dyn std::error::Error;
            tracing::error!(error, request_id, "a token request failed");
            Cow::Borrowed("the server cannot answer at the moment; its log has the cause")
        } else {
            let reason = self.to_string();
            tracing::warn!(
                event = "token_request_refused",
                request_id,
                error = code,
                reason,
                "a token request was refused"
            );
            Cow::Owned(reason)
        };
        let retry_after = match self {
            Self::TooMany(exceeded) | Self::TooManyFailures(exceeded) => Some(exceeded.retry_after),
            _ => (status == StatusCode::SERVICE_UNAVAILABLE).then_some(RETRY_DELAY),
        };
        let mut response = refused(status, code, &description, retry_after);
        if let Self::InvalidClient { by_header: true, .. } = self {
            let challenge = HeaderValue::from_static("Basic realm=\"oauth2\"");
            response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

/// As soon as an outage may be over.
const RETRY_DELAY: Duration = Duration::from_secs(2);

impl From<LimitError> for TokenError {
    fn from(error: LimitError) -> Self {
        match error {
            LimitError::Exceeded(exceeded) => Self::TooMany(exceeded),
            LimitError::Db(error) => Self::Db(error),
        }
    }
}

impl From<TokensError> for TokenError {
    fn from(error: TokensError) -> Self {
        match error {
            TokensError::Db(error) => Self::Db(error),
            TokensError::FamilyOver => {
                Self::InvalidGrant("the sign-in is over; send the person to sign in again")
            }
            other => Self::Tokens(other),
        }
    }
}
