//! Server functions: thin calls from islands to the port, under `/api/fn/`. Those that change something of a member are behind
//! the guard of the form that does the same; that form also says what went wrong, so an error here says no more than that
//! something did.

#[cfg(feature = "ssr")]
use std::sync::Arc;

#[cfg(feature = "ssr")]
use contract::views::{ActivityView, FeedView, PostEntry};
#[cfg(feature = "ssr")]
use contract::{PostReport, Site};
use contract::{ProfileWords, RelationChange, SiteError};
use leptos::prelude::*;
use leptos::server_fn::codec::JsonEncoding;
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
#[cfg(feature = "ssr")]
use names::Language;
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

/// What draws parts of pages for islands. Functions are given it, since what it draws has islands that call functions.
#[cfg(feature = "ssr")]
#[derive(Clone, Copy, Debug)]
pub struct Fragments {
    /// Posts, each an element of the list.
    pub posts: fn(Vec<PostEntry>, Language) -> String,
    /// The posts of a page that is not the first, and what is below them.
    pub older_posts: fn(FeedView, Language) -> DrawnPosts,
    /// What is said of the member with this id and the viewer, with the buttons that change it.
    pub relation: fn(&str, &ActivityView, Language) -> String,
}

#[cfg(feature = "ssr")]
fn fragments() -> Result<Fragments, FunctionError> {
    use_context().ok_or(FunctionError(SiteError::Unavailable))
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

/// Sends the mail of a sign-up again, if one waits for this address. The answer does not say whether one does.
///
/// # Errors
/// When it was not done.
#[server(prefix = "/api/fn", endpoint = "resend_code")]
pub async fn resend_code(
    /// The address.
    email: String,
    /// Where its reader goes on.
    return_to: String,
) -> Result<(), FunctionError> {
    site()?.resend_code(&email, &return_to).await.map_err(FunctionError)
}

/// Older posts, as HTML.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DrawnPosts {
    /// The posts, each an element of the list.
    pub posts: String,
    /// What is below the list then.
    pub below: String,
}

/// Writes a post; answers it as HTML. With the key of a request of the last day it is the same post again.
///
/// # Errors
/// When it was not done.
#[server(prefix = "/api/fn", endpoint = "write_post")]
pub async fn write_post(
    /// What they wrote.
    text: String,
    /// What the island calls its request.
    key: String,
) -> Result<String, FunctionError> {
    let site = site()?;
    let post = site.write_post(text, key).await.map_err(FunctionError)?;
    Ok((fragments()?.posts)(vec![post], site.language()))
}

/// Deletes a post of the caller.
///
/// # Errors
/// When it was not done.
#[server(prefix = "/api/fn", endpoint = "delete_post")]
pub async fn delete_post(
    /// Its id.
    id: String,
) -> Result<(), FunctionError> {
    site()?.delete_post(&id).await.map_err(FunctionError)
}

/// Reports a post to the operators.
///
/// # Errors
/// When it was not done.
#[server(prefix = "/api/fn", endpoint = "report_post")]
pub async fn report_post(
    /// Its id.
    id: String,
    /// Why, by its code.
    reason: String,
    /// In their own words; it may be empty.
    note: String,
) -> Result<(), FunctionError> {
    site()?.report_post(&id, PostReport { reason, note }).await.map_err(FunctionError)
}

/// The next page of the caller's feed.
///
/// # Errors
/// When the server cannot say.
#[server(prefix = "/api/fn", endpoint = "older_posts")]
pub async fn older_posts(
    /// The cursor of the page before.
    before: String,
) -> Result<DrawnPosts, FunctionError> {
    let site = site()?;
    let page = site.feed(before).await.map_err(FunctionError)?;
    Ok((fragments()?.older_posts)(page, site.language()))
}

/// How many posts of others are newer than this one.
///
/// # Errors
/// When the server cannot say.
#[server(prefix = "/api/fn", endpoint = "new_posts")]
pub async fn new_posts(
    /// The id of the newest post that was seen.
    seen: String,
) -> Result<usize, FunctionError> {
    site()?.new_posts(&seen).await.map_err(FunctionError)
}

/// What is said of a member and the caller at this moment, as HTML.
///
/// # Errors
/// When the server cannot say.
#[server(prefix = "/api/fn", endpoint = "relation")]
pub async fn relation(
    /// The member's id.
    member: String,
) -> Result<String, FunctionError> {
    let site = site()?;
    let activity = site.relation(&member).await.map_err(FunctionError)?;
    Ok((fragments()?.relation)(&member, &activity, site.language()))
}

/// Changes what a member is to the caller; answers, as HTML, what is said of both then.
///
/// # Errors
/// When it was not done.
#[server(prefix = "/api/fn", endpoint = "change_relation")]
pub async fn change_relation(
    /// The member's id.
    member: String,
    /// What the caller does about them.
    change: RelationChange,
) -> Result<String, FunctionError> {
    let site = site()?;
    let activity = site.change_relation(&member, change).await.map_err(FunctionError)?;
    Ok((fragments()?.relation)(&member, &activity, site.language()))
}
