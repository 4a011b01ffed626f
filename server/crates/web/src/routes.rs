//! Routes that cannot be declared without saying who may call them.
//!
//! A part gives its routes as [`Routes`]; there is no way to add one without a [guard](crate::guard), or a write without saying
//! where it may come from. The composition turns them into a router and prints them with `daemun routes`.

use std::sync::Arc;

use axum::Router;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{MethodRouter, any, get, head, options, patch, post};
use http::header::ALLOW;
use http::{HeaderValue, StatusCode};

use crate::guard::handler::{Guarded, GuardedHandler};
use crate::guard::{Guard, GuardEntry, ReadGuard, WriteGuard};
use crate::often_read::{DeclaredRead, OftenRead};
use crate::openapi::operation::Operation;
use crate::page_form::PageForm;
use crate::refusal::Refusal;
use crate::same_origin::PublicOrigin;

/// One line of the route table.
#[derive(Clone, Debug)]
pub struct RouteEntry {
    /// The method.
    pub method: &'static str,
    /// The path, with placeholders.
    pub path: &'static str,
    /// The guard, as it was declared.
    pub guard: GuardEntry,
    /// The form of a page that is sent there.
    pub form: Option<PageForm>,
    /// Whether it is a `GET` that does something.
    pub acts: bool,
    /// Describes what it takes and how it answers.
    pub describe: fn(&mut Operation),
}

impl RouteEntry {
    fn new<S, G, H, T>(method: &'static str, path: &'static str, guard: &G) -> Self
    where
        G: Guard<S>,
        H: GuardedHandler<G::Pass, T, S>,
    {
        Self { method, path, guard: guard.entry(), form: None, acts: false, describe: describe::<S, G, H, T> }
    }

    /// A name for the operation that no other has: the method and the words of the path.
    pub fn operation_id(&self) -> String {
        let words = self.path.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
        words.fold(self.method.to_ascii_lowercase(), |id, word| format!("{id}_{word}"))
    }
}

/// What guard and handler take, and how the handler answers.
fn describe<S, G, H, T>(operation: &mut Operation)
where
    G: Guard<S>,
    H: GuardedHandler<G::Pass, T, S>,
{
    G::describe(operation);
    H::describe(operation);
}

/// Routes with their guards, around a state `S`.
pub struct Routes<S> {
    origin: Arc<PublicOrigin>,
    router: Router<S>,
    table: Vec<RouteEntry>,
    often: Vec<DeclaredRead<S>>,
    often_read: Vec<OftenRead>,
}

impl<S> Routes<S> {
    /// The table that describes them.
    pub fn table(&self) -> &[RouteEntry] {
        &self.table
    }
}

impl<S: Clone + Send + Sync + 'static> Routes<S> {
    /// No routes yet, for the site at `origin`.
    pub fn new(origin: PublicOrigin) -> Self {
        Self {
            origin: Arc::new(origin),
            router: Router::new(),
            table: Vec::new(),
            often: Vec::new(),
            often_read: Vec::new(),
        }
    }

    /// Adds a `GET` (and `HEAD`). Where the guard hides that something is there, no method is told to be allowed either.
    #[must_use]
    pub fn get<G, H, T>(self, path: &'static str, guard: G, handler: H) -> Self
    where
        G: ReadGuard<S>,
        H: GuardedHandler<G::Pass, T, S>,
        T: 'static,
    {
        let entry = RouteEntry::new::<S, G, H, T>("GET", path, &guard);
        let is_hidden = entry.guard.member.is_some_and(|member| member.is_hidden);
        let others = if is_hidden { any(async || Refusal::not_found()) } else { MethodRouter::new() };
        let route = others.get(Guarded::new(guard, handler, Arc::clone(&self.origin)));
        self.add(entry, route)
    }

    /// Adds a `GET` that does something, such as spending what a browser was sent there with. There is no `HEAD`: programs that look at
    /// links ask so, and must not cause anything.
    #[must_use]
    pub fn act<G, H, T>(self, path: &'static str, guard: G, handler: H) -> Self
    where
        G: ReadGuard<S>,
        H: GuardedHandler<G::Pass, T, S>,
        T: 'static,
    {
        let entry = RouteEntry { acts: true, ..RouteEntry::new::<S, G, H, T>("GET", path, &guard) };
        let route = get(Guarded::new(guard, handler, Arc::clone(&self.origin)));
        self.add(entry, route)
    }

    /// Adds a `GET` (and `HEAD`) that is asked for more often than anything else: where nobody waits for a page, it is answered as an
    /// [`OftenRead`]. Its handler must not set a cookie.
    #[must_use]
    pub fn read_often<G, H, T>(mut self, path: &'static str, guard: G, handler: H) -> Self
    where
        G: ReadGuard<S>,
        H: GuardedHandler<G::Pass, T, S>,
        T: 'static,
    {
        let entry = RouteEntry::new::<S, G, H, T>("GET", path, &guard);
        let handler = Guarded::new(guard, handler, Arc::clone(&self.origin));
        self.often.push(DeclaredRead::new(path, handler.clone()));
        self.add(entry, get(handler))
    }

    /// Adds an `OPTIONS`: what browsers ask before a page of another origin may call.
    #[must_use]
    pub fn options<G, H, T>(self, path: &'static str, guard: G, handler: H) -> Self
    where
        G: ReadGuard<S>,
        H: GuardedHandler<G::Pass, T, S>,
        T: 'static,
    {
        let entry = RouteEntry::new::<S, G, H, T>("OPTIONS", path, &guard);
        let route = options(Guarded::new(guard, handler, Arc::clone(&self.origin)));
        self.add(entry, route)
    }

    /// Adds a `POST`.
    #[must_use]
    pub fn post<G, H, T>(self, path: &'static str, guard: G, handler: H) -> Self
    where
        G: WriteGuard<S>,
        H: GuardedHandler<G::Pass, T, S>,
        T: 'static,
    {
        let entry = RouteEntry::new::<S, G, H, T>("POST", path, &guard);
        let route = post(Guarded::new(guard, handler, Arc::clone(&self.origin)));
        self.add(entry, route)
    }

    /// Adds a `POST` to which a form of a page is sent; programs may send the same as JSON. A [`Success`](crate::success::Success)
    /// sends the person to the page that `form` declares.
    #[must_use]
    pub fn form<G, H, T>(self, path: &'static str, guard: G, form: PageForm, handler: H) -> Self
    where
        G: WriteGuard<S>,
        H: GuardedHandler<G::Pass, T, S>,
        T: 'static,
    {
        let mut entry = RouteEntry::new::<S, G, H, T>("POST", path, &guard);
        entry.form = Some(form);
        let handler = Guarded::new(guard, handler, Arc::clone(&self.origin));
        self.add(entry, post(handler.leading_as(form)))
    }

    /// Adds a `PATCH`.
    #[must_use]
    pub fn patch<G, H, T>(self, path: &'static str, guard: G, handler: H) -> Self
    where
        G: WriteGuard<S>,
        H: GuardedHandler<G::Pass, T, S>,
        T: 'static,
    {
        let entry = RouteEntry::new::<S, G, H, T>("PATCH", path, &guard);
        let route = patch(Guarded::new(guard, handler, Arc::clone(&self.origin)));
        self.add(entry, route)
    }

    fn add(mut self, entry: RouteEntry, route: MethodRouter<S>) -> Self {
        self.router = self.router.route(entry.path, route);
        self.table.push(entry);
        self
    }

    /// Gives the routes their state, so that the routes of several parts can be merged.
    #[must_use]
    pub fn with_state(self, state: S) -> Routes<()> {
        let Self { origin, router, table, often, mut often_read } = self;
        often_read.extend(often.into_iter().map(|read| read.with_state(state.clone())));
        Routes { origin, router: router.with_state(state), table, often: Vec::new(), often_read }
    }
}

impl Routes<()> {
    /// Adds the routes of another part.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.router = self.router.merge(other.router);
        self.table.extend(other.table);
        self.often_read.extend(other.often_read);
        self
    }

    /// What is read often, to be answered before the router is asked.
    pub fn often_read(&self) -> Vec<OftenRead> {
        self.often_read.clone()
    }

    /// The router of all added routes. Where a `GET` does something, `HEAD` gets 405.
    pub fn into_router(self) -> Router {
        let Self { router, table, .. } = self;
        let acting = table.iter().filter(|entry| entry.acts);
        acting.fold(router, |router, entry| {
            router.route(entry.path, without_head(&methods_at(&table, entry.path)))
        })
    }
}

/// The methods at a path, as `Allow` has them.
fn methods_at(table: &[RouteEntry], path: &str) -> String {
    let methods: Vec<_> = table.iter().filter(|entry| entry.path == path).map(|entry| entry.method).collect();
    methods.join(",")
}

/// What `HEAD` gets where a `GET` does something, and every method that is not allowed there.
fn without_head(allowed: &str) -> MethodRouter {
    let allowed = HeaderValue::from_str(allowed).ok();
    let refuse = async move || -> Response {
        let mut answer = Refusal::for_status(StatusCode::METHOD_NOT_ALLOWED).into_response();
        if let Some(allowed) = allowed {
            answer.headers_mut().insert(ALLOW, allowed);
        }
        answer
    };
    head(refuse.clone()).fallback(refuse)
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use http::Request;
    use tower::ServiceExt as _;

    use super::*;
    use crate::guard::{public, same_origin};

    #[tokio::test]
    async fn head_causes_nothing_where_get_does() {
        let origin = PublicOrigin::of(&"http://localhost:3000".parse().unwrap());
        let routes = Routes::new(origin)
            .get("/read", public(), async || StatusCode::OK)
            .act("/act", public(), async || StatusCode::OK)
            .post("/act", same_origin(), async || StatusCode::OK)
            .act("/act/{id}", public(), async || StatusCode::OK);
        let served = routes.with_state(()).into_router();
        for (method, path, status, allow) in [
            ("HEAD", "/read", 200, ""),
            ("PUT", "/read", 405, "GET,HEAD"),
            ("GET", "/act", 200, ""),
            ("HEAD", "/act", 405, "GET,POST"),
            ("PUT", "/act", 405, "GET,POST"),
            ("GET", "/act/1", 200, ""),
            ("HEAD", "/act/1", 405, "GET"),
            ("POST", "/act/1", 405, "GET"),
        ] {
            let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
            let answer = served.clone().oneshot(request).await.unwrap();
            let told = answer.headers().get(ALLOW).map_or("", |allow| allow.to_str().unwrap());
            assert_eq!((answer.status().as_u16(), told), (status, allow), "{method} {path}");
        }
    }
}
