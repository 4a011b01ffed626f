//! Pages that were drawn for all visitors, as they are kept: ready to be sent, in each coding as small as it gets.

use std::convert::Infallible;
use std::sync::Arc;

use axum::body::Body;
use axum::response::{Html, IntoResponse as _, Response};
use bytes::Bytes;
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, VARY};
use http::{HeaderMap, HeaderValue, Request};
use quick_cache::sync::Cache;
use tokio::runtime::Handle;
use tower::{ServiceExt as _, service_fn};
use tower_http::CompressionLevel;
use tower_http::compression::Compression;
use web::fields;

use super::kept_key::Key;

/// How pages are kept, the smallest first.
const CODINGS: [&str; 2] = ["br", "gzip"];

/// A page that was drawn for a key; `None` for one that cannot be kept.
type Drawn = Option<Arc<Kept>>;

/// How many are kept: more than there are keys, so that none is ever let go.
const CAPACITY: usize = 1_024;

/// The pages that were drawn so far: one for each key, of which there are a few.
#[derive(Debug)]
pub(super) struct KeptPages(Cache<Key, Drawn>);

impl KeptPages {
    /// What is kept for this key. The first request has it drawn; others meanwhile wait for that, and draw nothing.
    pub(super) async fn get<Drawing>(&self, key: Key, draw: impl FnOnce() -> Drawing) -> Drawn
    where
        Drawing: Future<Output = Option<Kept>>,
    {
        if let Some(drawn) = self.0.get(&key) {
            return drawn;
        }
        let drawn =
            self.0.get_or_insert_async(&key, async { Ok::<_, Infallible>(draw().await.map(Arc::new)) });
        let Ok(drawn) = drawn.await;
        drawn
    }
}

impl Default for KeptPages {
    fn default() -> Self {
        Self(Cache::new(CAPACITY))
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
        let page = plain.clone();
        // As small as it gets takes some tenths of a second, in which the thread could answer thousands of others.
        let packing = tokio::task::spawn_blocking(move || Handle::current().block_on(in_each_coding(page)));
        Self { policy, plain, packed: packing.await.unwrap_or_default() }
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

async fn in_each_coding(plain: Bytes) -> Vec<(&'static str, Bytes)> {
    let mut packed = Vec::new();
    for coding in CODINGS {
        packed.extend(pack(&plain, coding).await.map(|bytes| (coding, bytes)));
    }
    packed
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
    use std::sync::atomic::{AtomicUsize, Ordering};

    use names::Language;

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

    #[tokio::test]
    async fn a_page_is_drawn_once_however_many_ask_for_it_at_once() {
        let pages = KeptPages::default();
        let key = Key { page: "/", language: Language::Korean, last_used: None, has_style: false };
        let drawn = AtomicUsize::new(0);
        let ask = || async {
            let draw = async || {
                drawn.fetch_add(1, Ordering::Relaxed);
                Some(Kept::new("<p>문</p>".repeat(100), None).await)
            };
            pages.get(key, draw).await.unwrap()
        };
        let (one, two, three) = tokio::join!(ask(), ask(), ask());
        assert!(Arc::ptr_eq(&one, &two) && Arc::ptr_eq(&two, &three));
        assert_eq!(drawn.into_inner(), 1);
    }

    #[tokio::test]
    async fn who_leaves_before_the_page_is_drawn_keeps_it_from_nobody() {
        let pages = KeptPages::default();
        let key = Key { page: "/", language: Language::Korean, last_used: None, has_style: false };
        let gone = tokio::time::timeout(std::time::Duration::ZERO, pages.get(key, std::future::pending));
        assert!(gone.await.is_err());
        let drawn = pages.get(key, async || Some(Kept::new("<p>문</p>".to_owned(), None).await)).await;
        assert!(drawn.is_some());
    }
}
