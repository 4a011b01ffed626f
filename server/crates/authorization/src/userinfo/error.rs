//! Why userinfo is refused (RFC 6750 section 3).

use std::time::Duration;

use axum::response::{IntoResponse as _, Response};
use db::DbError;
use http::header::WWW_AUTHENTICATE;
use http::{HeaderValue, StatusCode};
use tokens::{BoundError, DPOP_ALGORITHMS, ProofError, VerifyError};
use web::Refusal;

use crate::oauth_answer::refused;

/// When an outage may be over.
const RETRY_DELAY: Duration = Duration::from_secs(2);

#[derive(Debug, thiserror::Error)]
pub(crate) enum UserinfoError {
    /// There is none.
    #[error("send an access token as Authorization: Bearer or DPoP, or as access_token in a form")]
    NoToken,
    /// There are two, or one that cannot be read.
    #[error("send one access token, once")]
    InvalidRequest,
    /// The body could not be read to its end, which is told as it is of all endpoints ([`ErrorShape`](crate::error_shape::ErrorShape)).
    #[error("the body could not be read")]
    Body(StatusCode),
    /// It is not good.
    #[error("the access token is no longer valid, or not for this endpoint: {0}")]
    InvalidToken(&'static str),
    /// It is bound to a key, and the proof is not good.
    #[error(transparent)]
    InvalidProof(#[from] ProofError),
    /// It does not say who signed in.
    #[error("the access token lacks the scope openid")]
    InsufficientScope,
    /// The database refused, or could not be reached.
    #[error(transparent)]
    Db(#[from] DbError),
    /// Nobody can judge the token.
    #[error("an access token cannot be verified at the moment")]
    Unavailable,
}

impl From<VerifyError> for UserinfoError {
    fn from(error: VerifyError) -> Self {
        match error {
            VerifyError::Unavailable(_) => Self::Unavailable,
            other => Self::InvalidToken(other.code()),
        }
    }
}

impl From<BoundError> for UserinfoError {
    fn from(error: BoundError) -> Self {
        match error {
            BoundError::Token(error) => error.into(),
            BoundError::Proof(error) => error.into(),
        }
    }
}

impl UserinfoError {
    fn code(&self) -> (StatusCode, &'static str) {
        match self {
            Self::NoToken => (StatusCode::UNAUTHORIZED, ""),
            Self::InvalidRequest => (StatusCode::BAD_REQUEST, "invalid_request"),
            Self::Body(status) => (*status, "invalid_request"),
            Self::InvalidToken(_) => (StatusCode::UNAUTHORIZED, "invalid_token"),
            Self::InvalidProof(ProofError::Invalid(_)) => (StatusCode::UNAUTHORIZED, "invalid_dpop_proof"),
            Self::InvalidProof(ProofError::Nonce) => (StatusCode::UNAUTHORIZED, "use_dpop_nonce"),
            Self::InsufficientScope => (StatusCode::FORBIDDEN, "insufficient_scope"),
            Self::Db(DbError::Unavailable(_))
            | Self::Unavailable
            | Self::InvalidProof(ProofError::TooMany) => {
                (StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable")
            }
            Self::Db(_) => (StatusCode::INTERNAL_SERVER_ERROR, "server_error"),
        }
    }

    /// The answer, with a line in the log. `by_dpop`: to a client that sent its token as DPoP.
    pub(crate) fn answer(&self, request_id: &str, by_dpop: bool) -> Response {
        // It gets its shape, and its line in the log, with what never reached an endpoint.
        if let Self::Body(status) = self {
            return Refusal::for_status(*status).into_response();
        }
        let (status, code) = self.code();
        let description = if status.is_server_error() {
            let error = self as &dyn std::error::Error;
            tracing::error!(error, request_id, "a userinfo request failed");
            "the server cannot answer at the moment; its log has the cause".to_owned()
        } else {
            let reason = self.to_string();
            tracing::warn!(
                event = "userinfo_refused",
                request_id,
                error = code,
                reason,
                "a userinfo request was refused"
            );
            reason
        };
        let challenges = self.challenges(code, &description, by_dpop);
        let error = if code.is_empty() { "invalid_request" } else { code };
        let retry_after = (status == StatusCode::SERVICE_UNAVAILABLE).then_some(RETRY_DELAY);
        let mut response = refused(status, error, &description, retry_after);
        if retry_after.is_none() {
            for challenge in challenges.iter().filter_map(|challenge| HeaderValue::from_str(challenge).ok()) {
                response.headers_mut().append(WWW_AUTHENTICATE, challenge);
            }
        }
        response
    }

    /// How a token may come: by itself or with a proof (RFC 9449 section 7.2). What is wrong is said to the way that was taken.
    fn challenges(&self, code: &str, description: &str, by_dpop: bool) -> Vec<String> {
        let mut wrong = Vec::new();
        if !code.is_empty() {
            wrong = vec![format!("error=\"{code}\""), format!("error_description=\"{description}\"")];
        }
        if let Self::InsufficientScope = self {
            wrong.push("scope=\"openid\"".to_owned());
        }
        let algorithms = format!("algs=\"{}\"", DPOP_ALGORITHMS.join(" "));
        if by_dpop {
            wrong.push(algorithms);
            return vec![format!("DPoP {}", wrong.join(", "))];
        }
        vec![format!("Bearer {}", wrong.join(", ")).trim_end().to_owned(), format!("DPoP {algorithms}")]
    }
}
