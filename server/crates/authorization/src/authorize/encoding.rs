//! No parameter comes twice, and all are UTF-8 (S-AS-11).

use super::asked::Asked;
use super::outcome::{Outcome, invalid_request};

pub(crate) fn check(asked: &Asked<'_>) -> Outcome {
    if let Some(name) = asked.parameters.repeated() {
        return invalid_request(format!("`{name}` was sent twice; send each parameter once"));
    }
    match asked.parameters.unreadable() {
        Some(name) => invalid_request(format!("`{name}` is not UTF-8")),
        None => Outcome::GoOn,
    }
}
