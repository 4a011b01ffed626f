//! A rolling upgrade: the program of the previous release and this one serve together, on the schema of this one.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use testkit::TestDatabase;

use crate::cluster::Cluster;
use crate::process::{Place, free_port};
use crate::soak_people::{People, Person, all_is_told_once};

const TIMEOUT: Duration = Duration::from_secs(60);
const OLD: usize = 0;
const NEW: usize = 1;

/// People at one of the two, and how many of them have lived there.
struct Side {
    people: Arc<People>,
    first: usize,
}

impl Side {
    fn at(place: &Place, first: usize) -> Self {
        Self { people: Arc::new(People::new(format!("http://{}", place.address()), TIMEOUT)), first }
    }

    async fn somebody_lives(&mut self) -> Person {
        let person = Person::new(&self.people, self.first);
        person.live().await;
        self.first += 1;
        person
    }
}

/// A refresh token that either program gave is good at the other, again and again.
async fn tokens_go_to_and_fro(person: &Person, sides: [&Side; 2]) {
    let mut tokens = person.log_in().await;
    for round in 0..6 {
        let side = sides[round % 2];
        let wish = json!({"refresh_token": tokens["refresh_token"]});
        let request = side.people.client.post(format!("{}/auth/refresh", side.people.url)).json(&wish);
        let (status, body) = side.people.send(request).await.unwrap();
        assert_eq!(status, 200, "round {round}: {body}");
        tokens = body["data"].clone();
    }
}

async fn session_is_good(cluster: &Cluster, cookie: &str) {
    for replica in [OLD, NEW] {
        for path in ["/service/upgrade", "/api/users/me"] {
            let answer = cluster.get(replica, path, cookie).send().await.unwrap();
            assert_eq!(answer.status(), 200, "{path} at replica {replica}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "builds the previous release: scripts/test-upgrade"]
async fn a_rolling_upgrade_signs_nobody_out_and_loses_nothing() {
    // The script says where it is, and starts a server.
    let previous = std::env::var_os("DAEMUN_PREVIOUS_RELEASE").unwrap();
    let database = TestDatabase::empty_mysql().await.unwrap();
    let mut places = vec![Place::new(), Place::new()];
    places[OLD].program = Some(previous.into());
    // The old one makes its schema, the new one expands it while the old one serves.
    let mut cluster = Cluster::start_behind(free_port(), places, &database.expose(), &[]).await;
    let (mut old, mut new) = (Side::at(&cluster.places[OLD], 0), Side::at(&cluster.places[NEW], 1_000));
    let cookie = cluster.sign_in().await;
    session_is_good(&cluster, &cookie).await;
    tokens_go_to_and_fro(&old.somebody_lives().await, [&new, &old]).await;
    tokens_go_to_and_fro(&new.somebody_lives().await, [&old, &new]).await;

    // One of the old version dies meanwhile, and is started again beside the schema that it does not know.
    cluster.replace(OLD).await;
    session_is_good(&cluster, &cookie).await;
    tokens_go_to_and_fro(&old.somebody_lives().await, [&new, &old]).await;

    // Its turn: it is replaced.
    cluster.stop(OLD).await;
    cluster.places[OLD].program = None;
    cluster.revive(OLD).await;
    session_is_good(&cluster, &cookie).await;
    tokens_go_to_and_fro(&old.somebody_lives().await, [&new, &old]).await;
    all_is_told_once(&database, &old.people, 4, 1).await;
}
