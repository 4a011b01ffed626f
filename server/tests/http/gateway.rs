//! The gateway as it is in the program: who gets through, and what everybody else is told.

use std::time::{Duration, Instant};

use db::DatabaseUrl;
use reqwest::Method;
use testkit::{Answer, Browser, TestDatabase};

use crate::app::{App, ORIGIN, configuration_of};
use crate::echo::Echo;
use crate::token_actor::{MASTER_KEY, TokenActor};
use crate::wire::WiredDatabase;

/// How soon a sign-out holds everywhere (design 1.4).
const A_SECOND: Duration = Duration::from_secs(1);

/// A file with routes to `echo`: for members, for those who may write orders, for all, and for whatever is left.
fn routes(echo: &Echo) -> String {
    let route = |path: &str, access: &str| {
        format!(
            "[[gateway.routes]]\npath = \"{path}\"\nupstream = [\"{}\"]\nmethods = [\"GET\", \"POST\"]\n{access}\n",
            echo.url()
        )
    };
    [
        format!("master_keys = [\"{MASTER_KEY}\"]\n[gateway]\nscopes = [\"orders:write\"]\n"),
        route("/api/orders/{*rest}", "scope = \"read\""),
        route("/api/books/{*rest}", "scope = \"orders:write\""),
        route("/shop/{*rest}", "public = true\nbody_limit = \"300KiB\""),
        route("/{*rest}", "scope = \"read\""),
    ]
    .concat()
}

/// A program with those routes.
struct TestGateway {
    app: App,
    echo: Echo,
}

impl TestGateway {
    async fn open() -> Self {
        let echo = Echo::start().await;
        Self { app: App::configured(&routes(&echo)).await, echo }
    }

    async fn on(database: TestDatabase, url: DatabaseUrl) -> Self {
        let echo = Echo::start().await;
        let config = configuration_of(&routes(&echo), &[]).unwrap();
        Self { app: App::launch(url, database, config, 7).await, echo }
    }

    async fn tokens(&self) -> TokenActor {
        TokenActor::new(self.app.database.url(), ORIGIN, self.app.clock.clone()).await
    }

    /// A call with these headers.
    async fn call(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.app.browser().send(Method::GET, path, headers, None).await
    }

    async fn bearer(&self, path: &str, field: &str) -> Answer {
        self.call(path, &[("authorization", field)]).await
    }
}

fn code(answer: &Answer) -> String {
    answer.json()["error"]["code"].as_str().unwrap().to_owned()
}

/// Status, code and challenge of a refusal.
fn refusal(answer: &Answer) -> (u16, String, String) {
    (answer.status.as_u16(), code(answer), answer.header("www-authenticate").to_owned())
}

const BARE: &str = "Bearer realm=\"daemun\"";
const INVALID: &str = "Bearer realm=\"daemun\", error=\"invalid_token\"";

fn refused(status: u16, code: &str, challenge: &str) -> (u16, String, String) {
    (status, code.to_owned(), challenge.to_owned())
}

/// Asks until the answer's status is `status`; fails when that takes longer than a sign-out may.
async fn within_a_second(ask: impl AsyncFn() -> Answer, status: u16) -> Answer {
    let began = Instant::now();
    loop {
        let answer = ask().await;
        if answer.status == status {
            return answer;
        }
        assert!(began.elapsed() < A_SECOND, "still {}", answer.status);
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn s_gw_2_3_4_5_each_bearer_gets_its_answer() {
    let gateway = TestGateway::open().await;
    let tokens = gateway.tokens().await;
    let reader = tokens.sign_in("openid read").await;
    let answer = gateway.bearer("/api/orders/7?a=b", &reader.bearer).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let received = answer.json();
    assert_eq!(received["uri"], "/api/orders/7?a=b");
    assert_ne!(received["headers"]["authorization"], reader.bearer.as_str(), "one for the service instead");
    assert_eq!(received["headers"]["x-member-id"], reader.member.as_str());
    assert_eq!(received["headers"]["x-member-roles"], "ROLE_USER");
    assert_eq!(received["headers"]["x-request-id"], answer.header("x-request-id"));

    assert_eq!(refusal(&gateway.call("/api/orders/7", &[]).await), refused(401, "TOKEN_MISSING", BARE));
    let other = gateway.bearer("/api/orders/7", "Basic YTpi").await;
    assert_eq!(refusal(&other), refused(401, "TOKEN_MISSING", BARE));
    let (head, signature) = reader.bearer.rsplit_once('.').unwrap();
    let reversed: String = signature.chars().rev().collect();
    for garbage in ["Bearer x", "Bearer", &format!("{head}.{reversed}"), "Bearer a.b.c"] {
        let answer = gateway.bearer("/api/orders/7", garbage).await;
        assert_eq!(refusal(&answer), refused(401, "TOKEN_INVALID", INVALID), "{garbage}");
    }
    let scope = "Bearer realm=\"daemun\", error=\"insufficient_scope\", scope=\"orders:write\"";
    let answer = gateway.bearer("/api/books/7", &reader.bearer).await;
    assert_eq!(refusal(&answer), refused(403, "INSUFFICIENT_SCOPE", scope));
    let writer = tokens.sign_in("orders:write").await;
    assert_eq!(gateway.bearer("/api/books/7", &writer.bearer).await.status, 200);

    let before = gateway.echo.hits();
    gateway.app.advance(Duration::from_secs(131));
    let answer = gateway.bearer("/api/orders/7", &reader.bearer).await;
    assert_eq!(refusal(&answer), refused(401, "TOKEN_EXPIRED", INVALID));
    assert_eq!(gateway.echo.hits(), before, "nothing refused reaches a service");
}

#[tokio::test]
async fn s_tok_15_a_token_that_another_replica_revoked_is_refused_within_a_second() {
    let gateway = TestGateway::open().await;
    let tokens = gateway.tokens().await;
    let reader = tokens.sign_in("read").await;
    assert_eq!(gateway.bearer("/api/orders/7", &reader.bearer).await.status, 200);
    tokens.end(reader.session).await;
    let answer = within_a_second(async || gateway.bearer("/api/orders/7", &reader.bearer).await, 401).await;
    assert_eq!(refusal(&answer), refused(401, "TOKEN_REVOKED", INVALID));
}

#[tokio::test]
async fn s_bff_1_s_gw_13_a_cookie_becomes_the_sessions_token_and_stays_here() {
    let gateway = TestGateway::open().await;
    let browser = gateway.app.browser();
    gateway.app.sign_in(&browser, "google", "minji").await;
    let answer = browser.fetch("/api/orders/7").await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert!(answer.cookies().is_empty(), "an ordinary answer never sets the cookie again");
    let received = answer.json();
    assert!(received["headers"]["authorization"].as_str().unwrap().starts_with("Bearer eyJ"));
    assert!(received["headers"]["cookie"].is_null());
    let session = browser.fetch("/api/auth/session").await.json();
    assert_eq!(received["headers"]["x-member-id"], session["user"]["id"]);

    // The token runs out and a new one is made on the way: the person notices nothing.
    gateway.app.advance(Duration::from_mins(10));
    let later = browser.fetch("/api/orders/7").await;
    assert_eq!(later.status, 200, "{}", later.body);
    assert_ne!(later.json()["headers"]["authorization"], received["headers"]["authorization"]);
}

#[tokio::test]
async fn a_navigation_is_sent_to_sign_in_and_a_call_is_told() {
    let gateway = TestGateway::open().await;
    let browser = gateway.app.browser();
    let answer = browser.open("/api/orders/7?a=b&c=%2F").await;
    let login = "/oauth/login?return_to=%2Fapi%2Forders%2F7%3Fa%3Db%26c%3D%252F";
    assert_eq!((answer.status.as_u16(), answer.location()), (303, login));
    assert_eq!(answer.header("x-frame-options"), "DENY");
    assert_eq!(refusal(&browser.fetch("/api/orders/7").await), refused(401, "TOKEN_MISSING", BARE));

    browser.plant("daemun", &"A".repeat(43));
    assert_eq!(browser.open("/api/orders/7").await.status, 303);
    assert_eq!(refusal(&browser.fetch("/api/orders/7").await), refused(401, "TOKEN_REVOKED", BARE));
}

#[tokio::test]
async fn s_hdr_10_a_person_who_may_not_pass_gets_a_page_and_a_program_json() {
    let gateway = TestGateway::open().await;
    let browser = gateway.app.browser();
    gateway.app.sign_in(&browser, "kakao", "minji").await;
    let page = browser.open("/api/books/7").await;
    assert_eq!((page.status.as_u16(), page.header("content-type")), (403, "text/html; charset=utf-8"));
    let call = browser.fetch("/api/books/7").await;
    assert_eq!((call.status.as_u16(), code(&call).as_str()), (403, "INSUFFICIENT_SCOPE"));
    for answer in [&page, &call] {
        for name in ["content-security-policy", "x-frame-options", "referrer-policy", "permissions-policy"] {
            assert_ne!(answer.header(name), "", "{name}");
        }
        assert_eq!(answer.header("cache-control"), "no-store");
    }
}

#[tokio::test]
async fn s_bff_3_a_write_with_a_cookie_comes_from_our_own_pages_only() {
    let gateway = TestGateway::open().await;
    let browser = gateway.app.browser();
    gateway.app.sign_in(&browser, "naver", "minji").await;
    let post =
        async |headers: &[(&str, &str)]| browser.send(Method::POST, "/api/orders/7", headers, None).await;
    let hits = gateway.echo.hits();
    for foreign in [
        &[("origin", "https://evil.example")][..],
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site"), ("origin", ORIGIN)],
        &[],
    ] {
        let answer = post(foreign).await;
        assert_eq!((answer.status.as_u16(), code(&answer).as_str()), (403, "CROSS_ORIGIN"), "{foreign:?}");
    }
    assert_eq!(gateway.echo.hits(), hits);
    assert_eq!(post(&[("origin", ORIGIN)]).await.status, 200);
    let tokens = gateway.tokens().await;
    let app = tokens.sign_in("read").await;
    let headers = [("authorization", app.bearer.as_str()), ("origin", "https://app.example")];
    assert_eq!(gateway.app.browser().send(Method::POST, "/api/orders/7", &headers, None).await.status, 200);
}

#[tokio::test]
async fn s_tok_21_a_sign_out_holds_at_once_here_and_within_a_second_on_every_replica() {
    let gateway = TestGateway::open().await;
    let elsewhere = gateway.app.replica(&routes(&gateway.echo)).await;
    let browser = gateway.app.browser();
    gateway.app.sign_in(&browser, "google", "minji").await;
    let cookie = format!("daemun={}", browser.cookie("daemun").unwrap());
    let ask = async |app: &App| {
        let headers = [("cookie", cookie.as_str()), ("sec-fetch-mode", "cors")];
        app.browser().send(Method::GET, "/api/orders/7", &headers, None).await
    };
    let there = ask(&elsewhere).await;
    assert_eq!(
        (ask(&gateway.app).await.status.as_u16(), there.status.as_u16()),
        (200, 200),
        "{}",
        there.body
    );
    let bearer = there.json()["headers"]["authorization"].as_str().unwrap().to_owned();

    assert_eq!(browser.submit("/api/auth/signout", &[]).await.status, 303);
    assert_eq!(refusal(&ask(&gateway.app).await), refused(401, "TOKEN_REVOKED", BARE));
    within_a_second(async || ask(&elsewhere).await, 401).await;
    // Nor is the token good that a service has seen.
    for app in [&gateway.app, &elsewhere] {
        let field = [("authorization", bearer.as_str())];
        let ask = async || app.browser().send(Method::GET, "/api/orders/7", &field, None).await;
        within_a_second(ask, 401).await;
    }
}

#[tokio::test]
async fn s_gw_15_s_bff_11_an_outage_is_503_at_the_gate_and_no_sign_out() {
    let Some(WiredDatabase { wire, url, database }) = WiredDatabase::new().await else { return };
    let gateway = TestGateway::on(database, url).await;
    let app = gateway.tokens().await.sign_in("read").await;
    let browser = gateway.app.browser();
    gateway.app.sign_in(&browser, "google", "minji").await;
    assert_eq!(gateway.bearer("/api/orders/7", &app.bearer).await.status, 200);
    assert_eq!(browser.fetch("/api/orders/7").await.status, 200);
    wire.cut();
    // What is remembered is not trusted any more, and the database does not answer.
    gateway.app.advance(Duration::from_secs(40));
    let hits = gateway.echo.hits();
    for answer in [gateway.bearer("/api/orders/7", &app.bearer).await, browser.fetch("/api/orders/7").await] {
        assert_eq!((answer.status.as_u16(), code(&answer).as_str()), (503, "AUTH_UNAVAILABLE"));
        assert_ne!(answer.header("retry-after"), "");
    }
    assert_eq!(browser.open("/api/orders/7").await.status, 503, "a navigation too: no redirect to sign in");
    assert_eq!(gateway.echo.hits(), hits);
    assert_eq!(gateway.call("/shop/1", &[]).await.status, 200, "what is public needs nobody");
    wire.mend();
    assert_eq!(browser.fetch("/api/orders/7").await.status, 200);
}

#[tokio::test]
async fn no_route_takes_what_is_ours_and_none_serves_what_stands_nowhere() {
    let gateway = TestGateway::open().await;
    let origin = web::PublicOrigin::of(&ORIGIN.parse().unwrap());
    let own = server::compose::table(&origin);
    let paths =
        own.iter().map(|entry| entry.path.replace("{provider}", "google").replace("{*name}", "viewer"));
    for path in
        paths.chain(["/favicon.svg", "/oauth2/not-yet", "/admin/x", "/dev/clock", "/"].map(str::to_owned))
    {
        gateway.app.browser().fetch(&path).await;
        assert_eq!(gateway.echo.hits(), 0, "{path} went to a service");
    }
    gateway.app.reload("").unwrap();
    assert_eq!(gateway.call("/shop/1", &[]).await.status, 404);
}

#[tokio::test]
async fn s_rate_5_addresses_headers_and_bodies_have_limits_on_the_way_through() {
    let gateway = TestGateway::open().await;
    let post = async |size: usize| {
        let url = gateway.app.site.join("/shop/1").unwrap();
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        client.post(url).body(vec![b'a'; size]).send().await.unwrap().status().as_u16()
    };
    assert_eq!(post(200 << 10).await, 200, "more than our own pages take");
    assert_eq!(post(400 << 10).await, 413);
    let long = format!("/shop/{}", "a".repeat(9 << 10));
    assert_eq!(refusal(&gateway.call(&long, &[]).await), refused(414, "URL_TOO_LONG", ""));
    let large = "a".repeat(33 << 10);
    assert_eq!(gateway.call("/shop/1", &[("x-large", &large)]).await.status, 431);
    let passed = gateway.call("/shop/1", &[]).await;
    assert_eq!((passed.header("x-from"), passed.header("x-content-type-options")), ("echo", "nosniff"));
    assert_eq!(passed.header("content-security-policy"), "", "how its pages look is the service's to say");
}

#[tokio::test]
async fn forward_auth_answers_by_the_same_check() {
    let gateway = TestGateway::open().await;
    let app = gateway.tokens().await.sign_in("read").await;
    let asked =
        [("authorization", app.bearer.as_str()), ("x-original-method", "GET"), ("x-original-uri", "/x")];
    let answer = gateway.call("/auth/verify?scope=read", &asked).await;
    assert_eq!((answer.status.as_u16(), answer.header("x-member-id")), (200, app.member.as_str()));
    assert_eq!(gateway.call("/auth/verify?scope=orders:write", &asked).await.status, 403);
    assert_eq!(refusal(&gateway.call("/auth/verify", &[]).await), refused(401, "TOKEN_MISSING", BARE));
    let browser: Browser = gateway.app.browser();
    gateway.app.sign_in(&browser, "google", "minji").await;
    let answer = browser.fetch("/auth/verify").await;
    assert_eq!((answer.status.as_u16(), answer.header("authorization")), (200, ""), "no token for a browser");
}

#[tokio::test]
async fn a_reload_takes_over_or_changes_nothing() {
    let gateway = TestGateway::open().await;
    assert_eq!(gateway.call("/shop/1", &[]).await.status, 200);
    let wrong = routes(&gateway.echo).replace("public = true", "scope = \"fly\"");
    let said = gateway.app.reload(&wrong).unwrap_err();
    assert!(said.contains("gateway.routes[2].scope"), "{said}");
    assert_eq!(gateway.call("/shop/1", &[]).await.status, 200);
    // Scopes and roles are those of the start: nobody could get the new one, and the route would refuse everybody.
    let open = "public = true\nbody_limit = \"300KiB\"";
    let own = routes(&gateway.echo);
    let with_scope =
        own.replace("[\"orders:write\"]", "[\"orders:write\", \"fly\"]").replace(open, "scope = \"fly\"");
    let with_role =
        own.replace(open, "scope = \"read\"\nrole = \"ROLE_PILOT\"") + "[roles]\nnames = [\"ROLE_PILOT\"]\n";
    for (file, key) in [(with_scope, "gateway.routes[2].scope"), (with_role, "gateway.routes[2].role")] {
        let said = gateway.app.reload(&file).unwrap_err();
        assert!(said.contains(key) && said.contains("Restart the program"), "{said}");
        assert_eq!(gateway.call("/shop/1", &[]).await.status, 200);
    }
    gateway.app.reload(&routes(&gateway.echo).replace("/shop/", "/store/")).unwrap();
    assert_eq!(gateway.call("/store/1", &[]).await.status, 200);
    assert_eq!(gateway.call("/shop/1", &[]).await.status, 401, "the route for the rest");
}
