//! Forms that come back (decision 26). A form that a part refuses leads back to its page with a draft: what was typed,
//! without passwords, and what was wrong. The draft travels in the address, sealed, and is good for a quarter of an hour, in
//! the browser in which it was typed and on the page that it was made for: a stranger's draft fills nobody's form. Every
//! page stays a `GET`, so that reloading, the back button and the choice of a language work as usual. What a member typed and is
//! too long for an address waits for them in the database.
//!
//! Only people's forms are looked at. A program gets the part's own answer.

mod known_form;
pub mod store;
mod typed;

use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use contract::{Draft, FieldError, FormError};
use db::Database;
use http::header::LOCATION;
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use kernel::{Clock, Context, KeyRing, Purpose, Randomness, TokenHash};
use names::{ErrorCode, LoginError, path};
use providers::{BrowserBinding, BrowserCookie};
use serde::{Deserialize, Serialize};
use web::cookies::Cookie;
use web::guard::SessionMark;
use web::request_context::BrowserHash;
use web::{CookieName, Cookies, PublicOrigin, RefusalMark, RouteEntry};

use known_form::KnownForm;
use typed::Typed;

const PURPOSE: Purpose = Purpose::new("form-draft");

/// How long a draft is good. Its form, once drawn, works on without it.
const DRAFT_LIFETIME: Duration = Duration::from_mins(15);

/// The longest value that is brought back, so that an address stays one that every browser takes.
const MAX_VALUE_BYTES: usize = 400;

/// The longest of a member's that is brought back by way of the database.
const MAX_STORED_BYTES: usize = 48_000;

/// In the place of a draft in an address: it is in the database.
const STORED: &str = "stored";

/// The parameter of the address.
const PARAMETER: &str = "draft";

/// Seals and opens drafts. Any replica opens what another one sealed.
#[derive(Clone)]
pub struct Drafts {
    forms: Arc<[KnownForm]>,
    key_ring: Arc<KeyRing>,
    browser: BrowserCookie,
    session: CookieName,
    clock: Arc<dyn Clock>,
    randomness: Arc<dyn Randomness>,
    /// Where long ones of members are kept.
    db: Option<Database>,
}

#[derive(Serialize, Deserialize)]
struct Sealed {
    until: i64,
    draft: Draft,
}

/// For whom a draft is sealed, beside the page at a path: a browser, or on the pages of a member their session, so that
/// the person who signs in there next finds nothing of theirs.
#[derive(Clone)]
enum Owner {
    Browser(BrowserBinding),
    Session(TokenHash),
}

impl Owner {
    fn text(&self, path: &str) -> String {
        let (kind, hash) = match self {
            Self::Browser(binding) => ("browser", binding.hash()),
            Self::Session(hash) => ("session", *hash),
        };
        let hash = URL_SAFE_NO_PAD.encode(hash.as_bytes());
        format!("{kind} {hash} {path}")
    }

    /// As the table names it.
    fn key(&self, path: &str) -> String {
        URL_SAFE_NO_PAD.encode(TokenHash::of(self.text(path).as_bytes()).as_bytes())
    }
}

impl Drafts {
    /// Drafts of the forms in `table`, sealed with `key_ring` for the browsers that `browser` tells apart.
    pub fn new(
        table: &[RouteEntry],
        key_ring: Arc<KeyRing>,
        browser: BrowserCookie,
        session: CookieName,
        context: Context,
    ) -> Self {
        let Context { clock, randomness } = context;
        let forms = table.iter().filter_map(KnownForm::of);
        Self { forms: forms.collect(), key_ring, browser, session, clock, randomness, db: None }
    }

    /// The same, where long drafts of members are kept in a database.
    #[must_use]
    pub fn with_store(self, db: Database) -> Self {
        Self { db: Some(db), ..self }
    }

    /// The form that a person has sent, if it is one that comes back.
    fn form_of(&self, request: &Request) -> Option<KnownForm> {
        let is_form = request.method() == Method::POST && web::wants_page(request.headers());
        is_form.then(|| self.form_at(request.uri().path())).flatten()
    }

    fn form_at(&self, path: &str) -> Option<KnownForm> {
        // A route without placeholders goes before one with them, as in the router.
        let exact = self.forms.iter().find(|known| known.action == path);
        exact.or_else(|| self.forms.iter().find(|known| known.is_sent_to(path))).copied()
    }

    /// The browser that sent `known`, if it is bound, and its session, on the pages of a member.
    fn sender(&self, known: KnownForm, headers: &HeaderMap) -> (Option<BrowserBinding>, Option<Owner>) {
        (self.browser.read(headers), known.is_private().then(|| self.session_of(headers)).flatten())
    }

    /// The cookie that binds a browser which is not bound yet, so that what it sends next is known to be its own.
    pub fn bind(&self, headers: &HeaderMap) -> Option<Cookie<'static>> {
        let is_new = self.browser.read(headers).is_none();
        is_new.then(|| self.browser.cookie(&self.new_browser()))
    }

    fn new_browser(&self) -> BrowserBinding {
        self.browser.read_or_new(&HeaderMap::new(), &*self.randomness)
    }

    fn seal(&self, owner: &str, draft: &Draft) -> Option<Vec<u8>> {
        let sealed = Sealed { until: self.clock.now().plus(DRAFT_LIFETIME).millis(), draft: draft.clone() };
        let plain = serde_json::to_vec(&sealed).ok()?;
        self.key_ring.seal(PURPOSE, owner, &plain, &*self.randomness).ok()
    }

    /// The draft in the address of a page, for the browser that asks for it; none when it was typed in another one or for
    /// another page, is not ours, or too old.
    pub async fn read(&self, address: &Uri, headers: &HeaderMap) -> Option<Draft> {
        let query = address.query()?;
        let (_, text) = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == PARAMETER)?;
        let session = self.session_of(headers);
        let envelope = match (&self.db, &session) {
            (Some(db), Some(session)) if text == STORED => stored(db, &session.key(address.path())).await?,
            _ => URL_SAFE_NO_PAD.decode(text.as_bytes()).ok()?,
        };
        let browser = self.browser.read(headers).map(Owner::Browser);
        let plain = browser
            .into_iter()
            .chain(session)
            .find_map(|owner| self.key_ring.open(PURPOSE, &owner.text(address.path()), &envelope).ok())?;
        let sealed: Sealed = serde_json::from_slice(&plain).ok()?;
        (self.clock.now().millis() <= sealed.until).then_some(sealed.draft)
    }

    /// The address of a page of ours with the draft in its query, without what is too long for it.
    fn address(&self, page: &str, owner: &Owner, mut draft: Draft) -> Option<String> {
        draft.typed.retain(|_, value| value.len() <= MAX_VALUE_BYTES);
        let sealed = self.seal(&owner.text(path_of(page)), &draft)?;
        Some(with_parameter(page, &URL_SAFE_NO_PAD.encode(sealed)))
    }

    /// The same, where a long draft is kept in the database: for a session that a guard has seen. Anybody can send a cookie of its
    /// name, so without the guard's word strangers could write as many rows as they like.
    async fn stored_address(&self, page: &str, owner: &Owner, draft: &Draft) -> Option<String> {
        let is_long = draft.typed.values().any(|value| value.len() > MAX_VALUE_BYTES);
        let (true, Some(db), Owner::Session(_)) = (is_long, &self.db, owner) else { return None };
        let path = path_of(page);
        let sealed = self.seal(&owner.text(path), draft)?;
        match store::put(db, &owner.key(path), &sealed, self.clock.now().plus(DRAFT_LIFETIME)).await {
            Ok(()) => Some(with_parameter(page, STORED)),
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "a long text cannot be kept for its form"
                );
                None
            }
        }
    }

    /// The longest value of a form that is brought back.
    fn longest(&self, session: Option<&Owner>) -> usize {
        if self.db.is_some() && session.is_some() { MAX_STORED_BYTES } else { MAX_VALUE_BYTES }
    }

    fn session_of(&self, headers: &HeaderMap) -> Option<Owner> {
        let handle = self.session.read(headers)?;
        Some(Owner::Session(TokenHash::of(handle.as_bytes())))
    }
}

/// A form on its way to be answered.
struct Sent {
    known: KnownForm,
    /// The binding of its browser, if that has one.
    browser: Option<BrowserBinding>,
    /// Its session, on the pages of a member.
    session: Option<Owner>,
    typed: Typed,
    /// What its browser is given.
    cookies: Cookies,
}

/// The layer. It is inside the one that draws error pages, and inside the one that counts bodies.
pub async fn layer(State(drafts): State<Arc<Drafts>>, request: Request, next: Next) -> Response {
    let known = drafts.form_of(&request).zip(cookies_of(&request));
    let Some((known, cookies)) = known else { return next.run(request).await };
    let (browser, session) = drafts.sender(known, request.headers());
    let longest = drafts.longest(session.as_ref());
    let (mut request, typed) = match typed::read(known, request, longest).await {
        Ok(read) => read,
        Err(refusal) => return refusal.into_response(),
    };
    // For the parts that recognise a form that the same browser sent a moment ago.
    if let Some(browser) = &browser {
        request.extensions_mut().insert(BrowserHash(browser.hash()));
    }
    let response = next.run(request).await;
    drafts.bring_back(Sent { known, browser, session, typed, cookies }, response).await
}

/// The layer around the one that counts bodies. What that one refuses by its declared length, such as a picture, comes back to
/// its form too, without what was typed, since nobody has read it. No guard has seen the request, so its origin is checked here.
pub async fn unread_layer(
    State((drafts, origin)): State<(Arc<Drafts>, PublicOrigin)>,
    request: Request,
    next: Next,
) -> Response {
    let known = drafts.form_of(&request).filter(|_| origin.sent(request.headers()));
    let Some((known, cookies)) = known.zip(cookies_of(&request)) else { return next.run(request).await };
    let (browser, session) = drafts.sender(known, request.headers());
    let typed = Typed::of(request.uri().path());
    let response = next.run(request).await;
    if response.status() != StatusCode::PAYLOAD_TOO_LARGE {
        return response;
    }
    drafts.bring_back(Sent { known, browser, session, typed, cookies }, response).await
}

/// The cookies of the answer. Only forms need them, and most requests are not forms.
fn cookies_of(request: &Request) -> Option<Cookies> {
    request.extensions().get().cloned()
}

impl Drafts {
    async fn bring_back(&self, sent: Sent, response: Response) -> Response {
        if response.status() == StatusCode::SEE_OTHER {
            return self.hand_on(sent, response);
        }
        let Some(mark) = response.extensions().get::<RefusalMark>().cloned() else { return response };
        let Sent { known, browser, session, typed, cookies } = sent;
        let page = known.page_of(&typed.draft.action);
        if let Some(page) = asks_for_proof(mark.code, &page) {
            return (StatusCode::SEE_OTHER, Extension(mark), [(LOCATION, page)]).into_response();
        }
        if known.form.is_button || !explained(response.status()) {
            return response;
        }
        let page = typed.page(page);
        let draft = Draft { error: Some(error(&mark, &response)), ..typed.draft };
        let (owner, cookie) = match session {
            Some(session) => (session, None),
            None => self.owner(browser),
        };
        let has_session = response.extensions().get::<SessionMark>().is_some();
        let stored = if has_session { self.stored_address(&page, &owner, &draft).await } else { None };
        let Some(page) = stored.or_else(|| self.address(&page, &owner, draft)) else { return response };
        give(&cookies, cookie);
        (StatusCode::SEE_OTHER, Extension(mark), [(LOCATION, page)]).into_response()
    }

    /// A redirect of the part itself: the page that follows goes on with what was typed, and the login page, whose errors
    /// have codes of their own, shows the address again.
    fn hand_on(&self, sent: Sent, mut response: Response) -> Response {
        let Sent { known, browser, typed: Typed { draft, .. }, cookies, .. } = sent;
        let to = response.headers().get(LOCATION).and_then(|to| to.to_str().ok()).unwrap_or_default();
        // Anyone who has seen the login page has a binding; a refused sign-in gives nobody a cookie.
        let refused =
            to.split_once("?error=").is_some_and(|(page, _)| page == known.page) && browser.is_some();
        if !known.form.hands_on && !refused {
            return response;
        }
        let (owner, cookie) = self.owner(browser);
        if let Some(address) = self.address(to, &owner, draft)
            && let Ok(address) = HeaderValue::try_from(address)
        {
            response.headers_mut().insert(LOCATION, address);
            give(&cookies, cookie);
        }
        response
    }

    /// The browser as an owner; one that has no binding is given one, without which it could not read its draft.
    fn owner(&self, known: Option<BrowserBinding>) -> (Owner, Option<Cookie<'static>>) {
        if let Some(browser) = known {
            return (Owner::Browser(browser), None);
        }
        let browser = self.new_browser();
        let cookie = self.browser.cookie(&browser);
        (Owner::Browser(browser), Some(cookie))
    }
}

/// The path of an address of ours.
fn path_of(address: &str) -> &str {
    address.split_once('?').map_or(address, |(path, _)| path)
}

/// The address with a draft in its query.
fn with_parameter(address: &str, draft: &str) -> String {
    let mark = if address.contains('?') { '&' } else { '?' };
    format!("{address}{mark}{PARAMETER}={draft}")
}

/// The draft that waits in the database. One that cannot be read is none: the form is empty then.
async fn stored(db: &Database, key: &str) -> Option<Vec<u8>> {
    let mut reader = db.read().await.ok()?;
    store::find(&mut reader, key).await.ok()?
}

fn give(cookies: &Cookies, cookie: Option<Cookie<'static>>) {
    if let Some(cookie) = cookie {
        cookies.add(cookie);
    }
}

/// Where somebody goes who must sign in first, or prove once more who they are, to come back to `page`.
fn asks_for_proof(code: &str, page: &str) -> Option<String> {
    match ErrorCode::parse(code)? {
        ErrorCode::NotSignedIn => Some(path::login(Some(LoginError::SessionEnded), page)),
        ErrorCode::FreshSignInNeeded => Some(path::prove(page)),
        _ => None,
    }
}

/// What a person can do something about. Foreign posts, unknown addresses and internal errors are for the error page.
fn explained(status: StatusCode) -> bool {
    [
        StatusCode::BAD_REQUEST,
        StatusCode::UNAUTHORIZED,
        StatusCode::CONFLICT,
        StatusCode::PAYLOAD_TOO_LARGE,
        StatusCode::TOO_MANY_REQUESTS,
        StatusCode::SERVICE_UNAVAILABLE,
    ]
    .contains(&status)
}

fn error(mark: &RefusalMark, response: &Response) -> FormError {
    let fields = mark
        .fields
        .iter()
        .map(|problem| FieldError { field: problem.field.to_string(), reason: problem.reason });
    FormError {
        status: response.status().as_u16(),
        code: ErrorCode::parse(mark.code),
        fields: fields.collect(),
        wait: mark.retry_after.map(web::refusal::whole_seconds),
    }
}

#[cfg(test)]
mod tests;
