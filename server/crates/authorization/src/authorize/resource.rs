//! `resource`: for which API the tokens are to be (RFC 8707, S-AS-24).

use url::Url;

use super::asked::Asked;
use super::outcome::{Outcome, refuse};

/// The longest one, as the tables hold it.
const MAX_BYTES: usize = 2048;

pub(crate) fn check(asked: &Asked<'_>) -> Outcome {
    match asked.parameters.get("resource") {
        Some(resource) if !is_resource(resource) => {
            refuse("invalid_target", "`resource` must be an absolute URI without a fragment")
        }
        Some(resource) if !asked.client.audiences.iter().any(|audience| audience == resource) => {
            refuse("invalid_target", "the client may not ask for tokens for this `resource`")
        }
        _ => Outcome::GoOn,
    }
}

/// Whether a text can name an API: an absolute URI without a fragment (RFC 8707 section 2).
pub(crate) fn is_resource(text: &str) -> bool {
    text.len() <= MAX_BYTES
        && text.bytes().all(|byte| byte.is_ascii_graphic())
        && !text.contains('#')
        && Url::parse(text).is_ok()
}
