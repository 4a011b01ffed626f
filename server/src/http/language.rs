//! The language of a request, and `POST /api/language` with which a person chooses it.

use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::header::{ACCEPT_LANGUAGE, LOCATION, SET_COOKIE};
use http::{HeaderMap, StatusCode};
use names::Language;
use web::cookies::Lifetime;
use web::fields;
use web::{CookieName, Cookies, Refusal, ReturnTo, StrictForm};

const A_YEAR: Duration = Duration::from_hours(8760);

/// The cookie that remembers a choice. It holds `ko` or `en`, nothing of the person.
#[derive(Clone, Debug)]
pub struct LanguageCookie(CookieName);

impl LanguageCookie {
    /// The cookie at an origin that is https or a plain-http loopback.
    pub fn new(secure: bool) -> Self {
        Self(CookieName::new("daemun-language", secure))
    }

    /// The chosen language, else the first of `Accept-Language` that we speak, else Korean.
    pub fn language(&self, headers: &HeaderMap) -> Language {
        Cookies::of(headers).get(&self.0).and_then(Language::parse).unwrap_or_else(|| accepted(headers))
    }
}

/// Tells the parts behind in which language the sender reads mails.
pub async fn note(State(cookie): State<LanguageCookie>, mut request: Request, next: Next) -> Response {
    let language = cookie.language(request.headers());
    request.extensions_mut().insert(language);
    next.run(request).await
}

/// Remembers the choice and goes back to where it was made.
pub async fn post(
    State(cookie): State<LanguageCookie>,
    form: Result<StrictForm, Refusal>,
) -> Result<Response, Refusal> {
    let form = form?;
    let chosen =
        form.get("language").and_then(Language::parse).ok_or(Refusal::field("language", "`ko` or `en`"))?;
    let back = form.get("return_to").map_or_else(ReturnTo::home, ReturnTo::page);
    let line = cookie.0.set(chosen.code(), Lifetime::For(A_YEAR)).ok_or(Refusal::internal())?;
    let mut response = (StatusCode::SEE_OTHER, [(LOCATION, back.as_str())]).into_response();
    response.headers_mut().insert(SET_COOKIE, line);
    Ok(response)
}

/// By weight (RFC 9110 section 12.5.4); of equal weights the first.
fn accepted(headers: &HeaderMap) -> Language {
    let mut best = (Language::Korean, 0.0_f32);
    let ranges = fields::items(headers, &ACCEPT_LANGUAGE).filter_map(|range| str::from_utf8(range).ok());
    for range in ranges.take(20) {
        let mut parts = range.split(';');
        let tag = parts.next().unwrap_or_default().trim();
        let weight = parts.find_map(|part| part.trim().strip_prefix("q=")?.parse().ok()).unwrap_or(1.0);
        let spoken = Language::parse(&tag.split('-').next().unwrap_or_default().to_ascii_lowercase());
        if let Some(language) = spoken
            && weight > best.1
        {
            best = (language, weight);
        }
    }
    best.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

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
