//! Failures of answers: at each place each failure has its outcome, and the login is over whatever it is.

use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::world::{Flavour, UNAVAILABLE, World, outcome};

/// Logs in once with this failure, and looks at what is left.
async fn strike(world: &World, place: &str, failure: &str) -> String {
    world.plan(place, failure).await;
    let person = world.person();
    let query = person.agree("minji").await;
    let before = [world.requests(place).await.len(), world.token_calls().await];
    let outcome = outcome(&person.finish(&query).await);
    let after = [world.requests(place).await.len(), world.token_calls().await];
    assert_eq!([after[0] - before[0], after[1] - before[1]], [1, 1], "{place} {failure}: asked once");
    assert_eq!(world.in_flight().await, 0, "{place} {failure}: spent");
    let again = person.finish(&query).await.unwrap_err();
    assert!(["state_unknown", "state_spent"].contains(&again.code()), "{place} {failure}: spent");
    assert_eq!(world.token_calls().await, after[1], "{place} {failure}: a spent login asks nobody");
    outcome
}

#[tokio::test]
async fn s_up_17_each_fault_at_each_place_is_an_outage_and_spends_the_login() {
    for flavour in Flavour::ALL {
        let world = World::of(flavour).await;
        for place in flavour.places() {
            for failure in [
                "server-error",
                "html",
                "truncated",
                "empty",
                "too-many",
                "temporary",
                // 307 to the same address and the right answer there: not followed.
                "redirect",
                // The right answer behind ten mebibytes: not read.
                "huge",
            ] {
                // Beyond the life of the keys of the round before.
                world.clock.advance(Duration::from_hours(25));
                assert_eq!(
                    strike(&world, place, failure).await,
                    UNAVAILABLE,
                    "{flavour:?} {place} {failure}"
                );
            }
        }
        // Beyond the cool-down of a key fetch that failed.
        world.clock.advance(Duration::from_mins(1));
        let after = outcome(&world.person().log_in("minji").await);
        assert_eq!(after, "ok", "{flavour:?}: all is well again");
    }
}

/// The one test that takes real time: five seconds for all.
#[tokio::test]
async fn s_up_17_silence_is_an_outage_after_five_seconds_and_slowness_is_none() {
    let mut worlds = Vec::new();
    for flavour in Flavour::ALL {
        for place in flavour.places() {
            for (failure, expected, seconds) in [("timeout", UNAVAILABLE, 5), ("slow", "ok", 2)] {
                let world = World::of(flavour).await;
                // The simulator makes its key now, and ours is too old afterwards.
                world.person().log_in("minji").await.unwrap();
                world.clock.advance(Duration::from_hours(25));
                worlds.push((world, *place, failure, expected, Duration::from_secs(seconds)));
            }
        }
    }
    let mut tries = JoinSet::new();
    for (world, place, failure, expected, at_least) in worlds {
        tries.spawn(async move {
            let began = Instant::now();
            let outcome = strike(&world, place, failure).await;
            let took = began.elapsed();
            let case = format!("{:?} {place} {failure} {took:?}", world.flavour);
            assert_eq!(outcome, expected, "{case}");
            assert!(took >= at_least && took < at_least + Duration::from_secs(4), "{case}");
        });
    }
    tries.join_all().await;
}

#[tokio::test]
async fn quirk_31_a_fault_that_stays_at_the_provider_leaves_the_login_to_expire() {
    for flavour in Flavour::ALL {
        let world = World::of(flavour).await;
        world.plan("authorize", "server-error").await;
        let person = world.person();
        let url = person.begin().await;
        assert!(person.answer(&url, "minji", "agree").await.is_err(), "a page, and no callback");
        assert_eq!(world.in_flight().await, 1);
        world.clock.advance(Duration::from_mins(10));
        let mut tx = world.db.begin().await.unwrap();
        let now = kernel::Clock::now(&*world.clock);
        assert_eq!(providers::STORAGE.delete_expired(&mut tx, now, 100).await.unwrap(), 1);
        tx.commit().await.unwrap();
        assert_eq!(world.in_flight().await, 0);
    }
}
