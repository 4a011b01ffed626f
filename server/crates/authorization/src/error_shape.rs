//! The shape of errors at the endpoints that programs call: that of RFC 6749 section 5.2, no matter what refuses (S-AS-18).
//!
//! Handlers give it to their own errors. What a limit, the router or a panic answers in place of a handler gets it here, with what
//! would be right, and with the permission for the page that reads it (S-AS-15).

use axum::extract::Request;
use axum::response::Response;
use http::header::{CONTENT_LENGTH, ORIGIN};
use http::{HeaderMap, StatusCode};
use web::{RefusalMark, RequestId};

use crate::client::guard::ClientEndpoint;
use crate::device::endpoint::DeviceEndpoint;
use crate::introspect::IntrospectionEndpoint;
use crate::oauth_answer::refused;
use crate::par::PushEndpoint;
use crate::register;
use crate::revoke::RevocationEndpoint;
use crate::server::AuthorizationServer;
use crate::token::TokenEndpoint;
use crate::userinfo;

/// What is wrong where no code says it better.
const INVALID: &str = "invalid_request";

const POST: &str = "POST";

/// An endpoint that programs call.
#[derive(Debug)]
struct Endpoint {
    path: &'static str,
    /// Its methods. The router adds `Allow` only after this layer.
    methods: &'static str,
    /// The error for a body that cannot be read.
    wrong_body: &'static str,
    /// The largest body, where it is less than everywhere else.
    largest_body: Option<usize>,
    /// Whether pages of clients may read the answer.
    for_pages: bool,
}

impl Endpoint {
    const fn of<E: ClientEndpoint>(path: &'static str) -> Self {
        Self { path, methods: POST, wrong_body: INVALID, largest_body: None, for_pages: E::FOR_PAGES }
    }
}

const ENDPOINTS: [Endpoint; 7] = [
    Endpoint::of::<TokenEndpoint>("/oauth2/token"),
    Endpoint::of::<PushEndpoint>("/oauth2/par"),
    Endpoint::of::<IntrospectionEndpoint>("/oauth2/introspect"),
    Endpoint::of::<RevocationEndpoint>("/oauth2/revoke"),
    Endpoint::of::<DeviceEndpoint>("/oauth2/device_authorization"),
    Endpoint {
        path: userinfo::PATH,
        methods: "GET, POST",
        wrong_body: INVALID,
        largest_body: None,
        for_pages: true,
    },
    Endpoint {
        path: "/oauth2/register",
        methods: POST,
        wrong_body: "invalid_client_metadata",
        largest_body: Some(register::MAX_BODY_BYTES),
        for_pages: false,
    },
];

/// Documents for programs. Their errors have the shape of all others, and are no pages.
const DOCUMENTS: [&str; 4] = [
    "/oauth2/jwks",
    "/.well-known/openid-configuration",
    "/.well-known/oauth-authorization-server",
    "/.well-known/oauth-protected-resource",
];

/// Whether only programs read what is at this path, whatever their `Accept` says.
pub fn is_for_programs(path: &str) -> bool {
    DOCUMENTS.iter().any(|document| {
        path.strip_prefix(document).is_some_and(|below| below.is_empty() || below.starts_with('/'))
    })
}

/// A request to one of the endpoints, as far as an error depends on it.
#[derive(Debug)]
pub struct OAuthCall {
    endpoint: &'static Endpoint,
    /// `Origin` alone.
    origin: HeaderMap,
}

impl OAuthCall {
    /// The call that a request is; `None` if it goes elsewhere.
    pub fn of(request: &Request) -> Option<Self> {
        let path = request.uri().path();
        let endpoint = ENDPOINTS.iter().find(|endpoint| endpoint.path == path)?;
        let mut origin = HeaderMap::new();
        for sent in request.headers().get_all(ORIGIN) {
            origin.append(ORIGIN, sent.clone());
        }
        Some(Self { endpoint, origin })
    }
}

/// Gives errors their shape.
#[derive(Clone, Debug)]
pub struct ErrorShape {
    server: AuthorizationServer,
    largest_body: usize,
}

impl ErrorShape {
    /// For the endpoints of `server`, which take bodies of so many bytes.
    pub const fn new(server: AuthorizationServer, largest_body: usize) -> Self {
        Self { server, largest_body }
    }

    /// The answer to a call that was refused, in its shape. Header fields stay, such as `Allow`.
    pub fn give(&self, response: Response, call: &OAuthCall) -> Response {
        let mark = response.extensions().get::<RefusalMark>();
        if mark.is_some_and(|mark| mark.is_final) {
            return response;
        }
        let (status, retry_after) = (response.status(), mark.and_then(|mark| mark.retry_after));
        let (error, description) = self.words(status, call.endpoint);
        tracing::warn!(
            event = "oauth_request_refused",
            request_id = RequestId::current().as_ref().map_or("", RequestId::as_str),
            path = call.endpoint.path,
            error,
            reason = description,
            "a request was refused before its endpoint could answer"
        );
        let mut shaped = refused(status, error, &description, retry_after);
        let own = shaped.headers().clone();
        let kept = response
            .headers()
            .iter()
            .filter(|(name, _)| **name != CONTENT_LENGTH && !own.contains_key(*name));
        for (name, value) in kept {
            shaped.headers_mut().append(name, value.clone());
        }
        if call.endpoint.for_pages {
            self.server.context().origins.admit(&call.origin, shaped)
        } else {
            shaped
        }
    }

    /// The error, and what would be right.
    fn words(&self, status: StatusCode, at: &Endpoint) -> (&'static str, String) {
        let again = "send the request again";
        match status {
            StatusCode::PAYLOAD_TOO_LARGE => {
                let largest = at.largest_body.map_or(self.largest_body, |own| own.min(self.largest_body));
                (at.wrong_body, format!("the body of the request may have {largest} bytes"))
            }
            StatusCode::METHOD_NOT_ALLOWED => {
                (INVALID, format!("the methods of this endpoint are: {}", at.methods))
            }
            StatusCode::URI_TOO_LONG => {
                (INVALID, "the address is too long; send all parameters in the body".to_owned())
            }
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => {
                (INVALID, "the header fields are too large; send fewer or shorter ones".to_owned())
            }
            StatusCode::REQUEST_TIMEOUT => {
                (INVALID, format!("the body of the request did not arrive in time; {again}"))
            }
            StatusCode::BAD_REQUEST => {
                (at.wrong_body, format!("the body of the request did not arrive as a whole; {again}"))
            }
            StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT => {
                ("temporarily_unavailable", format!("the server cannot answer at the moment; {again} later"))
            }
            other if other.is_server_error() => {
                ("server_error", "the server cannot answer; its log has the cause".to_owned())
            }
            other => (INVALID, format!("the request is not served here ({})", other.as_u16())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_documents_for_programs_are_never_pages() {
        for path in ["/oauth2/jwks", "/.well-known/oauth-protected-resource/mcp/a"] {
            assert!(is_for_programs(path), "{path}");
        }
        for path in ["/.well-known/change-password", "/oauth2/jwksx", "/oauth2/logout", "/"] {
            assert!(!is_for_programs(path), "{path}");
        }
    }
}
