//! Clients that send people and redeem what comes back, a few at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use reqwest::redirect::Policy;

use crate::plant::Planted;

pub const CALLBACK: &str = "http://localhost:3999/callback";
/// How many wait for an answer at once.
const BUSY: usize = 16;
/// The pair of RFC 7636 appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// A request to the token endpoint.
#[derive(Clone)]
pub struct Request {
    pub form: String,
    /// Which family it refreshes.
    pub family: Option<(&'static str, usize)>,
}

/// What came of it.
pub struct Answer {
    pub family: Option<(&'static str, usize)>,
    pub refresh_token: String,
}

/// Those who ask.
pub struct Asker {
    client: reqwest::Client,
    origin: String,
    /// How many codes were asked for.
    asked: usize,
}

impl Asker {
    pub fn new(port: u16) -> Self {
        let client = reqwest::Client::builder().no_proxy().redirect(Policy::none());
        let client = client.resolve("localhost", ([127, 0, 0, 1], port).into()).build().unwrap();
        Self { client, origin: format!("http://localhost:{port}"), asked: 0 }
    }

    /// Waits until the program has read its clients.
    pub async fn knows(&self, clients: &[String]) {
        let began = Instant::now();
        let url = format!(
            "{}/oauth2/authorize?client_id={}&redirect_uri={CALLBACK}",
            self.origin,
            clients.last().unwrap()
        );
        while self.client.get(&url).send().await.unwrap().status() == 400 {
            assert!(began.elapsed() < Duration::from_secs(60), "the clients are not known");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Codes for so many people and clients, and the requests that redeem them.
    pub async fn codes(&mut self, planted: &Planted, scope: &str, number: usize) -> Vec<Request> {
        let scope = scope.replace(' ', "%20");
        let mut asked = Vec::new();
        for at in self.asked..self.asked + number {
            // Far from each other in the table, all of them in turn.
            let client = &planted.clients[at * 7_919 % planted.clients.len()];
            let cookie = &planted.cookies[at % planted.cookies.len()];
            let url = format!(
                "{}/oauth2/authorize?response_type=code&client_id={client}&redirect_uri={CALLBACK}&scope={scope}\
                 &code_challenge={CHALLENGE}&code_challenge_method=S256",
                self.origin
            );
            asked.push((client.clone(), self.client.get(url).header("cookie", cookie)));
        }
        self.asked += number;
        let ask = async |(client, request): &(String, reqwest::RequestBuilder)| {
            let answer = request.try_clone().unwrap().send().await.unwrap();
            let location =
                answer.headers().get("location").and_then(|value| value.to_str().ok()).unwrap_or_default();
            let code =
                location.split_once("?code=").map(|(_, rest)| rest.split('&').next().unwrap().to_owned());
            let code = code.unwrap_or_else(|| panic!("no code: {answer:?}"));
            let form = format!(
                "grant_type=authorization_code&client_id={client}&code={code}&redirect_uri={CALLBACK}&code_verifier={VERIFIER}"
            );
            Request { form, family: None }
        };
        in_turn(&asked, ask).await
    }

    /// Sends requests, each of which must succeed.
    pub async fn send(&self, requests: &[Request]) -> Vec<Answer> {
        let url = format!("{}/oauth2/token", self.origin);
        let ask = async |request: &Request| {
            let kind = "application/x-www-form-urlencoded";
            let sent =
                self.client.post(&url).header("content-type", kind).body(request.form.clone()).send().await;
            let answer = sent.unwrap();
            let status = answer.status();
            let body: serde_json::Value = answer.json().await.unwrap();
            assert_eq!(status, 200, "{body}");
            let refresh_token = body["refresh_token"].as_str().unwrap().to_owned();
            Answer { family: request.family, refresh_token }
        };
        in_turn(requests, ask).await
    }
}

/// Does something with all of them, a few at once.
async fn in_turn<T, R>(all: &[T], ask: impl AsyncFn(&T) -> R) -> Vec<R> {
    let next = Arc::new(AtomicUsize::new(0));
    let worker = async || {
        let mut answers = Vec::new();
        while let Some(one) = all.get(next.fetch_add(1, Ordering::Relaxed)) {
            answers.push(ask(one).await);
        }
        answers
    };
    let workers = std::iter::repeat_with(worker).take(BUSY);
    futures::future::join_all(workers).await.into_iter().flatten().collect()
}
