//! Whom tokens are for: each service behind the gateway gets its own, and no API takes another's.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};
use server::check;
use testkit::Browser;
use tokio::task::JoinSet;

use crate::accounts::{call, log_in, post, sign_up};
use crate::app::{App, ORIGIN, configuration_of};
use crate::echo::Echo;
use crate::token_actor::{MASTER_KEY, TokenActor, claims_of};

/// Services at the gateway: a path of each, its audience, and the scope that is asked there.
const SERVICES: [(&str, &str, &str); 4] = [
    ("/api/orders/7", "orders", "read"),
    ("/api/books/7", "books", "read write"),
    ("/shop/7", "https://shop.example", "read"),
    ("/elsewhere", "/", "read"),
];

/// What our own API answers to a member.
const OWN: [&str; 3] = ["/api/users/me", "/api/users/me/export", "/api/users/me/identities"];

fn routes(echo: &Echo, top: &str) -> String {
    let route = |path: &str, more: &str| {
        format!(
            "[[gateway.routes]]\npath = \"{path}\"\nupstream = [\"{}\"]\nmethods = [\"GET\", \"POST\"]\n{more}\n",
            echo.url()
        )
    };
    [
        format!("master_keys = [\"{MASTER_KEY}\"]\n{top}\n"),
        route("/api/orders/{*rest}", "scope = \"read\""),
        route("/api/books/{*rest}", "scope = \"read write\""),
        route("/shop/{*rest}", "scope = \"read\"\naudience = \"https://shop.example\""),
        route("/open", "public = true"),
        route("/{*rest}", "scope = \"read\""),
    ]
    .concat()
}

struct TestGateway {
    app: App,
    echo: Echo,
}

impl TestGateway {
    async fn open(top: &str) -> Self {
        let echo = Echo::start().await;
        Self { app: App::configured(&routes(&echo, top)).await, echo }
    }

    /// Status and code of the answer to a bearer.
    async fn bearer(&self, path: &str, field: &str) -> (u16, String) {
        let headers = [("authorization", field)];
        let answer = self.app.browser().send(Method::GET, path, &headers, None).await;
        let code = serde_json::from_str::<Value>(&answer.body)
            .ok()
            .and_then(|body| body["error"]["code"].as_str().map(str::to_owned));
        (answer.status.as_u16(), code.unwrap_or_default())
    }

    /// The `Authorization` that the service at `path` gets from this bearer.
    async fn received(&self, path: &str, field: &str) -> String {
        let headers = [("authorization", field)];
        authorization(&self.app.browser().send(Method::GET, path, &headers, None).await.json())
    }
}

fn authorization(received: &Value) -> String {
    received["headers"]["authorization"].as_str().unwrap_or_else(|| panic!("{received}")).to_owned()
}

async fn by_cookie(browser: &Browser, path: &str) -> String {
    authorization(&browser.fetch(path).await.json())
}

fn of_app(tokens: &Value) -> String {
    format!("Bearer {}", tokens["access_token"].as_str().unwrap())
}

#[tokio::test]
async fn s_tok_12_each_token_names_one_api_and_every_other_refuses_it() {
    let gateway = TestGateway::open("").await;
    sign_up(&gateway.app).await;
    let own = of_app(&log_in(&gateway.app).await);
    let browser = gateway.app.browser();
    gateway.app.sign_in(&browser, "google", "minji").await;
    assert_eq!(claims_of(&own)["aud"], ORIGIN);
    for path in OWN {
        // The export asks for a fresh proof, which a token is none of.
        let status = if path == "/api/users/me/export" { 403 } else { 200 };
        assert_eq!(gateway.bearer(path, &own).await.0, status, "{path}: made for it");
    }
    for (path, audience, scope) in SERVICES {
        let tokens = [gateway.received(path, &own).await, by_cookie(&browser, path).await];
        for (token, client) in tokens.iter().zip(["daemun-app", "daemun-web"]) {
            let claims = claims_of(token);
            assert_eq!(
                (&claims["aud"], &claims["scope"], &claims["client_id"]),
                (&audience.into(), &scope.into(), &client.into()),
                "{path}"
            );
            for (other, of_other, _) in SERVICES {
                let expected = if of_other == audience { (200, "") } else { (401, "TOKEN_INVALID") };
                let (status, code) = gateway.bearer(other, token).await;
                assert_eq!((status, code.as_str()), expected, "the token for {audience} at {other}");
            }
            for path in OWN {
                let (status, code) = gateway.bearer(path, token).await;
                assert_eq!(
                    (status, code.as_str()),
                    (401, "TOKEN_INVALID"),
                    "the token for {audience} at {path}"
                );
            }
            let change = Some(json!({"nickname": "도둑"}));
            let bare = token.strip_prefix("Bearer ");
            let reply = call(&gateway.app, Method::PATCH, "/api/users/me", bare, change).await;
            assert_eq!(reply.code(), (401, "TOKEN_INVALID"));
            assert_eq!(
                gateway.bearer("/auth/verify", token).await.0,
                if audience == "/" { 200 } else { 401 }
            );
        }
        let (of_own, of_service) = (claims_of(&own), claims_of(&tokens[0]));
        for same in ["iss", "sub", "sid", "roles", "nickname", "exp", "iat"] {
            assert_eq!(of_own[same], of_service[same], "{same}");
        }
        assert_ne!(of_own["jti"], of_service["jti"]);
    }
    let answer = gateway.app.browser().send(Method::GET, "/open", &[("authorization", &own)], None).await;
    assert!(answer.json()["headers"]["authorization"].is_null(), "a public route gets none");
}

#[tokio::test]
async fn s_tok_12_what_a_service_lacks_it_cannot_get_for_its_token() {
    let gateway = TestGateway::open("").await;
    let tokens = TokenActor::new(gateway.app.database.url(), ORIGIN, gateway.app.clock.clone()).await;
    let lacking = tokens.sign_in("openid read").await;
    assert_eq!(gateway.bearer("/api/books/7", &lacking.bearer).await, (403, "INSUFFICIENT_SCOPE".to_owned()));
    let narrow = tokens.sign_in_for("books", "read").await;
    assert_eq!(gateway.bearer("/api/books/7", &narrow.bearer).await, (403, "INSUFFICIENT_SCOPE".to_owned()));
    let hits = gateway.echo.hits();
    // One that an authorization server made for the service passes as it is.
    let wide = tokens.sign_in_for("books", "openid read write").await;
    assert_eq!(gateway.received("/api/books/7", &wide.bearer).await, wide.bearer);
    assert_eq!(gateway.echo.hits(), hits + 1);
}

#[tokio::test]
async fn a_token_for_a_service_is_signed_once_however_many_ask() {
    let gateway = TestGateway::open("").await;
    let browser = gateway.app.browser();
    gateway.app.sign_in(&browser, "google", "minji").await;
    let cookie = format!("daemun={}", browser.cookie("daemun").unwrap());
    let own = TokenActor::new(gateway.app.database.url(), ORIGIN, gateway.app.clock.clone()).await;
    let own = own.sign_in("read").await.bearer;
    for (name, value) in [("cookie", cookie), ("authorization", own)] {
        let mut asked = JoinSet::new();
        for _ in 0..20 {
            let (site, value) = (gateway.app.site.clone(), value.clone());
            asked.spawn(async move {
                let headers = [(name, value.as_str()), ("sec-fetch-mode", "cors")];
                let answer = Browser::new(&site).send(Method::GET, "/api/orders/7", &headers, None).await;
                authorization(&answer.json())
            });
        }
        let distinct: BTreeSet<String> = asked.join_all().await.into_iter().collect();
        assert_eq!(distinct.len(), 1, "{name}");
    }
    // Another service of the same session has another token, and keeps it.
    let books = by_cookie(&browser, "/api/books/7").await;
    assert_eq!(by_cookie(&browser, "/api/books/8").await, books);
    assert_ne!(by_cookie(&browser, "/api/orders/7").await, books);
}

#[tokio::test]
async fn s_tok_21_a_services_token_dies_with_the_sign_in_that_it_came_from() {
    let gateway = TestGateway::open("").await;
    sign_up(&gateway.app).await;
    let first = log_in(&gateway.app).await;
    let own = of_app(&first);
    let service = gateway.received("/api/orders/7", &own).await;
    let out = json!({"refresh_token": first["refresh_token"]});
    assert_eq!(post(&gateway.app, "/auth/logout", out).await.status, 204);
    let began = Instant::now();
    while gateway.bearer("/api/orders/7", &service).await.0 == 200 {
        assert!(began.elapsed() < Duration::from_secs(1), "a second after the sign-out");
    }
    for token in [&service, &own] {
        assert_eq!(gateway.bearer("/api/orders/7", token).await, (401, "TOKEN_REVOKED".to_owned()));
    }

    // It ends with the one that it was made of, not two minutes after it was made.
    let own = of_app(&log_in(&gateway.app).await);
    gateway.app.advance(Duration::from_secs(100));
    let late = gateway.received("/api/orders/7", &own).await;
    assert_eq!(claims_of(&late)["exp"], claims_of(&own)["exp"]);
    gateway.app.advance(Duration::from_secs(31));
    for token in [&late, &own] {
        assert_eq!(gateway.bearer("/api/orders/7", token).await, (401, "TOKEN_EXPIRED".to_owned()));
    }
}

#[tokio::test]
async fn s_key_7_no_service_is_sent_a_token_by_a_key_that_is_gone() {
    // A set of keys counts as fresh for half of `publish_ahead`.
    let gateway = TestGateway::open("[tokens]\npublish_ahead = \"40s\"").await;
    let browser = gateway.app.browser();
    gateway.app.sign_in(&browser, "google", "minji").await;
    let before = by_cookie(&browser, "/api/orders/7").await;
    assert_eq!(by_cookie(&browser, "/api/orders/7").await, before);
    let operator = TokenActor::new(gateway.app.database.url(), ORIGIN, gateway.app.clock.clone()).await;
    operator.replace_keys().await;
    gateway.app.advance(Duration::from_secs(21));
    // Somebody comes with a token by the new key, and the keys are read.
    assert_eq!(gateway.bearer("/api/orders/7", &operator.sign_in("read").await.bearer).await.0, 200);
    let after = by_cookie(&browser, "/api/orders/7").await;
    let header = |token: &str| token.split('.').next().unwrap().to_owned();
    assert_ne!(header(&after), header(&before), "by the new key, and nobody is signed out");
    assert_eq!(claims_of(&after)["sid"], claims_of(&before)["sid"]);
    assert_eq!(gateway.bearer("/api/orders/7", &before).await, (401, "TOKEN_INVALID".to_owned()));
}

#[tokio::test]
async fn services_may_share_an_audience_until_the_next_start_and_a_reload_changes_that_of_a_route() {
    let gateway = TestGateway::open("[tokens]\naudience = \"services\"").await;
    let browser = gateway.app.browser();
    gateway.app.sign_in(&browser, "kakao", "minji").await;
    let orders = by_cookie(&browser, "/api/orders/7").await;
    assert_eq!(claims_of(&orders)["aud"], "services");
    assert_eq!(gateway.bearer("/elsewhere", &orders).await.0, 200, "shared");
    assert_eq!(gateway.bearer("/shop/7", &orders).await.0, 401, "that one has a name of its own");
    assert_eq!(gateway.bearer("/api/users/me", &orders).await.0, 401);

    let renamed = routes(&gateway.echo, "").replace("https://shop.example", "shop-2");
    gateway.app.reload(&renamed).unwrap();
    assert_eq!(claims_of(&by_cookie(&browser, "/shop/7").await)["aud"], "shop-2");
    // The file has no `tokens.audience` by now. Clients get tokens for that of the start, and services go on taking them.
    assert_eq!(claims_of(&by_cookie(&browser, "/api/orders/7").await)["aud"], "services");
    assert_eq!(gateway.bearer("/api/orders/7", &orders).await.0, 200);

    let own = renamed.replace("shop-2", ORIGIN);
    let said = gateway.app.reload(&own).unwrap_err();
    assert!(said.contains("gateway.routes[2].audience") && said.contains(ORIGIN), "{said}");
    // The file names another issuer by now, which this program does not have before it starts again.
    let said = gateway.app.reload(&format!("tokens.issuer = \"https://new.example\"\n{own}")).unwrap_err();
    assert!(said.contains("gateway.routes[2].audience") && said.contains("Restart the program"), "{said}");
    assert_eq!(claims_of(&by_cookie(&browser, "/shop/7").await)["aud"], "shop-2", "nothing changed");
}

#[tokio::test]
async fn check_tells_of_services_that_share_an_audience_by_chance() {
    let toml = |more: &str| {
        let route = |path: &str, port: u16, more: &str| {
            format!(
                "[[gateway.routes]]\npath = \"{path}\"\nupstream = [\"http://127.0.0.1:{port}\"]\n\
                 methods = [\"GET\"]\nscope = \"read\"\n{more}\n"
            )
        };
        route("/api/orders/{*rest}", 1, more) + &route("/orders", 2, more)
    };
    let folder = tempfile::tempdir().unwrap();
    let found = async |toml: &str| {
        let mut config = configuration_of(toml, &[]).unwrap();
        config.data_dir = folder.path().join("data");
        let found = check::findings(&config, None).await;
        // What else is found is about this machine.
        let of_routes = found.into_iter().filter(|finding| finding.key.starts_with("gateway."));
        of_routes.map(|finding| (finding.key, finding.place)).collect::<Vec<_>>()
    };
    let by_chance = found(&toml("")).await;
    assert_eq!(by_chance.len(), 1, "{by_chance:?}");
    assert_eq!(by_chance[0].0, "gateway.routes[1].audience");
    assert!(by_chance[0].1.ends_with(":7"), "{by_chance:?}");
    assert_eq!(found(&toml("audience = \"team\"")).await, []);
}
