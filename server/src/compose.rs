//! Every layer, in order, around the endpoints of the parts. Anyone who wants to know what a request meets reads this file
//! from top to bottom.

use std::sync::Arc;

use admin::OwnRoute;
use app::ErrorPage;
use authorization::ErrorShape;
use axum::middleware::{from_fn, from_fn_with_state};
use http::StatusCode;
use jiff::tz::TimeZone;
use kernel::Context;
use leptos::config::LeptosOptions;
use providers::BrowserCookie;
use tokio_util::task::TaskTracker;
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use web::cookies::CookieManagerLayer;
use web::headers::SecurityHeaders;
use web::request_id::RequestIds;
use web::request_limits::RequestLimits;
use web::{PublicOrigin, Refusal, RouteEntry, Routes, TrustedProxies};

use crate::config::Config;
use crate::export::OtherParts;
use crate::gateway::mount::Mount;
use crate::http::acting_requests::ActingRequests;
use crate::http::assets::{self, Assets};
use crate::http::drafts::{self, Drafts};
use crate::http::error_page::{self, ErrorPages};
use crate::http::language::{self, LanguageCookie};
use crate::http::often_reads::OftenReads;
use crate::http::panics::answer_panics;
use crate::http::public_address::PublicAddress;
use crate::http::refused::RefusedRequests;
use crate::last_method::{LastMethodCookie, PasskeyOfferCookie};
use crate::pages::{self, PageParts};
use crate::parts::endpoints::Endpoints;
use crate::parts::list::{PARTS, parts_on};
use crate::parts::part::Part;
use crate::parts::states::States;
use crate::root_service::{self, RootService};
use crate::services::Services;
use crate::telemetry::{self, AnswerLog};

/// What the configuration says of the public listener.
pub struct PublicListener {
    /// Whose endpoints there are.
    pub parts: Vec<&'static Part>,
    /// Scheme, host and port of `public_url`.
    pub origin: PublicOrigin,
    /// Static files.
    pub assets: Assets,
    /// The zone in which pages say times.
    pub time_zone: TimeZone,
    /// Whose `X-Forwarded-For` counts.
    pub proxies: TrustedProxies,
    /// What a request may cost.
    pub limits: RequestLimits,
    /// What every answer says.
    pub security: SecurityHeaders,
    /// Routes that only the development build has.
    pub development: Option<Routes<()>>,
    /// What the program waits for before it ends.
    pub tasks: TaskTracker,
}

/// The endpoints of these parts.
fn declare<'a>(parts: impl IntoIterator<Item = &'a Part>, origin: &PublicOrigin) -> Vec<Box<dyn Endpoints>> {
    parts.into_iter().flat_map(|part| (part.endpoints)(origin)).collect()
}

fn table_of(declared: &[Box<dyn Endpoints>]) -> Vec<RouteEntry> {
    declared.iter().flat_map(|endpoints| endpoints.table().iter().cloned()).collect()
}

/// The same, as operators see them.
fn own_routes(declared: &[Box<dyn Endpoints>]) -> Arc<[OwnRoute]> {
    let own = |entry: RouteEntry| OwnRoute {
        method: entry.method,
        path: entry.path,
        guard: entry.guard.to_string(),
    };
    table_of(declared).into_iter().map(own).collect()
}

/// Every route with its guard.
pub fn table(origin: &PublicOrigin) -> Vec<RouteEntry> {
    table_of(&declare(PARTS, origin))
}

/// The routes that there are by a configuration, as `daemun routes` prints them.
pub fn table_by(config: &Config) -> Vec<RouteEntry> {
    table_of(&declare(parts_on(config), &PublicOrigin::of(&config.public_url)))
}

/// What `daemun openapi` prints: every endpoint of the table.
pub fn openapi(origin: &PublicOrigin) -> serde_json::Value {
    let cookie = sessions::cookie_name(origin);
    web::openapi::document(&table(origin), origin, &cookie, env!("CARGO_PKG_VERSION"))
}

/// What the public listener answers with.
pub fn compose(listener: PublicListener, services: &Services) -> RootService {
    let PublicListener { parts, origin, assets, time_zone, proxies, limits, security, development, tasks } =
        listener;
    let Services { base, audit, sessions, .. } = services;
    let Context { clock, randomness } = base.context.clone();
    let language = LanguageCookie::new(origin.is_secure());
    let options = LeptosOptions::builder().output_name(assets.output_name().to_owned()).build();
    // What a layer knows is copied several times for each request: `from_fn_with_state` asks for it whole.
    let page = ErrorPage::new(&options);
    let oauth = ErrorShape::new(services.authorization.clone(), limits.body);
    let refusals = Arc::new(ErrorPages { page, language: language.clone(), origin: origin.clone(), oauth });
    let mount = Mount {
        gateway: services.gateway.clone(),
        assets: assets.clone(),
        limits,
        pages: Arc::clone(&refusals),
        security: security.clone(),
    };
    let address = PublicAddress::new(origin.clone(), proxies.clone());
    let has_feed = parts.iter().any(|part| part.storage.part == activity::STORAGE.part);
    let declared = declare(parts, &origin);
    let own_routes = own_routes(&declared);
    let log = AnswerLog::new(Arc::clone(&own_routes));
    let drafts = Drafts::new(
        &table_of(&declared),
        Arc::clone(&base.key_ring),
        BrowserCookie::new(origin.is_secure(), &base.key_ring),
        sessions.cookie.name.clone(),
        base.context.clone(),
    )
    .with_store(base.db.clone());
    let refused = RefusedRequests::new(audit.clone());
    let parts = PageParts {
        sessions: sessions.clone(),
        members: services.members.clone(),
        activity: has_feed.then(|| services.activity.clone()),
        audit: audit.clone(),
        admin: services.admin(),
        authorization: services.authorization.clone(),
        operations: Arc::clone(&services.operations),
        routes: Arc::clone(&own_routes),
        drafts: drafts.clone(),
        time_zone,
        language: language.clone(),
        last_method: LastMethodCookie::new(origin.is_secure()),
        passkey_offer: PasskeyOfferCookie::new(origin.is_secure()),
        style: assets.style(),
    };
    let pages = pages::pages(parts, options);
    let sections = PARTS.iter().flat_map(|part| part.sections).copied().collect();
    let long_sections = PARTS.iter().flat_map(|part| part.long_sections).copied().collect();
    let elsewhere = Arc::new(OtherParts { services: services.clone(), sections, long_sections });
    let states = States { services: services.clone(), elsewhere, language, pages, routes: own_routes };
    let endpoints = declared.into_iter().map(|endpoints| endpoints.attach(&states));
    let empty = Routes::new(origin.clone());
    let routes = endpoints.chain(development).fold(empty, Routes::and);

    let often = OftenReads {
        reads: routes.often_read(),
        limits,
        pages: Arc::clone(&refusals),
        security: security.clone(),
    };
    let acting = ActingRequests::of(routes.table());
    let drafts = Arc::new(drafts);
    let own = routes
        .into_router()
        .fallback(assets::files(assets))
        .method_not_allowed_fallback(|| async { Refusal::for_status(StatusCode::METHOD_NOT_ALLOWED) })
        .route_layer(from_fn_with_state(refusals.language.clone(), language::note))
        .route_layer(from_fn(telemetry::note_route))
        // From here outwards: what was added last meets the request first.
        .layer(answer_panics())
        .layer(from_fn_with_state(Arc::clone(&drafts), drafts::layer))
        // Around all that reads a body.
        .layer(from_fn_with_state(limits, web::request_limits::layer))
        .layer(from_fn_with_state((drafts, origin), drafts::unread_layer))
        // Writes what handlers, pages and forms add. The gateway is outside of it: a service's cookies are its own.
        .layer(CookieManagerLayer::new())
        .layer(from_fn_with_state(refusals, error_page::layer))
        .layer(CompressionLayer::new().quality(CompressionLevel::Precise(4)))
        .layer(from_fn_with_state(security, web::headers::layer));
    // What a route of the gateway matches goes no further in.
    let ids = RequestIds::new(clock, randomness);
    RootService::new(root_service::Parts {
        ids,
        proxies,
        gateway: mount,
        address,
        often,
        acting,
        own,
        refused,
        log,
        tasks,
    })
}
