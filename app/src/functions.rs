//! Server functions: thin calls from islands to the port, under `/api/fn/`. Each is public by nature and answers only
//! for the session that comes with it.

use contract::SiteError;
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

/// The id of the member who is signed in at this moment.
///
/// # Errors
/// When the server cannot say; that signs nobody out.
#[server(prefix = "/api/fn", endpoint = "viewer")]
pub async fn viewer_id() -> Result<Option<String>, FunctionError> {
    let site =
        use_context::<std::sync::Arc<dyn contract::Site>>().ok_or(FunctionError(SiteError::Unavailable))?;
    let viewer = site.current_viewer().await.map_err(FunctionError)?;
    Ok(viewer.map(|viewer| viewer.id))
}
