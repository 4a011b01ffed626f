//! What is made for one purpose opens nothing else: everything that the program or a provider gives out is tried at
//! every door of the program.

use db::{Row as _, query};
use kernel::{KeyRing, MasterKey, Purpose};
use reqwest::Method;
use serde_json::{Value, json};
use testkit::Browser;
use url::Url;

use crate::accounts::{EMAIL, PASSWORD, call, log_in, mail, post, prove, sign_up, sign_up_as, token};
use crate::app::App;
use crate::echo::Echo;
use crate::token_actor::MASTER_KEY;

const KEY: &str = "the-key-of-a-proxy-0123456789abcdef";

/// Where something that was given out is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Door {
    OwnApi,
    Service,
    Session,
    Refresh,
    SignUpProof,
    Reset,
    NewAddress,
    ProxyKey,
}

const DOORS: [Door; 8] = [
    Door::OwnApi,
    Door::Service,
    Door::Session,
    Door::Refresh,
    Door::SignUpProof,
    Door::Reset,
    Door::NewAddress,
    Door::ProxyKey,
];

/// Something that was given out, and where it is good.
struct Given {
    name: &'static str,
    text: String,
    opens: &'static [Door],
}

struct Scene {
    app: App,
    _echo: Echo,
    /// Somebody who is signed in by Google.
    browser: Browser,
    /// So that no limit refuses what a door would have taken: each try comes from a network of its own.
    tries: std::cell::Cell<u32>,
}

impl Scene {
    async fn open() -> Self {
        let echo = Echo::start().await;
        let toml = format!(
            "master_keys = [\"{MASTER_KEY}\"]\n[limits]\ntrusted_proxies = [\"127.0.0.1\"]\n\
             [gateway]\nforward_auth_key = \"{KEY}\"\n[[gateway.routes]]\npath = \"/api/orders\"\n\
             upstream = [\"{}\"]\nmethods = [\"GET\"]\nscope = \"read\"\n",
            echo.url()
        );
        let app = App::configured(&toml).await;
        let browser = app.browser();
        app.sign_in(&browser, "google", "minji").await;
        Self { app, _echo: echo, browser, tries: std::cell::Cell::new(0) }
    }

    async fn bearer(&self, path: &str, text: &str) -> bool {
        let field = format!("Bearer {text}");
        let headers = [("authorization", field.as_str()), ("accept", "application/json")];
        self.app.browser().send(Method::GET, path, &headers, None).await.status == 200
    }

    async fn body(&self, path: &str, body: Value) -> bool {
        self.tries.set(self.tries.get() + 1);
        let network = format!("203.0.{}.{}", self.tries.get() / 250, self.tries.get() % 250 + 1);
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let request = client.post(self.app.site.join(path).unwrap()).header("x-forwarded-for", network);
        let status = request.json(&body).send().await.unwrap().status();
        assert_ne!(status, 429, "{path}: not the limit is what refuses here");
        status.is_success()
    }

    async fn opens(&self, door: Door, text: &str) -> bool {
        match door {
            Door::OwnApi => self.bearer("/api/users/me", text).await,
            Door::Service => self.bearer("/api/orders", text).await,
            Door::Session => {
                let thief = self.app.browser();
                thief.plant("daemun", text);
                self.app.is_signed_in(&thief).await
            }
            Door::Refresh => self.body("/auth/refresh", json!({"refresh_token": text})).await,
            Door::SignUpProof => self.body("/api/users/signup/prove", json!({"token": text})).await,
            Door::Reset => {
                let body = json!({"token": text, "password": "여섯 마리 두루미가 날아갔다"});
                self.body("/api/users/password/reset", body).await
            }
            Door::NewAddress => self.body("/api/users/email/prove", json!({"token": text})).await,
            Door::ProxyKey => {
                let headers = [("x-forward-auth-key", text), ("x-original-method", "GET")];
                let asked = "/auth/verify?scope=read&audience=orders";
                let answer = self.browser.send(Method::GET, asked, &headers, None).await;
                assert_eq!(answer.status, 200, "{}", answer.body);
                !answer.header("authorization").is_empty()
            }
        }
    }

    /// Everything that can be given out, each once and none of it spent.
    async fn given(&self) -> Vec<Given> {
        let app = &self.app;
        let mut all = Vec::new();
        let mut add = |name, text: &str, opens| all.push(Given { name, text: text.to_owned(), opens });
        sign_up(app).await;
        let tokens = log_in(app).await;
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let access = text(&tokens["access_token"]);
        add("an app's access token", &access, &[Door::OwnApi, Door::Service]);
        add("an app's refresh token", &text(&tokens["refresh_token"]), &[Door::Refresh]);
        let received = self.browser.fetch("/api/orders").await.json();
        let field = text(&received["headers"]["authorization"]);
        add("a service's token", field.strip_prefix("Bearer ").unwrap(), &[Door::Service]);
        add("a session's cookie", &self.browser.cookie("daemun").unwrap(), &[Door::Session]);
        add("a session's refresh token", &self.refresh_token_of_the_session().await, &[]);
        add("a proxy's key", KEY, &[Door::ProxyKey]);
        add("the master key", MASTER_KEY, &[]);

        sign_up_as(app, "second@example.com").await;
        add(
            "a sign-up's mail",
            &token(&mail(app, "second@example.com", "/email/verify").await),
            &[Door::SignUpProof],
        );
        // Another member: anyone who gets another address gets no password by mails to the old one.
        sign_up_as(app, "movers@example.com").await;
        prove(app, "movers@example.com").await;
        let mover = json!({"email": "movers@example.com", "password": PASSWORD});
        let mover = text(&post(app, "/auth/login", mover).await.body["data"]["access_token"]);
        let change = json!({"email": "third@example.com", "password": PASSWORD});
        let asked = call(app, Method::POST, "/api/users/me/email", Some(&mover), Some(change)).await;
        assert!([200, 202].contains(&asked.status), "{} {}", asked.status, asked.body);
        add(
            "a new address's mail",
            &token(&mail(app, "third@example.com", "/email/change").await),
            &[Door::NewAddress],
        );
        assert_eq!(post(app, "/api/users/password/forgot", json!({"email": EMAIL})).await.status, 202);
        add("a reset's mail", &token(&mail(app, EMAIL, "/password/reset").await), &[Door::Reset]);

        let (waiting, asked) = (app.browser(), app.browser());
        let authorize = app.begin(&waiting, "google", "/me").await;
        add("a login's cookie", &waiting.cookie("daemun-login").unwrap(), &[]);
        let back = Url::parse(&authorize).unwrap();
        let state = back.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
        add("a login's state", &state, &[]);
        let google = self.tokens_of_google(&app.begin(&asked, "google", "/me").await).await;
        add("Google's id_token", &text(&google["id_token"]), &[]);
        add("Google's access token", &text(&google["access_token"]), &[]);
        all
    }

    async fn refresh_token_of_the_session(&self) -> String {
        let ring = KeyRing::new(vec![MasterKey::parse(MASTER_KEY).unwrap()]).unwrap();
        let mut reader = self.app.database.read().await.unwrap();
        let sql = "SELECT id, refresh_sealed FROM sessions";
        let row = query(sql).fetch_one(&mut *reader).await.unwrap();
        let (id, sealed): (String, Vec<u8>) = (row.get(0), row.get(1));
        String::from_utf8(ring.open(Purpose::new("session-refresh-token"), &id, &sealed).unwrap()).unwrap()
    }

    /// What Google gives for a code, as the client that we are there.
    async fn tokens_of_google(&self, authorize: &str) -> Value {
        let mut authorize = Url::parse(authorize).unwrap();
        let kept: Vec<(String, String)> = authorize
            .query_pairs()
            .filter(|(name, _)| !name.starts_with("code_challenge"))
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect();
        authorize.query_pairs_mut().clear().extend_pairs(&kept);
        let redirect = &kept.iter().find(|(name, _)| name == "redirect_uri").unwrap().1;
        let back = self.app.provider.agree(authorize.as_str(), "minji").await;
        let back = Url::parse("http://localhost").unwrap().join(&back).unwrap();
        let code = back.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned();
        let google = self.app.google();
        let form = [
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", redirect),
            ("client_id", &google.client_id),
            ("client_secret", &google.client_secret),
        ];
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        client.post(google.token_url).form(&form).send().await.unwrap().json().await.unwrap()
    }
}

#[tokio::test]
async fn s_tok_10_what_is_given_out_for_one_purpose_opens_no_other_door() {
    let scene = Scene::open().await;
    let given = scene.given().await;
    assert!(given.len() >= 14);
    for thing in &given {
        for door in DOORS.into_iter().filter(|door| !thing.opens.contains(door)) {
            assert!(!scene.opens(door, &thing.text).await, "{} opens {door:?}", thing.name);
        }
    }
    // A session cannot be ended by the token behind it either: no browser holds that.
    let hidden = given.iter().find(|thing| thing.name == "a session's refresh token").unwrap();
    let body = json!({"refresh_token": hidden.text});
    assert_eq!(post(&scene.app, "/auth/logout", body).await.status, 204);
    assert!(scene.app.is_signed_in(&scene.browser).await);
    // The control: none of that spent anything, and each opens its own. A reset ends sessions and tokens, so it is last.
    let (resets, others): (Vec<_>, Vec<_>) = given.iter().partition(|thing| thing.opens == [Door::Reset]);
    for thing in others.into_iter().chain(resets) {
        for door in thing.opens {
            assert!(scene.opens(*door, &thing.text).await, "{} opens {door:?}", thing.name);
        }
    }
    let opened = |door: &Door| given.iter().any(|thing| thing.opens.contains(door));
    assert!(DOORS.iter().all(opened), "each door has something that opens it");
}
