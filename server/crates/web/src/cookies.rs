//! Reading and writing cookies by the rules of the two cookies that we have.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use http::header::COOKIE;
use http::{HeaderMap, HeaderValue};

use crate::fields;

/// A cookie's name: `__Host-…`, or the bare name on a plain-http loopback, where browsers may refuse `Secure`
/// (draft-ietf-httpbis-rfc6265bis section 4.1.3.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CookieName {
    /// Shared: the layers that know a cookie are copied several times for each request.
    name: Arc<str>,
    secure: bool,
}

/// Who may read a cookie.
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

    /// A `Set-Cookie` line: `Path=/`, `HttpOnly`, `SameSite=Lax` (it must survive the return from a provider), no
    /// `Domain`. `None` when the value is no cookie value.
    pub fn set(&self, value: &str, lifetime: Lifetime) -> Option<HeaderValue> {
        let mut line = format!("{}={value}; Path=/", self.name);
        if self.secure {
            line.push_str("; Secure");
        }
        line.push_str("; HttpOnly; SameSite=Lax");
        if let Lifetime::For(span) = lifetime {
            let _ = write!(line, "; Max-Age={}", span.as_secs());
        }
        HeaderValue::from_str(&line).ok()
    }

    /// The `Set-Cookie` line that removes the cookie, with the same attributes (S-COOKIE-6).
    pub fn expire(&self) -> Option<HeaderValue> {
        self.set("", Lifetime::For(Duration::ZERO))
    }
}

/// The cookies of one request.
#[derive(Clone, Copy, Debug)]
pub struct Cookies<'a>(&'a HeaderMap);

impl<'a> Cookies<'a> {
    /// The cookies in `headers`.
    pub const fn of(headers: &'a HeaderMap) -> Self {
        Self(headers)
    }

    /// The value of the cookie with exactly this name. A name that comes twice counts as absent: one of the two was
    /// tossed in from elsewhere, and nobody can tell which (S-COOKIE-4). What is in the cookies of others is no
    /// concern of ours.
    pub fn get(&self, name: &CookieName) -> Option<&'a str> {
        let mut values =
            fields::parts(self.0, &COOKIE, b';').filter_map(|pair| value_of(pair, name.as_str().as_bytes()));
        let value = values.next()?;
        if values.next().is_some() { None } else { std::str::from_utf8(value).ok() }
    }

    /// Whether the name comes more than once. Then nobody is signed in here, and may be at another path, where one of the
    /// two does not come.
    pub fn is_twice(&self, name: &CookieName) -> bool {
        let name = name.as_str().as_bytes();
        fields::parts(self.0, &COOKIE, b';').filter_map(|pair| value_of(pair, name)).nth(1).is_some()
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

    fn headers(lines: &[&str]) -> HeaderMap {
        lines.iter().map(|line| (COOKIE, HeaderValue::from_str(line).unwrap())).collect()
    }

    #[test]
    fn s_cookie_1_a_secure_cookie_is_host_bound() {
        let name = CookieName::new("daemun", true);
        let line = name.set("x", Lifetime::Browser).unwrap();
        assert_eq!(line, "__Host-daemun=x; Path=/; Secure; HttpOnly; SameSite=Lax");
        assert_eq!(
            name.expire().unwrap(),
            "__Host-daemun=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0"
        );
    }

    #[test]
    fn on_plain_loopback_the_name_is_bare_and_not_secure() {
        let name = CookieName::new("daemun", false);
        assert_eq!(name.set("x", Lifetime::Browser).unwrap(), "daemun=x; Path=/; HttpOnly; SameSite=Lax");
    }

    #[test]
    fn s_cookie_4_only_the_exact_name_counts_and_only_once() {
        let name = CookieName::new("daemun", true);
        let read = |lines: &[&str]| Cookies::of(&headers(lines)).get(&name).map(str::to_owned);
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
            Cookies::of(&headers).get(&name).map(str::to_owned)
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

    #[test]
    fn a_value_that_would_split_the_header_is_not_set() {
        assert!(CookieName::new("daemun", true).set("a\r\nb", Lifetime::Browser).is_none());
    }
}
