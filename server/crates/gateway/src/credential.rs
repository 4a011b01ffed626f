//! Which credential a request brings, and whom it stands for.

use std::sync::Arc;

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue};

use crate::identity::{AuthProblem, Authenticator, Identity, SignedIn, Wanted};

/// Longer tokens are refused unread. Ours have about a tenth of it.
const LONGEST_TOKEN: usize = 8 * 1024;

/// Somebody who is known.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    pub(crate) identity: Arc<Identity>,
    /// What the service gets, if they may do what it needs.
    pub(crate) authorization: Option<HeaderValue>,
    /// Whether a browser sent it by itself. Then another site may be behind the request.
    pub(crate) by_cookie: bool,
}

/// Why nobody is known, or why the request is no proper one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CredentialProblem {
    /// More than one `Authorization` (RFC 6750 section 3.1, `invalid_request`).
    Twice,
    Auth(AuthProblem),
}

impl From<AuthProblem> for CredentialProblem {
    fn from(problem: AuthProblem) -> Self {
        Self::Auth(problem)
    }
}

/// Finds out who asks, and gets what is `wanted`. A live session goes before a Bearer token beside it: whatever else a
/// browser sends, the service gets the session's own token (S-BFF-9). A token in the query or the body is not looked at (S-GW-5).
pub(crate) async fn check(
    authenticator: &dyn Authenticator,
    headers: &HeaderMap,
    wanted: Wanted<'_>,
) -> Result<Known, CredentialProblem> {
    let bearer = Bearer::of(headers)?;
    // Most calls with a token bring no cookie at all: they are spared the second question.
    let by_cookie = if headers.contains_key(http::header::COOKIE) {
        match authenticator.cookie_now(headers, wanted) {
            Some(known) => known,
            None => authenticator.cookie(headers, wanted).await,
        }
    } else {
        Err(AuthProblem::Missing)
    };
    match (by_cookie, bearer) {
        (Ok(SignedIn { identity, authorization }), _) => {
            Ok(Known { identity, authorization, by_cookie: true })
        }
        (Err(AuthProblem::Unavailable), _) => Err(AuthProblem::Unavailable.into()),
        (Err(_), Bearer::Token(token)) => {
            let known = match authenticator.bearer_now(token, wanted) {
                Some(known) => known,
                None => authenticator.bearer(token, wanted).await,
            };
            let SignedIn { identity, authorization } = known?;
            Ok(Known { identity, authorization, by_cookie: false })
        }
        (Err(_), Bearer::Malformed) => Err(AuthProblem::Invalid.into()),
        (Err(problem), Bearer::None) => Err(problem.into()),
    }
}

enum Bearer<'a> {
    None,
    Malformed,
    Token(&'a str),
}

impl<'a> Bearer<'a> {
    fn of(headers: &'a HeaderMap) -> Result<Self, CredentialProblem> {
        let mut fields = headers.get_all(AUTHORIZATION).iter();
        let Some(field) = fields.next() else { return Ok(Self::None) };
        if fields.next().is_some() {
            return Err(CredentialProblem::Twice);
        }
        let Some((scheme, token)) = field.as_bytes().split_at_checked(6) else { return Ok(Self::None) };
        // The scheme's name is case-insensitive (RFC 9110 section 11.1). Another scheme is no credential here.
        if !scheme.eq_ignore_ascii_case(b"bearer") || token.first().is_some_and(|byte| *byte != b' ') {
            return Ok(Self::None);
        }
        Ok(token.get(1..).and_then(b64token).map_or(Self::Malformed, Self::Token))
    }
}

/// The `Authorization` field for a token; `None` when it cannot be in one.
pub fn authorization(token: &str) -> Option<HeaderValue> {
    HeaderValue::from_str(&format!("Bearer {token}")).ok().map(sensitive)
}

/// Keeps the value out of `Debug` and of HPACK's table (RFC 7541 section 7.1.3).
fn sensitive(mut value: HeaderValue) -> HeaderValue {
    value.set_sensitive(true);
    value
}

/// `b64token` of RFC 6750 section 2.1. Anything else is refused before anybody computes on it.
fn b64token(bytes: &[u8]) -> Option<&str> {
    let is_token = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'-' | b'.' | b'_' | b'~' | b'+' | b'/' | b'=');
    if bytes.is_empty() || bytes.len() > LONGEST_TOKEN || !bytes.iter().all(is_token) {
        return None;
    }
    std::str::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lines: &[&'static str]) -> Result<Option<String>, &'static str> {
        let headers = lines.iter().map(|line| (AUTHORIZATION, HeaderValue::from_static(line))).collect();
        match Bearer::of(&headers) {
            Err(_) => Err("twice"),
            Ok(Bearer::Malformed) => Err("malformed"),
            Ok(Bearer::None) => Ok(None),
            Ok(Bearer::Token(token)) => Ok(Some(token.to_owned())),
        }
    }

    #[test]
    fn s_gw_5_a_token_comes_in_one_authorization_field_with_any_case_of_the_scheme() {
        let token = || Ok(Some("a.b-c_d~e+f/g=".to_owned()));
        assert_eq!(read(&["Bearer a.b-c_d~e+f/g="]), token());
        assert_eq!(read(&["bEaReR a.b-c_d~e+f/g="]), token());
        assert_eq!(read(&["Bearer a", "Bearer a"]), Err("twice"));
        assert_eq!(read(&["Bearer a", "Basic YTpi"]), Err("twice"));
        for none in ["Basic YTpi", "Bearerx y", "Bear", "", "DPoP a.b.c"] {
            assert_eq!(read(&[none]), Ok(None), "{none}");
        }
        for malformed in
            ["Bearer", "Bearer ", "Bearer  a", "Bearer a b", "Bearer a,b", "Bearer \"a\"", "Bearer a\u{0}"]
        {
            let Ok(value) = HeaderValue::from_str(malformed) else { continue };
            let headers = HeaderMap::from_iter([(AUTHORIZATION, value)]);
            assert!(matches!(Bearer::of(&headers), Ok(Bearer::Malformed)), "{malformed}");
        }
    }

    #[test]
    fn a_token_does_not_print() {
        let value = authorization("secret").unwrap();
        assert!(!format!("{value:?}").contains("secret"));
    }
}
