//! One server of a service: its pool of connections, whether it can be reached, how much it has to do.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::time::Duration;

use http::header::HOST;
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderValue, Method, Request, Response, Uri, Version};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use metrics::Gauge;
use tower::Service as _;

use crate::connection::{Connection, MAX_FIELDS, MAX_HEAD_BYTES};
use crate::pool::Pool;
use crate::rule::Rule;
use crate::send_error::SendError;
use crate::settings::Settings;
use crate::tls::{Connector, Tls};
use crate::upload::Upload;
use crate::upstream_address::UpstreamAddress;

/// So many missed health checks in a row take a well upstream out.
const MAX_MISSES: u32 = 2;
/// How long a probe may take. With the time between two it stays under the 2 s in which an upstream must be back.
const PROBE_TIMEOUT: Duration = Duration::from_secs(1);

/// What tells two upstreams apart. One that stays the same over a reload keeps its connections.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct UpstreamKey {
    pub(crate) address: UpstreamAddress,
    pub(crate) http2: bool,
    pub(crate) health: Option<PathAndQuery>,
}

impl UpstreamKey {
    /// The keys of a route's upstreams.
    pub(crate) fn of(rule: &Rule) -> impl Iterator<Item = Self> {
        rule.upstreams.iter().map(|address| Self {
            address: address.clone(),
            http2: rule.http2,
            health: rule.health.clone(),
        })
    }

    /// Whether it can be reached: one gauge for each key, since an address whose health fails on one path may be well for routes
    /// that ask on another, or not at all.
    fn gauge(&self) -> Gauge {
        let mut labels = vec![("upstream", self.address.to_string())];
        labels.extend(self.health.as_ref().map(|health| ("health", health.to_string())));
        labels.extend(self.http2.then(|| ("http2", "true".to_owned())));
        metrics::gauge!("daemun_gateway_upstream_up", &labels)
    }
}

/// A service's address with its connections, its health and its circuit breaker.
pub(crate) struct Upstream {
    key: UpstreamKey,
    host: HeaderValue,
    /// For HTTP/1.1.
    pool: Pool,
    /// For HTTP/2, for connections that may become a WebSocket, and for probes.
    client: Client<Connector, Upload>,
    connector: Connector,
    reachable: AtomicBool,
    misses: AtomicU32,
    in_flight: AtomicUsize,
    most_in_flight: usize,
    up: Gauge,
    /// Whether no route leads there any more. What is still on its way says nothing of it then.
    is_retired: AtomicBool,
}

/// A request that the upstream has to do; it counts until this is dropped.
pub(crate) struct Permit {
    upstream: Arc<Upstream>,
    line: Option<Connection>,
}

impl Upstream {
    pub(crate) fn new(key: UpstreamKey, settings: &Settings, tls: &Tls) -> Result<Self, rustls::Error> {
        let connector = tls.connector(&key.address.scheme, key.http2, settings)?;
        let client = Client::builder(hyper_util::rt::TokioExecutor::new())
            .timer(hyper_util::rt::TokioTimer::new())
            .pool_timer(hyper_util::rt::TokioTimer::new())
            .pool_idle_timeout(settings.keep_alive)
            .pool_max_idle_per_host(settings.idle_connections)
            .http1_max_buf_size(MAX_HEAD_BYTES)
            .http1_max_headers(MAX_FIELDS)
            .http2_only(key.http2)
            .http2_adaptive_window(true)
            .http2_keep_alive_interval(Duration::from_secs(10))
            .http2_keep_alive_timeout(Duration::from_secs(5))
            // We name the host ourselves: HTTP/2 must not get the field, HTTP/1 the same one each time.
            .set_host(false)
            .build(connector.clone());
        let up = key.gauge();
        up.set(1.0);
        let root = key.address.uri(&PathAndQuery::from_static("/")).unwrap_or_default();
        Ok(Self {
            pool: Pool::new(connector.clone(), root, settings.keep_alive, settings.idle_connections),
            host: key.address.host().unwrap_or(HeaderValue::from_static("")),
            key,
            client,
            connector,
            reachable: AtomicBool::new(true),
            misses: AtomicU32::new(0),
            in_flight: AtomicUsize::new(0),
            most_in_flight: settings.in_flight,
            up,
            is_retired: AtomicBool::new(false),
        })
    }

    /// Begins a request there, if it can be reached and is not full.
    pub(crate) fn permit(self: &Arc<Self>) -> Option<Permit> {
        if !self.reachable.load(Ordering::Relaxed) {
            return None;
        }
        let before = self.in_flight.fetch_add(1, Ordering::Relaxed);
        // From here on the count is given back in any case.
        let permit = Permit { upstream: Arc::clone(self), line: None };
        (before < self.most_in_flight).then_some(permit)
    }

    /// How many requests it has to do.
    pub(crate) fn load(&self) -> usize {
        self.in_flight.load(Ordering::Relaxed)
    }

    /// Takes it out of rotation until a probe finds it again.
    pub(crate) fn lost(&self) {
        if self.reachable.swap(false, Ordering::Relaxed) {
            self.set_up(0.0);
            tracing::warn!(upstream = %self.key.address, "an upstream cannot be reached and is left out");
        }
    }

    fn found(&self) {
        self.misses.store(0, Ordering::Relaxed);
        if !self.reachable.swap(true, Ordering::Relaxed) {
            self.set_up(1.0);
            tracing::info!(upstream = %self.key.address, "an upstream is back");
        }
    }

    fn set_up(&self, up: f64) {
        if !self.is_retired.load(Ordering::Relaxed) {
            self.up.set(up);
        }
    }

    /// No route leads there any more. A metric cannot be taken back: from now on it has no value.
    pub(crate) fn retire(&self) {
        self.is_retired.store(true, Ordering::Relaxed);
        self.up.set(f64::NAN);
    }

    /// Scheme, host and port, without a path.
    pub(crate) const fn address(&self) -> &UpstreamAddress {
        &self.key.address
    }

    /// Whether it has to be probed to come back.
    pub(crate) fn is_lost(&self) -> bool {
        !self.reachable.load(Ordering::Relaxed)
    }

    /// Whether its health can be asked for.
    pub(crate) fn has_health(&self) -> bool {
        self.key.health.is_some()
    }

    /// Asks whether it is well, and takes it in or out accordingly.
    pub(crate) async fn probe(&self) {
        let is_well = match &self.key.health {
            Some(path) => match tokio::time::timeout(PROBE_TIMEOUT, self.is_healthy(path)).await {
                Ok(Some(is_healthy)) => is_healthy,
                Ok(None) => return,
                Err(_) => false,
            },
            None => self.takes_connections().await,
        };
        if is_well {
            self.found();
        } else if self.misses.fetch_add(1, Ordering::Relaxed).saturating_add(1) >= MAX_MISSES {
            self.lost();
        }
    }

    /// Whether it says that it is well; `None` when this machine could not ask.
    async fn is_healthy(&self, path: &PathAndQuery) -> Option<bool> {
        let Some(request) = self.request(Method::GET, path, HeaderMap::new(), Upload::empty()) else {
            return Some(false);
        };
        match self.client.request(request).await {
            Ok(answer) => Some(answer.status().is_success() || answer.status().is_redirection()),
            Err(error) => (!SendError::from(error).is_ours()).then_some(false),
        }
    }

    async fn takes_connections(&self) -> bool {
        let root = PathAndQuery::from_static("/");
        let Some(uri) = self.key.address.uri(&root) else { return false };
        // With TLS this is a whole handshake: an upstream whose certificate ran out is not back yet.
        matches!(tokio::time::timeout(PROBE_TIMEOUT, self.connector.clone().call(uri)).await, Ok(Ok(_)))
    }

    /// A request to this upstream: its scheme and host, the path as it was matched.
    pub(crate) fn request(
        &self,
        method: Method,
        path: &PathAndQuery,
        mut headers: HeaderMap,
        upload: Upload,
    ) -> Option<Request<Upload>> {
        if !self.key.http2 {
            headers.insert(HOST, self.host.clone());
        }
        let mut request = Request::new(upload);
        *request.method_mut() = method;
        *request.uri_mut() = self.key.address.uri(path)?;
        *request.version_mut() = if self.key.http2 { Version::HTTP_2 } else { Version::HTTP_11 };
        *request.headers_mut() = headers;
        Some(request)
    }

    /// Sends a request. An answer is whatever the upstream says; redirects are not followed. The line that comes with
    /// it must be driven while its body is read.
    async fn send(
        &self,
        mut request: Request<Upload>,
        upgrades: bool,
    ) -> Result<(Response<Incoming>, Option<Connection>), SendError> {
        if self.key.http2 || upgrades {
            return Ok((self.client.request(request).await?, None));
        }
        let path = std::mem::take(request.uri_mut()).into_parts().path_and_query;
        *request.uri_mut() = path.map(Uri::from).unwrap_or_default();
        let (response, line) = self.pool.send(request).await?;
        Ok((response, Some(line)))
    }

    /// Closes connections that have been idle for too long.
    pub(crate) fn evict_idle(&self) {
        self.pool.evict_idle();
    }

    /// What routes that share this upstream agree on.
    pub(crate) const fn key(&self) -> &UpstreamKey {
        &self.key
    }
}

impl Permit {
    /// The upstream at which the permit holds a place.
    pub(crate) fn upstream(&self) -> &Upstream {
        &self.upstream
    }

    /// Sends a request, as [`Upstream::send`] does. Its connection stays with the permit.
    pub(crate) async fn send(
        &mut self,
        request: Request<Upload>,
        upgrades: bool,
    ) -> Result<Response<Incoming>, SendError> {
        let (response, line) = self.upstream.send(request, upgrades).await?;
        self.line = line;
        Ok(response)
    }

    /// The connection, if it has to be driven.
    pub(crate) const fn line(&mut self) -> Option<&mut Connection> {
        self.line.as_mut()
    }

    /// Lets the connection run by itself.
    pub(crate) fn release(&mut self) {
        if let Some(line) = self.line.take() {
            line.release();
        }
    }

    /// The answer was read to the end: its connection can take another request.
    pub(crate) fn finish(&mut self) {
        if let Some(line) = self.line.take() {
            self.upstream.pool.give_back(line);
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.upstream.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}
