//! Routes that cannot be declared without saying who may call them.
//!
//! A part gives its routes as [`Routes`]; there is no way to add one without a guard, and none to add a write that
//! forgets the same-origin rule. The composition turns them into a router and prints them with `daemun routes`.

use axum::Router;
use axum::handler::Handler;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodRouter, get, patch, post};

use crate::{PublicOrigin, same_origin};

/// Who may read. Reading changes nothing (S-BFF-4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadGuard {
    /// Anybody; the answer depends at most on the session that comes with the request.
    Public,
    /// Anybody who is signed in; others are refused by the handler.
    SignedIn,
    /// A browser that comes back from a provider, bound to its login transaction. It spends that transaction.
    LoginTransaction,
    /// A provider that tells of a change at its side and proves that it is the provider. Kakao can be told to send its
    /// notices by `GET`; no cookie is looked at, and no browser has the proof.
    ProviderWebhook,
}

/// Who may change something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteGuard {
    /// Our own pages only, signed in or not.
    SameOrigin,
    /// Whoever sends a credential in the body or in `Authorization`. Cookies are not looked at, so no foreign page can
    /// make a browser act.
    Credential,
    /// Our own pages, and programs that are no browsers: their requests carry no cookie and no word of a browser, so that
    /// nobody can be made to send one.
    OwnPagesOrPrograms,
    /// The development build's own tools on this machine. No browser rule, since test programs call it.
    Development,
}

/// One line of the route table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteEntry {
    /// The method.
    pub method: &'static str,
    /// The path, with placeholders.
    pub path: &'static str,
    /// The guard, as it was declared.
    pub guard: &'static str,
}

/// Routes with their guards, around a state `S`.
pub struct Routes<S> {
    origin: PublicOrigin,
    router: Router<S>,
    table: Vec<RouteEntry>,
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
        Self { origin, router: Router::new(), table: Vec::new() }
    }

    /// Adds a `GET` (and `HEAD`).
    #[must_use]
    pub fn get<H: Handler<T, S>, T: 'static>(
        mut self,
        path: &'static str,
        guard: ReadGuard,
        handler: H,
    ) -> Self {
        let name = match guard {
            ReadGuard::Public => "public",
            ReadGuard::SignedIn => "signed-in",
            ReadGuard::LoginTransaction => "login-transaction",
            ReadGuard::ProviderWebhook => "provider-notice",
        };
        self.table.push(RouteEntry { method: "GET", path, guard: name });
        self.router = self.router.route(path, get(handler));
        self
    }

    /// Adds a `POST`.
    #[must_use]
    pub fn post<H: Handler<T, S>, T: 'static>(
        mut self,
        path: &'static str,
        guard: WriteGuard,
        handler: H,
    ) -> Self {
        let route = self.guarded(guard, post(handler));
        self.write("POST", path, (guard, route));
        self
    }

    /// Adds a `PATCH`.
    #[must_use]
    pub fn patch<H: Handler<T, S>, T: 'static>(
        mut self,
        path: &'static str,
        guard: WriteGuard,
        handler: H,
    ) -> Self {
        let route = self.guarded(guard, patch(handler));
        self.write("PATCH", path, (guard, route));
        self
    }

    fn guarded(&self, guard: WriteGuard, route: MethodRouter<S>) -> MethodRouter<S> {
        let origin = self.origin.clone();
        match guard {
            WriteGuard::SameOrigin => route.layer(from_fn_with_state(origin, same_origin::guard)),
            WriteGuard::OwnPagesOrPrograms => {
                route.layer(from_fn_with_state(origin, same_origin::guard_browsers))
            }
            WriteGuard::Credential | WriteGuard::Development => route,
        }
    }

    fn write(
        &mut self,
        method: &'static str,
        path: &'static str,
        (guard, route): (WriteGuard, MethodRouter<S>),
    ) {
        let guard = match guard {
            WriteGuard::SameOrigin => "same-origin",
            WriteGuard::OwnPagesOrPrograms => "own-pages-or-programs",
            WriteGuard::Credential => "credential",
            WriteGuard::Development => "development",
        };
        self.table.push(RouteEntry { method, path, guard });
        self.router = std::mem::take(&mut self.router).route(path, route);
    }

    /// Gives the routes their state, so that those of several parts can stand side by side.
    #[must_use]
    pub fn with_state(self, state: S) -> Routes<()> {
        Routes { origin: self.origin, router: self.router.with_state(state), table: self.table }
    }
}

impl Routes<()> {
    /// Puts the routes of another part beside these.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.router = self.router.merge(other.router);
        self.table.extend(other.table);
        self
    }

    /// The router.
    pub fn into_router(self) -> Router {
        self.router
    }
}
