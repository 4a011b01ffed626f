//! The person agrees to what a client of others is to get (OpenID Connect Core section 3.1.2.4, S-AS-14).

use super::asked::{Agreed, Asked};
use super::outcome::{Outcome, Question, refuse};
use super::{prompt, scope};

pub(crate) fn check(asked: &Asked<'_>) -> Outcome {
    // Signing in comes first: only somebody who is signed in can agree.
    if asked.person.is_none() || has_agreed(asked) {
        Outcome::GoOn
    } else if prompt::is_none(asked.parameters) {
        refuse("consent_required", "the person has to agree first; send them here without `prompt=none`")
    } else {
        Outcome::Ask(Question::Consent)
    }
}

fn has_agreed(asked: &Asked<'_>) -> bool {
    match asked.agreed {
        Agreed::Now => true,
        _ if prompt::wants_consent(asked.parameters) => false,
        _ if asked.client.is_first_party => true,
        Agreed::Before(scope) => {
            let wanted = scope::granted(asked.parameters, asked.client);
            wanted.is_within(scope) && !may_be_another_app(asked)
        }
        Agreed::ToNothing => false,
    }
}

/// Any app on a device may claim a private-use scheme, so what was agreed to for one is not known to be for this one (RFC 8252
/// section 8.6). Any app may also listen on a port and use the name of a client that nobody here has checked: plain http leads
/// to the person's own device.
fn may_be_another_app(asked: &Asked<'_>) -> bool {
    let redirect_uri = asked.parameters.get("redirect_uri").unwrap_or_default();
    if redirect_uri.starts_with("http://") {
        asked.client.is_public() && asked.client.is_self_described()
    } else {
        !redirect_uri.starts_with("https://")
    }
}
