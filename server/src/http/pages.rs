//! The pages: who is there is looked up before a page is drawn, so that its first paint is right.

use std::sync::{Arc, LazyLock};

use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{MethodRouter, get};
use contract::Site;
use http::header::{ACCEPT, CONTENT_SECURITY_POLICY, LOCATION, REFERER, SET_COOKIE};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, StatusCode};
use leptos::config::LeptosOptions;
use leptos::context::{provide_context, use_context};
use leptos::nonce::use_nonce;
use leptos_axum::ResponseOptions;
use sessions::{Current, Sessions, SessionsError};
use web::headers::PagePolicy;
use web::{PublicOrigin, ReadGuard, Refusal, Routes, WriteGuard};

use crate::http::assets::Assets;
use crate::http::language::LanguageCookie;
use crate::site::{LastProviderCookie, RequestSite};

/// cargo-leptos sets it for the server that it watches.
static WATCHED: LazyLock<bool> = LazyLock::new(|| std::env::var_os("LEPTOS_WATCH").is_some());

/// The routes of every page of the site, and of the server functions. They are declared here one by one: the
/// framework's own list would answer server functions without a guard.
pub fn routes(origin: PublicOrigin) -> Routes<Pages> {
    let functions = Routes::new(origin).post("/api/fn/{*name}", WriteGuard::SameOrigin, server_function);
    app::pages().iter().fold(functions, |routes, drawn| {
        let guard = if drawn.private { ReadGuard::SignedIn } else { ReadGuard::Public };
        routes.get(drawn.path, guard, page)
    })
}

/// What pages are drawn with.
#[derive(Clone)]
pub struct Pages(Arc<Inner>);

struct Inner {
    sessions: Sessions,
    language: LanguageCookie,
    last_provider: LastProviderCookie,
    options: LeptosOptions,
    assets: Assets,
    form_action: Vec<String>,
}

/// What the layer found out about a request, for the page that it draws.
#[derive(Clone)]
struct Visit(Arc<RequestSite>);

impl Pages {
    /// Pages for visitors with `sessions`, with `assets` under the names that `options` says.
    pub fn new(
        sessions: Sessions,
        language: LanguageCookie,
        last_provider: LastProviderCookie,
        options: LeptosOptions,
        assets: Assets,
    ) -> Self {
        // Where leptos spawns what it draws. A second call finds the first one's choice in place.
        let _ = any_spawner::Executor::init_tokio();
        let form_action = sessions.providers().form_action_origins();
        Self(Arc::new(Inner { sessions, language, last_provider, options, assets, form_action }))
    }

    /// Static files, and 404 for the rest.
    pub fn files(&self) -> MethodRouter {
        get(static_file).with_state(self.clone())
    }

    /// Draws the page at a request's path.
    async fn draw(self, request: Request) -> Response {
        let options = self.0.options.clone();
        let context = move || self.provide();
        leptos_axum::render_app_async_with_context(context, move || app::shell(options.clone()))(request)
            .await
    }

    /// Puts into the page's context what it may ask, and onto its answer the policy that fits it.
    fn provide(&self) {
        let Some(parts) = use_context::<Parts>() else { return };
        let Some(Visit(site)) = parts.extensions.get::<Visit>().cloned() else { return };
        let path = parts.uri.path();
        let nonce = use_nonce().map(|nonce| nonce.to_string());
        let image = site.picture_origin();
        let policy = PagePolicy {
            nonce: nonce.as_deref(),
            form_action: if path == "/oauth/login" { &self.0.form_action } else { &[] },
            image: image.as_deref(),
            connect: WATCHED.then_some("ws://127.0.0.1:3001"),
        };
        if let (Some(response), Some(policy)) = (use_context::<ResponseOptions>(), policy.header()) {
            response.insert_header(CONTENT_SECURITY_POLICY, policy);
        }
        provide_context::<Arc<dyn Site>>(site);
    }

    fn site(&self, headers: &HeaderMap, current: Option<&Current>) -> RequestSite {
        let language = self.0.language.language(headers);
        let last = self.0.last_provider.read(headers);
        RequestSite::new(self.0.sessions.clone(), headers.clone(), current, language, last)
    }
}

/// Looks up who is there. Private pages send others to the login page and back; a database that cannot say is an
/// outage, not a sign-out.
async fn page(State(pages): State<Pages>, mut request: Request) -> Response {
    let current = match pages.0.sessions.current(request.headers()).await {
        Ok(current) => current,
        Err(error) => return cannot_say(&error),
    };
    if current.is_none() && app::is_private(request.uri().path()) {
        return to_login(&request);
    }
    let remember = current.as_ref().and_then(|current| {
        pages.0.last_provider.remember(request.headers(), current.session.method.provider()?)
    });
    let mut site = pages.site(request.headers(), current.as_deref());
    if request.uri().path() == app::SESSIONS
        && let Some(current) = &current
    {
        match pages.0.sessions.own_sessions(current).await {
            Ok(own) => site = site.with_sessions(own),
            Err(error) => return cannot_say(&error),
        }
    }
    request.extensions_mut().insert(Visit(Arc::new(site)));
    let mut response = pages.draw(request).await;
    if let Some(cookie) = remember {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}

fn cannot_say(error: &SessionsError) -> Response {
    tracing::error!(error = error as &dyn std::error::Error, "nobody can say who is signed in");
    Refusal::unavailable().into_response()
}

fn to_login(request: &Request) -> Response {
    let here = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let query = form_urlencoded::Serializer::new(String::new()).append_pair("return_to", here).finish();
    (StatusCode::SEE_OTHER, [(LOCATION, format!("/oauth/login?{query}"))]).into_response()
}

/// `POST /api/fn/…`: server functions. The framework would send a form without scripting back to its `Referer`, with
/// the error in the address (S-BFF-6); ours answer calls only, so both headers are taken from it.
async fn server_function(State(pages): State<Pages>, mut request: Request) -> Response {
    request.headers_mut().remove(REFERER);
    request.headers_mut().insert(ACCEPT, HeaderValue::from_static("application/json"));
    let site = Arc::new(pages.site(request.headers(), None));
    let context = move || provide_context::<Arc<dyn Site>>(site.clone());
    leptos_axum::handle_server_fns_with_context(context, request).await.into_response()
}

async fn static_file(State(pages): State<Pages>, request: Request) -> Response {
    match pages.0.assets.serve(request.uri().path(), request.headers()) {
        Some(response) => response,
        None => Refusal::not_found().into_response(),
    }
}
