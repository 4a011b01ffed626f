//! People who sign up, log in and choose new passwords while programs die under them, and what must be true of them at the end.

#![allow(clippy::print_stdout, reason = "a long run says what it saw")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use db::{Database, DatabaseUrl, Row as _, query};
use reqwest::Client;
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;

use crate::cluster::dice;

const PASSWORD: &str = "처음에는 이런 문장을 비밀번호로 썼다";
const NEXT_PASSWORD: &str = "그다음에는 다른 문장으로 바꾸어 썼다";

/// Where people go, and what they got confirmed there.
pub struct People {
    pub url: String,
    pub client: Client,
    /// How long anything may take until it is done; a bound, not a wait.
    pub patience: Duration,
    /// Of so many answers one is never read; 0 for none.
    pub lost: usize,
    pub logins: AtomicUsize,
    pub resets: AtomicUsize,
}

impl People {
    /// At `url`, where one request may take as long as the whole.
    pub fn new(url: String, patience: Duration) -> Self {
        let client = Client::builder().no_proxy().timeout(patience).build().unwrap();
        Self { url, client, patience, lost: 0, logins: AtomicUsize::new(0), resets: AtomicUsize::new(0) }
    }

    /// Sends a request; nothing when there was no answer, or none of a program of ours.
    pub async fn send(&self, request: reqwest::RequestBuilder) -> Option<(u16, Value)> {
        let request = async {
            let answer = request.send().await.ok()?;
            let status = answer.status().as_u16();
            if [502, 503, 504].contains(&status) {
                return None;
            }
            let text = answer.text().await.ok()?;
            Some((status, serde_json::from_str(&text).unwrap_or(Value::Null)))
        };
        if self.lost > 0 && dice(self.lost) == 0 {
            let patience = Duration::from_micros(u64::try_from(dice(20_000)).unwrap());
            let _ = tokio::time::timeout(patience, request).await;
            return None;
        }
        request.await
    }
}

/// Somebody, in a network of their own.
pub struct Person {
    people: Arc<People>,
    address: String,
    network: String,
}

impl Person {
    pub fn new(people: &Arc<People>, number: usize) -> Self {
        Self {
            people: Arc::clone(people),
            address: format!("person-{number}@example.com"),
            network: format!("10.{}.{}.1", number / 256, number % 256),
        }
    }

    /// Asks until there is an answer: a request whose connection broke may or may not have been done.
    pub async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        let url = format!("{}{path}", self.people.url);
        let began = Instant::now();
        loop {
            let request = self.people.client.post(&url).header("x-forwarded-for", &self.network).json(&body);
            if let Some(answer) = self.people.send(request).await {
                return answer;
            }
            assert!(began.elapsed() < self.people.patience, "no answer from {path}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Asks once, with a bearer token.
    pub async fn get(&self, path: &str, bearer: &str) -> Option<(u16, Value)> {
        let request = self.people.client.get(format!("{}{path}", self.people.url)).bearer_auth(bearer);
        self.people.send(request.header("x-forwarded-for", &self.network)).await
    }

    /// The tokens for this page in the mailbox, the newest first.
    async fn tokens(&self, page: &str) -> Vec<String> {
        let to = self.address.replace('@', "%40");
        let request = self.people.client.get(format!("{}/dev/mail?to={to}", self.people.url));
        let Some((_, mails)) = self.people.send(request.header("accept", "application/json")).await else {
            return Vec::new();
        };
        let link = format!("{page}?token=");
        let mut tokens = Vec::new();
        for mail in mails.as_array().into_iter().flatten() {
            let links = mail["links"].as_array().into_iter().flatten();
            let found = links.filter_map(|found| found.as_str()?.split_once(&link));
            tokens.extend(found.map(|(_, token)| token.to_owned()));
        }
        tokens
    }

    /// Spends a token out of a mail. It is spent as well if the answer to that was lost; then `password` is good.
    async fn spend(&self, page: &str, path: &str, password: Option<&str>) {
        let (good, began, mut asked) = (password.unwrap_or(PASSWORD), Instant::now(), Instant::now());
        loop {
            // A mail is written behind the answer (S-ACC-6), and so may never be; then people ask again.
            if password.is_some() && asked.elapsed() > Duration::from_secs(5) {
                self.clear().await;
                asked = Instant::now();
            }
            for token in self.tokens(page).await {
                let wish = match password {
                    Some(password) => json!({"token": token, "password": password}),
                    None => json!({"token": token}),
                };
                if self.post(path, wish).await.0 == 200 || self.log_in_with(good).await.is_some() {
                    return;
                }
            }
            assert!(began.elapsed() < self.people.patience, "no good mail for {page} to {}", self.address);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// The tokens of an app, unless this is not the password.
    async fn log_in_with(&self, password: &str) -> Option<Value> {
        let wish = json!({"email": self.address, "password": password});
        loop {
            match self.post("/auth/login", wish.clone()).await {
                (200, body) => {
                    self.people.logins.fetch_add(1, Ordering::Relaxed);
                    return Some(body["data"].clone());
                }
                (401, _) => return None,
                // Who loses many answers asks often.
                (429, _) => tokio::time::sleep(Duration::from_secs(5)).await,
                (status, body) => panic!("{status} {body}"),
            }
        }
    }

    /// The tokens of an app, of somebody who has [lived](Self::live).
    pub async fn log_in(&self) -> Value {
        self.log_in_with(NEXT_PASSWORD).await.unwrap()
    }

    async fn clear(&self) {
        let (status, body) = self.post("/api/users/password/forgot", json!({"email": self.address})).await;
        assert_eq!(status, 202, "{body}");
    }

    /// A sign-up, a login and a new password.
    pub async fn live(&self) {
        let wish = json!({"email": self.address, "password": PASSWORD, "nickname": "하늘"});
        let (status, body) = self.post("/api/users/signup", wish).await;
        assert_eq!(status, 201, "{body}");
        self.spend("/email/verify", "/api/users/signup/prove", None).await;
        assert!(self.log_in_with(PASSWORD).await.is_some());
        self.clear().await;
        self.spend("/password/reset", "/api/users/password/reset", Some(NEXT_PASSWORD)).await;
        self.people.resets.fetch_add(1, Ordering::Relaxed);
    }
}

/// The number that a query gives.
async fn count(db: &Database, sql: &str) -> i64 {
    let mut reader = db.read().await.unwrap();
    query(AssertSqlSafe(sql.to_owned())).fetch_one(&mut *reader).await.unwrap().get(0)
}

/// Waits until all work is done, and holds what is told against what was committed: `lived` people have lived, and
/// `others` are members by other ways.
///
/// # Panics
/// When something was lost, doubled, told out of order, or told although it never happened.
pub async fn all_is_told_once(database: &DatabaseUrl, people: &People, lived: usize, others: usize) {
    let db = Database::open(database).await.unwrap();
    let open = "SELECT (SELECT COUNT(*) FROM outbox_events WHERE published_at IS NULL) \
        + (SELECT COUNT(*) FROM bus_deliveries) + (SELECT COUNT(*) FROM jobs WHERE kind = 'mail' AND state = 'waiting')";
    let began = Instant::now();
    while count(&db, open).await > 0 {
        assert!(began.elapsed() < people.patience, "the work does not come to an end");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let of = |topic: &str| format!("SELECT COUNT(*) FROM outbox_events WHERE topic = '{topic}'");
    let noted = |kind: &str| {
        format!("SELECT COUNT(*) FROM audit_events WHERE kind = '{kind}' AND outcome = 'success'")
    };
    let members = count(&db, "SELECT COUNT(*) FROM members").await;
    let events = (
        count(&db, &of("user-signup")).await,
        count(&db, &of("user-login")).await,
        count(&db, &of("password-reset")).await,
    );
    let confirmed = people.logins.load(Ordering::Relaxed);
    println!(
        "{lived} people; told: {events:?}; confirmed: {confirmed} logins, {} new passwords",
        people.resets.load(Ordering::Relaxed)
    );
    assert_eq!((members, events.0), (i64::try_from(lived + others).unwrap(), members));
    assert_eq!(events.1, count(&db, &noted("sign_in")).await, "each login that was committed is told");
    assert!(events.1 >= i64::try_from(confirmed).unwrap());
    let mails = "SELECT COUNT(*) FROM jobs WHERE kind = 'mail' AND payload LIKE '%\"reset-password\"%'";
    assert_eq!(
        events.2,
        count(&db, mails).await,
        "who is told of a wish for a new password is sent the mail"
    );
    let spent = count(&db, &noted("password_reset")).await;
    assert_eq!(spent, i64::try_from(lived).unwrap(), "a token is spent once");
    assert_eq!(count(&db, "SELECT COUNT(*) FROM bus_dead_letters").await, 0);
    let strays = "SELECT COUNT(*) FROM outbox_events WHERE event_key NOT IN (SELECT id FROM members)";
    assert_eq!(count(&db, strays).await, 0, "nothing is told of work that was rolled back");
    let crossed = "SELECT COUNT(*) FROM outbox_events one JOIN outbox_events other ON one.event_key = other.event_key \
        AND one.sequence < other.sequence AND one.published_at > other.published_at";
    assert_eq!(count(&db, crossed).await, 0, "each member's events are told in their order");
    let welcomes =
        "SELECT COUNT(DISTINCT owner) FROM jobs WHERE kind = 'mail' AND payload LIKE '%\"welcome\"%'";
    assert_eq!(count(&db, welcomes).await, members);
    assert_eq!(count(&db, &welcomes.replace("DISTINCT owner", "*")).await, members, "each once");
    let unsent = "SELECT COUNT(*) FROM jobs WHERE kind = 'mail' AND id NOT IN (SELECT id FROM mailbox_mails)";
    assert_eq!(count(&db, unsent).await, 0);
    let all_mails = count(&db, "SELECT COUNT(*) FROM jobs WHERE kind = 'mail'").await;
    assert_eq!(count(&db, "SELECT COUNT(*) FROM mailbox_mails").await, all_mails, "each mail is there once");
}
