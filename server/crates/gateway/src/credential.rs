//! The credential of a request, and whom it identifies.

use std::sync::Arc;

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName, HeaderValue, Method};

use crate::identity::{AuthProblem, Authenticator, BoundToken, Identity, SignedIn, Wanted};

/// Longer tokens are refused unread. Ours have about a tenth of it.
const MAX_TOKEN_BYTES: usize = 8 * 1024;

/// The header of proofs (RFC 9449 section 4.1).
pub(crate) const DPOP: HeaderName = HeaderName::from_static("dpop");

/// Somebody who is known.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    pub(crate) identity: Arc<Identity>,
    /// What the service gets, if they may do what it needs.
    pub(crate) authorization: Option<HeaderValue>,
    /// Whether a browser sent it by itself. Then another site may be behind the request.
    pub(crate) by_cookie: bool,
    /// Whether the sender proved to have a key.
    pub(crate) by_proof: bool,
}

/// The request that a proof must name.
#[derive(Clone, Copy)]
pub(crate) struct ProvenCall<'a> {
    pub(crate) method: &'a Method,
    /// Without the query.
    pub(crate) path: &'a str,
}

/// Why no caller is known, or why the request is malformed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CredentialProblem {
    /// More than one `Authorization` (RFC 6750 section 3.1, `invalid_request`).
    Twice,
    Auth(AuthProblem),
    /// The token came as `DPoP`, and its sender is answered in that way.
    Bound(AuthProblem),
}

impl From<AuthProblem> for CredentialProblem {
    fn from(problem: AuthProblem) -> Self {
        Self::Auth(problem)
    }
}

/// Finds out who asks, and gets what is `wanted`. A live session goes before a Bearer token alongside it: whatever else a browser
/// sends, the service gets the session's own token (S-BFF-9). A token in the query or the body is not looked at (S-GW-5). Without
/// a `call` nobody can say what a proof must name, and a token that needs one is refused.
pub(crate) async fn check(
    authenticator: &dyn Authenticator,
    headers: &HeaderMap,
    call: Option<ProvenCall<'_>>,
    wanted: Wanted<'_>,
) -> Result<Known, CredentialProblem> {
    let sent = Sent::of(headers)?;
    // Most calls with a token bring no cookie at all: they are spared the second question.
    let by_cookie = if headers.contains_key(http::header::COOKIE) {
        match authenticator.cookie_now(headers, wanted) {
            Some(known) => known,
            None => authenticator.cookie(headers, wanted).await,
        }
    } else {
        Err(AuthProblem::Missing)
    };
    match (by_cookie, sent) {
        (Ok(SignedIn { identity, authorization }), _) => {
            Ok(Known { identity, authorization, by_cookie: true, by_proof: false })
        }
        (Err(AuthProblem::Unavailable), _) => Err(AuthProblem::Unavailable.into()),
        (Err(_), Sent::Bearer(token)) => {
            let known = match authenticator.bearer_now(token, wanted) {
                Some(known) => known,
                None => authenticator.bearer(token, wanted).await,
            };
            let SignedIn { identity, authorization } = known?;
            Ok(Known { identity, authorization, by_cookie: false, by_proof: false })
        }
        (Err(_), Sent::Bound(token)) => {
            let known = bound(authenticator, headers, token, call, wanted).await;
            let SignedIn { identity, authorization } = known.map_err(CredentialProblem::Bound)?;
            Ok(Known { identity, authorization, by_cookie: false, by_proof: true })
        }
        (Err(_), Sent::Malformed) => Err(AuthProblem::Invalid.into()),
        (Err(problem), Sent::None) => Err(problem.into()),
    }
}

/// Judges a token that came with a proof.
async fn bound(
    authenticator: &dyn Authenticator,
    headers: &HeaderMap,
    token: &str,
    call: Option<ProvenCall<'_>>,
    wanted: Wanted<'_>,
) -> Result<SignedIn, AuthProblem> {
    let ProvenCall { method, path } = call.ok_or(AuthProblem::Invalid)?;
    let mut proofs = headers.get_all(DPOP).iter();
    let (Some(proof), None) = (proofs.next(), proofs.next()) else { return Err(AuthProblem::ProofInvalid) };
    let proof = proof.to_str().map_err(|_| AuthProblem::ProofInvalid)?;
    authenticator.bound(BoundToken { token, proof, method: method.as_str(), path }, wanted).await
}

/// What is in `Authorization`.
enum Sent<'a> {
    None,
    Malformed,
    Bearer(&'a str),
    Bound(&'a str),
}

impl<'a> Sent<'a> {
    fn of(headers: &'a HeaderMap) -> Result<Self, CredentialProblem> {
        let mut fields = headers.get_all(AUTHORIZATION).iter();
        let Some(field) = fields.next() else { return Ok(Self::None) };
        if fields.next().is_some() {
            return Err(CredentialProblem::Twice);
        }
        let Some((scheme, token)) = field.as_bytes().split_at_checked(6) else { return Ok(Self::None) };
        // The scheme's name is case-insensitive (RFC 9110 section 11.1). Another scheme is not a credential here.
        if !scheme.eq_ignore_ascii_case(b"bearer") || token.first().is_some_and(|byte| *byte != b' ') {
            return Ok(Self::bound(field.as_bytes()));
        }
        Ok(token.get(1..).and_then(b64token).map_or(Self::Malformed, Self::Bearer))
    }

    fn bound(field: &'a [u8]) -> Self {
        match field.split_at_checked(5) {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case(b"dpop ") => {
                b64token(token).map_or(Self::Malformed, Self::Bound)
            }
            _ => Self::None,
        }
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
    if bytes.is_empty() || bytes.len() > MAX_TOKEN_BYTES || !bytes.iter().all(is_token) {
        return None;
    }
    std::str::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lines: &[&'static str]) -> Result<Option<String>, &'static str> {
        let headers = lines.iter().map(|line| (AUTHORIZATION, HeaderValue::from_static(line))).collect();
        match Sent::of(&headers) {
            Err(_) => Err("twice"),
            Ok(Sent::Malformed) => Err("malformed"),
            Ok(Sent::None) => Ok(None),
            Ok(Sent::Bearer(token)) => Ok(Some(token.to_owned())),
            Ok(Sent::Bound(token)) => Ok(Some(format!("bound {token}"))),
        }
    }

    #[test]
    fn s_gw_5_a_token_comes_in_one_authorization_field_with_any_case_of_the_scheme() {
        let token = || Ok(Some("a.b-c_d~e+f/g=".to_owned()));
        assert_eq!(read(&["Bearer a.b-c_d~e+f/g="]), token());
        assert_eq!(read(&["bEaReR a.b-c_d~e+f/g="]), token());
        assert_eq!(read(&["Bearer a", "Bearer a"]), Err("twice"));
        assert_eq!(read(&["Bearer a", "Basic YTpi"]), Err("twice"));
        for none in ["Basic YTpi", "Bearerx y", "Bear", "", "DPoPx y", "DPoP", "DPo p"] {
            assert_eq!(read(&[none]), Ok(None), "{none}");
        }
        assert_eq!(read(&["DPoP a.b.c"]), Ok(Some("bound a.b.c".to_owned())));
        assert_eq!(read(&["dpop a.b.c"]), Ok(Some("bound a.b.c".to_owned())));
        assert_eq!((read(&["DPoP  a"]), read(&["DPoP a b"])), (Err("malformed"), Err("malformed")));
        assert_eq!(read(&["DPoP a", "Bearer a"]), Err("twice"));
        for malformed in
            ["Bearer", "Bearer ", "Bearer  a", "Bearer a b", "Bearer a,b", "Bearer \"a\"", "Bearer a\u{0}"]
        {
            let Ok(value) = HeaderValue::from_str(malformed) else { continue };
            let headers = HeaderMap::from_iter([(AUTHORIZATION, value)]);
            assert!(matches!(Sent::of(&headers), Ok(Sent::Malformed)), "{malformed}");
        }
    }

    #[test]
    fn a_token_does_not_print() {
        let value = authorization("secret").unwrap();
        assert!(!format!("{value:?}").contains("secret"));
    }
}
