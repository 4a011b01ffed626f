//! How strongly the person is to have proven who they are: `acr_values`.

use names::{Acr, ProvenBy};

use super::{decision, now, person, portal, request};
use crate::authorize::acr_values::least;
use crate::authorize::asked::{Agreed, Asked, Hint, Person};
use crate::authorize::decision::{Decision, decide};
use crate::authorize::outcome::Question;
use crate::authorize::refused::Refused;

const TWO: &str = "urn:daemun:acr:2";

/// Somebody who has proven this much, and could prove as much as that.
fn who(proven_by: ProvenBy, attainable: Acr) -> Person {
    Person { proven_by, attainable, ..person(60) }
}

#[test]
fn the_least_of_the_classes_that_are_named_is_asked_for_and_others_are_not_ours() {
    for (asked, found) in [
        (TWO, Some(Acr::Two)),
        ("phr", Some(Acr::PhishingResistant)),
        ("phr urn:daemun:acr:2", Some(Acr::Two)),
        ("urn:daemun:acr:2 urn:daemun:acr:1", Some(Acr::One)),
        ("urn:example:gold phr", Some(Acr::PhishingResistant)),
        ("urn:example:gold", None),
        ("URN:DAEMUN:ACR:2", None),
        ("urn:daemun:acr:2\u{b}urn:daemun:acr:1", None),
        ("  ", None),
    ] {
        assert_eq!(least(&request(&[("acr_values", asked)])), found, "{asked:?}");
    }
    assert_eq!(least(&request(&[])), None);
}

#[test]
fn who_has_proven_less_proves_more_if_they_can_and_goes_on_if_they_cannot() {
    use Acr::{One, PhishingResistant, Two};
    use ProvenBy::{Passkey, Password, PasswordAndCode, PasswordAndRecoveryCode, Provider, ProviderAndCode};
    for (asked, proven_by, attainable, asks) in [
        ("urn:daemun:acr:1", Password, PhishingResistant, false),
        ("urn:daemun:acr:1", Provider, PhishingResistant, false),
        (TWO, Password, One, false),
        (TWO, Password, Two, true),
        (TWO, Provider, Two, true),
        (TWO, Password, PhishingResistant, true),
        (TWO, PasswordAndCode, Two, false),
        (TWO, ProviderAndCode, Two, false),
        (TWO, PasswordAndRecoveryCode, Two, false),
        (TWO, Passkey, PhishingResistant, false),
        ("phr", Password, Two, false),
        ("phr", PasswordAndCode, Two, false),
        ("phr", PasswordAndCode, PhishingResistant, true),
        ("phr", Passkey, PhishingResistant, false),
        ("phr urn:daemun:acr:2", PasswordAndCode, PhishingResistant, false),
        ("urn:example:gold", Password, PhishingResistant, false),
    ] {
        let decided = decision(&[("acr_values", asked)], Some(who(proven_by, attainable)));
        let then = if asks { Decision::Ask(Question::Prove) } else { Decision::Grant };
        assert_eq!(decided, then, "{asked} {proven_by:?} {attainable:?}");
    }
}

#[test]
fn nobody_is_asked_where_the_client_wants_no_page() {
    let silent = [("acr_values", TWO), ("prompt", "none")];
    match decision(&silent, Some(who(ProvenBy::Password, Acr::Two))) {
        Decision::Refuse(Refused { error, .. }) => assert_eq!(error, "login_required"),
        other => panic!("{other:?}"),
    }
    assert_eq!(decision(&silent, Some(who(ProvenBy::PasswordAndCode, Acr::Two))), Decision::Grant);
    assert_eq!(decision(&silent, Some(who(ProvenBy::Password, Acr::One))), Decision::Grant);
}

/// Who shows a code for this request may have left the passkey elsewhere.
#[test]
fn a_code_that_was_shown_for_this_request_is_enough_where_a_passkey_is_asked_for() {
    let (client, parameters) = (portal(), request(&[("acr_values", "phr")]));
    let decided = |proven_by| {
        let person = who(proven_by, Acr::PhishingResistant);
        decide(&Asked {
            parameters: &parameters,
            client: &client,
            person: Some(person),
            waits_since: Some(person.auth_time),
            hint: Hint::Nobody,
            is_pushed: false,
            agreed: Agreed::ToNothing,
            now: now(),
        })
    };
    assert_eq!(decided(ProvenBy::PasswordAndCode), Decision::Grant);
    assert_eq!(decided(ProvenBy::Password), Decision::Ask(Question::Prove), "a password is not");
}
