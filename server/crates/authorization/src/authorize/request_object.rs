//! `request`, `request_uri` and `registration`: nothing is read that a client signed, and nothing is fetched on its word
//! (S-AS-16).

use super::asked::Asked;
use super::outcome::{Outcome, refuse};

pub(crate) fn check(asked: &Asked<'_>) -> Outcome {
    let sent = |name| asked.parameters.bytes(name).is_some() || asked.parameters.is_repeated(name);
    if sent("request") {
        refuse("request_not_supported", "send the parameters themselves in place of a request object")
    } else if sent("request_uri") {
        refuse("request_uri_not_supported", "send the parameters themselves in place of `request_uri`")
    } else if sent("registration") {
        refuse("registration_not_supported", "clients are registered beforehand")
    } else {
        Outcome::GoOn
    }
}
