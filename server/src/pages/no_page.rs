//! Why a page cannot be drawn, and what its reader gets instead.

use authorization::{ConsentError, DeviceError, LogoutError};
use axum::response::{IntoResponse, Response};
use db::DbError;
use http::StatusCode;
use http::header::LOCATION;
use members::{Failure, PublicProfileError};
use sessions::SessionsError;
use web::Refusal;
use web::headers::KEEPS_OPENER;

/// Why a page cannot be drawn.
pub(super) enum NoPage {
    /// Nothing was found at this address.
    Nothing,
    /// There is something else to do first, at this address.
    Elsewhere(String),
    /// It is refused.
    Refused(Refusal),
    /// What apps have does not come to light.
    Consents(ConsentError),
    /// There is nothing to show: this is answered in its place.
    Answered(Box<Response>),
    /// What devices ask for does not come to light.
    Devices(DeviceError),
    /// A request to sign out cannot be served.
    Logout(LogoutError),
    /// The accounts do not say.
    Accounts(Failure),
    /// Nobody's profile can be shown.
    Profile(PublicProfileError),
    /// The sessions do not say.
    Sessions(SessionsError),
}

impl From<ConsentError> for NoPage {
    fn from(error: ConsentError) -> Self {
        Self::Consents(error)
    }
}

impl From<DbError> for NoPage {
    fn from(error: DbError) -> Self {
        Self::Accounts(error.into())
    }
}

impl From<Failure> for NoPage {
    fn from(error: Failure) -> Self {
        Self::Accounts(error)
    }
}

impl From<PublicProfileError> for NoPage {
    fn from(error: PublicProfileError) -> Self {
        Self::Profile(error)
    }
}

impl From<DeviceError> for NoPage {
    fn from(error: DeviceError) -> Self {
        Self::Devices(error)
    }
}

impl From<LogoutError> for NoPage {
    fn from(error: LogoutError) -> Self {
        Self::Logout(error)
    }
}

impl From<SessionsError> for NoPage {
    fn from(error: SessionsError) -> Self {
        Self::Sessions(error)
    }
}

impl IntoResponse for NoPage {
    fn into_response(self) -> Response {
        match self {
            Self::Nothing => Refusal::not_found().into_response(),
            Self::Elsewhere(address) => {
                (StatusCode::SEE_OTHER, [(LOCATION, address)], [KEEPS_OPENER]).into_response()
            }
            Self::Refused(refusal) => refusal.into_response(),
            Self::Consents(error) => error.into_response(),
            Self::Answered(response) => *response,
            Self::Devices(error) => error.into_response(),
            Self::Logout(error) => error.into_response(),
            Self::Accounts(error) => error.into_response(),
            Self::Profile(error) => error.into_response(),
            Self::Sessions(error) => error.into_response(),
        }
    }
}
