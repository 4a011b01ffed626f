//! Every answer that is the gateway's own, in one place: what was wrong, and the status and code for it.

use std::sync::Arc;

use axum::response::{IntoResponse, Response};
use http::header::{ALLOW, CONNECTION};
use http::{HeaderValue, StatusCode};
use limits::LimitExceeded;
use names::ErrorCode;
use web::{Identified, PublicOrigin, Refusal, RefusalMark};

use crate::challenge::{self, ProvePage, Scheme, SignInPage};
use crate::credential::CredentialProblem;
use crate::forward::ForwardError;
use crate::identity::Identity;
use crate::own_answer::OwnAnswer;
use crate::rule::Rule;
use crate::step_up::StepUp;

/// Why a request is not passed on, or not answered by its service.
#[derive(Debug)]
pub(crate) enum Denial {
    /// The path has more than one interpretation.
    Path,
    /// No route matches.
    NoRoute,
    /// The path takes other methods.
    Method(HeaderValue),
    /// The end of the body is ambiguous.
    Framing,
    /// Too many requests.
    TooOften(LimitExceeded),
    /// Nobody is known. The redirect is for a person who navigates; the route may tell a client where to get a token.
    Unknown(CredentialProblem, Option<SignInPage>, Option<Arc<Rule>>),
    /// Another site made a browser send it.
    CrossOrigin(PublicOrigin),
    /// The token does not allow what the route needs.
    Scope(Arc<Rule>, Scheme),
    /// The member lacks the role that is needed.
    Role,
    /// The proof of who the sender is is too old, or too weak. The redirect is for a person who navigates.
    StepUp(Arc<Rule>, Scheme, Option<ProvePage>),
    /// The scope that was asked for in forward-auth is lacking.
    NamedScope(String),
    /// In forward-auth, the proof of who the sender is is older or weaker than what was asked for.
    NamedStepUp(StepUp, Scheme),
    /// The path that was named in forward-auth has more than one reading.
    NamedPath,
    /// In forward-auth, the proxy's header came twice.
    NamedTwice,
    /// The service did not answer.
    Forward(ForwardError),
    /// One of the others, to somebody who is known.
    Known(Box<Self>, Identified),
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
    /// The same to somebody who is known. A session of the site has the site itself for its client.
    pub(crate) fn for_known(self, identity: &Identity) -> Self {
        let sender =
            identity.member().map_or_else(|| Identified::client(identity.client()), Identified::member);
        Self::Known(Box::new(self), sender)
    }

    fn answer(self) -> Response {
        match self {
            Self::Path => ambiguous_path(StatusCode::BAD_REQUEST),
            Self::NamedPath => ambiguous_path(StatusCode::FORBIDDEN),
            Self::NamedTwice => refused(ErrorCode::ForwardAuthAmbiguous),
            Self::NoRoute => Refusal::not_found().into_response(),
            Self::Method(allow) => {
                let mut response = refused(ErrorCode::MethodNotAllowed);
                response.headers_mut().insert(ALLOW, allow);
                response
            }
            Self::Framing => {
                let mut response = refused(ErrorCode::FramingAmbiguous);
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
            Self::Role => refused(ErrorCode::InsufficientRole),
            Self::StepUp(rule, scheme, prove) => {
                challenge::step_up(rule.step_up.as_ref(), scheme, rule.document(), prove)
            }
            Self::NamedScope(scope) => challenge::insufficient_scope(&scope, Scheme::Bearer, None),
            Self::NamedStepUp(asks, scheme) => challenge::step_up(Some(&asks), scheme, None, None),
            Self::Forward(error) => forward_error(error),
            Self::Known(denial, sender) => {
                let mut response = denial.answer();
                RefusalMark::note_sender(&mut response, sender);
                response
            }
        }
    }
}

fn ambiguous_path(status: StatusCode) -> Response {
    Refusal::of(ErrorCode::PathNotCanonical).with_status(status).into_response()
}

fn forward_error(error: ForwardError) -> Response {
    refused(match error {
        ForwardError::Unavailable(wait) => {
            return Refusal::of(ErrorCode::UpstreamUnavailable).retry_after(wait).into_response();
        }
        ForwardError::Unreachable => ErrorCode::UpstreamUnreachable,
        ForwardError::Broken => ErrorCode::UpstreamBroken,
        ForwardError::TimedOut => ErrorCode::UpstreamTimeout,
        ForwardError::BodyTooLarge => ErrorCode::BodyTooLarge,
        ForwardError::ClientSilent => ErrorCode::Timeout,
        // Nobody reads the answer; it is for the log and the metrics.
        ForwardError::ClientGone => ErrorCode::BodyBroken,
    })
}

fn refused(error: ErrorCode) -> Response {
    Refusal::of(error).into_response()
}
