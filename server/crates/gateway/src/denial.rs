//! Every answer that is the gateway's own, in one place: what was wrong, and the status and code for it.

use std::sync::Arc;

use axum::response::{IntoResponse, Response};
use http::header::{ALLOW, CONNECTION};
use http::{HeaderValue, StatusCode};
use limits::LimitExceeded;
use web::{PublicOrigin, Refusal};

use crate::challenge::{self, Scheme, SignInPage};
use crate::credential::CredentialProblem;
use crate::forward::ForwardError;
use crate::own_answer::OwnAnswer;
use crate::rule::Rule;

/// Why a request is not passed on, or not answered by its service.
#[derive(Debug)]
pub(crate) enum Denial {
    /// The path has more than one reading.
    Path,
    /// No route matches.
    NoRoute,
    /// The path takes other methods.
    Method(HeaderValue),
    /// Nobody can say where the body ends.
    Framing,
    /// Too many requests.
    TooOften(LimitExceeded),
    /// Nobody is known. The redirect is for a person who navigates; the route may tell a client where to get a token.
    Unknown(CredentialProblem, Option<SignInPage>, Option<Arc<Rule>>),
    /// Another site made a browser send it.
    CrossOrigin(PublicOrigin),
    /// The token does not allow what the route needs.
    Scope(Arc<Rule>, Scheme),
    /// The scope that was asked for in forward-auth is lacking.
    NamedScope(String),
    /// The path that was named in forward-auth has more than one reading.
    NamedPath,
    /// In forward-auth, the proxy's header came twice.
    NamedTwice,
    /// The service did not answer.
    Forward(ForwardError),
}

impl From<ForwardError> for Denial {
    fn from(error: ForwardError) -> Self {
        Self::Forward(error)
    }
}

impl IntoResponse for Denial {
    fn into_response(self) -> Response {
        let mut response = self.answer();
        response.extensions_mut().insert(OwnAnswer);
        response
    }
}

impl Denial {
    fn answer(self) -> Response {
        match self {
            Self::Path => ambiguous_path(StatusCode::BAD_REQUEST),
            Self::NamedPath => ambiguous_path(StatusCode::FORBIDDEN),
            Self::NamedTwice => {
                let text = "The proxy's header came twice: its configuration must replace what clients send.";
                refused(StatusCode::FORBIDDEN, "FORWARD_AUTH_AMBIGUOUS", text)
            }
            Self::NoRoute => Refusal::not_found().into_response(),
            Self::Method(allow) => {
                let mut response = Refusal::for_status(StatusCode::METHOD_NOT_ALLOWED).into_response();
                response.headers_mut().insert(ALLOW, allow);
                response
            }
            Self::Framing => {
                let text = "Nobody can say where the body of this request ends.";
                let mut response = refused(StatusCode::BAD_REQUEST, "FRAMING_AMBIGUOUS", text);
                response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
                response
            }
            Self::TooOften(exceeded) => Refusal::from(exceeded).into_response(),
            Self::Unknown(problem, login, rule) => {
                challenge::unknown(problem, login, rule.as_ref().and_then(|rule| rule.document()))
            }
            Self::CrossOrigin(origin) => challenge::cross_origin(&origin),
            Self::Scope(rule, scheme) => {
                challenge::insufficient_scope(rule.needed_scope(), scheme, rule.document())
            }
            Self::NamedScope(scope) => challenge::insufficient_scope(&scope, Scheme::Bearer, None),
            Self::Forward(error) => forward_error(error),
        }
    }
}

fn ambiguous_path(status: StatusCode) -> Response {
    refused(status, "PATH_NOT_CANONICAL", "The address can be read in more than one way.")
}

fn forward_error(error: ForwardError) -> Response {
    let bad_gateway = |code, text| refused(StatusCode::BAD_GATEWAY, code, text);
    match error {
        ForwardError::Unavailable(wait) => {
            let text = "The service behind this address is away. Try again shortly.";
            Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "UPSTREAM_UNAVAILABLE", text)
                .retry_after(wait)
                .into_response()
        }
        ForwardError::Unreachable => {
            bad_gateway("UPSTREAM_UNREACHABLE", "The service behind this address cannot be reached.")
        }
        ForwardError::Broken => {
            bad_gateway("UPSTREAM_BROKEN", "The service behind this address closed the connection.")
        }
        ForwardError::TimedOut => {
            let text = "The service behind this address took too long.";
            refused(StatusCode::GATEWAY_TIMEOUT, "UPSTREAM_TIMEOUT", text)
        }
        ForwardError::BodyTooLarge => Refusal::for_status(StatusCode::PAYLOAD_TOO_LARGE).into_response(),
        ForwardError::ClientSilent => Refusal::for_status(StatusCode::REQUEST_TIMEOUT).into_response(),
        // Nobody is there to read it; the log and the metrics are.
        ForwardError::ClientGone => {
            refused(StatusCode::BAD_REQUEST, "BODY_BROKEN", "The body of the request is incomplete.")
        }
    }
}

fn refused(status: StatusCode, code: &'static str, text: &'static str) -> Response {
    Refusal::new(status, code, text).into_response()
}
