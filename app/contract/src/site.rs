//! The port through which server functions ask the server.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::frame::Viewer;

/// Why the server does not answer a question. The names are the codes on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum SiteError {
    /// The server cannot say at the moment. Nobody is signed out by it.
    #[error("the server cannot say at the moment")]
    Unavailable,
    /// The question did not arrive, or its answer did not.
    #[error("the question did not arrive")]
    Unreachable,
}

/// The server as islands see it, for one request.
#[async_trait]
pub trait Site: Send + Sync {
    /// Who is signed in at this moment.
    ///
    /// # Errors
    /// When the server cannot say.
    async fn current_viewer(&self) -> Result<Option<Viewer>, SiteError>;
}
