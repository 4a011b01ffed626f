//! No text that somebody sends is an internal error: what people type, what programs send, and what browsers say of themselves
//! is made odd in every way, and every door answers.

#![allow(clippy::print_stdout, reason = "a long run says what it saw")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use reqwest::header::{HeaderName, HeaderValue};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};
use testkit::RandomTexts;

use crate::accounts::{EMAIL, PASSWORD, log_in, sign_up};
use crate::app::App;

/// Calls that take JSON or a form, with their fields.
const CALLS: [(&str, &[&str]); 14] = [
    ("/api/users/signup", &["email", "password", "nickname"]),
    ("/api/users/signup/resend", &["email"]),
    ("/api/users/signup/prove", &["token", "email", "code", "password"]),
    ("/api/users/password/forgot", &["email"]),
    ("/api/users/password/reset", &["token", "email", "code", "password"]),
    ("/api/users/email/prove", &["token", "email", "code"]),
    ("/api/users/me", &["nickname", "greeting"]),
    ("/api/users/me/password", &["current_password", "password"]),
    ("/api/users/me/email", &["email", "password"]),
    ("/auth/login", &["email", "password"]),
    ("/auth/refresh", &["refresh_token"]),
    ("/auth/logout", &["refresh_token"]),
    ("/api/auth/signin/password", &["email", "password", "return_to"]),
    ("/api/auth/signin/kakao", &["return_to"]),
];

/// Addresses that take a text at their end.
const PAGES: [&str; 17] = [
    "/",
    "/members/",
    "/api/users/",
    "/api/users/me/identities?x=",
    "/oauth/login?return_to=",
    "/oauth/login?error=",
    "/me?nickname=",
    "/signup?draft=",
    "/email/verify?token=",
    "/password/reset?token=",
    "/me/history?after=",
    "/dev/mail?to=",
    "/api/auth/callback/google?code=a&state=",
    "/api/auth/callback/kakao?error=",
    "/api/auth/callback/naver?error_description=",
    "/api/providers/kakao/unlinked?user_id=",
    "/auth/verify?x=",
];

/// What a client says of itself and of who it is.
const HEADERS: [&str; 12] = [
    "cookie",
    "authorization",
    "accept-language",
    "user-agent",
    "accept",
    "origin",
    "referer",
    "sec-fetch-site",
    "x-request-id",
    "traceparent",
    "if-none-match",
    "range",
];

struct Sender<'a> {
    app: &'a App,
    client: Client,
    texts: RandomTexts,
    access_token: String,
}

impl<'a> Sender<'a> {
    async fn new(app: &'a App, seed: u64) -> Self {
        sign_up(app).await;
        let access_token = log_in(app).await["access_token"].as_str().unwrap().to_owned();
        let client =
            Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build().unwrap();
        Self { app, client, texts: RandomTexts::new(seed), access_token }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        // Each from a network of their own, or all would be refused for being too many.
        let network = format!("198.{}.{}.7", self.texts.below(256), self.texts.below(256));
        let request = self.client.request(method, format!("http://{}{path}", self.app.address()));
        request.header("x-forwarded-for", network)
    }

    fn value(&self) -> String {
        match self.texts.below(8) {
            0 => EMAIL.to_owned(),
            1 => PASSWORD.to_owned(),
            2 => format!("{}@example.com", self.texts.text(6)),
            _ => self.texts.text(140),
        }
    }

    fn json(&self, fields: &[&str]) -> Vec<u8> {
        let odd = |_: &&str| match self.texts.below(12) {
            0 => json!(self.texts.below(1000)),
            1 => json!([self.texts.text(3)]),
            2 => Value::Null,
            _ => json!(self.value()),
        };
        let body: BTreeMap<_, _> = fields.iter().map(|field| (*field, odd(field))).collect();
        let body = serde_json::to_vec(&body).unwrap();
        if self.texts.below(5) == 0 { self.texts.spoilt(&body) } else { body }
    }

    /// One request; what it was, for anyone who must find out why it failed.
    fn next(&self) -> (String, RequestBuilder) {
        let (kind, (call, fields)) = (self.texts.below(5), CALLS[self.texts.below(CALLS.len())]);
        match kind {
            0 => {
                let body = self.json(fields);
                let what = format!("{call} {}", body.escape_ascii());
                let request = self.request(Method::POST, call).bearer_auth(&self.access_token);
                (what, request.header("content-type", "application/json").body(body))
            }
            1 => {
                let form: Vec<_> = fields.iter().map(|field| (*field, self.value())).collect();
                let what = format!("{call} {form:?}");
                let request = self.request(Method::POST, call).header("sec-fetch-site", "same-origin");
                (what, request.form(&form))
            }
            2 => {
                let bytes = self.texts.bytes(300);
                let kind = self.texts.one_of(&[
                    "image/png",
                    "multipart/form-data; boundary=x",
                    "multipart/form-data",
                ]);
                let framed = [
                    b"--x\r\ncontent-disposition: form-data; name=picture\r\n\r\n",
                    &bytes[..],
                    b"\r\n--x--",
                ];
                let body = if kind.starts_with("multi") { framed.concat() } else { bytes };
                let what = format!("{kind} {}", body.escape_ascii());
                let request = self.request(Method::POST, "/api/users/me/picture");
                (what, request.bearer_auth(&self.access_token).header("content-type", kind).body(body))
            }
            3 => {
                let text: String = form_encoded(&self.texts.text(60));
                let path = format!("{}{text}", PAGES[self.texts.below(PAGES.len())]);
                (path.clone(), self.request(Method::GET, &path))
            }
            _ => {
                let path =
                    self.texts.one_of(&["/", "/me", "/api/auth/session", "/api/users/me", "/auth/verify"]);
                let (mut request, mut what) = (self.request(Method::GET, path), path.to_owned());
                for _ in 0..3 {
                    let (name, value) = (HEADERS[self.texts.below(HEADERS.len())], self.header());
                    if let Ok(odd) = HeaderValue::from_bytes(&value) {
                        let _ = write!(what, " {name}: {}", value.escape_ascii());
                        request = request.header(HeaderName::from_static(name), odd);
                    }
                }
                (what, request)
            }
        }
    }

    fn header(&self) -> Vec<u8> {
        let text = self.texts.bytes(80);
        match self.texts.below(5) {
            0 => [b"Bearer ", &text[..]].concat(),
            1 => [b"daemun=", &text[..]].concat(),
            2 => [b"name=\xed\x99\x8d; daemun-login=", &text[..]].concat(),
            3 => self.texts.spoilt(format!("Bearer {}", self.access_token).as_bytes()),
            _ => text,
        }
    }

    /// Sends until `is_enough` of so many requests, and tells how many got which status.
    async fn send(&self, is_enough: impl Fn(usize) -> bool) -> BTreeMap<u16, usize> {
        let mut statuses = BTreeMap::new();
        for number in 0.. {
            if is_enough(number) {
                break;
            }
            let (what, request) = self.next();
            // Some cannot be sent at all, and a listener may hang up on what is no HTTP.
            let Ok(answer) = request.timeout(Duration::from_secs(30)).send().await else { continue };
            let status = answer.status().as_u16();
            assert!(status < 500, "request {number} got {status}: {what}\n{}", answer.text().await.unwrap());
            *statuses.entry(status).or_default() += 1;
        }
        let alive = self.request(Method::GET, "/api/auth/session").send().await.unwrap();
        assert_eq!(alive.status(), 200, "and it is still there");
        statuses
    }
}

/// A text as it is in an address, of which a part was never encoded.
fn form_encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_graphic() && byte != b'#' && !byte.is_multiple_of(3);
    text.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

async fn open_to_all() -> App {
    App::with(&[("DAEMUN_LIMITS__TRUSTED_PROXIES", "127.0.0.1/32")]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn no_text_is_a_fault_of_ours() {
    let app = open_to_all().await;
    let statuses = Sender::new(&app, 24).await.send(|number| number == 600).await;
    let answered: usize = statuses.values().sum();
    assert!(answered > 500 && statuses.contains_key(&200) && statuses.contains_key(&400), "{statuses:?}");
}

/// For a minute, or as long as `DAEMUN_ODD_TEXTS_SECONDS` says, each time from another seed.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "long"]
async fn soak_odd_texts_no_text_is_a_fault_of_ours() {
    let seconds =
        std::env::var("DAEMUN_ODD_TEXTS_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(60);
    let seed = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs();
    println!("seed {seed}");
    let app = open_to_all().await;
    let end = Instant::now() + Duration::from_secs(seconds);
    let statuses = Sender::new(&app, seed).await.send(|_| Instant::now() >= end).await;
    println!("{seconds} s: {statuses:?}");
}
