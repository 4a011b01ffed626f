//! Shapes each refusal for its recipient: a page for a person who navigates, JSON for a program, the error of OAuth for its clients.

use std::sync::Arc;

use app::{ErrorPage, Refused};
use authorization::{ErrorShape, OAuthCall};
use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::header::{CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderValue, Method};
use names::{ErrorCode, Language, path};
use web::headers::PagePolicy;
use web::{PublicOrigin, Refusal, RefusalMark, RequestId};

use crate::http::language::LanguageCookie;

/// Where apps send people to sign in: a request that cannot be served ends on a page.
const AUTHORIZE: &str = "/oauth2/authorize";

/// What the layer needs to draw a page.
#[derive(Clone)]
pub struct ErrorPages {
    /// Draws it.
    pub page: ErrorPage,
    /// The person's language.
    pub language: LanguageCookie,
    /// Where people find the site.
    pub origin: PublicOrigin,
    /// The errors of endpoints that OAuth gives another shape.
    pub oauth: ErrorShape,
}

/// Who waits for an answer.
pub enum Recipient {
    /// A person, for a page.
    Person(PageContext),
    /// A program.
    Program,
    /// A client of the authorization server, at one of the endpoints for programs. There a header field that mentions HTML is no person.
    OAuthClient(OAuthCall),
}

/// A person who waits for a page.
pub struct PageContext {
    language: Language,
    request_id: Option<RequestId>,
    /// The address that they opened; the main page for what a form sent, which nobody can open, and for what an app sent.
    here: Box<str>,
}

/// The layer. A refusal of ours, or a bare error of a library, becomes a page when a person waits for one; a page
/// that is already one stays.
pub async fn layer(State(pages): State<Arc<ErrorPages>>, request: Request, next: Next) -> Response {
    let recipient = pages.recipient(&request);
    let response = next.run(request).await;
    pages.shape(response, &recipient)
}

impl ErrorPages {
    /// Who waits for the answer to a request.
    pub fn recipient(&self, request: &Request) -> Recipient {
        if let Some(call) = OAuthCall::of(request) {
            return Recipient::OAuthClient(call);
        }
        let address = request.uri().path();
        // Only browsers of people go there, whatever their header fields say.
        let is_page = address.starts_with(AUTHORIZE)
            || (web::wants_page(request.headers()) && !authorization::is_for_programs(address));
        if !is_page {
            return Recipient::Program;
        }
        // Of a client in doubt the page shows nothing that was sent.
        let can_open = request.method() == Method::GET && !address.starts_with(AUTHORIZE);
        let opened = request.uri().path_and_query().filter(|_| can_open);
        Recipient::Person(PageContext {
            language: self.language.language(request.headers()),
            request_id: request.extensions().get::<RequestId>().cloned(),
            here: opened.map_or(path::HOME, PathAndQuery::as_str).into(),
        })
    }

    /// Gives an error the shape that its recipient can read.
    pub fn shape(&self, response: Response, recipient: &Recipient) -> Response {
        if !(response.status().is_client_error() || response.status().is_server_error())
            || is_page(response.headers())
            || response.extensions().get::<RefusalMark>().is_some_and(|mark| mark.is_final)
        {
            return response;
        }
        match recipient {
            Recipient::OAuthClient(call) => self.oauth.give(response, call),
            Recipient::Program => in_our_shape(response),
            Recipient::Person(person) => self.draw(in_our_shape(response), person),
        }
    }

    fn draw(&self, response: Response, person: &PageContext) -> Response {
        let PageContext { language, request_id, here } = person;
        let request_id = request_id.as_ref().map_or("", RequestId::as_str);
        let status = response.status().as_u16();
        // What helps after a request that none of our pages sent: opening the site at its own address.
        let code = response.extensions().get::<RefusalMark>().and_then(|mark| ErrorCode::parse(mark.code));
        let site = (code == Some(ErrorCode::CrossOrigin)).then(|| self.origin.as_str());
        let html = self.page.draw(Refused { status, code, site, request_id, here }, *language);
        let (mut parts, _) = response.into_parts();
        parts.headers.remove(CONTENT_LENGTH);
        parts.headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        if let Some(policy) = PagePolicy::default().header() {
            parts.headers.insert(CONTENT_SECURITY_POLICY, policy);
        }
        Response::from_parts(parts, Body::from(html))
    }
}

fn is_page(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"))
}

/// Gives an error without a body of ours the usual one for its status, and keeps its headers (`Allow` for instance).
fn in_our_shape(response: Response) -> Response {
    if response.extensions().get::<RefusalMark>().is_some() {
        return response;
    }
    let mut refusal = Refusal::for_status(response.status()).into_response();
    for (name, value) in response.headers() {
        if *name != CONTENT_LENGTH && *name != CONTENT_TYPE {
            refusal.headers_mut().insert(name.clone(), value.clone());
        }
    }
    refusal
}
