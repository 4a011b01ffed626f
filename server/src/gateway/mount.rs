//! Where the gateway is among the layers: before our own pages and their limits, policies and compression, since what
//! passes through belongs to the services; behind request id, client address and log.

use std::sync::Arc;

use axum::extract::Request;
use axum::response::{IntoResponse as _, Response};
use gateway::{Gateway, OwnAnswer, Passage};
use http::HeaderValue;
use http::header::CONNECTION;
use names::ErrorCode;
use web::Refusal;
use web::headers::SecurityHeaders;
use web::request_limits::RequestLimits;

use crate::http::assets::Assets;
use crate::http::error_page::ErrorPages;

/// The gateway with what it needs around it.
pub struct Mount {
    /// The gateway.
    pub gateway: Gateway,
    /// Files of our own, which a route such as `/{*rest}` must not hide.
    pub assets: Assets,
    /// What a request's address and headers may be. Bodies and times are each route's own.
    pub limits: RequestLimits,
    /// How a person is told that access is denied.
    pub pages: Arc<ErrorPages>,
    /// What every answer says.
    pub security: SecurityHeaders,
}

impl Mount {
    /// Whether a route of the gateway matches the request.
    pub fn takes(&self, request: &Request) -> bool {
        let path = request.uri().path();
        self.gateway.matches(path) && !self.assets.contain(path)
    }

    /// Refuses a request that names two hosts or lacks one, no matter which of them would have answered it (S-GW-9).
    pub fn refuse_hosts(&self) -> Response {
        let mut response = Refusal::of(ErrorCode::HostAmbiguous).into_response();
        // A request with two hosts may be two requests.
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        self.security.complete(response.headers_mut());
        response
    }

    /// Answers a request that the gateway takes, and notes its way.
    pub async fn answer(&self, request: Request, passage: &Passage) -> Response {
        let recipient = self.pages.recipient(&request);
        let mut response = match self.limits.judge_head(&request) {
            None => self.gateway.handle(request, passage).await,
            Some(status) => own(Refusal::for_status(status).into_response()),
        };
        if response.extensions().get::<OwnAnswer>().is_none() {
            self.security.complete_foreign(response.headers_mut());
            return response;
        }
        let mut response = self.pages.shape(response, &recipient);
        self.security.complete(response.headers_mut());
        response
    }
}

fn own(mut response: Response) -> Response {
    response.extensions_mut().insert(OwnAnswer);
    response
}
