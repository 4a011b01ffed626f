//! Which headers of a service's answer reach the client.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use axum::http::response::Parts;
use http::header::{self, HeaderMap, HeaderName};
use http::{HeaderValue, Version};
use web::fields;

use crate::hop_by_hop;

/// What passes: what is said about the message, its content, its caching, and how one page is to be shown. In order, so that it
/// can be searched. Alongside it, names that begin with `x-` pass, which teams have made for themselves, less those below; other
/// names of their own are in the configuration (decision 35).
const PASSED: [&str; 70] = [
    "accept-patch",
    "accept-post",
    "accept-ranges",
    "age",
    "allow",
    "cache-control",
    "content-digest",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-length",
    "content-location",
    "content-md5",
    "content-range",
    "content-security-policy",
    "content-security-policy-report-only",
    "content-type",
    "cross-origin-embedder-policy",
    "cross-origin-embedder-policy-report-only",
    "cross-origin-opener-policy",
    "cross-origin-opener-policy-report-only",
    "cross-origin-resource-policy",
    "date",
    "dav",
    "deprecation",
    "digest",
    "document-policy",
    "etag",
    "expires",
    // Of gRPC-Web, whose trailers are in the body. Those of gRPC itself end here (S-GW-8).
    "grpc-accept-encoding",
    "grpc-encoding",
    "grpc-message",
    "grpc-status",
    "grpc-status-details-bin",
    "idempotency-key",
    "last-modified",
    "link",
    "location",
    "lock-token",
    "memento-datetime",
    "no-vary-search",
    "odata-entityid",
    "odata-version",
    "permissions-policy",
    "pragma",
    "preference-applied",
    "ratelimit",
    "ratelimit-limit",
    "ratelimit-policy",
    "ratelimit-remaining",
    "ratelimit-reset",
    "referrer-policy",
    "refresh",
    "repr-digest",
    "retry-after",
    "sec-websocket-accept",
    "sec-websocket-extensions",
    "sec-websocket-protocol",
    "sec-websocket-version",
    "server-timing",
    "signature",
    "signature-input",
    "sourcemap",
    "sunset",
    "tus-resumable",
    "upload-length",
    "upload-offset",
    "vary",
    "warning",
    "www-authenticate",
];

/// `x-` names that a service would use to speak to a proxy before us, of itself, or in our place.
const WITHHELD: [&str; 17] = [
    // nginx would fetch and send what it names; likewise the next ones, for other servers.
    "x-accel-charset",
    "x-accel-expires",
    "x-accel-limit-rate",
    "x-accel-redirect",
    "x-backend-server",
    "x-firefox-spdy",
    "x-generator",
    "x-lighttpd-send-file",
    "x-lighttpd-send-tempfile",
    "x-lighttpd-send2",
    // A policy for the whole host.
    "x-permitted-cross-domain-policies",
    "x-powered-by",
    "x-real-ip",
    // Ours is set by the layer that gave it.
    "x-request-id",
    "x-reproxy-url",
    "x-sendfile",
    "x-varnish",
];

const WITHHELD_PREFIXES: [&str; 9] = [
    "x-aspnet",
    "x-daemun-",
    "x-envoy-",
    "x-forward-auth-",
    "x-forwarded-",
    "x-litespeed-",
    "x-member-",
    "x-original-",
    "x-rewrite-",
];

/// What speaks for our whole origin, not for one answer (S-GW-13, S-HDR-9), or would have browsers keep something: no
/// configuration lets it pass.
const OF_THE_ORIGIN: [&str; 35] = [
    "accept-ch",
    "activate-storage-access",
    "alt-svc",
    "alt-used",
    "attribution-reporting-register-source",
    "attribution-reporting-register-trigger",
    "clear-site-data",
    "critical-ch",
    "cdn-cache-control",
    "expect-ct",
    "integrity-policy",
    "nel",
    "observe-browsing-topics",
    "origin-agent-cluster",
    "origin-trial",
    "proxy-authenticate",
    "proxy-authentication-info",
    "proxy-status",
    "public-key-pins",
    "public-key-pins-report-only",
    "report-to",
    "reporting-endpoints",
    "sec-session-challenge",
    "sec-session-registration",
    "server",
    "service-worker-allowed",
    "set-cookie",
    "set-cookie2",
    "set-login",
    "speculation-rules",
    "strict-transport-security",
    "surrogate-control",
    "timing-allow-origin",
    "use-as-dictionary",
    "via",
];

/// Schemes for which browsers ask for a password in a window of their own, and then send it to the whole origin.
const SCHEMES_OF_BROWSERS: [&[u8]; 4] = [b"basic", b"digest", b"negotiate", b"ntlm"];

/// How many names are logged.
const MAX_LOGGED_NAMES: usize = 32;

/// What of services' answers passes; by default the usual.
#[derive(Clone, Debug, Default)]
pub struct ResponseHeaders {
    more: Vec<HeaderName>,
    told: Arc<Mutex<BTreeSet<String>>>,
}

impl ResponseHeaders {
    /// These besides; the error says what is wrong with one of them.
    ///
    /// # Errors
    /// A text that is not a header name, and a name that only the gateway sets.
    pub fn with<T: AsRef<str>>(names: impl IntoIterator<Item = T>) -> Result<Self, String> {
        let mut more = Vec::new();
        for name in names {
            let text = name.as_ref();
            let name = HeaderName::from_bytes(text.as_bytes());
            let name = name.map_err(|_| format!("`{text}` is no name of a header"))?;
            if is_withheld(name.as_str()) {
                return Err(format!("`{text}` speaks for the whole origin, which no service may"));
            }
            more.push(name);
        }
        Ok(Self { more, ..Self::default() })
    }

    fn passes(&self, name: &HeaderName) -> bool {
        let text = name.as_str();
        PASSED.binary_search(&text).is_ok()
            || (text.starts_with("x-") && !is_withheld(text))
            || self.more.contains(name)
    }

    /// A team that misses a header finds the reason in the log.
    fn tell(&self, name: &HeaderName) {
        // Most services send `server`: what can never pass takes no lock.
        if is_withheld(name.as_str()) {
            return;
        }
        let Ok(mut told) = self.told.lock() else { return };
        if told.len() < MAX_LOGGED_NAMES && !told.contains(name.as_str()) {
            told.insert(name.to_string());
            drop(told);
            tracing::info!(
                header = %name,
                "a header of a service's answer is withheld; gateway.response_headers lets it pass"
            );
        }
    }

    /// Removes the others. On a route that checks who asks, nothing may be kept by a cache that others read from: the
    /// answer is the member's, and a cache does not see the cookie in its key (S-BFF-13).
    pub(crate) fn clean(&self, parts: &mut Parts, is_public: bool) {
        let headers = &mut parts.headers;
        hop_by_hop::remove(headers);
        let withheld: Vec<HeaderName> = headers.keys().filter(|name| !self.passes(name)).cloned().collect();
        for name in withheld {
            self.tell(&name);
            headers.remove(name);
        }
        if headers.get_all(header::WWW_AUTHENTICATE).iter().any(asks_for_a_password) {
            headers.remove(header::WWW_AUTHENTICATE);
        }
        if !is_public && !is_private(headers) {
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        }
        // The reason phrase and what the client library noted stay behind, and the answer is in our server's version.
        parts.extensions.clear();
        parts.version = Version::HTTP_11;
    }
}

/// CORS is off (S-HDR-9).
const CORS: &str = "access-control-";

fn is_withheld(name: &str) -> bool {
    let is_infrastructure =
        || WITHHELD.contains(&name) || WITHHELD_PREFIXES.iter().any(|prefix| name.starts_with(prefix));
    OF_THE_ORIGIN.contains(&name) || name.starts_with(CORS) || (name.starts_with("x-") && is_infrastructure())
}

fn asks_for_a_password(challenges: &HeaderValue) -> bool {
    challenges.as_bytes().split(|byte| *byte == b',').any(|challenge| {
        let challenge = challenge.trim_ascii();
        let scheme = challenge.split(|byte| *byte == b' ').next().unwrap_or_default();
        SCHEMES_OF_BROWSERS.iter().any(|known| scheme.eq_ignore_ascii_case(known))
    })
}

/// Whether the answer forbids shared caches to keep it, without contradicting itself.
fn is_private(headers: &HeaderMap) -> bool {
    let mut kept_back = false;
    for directive in fields::items(headers, &header::CACHE_CONTROL) {
        let is = |name: &[u8]| directive.eq_ignore_ascii_case(name);
        let begins =
            |name: &[u8]| directive.get(..name.len()).is_some_and(|it| it.eq_ignore_ascii_case(name));
        if is(b"private") || is(b"no-store") {
            kept_back = true;
        } else if is(b"public") || begins(b"s-maxage") {
            return false;
        }
    }
    kept_back
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cleaned(lines: &[(&'static str, &'static str)], is_public: bool) -> Vec<(String, String)> {
        let mut response = http::Response::new(());
        for (name, value) in lines {
            response.headers_mut().append(*name, HeaderValue::from_static(value));
        }
        let (mut parts, ()) = response.into_parts();
        ResponseHeaders::with(["total-count"]).unwrap().clean(&mut parts, is_public);
        let text = |value: &HeaderValue| value.to_str().unwrap().to_owned();
        parts.headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect()
    }

    #[test]
    fn s_gw_13_and_hdr_9_a_service_does_not_speak_for_our_origin() {
        let sent = [
            ("set-cookie", "a=1"),
            ("set-cookie", "__Host-daemun=x"),
            ("access-control-allow-origin", "*"),
            ("access-control-allow-credentials", "true"),
            ("server", "nginx/1"),
            ("x-powered-by", "PHP"),
            ("x-accel-redirect", "/internal"),
            ("service-worker-allowed", "/"),
            ("clear-site-data", "\"*\""),
            ("connection", "close, x-named"),
            ("x-named", "1"),
            ("keep-alive", "timeout=5"),
            ("strict-transport-security", "max-age=0"),
            ("nel", "{}"),
            ("report-to", "{}"),
            ("reporting-endpoints", "a=\"https://evil.example\""),
            ("alt-svc", "h3=\":443\""),
            ("origin-agent-cluster", "?1"),
            ("accept-ch", "device-memory"),
            ("set-login", "logged-out"),
            ("sec-session-registration", "(ES256)"),
            ("use-as-dictionary", "match=\"/*\""),
            ("public-key-pins", "x"),
            ("timing-allow-origin", "*"),
            ("www-authenticate", "Bearer realm=\"a\", Basic realm=\"b\""),
            ("www-authenticate", "NTLM"),
            ("x-member-id", "bob"),
            ("x-request-id", "x"),
            ("x-aspnetmvc-version", "5"),
            ("x-litespeed-cache-control", "public"),
            ("something-new", "1"),
            ("access-control-new", "1"),
        ];
        assert_eq!(cleaned(&sent, true), []);
    }

    #[test]
    fn what_belongs_to_one_answer_passes_and_so_does_what_teams_made_for_themselves() {
        let sent = [
            ("content-type", "text/html"),
            ("content-length", "3"),
            ("etag", "\"a\""),
            ("location", "/x"),
            ("link", "</2>; rel=\"next\""),
            ("retry-after", "3"),
            ("content-security-policy", "default-src 'self'"),
            ("x-frame-options", "DENY"),
            ("www-authenticate", "Bearer error=\"invalid_token\""),
            ("ratelimit-remaining", "3"),
            ("grpc-status", "0"),
            ("x-total-count", "17"),
            ("x-trace", "a"),
            ("x-accel-buffering", "no"),
            ("total-count", "17"),
        ];
        assert_eq!(cleaned(&sent, true).len(), sent.len());
        assert!(PASSED.is_sorted(), "it is searched");
        assert!(PASSED.iter().all(|name| !is_withheld(name)));
    }

    #[test]
    fn no_configuration_lets_a_service_speak_for_the_origin() {
        for name in ["Set-Cookie", "strict-transport-security", "Access-Control-Allow-Origin", "X-Member-Id"]
        {
            assert!(ResponseHeaders::with([name]).unwrap_err().contains(name), "{name}");
        }
        assert!(ResponseHeaders::with(["a b"]).unwrap_err().contains("no name"));
    }

    #[test]
    fn s_bff_13_what_is_a_members_is_kept_by_no_shared_cache() {
        let control = |sent: &'static str| cleaned(&[("cache-control", sent)], false)[0].1.clone();
        for shared in
            ["public, max-age=60", "max-age=60", "private, s-maxage=9", "no-cache", "private, public", ""]
        {
            assert_eq!(control(shared), "no-store", "{shared}");
        }
        for kept in ["private, max-age=60", "no-store", "max-age=0, No-Store"] {
            assert_eq!(control(kept), kept);
        }
        assert_eq!(cleaned(&[], false)[0].1, "no-store");
        assert_eq!(cleaned(&[("cache-control", "public")], true)[0].1, "public");
    }
}
