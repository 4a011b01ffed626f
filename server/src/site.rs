//! The port [`Site`], answered by the parts: what islands can ask passes through here.

use async_trait::async_trait;
use contract::{Site, SiteError, Viewer};
use http::HeaderMap;
use sessions::Sessions;

use crate::pages::viewer::viewer;

/// The site as one request sees it.
pub struct RequestSite {
    sessions: Sessions,
    headers: HeaderMap,
}

impl RequestSite {
    /// The site for a request with `headers`.
    pub const fn new(sessions: Sessions, headers: HeaderMap) -> Self {
        Self { sessions, headers }
    }
}

#[async_trait]
impl Site for RequestSite {
    async fn current_viewer(&self) -> Result<Option<Viewer>, SiteError> {
        match self.sessions.current(&self.headers).await {
            Ok(current) => Ok(current.as_deref().map(viewer)),
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "nobody can say who is signed in");
                Err(SiteError::Unavailable)
            }
        }
    }
}
