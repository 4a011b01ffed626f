//! Audiences: each service behind the gateway has its own, so that a token sent to one is valid nowhere else (S-TOK-12).

use std::fmt;

/// The longest audience.
const MAX_BYTES: usize = 200;
/// Below this, services have their names.
const API: &str = "/api/";

/// Where a request goes, as far as its token is concerned: whom that is for, and what it allows there.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Destination {
    /// Whom the token is for (`aud`).
    pub audience: Box<str>,
    /// The scope words that are needed there, separated by single spaces. The token has these and no others.
    pub scope: Box<str>,
    /// The public address of the route, where tokens for it are taken as well: the service gets one for itself in their place.
    pub resource: Option<Box<str>>,
}

/// The audiences that hold for all routes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audiences {
    /// That of the program's own API. No service may have it: it could use the tokens it is sent there.
    pub own: String,
    /// Our origin, with which the public addresses of routes begin.
    pub origin: String,
    /// That of every service whose route names none; without it, each has its own.
    pub shared: Option<String>,
}

impl Audiences {
    /// Each service its own, and `own` for the program.
    pub fn new(own: &str) -> Self {
        Self { own: own.to_owned(), origin: own.to_owned(), shared: None }
    }

    /// The audience of a service at `path` that names none: the shared one, or the first part of the path after
    /// `/api/`. Where the path has no name there, as in `/{*rest}`, it is what comes before: `/` or `/api/`. No name of a
    /// service is like that, so that a service that takes what is left over shares its tokens with no other.
    pub(crate) fn of_path(&self, path: &str) -> String {
        if let Some(shared) = &self.shared {
            return shared.clone();
        }
        let (before, after) = match path.strip_prefix(API) {
            Some(after) => (API, after),
            None => ("/", path.strip_prefix('/').unwrap_or(path)),
        };
        let name = after.split('/').next().unwrap_or_default();
        if is_audience(name) { name.to_owned() } else { before.to_owned() }
    }
}

/// Whether a text can be an audience: 1 to 200 of the characters `A-Z a-z 0-9 - . _ ~ : /`, as names and URLs have them.
pub fn is_audience(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/".contains(&byte);
    (1..=MAX_BYTES).contains(&text.len()) && text.bytes().all(allowed)
}

/// What an audience may be, in words.
pub const ALLOWED: &str = "1 to 200 of the characters A-Z a-z 0-9 - . _ ~ : /";

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "scope {} for {}", self.scope, self.audience)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_names_its_service_after_api() {
        let each = Audiences::new("https://login.example");
        for (path, audience) in [
            ("/api/orders/{*rest}", "orders"),
            ("/api/orders", "orders"),
            ("/api/orders/admin/{id}", "orders"),
            ("/orders/{*rest}", "orders"),
            ("/shop", "shop"),
            ("/shop/api/orders", "shop"),
            ("/api", "api"),
            ("/apis/orders", "apis"),
            ("/api/{service}/x", "/api/"),
            ("/api/{*rest}", "/api/"),
            ("/api/", "/api/"),
            ("/{*rest}", "/"),
            ("/{a}/b", "/"),
            ("/", "/"),
            ("/api/%EC%A3%BC%EB%AC%B8/1", "/api/"),
        ] {
            assert_eq!(each.of_path(path), audience, "{path}");
            assert!(is_audience(audience));
        }
        let shared = Audiences { shared: Some("services".to_owned()), ..each };
        assert_eq!(shared.of_path("/api/orders/{*rest}"), "services");
    }

    #[test]
    fn an_audience_is_a_name_or_a_url() {
        for good in ["orders", "https://orders.example:8443/v1", "urn:team:orders", "/"] {
            assert!(is_audience(good), "{good}");
        }
        for bad in ["", "a b", "a\"", "a\\", "주문", "a\n", "a,b", &"a".repeat(201)] {
            assert!(!is_audience(bad), "{bad}");
        }
    }
}
