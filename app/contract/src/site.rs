//! The port through which server functions ask the server.

use async_trait::async_trait;
use names::Language;
use serde::{Deserialize, Serialize};

use crate::frame::Viewer;
use crate::views::{ActivityView, FeedView, PostEntry};

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

/// What a member says of a post to the operators.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostReport {
    /// Why, by its code.
    pub reason: String,
    /// In their own words; it may be empty.
    pub note: String,
}

/// What a member does about another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RelationChange {
    /// From now on they read what the other writes.
    Follow,
    /// They no longer do.
    Unfollow,
    /// Neither reads the other.
    Block,
    /// Both may again.
    Unblock,
}

impl RelationChange {
    /// As the path of its form ends.
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

    /// Sends the mail of a sign-up again, if one waits for this address, to somebody who goes on to `return_to`.
    ///
    /// # Errors
    /// When it was not done.
    async fn resend_code(&self, email: &str, return_to: &str) -> Result<(), SiteError>;

    /// In which language the caller reads the site.
    fn language(&self) -> Language;

    /// Writes a post; answers it. With the key of a request of the last day it is the same post again.
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

    /// What a member and the caller are to each other, without posts.
    ///
    /// # Errors
    /// When nobody is signed in, and when the server cannot say.
    async fn relation(&self, member: &str) -> Result<ActivityView, SiteError>;

    /// Changes what a member is to the caller; answers what they are now.
    ///
    /// # Errors
    /// When nobody is signed in, and when it was not done.
    async fn change_relation(&self, member: &str, change: RelationChange) -> Result<ActivityView, SiteError>;
}
