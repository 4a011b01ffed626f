//! What the gateway is made of.

use std::collections::HashMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use http::HeaderValue;
use kernel::{Clock, IdReserve};
use limits::SharedCounts;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::identity::Authenticator;
use crate::limits::Limits;
use crate::route::Route;
use crate::settings::Settings;
use crate::table::RouteTable;
use crate::tls::Tls;
use crate::upstream::{Upstream, UpstreamKey};

/// The insides of the gateway.
pub(crate) struct Parts {
    pub(crate) settings: Settings,
    pub(crate) authenticator: Arc<dyn Authenticator>,
    pub(crate) limits: Limits,
    pub(crate) counts: Arc<SharedCounts>,
    pub(crate) live: ArcSwap<Live>,
    pub(crate) end: CancellationToken,
    pub(crate) tunnels: TaskTracker,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: IdReserve,
    pub(crate) proto: HeaderValue,
    pub(crate) host: HeaderValue,
    pub(crate) tls: Tls,
}

/// The table in use. A request keeps its route until it is answered, whatever table follows.
#[derive(Default)]
pub(crate) struct Live {
    pub(crate) table: Option<RouteTable>,
    pub(crate) routes: Vec<Arc<Route>>,
    pub(crate) upstreams: HashMap<UpstreamKey, Arc<Upstream>>,
}
