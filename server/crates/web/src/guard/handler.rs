//! Handlers behind guards: functions whose first argument comes from the guard.

use std::borrow::Cow;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{FromRequest, FromRequestParts, MatchedPath, Request};
use axum::handler::Handler;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::request::Parts;

use super::admitted::{Admitted as _, SessionMark};
use super::member::{Fresh, SignedIn};
use super::proof::Proven;
use super::who::Asked;
use super::{Guard, Open};
use crate::openapi::operation::Operation;
use crate::openapi::types::{self, Argument};
use crate::page_form::{self, PageForm};
use crate::placeholders;
use crate::refusal::RefusalMark;
use crate::same_origin::PublicOrigin;

/// A function that answers requests that a guard let in, and gets a `P` from it. Its other arguments are extractors; `T`
/// distinguishes functions by their arguments.
pub trait GuardedHandler<P, T, S>: Clone + Send + Sync + 'static {
    /// Describes the operation by its types.
    fn describe(operation: &mut Operation);

    /// Reads the arguments from the request, and answers it.
    fn call(self, pass: P, parts: Parts, body: Body, state: S) -> impl Future<Output = Response> + Send;
}

/// What a guard gives to a handler as its first argument.
pub trait Pass: Send + 'static {}
impl<C: Send + 'static> Pass for SignedIn<C> {}
impl<C: Send + 'static> Pass for Fresh<C> {}
impl<P: Send + 'static> Pass for Proven<P> {}
impl<P: Pass> Pass for Option<P> {}

/// A handler with the guard before it.
pub(crate) struct Guarded<G, H, T> {
    guard: G,
    handler: H,
    origin: Arc<PublicOrigin>,
    /// Where a successful form leads.
    leads_to: Option<&'static str>,
    /// Where a form leads that is about what is gone.
    gone: Option<&'static str>,
    arguments: PhantomData<fn() -> T>,
}

impl<G, H, T> Guarded<G, H, T> {
    pub(crate) const fn new(guard: G, handler: H, origin: Arc<PublicOrigin>) -> Self {
        Self { guard, handler, origin, leads_to: None, gone: None, arguments: PhantomData }
    }

    /// Leads people as `form` declares.
    pub(crate) fn leading_as(self, form: PageForm) -> Self {
        Self { leads_to: form.leads_to, gone: form.gone, ..self }
    }
}

impl<G: Clone, H: Clone, T> Clone for Guarded<G, H, T> {
    fn clone(&self) -> Self {
        Self {
            guard: self.guard.clone(),
            handler: self.handler.clone(),
            origin: Arc::clone(&self.origin),
            leads_to: self.leads_to,
            gone: self.gone,
            arguments: PhantomData,
        }
    }
}

impl<G, H, T, S> Handler<(T,), S> for Guarded<G, H, T>
where
    G: Guard<S>,
    H: GuardedHandler<G::Pass, T, S>,
    S: Send + Sync + 'static,
    T: 'static,
{
    type Future = Pin<Box<dyn Future<Output = Response> + Send>>;

    fn call(self, request: Request, state: S) -> Self::Future {
        Box::pin(async move {
            let Self { guard, handler, origin, leads_to, gone, .. } = self;
            let (mut parts, mut body) = request.into_parts();
            let by_form = page_form::is_sent_by_form(&parts.headers);
            let [leads_to, gone] =
                [leads_to, gone].map(|page| page.filter(|_| by_form).map(|page| with_values(page, &parts)));
            let mut sender = None;
            let asked = Asked { origin: &origin, state: &state, parts: &mut parts, sender: &mut sender };
            let mut answer = match guard.admit(asked, &mut body).await {
                Ok(pass) => {
                    let has_session = pass.has_session();
                    let mut answer = handler.call(pass, parts, body, state).await;
                    if has_session {
                        answer.extensions_mut().insert(SessionMark);
                    }
                    answer
                }
                Err(denial) => denial.into_response(),
            };
            if let Some(sender) = sender {
                RefusalMark::note_sender(&mut answer, sender);
            }
            match (leads_to, gone) {
                (Some(page), _) if answer.status().is_success() => page_form::lead(&page, &answer),
                (_, Some(page)) if answer.status() == StatusCode::NOT_FOUND => {
                    page_form::lead(&page, &answer)
                }
                _ => answer,
            }
        })
    }
}

/// The page to which a form leads, for what its request is about.
fn with_values(page: &'static str, parts: &Parts) -> Cow<'static, str> {
    let route = parts.extensions.get::<MatchedPath>();
    route.map_or(Cow::Borrowed(page), |route| placeholders::fill(page, route.as_str(), parts.uri.path()))
}

impl<F, Fut, Answer, S> GuardedHandler<Open, ((),), S> for F
where
    F: FnOnce() -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Answer> + Send,
    Answer: IntoResponse + types::Answer,
    S: Send + Sync + 'static,
{
    fn describe(operation: &mut Operation) {
        Answer::describe(operation);
    }

    async fn call(self, _: Open, _: Parts, _: Body, _: S) -> Response {
        self().await.into_response()
    }
}

impl<P, F, Fut, Answer, S> GuardedHandler<P, ((),), S> for F
where
    P: Pass,
    F: FnOnce(P) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Answer> + Send,
    Answer: IntoResponse + types::Answer,
    S: Send + Sync + 'static,
{
    fn describe(operation: &mut Operation) {
        Answer::describe(operation);
    }

    async fn call(self, pass: P, _: Parts, _: Body, _: S) -> Response {
        self(pass).await.into_response()
    }
}

/// The value of an extractor, or its refusal as the answer.
macro_rules! extracted {
    ($extraction:expr) => {
        match $extraction.await {
            Ok(value) => value,
            Err(rejection) => return rejection.into_response(),
        }
    };
}

/// Handlers whose extractors are `$part`, each of the head of a request, and `$last`, which may read its body.
macro_rules! handlers {
    ($([$($part:ident),*] $last:ident;)*) => {$(
        #[expect(non_snake_case, reason = "values are named like their types")]
        impl<F, Fut, Answer, S, Via, $($part,)* $last> GuardedHandler<Open, (Via, $($part,)* $last), S> for F
        where
            F: FnOnce($($part,)* $last) -> Fut + Clone + Send + Sync + 'static,
            Fut: Future<Output = Answer> + Send,
            Answer: IntoResponse + types::Answer,
            S: Send + Sync + 'static,
            $($part: FromRequestParts<S> + Argument + Send,)*
            $last: FromRequest<S, Via> + Argument + Send,
        {
            fn describe(operation: &mut Operation) {
                $($part::describe(operation);)*
                $last::describe(operation);
                Answer::describe(operation);
            }

            #[allow(unused_mut, reason = "the head is changed where there is more than one extractor")]
            async fn call(self, _: Open, mut parts: Parts, body: Body, state: S) -> Response {
                $(let $part = extracted!($part::from_request_parts(&mut parts, &state));)*
                let $last = extracted!($last::from_request(Request::from_parts(parts, body), &state));
                self($($part,)* $last).await.into_response()
            }
        }

        #[expect(non_snake_case, reason = "values are named like their types")]
        impl<P, F, Fut, Answer, S, Via, $($part,)* $last> GuardedHandler<P, (Via, $($part,)* $last), S> for F
        where
            P: Pass,
            F: FnOnce(P, $($part,)* $last) -> Fut + Clone + Send + Sync + 'static,
            Fut: Future<Output = Answer> + Send,
            Answer: IntoResponse + types::Answer,
            S: Send + Sync + 'static,
            $($part: FromRequestParts<S> + Argument + Send,)*
            $last: FromRequest<S, Via> + Argument + Send,
        {
            fn describe(operation: &mut Operation) {
                $($part::describe(operation);)*
                $last::describe(operation);
                Answer::describe(operation);
            }

            #[allow(unused_mut, reason = "the head is changed where there is more than one extractor")]
            async fn call(self, pass: P, mut parts: Parts, body: Body, state: S) -> Response {
                $(let $part = extracted!($part::from_request_parts(&mut parts, &state));)*
                let $last = extracted!($last::from_request(Request::from_parts(parts, body), &state));
                self(pass, $($part,)* $last).await.into_response()
            }
        }
    )*};
}

handlers! {
    [] A;
    [A] B;
    [A, B] C;
    [A, B, C] D;
    [A, B, C, D] E;
}
