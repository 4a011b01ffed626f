//! `GET /dev/mail`, `/dev/mail/{id}`, `/dev/mail/{id}/html`.

use std::sync::Arc;

use askama::Template;
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::response::{Html, IntoResponse as _, Response};
use db::{Database, DbError};
use http::HeaderMap;
use http::header::{CONTENT_SECURITY_POLICY, HeaderName, X_FRAME_OPTIONS};
use kernel::KeyRing;
use serde::Deserialize;
use web::guard::public;
use web::{PublicOrigin, Refusal, Routes, wants_page};

use super::pages::{ListPage, MailPage, MailboxEntry};
use super::store;
use crate::error::MailError;
use crate::mails::MailId;

/// How many mails a response lists at most.
const MAX_LISTED: u32 = 500;

/// For our pages: the style sheet of the site, and the mail in a frame.
const PAGE_POLICY: [(HeaderName, &str); 1] = [(
    CONTENT_SECURITY_POLICY,
    "default-src 'none'; style-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; \
     frame-ancestors 'none'",
)];
/// For the HTML of a mail: inline styles and nothing else. `sandbox` gives it an opaque origin and no scripts. Only our page may
/// frame it.
const MAIL_POLICY: [(HeaderName, &str); 2] = [
    (
        CONTENT_SECURITY_POLICY,
        "sandbox; default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'self'",
    ),
    (X_FRAME_OPTIONS, "SAMEORIGIN"),
];

/// The state of the routes.
#[derive(Clone, Debug)]
pub struct Mailbox {
    /// The database with the mails.
    pub db: Database,
    /// The key ring with which they are sealed.
    pub key_ring: Arc<KeyRing>,
    /// The path of the site's style sheet; its name changes with its content.
    pub style_sheet: Arc<str>,
}

/// The routes. For the development build and mode only: anybody who can reach them can read all mail.
pub fn routes(origin: PublicOrigin) -> Routes<Mailbox> {
    Routes::new(origin).get("/dev/mail", public(), list).get("/dev/mail/{id}", public(), show).get(
        "/dev/mail/{id}/html",
        public(),
        frame,
    )
}

/// The query: mails to one address, and how many.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Choice {
    to: Option<String>,
    limit: Option<u32>,
}

/// The latest mails, latest first: a page for browsers, JSON otherwise.
async fn list(
    State(mailbox): State<Mailbox>,
    headers: HeaderMap,
    choice: Result<Query<Choice>, QueryRejection>,
) -> Result<Response, Refusal> {
    let allowed = format!("`to` (an address) and `limit` (at most {MAX_LISTED})");
    let Query(choice) = choice.map_err(|_| Refusal::field("query", allowed))?;
    let most = choice.limit.unwrap_or(MAX_LISTED).min(MAX_LISTED);
    let mut reader = mailbox.db.read().await.map_err(|error| refuse(&error.into()))?;
    let mails = store::latest(&mut reader, &mailbox.key_ring, choice.to.as_deref(), most).await;
    let mails = mails.map_err(|error| refuse(&error))?;
    if !wants_page(&headers) {
        return Ok(Json(mails).into_response());
    }
    page(&ListPage { style_sheet: &mailbox.style_sheet, mails })
}

async fn show(
    State(mailbox): State<Mailbox>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    let mail = find(&mailbox, &id).await?;
    if !wants_page(&headers) {
        return Ok(Json(mail).into_response());
    }
    page(&MailPage { style_sheet: &mailbox.style_sheet, mail })
}

/// The HTML of a mail, as its recipient would see it.
async fn frame(State(mailbox): State<Mailbox>, Path(id): Path<String>) -> Result<Response, Refusal> {
    let mail = find(&mailbox, &id).await?;
    Ok((MAIL_POLICY, Html(mail.html)).into_response())
}

async fn find(mailbox: &Mailbox, id: &str) -> Result<MailboxEntry, Refusal> {
    let id = MailId::parse(id).map_err(|_| Refusal::not_found())?;
    let mut reader = mailbox.db.read().await.map_err(|error| refuse(&error.into()))?;
    let mail = store::one(&mut reader, &mailbox.key_ring, id).await.map_err(|error| refuse(&error))?;
    mail.ok_or_else(Refusal::not_found)
}

fn page(page: &impl Template) -> Result<Response, Refusal> {
    let html = page.render().map_err(|error| refuse(&error.into()))?;
    Ok((PAGE_POLICY, Html(html)).into_response())
}

fn refuse(error: &MailError) -> Refusal {
    if matches!(error, MailError::Db(DbError::Unavailable(_))) {
        return Refusal::unavailable();
    }
    tracing::error!(error = error as &dyn std::error::Error, "the mailbox cannot be shown");
    Refusal::internal()
}
