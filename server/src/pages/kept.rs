//! Pages that are the same for all visitors: drawn once for each [`Key`], and kept compressed.
//!
//! Such a page is drawn from its key alone, and not from the request that asked for it first: so nothing of one visitor can be in
//! the page of another.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Arc, PoisonError, RwLock};

use app::Page;
use axum::body::Body;
use axum::response::{Html, IntoResponse as _, Response};
use bytes::Bytes;
use contract::Frame;
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, COOKIE, VARY};
use http::{HeaderMap, HeaderValue, Request};
use leptos::nonce::Nonce;
use names::{Language, SignInMethod};
use tower::{ServiceExt as _, service_fn};
use tower_http::CompressionLevel;
use tower_http::compression::Compression;
use web::fields;
use web::headers::PagePolicy;

use super::answer::names_script;
use super::load::Load;
use super::state::Inner;
use super::visit::Visit;

/// How pages are kept, the smallest first.
const CODINGS: [&str; 2] = ["br", "gzip"];

/// All that such a page depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    page: &'static str,
    language: Language,
    /// The sign-in method that was used last on the device.
    pub(super) last_used: Option<SignInMethod>,
    /// Whether the style sheet is inside: a browser without any cookie is likely to be here for the first time, and does not wait
    /// for the file then.
    has_style: bool,
}

impl Key {
    /// For a visitor who comes by the bare address of a page that is the same for all of them.
    fn of<P: Page<View: Load>>(pages: &Inner, visit: &Visit<'_>) -> Option<Self> {
        let page = P::RECORD;
        let is_bare = visit.current.is_none() && visit.uri.query().is_none();
        if !page.same_for_visitors || pages.reloads || !is_bare || !P::View::is_as_for_all(visit) {
            return None;
        }
        let last_used = visit.parts().last_method.read(visit.headers);
        let has_style = !visit.headers.contains_key(COOKIE);
        Some(Self { page: page.path, language: visit.language(), last_used, has_style })
    }
}

/// A page that was drawn for a key; `None` for one that cannot be kept.
type Drawn = Option<Arc<Kept>>;

/// The pages that were drawn so far: one for each key, of which there are a few.
#[derive(Debug, Default)]
pub(super) struct KeptPages(RwLock<HashMap<Key, Drawn>>);

impl KeptPages {
    fn get(&self, key: &Key) -> Option<Drawn> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }

    fn keep(&self, key: Key, drawn: Drawn) -> Drawn {
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(key, drawn.clone());
        drawn
    }
}

/// A page, ready to be sent.
#[derive(Debug)]
struct Kept {
    policy: Option<HeaderValue>,
    plain: Bytes,
    packed: Vec<(&'static str, Bytes)>,
}

impl Kept {
    async fn new(html: String, policy: Option<HeaderValue>) -> Self {
        let plain = Bytes::from(html);
        let mut packed = Vec::new();
        for coding in CODINGS {
            packed.extend(pack(&plain, coding).await.map(|bytes| (coding, bytes)));
        }
        Self { policy, plain, packed }
    }

    fn answer(&self, request: &HeaderMap) -> Response {
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

/// The page as it is kept, drawn if nobody asked for it before; `None` where this visitor's is not that of all.
pub(super) async fn answer<P: Page<View: Load>>(pages: &Inner, visit: &Visit<'_>) -> Option<Response> {
    let key = Key::of::<P>(pages, visit)?;
    let drawn = match pages.kept.get(&key) {
        Some(drawn) => drawn,
        None => pages.kept.keep(key, draw::<P>(pages, key).await.map(Arc::new)),
    };
    Some(drawn?.answer(visit.headers))
}

async fn draw<P: Page<View: Load>>(pages: &Inner, key: Key) -> Option<Kept> {
    let view = P::View::for_all(&key)?;
    let settings = Arc::clone(&pages.settings);
    let frame = Frame { language: key.language, address: key.page.into(), settings, ..Frame::default() };
    let style = pages.parts.style.as_ref().filter(|_| key.has_style);
    let form_action: &[String] = if P::RECORD.leads_to_providers { &pages.form_action } else { &[] };
    let nonce = Nonce::new();
    let html = pages.shell.draw::<P>(Arc::new(frame), view, nonce.clone());
    // What many get proves nothing by a nonce: the policy names the file.
    let mut html = html.replace(&format!(" nonce=\"{nonce}\""), "");
    let script = if names_script(&html) { Some(pages.shell.only_passkeys(&html)?) } else { None };
    let script = script.map(|path| [pages.parts.sessions.origin.as_str(), &path].concat());
    let policy = PagePolicy {
        form_action,
        script: script.as_deref(),
        style: style.map(|style| &*style.source),
        ..PagePolicy::default()
    };
    let policy = policy.header();
    if let Some(style) = style {
        html = pages.shell.with_style(&html, &style.text);
    }
    Some(Kept::new(html, policy).await)
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
