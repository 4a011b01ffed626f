//! `POST /api/fn/…`: what islands ask.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use contract::Site;
use http::HeaderValue;
use http::header::{ACCEPT, REFERER};
use leptos::context::provide_context;
use sessions::Current;
use web::RequestContext;
use web::guard::SignedIn;

use super::state::{PageParts, Pages};
use crate::site::RequestSite;

/// What members alone may call. The guard is that of the form that does the same.
pub(super) const OF_MEMBERS: [&str; 9] = [
    "/api/fn/end_session",
    "/api/fn/save_profile",
    "/api/fn/remove_picture",
    "/api/fn/write_post",
    "/api/fn/delete_post",
    "/api/fn/report_post",
    "/api/fn/older_posts",
    "/api/fn/relation",
    "/api/fn/change_relation",
];

/// What an open page asks again and again, whether somebody looks at it or not.
pub(super) const UNATTENDED: &str = "/api/fn/new_posts";

/// Answers a server function that anybody may call.
pub(super) async fn call(State(pages): State<Pages>, request: Request) -> Response {
    answer(pages, None, request).await
}

/// Answers a server function that members may call.
pub(super) async fn call_as_member(
    SignedIn { caller, .. }: SignedIn<Arc<Current>>,
    State(pages): State<Pages>,
    request: Request,
) -> Response {
    answer(pages, Some(caller), request).await
}

/// The framework would send a form without scripting back to its `Referer`, with the error in the address (S-BFF-6); ours
/// answer calls only, so both headers are taken from it.
async fn answer(pages: Pages, caller: Option<Arc<Current>>, request: Request) -> Response {
    let (mut head, body) = request.into_parts();
    head.headers.remove(REFERER);
    head.headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    let PageParts { sessions, members, activity, language, time_zone, .. } = &pages.0.parts;
    let site: Arc<dyn Site> = Arc::new(RequestSite {
        sessions: sessions.clone(),
        members: members.clone(),
        activity: activity.clone(),
        language: language.language(&head.headers),
        time_zone: time_zone.clone(),
        headers: head.headers.clone(),
        context: RequestContext::of(&head),
        caller,
    });
    let context = move || {
        provide_context(Arc::clone(&site));
        provide_context(app::FRAGMENTS);
    };
    let request = Request::from_parts(head, body);
    leptos_axum::handle_server_fns_with_context(context, request).await.into_response()
}
