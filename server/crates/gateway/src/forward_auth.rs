//! `GET /auth/verify`: the check alone, for teams that keep nginx (`auth_request`) or Traefik (`ForwardAuth`) in front
//! of their services. Such a proxy repeats the original request's headers here and lets it pass on 200.

use axum::extract::Request;
use axum::response::{IntoResponse as _, Response};
use http::header::{AUTHORIZATION, CACHE_CONTROL};
use http::request::Parts as Head;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use kernel::ExposeSecret as _;
use subtle::ConstantTimeEq as _;
use web::Refusal;

use crate::Gateway;
use crate::admission::{is_write, same_origin};
use crate::canonical;
use crate::credential::{self, CredentialProblem, Known};
use crate::denial::Denial;
use crate::gateway::Parts;
use crate::identity::AuthProblem;
use crate::request_headers::{MEMBER_ID, MEMBER_ROLES};

const KEY: HeaderName = HeaderName::from_static("x-forward-auth-key");
/// Where proxies put the original method, the first that is there counts.
const METHODS: [HeaderName; 2] =
    [HeaderName::from_static("x-forwarded-method"), HeaderName::from_static("x-original-method")];
/// Where proxies put the original address.
const ADDRESSES: [HeaderName; 3] = [
    HeaderName::from_static("x-forwarded-uri"),
    HeaderName::from_static("x-original-uri"),
    HeaderName::from_static("x-original-url"),
];

impl Gateway {
    /// Answers a proxy: 200 with `X-Member-Id` and `X-Member-Roles` (and `Authorization` for one that knows the key,
    /// [`Settings::forward_auth_key`](crate::Settings)), 401, 403 or 503. The query may name a `scope` that is needed,
    /// nothing else.
    pub async fn verify(&self, request: Request) -> Response {
        let (head, _) = request.into_parts();
        match verify(self.parts(), &head).await {
            Ok(known) => passed(self.parts(), &head.headers, &known),
            Err(response) => *response,
        }
    }
}

async fn verify(parts: &Parts, head: &Head) -> Result<Known, Box<Response>> {
    let denied = |denial: Denial| Box::new(denial.into_response());
    let scope = needed_scope(head.uri.query()).map_err(|refusal| Box::new(refusal.into_response()))?;
    let original = Original::of(&head.headers).map_err(denied)?;
    let known = credential::check(&*parts.authenticator, &head.headers).await.map_err(|problem| {
        // Not 400, for the same reason as below.
        let problem = if problem == CredentialProblem::Twice { AuthProblem::Invalid.into() } else { problem };
        denied(Denial::Unknown(problem, None))
    })?;
    same_origin(&parts.settings.origin, &known, original.writes, head).map_err(denied)?;
    match scope {
        Some(scope) if !known.identity.may(&scope) => Err(denied(Denial::NamedScope(scope))),
        _ => Ok(known),
    }
}

/// What is known of the request that the proxy asks about.
struct Original {
    writes: bool,
}

impl Original {
    fn of(headers: &HeaderMap) -> Result<Self, Denial> {
        let address = first(headers, &ADDRESSES);
        if let Some(address) = address
            && let Err(why) = canonical::check(path_of(address))
        {
            // 403, not 400: nginx takes any other status than 401 and 403 for a fault of ours.
            tracing::info!(event = "access_denied", reason = %why, "a path was refused");
            return Err(Denial::NamedPath);
        }
        // A proxy that tells the address and not the method is set up by half. Then each request counts as a write:
        // the other way round, every write would pass unchecked.
        let method = first(headers, &METHODS);
        Ok(Self { writes: method.map_or(address.is_some(), is_write) })
    }
}

fn first<'a>(headers: &'a HeaderMap, names: &[HeaderName]) -> Option<&'a str> {
    names.iter().find_map(|name| headers.get(name)).map(|value| value.to_str().unwrap_or(""))
}

/// The path of an address or of a full URL.
fn path_of(address: &str) -> &str {
    let after_host =
        address.split_once("://").map_or(address, |(_, rest)| rest.find('/').map_or("/", |at| &rest[at..]));
    after_host.split(['?', '#']).next().unwrap_or(after_host)
}

fn needed_scope(query: Option<&str>) -> Result<Option<String>, Refusal> {
    let mut scope = None;
    for (name, value) in form_urlencoded::parse(query.unwrap_or("").as_bytes()) {
        let words = value.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
        let is_scope =
            words.bytes().all(|c| matches!(c, b' ' | 0x21 | 0x23..=0x5b | 0x5d..=0x7e)) && !words.is_empty();
        if name != "scope" || scope.is_some() || !is_scope {
            return Err(Refusal::field("scope", "the words of one scope, and no other parameter"));
        }
        scope = Some(words);
    }
    Ok(scope)
}

fn passed(parts: &Parts, asked: &HeaderMap, known: &Known) -> Response {
    let mut response = StatusCode::OK.into_response();
    let headers = response.headers_mut();
    headers.insert(MEMBER_ID, known.identity.member_header());
    headers.insert(MEMBER_ROLES, known.identity.roles_header());
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if knows_key(parts, asked) {
        headers.insert(AUTHORIZATION, known.authorization.clone());
    }
    response
}

fn knows_key(parts: &Parts, asked: &HeaderMap) -> bool {
    let (Some(key), Some(shown)) = (&parts.settings.forward_auth_key, asked.get(KEY)) else { return false };
    key.expose_secret().as_bytes().ct_eq(shown.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_is_read_from_an_address_or_a_url() {
        for (address, path) in [
            ("/a/b?c=/../d", "/a/b"),
            ("https://shop.example/a?b", "/a"),
            ("https://shop.example", "/"),
            ("/a#b", "/a"),
        ] {
            assert_eq!(path_of(address), path);
        }
    }

    #[test]
    fn only_one_scope_can_be_asked_for() {
        assert_eq!(needed_scope(None).unwrap(), None);
        assert_eq!(needed_scope(Some("scope=a+b%3Aread")).unwrap().as_deref(), Some("a b:read"));
        for bad in ["scope=", "scope=a&scope=b", "scopes=a", "scope=%22", "scope=%0d%0a", "a"] {
            assert!(needed_scope(Some(bad)).is_err(), "{bad}");
        }
    }
}
