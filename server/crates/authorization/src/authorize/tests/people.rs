//! What is asked of the person: to sign in, to sign in again, to agree.

use std::time::Duration;

use kernel::{NewId as _, OsRandomness};
use names::MemberId;
use testkit::HandClock;
use tokens::Scope;

use super::{decision, error, now, person, portal, request};
use crate::authorize::asked::{Agreed, Asked, Hint};
use crate::authorize::decision::{Decision, decide};
use crate::authorize::outcome::Question;
use crate::authorize::refused::Refused;
use crate::client::model::Client;
use crate::client::redirect_uri::RedirectUri;

#[test]
fn prompt_none_never_asks() {
    let silent = |changed: &[(&str, &str)], person| {
        let changed: Vec<_> = changed.iter().copied().chain([("prompt", "none")]).collect();
        match decision(&changed, person) {
            Decision::Refuse(refused) => refused.error,
            Decision::Grant => "",
            Decision::Ask(_) => panic!("{changed:?}: a page would be shown"),
        }
    };
    assert_eq!(silent(&[], Some(person(60))), "");
    assert_eq!(silent(&[], None), "login_required");
    assert_eq!(silent(&[("max_age", "30")], Some(person(60))), "login_required");
    assert_eq!(silent(&[("max_age", "90")], Some(person(60))), "");
    assert_eq!(error(&[("prompt", "none login")]), "invalid_request");
    assert_eq!(error(&[("prompt", "create")]), "invalid_request");
    assert_eq!(error(&[("prompt", "none consent")]), "invalid_request");
}

#[test]
fn a_person_signs_in_again_once_where_the_request_asks_for_it() {
    let again = |changed: &[(&str, &str)]| {
        let (client, parameters) = (portal(), request(changed));
        let person = person(60);
        let mut asked = Asked {
            parameters: &parameters,
            client: &client,
            person: Some(person),
            waits_since: None,
            hint: Hint::Nobody,
            is_pushed: false,
            agreed: Agreed::ToNothing,
            now: now(),
        };
        let first = decide(&asked);
        asked.waits_since = Some(person.auth_time.plus(Duration::from_millis(1)));
        assert_eq!(decide(&asked), first, "the sign-in was before the request");
        asked.waits_since = Some(person.auth_time);
        assert_eq!(decide(&asked), Decision::Grant, "once is enough");
        asked.now = person.auth_time.plus(Duration::from_mins(10));
        assert_eq!(decide(&asked), Decision::Grant, "who reads the consent page has time");
        asked.now = asked.now.plus(Duration::from_millis(1));
        assert_eq!(decide(&asked), Decision::Ask(Question::SignInAgain), "and may have left since");
        first
    };
    for changed in [
        ("prompt", "login"),
        ("prompt", "select_account"),
        ("prompt", "login select_account"),
        ("max_age", "0"),
        ("max_age", "59"),
    ] {
        assert_eq!(again(&[changed]), Decision::Ask(Question::SignInAgain), "{changed:?}");
    }
    assert_eq!(decision(&[("max_age", "60")], Some(person(60))), Decision::Grant);
    for age in ["-1", "+1", "1.5", "soon", "99999999999"] {
        assert_eq!(error(&[("max_age", age)]), "invalid_request", "{age}");
    }
}

#[test]
fn a_hint_names_the_person_who_must_be_there() {
    let (client, person) = (portal(), person(60));
    let decided = |hint, prompt: &str, waits_since| {
        let parameters = request(&[("prompt", prompt)]);
        let agreed = Agreed::ToNothing;
        let person = Some(person);
        decide(&Asked {
            parameters: &parameters,
            client: &client,
            person,
            waits_since,
            hint,
            is_pushed: false,
            agreed,
            now: now(),
        })
    };
    let other = Hint::Member(MemberId::new(&HandClock::default(), &OsRandomness));
    let error = |decision| match decision {
        Decision::Refuse(refused) => refused.error,
        decision => panic!("{decision:?}"),
    };
    assert_eq!(decided(Hint::Member(person.member), "", None), Decision::Grant);
    assert_eq!(decided(Hint::Member(person.member), "none", None), Decision::Grant);
    assert_eq!(decided(other, "", None), Decision::Ask(Question::SignInAgain));
    assert_eq!(error(decided(other, "none", None)), "login_required");
    assert_eq!(
        error(decided(other, "", Some(person.auth_time))),
        "login_required",
        "they signed in as another"
    );
    assert_eq!(error(decided(Hint::NotGood, "", None)), "invalid_request");
}

/// What becomes of a request of a client of others, by a person who agreed before to `agreed`.
fn stranger_decision(changed: &[(&str, &str)], agreed: Option<&str>) -> Decision {
    let native = RedirectUri::register("com.example.app:/callback").unwrap();
    let redirect_uris = portal().redirect_uris.into_iter().chain([native]).collect();
    let client = Client { is_first_party: false, redirect_uris, ..portal() };
    let (parameters, agreed) = (request(changed), agreed.map(|agreed| Scope::parse(agreed).unwrap()));
    decide(&Asked {
        parameters: &parameters,
        client: &client,
        person: Some(person(60)),
        waits_since: None,
        hint: Hint::Nobody,
        is_pushed: false,
        agreed: agreed.as_ref().map_or(Agreed::ToNothing, Agreed::Before),
        now: now(),
    })
}

#[test]
fn s_as_14_who_is_asked_to_agree_and_to_what() {
    let asks = Decision::Ask(Question::Consent);
    assert_eq!(stranger_decision(&[], None), asks);
    assert_eq!(stranger_decision(&[], Some("openid")), asks, "more than before is asked again");
    assert_eq!(stranger_decision(&[], Some("openid profile")), Decision::Grant);
    assert_eq!(
        stranger_decision(&[("scope", "openid")], Some("profile openid")),
        Decision::Grant,
        "less is not"
    );
    assert_eq!(stranger_decision(&[("prompt", "consent")], Some("openid profile")), asks);
    let native = ("redirect_uri", "com.example.app:/callback");
    assert_eq!(stranger_decision(&[native], Some("openid profile")), asks, "any app may claim that scheme");
    assert_eq!(
        decision(&[("prompt", "consent")], Some(person(60))),
        asks,
        "the team's own are asked by wish alone"
    );
    assert_eq!(
        decision(&[("prompt", "consent")], None),
        Decision::Ask(Question::SignIn),
        "after the sign-in"
    );
    let silent = stranger_decision(&[("prompt", "none")], Some("openid"));
    assert!(matches!(silent, Decision::Refuse(Refused { error: "consent_required", .. })), "{silent:?}");
    assert_eq!(stranger_decision(&[("prompt", "none")], Some("openid profile")), Decision::Grant);
}
