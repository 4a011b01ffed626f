//! `state`: an opaque value of the client, bounded since it is returned in an address.

use super::asked::Asked;
use super::outcome::{Outcome, invalid_request};

/// An address that holds it encoded three times over is still one that servers take.
const MAX_BYTES: usize = 2048;

/// The `state` that goes back. One that is too long is dropped: servers might refuse an address with it.
pub(crate) fn echoed<'a>(asked: &Asked<'a>) -> Option<&'a [u8]> {
    asked.parameters.bytes("state").filter(|state| state.len() <= MAX_BYTES)
}

pub(crate) fn check(asked: &Asked<'_>) -> Outcome {
    match asked.parameters.bytes("state") {
        Some(state) if state.len() > MAX_BYTES => invalid_request("`state` is longer than 2048 bytes"),
        _ => Outcome::GoOn,
    }
}
