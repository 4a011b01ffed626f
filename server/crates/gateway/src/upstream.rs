//! One server of a service: its pool of connections, whether it can be reached, how much it has to do.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::time::Duration;

use http::header::HOST;
use http::uri::{Parts, PathAndQuery};
use http::{HeaderMap, HeaderValue, Method, Request, Uri, Version};
use hyper_util::client::legacy::Client;
use metrics::Gauge;
use tower::Service as _;

use crate::Settings;
use crate::rule::Rule;
use crate::tls::{Connector, Tls};
use crate::upload::Upload;
use crate::upstream_address::UpstreamAddress;

/// So many missed health checks in a row take a well upstream out.
const MISSES: u32 = 2;
/// How long a probe may take. With the time between two it stays under the 2 s in which an upstream must be back.
const PROBE_TIME: Duration = Duration::from_secs(1);

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
}

/// An upstream.
pub(crate) struct Upstream {
    key: UpstreamKey,
    host: HeaderValue,
    client: Client<Connector, Upload>,
    connector: Connector,
    reachable: AtomicBool,
    misses: AtomicU32,
    in_flight: AtomicUsize,
    most_in_flight: usize,
    up: Gauge,
}

/// A request that the upstream has to do; it counts until this is dropped.
pub(crate) struct Flight(Arc<Upstream>);

impl Upstream {
    pub(crate) fn new(key: UpstreamKey, settings: &Settings, tls: &Tls) -> Result<Self, rustls::Error> {
        let connector = tls.connector(&key.address.scheme, key.http2, settings)?;
        let client = Client::builder(hyper_util::rt::TokioExecutor::new())
            .timer(hyper_util::rt::TokioTimer::new())
            .pool_timer(hyper_util::rt::TokioTimer::new())
            .pool_idle_timeout(settings.keep_alive)
            .pool_max_idle_per_host(settings.idle_connections)
            .http1_max_buf_size(256 * 1024)
            .http1_max_headers(200)
            .http2_only(key.http2)
            .http2_adaptive_window(true)
            .http2_keep_alive_interval(Duration::from_secs(10))
            .http2_keep_alive_timeout(Duration::from_secs(5))
            // We name the host ourselves: HTTP/2 must not get the field, HTTP/1 the same one each time.
            .set_host(false)
            .build(connector.clone());
        let up = metrics::gauge!("daemun_gateway_upstream_up", "upstream" => key.address.to_string());
        up.set(1.0);
        Ok(Self {
            host: key.address.host().unwrap_or(HeaderValue::from_static("")),
            key,
            client,
            connector,
            reachable: AtomicBool::new(true),
            misses: AtomicU32::new(0),
            in_flight: AtomicUsize::new(0),
            most_in_flight: settings.in_flight,
            up,
        })
    }

    /// Begins a request there, if it can be reached and is not full.
    pub(crate) fn take_off(self: &Arc<Self>) -> Option<Flight> {
        if !self.reachable.load(Ordering::Relaxed) {
            return None;
        }
        let before = self.in_flight.fetch_add(1, Ordering::Relaxed);
        // From here on the count is given back in any case.
        let flight = Flight(Arc::clone(self));
        (before < self.most_in_flight).then_some(flight)
    }

    /// How many requests it has to do.
    pub(crate) fn load(&self) -> usize {
        self.in_flight.load(Ordering::Relaxed)
    }

    /// Takes it out of rotation until a probe finds it again.
    pub(crate) fn lost(&self) {
        if self.reachable.swap(false, Ordering::Relaxed) {
            self.up.set(0.0);
            tracing::warn!(upstream = %self.key.address, "an upstream cannot be reached and is left out");
        }
    }

    fn found(&self) {
        self.misses.store(0, Ordering::Relaxed);
        if !self.reachable.swap(true, Ordering::Relaxed) {
            self.up.set(1.0);
            tracing::info!(upstream = %self.key.address, "an upstream is back");
        }
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
            Some(path) => tokio::time::timeout(PROBE_TIME, self.is_healthy(path)).await == Ok(true),
            None => self.takes_connections().await,
        };
        if is_well {
            self.found();
        } else if self.misses.fetch_add(1, Ordering::Relaxed).saturating_add(1) >= MISSES {
            self.lost();
        }
    }

    async fn is_healthy(&self, path: &PathAndQuery) -> bool {
        let Some(request) = self.request(Method::GET, path, HeaderMap::new(), Upload::empty()) else {
            return false;
        };
        let answer = self.client.request(request).await;
        answer.is_ok_and(|answer| answer.status().is_success() || answer.status().is_redirection())
    }

    async fn takes_connections(&self) -> bool {
        let root = PathAndQuery::from_static("/");
        let Some(uri) = self.uri(&root) else { return false };
        // With TLS this is a whole handshake: an upstream whose certificate ran out is not back yet.
        matches!(tokio::time::timeout(PROBE_TIME, self.connector.clone().call(uri)).await, Ok(Ok(_)))
    }

    fn uri(&self, path: &PathAndQuery) -> Option<Uri> {
        let mut uri = Parts::default();
        uri.scheme = Some(self.key.address.scheme.clone());
        uri.authority = Some(self.key.address.authority.clone());
        uri.path_and_query = Some(path.clone());
        Uri::from_parts(uri).ok()
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
        *request.uri_mut() = self.uri(path)?;
        *request.version_mut() = if self.key.http2 { Version::HTTP_2 } else { Version::HTTP_11 };
        *request.headers_mut() = headers;
        Some(request)
    }

    /// Sends a request. An answer is whatever the upstream says; redirects are not followed.
    pub(crate) async fn send(
        &self,
        request: Request<Upload>,
    ) -> Result<http::Response<hyper::body::Incoming>, hyper_util::client::legacy::Error> {
        self.client.request(request).await
    }

    /// The key.
    pub(crate) const fn key(&self) -> &UpstreamKey {
        &self.key
    }
}

impl Flight {
    /// Where it goes.
    pub(crate) fn upstream(&self) -> &Upstream {
        &self.0
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}
