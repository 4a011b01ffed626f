//! `code_challenge` and `code_challenge_method`: PKCE with S256 for everybody (RFC 7636, S-AS-4), except a confidential client
//! that is configured as unable to do it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::TokenHash;

use super::asked::Asked;
use super::outcome::{Outcome, invalid_request};
use crate::parameters::Parameters;

pub(crate) fn check(asked: &Asked<'_>) -> Outcome {
    let Some(text) = asked.parameters.get("code_challenge") else {
        let is_without = asked.parameters.get("code_challenge_method").is_none();
        if is_without && !asked.client.pkce.is_required() {
            return Outcome::GoOn;
        }
        return invalid_request("`code_challenge` is missing; PKCE with S256 is required of every client");
    };
    match asked.parameters.get("code_challenge_method") {
        Some("S256") => {}
        None => return invalid_request("`code_challenge_method` is missing; send `S256`"),
        Some(_) => return invalid_request("the only `code_challenge_method` is `S256`"),
    }
    match parse(text) {
        Some(_) => Outcome::GoOn,
        None => invalid_request(
            "`code_challenge` must be the SHA-256 of the verifier, in 43 characters of base64url",
        ),
    }
}

/// The challenge of a request that was checked.
pub(crate) fn challenge(parameters: &Parameters) -> Option<TokenHash> {
    parse(parameters.get("code_challenge")?)
}

fn parse(text: &str) -> Option<TokenHash> {
    (text.len() == 43).then_some(())?;
    TokenHash::from_bytes(&URL_SAFE_NO_PAD.decode(text).ok()?)
}
