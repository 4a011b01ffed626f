//! What of a service's answer reaches the client.

use axum::http::response::Parts;
use http::header::{self, HeaderMap, HeaderName};
use http::{HeaderValue, Version};

use crate::hop_by_hop;

/// Fields by which a service would speak for our whole origin, or to a proxy before us, or of itself.
const REMOVED: [HeaderName; 14] = [
    // Our cookies are ours (S-GW-13). Services know people by their token.
    header::SET_COOKIE,
    HeaderName::from_static("clear-site-data"),
    // A service worker for more than the folder of its script would own every page of ours.
    HeaderName::from_static("service-worker-allowed"),
    header::ALT_SVC,
    header::SERVER,
    header::VIA,
    HeaderName::from_static("x-powered-by"),
    // Orders to a proxy: nginx would fetch and send what the first names.
    HeaderName::from_static("x-accel-redirect"),
    HeaderName::from_static("x-accel-expires"),
    HeaderName::from_static("x-sendfile"),
    HeaderName::from_static("x-lighttpd-send-file"),
    HeaderName::from_static("surrogate-control"),
    HeaderName::from_static("cdn-cache-control"),
    // Ours is set by the layer that gave it.
    web::request_id::HEADER,
];

/// CORS is off (S-HDR-9).
const CORS: &str = "access-control-";

/// Removes them. On a route that checks who asks, nothing may be kept by a cache that others read from: the answer is
/// the member's, and a cache does not see the cookie in its key (S-BFF-13).
pub(crate) fn clean(parts: &mut Parts, is_public: bool) {
    let headers = &mut parts.headers;
    hop_by_hop::remove(headers);
    for name in &REMOVED {
        headers.remove(name);
    }
    let cors: Vec<HeaderName> =
        headers.keys().filter(|name| name.as_str().starts_with(CORS)).cloned().collect();
    for name in cors {
        headers.remove(name);
    }
    if !is_public && !is_private(headers) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    // The reason phrase and what the client library noted stay behind, and the answer is in our server's version.
    parts.extensions.clear();
    parts.version = Version::HTTP_11;
}

/// Whether the answer forbids shared caches to keep it, without contradicting itself.
fn is_private(headers: &HeaderMap) -> bool {
    let mut kept_back = false;
    for line in headers.get_all(header::CACHE_CONTROL) {
        let Ok(line) = line.to_str() else { return false };
        for directive in line.split(',').map(|directive| directive.trim().to_ascii_lowercase()) {
            match directive.as_str() {
                "private" | "no-store" => kept_back = true,
                "public" => return false,
                other if other.starts_with("s-maxage") => return false,
                _ => {}
            }
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
        clean(&mut parts, is_public);
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
        ];
        assert_eq!(cleaned(&sent, true), []);
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
