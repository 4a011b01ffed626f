//! Every route and every layer, in order. Anyone who wants to know what a request meets reads this file from top to
//! bottom.

use std::sync::Arc;

use audit::AuditLog;
use authorization::AuthorizationServer;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use gateway::Gateway;
use http::StatusCode;
use jiff::tz::TimeZone;
use kernel::{Clock, KeyRing, Randomness};
use leptos::config::LeptosOptions;
use members::{Elsewhere, Members, MembersApi, WebhooksApi};
use providers::BrowserCookie;
use sessions::Sessions;
use tokens::Tokens;
use tower_http::CompressionLevel;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use web::cookies::CookieManagerLayer;
use web::headers::Hsts;
use web::request_id::RequestIds;
use web::request_limits::RequestLimits;
use web::{PublicOrigin, Refusal, RouteEntry, Routes, TrustedProxies, guard};

use crate::accounts::CookieOrBearer;
use crate::gateway::mount::Mount;
use crate::gateway::verify;
use crate::http::assets::{self, Assets};
use crate::http::drafts::{self, Drafts};
use crate::http::error_page::{self, ErrorPages};
use crate::http::jwks;
use crate::http::language::{self, LanguageCookie};
use crate::http::public_address::PublicAddress;
use crate::http::refused::RefusedRequests;
use crate::last_provider::LastProviderCookie;
use crate::pages::{self, PageParts, Pages};
use crate::root_service::{self, RootService};
use crate::telemetry;

/// What the public listener is made of.
pub struct AppState {
    /// Our origin.
    pub origin: PublicOrigin,
    /// The sessions.
    pub sessions: Sessions,
    /// The tokens.
    pub tokens: Tokens,
    /// The accounts.
    pub members: Members,
    /// What happened.
    pub audit: AuditLog,
    /// What other parts keep about members.
    pub elsewhere: Arc<dyn Elsewhere>,
    /// What lets other apps sign people in.
    pub authorization: AuthorizationServer,
    /// The gateway before the team's services.
    pub gateway: Gateway,
    /// Static files.
    pub assets: Assets,
    /// The zone in which pages say times.
    pub time_zone: TimeZone,
    /// Whose `X-Forwarded-For` counts.
    pub proxies: TrustedProxies,
    /// What a request may cost.
    pub limits: RequestLimits,
    /// What browsers are told about https.
    pub hsts: Hsts,
    /// The key ring.
    pub key_ring: Arc<KeyRing>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The randomness.
    pub randomness: Arc<dyn Randomness>,
    /// Routes that only the development build has.
    pub development: Option<Routes<()>>,
}

/// The routes, part by part.
struct Declared {
    sessions: Routes<Sessions>,
    language: Routes<LanguageCookie>,
    pages: Routes<Pages>,
    keys: Routes<Tokens>,
    members: Routes<MembersApi>,
    notices: Routes<WebhooksApi>,
    authorization: Routes<AuthorizationServer>,
    gateway: Routes<Gateway>,
}

fn declare(origin: &PublicOrigin) -> Declared {
    let routes = || origin.clone();
    Declared {
        sessions: sessions::routes(routes()),
        language: Routes::new(routes()).post("/api/language", guard::same_origin(), language::post),
        pages: pages::routes(routes()),
        keys: Routes::new(routes()).get("/oauth2/jwks", guard::public(), jwks::get),
        members: members::routes(routes()),
        notices: members::webhook_routes(routes()),
        authorization: authorization::routes(routes()),
        gateway: Routes::new(routes()).get("/auth/verify", guard::gateway(), verify::get),
    }
}

/// Every route with its guard, as `daemun routes` prints it.
pub fn table(origin: &PublicOrigin) -> Vec<RouteEntry> {
    let Declared { sessions, members, notices, language, pages, keys, authorization, gateway } =
        declare(origin);
    let own = [sessions.table(), members.table(), notices.table(), language.table(), pages.table()].concat();
    [&own, keys.table(), authorization.table(), gateway.table()].concat()
}

/// What `daemun openapi` prints: every endpoint of the table.
pub fn openapi(origin: &PublicOrigin) -> serde_json::Value {
    let cookie = sessions::cookie_name(origin);
    web::openapi::document(&table(origin), origin, &cookie, env!("CARGO_PKG_VERSION"))
}

/// What the public listener answers with.
pub fn compose(state: AppState) -> RootService {
    let AppState {
        origin,
        sessions,
        tokens,
        members,
        audit,
        elsewhere,
        authorization,
        gateway,
        assets,
        time_zone,
        proxies,
        limits,
        hsts,
        key_ring,
        clock,
        randomness,
        development,
    } = state;
    let language = LanguageCookie::new(origin.is_secure());
    let options = LeptosOptions::builder().output_name(assets.output_name().to_owned()).build();
    // What a layer knows is copied several times for each request: `from_fn_with_state` asks for it whole.
    let refusals =
        Arc::new(ErrorPages { options: options.clone(), language: language.clone(), origin: origin.clone() });
    let mount = Mount {
        gateway: gateway.clone(),
        assets: assets.clone(),
        limits,
        pages: Arc::clone(&refusals),
        hsts: hsts.clone(),
    };
    let address = PublicAddress::new(origin.clone(), proxies.clone());
    let browser = BrowserCookie::new(origin.is_secure(), &key_ring);
    let drafts = Drafts::new(
        &table(&origin),
        key_ring,
        (browser, sessions.cookie_name().clone()),
        (Arc::clone(&clock), Arc::clone(&randomness)),
    );
    let refused = RefusedRequests::new(audit.clone());
    let parts = PageParts {
        sessions: sessions.clone(),
        members: members.clone(),
        audit,
        authorization: authorization.clone(),
        drafts: drafts.clone(),
        time_zone,
        language: language.clone(),
        last_provider: LastProviderCookie::new(origin.is_secure()),
    };
    let pages = pages::pages(parts, options);

    let callers = Arc::new(CookieOrBearer::new(sessions.clone(), tokens.clone()));
    let declared = declare(&origin);
    let notices =
        WebhooksApi { webhooks: members.provider_webhooks.clone(), providers: sessions.providers().clone() };
    let mut routes = declared
        .sessions
        .with_state(sessions)
        .and(declared.members.with_state(MembersApi { members, callers, elsewhere }))
        .and(declared.notices.with_state(notices))
        .and(declared.language.with_state(language.clone()))
        .and(declared.pages.with_state(pages))
        .and(declared.keys.with_state(tokens))
        .and(declared.authorization.with_state(authorization))
        .and(declared.gateway.with_state(gateway));
    if let Some(development) = development {
        routes = routes.and(development);
    }

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
        .layer(from_fn_with_state(hsts, web::headers::layer));
    // What a route of the gateway matches goes no further in.
    let ids = RequestIds::new(clock, randomness);
    RootService::new(root_service::Parts { ids, proxies, gateway: mount, address, own, refused })
}

/// A panic is an internal error: it is answered like any other, and says nothing (S-LOG-8).
fn answer_panics() -> CatchPanicLayer<fn(Box<dyn std::any::Any + Send>) -> Response> {
    CatchPanicLayer::custom(|_| Refusal::internal().into_response())
}
