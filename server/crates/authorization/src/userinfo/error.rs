//! Why nobody is told of (RFC 6750 section 3).

use std::time::Duration;

use axum::Json;
use axum::response::{IntoResponse as _, Response};
use db::DbError;
use http::header::{CACHE_CONTROL, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use serde_json::json;
use tokens::VerifyError;
use web::RefusalMark;

/// After so long an outage may be over.
const RETRY: Duration = Duration::from_secs(2);

#[derive(Debug, thiserror::Error)]
pub(crate) enum UserinfoError {
    /// There is none.
    #[error("send an access token as Authorization: Bearer, or as access_token in a form")]
    NoToken,
    /// There are two, or one that cannot be read.
    #[error("send one access token, once")]
    InvalidRequest,
    /// The body could not be read.
    #[error("the body could not be read")]
    Body(StatusCode),
    /// It is not good.
    #[error("the access token is not good any more, or not for here: {0}")]
    InvalidToken(&'static str),
    /// It does not say who signed in.
    #[error("the access token lacks the scope openid")]
    InsufficientScope,
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
    /// Nobody can judge the token.
    #[error("an access token cannot be judged at the moment")]
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

impl UserinfoError {
    fn code(&self) -> (StatusCode, &'static str) {
        match self {
            Self::NoToken => (StatusCode::UNAUTHORIZED, ""),
            Self::InvalidRequest => (StatusCode::BAD_REQUEST, "invalid_request"),
            Self::Body(status) => (*status, "invalid_request"),
            Self::InvalidToken(_) => (StatusCode::UNAUTHORIZED, "invalid_token"),
            Self::InsufficientScope => (StatusCode::FORBIDDEN, "insufficient_scope"),
            Self::Db(DbError::Unavailable(_)) | Self::Unavailable => {
                (StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable")
            }
            Self::Db(_) => (StatusCode::INTERNAL_SERVER_ERROR, "server_error"),
        }
    }

    /// The answer, with a line in the log.
    pub(crate) fn answer(&self, request_id: &str) -> Response {
        let (status, code) = self.code();
        let mut challenge = "Bearer".to_owned();
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
        if !code.is_empty() {
            challenge = format!("Bearer error=\"{code}\", error_description=\"{description}\"");
        }
        if let Self::InsufficientScope = self {
            challenge.push_str(", scope=\"openid\"");
        }
        let error = if code.is_empty() { "invalid_request" } else { code };
        let body = Json(json!({ "error": error, "error_description": description }));
        let mut response = (status, [(CACHE_CONTROL, "no-store")], body).into_response();
        let retry_after = (status == StatusCode::SERVICE_UNAVAILABLE).then_some(RETRY);
        // It has its shape, and no layer is to give it another.
        response.extensions_mut().insert(RefusalMark {
            status,
            code: error,
            fields: Vec::new(),
            retry_after,
        });
        let headers = response.headers_mut();
        if let Some(wait) = retry_after {
            headers.insert(RETRY_AFTER, web::refusal::retry_after(wait));
        } else if let Ok(challenge) = HeaderValue::from_str(&challenge) {
            headers.insert(WWW_AUTHENTICATE, challenge);
        }
        response
    }
}
