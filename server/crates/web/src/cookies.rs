//! Our cookies: `tower-cookies` writes them, and we find them in a request by its bytes.
//!
//! A handler adds a cookie to the request's [`Cookies`], and the layer that the program puts around our routes writes the
//! `Set-Cookie` lines of what was added; a request to which nothing was added is answered without one.
//!
//! Reading is ours, since `tower-cookies` decodes names, takes the last of two, and loses all of them when one contains an
//! invalid byte: decision 52 says what that would do.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::FromRequestParts;
use http::HeaderMap;
use http::header::COOKIE;
use http::request::Parts;
use tower_cookies::cookie::SameSite;
pub use tower_cookies::{Cookie, CookieManagerLayer, Cookies};

use crate::fields;

/// The browser that sent a request: what it sent, and the cookies that it is given with the answer.
#[derive(Clone, Debug)]
pub struct Browser {
    /// The header fields of the request.
    pub headers: HeaderMap,
    /// Collects the cookies to be set. Add to it only when nothing can fail any more: they are set whatever the answer is.
    pub cookies: Cookies,
}

impl<S: Send + Sync> FromRequestParts<S> for Browser {
    type Rejection = <Cookies as FromRequestParts<S>>::Rejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let cookies = Cookies::from_request_parts(parts, state).await?;
        Ok(Self { headers: parts.headers.clone(), cookies })
    }
}

/// A cookie's name: `__Host-…`, or the bare name on a plain-http loopback, where browsers may refuse `Secure`
/// (draft-ietf-httpbis-rfc6265bis section 4.1.3.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CookieName {
    /// Shared: the layers that know a cookie are copied several times for each request.
    name: Arc<str>,
    secure: bool,
}

/// How long a browser keeps a cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lifetime {
    /// Until the browser ends; the server keeps the real limits.
    Browser,
    /// For this long.
    For(Duration),
}

impl CookieName {
    /// The name `bare` at an origin that is https (`secure`) or a plain-http loopback.
    pub fn new(bare: &str, secure: bool) -> Self {
        let name = if secure { format!("__Host-{bare}") } else { bare.to_owned() };
        Self { name: name.into(), secure }
    }

    /// The name as it is in a header.
    pub fn as_str(&self) -> &str {
        &self.name
    }

    /// The cookie with this value: `Path=/`, `HttpOnly`, `SameSite=Lax` (it must survive the return from a provider), no
    /// `Domain`.
    pub fn cookie(&self, value: impl Into<String>, lifetime: Lifetime) -> Cookie<'static> {
        let mut cookie = Cookie::new(self.name.to_string(), value.into());
        cookie.set_path("/");
        cookie.set_http_only(true);
        cookie.set_same_site(SameSite::Lax);
        if self.secure {
            cookie.set_secure(true);
        }
        if let Lifetime::For(span) = lifetime {
            cookie.set_max_age(span.try_into().ok());
        }
        cookie
    }

    /// A cookie that removes this one from a browser, with the same attributes (S-COOKIE-6). It is added like any other: the
    /// [`remove`](Cookies::remove) of the jar does nothing for a cookie that it did not find in the request.
    pub fn removal(&self) -> Cookie<'static> {
        self.cookie("", Lifetime::For(Duration::ZERO))
    }

    /// The value of the cookie with exactly this name. A name that comes twice counts as absent: one of the two was planted, and
    /// there is no telling which (S-COOKIE-4). The cookies of others do not matter here.
    pub fn read<'a>(&self, headers: &'a HeaderMap) -> Option<&'a str> {
        let mut values = self.values(headers);
        let value = values.next()?;
        if values.next().is_some() { None } else { std::str::from_utf8(value).ok() }
    }

    /// Whether the name comes more than once. Then nobody is signed in here, but they may be at another path, where only one of
    /// the two is sent.
    pub fn is_twice(&self, headers: &HeaderMap) -> bool {
        self.values(headers).nth(1).is_some()
    }

    fn values<'a>(&self, headers: &'a HeaderMap) -> impl Iterator<Item = &'a [u8]> {
        let name = self.name.as_bytes();
        fields::parts(headers, &COOKIE, b';').filter_map(move |pair| value_of(pair, name))
    }
}

/// The value in `pair`, if it is the cookie called `name`. Some clients put values in quotes (RFC 6265 section 4.1.1).
fn value_of<'a>(pair: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let value = pair.strip_prefix(name)?.strip_prefix(b"=")?;
    Some(if let [b'"', bare @ .., b'"'] = value { bare } else { value })
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::Router;
    use axum::body::Body;
    use axum::routing::get;
    use http::header::SET_COOKIE;
    use http::{HeaderValue, Request};
    use tower::ServiceExt as _;

    /// What an answer's lines are, in the order of names, when `handler` answers a request with these cookies.
    async fn lines(sent: &[&str], handler: impl Fn(Cookies) + Clone + Send + Sync + 'static) -> Vec<String> {
        let handler = move |cookies: Cookies| {
            handler(cookies);
            std::future::ready(())
        };
        let app = Router::new().route("/", get(handler)).layer(CookieManagerLayer::new());
        let mut request = Request::get("/").body(Body::empty()).unwrap();
        *request.headers_mut() = headers(sent);
        let answer = app.oneshot(request).await.unwrap();
        let lines = answer.headers().get_all(SET_COOKIE).iter();
        let mut lines: Vec<String> = lines.map(|line| line.to_str().unwrap().to_owned()).collect();
        lines.sort();
        lines
    }

    async fn line(cookie: Cookie<'static>) -> String {
        lines(&[], move |cookies| cookies.add(cookie.clone())).await.concat()
    }

    fn headers(lines: &[&str]) -> HeaderMap {
        lines.iter().map(|line| (COOKIE, HeaderValue::from_str(line).unwrap())).collect()
    }

    #[tokio::test]
    async fn s_cookie_1_a_secure_cookie_is_host_bound() {
        let name = CookieName::new("daemun", true);
        let set = line(name.cookie("x", Lifetime::Browser)).await;
        assert_eq!(set, "__Host-daemun=x; HttpOnly; SameSite=Lax; Secure; Path=/");
        let removed = line(name.removal()).await;
        assert_eq!(removed, "__Host-daemun=; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=0");
    }

    #[tokio::test]
    async fn on_plain_loopback_the_name_is_bare_and_not_secure() {
        let name = CookieName::new("daemun", false);
        let set = line(name.cookie("x", Lifetime::For(Duration::from_mins(1)))).await;
        assert_eq!(set, "daemun=x; HttpOnly; SameSite=Lax; Path=/; Max-Age=60");
    }

    #[tokio::test]
    async fn an_answer_sets_what_was_added_and_nothing_else() {
        let name = CookieName::new("daemun", true);
        let other = CookieName::new("daemun-language", true);
        let sent = ["__Host-daemun=v; theirs=\u{e9}", "a=b"];
        let none = lines(&sent, |cookies| assert!(cookies.get("a").is_some())).await;
        assert_eq!(none, Vec::<String>::new(), "a look changes nothing");
        let both = lines(&sent, move |cookies| {
            cookies.add(name.cookie("lost", Lifetime::Browser));
            cookies.add(other.cookie("ko", Lifetime::Browser));
            cookies.add(name.removal());
        });
        let both = both.await;
        assert_eq!(both.len(), 2, "one for each name: {both:?}");
        assert!(
            both[0].starts_with("__Host-daemun-language=ko; ") && both[1].starts_with("__Host-daemun=; ")
        );
    }

    /// Why ours are not read by the jar: if this fails, decision 52 can be taken back.
    #[tokio::test]
    async fn s_cookie_4_what_the_jar_reads_may_not_be_ours() {
        let name = CookieName::new("daemun", true);
        for (sent, in_the_jar, ours) in [
            // No browser demands of this name what it demands of `__Host-`: a sibling host may set it.
            ("%5F%5FHost-daemun=tossed", Some("tossed"), None),
            ("__Host-daemun=ours; %5F%5FHost-daemun=tossed", Some("tossed"), Some("ours")),
            ("__Host-daemun=ours; __Host-daemun=tossed", Some("tossed"), None),
            ("__Host-daemun=ours; legacy=\u{b0}\u{a1}", None, Some("ours")),
        ] {
            // As bytes of one each, as programs of other encodings write them.
            let bytes: Vec<u8> = sent.chars().map(|char| u8::try_from(u32::from(char)).unwrap()).collect();
            let mut request = Request::get("/").body(Body::empty()).unwrap();
            request.headers_mut().insert(COOKIE, HeaderValue::from_bytes(&bytes).unwrap());
            assert_eq!(name.read(request.headers()), ours, "{sent}");
            let handler = async |cookies: Cookies| {
                cookies.get("__Host-daemun").map_or(String::new(), |cookie| cookie.value().to_owned())
            };
            let app = Router::new().route("/", get(handler)).layer(CookieManagerLayer::new());
            let body = app.oneshot(request).await.unwrap().into_body();
            let read = axum::body::to_bytes(body, 100).await.unwrap();
            assert_eq!(read, in_the_jar.unwrap_or_default(), "{sent}");
        }
    }

    #[test]
    fn s_cookie_4_only_the_exact_name_counts_and_only_once() {
        let name = CookieName::new("daemun", true);
        let read = |lines: &[&str]| name.read(&headers(lines)).map(str::to_owned);
        assert_eq!(read(&["a=1; __Host-daemun=v; b=2"]).as_deref(), Some("v"));
        for tossed in [
            &["__Host-daemun=A; __Host-daemun=B"][..],
            &["__Host-daemun=A", "__Host-daemun=A"],
            &["__host-daemun=A"],
            &["daemun=A"],
            &["__Host-daemun"],
            &["x__Host-daemun=A"],
        ] {
            assert_eq!(read(tossed), None, "{tossed:?}");
        }
    }

    #[test]
    fn cookies_of_others_take_nothing_from_ours_whatever_they_hold() {
        let name = CookieName::new("daemun", false);
        let read = |lines: &[&[u8]]| {
            let headers: HeaderMap =
                lines.iter().map(|line| (COOKIE, HeaderValue::from_bytes(line).unwrap())).collect();
            name.read(&headers).map(str::to_owned)
        };
        for line in [
            "name=홍길동; daemun=v".as_bytes(),
            b"name=\xff\xfe; daemun=v",
            b"daemun=v; name=\xe9",
            b"a; ; =b; ;;daemun=v;",
            b"a=\"x; daemun=v; b=\"y",
            b"a={\"k\":1, \"l\":2}; daemun=v",
            b"$Version=1; daemun=\"v\"; $Path=\"/\"",
            b"\tdaemun=v\t",
        ] {
            assert_eq!(read(&[line]).as_deref(), Some("v"), "{}", line.escape_ascii());
        }
        assert_eq!(read(&[b"a=\xe9", b"daemun=v"]).as_deref(), Some("v"));
        for line in [
            &b"daemun=\xe9"[..],
            b"daemun=v; daemun=\xe9",
            b"daemun=\"v\"; daemun=v",
            b"a=1, daemun=v",
            b"\xc2\xa0daemun=v",
            b"\xe2\x80\x80daemun=v",
            b"daemun =v",
            b"daemun",
        ] {
            assert_eq!(read(&[line]), None, "{}", line.escape_ascii());
        }
        assert_eq!(read(&[b"daemun=v", b"a=\xe9; daemun=w"]), None);
    }

    #[tokio::test]
    async fn a_value_that_would_split_the_header_is_not_set() {
        assert_eq!(line(CookieName::new("daemun", true).cookie("a\r\nb", Lifetime::Browser)).await, "");
    }
}
