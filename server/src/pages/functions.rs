//! `POST /api/fn/…`: what islands ask.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use contract::{OperatorsSite, Site, SiteError};
use http::header::{ACCEPT, REFERER};
use http::request::Parts;
use http::{HeaderValue, StatusCode};
use leptos::context::provide_context;
use sessions::Current;
use web::guard::{Fresh, SignedIn};
use web::{Refusal, RequestContext};

use super::admin::in_place::OperatorsRequest;
use super::state::{PageParts, Pages};
use crate::site::RequestSite;

/// What anybody may call from our own pages.
pub(super) const OF_EVERYBODY: [&str; 2] = ["/api/fn/viewer", "/api/fn/resend_code"];

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

/// What operators alone may call. The guard is that of their pages.
pub(super) const OF_OPERATORS: [&str; 2] = ["/api/fn/find_members", "/api/fn/send_mail_again"];

/// What an open page of operators asks again and again.
pub(super) const UNATTENDED_OF_OPERATORS: &str = "/api/fn/moving_events";

/// What an open page asks again and again, whether somebody looks at it or not.
pub(super) const UNATTENDED: &str = "/api/fn/new_posts";

/// An error is one word.
const MAX_ERROR_BYTES: usize = 1024;

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

/// Answers a server function that operators may call.
pub(super) async fn call_as_operator(
    Fresh { caller, .. }: Fresh<Arc<Current>>,
    State(pages): State<Pages>,
    request: Request,
) -> Response {
    let (head, body) = as_call(request);
    let site: Arc<dyn OperatorsSite> = Arc::new(OperatorsRequest { pages, head: head.clone(), caller });
    let context = move || {
        provide_context(Arc::clone(&site));
        provide_context(app::OPERATOR_FRAGMENTS);
    };
    let request = Request::from_parts(head, body);
    with_status(leptos_axum::handle_server_fns_with_context(context, request).await.into_response()).await
}

/// The framework would send a form without scripting back to its `Referer`, with the error in the address (S-BFF-6); ours
/// answer calls only, so both headers are taken from it.
fn as_call(request: Request) -> (Parts, Body) {
    let (mut head, body) = request.into_parts();
    head.headers.remove(REFERER);
    head.headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    (head, body)
}

/// Gives an error its status: the framework says 500 for each.
async fn with_status(response: Response) -> Response {
    if response.status() != StatusCode::INTERNAL_SERVER_ERROR {
        return response;
    }
    let Ok(body) = to_bytes(response.into_body(), MAX_ERROR_BYTES).await else {
        return Refusal::internal().into_response();
    };
    match serde_json::from_slice(&body) {
        Ok(SiteError::Malformed | SiteError::Refused) => Refusal::for_status(StatusCode::BAD_REQUEST),
        Ok(SiteError::Unavailable) => Refusal::for_status(StatusCode::SERVICE_UNAVAILABLE),
        Ok(SiteError::Unreachable) | Err(_) => Refusal::internal(),
    }
    .into_response()
}

async fn answer(pages: Pages, caller: Option<Arc<Current>>, request: Request) -> Response {
    let (head, body) = as_call(request);
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
    with_status(leptos_axum::handle_server_fns_with_context(context, request).await.into_response()).await
}
