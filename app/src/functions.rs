//! Server functions under `/api/fn/`: thin calls from islands to the port [`contract::Site`]. A function that changes something is behind
//! the same guard as the form that does the same. The form also explains what went wrong, so errors here have no details.

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

/// [`SiteError`] on the wire.
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

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        use ServerFnErrorErr::{Args, Deserialization, MissingArg, Request};
        let in_browser = !cfg!(feature = "ssr");
        Self(match error {
            Request(_) if in_browser => SiteError::Unreachable,
            // In a browser, it is the response that cannot be read.
            _ if in_browser => SiteError::Unavailable,
            Args(_) | Deserialization(_) | MissingArg(_) => SiteError::Malformed,
            _ => SiteError::Unreachable,
        })
    }
}

/// Renders fragments of pages. It is passed in the context, since fragments contain islands that call these functions.
#[cfg(feature = "ssr")]
#[derive(Clone, Copy, Debug)]
pub struct Fragments {
    /// Posts, each an element of the list.
    pub posts: fn(Vec<PostEntry>, Language) -> String,
    /// The posts of a later page, and what is below them.
    pub older_posts: fn(FeedView, Language) -> DrawnPosts,
    /// The relation of the member with this id to the viewer, with its buttons.
    pub relation: fn(&str, &ActivityView, Language) -> String,
}

#[cfg(feature = "ssr")]
fn fragments() -> Result<Fragments, FunctionError> {
    use_context().ok_or(FunctionError(SiteError::Unavailable))
}

/// The port for the current request.
#[cfg(feature = "ssr")]
fn site() -> Result<Arc<dyn Site>, FunctionError> {
    use_context().ok_or(FunctionError(SiteError::Unavailable))
}

/// The id of the member who is signed in now.
///
/// # Errors
/// When the server cannot answer. Nobody is signed out because of it.
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

/// Saves the caller's profile, and returns what was saved.
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

/// Removes the caller's own picture, and returns the address of the one that is shown instead.
///
/// # Errors
/// When it was not done.
#[server(prefix = "/api/fn", endpoint = "remove_picture")]
pub async fn remove_picture() -> Result<String, FunctionError> {
    site()?.remove_picture().await.map_err(FunctionError)
}

/// Sends the mail of the pending sign-up of this address again, if there is one. The response does not tell whether there is.
///
/// # Errors
/// When it was not done.
#[server(prefix = "/api/fn", endpoint = "resend_code")]
pub async fn resend_code(
    /// The address.
    email: String,
    /// Where the reader of the mail goes on to.
    return_to: String,
) -> Result<(), FunctionError> {
    site()?.resend_code(&email, &return_to).await.map_err(FunctionError)
}

/// Older posts, as HTML.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DrawnPosts {
    /// The posts, each an element of the list.
    pub posts: String,
    /// What is below the list.
    pub below: String,
}

/// Writes a post, and returns it as HTML. With the idempotency key of a request of the last day it returns that request's post.
///
/// # Errors
/// When it was not done.
#[server(prefix = "/api/fn", endpoint = "write_post")]
pub async fn write_post(
    /// The text.
    text: String,
    /// The idempotency key.
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
    /// The code of the reason.
    reason: String,
    /// The member's own words; they may be empty.
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

/// The relation of a member to the caller, as HTML.
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

/// Changes the caller's relation to a member, and returns the new one as HTML.
///
/// # Errors
/// When it was not done.
#[server(prefix = "/api/fn", endpoint = "change_relation")]
pub async fn change_relation(
    /// The member's id.
    member: String,
    /// The change.
    change: RelationChange,
) -> Result<String, FunctionError> {
    let site = site()?;
    let activity = site.change_relation(&member, change).await.map_err(FunctionError)?;
    Ok((fragments()?.relation)(&member, &activity, site.language()))
}
