//! `POST /api/fn/…`: what islands ask.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use contract::Site;
use http::HeaderValue;
use http::header::{ACCEPT, REFERER};
use leptos::context::provide_context;

use super::state::Pages;
use crate::site::RequestSite;

/// Answers a server function. The framework would send a form without scripting back to its `Referer`, with the error in
/// the address (S-BFF-6); ours answer calls only, so both headers are taken from it.
pub(super) async fn call(State(pages): State<Pages>, mut request: Request) -> Response {
    request.headers_mut().remove(REFERER);
    request.headers_mut().insert(ACCEPT, HeaderValue::from_static("application/json"));
    let sessions = pages.0.parts.sessions.clone();
    let site: Arc<dyn Site> = Arc::new(RequestSite::new(sessions, request.headers().clone()));
    let context = move || provide_context(Arc::clone(&site));
    leptos_axum::handle_server_fns_with_context(context, request).await.into_response()
}
