//! What every request of the public listener goes through first. It is one function and not a stack of layers: the gateway's
//! requests are many and short, and each layer would box its future and clone what is behind it again.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;

use axum::Router;
use axum::extract::Request;
use axum::response::{IntoResponse as _, Response};
use gateway::Passage;
use kernel::Trace;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;
use tracing::Instrument as _;
use web::headers::SecurityHeaders;
use web::listener::{Answer, ClientPlace};
use web::request_id::{self, RequestIds};
use web::{ClientAddress, Refusal, RequestId, TrustedProxies, request_trace};

use crate::gateway::mount::Mount;
use crate::http::acting_requests::ActingRequests;
use crate::http::often_reads::OftenReads;
use crate::http::public_address::PublicAddress;
use crate::http::refused::RefusedRequests;
use crate::telemetry::AnswerLog;

/// The root service. Cheap to clone.
#[derive(Clone)]
pub struct RootService(Arc<Parts>);

/// What the root service is made of.
pub struct Parts {
    /// Names for requests.
    pub ids: RequestIds,
    /// Whose `X-Forwarded-For` counts.
    pub proxies: TrustedProxies,
    /// The gateway.
    pub gateway: Mount,
    /// The public address, for people who opened a page under another host.
    pub address: PublicAddress,
    /// What is read often, of our own.
    pub often: OftenReads,
    /// What is done to its end, of our own.
    pub acting: ActingRequests,
    /// Everything that is the program's own.
    pub own: Router,
    /// Where it is written down what is refused.
    pub refused: RefusedRequests,
    /// Where it is written down how each request was answered.
    pub log: AnswerLog,
    /// What the program waits for before it ends.
    pub tasks: TaskTracker,
}

impl RootService {
    /// The root service to these parts.
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }
}

impl Answer for RootService {
    fn security(&self) -> &SecurityHeaders {
        &self.0.gateway.security
    }

    /// From the outside in: request id, client address, log and count, then the gateway, which takes what its routes
    /// match, or else our own routes, the ones that are read often first.
    async fn answer(&self, mut request: Request, place: &ClientPlace) -> Response {
        let Parts { ids, proxies, gateway, address, often, acting, own, refused, log, tasks } = &*self.0;
        let id = ids.note(&mut request);
        let client = proxies.note(&mut request);
        let passage = Passage::default();
        let request_log = log.begin(&request, &id, client, &passage);
        let answering = pin!(async {
            if web::host::is_ambiguous(&request) {
                return gateway.refuse_hosts();
            }
            if gateway.takes(&request) {
                // In a place of its own. As a part of this future, its ten kilobytes would be moved three times for every request on
                // its way through hyper, and be kept for every idle connection.
                return Box::pin(gateway.answer(request, &passage)).await;
            }
            if let Some(mut elsewhere) = address.elsewhere(&request) {
                gateway.security.complete_redirect(elsewhere.headers_mut());
                return elsewhere;
            }
            let trace = request_trace::of_request(request.headers(), &id);
            if let Some(read) = often.asked_by(&request) {
                return Trace::within(trace, often.answer(read, request)).await;
            }
            if acting.has(&request) {
                let act = self.clone().act(id.clone(), client, request, place.clone());
                let act = id.clone().scope(Trace::within(trace, act)).in_current_span();
                return tasks.spawn(act).await.unwrap_or_else(|_| internal_error(&gateway.security));
            }
            match Trace::within(trace, own.clone().oneshot(request)).await {
                Ok(response) => response,
                Err(never) => match never {},
            }
        });
        let mut response = id.clone().scope(or_internal_error(answering, &gateway.security)).await;
        request_log.answered(&response);
        refused.note(&id, client, &mut response);
        response.headers_mut().insert(request_id::HEADER, id.header());
        response
    }
}

impl RootService {
    /// Answers a request of our own that may change something. It is done to its end as a task of its own: the server drops what a
    /// client waits for that is gone, wherever it is. A guess at a password would have used up the account's limit and be in no log,
    /// and what follows a commit would be left out. That it was refused is written down here for the same reason.
    async fn act(
        self,
        id: RequestId,
        client: ClientAddress,
        request: Request,
        _place: ClientPlace,
    ) -> Response {
        let Parts { own, refused, .. } = &*self.0;
        let mut response = match own.clone().oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        };
        refused.note(&id, client, &mut response);
        response
    }
}

fn internal_error(security: &SecurityHeaders) -> Response {
    let mut response = Refusal::internal().into_response();
    security.complete(response.headers_mut());
    response
}

/// What panics in the gateway or in a layer is answered like any other internal error, and not by a lost connection (S-LOG-8). Our
/// own routes have a layer for it further in, whose answer people see as a page.
///
/// The future stays where it is: it is some kilobytes large, and moving it would cost every request.
fn or_internal_error<'a>(
    mut answering: Pin<&'a mut (impl Future<Output = Response> + Send)>,
    security: &'a SecurityHeaders,
) -> impl Future<Output = Response> + Send + 'a {
    poll_fn(move |context| {
        let polled = catch_unwind(AssertUnwindSafe(|| answering.as_mut().poll(context)));
        polled.unwrap_or_else(|_| Poll::Ready(internal_error(security)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn s_log_8_what_panics_outside_of_our_own_routes_is_a_500_too() {
        let answer = or_internal_error(
            pin!(async { panic!("a word that stays inside") }),
            &SecurityHeaders::default(),
        )
        .await;
        assert_eq!(answer.status(), 500);
        assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
        let body = axum::body::to_bytes(answer.into_body(), 1 << 20).await.unwrap();
        let body = String::from_utf8(body.to_vec()).unwrap();
        assert!(body.contains("INTERNAL_ERROR") && !body.contains("inside"), "{body}");
        assert_eq!(
            or_internal_error(pin!(async { "fine".into_response() }), &SecurityHeaders::default())
                .await
                .status(),
            200
        );
    }
}
