//! What is read often is answered before the router and its layers: see [`web::often_read`]. What those layers do for every answer is
//! done here: the limits of a request, the time that an answer may take, the shape of refusals, security headers.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;

use axum::extract::Request;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use web::headers::SecurityHeaders;
use web::request_limits::RequestLimits;
use web::{OftenRead, Refusal};

use crate::http::error_page::{ErrorPages, Recipient};
use crate::telemetry;

/// All that is read often.
pub struct OftenReads {
    /// Each at its path.
    pub reads: Vec<OftenRead>,
    /// What a request may cost.
    pub limits: RequestLimits,
    /// How a refusal looks.
    pub pages: Arc<ErrorPages>,
    /// What every answer says.
    pub security: SecurityHeaders,
}

impl OftenReads {
    /// The read that this request asks for; `None` if it is for the router.
    pub fn asked_by(&self, request: &Request) -> Option<&OftenRead> {
        self.reads.iter().find(|read| read.is_asked_by(request))
    }

    /// Answers the one that was asked for.
    pub async fn answer(&self, read: &OftenRead, request: Request) -> Response {
        let response = match self.limits.judge_head(&request) {
            Some(status) => Refusal::for_status(status).into_response(),
            None => self.in_time(pin!(read.answer(request))).await,
        };
        let mut response = self.pages.shape(response, &Recipient::Program);
        telemetry::note_path(&mut response, read.path());
        self.security.complete(response.headers_mut());
        response
    }

    /// Mostly everything is in memory and answered at once; then no timer is made.
    async fn in_time(&self, mut answer: Pin<&mut impl Future<Output = Response>>) -> Response {
        if let Poll::Ready(response) = poll_fn(|context| Poll::Ready(answer.as_mut().poll(context))).await {
            return response;
        }
        match tokio::time::timeout(self.limits.time, answer).await {
            Ok(response) => response,
            Err(_) => Refusal::for_status(StatusCode::GATEWAY_TIMEOUT).into_response(),
        }
    }
}
