//! Reasons for which every part refuses requests, and how a part declares its own: what HTTP says of each, in one place.

use axum::response::{IntoResponse, Response};
use limits::LimitExceeded;

use crate::flow_error::Refuse;
use crate::refusal::{FieldProblem, Refusal};

/// Declares reasons that need nothing but their description: what the log says, the [`ErrorCode`](names::ErrorCode) that it is
/// answered with, and its name in the audit log, if it gets there.
///
/// ```
/// web::reasons! {
///     /// The account has no password yet.
///     NoPassword: "the account has no password" => NoPassword;
/// }
/// # use web::Refuse as _;
/// assert_eq!(NoPassword.refusal().status(), 409);
/// ```
#[macro_export]
macro_rules! reasons {
    ($($(#[$meta:meta])* $name:ident: $log:literal => $error:ident $(, $audit:literal)?;)+) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
        #[error($log)]
        pub struct $name;

        impl $crate::flow_error::Refuse for $name {
            fn refusal(&self) -> $crate::refusal::Refusal {
                $crate::refusal::Refusal::of(names::ErrorCode::$error)
            }

            $(fn audit_reason(&self) -> &'static str {
                $audit
            })?
        }
    )+};
}

/// Declares `Limited`, the error of a try that a limit counts: the quota is used up, or counting failed with the part's own
/// failure.
#[macro_export]
macro_rules! limited {
    ($failure:ty) => {
        $crate::flow_error! {
            /// Why a try is not allowed.
            pub enum Limited {
                TooMany($crate::reason::TooMany);
                Failed($failure);
            }
        }

        impl From<::limits::LimitError> for Limited {
            fn from(error: ::limits::LimitError) -> Self {
                match error {
                    ::limits::LimitError::Exceeded(exceeded) => {
                        Self::TooMany($crate::reason::TooMany(exceeded))
                    }
                    ::limits::LimitError::Db(error) => Self::Failed(error.into()),
                }
            }
        }
    };
}

reasons! {
    /// There is nothing here, or nothing that the caller may know of.
    NotFound: "there is nothing here" => NotFound;
}

impl IntoResponse for NotFound {
    fn into_response(self) -> Response {
        self.refusal().into_response()
    }
}

/// A quota is used up: 429 with `Retry-After`.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("too many tries")]
pub struct TooMany(pub LimitExceeded);

impl Refuse for TooMany {
    fn refusal(&self) -> Refusal {
        Refusal::from(self.0)
    }

    fn is_limit(&self) -> bool {
        true
    }
}

/// Fields are missing or wrong.
#[derive(Clone, Debug, thiserror::Error)]
#[error("fields are not as allowed")]
pub struct FieldErrors(pub Vec<FieldProblem>);

impl FieldErrors {
    /// One field is wrong.
    pub fn one(field: &'static str, allowed: &'static str) -> Self {
        Self(vec![FieldProblem::new(field, allowed)])
    }
}

impl Refuse for FieldErrors {
    fn refusal(&self) -> Refusal {
        Refusal::fields(self.0.clone())
    }
}

/// The body is not one that the endpoint reads: its type, its size, its form.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the request was refused")]
pub struct BadBody(Refusal);

impl From<Refusal> for BadBody {
    fn from(refusal: Refusal) -> Self {
        Self(refusal)
    }
}

impl Refuse for BadBody {
    fn refusal(&self) -> Refusal {
        self.0.clone()
    }
}

crate::flow_error! {
    /// Why what was sent is not taken.
    pub enum InputError {
        Body(BadBody) from Refusal;
        Fields(FieldErrors);
    }
}
