//! A login transaction: one browser, one provider, one use, ten minutes.

use std::sync::Arc;
use std::time::Duration;

use kernel::{OpaqueToken, OsRandomness};
use names::ProviderName;
use providers::BeginError;
use testkit::TestDatabase;

use crate::world::{Flavour, World, fields, outcome, parameters, query};

#[tokio::test]
async fn s_up_1_a_state_that_is_missing_wrong_or_used_is_refused_and_nobody_is_asked() {
    for flavour in Flavour::ALL {
        let world = World::of(flavour).await;
        let person = world.person();
        let good = person.agree("minji").await;
        let mut changed = parameters(&good);
        let unknown = OpaqueToken::new(&OsRandomness).text();
        for (state, reason) in [
            (None, "state_missing"),
            (Some(unknown.as_str()), "state_unknown"),
            (Some(""), "state_unknown"),
            (Some("short"), "state_unknown"),
        ] {
            changed.remove("state");
            changed.extend(state.map(|state| ("state".to_owned(), state.to_owned())));
            let answer = outcome(&person.finish(&query(&changed)).await);
            assert_eq!(answer, format!("BadCallback {reason}"), "{flavour:?} {state:?}");
        }
        assert_eq!(world.token_calls().await, 0);
        assert_eq!(outcome(&person.finish(&good).await), "ok");
        assert_eq!(outcome(&person.finish(&good).await), "Repeated state_spent", "used");
        assert_eq!(world.token_calls().await, 1);
    }
}

#[tokio::test]
async fn s_up_1_a_login_ends_after_ten_minutes() {
    for (age, expected) in
        [(599, "ok"), (600, "BadCallback login_expired"), (660, "BadCallback login_expired")]
    {
        let world = World::of(Flavour::NaverClassic).await;
        let person = world.person();
        let url = person.begin().await;
        world.clock.advance(Duration::from_secs(age));
        let query = person.answer(&url, "minji", "agree").await.unwrap();
        assert_eq!(outcome(&person.finish(&query).await), expected, "{age} s");
        assert_eq!(world.token_calls().await, usize::from(expected == "ok"));
    }
}

#[tokio::test]
async fn s_up_2_another_browser_cannot_finish_and_takes_nothing_from_its_owner() {
    for flavour in Flavour::ALL {
        let world = World::of(flavour).await;
        let (owner, thief) = (world.person(), world.person());
        let query = owner.agree("minji").await;
        assert_eq!(outcome(&thief.finish(&query).await), "BadCallback browser_mismatch");
        let without = world.finish(None, &query).await;
        assert_eq!(outcome(&without), "BadCallback browser_mismatch");
        assert_eq!(world.token_calls().await, 0);
        assert_eq!(outcome(&owner.finish(&query).await), "ok", "{flavour:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn s_up_1_of_many_callbacks_at_once_exactly_one_succeeds_on_both_databases() {
    for db in TestDatabase::both().await.map(Arc::new) {
        let world = Arc::new(World::on(Arc::clone(&db), Flavour::Google, |_| {}).await);
        // In the first rounds the pool still opens its connections, and the tries come one after the other.
        for round in 1..=10 {
            let person = world.person();
            let query = person.agree("minji").await;
            let outcomes = world.finish_at_once(vec![(person.browser.clone(), query); 16]).await;
            assert_eq!(outcomes.iter().filter(|outcome| *outcome == "ok").count(), 1, "{outcomes:?}");
            for lost in outcomes.iter().filter(|outcome| *outcome != "ok") {
                assert_eq!(lost, "Repeated state_spent");
            }
            assert_eq!(world.token_calls().await, round, "the provider saw each code once");
        }
    }
}

#[tokio::test]
async fn s_up_3_every_provider_gets_a_challenge_and_its_verifier_only_at_the_token_endpoint() {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    for flavour in Flavour::ALL {
        let world = World::of(flavour).await;
        let mut seen = std::collections::HashSet::new();
        for _ in 0..5 {
            world.person().log_in("minji").await.unwrap();
        }
        let (sent, redeemed) = (world.requests("authorize").await, world.requests("token").await);
        for (sent, redeemed) in sent.iter().zip(&redeemed) {
            let (sent, redeemed) = (fields(&sent["query"]), fields(&redeemed["form"]));
            assert_eq!(sent["code_challenge_method"], "S256");
            let hash = kernel::TokenHash::of(redeemed["code_verifier"].as_bytes());
            assert_eq!(URL_SAFE_NO_PAD.encode(hash.as_bytes()), sent["code_challenge"]);
            assert!(seen.insert(sent["code_challenge"].clone()), "{flavour:?}: a verifier twice");
        }
        assert_eq!(seen.len(), 5);
    }
}

#[tokio::test]
async fn s_up_19_nothing_of_a_login_can_be_read_in_the_database() {
    for flavour in Flavour::ALL {
        let world = World::of(flavour).await;
        let person = world.person();
        let url = person.begin().await;
        let sent = parameters(url.query().unwrap());
        let query = person.answer(&url, "minji", "agree").await.unwrap();
        let during = world.db.dump().await;
        assert!(during.contains("login_transactions|"));
        for secret in ["state", "nonce", "code_challenge"].iter().filter_map(|name| sent.get(*name)) {
            assert!(!during.contains(secret.as_str()), "{flavour:?}");
        }
        assert!(!during.contains(&person.browser.text()));
        person.finish(&query).await.unwrap();
        assert!(!world.db.dump().await.contains("login_transactions|"), "nothing is left of it");
    }
}

#[tokio::test]
async fn s_rate_7_a_network_has_a_share_of_the_logins_on_their_way_and_loses_its_own() {
    for database in testkit::TestDatabase::both().await {
        let limited = |settings: &mut providers::Settings| {
            (settings.in_flight_limit, settings.in_flight_share) = (40, 25);
        };
        let world = World::on(std::sync::Arc::new(database), Flavour::Google, limited).await;
        let person = world.person();
        for _ in 0..25 {
            person.begin().await;
        }
        assert!(matches!(person.try_begin().await, Err(BeginError::TooMany)));
        assert_eq!(world.in_flight().await, 25, "nothing is left behind");
        // The neighbours in the /24 are not held up, but share in what the place may lose.
        for n in 10..25 {
            person.try_begin_at(&format!("203.0.113.{n}")).await.unwrap();
        }
        assert_eq!(world.in_flight().await, 40);
        let owner = world.person();
        let begun = owner.try_begin_at("198.51.100.7").await.unwrap();
        for n in 0..200 {
            // Whatever room is made, those who take it lose it, one network or many.
            let _ = person.try_begin_at(&format!("203.0.113.{n}")).await;
        }
        assert!(world.in_flight().await <= 40);
        let query = owner.answer(&begun, "minji", "agree").await.unwrap();
        owner.finish(&query).await.unwrap();
        world.clock.advance(Duration::from_mins(10));
        person.begin().await;
    }
}

#[tokio::test]
async fn s_rate_7_many_places_with_few_logins_make_room_by_age() {
    let limited = |settings: &mut providers::Settings| settings.in_flight_limit = 20;
    let world = World::with(Flavour::Google, limited).await;
    let person = world.person();
    for n in 0..60 {
        person.try_begin_at(&format!("10.{n}.0.1")).await.unwrap();
        world.clock.advance(Duration::from_millis(10));
    }
    assert!(world.in_flight().await <= 20);
}

#[tokio::test]
async fn a_provider_that_is_off_begins_and_finishes_nothing() {
    let world = World::with(Flavour::Google, |settings| {
        settings.enabled.retain(|provider| provider.name != ProviderName::Google);
    })
    .await;
    let person = world.person();
    assert!(matches!(person.try_begin().await, Err(BeginError::NotEnabled)));
    assert_eq!(outcome(&person.finish("state=x&code=y").await), "NotEnabled not_enabled");
    let enabled: Vec<_> = world.providers.enabled().collect();
    assert_eq!(enabled, [ProviderName::Naver, ProviderName::Kakao]);
}
