//! The checks, one by one and together.

mod people;
mod strength;

use std::sync::Arc;
use std::time::Duration;

use kernel::{Clock as _, NewId as _, OsRandomness, Timestamp};
use names::{MemberId, SessionId};
use testkit::HandClock;

use super::asked::{Agreed, Asked, Hint, KNOWN, Person};
use super::decision::{CHECKS, Decision, decide};
use super::outcome::{Outcome, Question};
use super::page_error::PageError;
use super::refused::Refused;
use super::{client, pkce, redirect_uri, scope};
use crate::client::clients::Clients;
use crate::client::grant_type::GrantType;
use crate::client::model::Client;
use crate::parameters::Parameters;

const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

fn portal() -> Client {
    Client::example()
}

/// What a good client sends, with other values for some parameters; an empty value leaves one out.
fn request(changed: &[(&str, &str)]) -> Parameters {
    let usual = [
        ("response_type", "code"),
        ("client_id", "portal-client"),
        ("redirect_uri", "http://localhost:3999/callback"),
        ("scope", "openid profile"),
        ("state", "xyz"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, value) in usual {
        if !changed.iter().any(|(changed, _)| *changed == name) {
            query.append_pair(name, value);
        }
    }
    query.extend_pairs(changed);
    Parameters::parse(query.finish().as_bytes(), KNOWN)
}

/// When everything here happens.
fn now() -> Timestamp {
    HandClock::default().now()
}

fn person(signed_in_ago: u64) -> Person {
    let clock = HandClock::default();
    Person {
        member: MemberId::new(&clock, &OsRandomness),
        session: SessionId::new(&clock, &OsRandomness),
        auth_time: now().minus(Duration::from_secs(signed_in_ago)),
        proven_by: names::ProvenBy::Password,
        method: names::SignInMethod::Password,
        attainable: names::Acr::One,
    }
}

fn decision(changed: &[(&str, &str)], person: Option<Person>) -> Decision {
    let (client, parameters) = (portal(), request(changed));
    decide(&Asked {
        parameters: &parameters,
        client: &client,
        person,
        waits_since: None,
        hint: Hint::Nobody,
        is_pushed: false,
        agreed: Agreed::ToNothing,
        now: now(),
    })
}

/// The error that a signed-in person's client is told.
fn error(changed: &[(&str, &str)]) -> &'static str {
    match decision(changed, Some(person(60))) {
        Decision::Refuse(Refused { error, description }) => {
            let allowed = |byte: u8| matches!(byte, 0x20 | 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
            assert!(!description.is_empty() && description.bytes().all(allowed), "RFC 6749: {description}");
            error
        }
        Decision::Grant => "",
        Decision::Ask(_) => "asked",
    }
}

#[test]
fn a_good_request_is_granted_to_who_is_signed_in_and_asks_others() {
    assert_eq!(decision(&[], Some(person(60))), Decision::Grant);
    assert_eq!(decision(&[], None), Decision::Ask(Question::SignIn));
    assert_eq!(decision(&[("scope", ""), ("state", "")], Some(person(60))), Decision::Grant);
}

#[test]
fn s_as_3_client_and_redirect_uri_in_doubt_are_told_to_nobody() {
    let clients = Clients::new([portal()]);
    let found = |changed: &[(&str, &str)]| {
        let parameters = request(changed);
        let client = client::find(&parameters, &clients)?;
        redirect_uri::find(&parameters, &client).map(str::to_owned)
    };
    assert_eq!(found(&[]).unwrap(), "http://localhost:3999/callback");
    assert_eq!(found(&[("client_id", "")]), Err(PageError::NoClientId));
    assert_eq!(found(&[("client_id", "nobody")]), Err(PageError::UnknownClient("nobody".to_owned())));
    assert_eq!(
        found(&[("client_id", "PORTAL-CLIENT")]),
        Err(PageError::UnknownClient("PORTAL-CLIENT".to_owned()))
    );
    assert_eq!(
        found(&[("client_id", "portal-client"), ("client_id", "portal-client")]),
        Err(PageError::ClientIdTwice)
    );
    assert_eq!(found(&[("redirect_uri", "")]), Err(PageError::NoRedirectUri));
    let twice = ("redirect_uri", "http://localhost:3999/callback");
    assert_eq!(found(&[twice, twice]), Err(PageError::RedirectUriTwice));
    let other = found(&[("redirect_uri", "https://evil.example/\n")]).unwrap_err();
    assert!(matches!(other, PageError::UnknownRedirectUri { .. }));
    assert!(!other.to_string().contains('\n'), "no line of the log is forged: {other}");
}

#[test]
fn s_as_3_a_third_party_hears_of_errors_only_after_the_sign_in() {
    let stranger = Client { is_first_party: false, ..portal() };
    let decided = |changed: &[(&str, &str)], person| {
        let parameters = request(changed);
        decide(&Asked {
            parameters: &parameters,
            client: &stranger,
            person,
            waits_since: None,
            hint: Hint::Nobody,
            is_pushed: false,
            agreed: Agreed::ToNothing,
            now: now(),
        })
    };
    assert_eq!(decided(&[("scope", "admin")], None), Decision::Ask(Question::SignIn));
    assert!(matches!(decided(&[("scope", "admin")], Some(person(60))), Decision::Refuse(_)));
    let silent = decided(&[("scope", "admin"), ("prompt", "none")], None);
    assert!(matches!(silent, Decision::Refuse(Refused { error: "invalid_scope", .. })), "{silent:?}");
    assert!(matches!(decision(&[("scope", "admin")], None), Decision::Refuse(_)), "our own hear at once");
}

#[test]
fn s_as_4_pkce_by_s256_is_asked_of_everybody() {
    for changed in [
        &[("code_challenge", "")][..],
        &[("code_challenge_method", "")],
        &[("code_challenge_method", "plain")],
        &[("code_challenge_method", "s256")],
        &[("code_challenge_method", "S512")],
        &[("code_challenge", &CHALLENGE[1..])],
        &[("code_challenge", &format!("{CHALLENGE}A"))],
        &[("code_challenge", &format!("{CHALLENGE}="))],
        &[("code_challenge", &CHALLENGE.replace('-', "+"))],
        &[("code_challenge", &CHALLENGE.replace('M', "!"))],
    ] {
        assert_eq!(error(changed), "invalid_request", "{changed:?}");
    }
    let verifier = b"dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    let challenge = pkce::challenge(&request(&[])).unwrap();
    assert!(challenge.matches(&kernel::TokenHash::of(verifier)), "RFC 7636 appendix B");
}

#[test]
fn s_as_10_a_code_in_the_query_and_nothing_else() {
    for kind in ["token", "id_token", "code token", "code id_token", "none", "CODE"] {
        assert_eq!(error(&[("response_type", kind)]), "unsupported_response_type", "{kind}");
    }
    assert_eq!(error(&[("response_type", "")]), "invalid_request");
    assert_eq!(error(&[("response_mode", "query")]), "");
    for mode in ["fragment", "form_post", "query.jwt"] {
        assert_eq!(error(&[("response_mode", mode)]), "invalid_request", "{mode}");
    }
    assert_eq!(error(&[("state", &"x".repeat(2048))]), "");
    assert_eq!(error(&[("state", &"x".repeat(2049))]), "invalid_request");
    assert_eq!(error(&[("nonce", &"x".repeat(501))]), "invalid_request");
}

#[test]
fn s_as_11_repeated_parameters_are_refused_and_unknown_ones_ignored() {
    assert_eq!(error(&[("scope", "openid"), ("scope", "openid")]), "invalid_request");
    assert_eq!(error(&[("state", "a"), ("state", "")]), "invalid_request");
    assert_eq!(error(&[("foo", "bar"), ("foo", "baz")]), "");
}

#[test]
fn s_as_16_nothing_is_read_or_fetched_on_a_clients_word() {
    assert_eq!(error(&[("request", "eyJ")]), "request_not_supported");
    assert_eq!(error(&[("request_uri", "https://evil.example/r")]), "request_uri_not_supported");
    assert_eq!(error(&[("registration", "{}")]), "registration_not_supported");
}

#[test]
fn s_as_22_a_client_asks_for_its_own_scopes_and_grants_only() {
    assert_eq!(error(&[("scope", "openid read write")]), "");
    for text in ["admin", "openid admin", "OPENID", "openid  read", "open\"id"] {
        assert_eq!(error(&[("scope", text)]), "invalid_scope", "{text}");
    }
    let granted = |changed: &[(&str, &str)]| scope::granted(&request(changed), &portal()).as_str().to_owned();
    assert_eq!(granted(&[("scope", "read openid")]), "read openid");
    assert_eq!(granted(&[("scope", "")]), "openid profile read write", "all but what lasts");
    assert_eq!(granted(&[("scope", "openid offline_access")]), "openid offline_access");
    let other = Client { grants: vec![GrantType::RefreshToken], ..portal() };
    let parameters = request(&[]);
    let asked = Asked {
        parameters: &parameters,
        client: &other,
        person: None,
        waits_since: None,
        hint: Hint::Nobody,
        is_pushed: false,
        agreed: Agreed::ToNothing,
        now: now(),
    };
    assert!(matches!(decide(&asked), Decision::Refuse(Refused { error: "unauthorized_client", .. })));
}

#[test]
fn s_as_24_a_resource_is_one_of_the_clients() {
    assert_eq!(error(&[("resource", "https://api.example/orders")]), "");
    for resource in [
        "https://api.example/other",
        "https://api.example/orders/",
        "/orders",
        "orders",
        "https://api.example/orders#x",
        "https://api.example/orders ",
    ] {
        assert_eq!(error(&[("resource", resource)]), "invalid_target", "{resource}");
    }
}

#[test]
fn every_check_goes_on_with_a_good_request() {
    let (client, parameters) = (Arc::new(portal()), request(&[]));
    let asked = Asked {
        parameters: &parameters,
        client: &client,
        person: Some(person(60)),
        waits_since: None,
        hint: Hint::Nobody,
        is_pushed: false,
        agreed: Agreed::ToNothing,
        now: now(),
    };
    assert!(CHECKS.iter().all(|check| check(&asked) == Outcome::GoOn));
}
