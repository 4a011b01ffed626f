//! The answer to a request for a page.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use app::{Page, Record};
use authorization::WaitingApp;
use axum::extract::{Request, State};
use axum::response::{Html, IntoResponse, Response};
use contract::{Draft, Frame, SiteSettings};
use http::header::{CONTENT_SECURITY_POLICY, LOCATION, RETRY_AFTER};
use http::request::Parts;
use http::{HeaderValue, StatusCode, Uri};
use leptos::nonce::Nonce;
use names::path;
use sessions::Current;
use url::Url;
use web::guard::{Fresh, SignedIn};
use web::headers::{KEEPS_OPENER, PagePolicy};
use web::openapi::{Answer, Operation};
use web::{Cookies, RETURN_TO, ReturnTo};

use super::kept::{self, names_script};
use super::load::Load;
use super::no_page::NoPage;
use super::state::{Inner, Pages};
use super::visit::{Visit, query_value};

/// A page, or where somebody goes for whom it has nothing.
pub(super) struct PageAnswer(Response);

impl From<Response> for PageAnswer {
    fn from(response: Response) -> Self {
        Self(response)
    }
}

impl IntoResponse for PageAnswer {
    fn into_response(self) -> Response {
        self.0
    }
}

impl Answer for PageAnswer {
    fn describe(operation: &mut Operation) {
        operation.answers_as("text/html");
        operation.may_lead_on();
    }
}

/// A page of members.
pub(super) async fn to_member<P: Page<View: Load>>(
    SignedIn { caller, .. }: SignedIn<Arc<Current>>,
    State(pages): State<Pages>,
    request: Request,
) -> PageAnswer {
    answer::<P>(&pages.0, Some(&caller), request).await.into()
}

/// A page of operators.
pub(super) async fn to_operator<P: Page<View: Load>>(
    Fresh { caller, .. }: Fresh<Arc<Current>>,
    State(pages): State<Pages>,
    request: Request,
) -> PageAnswer {
    answer::<P>(&pages.0, Some(&caller), request).await.into()
}

/// A page of everybody: who is there is looked up before it is drawn.
pub(super) async fn to_anybody<P: Page<View: Load>>(
    State(pages): State<Pages>,
    request: Request,
) -> PageAnswer {
    let sessions = &pages.0.parts.sessions;
    let onward = if P::RECORD.signs_in { onward(request.uri()) } else { None };
    // Where it is decided to send somebody on, the database is asked: two answers would send them back and forth.
    let current = if onward.is_some() {
        sessions.lookup.current_from_database(request.headers()).await
    } else {
        sessions.lookup.current(request.headers()).await
    };
    let current = match current {
        Ok(current) => current,
        Err(error) => return error.into_response().into(),
    };
    if let (Some(_), Some(onward)) = (&current, onward) {
        return (StatusCode::SEE_OTHER, [(LOCATION, onward.as_str())]).into_response().into();
    }
    answer::<P>(&pages.0, current.as_deref(), request).await.into()
}

async fn answer<P: Page<View: Load>>(pages: &Inner, current: Option<&Current>, request: Request) -> Response {
    // The body of a request cannot be looked at by two threads, so only its head is lent out.
    let (request, _) = request.into_parts();
    draw::<P>(pages, current, &request).await.unwrap_or_else(NoPage::into_response)
}

/// Whether a page is of use here.
const fn is_there(page: &Record, settings: &SiteSettings) -> bool {
    (settings.has_mail || !page.needs_mail)
        && (settings.has_feed || !page.needs_feed)
        && (settings.has_passkeys || !page.needs_passkeys)
        && (settings.has_passkey_sign_up || !page.needs_passkey_sign_up)
}

/// Loads the page, draws it, and says what browsers must know of it.
async fn draw<P: Page<View: Load>>(
    pages: &Inner,
    current: Option<&Current>,
    request: &Parts,
) -> Result<Response, NoPage> {
    let page = P::RECORD;
    let settings = &pages.settings;
    if !is_there(page, settings) {
        return Err(NoPage::Nothing);
    }
    let app = waiting_app(pages, page, request).await;
    let visit = Visit::new(pages, request, current, app);
    if let Some(kept) = kept::answer::<P>(pages, &visit).await {
        if let Some(cookies) = visit.cookies() {
            give_cookies(page, &visit, cookies);
        }
        return Ok(kept);
    }
    let view = P::View::load(&visit).await?;
    let frame = Arc::new(visit.frame(page, view.language()).await);
    let nonce = Nonce::new();
    let to_app = visit.app.as_ref().and_then(|app| app.form_action.as_deref());
    let to_app = to_app.or_else(|| view.form_action()).map(str::to_owned);
    let images = pictures(&frame, &view);
    let status = view.status();
    let html = pages.shell.draw::<P>(Arc::clone(&frame), view, nonce.clone());
    let nonce = names_script(&html).then_some(&nonce);
    let policy = policy(pages, page, nonce, &images, to_app.as_deref());

    let mut response = (status, Html(html)).into_response();
    if let Some(policy) = policy {
        response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    }
    if visit.app.is_some() {
        response.headers_mut().extend([KEEPS_OPENER]);
    }
    if let Some(cookies) = request.extensions.get::<Cookies>() {
        give_cookies(page, &visit, cookies);
    }
    if let Some(draft) = &frame.draft {
        answer_like_the_form(&mut response, draft);
    }
    Ok(response)
}

/// Binds a browser whose forms are told from those of others, and remembers how somebody signed in.
fn give_cookies(page: &Record, visit: &Visit<'_>, cookies: &Cookies) {
    let parts = visit.parts();
    let binding = if page.binds_browser { parts.drafts.bind(visit.headers) } else { None };
    let method = visit.current.map(|current| current.session.method);
    let remembered = method.and_then(|method| parts.last_method.remember(visit.headers, method));
    for cookie in binding.into_iter().chain(remembered) {
        cookies.add(cookie);
    }
}

/// The app that waits for a person on this page. Should the database not say, the page comes all the same.
async fn waiting_app(pages: &Inner, page: &Record, request: &Parts) -> Option<WaitingApp> {
    let return_to = if page.path == path::CONSENT {
        Cow::Borrowed(request.uri.path_and_query()?.as_str())
    } else if page.path == path::SECOND_STEP {
        // Its address does not say where it leads. The sign-in that waits does.
        let waiting = pages.parts.sessions.second_steps.waiting_in(&request.headers).await;
        Cow::Owned(waiting.ok()??.return_to)
    } else if page.leads_on {
        query_value(&request.uri, RETURN_TO)?
    } else {
        return None;
    };
    pages.parts.authorization.waiting_app(&return_to).await.unwrap_or_else(|error| {
        let error = &error as &dyn std::error::Error;
        tracing::warn!(error, "the app that waits for a sign-in cannot be determined");
        None
    })
}

/// The policy that fits the page, whose form leads to the app in the end. Without a nonce it runs no script.
fn policy(
    pages: &Inner,
    page: &Record,
    nonce: Option<&Nonce>,
    images: &[String],
    to_app: Option<&str>,
) -> Option<HeaderValue> {
    let to_providers: &[String] = if page.leads_to_providers { &pages.form_action } else { &[] };
    let to_app = to_app.map(|app| [to_providers, &[app.to_owned()]].concat());
    let policy = PagePolicy {
        nonce: nonce.map(|nonce| &**nonce),
        form_action: to_app.as_deref().unwrap_or(to_providers),
        images,
        script: None,
        style: None,
        // The address of the page with the port of cargo-leptos.
        connect: pages.reloads.then_some("ws://localhost:3001 ws://127.0.0.1:3001"),
    };
    policy.header()
}

/// Where the pictures of the page come from: the viewer's, and that of its view.
fn pictures(frame: &Frame, view: &impl Load) -> Vec<String> {
    let own = frame.viewer.as_ref().map(|viewer| viewer.picture.as_str());
    origins(own.into_iter().chain(view.pictures()))
}

/// A picture that Daemun keeps has no origin of its own.
fn origins<'a>(pictures: impl Iterator<Item = &'a str>) -> Vec<String> {
    let origin = |picture| Some(Url::parse(picture).ok()?.origin().ascii_serialization());
    let mut origins = Vec::new();
    for origin in pictures.filter_map(origin) {
        if !origins.contains(&origin) {
            origins.push(origin);
        }
    }
    origins
}

/// A form that was not taken is answered by its page with the status that the part gave.
fn answer_like_the_form(response: &mut Response, draft: &Draft) {
    let Some(error) = &draft.error else { return };
    if let Ok(status) = StatusCode::from_u16(error.status) {
        *response.status_mut() = status;
    }
    if let Some(wait) = error.wait {
        response.headers_mut().insert(RETRY_AFTER, web::refusal::retry_after(Duration::from_secs(wait)));
    }
}

/// Where somebody goes who is signed in and comes to a page on which one signs in or up, to get somewhere. Not if the page
/// is to tell them something, as that they must sign in once more; and a person who wants to go nowhere may change the account.
fn onward(address: &Uri) -> Option<ReturnTo> {
    let query: Vec<_> = form_urlencoded::parse(address.query()?.as_bytes()).collect();
    let says = |(name, value): &(Cow<'_, str>, Cow<'_, str>)| match &**name {
        "error" => value != "session_ended",
        "notice" | "draft" => true,
        // An app wants them to prove once more who they are.
        "prompt" => value == "login",
        _ => false,
    };
    if query.iter().any(says) {
        return None;
    }
    query.iter().find(|(name, _)| name == RETURN_TO).map(|(_, wanted)| ReturnTo::parse(wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_takes_pictures_from_where_its_own_are_and_nowhere_else() {
        let google = "https://lh3.googleusercontent.com/a/one";
        let kakao = "https://k.kakaocdn.net/two.jpg";
        let ours = "/api/users/0198/picture/abc";
        assert_eq!(
            origins([google, kakao].into_iter()),
            ["https://lh3.googleusercontent.com", "https://k.kakaocdn.net"]
        );
        assert_eq!(origins([google, google].into_iter()), ["https://lh3.googleusercontent.com"]);
        assert_eq!(origins([ours, kakao].into_iter()), ["https://k.kakaocdn.net"]);
        assert_eq!(origins([ours].into_iter()), Vec::<String>::new());
    }
}
