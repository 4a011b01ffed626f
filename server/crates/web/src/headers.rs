//! The security headers of every answer, errors and redirects included (S-HDR).

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use http::header::{self, HeaderName};
use http::{HeaderMap, HeaderValue};

/// Below these lie authentication pages and callbacks, whose addresses hold codes and states: nothing they lead to may
/// learn them, refusals included (S-HDR-6, S-UP-16).
const WITHOUT_REFERRER: [&str; 5] = ["/oauth/", "/api/auth/", "/signup", "/email/", "/password/"];

/// The policy of everything that is not a page: nothing may be loaded from it, nor may it be framed.
const CLOSED_POLICY: &str = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const FEATURES: &str = "accelerometer=(), autoplay=(), camera=(), display-capture=(), encrypted-media=(), \
     fullscreen=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), \
     publickey-credentials-get=(self), usb=(), xr-spatial-tracking=()";

/// So many of the defaults, from the first, concern the origin rather than one page.
const ORIGIN_WIDE: usize = 2;

const DEFAULTS: [(HeaderName, &str); 9] = [
    // Browsers ignore it over plain http (RFC 6797 section 8.1), so it can stand everywhere.
    (header::STRICT_TRANSPORT_SECURITY, "max-age=63072000; includeSubDomains"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "same-origin"),
    (header::CONTENT_SECURITY_POLICY, CLOSED_POLICY),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), FEATURES),
    // What may be kept says so itself; everything else is for this moment and this person.
    (header::CACHE_CONTROL, "no-store"),
];

/// The policy of one page: scripts by this response's nonce, everything else from our own origin, and only the
/// additions that this page needs.
#[derive(Clone, Debug, Default)]
pub struct PagePolicy<'a> {
    /// The nonce of this response; a page without one runs no script at all.
    pub nonce: Option<&'a str>,
    /// Origins that a form of this page may be redirected through, since Chromium applies `form-action` to the
    /// redirect that follows a form (S-HDR-3).
    pub form_action: &'a [String],
    /// The origin of a picture from elsewhere.
    pub image: Option<&'a str>,
    /// Where scripts may connect besides our own origin: the reload socket of `cargo leptos watch`.
    pub connect: Option<&'a str>,
}

impl PagePolicy<'_> {
    /// The header; `None` when an addition cannot stand in one.
    pub fn header(&self) -> Option<HeaderValue> {
        let script = self.nonce.map_or_else(
            || "'none'".to_owned(),
            |nonce| format!("'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'"),
        );
        let form_action = self.form_action.iter().fold(String::new(), |list, origin| list + " " + origin);
        let added = |origin: Option<&str>| origin.map(|origin| format!(" {origin}")).unwrap_or_default();
        HeaderValue::from_str(&format!(
            "default-src 'none'; script-src {script}; style-src 'self'; img-src 'self' data:{image}; \
             connect-src 'self'{connect}; manifest-src 'self'; object-src 'none'; base-uri 'none'; \
             form-action 'self'{form_action}; frame-ancestors 'none'",
            image = added(self.image),
            connect = added(self.connect),
        ))
        .ok()
    }
}

/// The layer: fills in what the answer does not say itself, and drops what would name a product.
pub async fn layer(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let silent = WITHOUT_REFERRER.iter().any(|start| path.starts_with(start));
    let mut response = next.run(request).await;
    if silent {
        response.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    }
    complete(response.headers_mut());
    response
}

/// Gives an answer of another service on our origin what protects the origin itself; how its pages are framed and what
/// they load is that service's to say.
pub fn complete_foreign(headers: &mut HeaderMap) {
    for (name, value) in &DEFAULTS[..ORIGIN_WIDE] {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
}

/// Fills in what an answer of ours does not say itself, and drops what would name a product.
pub fn complete(headers: &mut HeaderMap) {
    for (name, value) in &DEFAULTS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    headers.remove(header::SERVER);
    headers.remove("x-powered-by");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s_hdr_1_a_page_runs_scripts_by_nonce_only() {
        let form_action = ["https://accounts.google.com".to_owned()];
        let policy = PagePolicy { nonce: Some("abc"), form_action: &form_action, ..PagePolicy::default() };
        let policy = policy.header().unwrap();
        let policy = policy.to_str().unwrap();
        assert!(policy.contains("script-src 'nonce-abc' 'strict-dynamic' 'wasm-unsafe-eval';"));
        assert!(policy.contains("form-action 'self' https://accounts.google.com;"));
        assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"));
        assert!(PagePolicy::default().header().unwrap().to_str().unwrap().contains("script-src 'none';"));
    }
}
