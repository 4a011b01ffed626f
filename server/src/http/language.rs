//! The language of a request, and `POST /api/language` with which a person chooses it.

use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::header::LOCATION;
use http::{HeaderMap, StatusCode};
use names::Language;
use serde::Deserialize;
use utoipa::ToSchema;
use web::accept_language;
use web::cookies::Lifetime;
use web::{CookieName, Cookies, Refusal, ReturnTo, StrictForm};

const COOKIE_LIFETIME: Duration = Duration::from_hours(8760);

/// The cookie that remembers a choice. It holds `ko` or `en`, nothing of the person.
#[derive(Clone, Debug)]
pub struct LanguageCookie(CookieName);

impl LanguageCookie {
    /// The cookie at an origin that is https or a plain-http loopback.
    pub fn new(secure: bool) -> Self {
        Self(CookieName::new("daemun-language", secure))
    }

    /// The language that a person chose here, if they did.
    pub fn chosen(&self, headers: &HeaderMap) -> Option<Language> {
        self.0.read(headers).and_then(Language::parse)
    }

    /// The chosen language, else the first of `Accept-Language` that we speak, else Korean.
    pub fn language(&self, headers: &HeaderMap) -> Language {
        self.chosen(headers).unwrap_or_else(|| accept_language::preferred(headers))
    }
}

/// Tells the parts behind in which language the sender reads mails.
pub async fn note(State(cookie): State<LanguageCookie>, mut request: Request, next: Next) -> Response {
    let language = cookie.language(request.headers());
    request.extensions_mut().insert(language);
    next.run(request).await
}

/// A language, and where it was chosen.
#[derive(Deserialize, ToSchema)]
pub struct Choice {
    #[schema(required = true, nullable = false, value_type = String, example = "en")]
    language: Option<String>,
    #[schema(nullable = false, example = "/")]
    return_to: Option<String>,
}

/// Remembers the choice and goes back to where it was made.
pub async fn post(
    State(cookie): State<LanguageCookie>,
    cookies: Cookies,
    form: Result<StrictForm<Choice>, Refusal>,
) -> Result<Response, Refusal> {
    let StrictForm(form) = form?;
    let chosen = form.language.as_deref().and_then(Language::parse);
    let chosen = chosen.ok_or(Refusal::field("language", "`ko` or `en`"))?;
    let back = form.return_to.as_deref().map_or_else(ReturnTo::home, ReturnTo::page);
    cookies.add(cookie.0.cookie(chosen.code(), Lifetime::For(COOKIE_LIFETIME)));
    Ok((StatusCode::SEE_OTHER, [(LOCATION, back.as_str())]).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;
    use http::header::ACCEPT_LANGUAGE;

    fn language(accept: &'static str, cookie: Option<&'static str>) -> Language {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_LANGUAGE, HeaderValue::from_bytes(accept.as_bytes()).unwrap());
        if let Some(cookie) = cookie {
            headers.insert(http::header::COOKIE, HeaderValue::from_static(cookie));
        }
        LanguageCookie::new(false).language(&headers)
    }

    #[test]
    fn the_choice_wins_then_the_browser_then_korean() {
        assert_eq!(language("en-US,en;q=0.9", Some("daemun-language=ko")), Language::Korean);
        assert_eq!(language("en-US,en;q=0.9,ko;q=0.8", None), Language::English);
        assert_eq!(language("fr,ko;q=0.5,en;q=0.7", None), Language::English);
        assert_eq!(language("fr", None), Language::Korean);
        assert_eq!(language("x\u{e9}, en", None), Language::English);
        assert_eq!(language("", Some("daemun-language=xx")), Language::Korean);
    }
}
