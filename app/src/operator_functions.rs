//! Server functions of the admin area, under `/api/fn/`. They are behind the guard of its pages; the page, or the form that does the same,
//! says what went wrong.

#[cfg(feature = "ssr")]
use std::sync::Arc;

#[cfg(feature = "ssr")]
use contract::views::admin::{EventsView, MembersView};
#[cfg(feature = "ssr")]
use contract::{OperatorsSite, SiteError};
use leptos::prelude::*;
#[cfg(feature = "ssr")]
use names::Language;

use crate::functions::FunctionError;

/// What draws parts of pages of the admin area for islands.
#[cfg(feature = "ssr")]
#[derive(Clone, Copy, Debug)]
pub struct OperatorFragments {
    /// What is on its way.
    pub moving_events: fn(EventsView, Language) -> String,
    /// The members that were found.
    pub found_members: fn(MembersView, Language) -> String,
}

/// The port and what draws, for the request that calls.
#[cfg(feature = "ssr")]
fn site() -> Result<(Arc<dyn OperatorsSite>, OperatorFragments), FunctionError> {
    use_context().zip(use_context()).ok_or(FunctionError(SiteError::Unavailable))
}

/// What is on its way at this moment, as HTML.
///
/// # Errors
/// When the server cannot say.
#[server(prefix = "/api/fn", endpoint = "moving_events")]
pub async fn moving_events() -> Result<String, FunctionError> {
    let (site, fragments) = site()?;
    let events = site.events().await.map_err(FunctionError)?;
    Ok((fragments.moving_events)(events, site.language()))
}

/// The members for whom the address of the page asks with this query, as HTML.
///
/// # Errors
/// When the server cannot say.
#[server(prefix = "/api/fn", endpoint = "find_members")]
pub async fn find_members(
    /// The query of the address.
    query: String,
) -> Result<String, FunctionError> {
    let (site, fragments) = site()?;
    let members = site.members(&query).await.map_err(FunctionError)?;
    Ok((fragments.found_members)(members, site.language()))
}

/// Has a mail sent that was given up.
///
/// # Errors
/// When it was not done.
#[server(prefix = "/api/fn", endpoint = "send_mail_again")]
pub async fn send_mail_again(
    /// Its id.
    id: String,
    /// Why.
    reason: String,
) -> Result<(), FunctionError> {
    site()?.0.send_mail_again(&id, &reason).await.map_err(FunctionError)
}
