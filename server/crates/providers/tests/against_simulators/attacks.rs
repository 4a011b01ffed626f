//! Callbacks as an attacker sends them.

use names::ProviderName;
use serde_json::json;

use crate::world::{Flavour, REFUSED, World, at, fields, outcome, parameters, query};

/// The victim's callback with the attacker's code in it.
async fn injected(world: &World) -> String {
    let (victim, attacker) = (world.person(), world.person());
    let stolen = parameters(&attacker.agree("junho").await).remove("code").unwrap();
    let mut own = parameters(&victim.agree("minji").await);
    own.insert("code".to_owned(), stolen);
    let outcome = outcome(&victim.finish(&query(&own)).await);
    assert_eq!(world.in_flight().await, 1, "the victim's login is spent, the attacker's is not");
    outcome
}

#[tokio::test]
async fn s_up_5_a_foreign_code_in_a_callback_gives_nobody() {
    for flavour in Flavour::ALL {
        assert_eq!(injected(&World::of(flavour).await).await, REFUSED, "{flavour:?}");
    }
}

#[tokio::test]
async fn s_up_5_the_nonce_holds_where_the_challenge_does_not() {
    let world = World::of(Flavour::KakaoOidc).await;
    world.switch(json!({"enforce_pkce": false})).await;
    assert_eq!(injected(&world).await, "BadCallback id_token_nonce");
}

#[tokio::test]
async fn s_up_6_a_callback_of_one_provider_with_the_state_of_another_is_refused_before_any_call() {
    for flavour in Flavour::ALL {
        let world = World::of(flavour).await;
        let person = world.person();
        let query = person.agree("minji").await;
        for other in ProviderName::ALL.into_iter().filter(|other| *other != flavour.name()) {
            let crossed = world.finish_at(other, Some(person.browser.clone()), &query).await;
            assert_eq!(outcome(&crossed), "BadCallback provider_mismatch", "{flavour:?} at {other}");
        }
        assert_eq!(world.token_calls().await, 0, "{flavour:?}");
        assert_eq!(outcome(&person.finish(&query).await), "ok");
    }
}

#[tokio::test]
async fn s_up_6_an_answer_that_names_another_issuer_is_refused_before_any_call() {
    for flavour in Flavour::ALL {
        let world = World::of(flavour).await;
        let person = world.person();
        for issuer in ["https://issuer.invalid", "", "https://accounts.google.com/"] {
            let mut answer = parameters(&person.agree("minji").await);
            answer.insert("iss".to_owned(), issuer.to_owned());
            let answer = query(&answer);
            assert_eq!(outcome(&person.finish(&answer).await), "BadCallback issuer_mismatch", "{flavour:?}");
            assert_eq!(outcome(&person.finish(&answer).await), "BadCallback state_unknown", "spent");
        }
        assert_eq!(world.token_calls().await, 0, "{flavour:?}");
    }
}

#[tokio::test]
async fn s_up_6_a_login_that_began_at_another_issuer_is_refused() {
    let world = World::of(Flavour::Google).await;
    let person = world.person();
    let query = person.agree("minji").await;
    let moved = world.restarted(|settings| {
        at(settings, ProviderName::Google).client.endpoints.issuer = "https://accounts.google.com".to_owned();
    });
    let callback = moved.present(ProviderName::Google, Some(person.browser.clone()), &query).unwrap();
    let answer = moved.finish(&world.db, &callback).await;
    assert_eq!(outcome(&answer), "BadCallback provider_mismatch");
    assert_eq!(world.token_calls().await, 0);
}

#[tokio::test]
async fn s_up_14_an_error_spends_the_login_and_its_words_go_nowhere() {
    for flavour in Flavour::ALL {
        let world = World::of(flavour).await;
        let person = world.person();
        for (error, expected) in [
            ("access_denied", "Refused access_denied"),
            ("server_error", REFUSED),
            ("<script>alert(1)</script>", REFUSED),
            ("", REFUSED),
        ] {
            let url = person.begin().await;
            let mut answer = parameters(url.query().unwrap());
            answer.retain(|name, _| name == "state");
            answer.insert("error".to_owned(), error.to_owned());
            answer.insert("error_description".to_owned(), "<script>alert(2)</script>".to_owned());
            let answer = query(&answer);
            let refused = person.finish(&answer).await;
            assert_eq!(outcome(&refused), expected, "{flavour:?} {error}");
            assert!(!format!("{refused:?}").contains("script"));
            assert_eq!(outcome(&person.finish(&answer).await), "Repeated state_spent", "spent");
            let other = format!("{answer}&code=x");
            assert_eq!(outcome(&person.finish(&other).await), "BadCallback state_unknown", "not the same");
        }
        assert_eq!(world.token_calls().await, 0);
    }
}

#[tokio::test]
async fn s_up_14_an_error_beside_a_code_is_an_error() {
    let world = World::of(Flavour::Google).await;
    let person = world.person();
    let both = format!("{}&error=access_denied", person.agree("minji").await);
    assert_eq!(outcome(&person.finish(&both).await), "Refused access_denied");
    assert_eq!(world.token_calls().await, 0);
}

#[tokio::test]
async fn s_up_15_repeated_and_oversized_parameters_reach_no_provider() {
    for flavour in Flavour::ALL {
        let world = World::of(flavour).await;
        let person = world.person();
        let good = person.agree("minji").await;
        for (more, reason) in [
            ("code=b".to_owned(), "parameter_repeated"),
            ("state=b".to_owned(), "parameter_repeated"),
            (format!("x={}", "a".repeat(9 * 1024)), "parameter_oversized"),
        ] {
            let answer = outcome(&person.finish(&format!("{good}&{more}")).await);
            assert_eq!(answer, format!("BadCallback {reason}"), "{flavour:?}");
        }
        assert_eq!(world.token_calls().await, 0);
    }
}

#[tokio::test]
async fn a_callback_without_a_code_is_refused_and_spends_the_login() {
    for flavour in Flavour::ALL {
        let world = World::of(flavour).await;
        let person = world.person();
        for code in [None, Some("")] {
            let mut answer = parameters(&person.agree("minji").await);
            answer.remove("code");
            answer.extend(code.map(|code| ("code".to_owned(), code.to_owned())));
            let answer = query(&answer);
            assert_eq!(outcome(&person.finish(&answer).await), "BadCallback code_missing", "{flavour:?}");
            assert_eq!(outcome(&person.finish(&answer).await), "BadCallback state_unknown");
        }
        assert_eq!(world.token_calls().await, 0);
    }
}

#[tokio::test]
async fn s_up_18_secrets_travel_in_the_body_only() {
    for flavour in Flavour::ALL {
        let world = World::of(flavour).await;
        world.person().log_in("minji").await.unwrap();
        let [redeemed] = &world.requests("token").await[..] else { panic!("{flavour:?}: one call") };
        assert_eq!((&redeemed["method"], &redeemed["query"]), (&json!("POST"), &json!([])));
        let form = fields(&redeemed["form"]);
        for name in ["client_id", "client_secret", "code", "code_verifier", "redirect_uri", "grant_type"] {
            assert!(!form[name].is_empty(), "{flavour:?} {name}");
        }
        assert!(redeemed["authorization"].is_null(), "{flavour:?}: no Basic (quirk 3)");
        for place in ["authorize", "jwks", "userinfo"] {
            for request in world.requests(place).await {
                let query = fields(&request["query"]);
                let leaked = ["client_secret", "code", "code_verifier", "access_token"];
                assert!(leaked.iter().all(|name| !query.contains_key(*name)), "{flavour:?} {place}");
            }
        }
    }
}
