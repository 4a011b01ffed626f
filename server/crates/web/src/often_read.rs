//! Reads that services and pages ask for far more often than for anything else. They are answered past the router and the layers of
//! pages and forms: no cookie is set, no form comes back, no page is drawn. Their guard stays, and so does all that every answer
//! has.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use axum::extract::Request;
use axum::handler::Handler;
use axum::response::Response;
use http::Method;
use http_body::Body as _;

use crate::navigation::wants_page;

type Answering = Pin<Box<dyn Future<Output = Response> + Send>>;
type WithState<S> = Box<dyn FnOnce(S) -> OftenRead + Send + Sync>;

/// A `GET` that is read so often that it does without the router.
#[derive(Clone)]
pub struct OftenRead {
    path: &'static str,
    answer: Arc<dyn Fn(Request) -> Answering + Send + Sync>,
}

impl OftenRead {
    /// The exact path.
    pub const fn path(&self) -> &'static str {
        self.path
    }

    /// Whether it is this that is asked for, by somebody who waits for no page.
    pub fn is_asked_by(&self, request: &Request) -> bool {
        request.uri().path() == self.path
            && *request.method() == Method::GET
            && request.body().is_end_stream()
            && !wants_page(request.headers())
    }

    /// The response to a request for which [`is_asked_by`](Self::is_asked_by) is true.
    pub fn answer(&self, request: Request) -> impl Future<Output = Response> + Send + use<> {
        (self.answer)(request)
    }
}

impl fmt::Debug for OftenRead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OftenRead").field(&self.path).finish()
    }
}

/// One that has no state yet.
pub(crate) struct DeclaredRead<S> {
    with_state: WithState<S>,
}

impl<S: Clone + Send + Sync + 'static> DeclaredRead<S> {
    pub(crate) fn new<T: 'static>(
        path: &'static str,
        handler: impl Handler<T, S, Future = Answering>,
    ) -> Self {
        let with_state = move |state: S| {
            let answer = move |request| handler.clone().call(request, state.clone());
            OftenRead { path, answer: Arc::new(answer) }
        };
        Self { with_state: Box::new(with_state) }
    }

    pub(crate) fn with_state(self, state: S) -> OftenRead {
        (self.with_state)(state)
    }
}
