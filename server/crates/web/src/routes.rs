//! Routes that cannot be declared without saying who may call them.
//!
//! A part gives its routes as [`Routes`]; there is no way to add one without a [guard](crate::guard), and none to add a
//! write that forgets where it may come from. The composition turns them into a router and prints them with
//! `daemun routes`.

use std::sync::Arc;

use axum::Router;
use axum::routing::{MethodRouter, get, patch, post};

use crate::PublicOrigin;
use crate::guard::handler::{Guarded, GuardedHandler};
use crate::guard::{GuardEntry, ReadGuard, WriteGuard};

/// One line of the route table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteEntry {
    /// The method.
    pub method: &'static str,
    /// The path, with placeholders.
    pub path: &'static str,
    /// The guard, as it was declared.
    pub guard: GuardEntry,
}

/// Routes with their guards, around a state `S`.
pub struct Routes<S> {
    origin: Arc<PublicOrigin>,
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
        Self { origin: Arc::new(origin), router: Router::new(), table: Vec::new() }
    }

    /// Adds a `GET` (and `HEAD`).
    #[must_use]
    pub fn get<G, H, T>(self, path: &'static str, guard: G, handler: H) -> Self
    where
        G: ReadGuard<S>,
        H: GuardedHandler<G::Pass, T, S>,
        T: 'static,
    {
        let entry = RouteEntry { method: "GET", path, guard: guard.entry() };
        let route = get(Guarded::new(guard, handler, Arc::clone(&self.origin)));
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
        let entry = RouteEntry { method: "POST", path, guard: guard.entry() };
        let route = post(Guarded::new(guard, handler, Arc::clone(&self.origin)));
        self.add(entry, route)
    }

    /// Adds a `PATCH`.
    #[must_use]
    pub fn patch<G, H, T>(self, path: &'static str, guard: G, handler: H) -> Self
    where
        G: WriteGuard<S>,
        H: GuardedHandler<G::Pass, T, S>,
        T: 'static,
    {
        let entry = RouteEntry { method: "PATCH", path, guard: guard.entry() };
        let route = patch(Guarded::new(guard, handler, Arc::clone(&self.origin)));
        self.add(entry, route)
    }

    fn add(mut self, entry: RouteEntry, route: MethodRouter<S>) -> Self {
        self.router = self.router.route(entry.path, route);
        self.table.push(entry);
        self
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
