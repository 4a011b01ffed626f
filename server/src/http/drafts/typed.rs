//! What was typed into a form that may come back.

use std::borrow::Cow;

use axum::body::Body;
use axum::extract::Request;
use contract::Draft;
use http::header::CONTENT_TYPE;
use names::path;
use web::{RETURN_TO, Refusal, ReturnTo};

use super::known_form::KnownForm;

/// What was typed into a form.
pub(super) struct Typed {
    pub(super) draft: Draft,
    /// Where its person goes on; in the address of a page, as everywhere on the way.
    return_to: Option<ReturnTo>,
}

impl Typed {
    /// Of a form that is sent to `path`.
    pub(super) fn of(path: &str) -> Self {
        Self { draft: Draft { action: path.to_owned(), ..Draft::default() }, return_to: None }
    }

    fn take(&mut self, known: KnownForm, longest: usize, name: String, value: String) {
        if !known.form.keeps.contains(&&*name) {
            return;
        }
        if name == RETURN_TO {
            self.return_to = Some(ReturnTo::page(&value));
        } else if value.len() <= longest {
            self.draft.typed.insert(name, value);
        }
    }

    /// The page to which the form comes back.
    pub(super) fn page(&self, page: Cow<'static, str>) -> Cow<'static, str> {
        let return_to = self.return_to.as_ref().filter(|to| **to != ReturnTo::home());
        match return_to {
            Some(to) => path::leading_on(&page, to.as_str()).into(),
            None => page,
        }
    }
}

/// Reads what was typed, and gives the request back as it was.
pub(super) async fn read(
    known: KnownForm,
    request: Request,
    longest: usize,
) -> Result<(Request, Typed), Refusal> {
    let mut typed = Typed::of(request.uri().path());
    let is_form = request
        .headers()
        .get(CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"application/x-www-form-urlencoded"));
    if !is_form || known.form.keeps.is_empty() {
        return Ok((request, typed));
    }
    let (parts, body) = request.into_parts();
    let body = web::body::read(body, web::body::MAX_CALL_BYTES).await?;
    for (name, value) in form_urlencoded::parse(&body) {
        typed.take(known, longest, name.into_owned(), value.into_owned());
    }
    Ok((Request::from_parts(parts, Body::from(body)), typed))
}
