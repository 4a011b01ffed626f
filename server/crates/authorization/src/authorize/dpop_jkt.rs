//! `dpop_jkt`: the key that the code is to be bound to (RFC 9449 section 10), so that a stolen code is useless without the key.

use tokens::Thumbprint;

use super::asked::Asked;
use super::outcome::{Outcome, invalid_request};
use crate::parameters::Parameters;

pub(crate) fn check(asked: &Asked<'_>) -> Outcome {
    match (asked.parameters.get("dpop_jkt"), key(asked.parameters)) {
        (Some(_), None) => invalid_request(
            "`dpop_jkt` must be the SHA-256 thumbprint of a key, in 43 characters of base64url",
        ),
        _ => Outcome::GoOn,
    }
}

/// The key of a request that was checked.
pub(crate) fn key(parameters: &Parameters) -> Option<Thumbprint> {
    Thumbprint::parse(parameters.get("dpop_jkt")?)
}
