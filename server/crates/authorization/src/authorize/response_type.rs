//! `response_type` and `response_mode`: a code, in the query (S-AS-10). The client must be one that uses codes.

use super::asked::Asked;
use super::outcome::{Outcome, invalid_request, refuse};
use crate::client::grant_type::GrantType;

pub(crate) fn check(asked: &Asked<'_>) -> Outcome {
    match asked.parameters.get("response_type") {
        None => return invalid_request("`response_type` is missing; send `code`"),
        Some("code") => {}
        Some(_) => return refuse("unsupported_response_type", "the only `response_type` is `code`"),
    }
    match asked.parameters.get("response_mode") {
        None | Some("query") => {}
        Some(_) => return invalid_request("the only `response_mode` is `query`; leave it out"),
    }
    if asked.client.may_use(GrantType::AuthorizationCode) {
        Outcome::GoOn
    } else {
        refuse("unauthorized_client", "the client may not use the grant authorization_code")
    }
}
