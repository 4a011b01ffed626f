//! Challenges: what an answer says of how its sender could show who they are (RFC 9110 section 11.6.1).

use std::fmt::Write as _;

use http::{HeaderValue, StatusCode};
use names::ErrorCode;

use crate::refusal::Refusal;

/// The challenge to send an access token (RFC 6750 section 3).
pub const BEARER: &str = "Bearer realm=\"daemun\"";

/// The field `WWW-Authenticate`: a scheme, which may have parameters, and those of these values that there are.
pub fn challenge(scheme: &str, values: &[(&str, Option<&str>)]) -> Option<HeaderValue> {
    let mut text = scheme.to_owned();
    for (name, value) in values {
        if let Some(value) = value {
            // Writing into a text cannot fail.
            let _ = write!(text, ", {name}=\"{value}\"");
        }
    }
    HeaderValue::from_str(&text).ok()
}

/// The challenge of a 401. A request without a token has none to be wrong, so nothing is said of an error (RFC 6750 section 3.1);
/// expired, forged and unknown tokens are one wording (S-GW-3).
pub fn of_refusal(refusal: &Refusal) -> Option<HeaderValue> {
    if refusal.status() != StatusCode::UNAUTHORIZED {
        return None;
    }
    let of_tokens = [ErrorCode::TokenInvalid, ErrorCode::TokenExpired, ErrorCode::TokenRevoked];
    let is_of_token = of_tokens.iter().any(|error| error.as_str() == refusal.code());
    challenge(BEARER, &[("error", is_of_token.then_some("invalid_token"))])
}

/// The challenge of a 403 to a token that does not allow what `scope` does.
pub fn insufficient_scope(scope: &str) -> Option<HeaderValue> {
    challenge(BEARER, &[("error", Some("insufficient_scope")), ("scope", Some(scope))])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s_gw_2_s_gw_3_only_a_token_can_be_wrong() {
        for (error, text) in [
            (ErrorCode::NotSignedIn, "Bearer realm=\"daemun\""),
            (ErrorCode::TokenMissing, "Bearer realm=\"daemun\""),
            (ErrorCode::TokenInvalid, "Bearer realm=\"daemun\", error=\"invalid_token\""),
            (ErrorCode::TokenExpired, "Bearer realm=\"daemun\", error=\"invalid_token\""),
            (ErrorCode::TokenRevoked, "Bearer realm=\"daemun\", error=\"invalid_token\""),
        ] {
            assert_eq!(of_refusal(&Refusal::of(error)).unwrap(), text, "{error:?}");
        }
        assert_eq!(of_refusal(&Refusal::not_found()), None);
    }
}
