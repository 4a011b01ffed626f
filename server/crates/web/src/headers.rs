//! The security headers of every answer, errors and redirects included (S-HDR).

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::header::{self, HeaderName};
use http::{HeaderMap, HeaderValue};

/// The callbacks are below it, whose addresses hold codes and states: nothing that they lead to may learn those, refusals
/// included (S-UP-16).
const CALLBACKS: &str = "/api/auth/callback/";

const NO_REFERRER: HeaderValue = HeaderValue::from_static("no-referrer");

/// The policy of everything that is not a page: it may load nothing, and nothing may frame it.
const CLOSED_POLICY: &str = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const FEATURES: &str = "accelerometer=(), autoplay=(), camera=(), display-capture=(), encrypted-media=(), \
     fullscreen=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), \
     publickey-credentials-create=(self), publickey-credentials-get=(self), usb=(), xr-spatial-tracking=()";

const NOSNIFF: HeaderValue = HeaderValue::from_static("nosniff");

const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");

/// What an answer says that must not cut a pop-up window off from the page that opened it, as on the way to an app that waits
/// for a sign-in there. It is what browsers assume, so nothing of it goes out.
pub const KEEPS_OPENER: (HeaderName, HeaderValue) = (OPENER_POLICY, HeaderValue::from_static("unsafe-none"));

const POWERED_BY: HeaderName = HeaderName::from_static("x-powered-by");

/// How many fields an answer of ours mostly has, so that nothing is made larger while it is filled.
const FIELD_CAPACITY: usize = 20;

const DEFAULTS: [(HeaderName, &str); 8] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "same-origin"),
    (header::CONTENT_SECURITY_POLICY, CLOSED_POLICY),
    (OPENER_POLICY, "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), FEATURES),
    // What may be cached says so itself; everything else is for this person and this moment.
    (header::CACHE_CONTROL, "no-store"),
];

/// The policy of one page: scripts by this response's nonce, everything else from our own origin, and only the
/// additions that this page needs.
#[derive(Clone, Debug, Default)]
pub struct PagePolicy<'a> {
    /// The nonce of this response; a page without one runs no script but [`Self::script`].
    pub nonce: Option<&'a str>,
    /// The address of the one script of a page without a nonce.
    pub script: Option<&'a str>,
    /// Origins that a form of this page may be redirected through, since Chromium applies `form-action` to the
    /// redirect that follows a form (S-HDR-3).
    pub form_action: &'a [String],
    /// The origins of pictures from elsewhere.
    pub images: &'a [String],
    /// The hash of the style sheet that is inside the page.
    pub style: Option<&'a str>,
    /// Where scripts may connect besides our own origin: the reload socket of `cargo leptos watch`.
    pub connect: Option<&'a str>,
}

impl PagePolicy<'_> {
    /// The header; `None` when an addition cannot be in one.
    pub fn header(&self) -> Option<HeaderValue> {
        let script = self.nonce.map_or_else(
            || self.script.unwrap_or("'none'").to_owned(),
            |nonce| format!("'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'"),
        );
        let list =
            |origins: &[String]| origins.iter().fold(String::new(), |list, origin| list + " " + origin);
        HeaderValue::from_str(&format!(
            "default-src 'none'; script-src {script}; style-src 'self'{style}; img-src 'self' data:{images}; \
             connect-src 'self'{connect}; manifest-src 'self'; object-src 'none'; base-uri 'none'; \
             form-action 'self'{form_action}; frame-ancestors 'none'",
            style = self.style.map(|hash| format!(" {hash}")).unwrap_or_default(),
            images = list(self.images),
            connect = self.connect.map(|origin| format!(" {origin}")).unwrap_or_default(),
            form_action = list(self.form_action),
        ))
        .ok()
    }
}

/// What browsers are told about the origin as a whole: that it is reached by https only, and for how long they should
/// remember that (RFC 6797).
#[derive(Clone, Debug)]
pub struct Hsts(Option<HeaderValue>);

impl Hsts {
    /// For this long; with zero, browsers forget what they were told. `with_subdomains` binds every host below ours too, those
    /// that others run included.
    pub fn new(max_age: Duration, with_subdomains: bool) -> Self {
        let subdomains = if with_subdomains { "; includeSubDomains" } else { "" };
        Self(HeaderValue::from_str(&format!("max-age={}{subdomains}", max_age.as_secs())).ok())
    }

    /// Sends no `Strict-Transport-Security`.
    pub const fn off() -> Self {
        Self(None)
    }
}

impl Default for Hsts {
    /// Two years, with the hosts below ours (S-HDR-4).
    fn default() -> Self {
        Self::new(Duration::from_hours(730 * 24), true)
    }
}

/// The security headers of answers.
#[derive(Clone, Debug)]
pub struct SecurityHeaders {
    hsts: Hsts,
    /// What an answer of ours has that says nothing itself. Copying it takes a fraction of the time of putting it together.
    defaults: Arc<HeaderMap>,
}

impl SecurityHeaders {
    /// Those with this one among them.
    pub fn new(hsts: Hsts) -> Self {
        let mut defaults = HeaderMap::with_capacity(FIELD_CAPACITY);
        let said = hsts.0.clone().map(|value| (header::STRICT_TRANSPORT_SECURITY, value));
        let others = DEFAULTS.map(|(name, value)| (name, HeaderValue::from_static(value)));
        defaults.extend(said.into_iter().chain(others));
        Self { hsts, defaults: Arc::new(defaults) }
    }

    /// Adds to an answer of another service on our origin what protects the origin itself. That service decides how its pages
    /// may be framed and what they load.
    pub fn complete_foreign(&self, headers: &mut HeaderMap) {
        // Browsers ignore it over plain http (RFC 6797 section 8.1), so it can be everywhere.
        if let Some(value) = &self.hsts.0 {
            headers.insert(header::STRICT_TRANSPORT_SECURITY, value.clone());
        }
        headers.entry(header::X_CONTENT_TYPE_OPTIONS).or_insert(NOSNIFF);
    }

    /// The same as [`Self::complete`] for a redirect of ours: the next site does not learn where from.
    pub fn complete_redirect(&self, headers: &mut HeaderMap) {
        headers.insert(header::REFERRER_POLICY, NO_REFERRER);
        self.complete(headers);
    }

    /// Fills in what an answer of ours does not say itself, and drops what would name a product.
    pub fn complete(&self, headers: &mut HeaderMap) {
        let said = std::mem::replace(headers, HeaderMap::clone(&self.defaults));
        let mut last = None;
        for (name, value) in said {
            // A further value of the same field comes without its name.
            let is_first = name.is_some();
            last = name.or(last);
            let Some(name) = last.clone().filter(|name| self.may_say(name)) else { continue };
            if is_first {
                headers.insert(name, value);
            } else {
                headers.append(name, value);
            }
        }
        if headers.get(OPENER_POLICY) == Some(&KEEPS_OPENER.1) {
            headers.remove(OPENER_POLICY);
        }
    }

    fn may_say(&self, name: &HeaderName) -> bool {
        let is_ours = self.hsts.0.is_some() && *name == header::STRICT_TRANSPORT_SECURITY;
        !(is_ours || *name == header::SERVER || *name == POWERED_BY)
    }
}

impl Default for SecurityHeaders {
    /// Those with the usual HSTS.
    fn default() -> Self {
        Self::new(Hsts::default())
    }
}

/// Whether an app waits where `location` leads in the end.
pub fn leads_to_app(location: &str) -> bool {
    let (path, query) = location.split_once('?').unwrap_or((location, ""));
    path.starts_with("/oauth2/") || query.contains("return_to=%2Foauth2%2F")
}

/// The layer: fills in what the answer does not say itself, and drops what would name a product. A redirect on the way to an app keeps
/// the opener of a pop-up window.
///
/// A page with a form needs a policy with which browsers name its origin: with `no-referrer`, those without
/// `Sec-Fetch-Site` send `Origin: null`, which the same-origin rule refuses. `same-origin` tells other sites no more
/// (decision 34). What leads on and has no form, as callbacks do, tells nobody anything.
pub async fn layer(State(security): State<SecurityHeaders>, request: Request, next: Next) -> Response {
    let is_callback = request.uri().path().starts_with(CALLBACKS);
    let mut response = next.run(request).await;
    let location = response.headers().get(header::LOCATION);
    let is_for_app = location.map(|to| to.to_str().is_ok_and(leads_to_app));
    if is_for_app == Some(true) {
        response.headers_mut().extend([KEEPS_OPENER]);
    }
    if is_callback || is_for_app.is_some() {
        security.complete_redirect(response.headers_mut());
    } else {
        security.complete(response.headers_mut());
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s_hdr_4_https_is_remembered_as_it_was_configured() {
        let said = |hsts: Hsts| {
            let mut headers = HeaderMap::new();
            headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=0"));
            SecurityHeaders::new(hsts).complete_foreign(&mut headers);
            headers[header::STRICT_TRANSPORT_SECURITY].to_str().unwrap().to_owned()
        };
        assert_eq!(said(Hsts::default()), "max-age=63072000; includeSubDomains");
        assert_eq!(said(Hsts::new(Duration::from_hours(24), false)), "max-age=86400");
        assert_eq!(said(Hsts::new(Duration::ZERO, false)), "max-age=0");
        let mut headers = HeaderMap::new();
        SecurityHeaders::new(Hsts::off()).complete(&mut headers);
        assert!(!headers.contains_key(header::STRICT_TRANSPORT_SECURITY));
        assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
    }

    #[test]
    fn an_app_waits_at_the_end_of_the_way_or_at_the_end_of_the_page_on_it() {
        for (location, waits) in [
            ("/oauth2/authorize/abc", true),
            ("/email/verify?sent=1&return_to=%2Foauth2%2Fauthorize%2Fabc", true),
            ("/email/verify?sent=1&return_to=%2Fme", false),
            ("/me", false),
            ("https://app.example/oauth2/", false),
        ] {
            assert_eq!(leads_to_app(location), waits, "{location}");
        }
    }

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
