//! Server functions: thin calls from islands to the port, under `/api/fn/`. Those that change something of a member are behind
//! the guard of the form that does the same; that form also says what went wrong, so an error here says no more than that
//! something did.

#[cfg(feature = "ssr")]
use std::sync::Arc;

#[cfg(feature = "ssr")]
use contract::Site;
use contract::{ProfileWords, SiteError};
use leptos::prelude::*;
use leptos::server_fn::codec::JsonEncoding;
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use serde::{Deserialize, Serialize};

/// [`SiteError`] on its way over the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FunctionError(pub SiteError);

impl std::fmt::Display for FunctionError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(&self.0, f)
    }
}

impl std::error::Error for FunctionError {}

impl FromServerFnError for FunctionError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(_: ServerFnErrorErr) -> Self {
        Self(SiteError::Unreachable)
    }
}

/// The port, for the request that calls.
#[cfg(feature = "ssr")]
fn site() -> Result<Arc<dyn Site>, FunctionError> {
    use_context().ok_or(FunctionError(SiteError::Unavailable))
}

/// The id of the member who is signed in at this moment.
///
/// # Errors
/// When the server cannot say; that signs nobody out.
#[server(prefix = "/api/fn", endpoint = "viewer")]
pub async fn viewer_id() -> Result<Option<String>, FunctionError> {
    let viewer = site()?.current_viewer().await.map_err(FunctionError)?;
    Ok(viewer.map(|viewer| viewer.id))
}

/// Ends a session of the caller, in a browser or an app.
///
/// # Errors
/// When it was not done.
#[server(prefix = "/api/fn", endpoint = "end_session")]
pub async fn end_session(
    /// Its id.
    id: String,
) -> Result<(), FunctionError> {
    site()?.end_session(&id).await.map_err(FunctionError)
}

/// Saves the caller's profile; answers what was saved.
///
/// # Errors
/// When it was not done.
#[server(prefix = "/api/fn", endpoint = "save_profile")]
pub async fn save_profile(
    /// The nickname.
    nickname: String,
    /// The greeting.
    greeting: String,
) -> Result<ProfileWords, FunctionError> {
    site()?.save_profile(ProfileWords { nickname, greeting }).await.map_err(FunctionError)
}

/// Takes the caller's own picture away; answers where the one is that is shown instead.
///
/// # Errors
/// When it was not done.
#[server(prefix = "/api/fn", endpoint = "remove_picture")]
pub async fn remove_picture() -> Result<String, FunctionError> {
    site()?.remove_picture().await.map_err(FunctionError)
}

/// Sends the mail of a sign-up once more, if one waits for this address. The answer does not say whether one does.
///
/// # Errors
/// When it was not done.
#[server(prefix = "/api/fn", endpoint = "resend_code")]
pub async fn resend_code(
    /// The address.
    email: String,
) -> Result<(), FunctionError> {
    site()?.resend_code(&email).await.map_err(FunctionError)
}
