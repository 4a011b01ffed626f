//! Pages that were drawn for all visitors, as they are kept: ready to be sent, in each coding as small as it gets.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Arc, PoisonError, RwLock};

use axum::body::Body;
use axum::response::{Html, IntoResponse as _, Response};
use bytes::Bytes;
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, VARY};
use http::{HeaderMap, HeaderValue, Request};
use tower::{ServiceExt as _, service_fn};
use tower_http::CompressionLevel;
use tower_http::compression::Compression;
use web::fields;

use super::kept_key::Key;

/// How pages are kept, the smallest first.
const CODINGS: [&str; 2] = ["br", "gzip"];

/// A page that was drawn for a key; `None` for one that cannot be kept.
type Drawn = Option<Arc<Kept>>;

/// The pages that were drawn so far: one for each key, of which there are a few.
#[derive(Debug, Default)]
pub(super) struct KeptPages(RwLock<HashMap<Key, Drawn>>);

impl KeptPages {
    pub(super) fn get(&self, key: &Key) -> Option<Drawn> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }

    pub(super) fn keep(&self, key: Key, drawn: Drawn) -> Drawn {
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(key, drawn.clone());
        drawn
    }
}

/// A page, ready to be sent.
#[derive(Debug)]
pub(super) struct Kept {
    policy: Option<HeaderValue>,
    plain: Bytes,
    packed: Vec<(&'static str, Bytes)>,
}

impl Kept {
    pub(super) async fn new(html: String, policy: Option<HeaderValue>) -> Self {
        let plain = Bytes::from(html);
        let mut packed = Vec::new();
        for coding in CODINGS {
            packed.extend(pack(&plain, coding).await.map(|bytes| (coding, bytes)));
        }
        Self { policy, plain, packed }
    }

    pub(super) fn answer(&self, request: &HeaderMap) -> Response {
        let packed = self.packed.iter().find(|(coding, _)| takes(request, coding));
        let body = packed.map_or(&self.plain, |(_, bytes)| bytes);
        let mut response = Html(Body::from(body.clone())).into_response();
        let headers = response.headers_mut();
        headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
        if let Some((coding, _)) = packed {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static(coding));
        }
        if let Some(policy) = &self.policy {
            headers.insert(CONTENT_SECURITY_POLICY, policy.clone());
        }
        response
    }
}

/// The page in this coding, as small as it gets; `None` where that would be no smaller.
async fn pack(plain: &Bytes, coding: &'static str) -> Option<Bytes> {
    let page = plain.clone();
    let inner = service_fn(move |_: Request<Body>| {
        let page = page.clone();
        async move { Ok::<_, Infallible>(Html(Body::from(page)).into_response()) }
    });
    let request = Request::builder().header(ACCEPT_ENCODING, coding).body(Body::empty()).ok()?;
    let Ok(packed) = Compression::new(inner).quality(CompressionLevel::Best).oneshot(request).await;
    packed.headers().get(CONTENT_ENCODING).filter(|named| *named == coding)?;
    let packed = axum::body::to_bytes(Body::new(packed.into_body()), usize::MAX).await.ok()?;
    (packed.len() < plain.len()).then_some(packed)
}

/// Whether a browser takes this coding (RFC 9110 section 12.5.3).
fn takes(request: &HeaderMap, coding: &str) -> bool {
    fields::items(request, &ACCEPT_ENCODING).any(|item| {
        let mut parts = item.split(|byte| *byte == b';').map(<[u8]>::trim_ascii);
        let is_named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(coding.as_bytes()));
        is_named && !parts.any(is_refusal)
    })
}

/// Whether it is a weight of zero.
fn is_refusal(parameter: &[u8]) -> bool {
    let weight = parameter.strip_prefix(b"q=").or_else(|| parameter.strip_prefix(b"Q="));
    weight.is_some_and(|weight| weight.iter().all(|byte| matches!(byte, b'0' | b'.')))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asking(codings: &str) -> HeaderMap {
        HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_str(codings).unwrap())])
    }

    #[tokio::test]
    async fn the_smallest_coding_is_sent_that_a_browser_takes() {
        let html = "<p>문 앞에 서 있습니다.</p>".repeat(200);
        let kept = Kept::new(html.clone(), None).await;
        let [(_, by_brotli), (_, by_gzip)] = &kept.packed[..] else { panic!("{:?}", kept.packed) };
        assert!(by_brotli.len() < by_gzip.len() && by_gzip.len() < html.len());
        let mut unpacked = Vec::new();
        brotli::BrotliDecompress(&mut &by_brotli[..], &mut unpacked).unwrap();
        assert_eq!(unpacked, html.as_bytes());
        for (codings, sent) in [
            ("gzip, deflate, br, zstd", Some("br")),
            ("gzip;q=1.0, br;q=0", Some("gzip")),
            ("BR ; q=0.5", Some("br")),
            ("gzip;q=0.000, br; q=0.", None),
            ("brotli, x-gzip", None),
            ("identity", None),
        ] {
            let answer = kept.answer(&asking(codings));
            let named = answer.headers().get(CONTENT_ENCODING).map(|named| named.to_str().unwrap());
            assert_eq!(named, sent, "{codings}");
            assert_eq!(answer.headers()[VARY], "accept-encoding");
            let body = axum::body::to_bytes(answer.into_body(), usize::MAX).await.unwrap();
            let expected = kept.packed.iter().find(|(coding, _)| Some(*coding) == sent);
            assert_eq!(body, expected.map_or(&kept.plain, |(_, bytes)| bytes));
        }
    }
}
