//! Errors of flows: each flow has an enum of exactly the reasons for which it can fail, and each reason says in one place how it
//! is answered and what the audit log calls it.

use axum::response::{IntoResponse as _, Response};

use crate::refusal::Refusal;

/// A reason for refusing something.
pub trait Refuse: std::error::Error + 'static {
    /// The answer, with nothing internal in it.
    fn refusal(&self) -> Refusal;

    /// The code in the audit log.
    fn audit_reason(&self) -> &'static str {
        "refused"
    }

    /// Whether it is a limit that was reached.
    fn is_limit(&self) -> bool {
        false
    }
}

/// The answer to a flow that failed; what an operator should know goes to the log.
pub fn refused(error: &impl Refuse) -> Response {
    let refusal = error.refusal();
    if error.is_limit() {
        tracing::warn!(event = "limit_hit", limit = refusal.code(), "a request was refused");
    } else if refusal.status().is_server_error() {
        tracing::error!(error = error as &dyn std::error::Error, "a request failed");
    }
    refusal.into_response()
}

/// Declares the error of an endpoint: a [`flow_error!`](crate::flow_error!) that handlers can answer with.
#[macro_export]
macro_rules! endpoint_error {
    ($(#[$meta:meta])* $visibility:vis enum $name:ident $reasons:tt) => {
        $crate::flow_error! { $(#[$meta])* $visibility enum $name $reasons }

        impl axum::response::IntoResponse for $name {
            fn into_response(self) -> axum::response::Response {
                $crate::flow_error::refused(&self)
            }
        }
    };
}

/// Declares the error of a flow: an enum whose variants each hold a reason, or the error of a step, and delegate to it. `from`
/// names what a reason is converted from, so that `?` takes that straight to the flow.
///
/// ```
/// # #[derive(Debug, thiserror::Error)]
/// # #[error("there is nothing here")]
/// # pub struct NotFound;
/// # impl web::Refuse for NotFound {
/// #     fn refusal(&self) -> web::Refusal {
/// #         web::Refusal::not_found()
/// #     }
/// # }
/// web::flow_error! {
///     /// Why a picture is not shown.
///     pub enum PictureNotShown {
///         NotFound(NotFound);
///     }
/// }
/// # use web::Refuse as _;
/// assert_eq!(PictureNotShown::from(NotFound).refusal().status(), 404);
/// ```
#[macro_export]
macro_rules! flow_error {
    (
        $(#[$meta:meta])*
        $visibility:vis enum $name:ident {
            $( $variant:ident($reason:ty) $(from $($source:ty),+)?; )+
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, thiserror::Error)]
        #[allow(missing_docs, reason = "each variant has the name of its reason, which says what it is")]
        $visibility enum $name {
            $( #[error(transparent)] $variant(#[from] $reason), )+
        }

        impl $crate::flow_error::Refuse for $name {
            fn refusal(&self) -> $crate::refusal::Refusal {
                match self { $( Self::$variant(reason) => $crate::flow_error::Refuse::refusal(reason), )+ }
            }

            fn audit_reason(&self) -> &'static str {
                match self { $( Self::$variant(reason) => $crate::flow_error::Refuse::audit_reason(reason), )+ }
            }

            fn is_limit(&self) -> bool {
                match self { $( Self::$variant(reason) => $crate::flow_error::Refuse::is_limit(reason), )+ }
            }
        }

        $($($(
            impl From<$source> for $name {
                fn from(error: $source) -> Self {
                    Self::$variant(error.into())
                }
            }
        )+)?)+
    };
}
