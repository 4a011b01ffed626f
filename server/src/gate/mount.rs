//! Where the gate stands among the layers: before our own pages and their limits, policies and compression, since what
//! passes through belongs to the services; behind request id, client address and log.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use gateway::{Gateway, OwnAnswer};
use web::Refusal;
use web::headers::{complete, complete_foreign};
use web::limits::Limits;

use crate::http::assets::Assets;
use crate::http::error_page::ErrorPages;

/// What the layer works with.
pub struct Mount {
    /// The gate.
    pub gateway: Gateway,
    /// Files of our own, which a route such as `/{*rest}` must not hide.
    pub assets: Assets,
    /// What a request's address and headers may be. Bodies and times are each route's own.
    pub limits: Limits,
    /// How a person is told that they may not pass.
    pub pages: ErrorPages,
}

/// The layer: what a route of the gate matches goes there, everything else further in.
pub async fn layer(State(mount): State<Arc<Mount>>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if !mount.gateway.matches(path) || mount.assets.contain(path) {
        return next.run(request).await;
    }
    let visitor = mount.pages.visitor(&request);
    let mut response = match mount.limits.judge_head(&request) {
        None => mount.gateway.handle(request).await,
        Some(status) => own(Refusal::for_status(status).into_response()),
    };
    if response.extensions().get::<OwnAnswer>().is_none() {
        complete_foreign(response.headers_mut());
        return response;
    }
    let mut response = mount.pages.shape(response, visitor.as_ref());
    complete(response.headers_mut());
    response
}

fn own(mut response: Response) -> Response {
    response.extensions_mut().insert(OwnAnswer);
    response
}
