//! `nonce`: comes back in the ID token, and is stored until then.

use super::asked::Asked;
use super::outcome::{Outcome, invalid_request};

/// As the table holds it.
const MAX_BYTES: usize = 500;

pub(crate) fn check(asked: &Asked<'_>) -> Outcome {
    match asked.parameters.get("nonce") {
        Some(nonce) if nonce.len() > MAX_BYTES => invalid_request("`nonce` is longer than 500 bytes"),
        _ => Outcome::GoOn,
    }
}
