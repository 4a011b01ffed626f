//! The port through which server functions ask the server.

use async_trait::async_trait;
use names::Language;
use serde::{Deserialize, Serialize};

use crate::frame::Viewer;
use crate::views::{ActivityView, FeedView, PostEntry};

/// Why a call to the server failed. The names of the variants are the codes on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum SiteError {
    /// The server cannot answer at the moment. Nobody is signed out because of it.
    #[error("the server cannot say at the moment")]
    Unavailable,
    /// The request or its response was lost.
    #[error("the question did not arrive")]
    Unreachable,
    /// The server cannot read the request.
    #[error("the question cannot be read")]
    Malformed,
    /// It was refused. The form that does the same says why.
    #[error("it was not done")]
    Refused,
}

/// The texts of a profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProfileWords {
    /// The name that others see.
    pub nickname: String,
    /// A line about themselves; it may be empty.
    pub greeting: String,
}

/// A report of a post to the operators.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostReport {
    /// The code of the reason.
    pub reason: String,
    /// The member's own words; they may be empty.
    pub note: String,
}

/// A change of a member's relation to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RelationChange {
    /// Follow the other member.
    Follow,
    /// Stop following.
    Unfollow,
    /// Block the other member.
    Block,
    /// Stop blocking.
    Unblock,
}

impl RelationChange {
    /// Reads the last segment of the form's path.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "follow" => Some(Self::Follow),
            "unfollow" => Some(Self::Unfollow),
            "block" => Some(Self::Block),
            "unblock" => Some(Self::Unblock),
            _ => None,
        }
    }
}

/// The server as islands call it, for one request.
#[async_trait]
pub trait Site: Send + Sync {
    /// The member who is signed in now.
    ///
    /// # Errors
    /// When the server cannot answer.
    async fn current_viewer(&self) -> Result<Option<Viewer>, SiteError>;

    /// Ends a session of the caller, in a browser or an app.
    ///
    /// # Errors
    /// When nobody is signed in, and when it was not done.
    async fn end_session(&self, id: &str) -> Result<(), SiteError>;

    /// Saves the caller's profile, and returns what was saved.
    ///
    /// # Errors
    /// When nobody is signed in, and when it was not done.
    async fn save_profile(&self, typed: ProfileWords) -> Result<ProfileWords, SiteError>;

    /// Removes the caller's own picture, and returns the address of the one that is shown instead.
    ///
    /// # Errors
    /// When nobody is signed in, and when it was not done.
    async fn remove_picture(&self) -> Result<String, SiteError>;

    /// Sends the mail of the pending sign-up of this address again, if there is one. Its reader goes on to `return_to`.
    ///
    /// # Errors
    /// When it was not done.
    async fn resend_code(&self, email: &str, return_to: &str) -> Result<(), SiteError>;

    /// The caller's language.
    fn language(&self) -> Language;

    /// Writes a post, and returns it. With the idempotency key of a request of the last day it returns that request's post.
    ///
    /// # Errors
    /// When nobody is signed in, and when it was not done.
    async fn write_post(&self, text: String, key: String) -> Result<PostEntry, SiteError>;

    /// Deletes a post of the caller.
    ///
    /// # Errors
    /// When nobody is signed in, and when it was not done.
    async fn delete_post(&self, id: &str) -> Result<(), SiteError>;

    /// Reports a post to the operators.
    ///
    /// # Errors
    /// When nobody is signed in, and when it was not done.
    async fn report_post(&self, id: &str, report: PostReport) -> Result<(), SiteError>;

    /// The page of the caller's feed after a cursor.
    ///
    /// # Errors
    /// When nobody is signed in, and when the server cannot say.
    async fn feed(&self, before: String) -> Result<FeedView, SiteError>;

    /// How many posts of others are newer than this one.
    ///
    /// # Errors
    /// When nobody is signed in, and when the server cannot say.
    async fn new_posts(&self, seen: &str) -> Result<usize, SiteError>;

    /// The relation between a member and the caller, and the member's counts, without posts.
    ///
    /// # Errors
    /// When nobody is signed in, and when the server cannot say.
    async fn relation(&self, member: &str) -> Result<ActivityView, SiteError>;

    /// Changes the caller's relation to a member, and returns the new one.
    ///
    /// # Errors
    /// When nobody is signed in, and when it was not done.
    async fn change_relation(&self, member: &str, change: RelationChange) -> Result<ActivityView, SiteError>;
}
