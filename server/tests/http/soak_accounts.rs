//! Sign-ups, logins and new passwords while the program is killed again and again: what was committed is told, once, and
//! nothing else is.

#![allow(clippy::print_stdout, reason = "a long run says what it saw")]

use std::sync::Arc;
use std::time::Duration;

use testkit::TestDatabase;
use tokio::task::JoinSet;

use crate::cluster::dice;
use crate::process::Place;
use crate::soak_people::{People, Person, all_is_told_once};

const TIMEOUT: Duration = Duration::from_secs(60);

async fn what_is_committed_is_told_once(people: usize, kills: usize) {
    let Some(database) = TestDatabase::empty_mysql().await else { return };
    let mut place = Place::new();
    place.set("DAEMUN_DATABASE__URL", database.expose());
    place.set("DAEMUN_LIMITS__TRUSTED_PROXIES", "127.0.0.1");
    let mut process = place.start().await;
    let all = Arc::new(People::new(format!("http://{}", place.address()), TIMEOUT));
    let mut living = JoinSet::new();
    let mut killed = 0;
    for number in 0..people {
        while living.len() >= 8 {
            living.join_next().await.unwrap().unwrap();
        }
        if killed * people < number * kills {
            tokio::time::sleep(Duration::from_millis(u64::try_from(dice(100)).unwrap())).await;
            process.kill().await;
            process = place.start().await;
            killed += 1;
        }
        let person = Person::new(&all, number);
        living.spawn(async move { person.live().await });
    }
    living.join_all().await;
    println!("{killed} kills");
    all_is_told_once(&database, &all, people, 0).await;
    process.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn s_evt_1_2_kills_lose_and_double_no_event_and_no_mail() {
    what_is_committed_is_told_once(15, 3).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "fifteen minutes: scripts/soak"]
async fn soak_accounts_10000_steps_with_200_kills() {
    // A sign-up, a login and a new password each.
    what_is_committed_is_told_once(3_334, 200).await;
}
