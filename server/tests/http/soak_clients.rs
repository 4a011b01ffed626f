//! Browsers with sessions and apps with refresh tokens, which must stay signed in through everything.

#![allow(clippy::print_stdout, reason = "a long run says what it saw")]

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::cluster::dice;
use crate::soak_people::{People, Person};

/// For so long a refresh token whose answer was lost can be presented again (design 3.5).
const GRACE: Duration = Duration::from_secs(10);
const ACCESS_LIFE: Duration = Duration::from_secs(20);

/// What all of them saw.
#[derive(Default)]
pub struct Seen {
    pub answered: AtomicUsize,
    pub unanswered: AtomicUsize,
    pub refreshed: AtomicUsize,
    pub forced_logouts: AtomicUsize,
    /// The ids of the keys with which replicas sign, and when each was seen last.
    pub key_ids: Mutex<HashMap<String, Instant>>,
    /// Apps that lost the answer to a refresh and got no other one within the grace: their family ends by the contract.
    pub beyond_grace: AtomicUsize,
}

impl Seen {
    fn add(count: &AtomicUsize) {
        count.fetch_add(1, Ordering::Relaxed);
    }

    /// Notes with which key these tokens were signed.
    fn note_key(&self, tokens: &Value) {
        let header = tokens["access_token"].as_str().unwrap().split('.').next().unwrap();
        let header: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).unwrap()).unwrap();
        let key_id = header["kid"].as_str().unwrap().to_owned();
        self.key_ids.lock().unwrap().insert(key_id, Instant::now());
    }

    /// The keys of tokens that may still be good.
    pub fn keys_in_use(&self) -> Vec<String> {
        let key_ids = self.key_ids.lock().unwrap();
        let recent = key_ids.iter().filter(|(_, seen)| seen.elapsed() < ACCESS_LIFE);
        recent.map(|(key_id, _)| key_id.clone()).collect()
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = |count: &AtomicUsize| count.load(Ordering::Relaxed);
        write!(
            f,
            "{} answers, {} without one, {} refreshes, {} beyond the grace, {} forced logouts",
            of(&self.answered),
            of(&self.unanswered),
            of(&self.refreshed),
            of(&self.beyond_grace),
            of(&self.forced_logouts)
        )
    }
}

async fn pause() {
    tokio::time::sleep(Duration::from_millis(100 + u64::try_from(dice(300)).unwrap())).await;
}

/// A browser with a session: its pages, and a service behind the gateway.
pub struct Browser {
    pub people: Arc<People>,
    pub cookie: String,
    pub seen: Arc<Seen>,
}

impl Browser {
    pub async fn live(self, over: impl Fn() -> bool) {
        while !over() {
            let path = ["/service/tab", "/api/auth/session", "/api/users/me"][dice(3)];
            let request = self.people.client.get(format!("{}{path}", self.people.url));
            let request = request.header("cookie", &self.cookie).header("accept", "application/json");
            match self.people.send(request).await {
                None => Seen::add(&self.seen.unanswered),
                Some((200, body)) if path != "/api/auth/session" || !body.is_null() => {
                    Seen::add(&self.seen.answered);
                }
                Some((200 | 401 | 303, body)) => {
                    println!("{path}: signed out: {body}");
                    Seen::add(&self.seen.forced_logouts);
                    return;
                }
                Some((status, body)) => panic!("{path}: {status} {body}"),
            }
            pause().await;
        }
    }
}

/// An app of somebody.
pub struct App {
    person: Person,
    seen: Arc<Seen>,
    tokens: Value,
    /// Before its access token was made.
    since: Instant,
}

impl App {
    pub fn new(person: Person, seen: Arc<Seen>) -> Self {
        Self { person, seen, tokens: Value::Null, since: Instant::now() }
    }

    async fn log_in(&mut self) {
        self.since = Instant::now();
        self.tokens = self.person.log_in().await;
        self.seen.note_key(&self.tokens);
    }

    pub async fn live(mut self, over: impl Fn() -> bool) {
        self.log_in().await;
        while !over() {
            if self.since.elapsed() > ACCESS_LIFE / 4 && !self.refresh().await {
                return;
            }
            let bearer = self.tokens["access_token"].as_str().unwrap();
            match self.person.get("/service/app", bearer).await {
                None => Seen::add(&self.seen.unanswered),
                Some((200, _)) => Seen::add(&self.seen.answered),
                // It was long on its way.
                Some((401, _)) if self.since.elapsed() > ACCESS_LIFE => {}
                Some((401, body)) => {
                    println!("/service/app: signed out: {body}");
                    Seen::add(&self.seen.forced_logouts);
                    return;
                }
                Some((status, body)) => panic!("/service/app: {status} {body}"),
            }
            pause().await;
        }
    }

    /// `false` when it was signed out.
    async fn refresh(&mut self) -> bool {
        let asked = Instant::now();
        let wish = json!({"refresh_token": self.tokens["refresh_token"]});
        let (status, body) = self.person.post("/auth/refresh", wish).await;
        match status {
            200 => {
                self.tokens = body["data"].clone();
                self.seen.note_key(&self.tokens);
                self.since = asked;
                Seen::add(&self.seen.refreshed);
            }
            401 if asked.elapsed() > GRACE => {
                Seen::add(&self.seen.beyond_grace);
                self.log_in().await;
            }
            401 => {
                println!("/auth/refresh: signed out after {:?}: {body}", asked.elapsed());
                Seen::add(&self.seen.forced_logouts);
                return false;
            }
            _ => panic!("/auth/refresh: {status} {body}"),
        }
        true
    }
}
