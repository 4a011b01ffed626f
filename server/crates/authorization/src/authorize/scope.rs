//! `scope`: what the client may ask for, and no more (RFC 6749 section 3.3, S-AS-22).

use tokens::Scope;

use super::asked::Asked;
use super::outcome::{Outcome, refuse};
use crate::client::model::Client;
use crate::parameters::Parameters;

/// What lets a client go on when the person is away: only for those who ask for it by name.
pub(crate) const OFFLINE: &str = "offline_access";

pub(crate) fn check(asked: &Asked<'_>) -> Outcome {
    let Some(text) = asked.parameters.get("scope") else { return Outcome::GoOn };
    let Some(scope) = Scope::parse(text) else {
        return refuse("invalid_scope", "`scope` must be words of visible ASCII, separated by single blanks");
    };
    match scope.words().find(|word| !asked.client.scope.has(word)) {
        Some(word) => refuse("invalid_scope", format!("the client may not ask for `{word}`")),
        None => Outcome::GoOn,
    }
}

/// Whether a client with this scope goes on when the person has signed out.
pub(crate) fn outlives_session(scope: &Scope) -> bool {
    scope.has(OFFLINE)
}

/// The scope of a request that was checked. One that names none asks for all that its client may have.
pub(crate) fn granted(parameters: &Parameters, client: &Client) -> Scope {
    let usual = || {
        let words: Vec<_> = client.scope.words().filter(|word| *word != OFFLINE).collect();
        Scope::parse(&words.join(" "))
    };
    parameters.get("scope").map_or_else(usual, Scope::parse).unwrap_or_default()
}
