//! Why a person cannot answer a device.

use axum::response::{IntoResponse, Response};
use db::DbError;
use limits::{LimitError, LimitExceeded};
use names::ErrorCode;
use sessions::SessionsError;
use web::Refusal;

/// Why the page for devices refuses a code or a form.
#[derive(Debug, thiserror::Error)]
pub enum DeviceError {
    /// There were too many wrong codes.
    #[error("too many wrong device codes were typed in one session")]
    TooMany(LimitExceeded),
    /// A form without a code, or with an unknown decision.
    #[error("a form for a device is malformed")]
    Form(Refusal),
    /// The page was drawn for somebody else than who is signed in now.
    #[error("a form for a device was sent by another member than it was shown to")]
    OtherMember,
    /// The database refused, or could not be reached.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The session could not be read or started.
    #[error(transparent)]
    Sessions(#[from] SessionsError),
}

impl From<LimitError> for DeviceError {
    fn from(error: LimitError) -> Self {
        match error {
            LimitError::Exceeded(exceeded) => Self::TooMany(exceeded),
            LimitError::Db(error) => Self::Db(error),
        }
    }
}

impl DeviceError {
    fn refusal(&self) -> Refusal {
        match self {
            Self::TooMany(exceeded) => Refusal::from(*exceeded),
            Self::Form(refusal) => refusal.clone(),
            Self::OtherMember => Refusal::of(ErrorCode::OtherMember),
            Self::Sessions(error) => error.refusal(),
            Self::Db(DbError::Unavailable(_)) => Refusal::unavailable(),
            Self::Db(_) => Refusal::internal(),
        }
    }
}

impl IntoResponse for DeviceError {
    fn into_response(self) -> Response {
        let refusal = self.refusal();
        if refusal.status().is_server_error() {
            tracing::error!(error = &self as &dyn std::error::Error, "a request of a device failed");
        }
        refusal.into_response()
    }
}
