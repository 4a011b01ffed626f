//! The header `DPoP`, and the nonce that goes back with each answer to a request that has one (RFC 9449 sections 4.1 and 8.2).

use axum::response::Response;
use http::header::{AUTHORIZATION, HeaderName};
use http::{HeaderMap, HeaderValue};
use tokens::{ProofError, Tokens};

const DPOP: HeaderName = HeaderName::from_static("dpop");
const DPOP_NONCE: HeaderName = HeaderName::from_static("dpop-nonce");

/// The proof of a request, if it has one.
pub(crate) fn read(headers: &HeaderMap) -> Result<Option<&str>, ProofError> {
    let mut sent = headers.get_all(DPOP).iter();
    let Some(proof) = sent.next() else { return Ok(None) };
    if sent.next().is_some() {
        return Err(ProofError::Invalid("was sent twice; send one"));
    }
    proof.to_str().map(Some).map_err(|_| ProofError::Invalid("must be a JWT in three parts"))
}

/// Gives the client a nonce for its next proof, if the request that is answered had one, or a token that is bound to a key.
pub(crate) fn add_nonce(tokens: &Tokens, asked: &HeaderMap, mut answer: Response) -> Response {
    let is_bound = |sent: &HeaderValue| {
        sent.as_bytes().get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"DPoP "))
    };
    if (asked.contains_key(DPOP) || asked.get(AUTHORIZATION).is_some_and(is_bound))
        && let Ok(nonce) = HeaderValue::from_str(&tokens.proofs.nonce())
    {
        answer.headers_mut().insert(DPOP_NONCE, nonce);
    }
    answer
}
