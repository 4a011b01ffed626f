//! A provider's keys: asked for seldom, kept through an outage, and learnt again after a rotation (S-UP-20).

use std::sync::Arc;
use std::time::Duration;

use reqwest::Method;
use serde_json::json;

use crate::world::{Flavour, UNAVAILABLE, World, outcome};

const COOL_DOWN: Duration = Duration::from_mins(1);
const AFTER_FAILURE: Duration = Duration::from_secs(5);

async fn log_in(world: &World) -> String {
    outcome(&world.person().log_in("minji").await)
}

async fn fetches(world: &World) -> usize {
    world.requests("jwks").await.len()
}

#[tokio::test]
async fn s_up_20_a_flood_of_unknown_keys_asks_once_in_each_interval() {
    for flavour in Flavour::OIDC {
        let world = World::of(flavour).await;
        world.switch(json!({"tokens_per_ten_minutes": 1000})).await;
        for interval in 1..=3 {
            for _ in 0..20 {
                world.plan("id-token", "unknown-kid").await;
                assert_eq!(log_in(&world).await, "BadCallback id_token_key_unknown");
            }
            // The first asking found no keys at all; each later one was for an unknown key.
            assert_eq!(fetches(&world).await, interval + 1, "{flavour:?}");
            world.clock.advance(COOL_DOWN);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn s_up_20_logins_that_come_together_ask_once() {
    let world = Arc::new(World::of(Flavour::Google).await);
    let mut callbacks = Vec::new();
    for _ in 0..8 {
        let person = world.person();
        callbacks.push((person.browser.clone(), person.agree("minji").await));
    }
    assert_eq!(world.finish_at_once(callbacks).await, ["ok"; 8]);
    assert_eq!(fetches(&world).await, 1);
}

#[tokio::test]
async fn s_up_20_keys_are_asked_for_again_after_an_hour_and_not_before() {
    let world = World::of(Flavour::NaverOidc).await;
    log_in(&world).await;
    world.clock.advance(Duration::from_mins(59));
    assert_eq!(log_in(&world).await, "ok");
    assert_eq!(fetches(&world).await, 1);
    world.clock.advance(Duration::from_mins(1));
    assert_eq!(log_in(&world).await, "ok");
    assert_eq!(fetches(&world).await, 2);
}

#[tokio::test]
async fn a_rotated_key_is_learnt_at_the_first_login_after_the_cool_down() {
    for flavour in Flavour::OIDC {
        let world = World::of(flavour).await;
        log_in(&world).await;
        for forget in [false, true] {
            world.control(Method::POST, "/rotate-keys", json!({"forget": forget})).await;
            world.clock.advance(COOL_DOWN);
            assert_eq!(log_in(&world).await, "ok", "{flavour:?}");
        }
        assert_eq!(fetches(&world).await, 3, "{flavour:?}");
    }
}

#[tokio::test]
async fn keys_outlive_an_outage_of_a_day_and_no_longer() {
    let world = World::of(Flavour::KakaoOidc).await;
    log_in(&world).await;
    world.control(Method::POST, "/faults", json!({"at": "jwks", "fault": "server-error"})).await;
    world.clock.advance(Duration::from_hours(23));
    assert_eq!(log_in(&world).await, "ok", "asked in vain, and went on with the old ones");
    assert_eq!(fetches(&world).await, 2);
    world.clock.advance(Duration::from_hours(1));
    for _ in 0..3 {
        assert_eq!(log_in(&world).await, UNAVAILABLE);
    }
    assert_eq!(fetches(&world).await, 3);
    world.control(Method::DELETE, "/faults", json!({})).await;
    world.clock.advance(AFTER_FAILURE);
    assert_eq!(log_in(&world).await, "ok");
}

#[tokio::test]
async fn s_up_20_an_outage_is_not_asked_into_for_five_seconds() {
    let world = World::of(Flavour::Google).await;
    world.control(Method::POST, "/faults", json!({"at": "jwks", "fault": "html"})).await;
    for _ in 0..3 {
        assert_eq!(log_in(&world).await, UNAVAILABLE);
    }
    assert_eq!(fetches(&world).await, 1);
    world.control(Method::DELETE, "/faults", json!({})).await;
    world.clock.advance(AFTER_FAILURE);
    assert_eq!(log_in(&world).await, "ok", "nobody waits longer than that");
}

#[tokio::test]
async fn s_up_20_an_outage_right_after_a_rotation_is_no_attack_and_ends_as_soon_as_any_other() {
    for flavour in Flavour::OIDC {
        let world = World::of(flavour).await;
        assert_eq!(log_in(&world).await, "ok");
        world.control(Method::POST, "/rotate-keys", json!({})).await;
        for asked in 2..=3 {
            world.plan("jwks", "server-error").await;
            for _ in 0..3 {
                assert_eq!(log_in(&world).await, UNAVAILABLE, "{flavour:?}");
            }
            assert_eq!(fetches(&world).await, asked, "{flavour:?}");
            world.clock.advance(AFTER_FAILURE);
        }
        assert_eq!(log_in(&world).await, "ok", "{flavour:?}");
        // The provider has answered again: what it does not know is forged.
        world.plan("id-token", "unknown-kid").await;
        assert_eq!(log_in(&world).await, "BadCallback id_token_key_unknown", "{flavour:?}");
        assert_eq!(fetches(&world).await, 4, "{flavour:?}: one in each interval");
    }
}

#[tokio::test]
async fn s_up_20_a_key_that_is_new_a_moment_after_an_asking_is_found() {
    let world = World::of(Flavour::Google).await;
    assert_eq!(log_in(&world).await, "ok");
    world.control(Method::POST, "/rotate-keys", json!({})).await;
    assert_eq!(log_in(&world).await, "ok");
    assert_eq!(fetches(&world).await, 2);
}
