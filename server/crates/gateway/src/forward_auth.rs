//! `GET /auth/verify`: the check alone, for teams that keep nginx (`auth_request`) or Traefik (`ForwardAuth`) in front
//! of their services. Such a proxy repeats the original request's headers here and lets it pass on 200.

use std::fmt;
use std::sync::Arc;

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::header::{AUTHORIZATION, CACHE_CONTROL};
use http::request::Parts as Head;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use kernel::ExposeSecret as _;
use subtle::ConstantTimeEq as _;
use web::guard::{Proof, Unproven};

use crate::admission::{is_write, same_origin};
use crate::audience::Destination;
use crate::canonical;
use crate::challenge::Scheme;
use crate::credential::{self, CredentialProblem, Known};
use crate::denial::Denial;
use crate::forward_auth_headers::ForwardAuthHeaders;
use crate::forward_query::Asked;
use crate::gateway::Gateway;
use crate::identity::{AuthProblem, Wanted};
use crate::parts::Parts;
use crate::websocket;

const KEY: HeaderName = HeaderName::from_static("x-forward-auth-key");

fn families(told_by: ForwardAuthHeaders) -> &'static [Family] {
    match told_by {
        ForwardAuthHeaders::Either => &FAMILIES,
        ForwardAuthHeaders::XForwarded => FAMILIES.split_at(1).0,
        ForwardAuthHeaders::XOriginal => FAMILIES.split_at(1).1,
    }
}

struct Family {
    method: &'static str,
    /// Under more than one name, since proxies differ.
    addresses: &'static [&'static str],
}

static FAMILIES: [Family; 2] = [
    Family { method: "x-forwarded-method", addresses: &["x-forwarded-uri"] },
    Family { method: "x-original-method", addresses: &["x-original-uri", "x-original-url"] },
];

impl Gateway {
    /// Answers a proxy: 200 with `X-Member-Id` and `X-Member-Roles` (and `Authorization` for one that knows the key,
    /// [`Settings::forward_auth_key`](crate::settings::Settings)), 401, 403 or 503. The query may name a `scope` and a `role` that are needed,
    /// the `audience` of the service (without it, the address of the request does, as a route's path would), and by `fresh` and
    /// `level` what is asked of the sender's proof, as a route does.
    pub async fn verify(&self, request: Request) -> Response {
        let (head, _) = request.into_parts();
        match self.verified(&head).await {
            Ok(verified) => verified.into_response(),
            Err(response) => *response,
        }
    }

    async fn verified(&self, head: &Head) -> Result<Verified, Box<Response>> {
        let known = verify(self.parts(), head).await?;
        Ok(Verified { known, knows_key: knows_key(self.parts(), &head.headers) })
    }
}

/// The proof of a route for proxies: the request about which one asks may pass. It is answered with who sent it.
pub struct Verified {
    known: Known,
    /// Whether the proxy may have the token.
    knows_key: bool,
}

impl Proof<Gateway> for Verified {
    async fn read(request: Unproven<'_, Gateway>) -> Result<Self, Response> {
        request.state.verified(request.parts).await.map_err(|response| *response)
    }
}

/// Does not show the token.
impl fmt::Debug for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verified").field("identity", &self.known.identity).finish_non_exhaustive()
    }
}

impl IntoResponse for Verified {
    fn into_response(self) -> Response {
        let Self { known, knows_key } = self;
        let mut response = StatusCode::OK.into_response();
        let headers = response.headers_mut();
        known.identity.say_member(headers);
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(authorization) = known.authorization.filter(|_| knows_key) {
            headers.insert(AUTHORIZATION, authorization);
        }
        response
    }
}

async fn verify(parts: &Parts, head: &Head) -> Result<Known, Box<Response>> {
    let denied = |denial: Denial| Box::new(denial.into_response());
    let asked = Asked::read(head.uri.query(), &parts.settings.own_audience)
        .map_err(|refusal| Box::new(refusal.into_response()))?;
    let original = Original::of(&head.headers, parts.settings.forward_auth_headers).map_err(denied)?;
    let destination = destination(parts, &asked, original.path);
    // A token is made for everybody who can have it: anybody may ask for an audience here.
    let wanted = if knows_key(parts, &head.headers) && *destination.audience != *parts.settings.own_audience {
        Wanted::Token(&destination)
    } else {
        Wanted::Identity(&destination.audience)
    };
    // A proof names the address that the client called, whose host only the proxy knows, and what tells of it here may be the
    // client's own: anyone who has seen a proof could say that it is for their request.
    let known = credential::check(&*parts.authenticator, &head.headers, None, wanted).await;
    let known = known.map_err(|problem| {
        // Not 400, for the same reason as below.
        let problem = if problem == CredentialProblem::Twice { AuthProblem::Invalid.into() } else { problem };
        denied(Denial::Unknown(problem, None, None))
    })?;
    let denied = |denial: Denial| denied(denial.for_known(&known.identity));
    same_origin(&parts.settings.origin, &known, original.writes, head).map_err(denied)?;
    let step_up = asked.step_up().filter(|asks| !asks.is_met(known.identity.proof(), parts.clock.now()));
    match (asked.scope, step_up) {
        (Some(scope), _) if !known.identity.may(&scope) => Err(denied(Denial::NamedScope(scope))),
        _ if asked.role.is_some_and(|role| !known.identity.has_role(&role)) => Err(denied(Denial::Role)),
        (_, Some(asks)) => Err(denied(Denial::NamedStepUp(asks, Scheme::of(&known)))),
        _ => Ok(known),
    }
}

/// Where the request would go. The token for it has the scope that was named, and no other.
fn destination(parts: &Parts, asked: &Asked, path: &str) -> Arc<Destination> {
    let of_path = || parts.live.load().table.as_ref().map(|table| table.audiences.of_path(path));
    let audience = asked.audience.clone().or_else(of_path).unwrap_or_default();
    let scope = asked.scope.clone().unwrap_or_default();
    Arc::new(Destination { audience: audience.into(), scope: scope.into(), resource: None })
}

/// What is known of the request that the proxy asks about.
struct Original<'a> {
    writes: bool,
    /// `/` where the proxy does not tell.
    path: &'a str,
}

impl<'a> Original<'a> {
    fn of(headers: &'a HeaderMap, told_by: ForwardAuthHeaders) -> Result<Self, Denial> {
        // A GET that other sites may send and read, as at a route.
        let (mut writes, mut told) = (websocket::may_be_handshake(headers), None);
        for family in families(told_by) {
            let mut is_addressed = false;
            for address in family.addresses.iter().filter_map(|name| only(headers, name).transpose()) {
                let path = check_path(address?)?;
                // Two that differ tell nothing: one may be the client's.
                told = Some(if told.is_none_or(|told| told == path) { path } else { "/" });
                is_addressed = true;
            }
            writes |= match only(headers, family.method)? {
                Some(method) => is_write(method),
                // A proxy that tells the address and not the method is set up by half, as is one that tells nothing
                // although the configuration says how it would. Then each request counts as a write: the other way
                // round, every write would pass unchecked.
                None => is_addressed || told_by != ForwardAuthHeaders::Either,
            };
        }
        Ok(Self { writes, path: told.unwrap_or("/") })
    }
}

/// The header, which a proxy sets once: of two, one is somebody else's. 403, not 400, as for all that is wrong here:
/// nginx takes any other status than 401 and 403 for an error of the auth service.
fn only<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a [u8]>, Denial> {
    let mut lines = headers.get_all(name).iter();
    let line = lines.next();
    if lines.next().is_some() {
        tracing::info!(event = "access_denied", reason = "twice", header = name, "a request was refused");
        return Err(Denial::NamedTwice);
    }
    Ok(line.map(HeaderValue::as_bytes))
}

fn check_path(address: &[u8]) -> Result<&str, Denial> {
    let path = path_of(address).ok_or(canonical::NotCanonical::NoSlash);
    path.and_then(|path| canonical::check(path).map(|()| path)).map_err(|why| {
        tracing::info!(event = "access_denied", reason = %why, "a path was refused");
        Denial::NamedPath
    })
}

/// The path of an address, or of a full URL of the web. The query goes first, since it may hold anything.
fn path_of(address: &[u8]) -> Option<&str> {
    let before_query = address.split(|byte| *byte == b'?').next().unwrap_or_default();
    let text = std::str::from_utf8(before_query).ok()?;
    if text.starts_with('/') {
        return Some(text);
    }
    let (scheme, rest) = text.split_once("://")?;
    if !["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known)) {
        return None;
    }
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    if host.is_empty() || host.contains('\\') {
        return None;
    }
    Some(if path.is_empty() { "/" } else { path })
}

fn knows_key(parts: &Parts, asked: &HeaderMap) -> bool {
    let (Some(key), Some(shown)) = (&parts.settings.forward_auth_key, asked.get(KEY)) else { return false };
    key.expose_secret().as_bytes().ct_eq(shown.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s_gw_11_the_query_is_cut_off_before_the_path_is_read() {
        for (address, path) in [
            ("/a/b?c=/../d", Some("/a/b")),
            ("/a%2fb?u=http://x/y", Some("/a%2fb")),
            ("/ok?next=https://h/a%2Fb", Some("/ok")),
            ("/ok?x#/../y?z", Some("/ok")),
            ("/a#b", Some("/a#b")),
            ("/a://b/c", Some("/a://b/c")),
            ("//x/y", Some("//x/y")),
            ("https://shop.example/a?b", Some("/a")),
            ("HTTPS://shop.example", Some("/")),
            ("https://shop.example?/a", Some("/")),
            ("ftp://shop.example/a", None),
            ("https:///a", None),
            ("https://shop.example\\a/b", None),
            ("shop.example/a", None),
            ("", None),
            ("?a", None),
            ("a?u=http://x/y", None),
        ] {
            assert_eq!(path_of(address.as_bytes()), path, "{address}");
        }
        assert_eq!(path_of(b"/ok?name=\xe9"), Some("/ok"));
        assert_eq!(path_of(b"/\xe9?name"), None);
    }

    #[test]
    fn s_bff_3_what_is_told_is_read_by_family_and_the_stricter_reading_counts() {
        use ForwardAuthHeaders::{Either, XForwarded, XOriginal};
        let writes = |told_by, lines: &[(&'static str, &'static str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in lines {
                headers.append(*name, HeaderValue::from_static(value));
            }
            Original::of(&headers, told_by)
                .map(|original| original.writes)
                .map_err(|denial| format!("{denial:?}"))
        };
        let nginx = ("x-original-uri", "/a");
        for (told_by, lines, expected) in [
            (Either, &[][..], Ok(false)),
            (Either, &[nginx, ("x-original-method", "GET")], Ok(false)),
            (Either, &[nginx], Ok(true)),
            (Either, &[nginx, ("x-forwarded-method", "GET")], Ok(true)),
            (Either, &[nginx, ("x-original-method", "POST"), ("x-forwarded-method", "GET")], Ok(true)),
            (Either, &[nginx, ("x-original-method", "GET"), ("x-forwarded-uri", "/a")], Ok(true)),
            (Either, &[("x-original-uri", "/a%2fb"), ("x-forwarded-uri", "/a")], Err("NamedPath")),
            (Either, &[("x-original-uri", "/a%2fb"), ("x-original-url", "/a")], Err("NamedPath")),
            (XOriginal, &[nginx, ("x-original-method", "GET"), ("x-forwarded-uri", "/%2f")], Ok(false)),
            (XOriginal, &[nginx, ("x-original-method", "POST"), ("x-forwarded-method", "GET")], Ok(true)),
            (XForwarded, &[("x-forwarded-uri", "/a"), ("x-forwarded-method", "HEAD")], Ok(false)),
            (XForwarded, &[("x-original-uri", "/a"), ("x-original-method", "GET")], Ok(true)),
            (XForwarded, &[], Ok(true)),
            (Either, &[nginx, nginx], Err("NamedTwice")),
            (
                Either,
                &[nginx, ("x-original-method", "GET"), ("x-original-method", "POST")],
                Err("NamedTwice"),
            ),
            (
                XOriginal,
                &[nginx, ("x-original-method", "GET"), ("x-forwarded-uri", ""), ("x-forwarded-uri", "")],
                Ok(false),
            ),
        ] {
            assert_eq!(writes(told_by, lines), expected.map_err(str::to_owned), "{told_by:?} {lines:?}");
        }
        for method in ["PO/ST", "get", "", "PROPFIND", "G ET", "GET,POST", "PURGE", "CONNECT"] {
            let lines = [nginx, ("x-original-method", method)];
            assert_eq!(writes(Either, &lines), Ok(true), "{method}");
        }
    }
}
