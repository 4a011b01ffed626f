//! The answer to a request whose sender is not known, or may not do what it asks (design section 3.6).

use axum::response::{IntoResponse as _, Redirect, Response};
use http::header::WWW_AUTHENTICATE;
use http::{HeaderMap, HeaderValue, Method, Uri};
use names::{ErrorCode, Level, LoginError, path};
use web::challenge::BEARER;
use web::{PublicOrigin, Refusal, wants_page};

use crate::credential::{CredentialProblem, Known};
use crate::identity::AuthProblem;
use crate::step_up::StepUp;

/// The algorithms that a proof may be signed by, as the metadata of the authorization server lists them too.
const PROOF_ALGORITHMS: &str = "ES256 RS256 EdDSA";

/// In which way a sender shows who they are (RFC 9110 section 11.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    /// By a token alone.
    Bearer,
    /// By a token and a proof (RFC 9449 section 7.1).
    Dpop,
}

impl Scheme {
    pub(crate) const fn of(known: &Known) -> Self {
        if known.by_proof { Self::Dpop } else { Self::Bearer }
    }

    /// `document` is where the client reads how to get a token (RFC 9728 section 5.1).
    fn challenge(
        self,
        error: Option<&str>,
        scope: Option<&str>,
        document: Option<&str>,
    ) -> Option<HeaderValue> {
        let values = [("error", error), ("scope", scope), ("resource_metadata", document)];
        self.challenge_of(&values)
    }

    fn challenge_of(self, values: &[(&str, Option<&str>)]) -> Option<HeaderValue> {
        match self {
            Self::Bearer => web::challenge::challenge(BEARER, values),
            Self::Dpop => {
                let scheme = format!("DPoP realm=\"daemun\", algs=\"{PROOF_ALGORITHMS}\"");
                web::challenge::challenge(&scheme, values)
            }
        }
    }
}

/// The answer to a credential problem. With `login`, a person who navigates is sent to sign in and comes back.
pub(crate) fn unknown(
    problem: CredentialProblem,
    login: Option<SignInPage>,
    document: Option<&str>,
) -> Response {
    let (problem, scheme) = match problem {
        CredentialProblem::Twice => {
            let refusal = Refusal::of(ErrorCode::AuthorizationAmbiguous);
            return with(refusal, [Scheme::Bearer.challenge(Some("invalid_request"), None, document)]);
        }
        CredentialProblem::Auth(problem) => (problem, Scheme::Bearer),
        CredentialProblem::Bound(problem) => (problem, Scheme::Dpop),
    };
    match (problem, login) {
        (AuthProblem::Missing | AuthProblem::SessionEnded, Some(login)) => login.redirect(None),
        // The sign-in page does not get the second cookie, and would send the person straight back.
        (AuthProblem::CookieTwice, Some(login)) => login.redirect(Some(LoginError::CookieTwice)),
        (AuthProblem::Unavailable, _) => Refusal::unavailable().into_response(),
        (problem, _) => {
            let (refusal, error) = wording(problem);
            let challenge = scheme.challenge(error, None, document);
            match scheme {
                // The second challenge tells the holder of a bound token how to send it (RFC 9449 section 7.2).
                Scheme::Bearer => with(refusal, [challenge, Scheme::Dpop.challenge(None, None, document)]),
                Scheme::Dpop => with(refusal, [challenge]),
            }
        }
    }
}

/// Our refusal, and the error of the challenge. A request without a token has none to be wrong, so its challenge names no error
/// (RFC 6750 section 3.1); expired, forged and unknown are one wording there (S-GW-3), and the body's code tells our own callers
/// apart what helps.
fn wording(problem: AuthProblem) -> (Refusal, Option<&'static str>) {
    let invalid = || Refusal::of(ErrorCode::TokenInvalid);
    match problem {
        AuthProblem::Missing | AuthProblem::CookieTwice => (Refusal::of(ErrorCode::TokenMissing), None),
        AuthProblem::SessionEnded => {
            (Refusal::of(ErrorCode::TokenRevoked).saying("The session has ended. Sign in again."), None)
        }
        AuthProblem::Expired => (Refusal::of(ErrorCode::TokenExpired), Some("invalid_token")),
        AuthProblem::Revoked => (Refusal::of(ErrorCode::TokenRevoked), Some("invalid_token")),
        AuthProblem::ProofInvalid => {
            let text = "Send a DPoP proof for this request, by the key that the access token is bound to.";
            (invalid().saying(text), Some("invalid_dpop_proof"))
        }
        AuthProblem::ProofNonce => {
            let text = "Send the request again, with a DPoP proof that has the nonce of DPoP-Nonce.";
            (invalid().saying(text), Some("use_dpop_nonce"))
        }
        AuthProblem::Invalid | AuthProblem::Unavailable => (invalid(), Some("invalid_token")),
    }
}

/// 403 with the scope that is needed (RFC 6750 section 3.1).
pub(crate) fn insufficient_scope(needed: &str, scheme: Scheme, document: Option<&str>) -> Response {
    let challenge = scheme.challenge(Some("insufficient_scope"), Some(needed), document);
    with(Refusal::of(ErrorCode::InsufficientScope), [challenge])
}

/// 401 with what is asked of the proof (RFC 9470 section 3); a person who navigates is sent to give it, and comes back.
pub(crate) fn step_up(
    asks: Option<&StepUp>,
    scheme: Scheme,
    document: Option<&str>,
    prove: Option<ProvePage>,
) -> Response {
    if let Some(ProvePage { return_to }) = prove {
        let needs_factor = asks.is_some_and(|asks| asks.level >= Level::Two);
        let page = if needs_factor { path::prove_by_second_factor } else { path::prove };
        return Redirect::to(&page(&return_to)).into_response();
    }
    let acr = asks.map(|asks| asks.level.acr().as_str());
    let max_age = asks.and_then(|asks| asks.fresh).map(|fresh| fresh.as_secs().to_string());
    let challenge = scheme.challenge_of(&[
        ("error", Some("insufficient_user_authentication")),
        ("acr_values", acr),
        ("max_age", max_age.as_deref()),
        ("resource_metadata", document),
    ]);
    with(Refusal::of(ErrorCode::StepUpNeeded), [challenge])
}

/// 403 for a request that another site made a browser send (S-BFF-3).
pub(crate) fn cross_origin(origin: &PublicOrigin) -> Response {
    origin.refusal().into_response()
}

/// Where a person who navigates signs in; `None` for calls, and for requests that a redirect would lose.
pub(crate) fn login(method: &Method, headers: &HeaderMap, uri: &Uri) -> Option<SignInPage> {
    if *method != Method::GET || headers.contains_key(http::header::AUTHORIZATION) || !wants_page(headers) {
        return None;
    }
    Some(SignInPage { return_to: uri.path_and_query()?.as_str().to_owned() })
}

/// Where a person who navigates with a session proves again who they are; `None` for calls.
pub(crate) fn prove(known: &Known, method: &Method, headers: &HeaderMap, uri: &Uri) -> Option<ProvePage> {
    let SignInPage { return_to } = login(method, headers, uri).filter(|_| known.by_cookie)?;
    Some(ProvePage { return_to })
}

/// The page on which a member proves again who they are, to come back.
#[derive(Debug)]
pub(crate) struct ProvePage {
    return_to: String,
}

/// The page on which a person signs in, to come back.
#[derive(Debug)]
pub(crate) struct SignInPage {
    return_to: String,
}

impl SignInPage {
    fn redirect(self, error: Option<LoginError>) -> Response {
        Redirect::to(&path::login(error, &self.return_to)).into_response()
    }
}

fn with<const N: usize>(refusal: Refusal, challenges: [Option<HeaderValue>; N]) -> Response {
    let mut response = refusal.into_response();
    for challenge in challenges.into_iter().flatten() {
        response.headers_mut().append(WWW_AUTHENTICATE, challenge);
    }
    response
}
