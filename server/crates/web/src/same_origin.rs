//! The same-origin rule for everything that changes state (S-BFF-3).
//!
//! `SameSite` does not tell our own pages from a sibling subdomain's, and a plain form post needs no preflight. So a
//! request that changes state counts only if the browser itself says that one of our own pages sent it.

use std::sync::Arc;

use http::{HeaderMap, HeaderName, header};
use names::ErrorCode;
use url::Url;

use crate::refusal::Refusal;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The origin at which people see us, from `public_url`; never from a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicOrigin {
    /// Shared: the layers that know it are copied several times for each request.
    origin: Arc<str>,
    secure: bool,
}

impl PublicOrigin {
    /// The origin of `public_url`.
    pub fn of(public_url: &Url) -> Self {
        let origin = public_url.origin().ascii_serialization().into();
        Self { origin, secure: public_url.scheme() == "https" }
    }

    /// The origin as browsers write it, such as `https://login.example`.
    pub fn as_str(&self) -> &str {
        &self.origin
    }

    /// Whether it is https, so that cookies can be `Secure`.
    pub const fn is_secure(&self) -> bool {
        self.secure
    }

    /// The host with its port, as browsers write it in `Host`.
    pub fn host(&self) -> &str {
        self.origin.split_once("://").map_or("", |(_, host)| host)
    }

    /// The refusal of a request that none of our pages sent, and what helps: the site may be open at another address.
    pub fn refusal(&self) -> Refusal {
        let text = format!(
            "Only our own pages may send this request. Open the site at {} and try again there.",
            self.origin
        );
        Refusal::of(ErrorCode::CrossOrigin).saying(text)
    }

    /// Whether one of our own pages sent this request. `Sec-Fetch-Site` decides if present. A page with `Referrer-Policy:
    /// no-referrer` sends `Origin: null` with its own forms, so that value counts neither way; any other foreign `Origin`
    /// alongside it is a contradiction. Without `Sec-Fetch-Site`, `Origin` must be exactly ours.
    pub fn sent(&self, headers: &HeaderMap) -> bool {
        let origin = single(headers, &header::ORIGIN);
        match single(headers, &SEC_FETCH_SITE) {
            Value::One("same-origin") => match origin {
                Value::None | Value::One("null") => true,
                Value::One(origin) => *origin == *self.origin,
                Value::Unusable => false,
            },
            Value::None => origin == Value::One(&self.origin),
            Value::One(_) | Value::Unusable => false,
        }
    }
}

#[derive(PartialEq, Eq)]
enum Value<'a> {
    None,
    One(&'a str),
    Unusable,
}

fn single<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Value<'a> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Value::None,
        (Some(value), None) => value.to_str().map_or(Value::Unusable, Value::One),
        (Some(_), Some(_)) => Value::Unusable,
    }
}

/// Whether nothing about a request points to a browser: none of the headers that browsers add to a write, and no cookie that
/// could have been sent against its owner's will.
fn is_of_a_program(headers: &HeaderMap) -> bool {
    [header::ORIGIN, SEC_FETCH_SITE, header::COOKIE, header::REFERER]
        .iter()
        .all(|name| !headers.contains_key(name))
}

impl PublicOrigin {
    /// Lets a request of one of our own pages in.
    pub(crate) fn admit(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        if self.sent(headers) { Ok(()) } else { Err(self.refuse()) }
    }

    /// The same for what programs may call too.
    pub(crate) fn admit_programs_too(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        if is_of_a_program(headers) { Ok(()) } else { self.admit(headers) }
    }

    fn refuse(&self) -> Refusal {
        tracing::warn!(
            event = "access_denied",
            reason = "cross_origin",
            "a request from another site was refused"
        );
        self.refusal()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn s_acc_8_a_program_is_what_bears_no_sign_of_a_browser() {
        let sent = |name: &'static str| {
            HeaderMap::from_iter([(HeaderName::from_static(name), HeaderValue::from_static("x"))])
        };
        assert!(is_of_a_program(&sent("authorization")));
        for name in ["origin", "sec-fetch-site", "cookie", "referer"] {
            assert!(!is_of_a_program(&sent(name)), "{name}");
        }
    }

    #[test]
    fn s_bff_3_only_our_own_pages_may_change_state() {
        let ours = PublicOrigin::of(&Url::parse("https://login.example/").unwrap());
        let cases: &[(&[(&str, &str)], bool)] = &[
            (&[("sec-fetch-site", "same-origin")], true),
            (&[("sec-fetch-site", "same-origin"), ("origin", "https://login.example")], true),
            (&[("sec-fetch-site", "same-origin"), ("origin", "null")], true),
            (&[("origin", "https://login.example")], true),
            (&[], false),
            (&[("sec-fetch-site", "same-site")], false),
            (&[("sec-fetch-site", "cross-site")], false),
            (&[("sec-fetch-site", "none")], false),
            (&[("sec-fetch-site", "same-site"), ("origin", "https://login.example")], false),
            (&[("sec-fetch-site", "same-origin"), ("origin", "https://evil.example")], false),
            (&[("sec-fetch-site", "same-origin"), ("sec-fetch-site", "same-origin")], false),
            (&[("origin", "https://evil.example")], false),
            (&[("origin", "null")], false),
            (&[("origin", "http://login.example")], false),
            (&[("origin", "https://login.example:444")], false),
            (&[("origin", "https://login.example.evil")], false),
        ];
        for (sent, allowed) in cases {
            let mut headers = HeaderMap::new();
            for (name, value) in *sent {
                headers.append(HeaderName::from_static(name), HeaderValue::from_static(value));
            }
            assert_eq!(ours.sent(&headers), *allowed, "{sent:?}");
        }
    }
}
