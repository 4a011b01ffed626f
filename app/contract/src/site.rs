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
    /// It was not done. The form that does the same says why.
    #[error("it was not done")]
    Refused,
}

/// What a member says of themselves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProfileWords {
    /// The nickname.
    pub nickname: String,
    /// A line about themselves; it may be empty.
    pub greeting: String,
}

/// The server as islands see it, for one request.
#[async_trait]
pub trait Site: Send + Sync {
    /// Who is signed in at this moment.
    ///
    /// # Errors
    /// When the server cannot say.
    async fn current_viewer(&self) -> Result<Option<Viewer>, SiteError>;

    /// Ends a session of the caller, in a browser or an app.
    ///
    /// # Errors
    /// When nobody is signed in, and when it was not done.
    async fn end_session(&self, id: &str) -> Result<(), SiteError>;

    /// Saves the caller's profile; answers what was saved.
    ///
    /// # Errors
    /// When nobody is signed in, and when it was not done.
    async fn save_profile(&self, typed: ProfileWords) -> Result<ProfileWords, SiteError>;

    /// Takes the caller's own picture away; answers where the one is that is shown instead.
    ///
    /// # Errors
    /// When nobody is signed in, and when it was not done.
    async fn remove_picture(&self) -> Result<String, SiteError>;

    /// Sends the mail of a sign-up once more, if one waits for this address.
    ///
    /// # Errors
    /// When it was not done.
    async fn resend_code(&self, email: &str) -> Result<(), SiteError>;
}
