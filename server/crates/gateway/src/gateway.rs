//! The gateway: finds the route, has the request judged, sends it on and brings the answer back.

use std::collections::HashMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse as _, Response};
use http::header::CONNECTION;
use http::request::Parts as Head;
use http::{HeaderName, HeaderValue, StatusCode};
use hyper::upgrade::OnUpgrade;
use kernel::{Context, IdReserve};
use limits::SharedCounts;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use web::{ClientAddress, RequestId};

use crate::admission::{self, Sender};
use crate::canonical;
use crate::credential::Known;
use crate::denial::Denial;
use crate::download::{Download, Watch};
use crate::forward::{ForwardError, Outgoing, forward};
use crate::identity::Authenticator;
use crate::limits::Limits;
use crate::parts::{Live, Parts};
use crate::passage::Passage;
use crate::protected_resource::ProtectedResource;
use crate::request_headers::{self, Said};
use crate::route::Route;
use crate::rule::Rule;
use crate::settings::Settings;
use crate::start_error::StartError;
use crate::table::{RouteRow, RouteTable};
use crate::tls::Tls;
use crate::trace_context;
use crate::upload::UploadSource;
use crate::upstream::{Upstream, UpstreamKey};
use crate::websocket::{self, Tunnel};

/// What a client is to put into its next proof (RFC 9449 section 8.2).
const DPOP_NONCE: HeaderName = HeaderName::from_static("dpop-nonce");

/// The gateway. Cheap to clone.
#[derive(Clone)]
pub struct Gateway(Arc<Parts>);

/// Something that is wrong with an upstream.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UpstreamProblem {
    /// Its address; with the path of its health where only that fails, and other routes reach the address.
    pub upstream: String,
    /// The route whose circuit to it is open; `None`: it cannot be reached at all.
    pub route: Option<String>,
}

impl Gateway {
    /// A gateway with these routes. Metrics are counted by the recorder that is installed by now. Limits are counted in
    /// `counts`, which the caller shares with the other replicas.
    ///
    /// # Errors
    /// When an upstream is named with https and this machine has no certificate authorities to judge it by.
    pub fn new(
        settings: Settings,
        table: RouteTable,
        authenticator: Arc<dyn Authenticator>,
        counts: Arc<SharedCounts>,
        context: Context,
    ) -> Result<Self, StartError> {
        let origin = settings.origin.as_str();
        let host = origin.split_once("://").map_or(origin, |(_, host)| host);
        let gateway = Self(Arc::new(Parts {
            limits: Limits::new(&settings, &counts),
            counts,
            proto: HeaderValue::from_static(if settings.origin.is_secure() { "https" } else { "http" }),
            host: HeaderValue::from_str(host).unwrap_or(HeaderValue::from_static("")),
            settings,
            authenticator,
            live: ArcSwap::default(),
            end: CancellationToken::new(),
            tunnels: TaskTracker::new(),
            clock: context.clock,
            ids: IdReserve::new(context.randomness),
            tls: Tls::default(),
        }));
        gateway.reload(table)?;
        Ok(gateway)
    }

    /// Puts another table in place. Requests on their way finish by the old one; upstreams that stay keep their
    /// connections, and routes that stay their counts.
    ///
    /// # Errors
    /// As [`Gateway::new`], and when a route has the program's own audience; then the old table stays.
    pub fn reload(&self, table: RouteTable) -> Result<(), StartError> {
        self.0.refuse_own_audience(&table)?;
        let old = self.0.live.load_full();
        let mut upstreams = HashMap::new();
        for key in table.rules.iter().flat_map(|rule| UpstreamKey::of(rule)) {
            if upstreams.contains_key(&key) {
                continue;
            }
            let upstream = match old.upstreams.get(&key) {
                Some(upstream) => Arc::clone(upstream),
                None => Arc::new(Upstream::new(key.clone(), &self.0.settings, &self.0.tls)?),
            };
            upstreams.insert(key, upstream);
        }
        let route = |rule: &Arc<Rule>| {
            let own = UpstreamKey::of(rule).filter_map(|key| upstreams.get(&key).map(Arc::clone)).collect();
            Arc::new(Route::new(Arc::clone(rule), own, &self.0.settings, &self.0.counts))
        };
        let kept = |rule: &Arc<Rule>| old.routes.iter().find(|route| route.rule == *rule).map(Arc::clone);
        let routes = table.rules.iter().map(|rule| kept(rule).unwrap_or_else(|| route(rule))).collect();
        let live = Arc::new(Live { table: Some(table), routes, upstreams });
        self.0.live.store(Arc::clone(&live));
        let gone = old.upstreams.iter().filter(|(key, _)| !live.upstreams.contains_key(*key));
        gone.for_each(|(_, upstream)| upstream.retire());
        Ok(())
    }

    /// Whether a request with this path is for the gateway. True as well for a path that a route would match if it
    /// were canonical: [`Gateway::handle`] refuses it.
    pub fn matches(&self, path: &str) -> bool {
        self.0.live.load().table.as_ref().is_some_and(|table| table.find(path).is_some())
    }

    /// The table in force, in lines.
    pub fn routes(&self) -> Vec<RouteRow> {
        self.0.live.load().table.as_ref().map(RouteTable::lines).unwrap_or_default()
    }

    /// What is wrong with upstreams now, as this replica sees it.
    pub fn upstream_problems(&self) -> Vec<UpstreamProblem> {
        let live = self.0.live.load();
        let lost = live.upstreams.values().filter(|upstream| upstream.is_lost());
        let lost = lost.map(|lost| UpstreamProblem { upstream: live.name_lost(lost), route: None });
        let open = live.routes.iter().flat_map(|route| {
            route.open_circuits().map(|upstream| UpstreamProblem {
                upstream: upstream.address().to_string(),
                route: Some(route.label.to_string()),
            })
        });
        let mut problems: Vec<_> = lost.chain(open).collect();
        problems.sort();
        problems.dedup();
        problems
    }

    /// What there is to tell at this path below [`PROTECTED_RESOURCES`](crate::PROTECTED_RESOURCES) by the table in force.
    pub fn protected_resource(&self, path: &str) -> Option<ProtectedResource> {
        self.0.live.load().table.as_ref()?.protected_resource(path)
    }

    /// Answers a request, and notes in `passage` which way it went. The layers `web::client` and `web::request_id` should have seen it
    /// before: they say where it comes from and how it is called.
    pub async fn handle(&self, request: Request, passage: &Passage) -> Response {
        let began = Instant::now();
        let route = match self.0.find(&request) {
            Ok(route) => route,
            Err(denial) => return denial.into_response(),
        };
        let ends_connection = request_headers::ends_connection(request.version(), request.headers());
        passage.note_route(&route.label);
        let pending = route.meter.pending(began);
        let mut sender = Sender::default();
        let passed = self.0.pass(&route, request, &mut sender, passage).await;
        let mut response = passed.unwrap_or_else(axum::response::IntoResponse::into_response);
        if ends_connection {
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        if sender.proves
            && let Some(nonce) = self.0.authenticator.proof_nonce()
        {
            response.headers_mut().insert(DPOP_NONCE, nonce);
        }
        pending.answered(response.status());
        response
    }

    pub(crate) fn parts(&self) -> &Arc<Parts> {
        &self.0
    }
}

impl Live {
    /// What a lost upstream is called. One address may be several upstreams, by what is asked of their health.
    fn name_lost(&self, lost: &Upstream) -> String {
        let UpstreamKey { address, health, .. } = lost.key();
        let is_well = |other: &Arc<Upstream>| other.address() == address && !other.is_lost();
        match health {
            Some(health) if self.upstreams.values().any(is_well) => format!("{address} (health {health})"),
            _ => address.to_string(),
        }
    }

    /// Evicts the counts of callers that have not asked for long.
    pub(crate) fn evict_idle(&self) {
        self.routes.iter().for_each(|route| route.limits.member.evict_idle());
    }
}

impl Parts {
    fn refuse_own_audience(&self, table: &RouteTable) -> Result<(), StartError> {
        let own = &*self.settings.own_audience;
        let has_own = |rule: &&Arc<Rule>| rule.destination().is_some_and(|to| *to.audience == *own);
        match table.rules.iter().find(has_own) {
            Some(rule) => {
                Err(StartError::OwnAudience { path: rule.path.to_string(), audience: own.to_owned() })
            }
            None => Ok(()),
        }
    }

    fn find(&self, request: &Request) -> Result<Arc<Route>, Denial> {
        let path = request.uri().path();
        canonical::check(path).map_err(|why| {
            tracing::info!(event = "access_denied", reason = %why, "a path was refused");
            Denial::Path
        })?;
        if request.uri().query().is_some_and(|query| !query.is_ascii()) {
            return Err(Denial::Path);
        }
        let live = self.live.load();
        let table = live.table.as_ref().ok_or(Denial::NoRoute)?;
        let entry = table.find(path).ok_or(Denial::NoRoute)?;
        let method = request.method();
        let place = entry.route_for(method).ok_or_else(|| Denial::Method(entry.allow.clone()))?;
        if let Some(stricter) = table.stricter(path, method, entry, place) {
            let reason = "the path is another spelling of a stricter route";
            tracing::info!(event = "access_denied", reason, route = %stricter, "a path was refused");
            return Err(Denial::NoRoute);
        }
        live.routes.get(place).map(Arc::clone).ok_or(Denial::NoRoute)
    }

    async fn pass(
        &self,
        route: &Arc<Route>,
        request: Request,
        sender: &mut Sender,
        passage: &Passage,
    ) -> Result<Response, Denial> {
        let opened = route.meter.opened();
        let (mut head, body) = request.into_parts();
        let known = admission::admit(self, route, &head, sender).await?;
        if let Some(known) = &known {
            passage.note_member(known.identity.label());
        }
        let wants_socket = route.rule.websocket && websocket::is_wanted(&head);
        let upgrade = if wants_socket { head.extensions.remove::<OnUpgrade>() } else { None };
        let outgoing = self.outgoing(route, known.as_ref(), head, body, upgrade.is_some())?;
        let (response, permit) = forward(route, outgoing).await?;
        let identity = known.map(|known| known.identity);
        if response.status() == StatusCode::SWITCHING_PROTOCOLS {
            let Some(client) = upgrade.filter(|_| websocket::is_agreed(&response)) else {
                return Err(ForwardError::Broken.into());
            };
            return Ok(self.tunnel(route, response, client, |client, service| Tunnel {
                client,
                service,
                identity,
                idle: route.rule.idle_timeout,
                end: self.end.clone(),
                permit,
                opened,
            }));
        }
        let (mut parts, body) = response.into_parts();
        self.settings.response_headers.clean(&mut parts, route.rule.is_public());
        let watch = Watch::new(route.rule.idle_timeout, identity);
        Ok(Response::from_parts(parts, Body::new(Download::new(body, watch, permit, opened))))
    }

    /// The request as the service gets it.
    fn outgoing(
        &self,
        route: &Route,
        known: Option<&Known>,
        head: Head,
        body: Body,
        upgrades: bool,
    ) -> Result<Outgoing, Denial> {
        let upload = UploadSource::new(body, route.rule.body_limit);
        if upload.is_too_large() {
            return Err(ForwardError::BodyTooLarge.into());
        }
        let (traceparent, keeps_trace) = trace_context::next(&head.headers, &self.ids);
        let request_id = head.extensions.get::<RequestId>().cloned();
        let request_id = request_id.unwrap_or_else(|| RequestId::new(&*self.clock, &self.ids));
        let client = head.extensions.get::<ClientAddress>().map(|client| {
            let mut text = Vec::with_capacity(16);
            client.write_ip(&mut text);
            text
        });
        let mut headers = head.headers;
        request_headers::clean(&mut headers);
        let said = Said {
            known,
            request_id: request_id.header(),
            traceparent,
            keeps_trace,
            client: client.and_then(|client| HeaderValue::from_bytes(&client).ok()),
            proto: self.proto.clone(),
            host: self.host.clone(),
            origin: self.settings.origin.as_str(),
        };
        request_headers::say(&mut headers, said);
        if upgrades {
            websocket::ask(&mut headers);
        }
        let path = head.uri.path_and_query().cloned().ok_or(Denial::NoRoute)?;
        Ok(Outgoing { method: head.method, path, headers, upload, upgrades })
    }

    fn tunnel(
        &self,
        route: &Route,
        mut response: http::Response<hyper::body::Incoming>,
        client: OnUpgrade,
        tunnel: impl FnOnce(OnUpgrade, OnUpgrade) -> Tunnel,
    ) -> Response {
        let service = hyper::upgrade::on(&mut response);
        self.tunnels.spawn(tunnel(client, service).run());
        let (mut parts, _) = response.into_parts();
        self.settings.response_headers.clean(&mut parts, route.rule.is_public());
        websocket::ask(&mut parts.headers);
        Response::from_parts(parts, Body::empty())
    }
}
