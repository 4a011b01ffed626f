//! Forms of pages, declared with the routes that they are sent to.

use axum::response::{IntoResponse as _, Response};
use http::header::LOCATION;
use http::{HeaderMap, StatusCode};

use crate::fields;
use crate::navigation::wants_page;
use crate::success::LeadsTo;

/// The form of a page: which fields are brought back, and where it leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageForm {
    /// The page that it is on and returns to when it is refused; `None` for one that is on many pages.
    pub page: Option<&'static str>,
    /// Whether it has nothing that a person could correct, so that a refusal gets the error page.
    pub is_button: bool,
    /// The fields that are brought back. Never a password.
    pub keeps: &'static [&'static str],
    /// Where it leads on success, with the notice that is shown there; `None` where the handler decides.
    pub leads_to: Option<&'static str>,
    /// Where it leads if what it is about is gone, with the notice that says so; `None` where the error page says it.
    pub gone: Option<&'static str>,
    /// Whether the page to which it leads goes on with what was typed.
    pub hands_on: bool,
}

impl PageForm {
    /// A form on `page`, whose placeholders are those of the route.
    pub const fn on(page: &'static str) -> Self {
        Self { page: Some(page), is_button: false, keeps: &[], leads_to: None, gone: None, hands_on: false }
    }

    /// A button on `page`.
    pub const fn button_on(page: &'static str) -> Self {
        Self { is_button: true, ..Self::on(page) }
    }

    /// A button that is on many pages.
    pub const fn button() -> Self {
        Self { page: None, is_button: true, keeps: &[], leads_to: None, gone: None, hands_on: false }
    }

    /// Brings these fields back when it is refused.
    #[must_use]
    pub const fn keeps(self, fields: &'static [&'static str]) -> Self {
        Self { keeps: fields, ..self }
    }

    /// Leads to this page on success.
    #[must_use]
    pub const fn leads_to(self, page: &'static str) -> Self {
        Self { leads_to: Some(page), ..self }
    }

    /// Leads to this page if what it is about is gone, such as what another tab removed. Programs get 404.
    #[must_use]
    pub const fn gone_leads_to(self, page: &'static str) -> Self {
        Self { gone: Some(page), ..self }
    }

    /// The page to which it leads goes on with what was typed.
    #[must_use]
    pub const fn hands_on(self) -> Self {
        Self { hands_on: true, ..self }
    }
}

/// Whether a request was sent by a form: its body says so, or without one, that a person waits for the answer.
pub(crate) fn is_sent_by_form(headers: &HeaderMap) -> bool {
    match fields::media_type(headers).as_str() {
        "application/x-www-form-urlencoded" | "multipart/form-data" => true,
        "" => wants_page(headers),
        _ => false,
    }
}

/// The answer to a successful form: a redirect to the page.
pub(crate) fn lead(page: &str, answer: &Response) -> Response {
    let page = answer.extensions().get::<LeadsTo>().map_or(page, |LeadsTo(other)| &**other);
    (StatusCode::SEE_OTHER, [(LOCATION, page)]).into_response()
}
