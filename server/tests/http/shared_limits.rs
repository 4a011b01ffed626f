//! Limits that hold for all replicas together, by the trusted address, and over restarts (S-RATE-4).

use std::time::{Duration, Instant};

use db::{Database, DatabaseUrl, Row as _, query};
use kernel::{Clock as _, SystemClock, Timestamp};
use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::json;
use testkit::TestDatabase;

use crate::app::App;
use crate::cluster::Cluster;
use crate::echo::Echo;
use crate::token_actor::MASTER_KEY;

/// A bound, not a wait.
const TIMEOUT: Duration = Duration::from_secs(20);
const EMAIL: &str = "haneul@example.com";

/// Two replicas, and somebody who asks one and then the other, each time from another address.
struct Replicas {
    cluster: Cluster,
    client: Client,
    address: fn(usize) -> String,
}

impl Replicas {
    async fn start(database: &DatabaseUrl, proxies: &str, address: fn(usize) -> String) -> Self {
        let settings = [
            ("DAEMUN_LIMITS__TRUSTED_PROXIES", proxies),
            ("DAEMUN_LIMITS__SIGN_INS_PER_MINUTE", "4"),
            ("DAEMUN_GATEWAY__RATE_PER_NETWORK", "6/h"),
        ];
        let client = Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
        let cluster = Cluster::start(2, &database.expose(), &settings).await;
        Self { cluster, client: client.build().unwrap(), address }
    }

    fn request(&self, n: usize, method: Method, path: &str) -> RequestBuilder {
        let url = format!("http://{}{path}", self.cluster.places[n % 2].address());
        self.client.request(method, url).header("x-forwarded-for", (self.address)(n))
    }

    async fn sign_in(&self, n: usize) -> Response {
        let body = json!({"email": EMAIL, "password": "not the password of anybody"});
        self.request(n, Method::POST, "/auth/login").json(&body).send().await.unwrap()
    }

    async fn begin(&self, n: usize) -> Response {
        let request = self.request(n, Method::POST, "/api/auth/signin/google");
        request.header("sec-fetch-site", "same-origin").form(&[("return_to", "/me")]).send().await.unwrap()
    }

    async fn sign_up(&self, n: usize) {
        let wish = json!({"email": EMAIL, "password": "마당 눈 위에 발자국 하나 둘", "nickname": "하늘"});
        let answer = self.request(n, Method::POST, "/api/users/signup").json(&wish).send().await.unwrap();
        assert_eq!(answer.status(), 201, "the same answer, mail or not");
    }

    async fn knock(&self, n: usize) -> Response {
        self.request(n, Method::GET, "/service/a").send().await.unwrap()
    }
}

/// Asks until it is told to come back later; how often it was let through until then.
async fn until_refused(most: usize, ask: impl AsyncFn(usize) -> Response) -> usize {
    for n in 0..=most {
        let answer = ask(n).await;
        if answer.status() == 429 {
            let wait: u64 = answer.headers()["retry-after"].to_str().unwrap().parse().unwrap();
            assert!(wait >= 1);
            return n;
        }
    }
    panic!("let through more than {most} times");
}

/// How many mails were made, sent or not.
async fn mails(db: &Database) -> i64 {
    let mut reader = db.read().await.unwrap();
    query("SELECT COUNT(*) FROM jobs WHERE kind = 'mail'").fetch_one(&mut *reader).await.unwrap().get(0)
}

/// Waits until the table says that so many keys of the gateway are used up until a moment.
async fn used_up(db: &Database, keys: i64, until: Timestamp) {
    const SQL: &str = "SELECT COUNT(*) FROM limit_counts WHERE told_at IS NOT NULL AND full_at >= ?";
    let began = Instant::now();
    loop {
        let mut reader = db.read().await.unwrap();
        let told = query(SQL).bind(until.nanos()).fetch_one(&mut *reader).await.unwrap();
        if told.get::<i64, _>(0) >= keys {
            return;
        }
        assert!(began.elapsed() < TIMEOUT, "it is not told");
        drop(reader);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn hold_for_all(database: TestDatabase, proxies: &str, address: fn(usize) -> String) {
    let replicas = Replicas::start(database.url(), proxies, address).await;
    assert_eq!(until_refused(10, |n| replicas.sign_in(n)).await, 10);
    assert_eq!(until_refused(4, |n| replicas.begin(n)).await, 4);
    for n in 0..20 {
        replicas.sign_up(n).await;
    }
    assert_eq!(mails(&database).await, 5, "S-RATE-2");
    let passed = until_refused(12, |n| replicas.knock(n)).await;
    assert!((6..=12).contains(&passed), "{passed}: at most what a replica has for itself is too much");
    // Six in an hour, nearly all of which it takes to fill again.
    used_up(&database, 1, SystemClock.now().plus(Duration::from_mins(55))).await;
    until_refused(6, |_| replicas.knock(1)).await;

    replicas.cluster.replace(0).await;
    // What has filled again in the meantime passes, and no more.
    until_refused(2, |_| replicas.sign_in(0)).await;
    until_refused(4, |_| replicas.begin(0)).await;
    assert_eq!(until_refused(0, |_| replicas.knock(0)).await, 0);
    replicas.sign_up(0).await;
    assert_eq!(mails(&database).await, 5);
}

#[tokio::test]
async fn s_rate_4_replicas_in_turn_and_invented_addresses_do_not_help() {
    hold_for_all(TestDatabase::sqlite().await, "", |n| format!("198.51.100.{n}")).await;
}

#[tokio::test]
async fn s_rate_4_replicas_in_turn_and_the_addresses_of_one_home_do_not_help() {
    let Some(database) = TestDatabase::mysql().await else { return };
    hold_for_all(database, "127.0.0.1", |n| format!("2001:db8:1:2::{n:x}")).await;
}

#[tokio::test]
async fn s_rate_4_sessions_at_the_gate_are_counted_by_their_members_at_all_replicas() {
    let echo = Echo::start().await;
    let toml = format!(
        "master_keys = [\"{MASTER_KEY}\"]\n[gateway]\nrate_per_member = \"2/h\"\nrate_per_client = \"3/h\"\n\
         [[gateway.routes]]\npath = \"/shop\"\nupstream = [\"{}\"]\nmethods = [\"GET\"]\nscope = \"read\"\n",
        echo.url()
    );
    let app = App::configured(&toml).await;
    let [minji, junho] = [app.browser(), app.browser()];
    app.sign_in(&minji, "naver", "minji").await;
    app.sign_in(&junho, "naver", "junho").await;
    for browser in [&minji, &junho] {
        for status in [200, 200, 429] {
            assert_eq!(browser.fetch("/shop").await.status, status, "not by the site that both come through");
        }
    }
    used_up(&app.database, 2, app.clock.now().plus(Duration::from_hours(1))).await;
    let elsewhere = app.replica(&toml).await;
    let there = elsewhere.browser();
    there.plant("daemun", &minji.cookie("daemun").unwrap());
    assert_eq!(there.fetch("/shop").await.status, 429);
    elsewhere.stop().await;
    app.stop().await;
}
