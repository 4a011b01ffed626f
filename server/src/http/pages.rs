//! The pages: who is there is looked up before a page is drawn, so that its first paint is right.

use std::borrow::Cow;
use std::sync::{Arc, LazyLock};

use audit::{AuditLog, AuditRowId};
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{MethodRouter, get};
use contract::{Draft, Site};
use http::header::{ACCEPT, CONTENT_SECURITY_POLICY, LOCATION, REFERER, RETRY_AFTER, SET_COOKIE};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, StatusCode, Uri};
use jiff::tz::TimeZone;
use kernel::Timestamp;
use leptos::config::LeptosOptions;
use leptos::context::{provide_context, use_context};
use leptos::nonce::use_nonce;
use leptos_axum::ResponseOptions;
use members::{AccountError, Accounts};
use names::{IdError, MemberId, path};
use sessions::{Current, Sessions};
use web::guard::{Authenticate, SignedIn, public, same_origin, signed_in};
use web::headers::PagePolicy;
use web::{PublicOrigin, Refusal, ReturnTo, Routes};

use crate::http::assets::Assets;
use crate::http::drafts::Drafts;
use crate::http::language::LanguageCookie;
use crate::http::no_page::NoPage;
use crate::http::way_out::way_out;
use crate::last_provider::LastProviderCookie;
use crate::site::RequestSite;

/// cargo-leptos sets it for the server that it watches.
static WATCHED: LazyLock<bool> = LazyLock::new(|| std::env::var_os("LEPTOS_WATCH").is_some());

/// Pages whose forms lead to a provider: to sign in, and to link.
const TO_PROVIDERS: [&str; 2] = [path::LOGIN, path::SECURITY];

/// Pages whose forms are told from those that another browser sends: a proof that is shown twice by the same one is answered
/// as the first time.
const BOUND: [&str; 7] = [
    path::LOGIN,
    path::VERIFY_EMAIL,
    path::CHANGE_EMAIL,
    path::RESET_PASSWORD,
    path::KEEP_ACCOUNT,
    path::ACCOUNT,
    path::SECURITY,
];

/// Pages on which one signs in or up.
const TO_SIGN_IN: [&str; 2] = [path::LOGIN, path::SIGN_UP];

/// Where the history of an account was before.
const FORMER_HISTORY: &str = "/me/activity";

/// The routes of every page of the site, and of the server functions. They are declared here one by one: the
/// framework's own list would answer server functions without a guard.
pub fn routes(origin: PublicOrigin) -> Routes<Pages> {
    let functions = Routes::new(origin).post("/api/fn/{*name}", same_origin(), server_function);
    let functions = functions.get(FORMER_HISTORY, public(), to_history);
    app::pages().iter().fold(functions, |routes, drawn| {
        if drawn.private {
            routes.get(drawn.path, signed_in().page(), private_page)
        } else {
            routes.get(drawn.path, public(), public_page)
        }
    })
}

/// Redirects from the former address to today's, with the part of the history that was asked for.
async fn to_history(uri: Uri) -> Response {
    let query = uri.query().map_or(String::new(), |query| format!("?{query}"));
    Redirect::permanent(&format!("{}{query}", path::HISTORY)).into_response()
}

/// The parts whose state pages show.
pub struct PageParts {
    /// Who is signed in.
    pub sessions: Sessions,
    /// Their accounts.
    pub accounts: Accounts,
    /// What happened to them.
    pub audit: AuditLog,
    /// Forms that come back.
    pub drafts: Drafts,
    /// The zone in which they say times.
    pub time_zone: TimeZone,
}

/// What pages are drawn with.
#[derive(Clone)]
pub struct Pages(Arc<Inner>);

struct Inner {
    sessions: Sessions,
    accounts: Accounts,
    audit: AuditLog,
    drafts: Drafts,
    time_zone: TimeZone,
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
    /// Pages for visitors with `sessions` and `accounts`, who may come back to a form, with `assets` under the names that
    /// `options` says.
    pub fn new(
        PageParts { sessions, accounts, audit, drafts, time_zone }: PageParts,
        (language, last_provider): (LanguageCookie, LastProviderCookie),
        options: LeptosOptions,
        assets: Assets,
    ) -> Self {
        // Where leptos spawns what it draws. A second call finds the first one's choice in place.
        let _ = any_spawner::Executor::init_tokio();
        let form_action = sessions.providers().form_action_origins();
        Self(Arc::new(Inner {
            sessions,
            accounts,
            audit,
            drafts,
            time_zone,
            language,
            last_provider,
            options,
            assets,
            form_action,
        }))
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
        let images = site.picture_origins();
        let policy = PagePolicy {
            nonce: nonce.as_deref(),
            form_action: if TO_PROVIDERS.contains(&path) { &self.0.form_action } else { &[] },
            images: &images,
            connect: WATCHED.then_some("ws://127.0.0.1:3001"),
        };
        if let Some(response) = use_context::<ResponseOptions>() {
            if let Some(policy) = policy.header() {
                response.insert_header(CONTENT_SECURITY_POLICY, policy);
            }
            answer_like_the_form(&response, site.draft());
        }
        provide_context::<Arc<dyn Site>>(site);
    }

    /// What the page at this address is about: looked up before it is drawn, and no more than it needs.
    async fn complete(
        &self,
        site: RequestSite,
        address: &Uri,
        current: Option<&Current>,
    ) -> Result<RequestSite, NoPage> {
        let (path, query) = (address.path(), address.query().unwrap_or_default());
        let draft = self.0.drafts.read(address, site.headers());
        let way_out =
            (path == path::LOGIN).then(|| way_out(site.headers(), &self.login_address(query))).flatten();
        let has_mail = self.0.accounts.has_mail();
        if !has_mail && app::needs_mail(path) {
            return Err(NoPage::Nothing);
        }
        let site = site
            .with_mail(has_mail)
            .with_deletion_grace(self.0.accounts.deletion_grace())
            .with_password_min_length(self.0.accounts.password_min_length())
            .with_draft(draft)
            .with_way_out(way_out);
        if let Some(id) = path.strip_prefix(path::MEMBERS) {
            let id = MemberId::parse(id).map_err(|_| NoPage::Nothing)?;
            return Ok(site.with_profile(self.0.accounts.public_profile(id).await?));
        }
        match current {
            Some(current) => self.complete_private(site, (path, query), current).await,
            None => Ok(site),
        }
    }

    /// What only the member sees.
    async fn complete_private(
        &self,
        site: RequestSite,
        (path, query): (&str, &str),
        current: &Current,
    ) -> Result<RequestSite, NoPage> {
        let member = current.member.id;
        match path {
            path::SESSIONS => {
                let sessions = &self.0.sessions;
                let browsers = sessions.sessions_of(member, Some(current.session.id)).await?;
                Ok(site.with_sessions(browsers, sessions.apps_of(member).await?))
            }
            path::SECURITY => Ok(site.with_sign_in_methods(self.0.accounts.sign_in_methods(member).await?)),
            path::HISTORY => {
                let after = line(query).map_err(|_| NoPage::Nothing)?;
                let page = self.0.audit.history(member.uuid(), after).await.map_err(AccountError::from)?;
                Ok(site.with_history(&page.ok_or(NoPage::Nothing)?, after.is_some()))
            }
            path::ACCOUNT if site.deletion_grace().is_none() => Err(NoPage::Nothing),
            _ => Ok(site),
        }
    }

    /// The address of the login page from outside, for somebody who goes on in another browser.
    fn login_address(&self, query: &str) -> String {
        let origin = self.0.sessions.public_origin().as_str();
        let wanted = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "return_to");
        match wanted {
            Some((_, wanted)) => format!("{origin}{}?{}", path::LOGIN, ReturnTo::parse(&wanted).parameter()),
            None => format!("{origin}{}", path::LOGIN),
        }
    }

    fn site(&self, headers: &HeaderMap, current: Option<&Current>) -> RequestSite {
        let language = self.0.language.language(headers);
        let last = self.0.last_provider.read(headers);
        let now = Authenticate::now(self);
        RequestSite::new(self.0.sessions.clone(), headers.clone(), current, language, last)
            .with_time(now, self.0.time_zone.clone())
    }
}

/// Private pages are guarded by what the database says now, so that members see at once what they saved. One that cannot
/// say is an outage, not a sign-out.
impl Authenticate for Pages {
    type Caller = Arc<Current>;

    async fn authenticate(&self, headers: &HeaderMap) -> Result<Option<Arc<Current>>, Refusal> {
        self.0.sessions.current_from_database(headers).await.map_err(|error| error.refuse())
    }

    fn now(&self) -> Timestamp {
        web::guard::Authenticate::now(&self.0.sessions)
    }

    /// A cookie that comes twice here may come once at the login page, which would send the person straight back: so it is
    /// told not to.
    fn explain_to_stranger(&self, headers: &HeaderMap) -> Option<&'static str> {
        self.0.sessions.is_cookie_twice(headers).then_some("cookie_twice")
    }
}

/// A page of members.
async fn private_page(
    SignedIn { caller, .. }: SignedIn<Arc<Current>>,
    State(pages): State<Pages>,
    request: Request,
) -> Response {
    answer(pages, Some(caller), request).await
}

/// A page of everybody: who is there is looked up before it is drawn.
async fn public_page(State(pages): State<Pages>, request: Request) -> Response {
    let sessions = &pages.0.sessions;
    let onward = onward(request.uri());
    // Where it is decided to send somebody on, the database is asked: two answers would send them back and forth.
    let current = if onward.is_some() {
        sessions.current_from_database(request.headers()).await
    } else {
        sessions.current(request.headers()).await
    };
    let current = match current {
        Ok(current) => current,
        Err(error) => return error.into_response(),
    };
    if let (Some(_), Some(onward)) = (&current, onward) {
        return (StatusCode::SEE_OTHER, [(LOCATION, onward.as_str())]).into_response();
    }
    answer(pages, current, request).await
}

async fn answer(pages: Pages, current: Option<Arc<Current>>, mut request: Request) -> Response {
    let remember = current.as_ref().and_then(|current| {
        pages.0.last_provider.remember(request.headers(), current.session.method.provider()?)
    });
    let site = pages.site(request.headers(), current.as_deref());
    // The body of a request cannot be looked at by two threads, so only its address is lent out.
    let address = request.uri().clone();
    let site = match pages.complete(site, &address, current.as_deref()).await {
        Ok(site) => site,
        Err(why) => return why.into_response(),
    };
    request.extensions_mut().insert(Visit(Arc::new(site)));
    let binding = BOUND.contains(&address.path()).then(|| pages.0.drafts.bind(request.headers())).flatten();
    let mut response = pages.draw(request).await;
    if let Some(cookie) = binding {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    if let Some(cookie) = remember {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}

/// The line of the audit log after which to go on, if the address names one.
fn line(query: &str) -> Result<Option<AuditRowId>, IdError> {
    let named = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "after");
    named.map(|(_, id)| AuditRowId::parse(&id)).transpose()
}

/// A form that was not taken is answered by its page with the status that the part gave.
fn answer_like_the_form(response: &ResponseOptions, draft: Option<Draft>) {
    let Some(error) = draft.and_then(|draft| draft.error) else { return };
    if let Ok(status) = StatusCode::from_u16(error.status) {
        response.set_status(status);
    }
    if let Some(wait) = error.wait {
        response.insert_header(RETRY_AFTER, HeaderValue::from(wait));
    }
}

/// Where somebody goes who is signed in and comes to a page on which one signs in or up, to get somewhere. Not if the page
/// is to tell them something, as that they must sign in once more; and a person who wants to go nowhere may change the account.
fn onward(address: &Uri) -> Option<ReturnTo> {
    if !TO_SIGN_IN.contains(&address.path()) {
        return None;
    }
    let query: Vec<_> = form_urlencoded::parse(address.query().unwrap_or_default().as_bytes()).collect();
    let says = |(name, value): &(Cow<'_, str>, Cow<'_, str>)| match &**name {
        "error" => value != "session_ended",
        "notice" | "draft" => true,
        _ => false,
    };
    if query.iter().any(says) {
        return None;
    }
    query.iter().find(|(name, _)| name == "return_to").map(|(_, wanted)| ReturnTo::parse(wanted))
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
