//! id_tokens that must not be believed.

use serde_json::json;

use crate::world::{Flavour, World, outcome};

/// Logs in with this failure of the id_token, and sees that the login is spent.
async fn strike(world: &World, failure: &str) -> String {
    world.plan("id-token", failure).await;
    let person = world.person();
    let query = person.agree("minji").await;
    let outcome = outcome(&person.finish(&query).await);
    assert_eq!(world.in_flight().await, 0, "{failure}");
    let again = person.finish(&query).await.unwrap_err().code();
    assert!(["state_unknown", "state_spent"].contains(&again), "{failure}: {again}");
    outcome
}

#[tokio::test]
async fn s_up_7_every_tampered_token_is_refused_for_its_reason() {
    for flavour in Flavour::OIDC {
        let world = World::of(flavour).await;
        for (failure, reason) in [
            ("alg-none", "id_token_malformed"),
            ("alg-hs256", "id_token_algorithm"),
            ("crit", "id_token_extension"),
            ("bad-signature", "id_token_signature"),
            ("unknown-kid", "id_token_key_unknown"),
            ("wrong-iss", "id_token_issuer"),
            ("wrong-aud", "id_token_audience"),
            ("extra-aud", "id_token_audience"),
            ("wrong-azp", "id_token_authorized_party"),
            ("expired", "id_token_expired"),
            ("future-iat", "id_token_issued_at"),
            ("no-sub", "id_token_subject"),
            ("missing", "id_token_missing"),
        ] {
            let expected = format!("BadCallback {reason}");
            assert_eq!(strike(&world, failure).await, expected, "{flavour:?} {failure}");
        }
        assert_eq!(outcome(&world.person().log_in("minji").await), "ok", "{flavour:?}");
    }
}

#[tokio::test]
async fn s_up_4_a_token_with_another_nonce_or_none_is_refused() {
    for flavour in Flavour::OIDC {
        let world = World::of(flavour).await;
        for failure in ["wrong-nonce", "no-nonce"] {
            assert_eq!(strike(&world, failure).await, "BadCallback id_token_nonce", "{flavour:?} {failure}");
        }
    }
}

#[tokio::test]
async fn s_up_7_kakaos_id_token_is_verified_even_where_none_is_demanded() {
    let world = World::of(Flavour::KakaoOauth).await;
    let console = json!({"openid_connect": true});
    world.control(reqwest::Method::PUT, "/switches", console).await;
    assert_eq!(outcome(&world.person().log_in("minji").await), "ok");
    assert_eq!(strike(&world, "wrong-aud").await, "BadCallback id_token_audience");
    assert_eq!(strike(&world, "wrong-nonce").await, "BadCallback id_token_nonce");
    assert_eq!(strike(&world, "missing").await, "ok");
}

#[tokio::test]
async fn an_empty_subject_is_nobody() {
    for flavour in Flavour::ALL {
        let world = World::of(flavour).await;
        world.put_user("empty", json!({"id": ""})).await;
        let reason = world.person().log_in("empty").await.unwrap_err().code();
        let expected = match flavour {
            Flavour::NaverClassic | Flavour::KakaoOauth => "profile_without_id",
            _ => "id_token_subject",
        };
        assert_eq!(reason, expected, "{flavour:?}");
    }
}
