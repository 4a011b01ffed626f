//! Work that an older version of the program wrote down.

use db::query;
use kernel::{Clock as _, KeyRing, MasterKey, OsRandomness, Purpose};
use serde_json::json;
use testkit::{HandClock, OldDatabase};

use crate::people::GRANT;
use crate::provider_unlink::World;
use crate::stage::{HONG, Stage, settings};

const UNLINK: &str = "INSERT INTO provider_unlinks (id, member_id, provider, subject, grant_sealed, attempts, due_at, \
    created_at) VALUES (?, '01980000-0000-7000-8000-0000000000aa', 'naver', '7\"7', ?, 3, ?, ?)";
const REQUEST: &str = "INSERT INTO answered_requests (id, sealed, created_at, expires_at, due_at, attempts) \
    VALUES (?, ?, ?, ?, ?, ?)";

fn id(number: u32) -> String {
    format!("01980000-0000-7000-8000-{number:012}")
}

#[tokio::test]
async fn grants_that_an_older_version_ended_are_ended_at_their_provider_once_for_each_person() {
    for mut old in OldDatabase::both(18).await {
        let ring = KeyRing::new(vec![MasterKey::generate(&OsRandomness)]).unwrap();
        let now = HandClock::default().now().millis();
        for (number, grant) in [(1, "older"), (2, GRANT)] {
            let purpose = Purpose::new("provider-unlink");
            let sealed = ring.seal(purpose, &id(number), grant.as_bytes(), &OsRandomness).unwrap();
            old.execute(query(UNLINK).bind(id(number)).bind(sealed).bind(now).bind(now)).await;
        }
        let stage = Stage::with(old.upgrade().await, settings(), ring).await;
        let world = World::on(stage).await;
        assert_eq!(world.round().await, (1, 0, 0));
        assert_eq!(world.revoked().await, [GRANT]);
        assert_eq!(world.stage.audited("provider_unlink", "success").await, 1);
    }
}

#[tokio::test]
async fn requests_that_an_older_version_answered_are_done_and_those_that_it_parked_are_not() {
    for mut old in OldDatabase::both(18).await {
        let ring = KeyRing::new(vec![MasterKey::generate(&OsRandomness)]).unwrap();
        let now = HandClock::default().now().millis();
        let request = json!({
            "request": {"Reset": HONG}, "english": false, "request_id": "one", "address": "203.0.113.9",
            "network": "203.0.113.0/24", "user_agent": "a browser"
        });
        for (number, attempts) in [(1, 0_i64), (2, 8)] {
            let (purpose, plain) = (Purpose::new("answered-request"), request.to_string());
            let sealed = ring.seal(purpose, &id(number), plain.as_bytes(), &OsRandomness).unwrap();
            let row = query(REQUEST).bind(id(number)).bind(sealed).bind(now).bind(now + 3_600_000);
            old.execute(row.bind(now).bind(attempts)).await;
        }
        let stage = Stage::with(old.upgrade().await, settings(), ring).await;
        stage.member(HONG).await;
        assert_eq!(stage.members.left_requests.fulfil_what_is_left().await.unwrap(), 1);
        assert_eq!(stage.kinds(HONG).await, ["prove-mailbox", "reset-password"]);
        assert_eq!(stage.count("SELECT COUNT(*) FROM jobs WHERE state = 'dead' AND sealed IS NULL").await, 1);
    }
}
