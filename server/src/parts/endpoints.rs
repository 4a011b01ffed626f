//! The endpoints of a part, before the state of their handlers is known: they are declared once, the route table is derived from
//! them, and what is built from that table becomes part of the state.

use web::{RouteEntry, Routes};

use crate::parts::states::States;

/// Endpoints that get their state later.
pub trait Endpoints {
    /// Every endpoint with its guard.
    fn table(&self) -> &[RouteEntry];

    /// The endpoints with their state.
    fn attach(self: Box<Self>, states: &States) -> Routes<()>;
}

/// These endpoints, and where their state comes from.
pub fn endpoints<S>(routes: Routes<S>, state: fn(&States) -> S) -> Box<dyn Endpoints>
where
    S: Clone + Send + Sync + 'static,
{
    Box::new(Declared { routes, state })
}

struct Declared<S> {
    routes: Routes<S>,
    state: fn(&States) -> S,
}

impl<S: Clone + Send + Sync + 'static> Endpoints for Declared<S> {
    fn table(&self) -> &[RouteEntry] {
        self.routes.table()
    }

    fn attach(self: Box<Self>, states: &States) -> Routes<()> {
        let state = (self.state)(states);
        self.routes.with_state(state)
    }
}
