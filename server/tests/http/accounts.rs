//! Accounts by e-mail and password, as an app and as a browser meet them.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::App;

/// The password of everybody here.
pub const PASSWORD: &str = "조용한 아침에 마시는 보리차 한 잔";
pub const EMAIL: &str = "haneul@example.com";

/// An answer to an app.
pub struct Reply {
    pub status: u16,
    pub is_json: bool,
    /// The seconds after which a refused caller may try again.
    pub retry_after: Option<u64>,
    pub body: Value,
}

impl Reply {
    pub async fn read(answer: reqwest::Response) -> Self {
        let status = answer.status().as_u16();
        let kind = answer.headers().get("content-type").map_or(&b""[..], |kind| kind.as_bytes());
        let is_json = kind.starts_with(b"application/json") || kind.starts_with(b"application/jwk-set+json");
        let retry_after =
            answer.headers().get("retry-after").map(|wait| wait.to_str().unwrap().parse().unwrap());
        let text = answer.text().await.unwrap();
        Self { status, is_json, retry_after, body: serde_json::from_str(&text).unwrap_or(Value::Null) }
    }

    pub fn code(&self) -> (u16, &str) {
        (self.status, self.body["error"]["code"].as_str().unwrap_or_default())
    }
}

pub async fn call(app: &App, method: Method, path: &str, bearer: Option<&str>, body: Option<Value>) -> Reply {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut request = client.request(method, app.site.join(path).unwrap());
    if let Some(token) = bearer {
        request = request.bearer_auth(token);
    }
    if let Some(body) = body {
        request = request.json(&body);
    }
    let answer = request.send().await.unwrap();
    Reply::read(answer).await
}

pub async fn post(app: &App, path: &str, body: Value) -> Reply {
    call(app, Method::POST, path, None, Some(body)).await
}

/// The newest mail to an address with a link to this page. It may be written after the answer of its request, and other
/// mails may come after it.
pub async fn mail(app: &App, to: &str, page: &str) -> Value {
    let path = format!("/dev/mail?to={}", to.replace('@', "%40"));
    let link = format!("{page}?token=");
    for _ in 0..500 {
        app.settled().await;
        let Value::Array(mails) = app.browser().fetch(&path).await.json() else { panic!("no list") };
        if let Some(mail) = mails.into_iter().find(|mail| mail["links"].to_string().contains(&link)) {
            return mail;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("no mail for {to}")
}

/// The token in the link of a mail.
pub fn token(mail: &Value) -> String {
    let links = mail["links"].as_array().unwrap();
    let link = links.iter().filter_map(Value::as_str).find(|link| link.contains("?token=")).unwrap();
    link.split("?token=").nth(1).unwrap().to_owned()
}

/// Signs an address up; its mailbox is not proven yet.
pub async fn sign_up_as(app: &App, email: &str) {
    let wish = json!({"email": email, "password": PASSWORD, "nickname": "하늘"});
    let reply = post(app, "/api/users/signup", wish).await;
    assert_eq!(reply.status, 201, "{}", reply.body);
}

/// Proves the mailbox of a sign-up by its mail.
pub async fn prove(app: &App, email: &str) {
    let proof = json!({"token": token(&mail(app, email, "/email/verify").await)});
    let reply = post(app, "/api/users/signup/prove", proof).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
}

pub async fn sign_up(app: &App) {
    sign_up_as(app, EMAIL).await;
    prove(app, EMAIL).await;
}

pub async fn log_in(app: &App) -> Value {
    log_in_as(app, EMAIL).await
}

/// The tokens of a member who signed up with this address.
pub async fn log_in_as(app: &App, email: &str) -> Value {
    let reply = post(app, "/auth/login", json!({"email": email, "password": PASSWORD})).await;
    assert_eq!((reply.status, &reply.body["success"]), (200, &true.into()), "{}", reply.body);
    reply.body["data"].clone()
}

#[tokio::test]
async fn an_app_signs_up_logs_in_refreshes_and_logs_out() {
    for app in App::both().await {
        sign_up(&app).await;
        let tokens = log_in(&app).await;
        assert_eq!((&tokens["token_type"], &tokens["expires_in"]), (&"Bearer".into(), &120.into()));
        let access = tokens["access_token"].as_str().unwrap();
        let me = call(&app, Method::GET, "/api/users/me", Some(access), None).await;
        assert_eq!((me.status, &me.body["data"]["nickname"]), (200, &"하늘".into()), "{}", me.body);

        app.advance(Duration::from_mins(2));
        let spent = json!({"refresh_token": tokens["refresh_token"]});
        let rotated = post(&app, "/auth/refresh", spent.clone()).await;
        assert_eq!(rotated.status, 200, "{}", rotated.body);
        let next = &rotated.body["data"];
        assert_eq!(
            post(&app, "/auth/refresh", spent).await.body["data"]["refresh_token"],
            next["refresh_token"]
        );

        let last = json!({"refresh_token": next["refresh_token"]});
        assert_eq!(post(&app, "/auth/logout", last.clone()).await.status, 204);
        assert_eq!(post(&app, "/auth/refresh", last).await.code(), (401, "AUTH_REFRESH_INVALID"));
        let access = next["access_token"].as_str().unwrap();
        let me = call(&app, Method::GET, "/api/users/me", Some(access), None).await;
        assert_eq!(me.code(), (401, "TOKEN_REVOKED"));
        app.stop().await;
    }
}

#[tokio::test]
async fn refusals_name_their_code_and_field() {
    let app = App::start().await;
    sign_up(&app).await;
    let wish =
        |email: &str, password: &str| json!({"email": email, "password": password, "nickname": "하늘"});
    let again = post(&app, "/api/users/signup", wish(EMAIL, PASSWORD)).await;
    assert_eq!(again.code(), (409, "AUTH_EMAIL_DUPLICATE"));
    let plain = post(&app, "/api/users/signup", wish("b@example.com", "localhost-localhost-1")).await;
    assert_eq!(plain.status, 400, "made of the name of this site (S-ACC-3)");
    let short = post(&app, "/api/users/signup", wish("b@example.com", "short")).await;
    assert_eq!(short.code(), (400, "VALIDATION_FAILED"));
    assert!(short.body.to_string().contains("\"password\""), "{}", short.body);
    for (email, password) in [(EMAIL, "wrong but long enough"), ("nobody@example.com", PASSWORD), ("", "")] {
        let reply = post(&app, "/auth/login", json!({"email": email, "password": password})).await;
        assert_eq!(reply.code(), (401, "AUTH_BAD_CREDENTIALS"), "{email}");
    }
    let open =
        post(&app, "/auth/login", json!({"email": EMAIL, "password": PASSWORD, "role": "admin"})).await;
    assert_eq!(open.code(), (400, "VALIDATION_FAILED"), "S-ACC-13");
    for garbage in ["", "dmr_x", "eyJhbGciOiJub25lIn0.e30."] {
        let reply = post(&app, "/auth/refresh", json!({"refresh_token": garbage})).await;
        assert_eq!(reply.code(), (401, "AUTH_REFRESH_INVALID"), "{garbage}");
        assert_eq!(post(&app, "/auth/logout", json!({"refresh_token": garbage})).await.status, 204);
    }
}

#[tokio::test]
async fn all_fields_that_are_wrong_are_named_at_once() {
    let app = App::start().await;
    sign_up(&app).await;
    let fields = |reply: &Reply| {
        assert_eq!(reply.code(), (400, "VALIDATION_FAILED"), "{}", reply.body);
        let fields = reply.body["error"]["fields"].as_array().unwrap();
        fields.iter().map(|field| field["field"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let long = "가".repeat(200);
    for (wish, wrong) in [
        (json!({"email": "bad", "password": "short", "nickname": ""}), &["email", "password"][..]),
        (json!({"email": "bad", "password": "short", "nickname": long}), &["email", "password", "nickname"]),
        (json!({"email": "b@example.com", "password": "a".repeat(129)}), &["password"]),
        (json!({}), &["email", "password"]),
    ] {
        assert_eq!(fields(&post(&app, "/api/users/signup", wish.clone()).await), wrong, "{wish}");
    }
    let reset = json!({"token": "no token", "password": "short"});
    assert_eq!(fields(&post(&app, "/api/users/password/reset", reset).await), ["token", "password"]);
    let proof = json!({"email": "bad", "code": "x", "password": "short"});
    assert_eq!(fields(&post(&app, "/api/users/signup/prove", proof).await), ["email", "code", "password"]);
    let access = log_in(&app).await["access_token"].as_str().unwrap().to_owned();
    let change = json!({"current_password": "", "password": "short"});
    let reply = call(&app, Method::POST, "/api/users/me/password", Some(&access), Some(change)).await;
    assert_eq!(fields(&reply), ["current_password", "password"]);
}

#[tokio::test]
async fn s_tok_15_17_a_spent_token_ends_the_family_with_one_row_in_the_audit_log() {
    for app in App::both().await {
        sign_up(&app).await;
        let first = log_in(&app).await;
        let body = |tokens: &Value| json!({"refresh_token": tokens["refresh_token"]});
        let second = post(&app, "/auth/refresh", body(&first)).await.body["data"].clone();
        let third = post(&app, "/auth/refresh", body(&second)).await.body["data"].clone();
        app.advance(Duration::from_secs(11));
        let access = third["access_token"].as_str().unwrap();
        let me = async || call(&app, Method::GET, "/api/users/me", Some(access), None).await.status;
        assert_eq!(me().await, 200);
        assert_eq!(post(&app, "/auth/refresh", body(&first)).await.code(), (401, "AUTH_REFRESH_INVALID"));
        assert_eq!(me().await, 401, "the access token dies with the family, at once on this replica");
        for _ in 0..3 {
            assert_eq!(post(&app, "/auth/refresh", body(&first)).await.code(), (401, "AUTH_REFRESH_INVALID"));
        }
        assert_eq!(post(&app, "/auth/refresh", body(&third)).await.code(), (401, "AUTH_REFRESH_INVALID"));
        let dump = app.database.dump().await;
        assert_eq!(dump.matches("token_reuse").count(), 1, "{dump}");
        app.settled().await;
        let mails = app.browser().fetch("/dev/mail?to=haneul%40example.com").await.json();
        let subjects = mails.as_array().unwrap().iter().map(|mail| &mail["subject"]);
        assert_eq!(
            subjects.filter(|subject| **subject == "안전을 위해 로그아웃되었습니다").count(),
            1,
            "told once"
        );
        app.stop().await;
    }
}

#[tokio::test]
async fn a_browser_signs_in_by_password_and_a_new_password_signs_it_out() {
    for app in App::both().await {
        sign_up(&app).await;
        let browser = app.browser();
        let form = [("email", "Haneul@Example.com "), ("password", PASSWORD), ("return_to", "/me")];
        let answer = browser.submit("/api/auth/signin/password", &form).await;
        assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/me"));
        assert!(app.is_signed_in(&browser).await);

        let stranger = app.browser();
        let wrong = [("email", EMAIL), ("password", "wrong but long enough"), ("return_to", "/me")];
        let answer = stranger.submit("/api/auth/signin/password", &wrong).await;
        let back = "/oauth/login?error=bad_credentials&return_to=%2Fme";
        assert_eq!((answer.location(), answer.cookies().len()), (back, 0));
        stranger.open("/oauth/login").await;
        let answer = stranger.submit("/api/auth/signin/password", &wrong).await;
        assert!(answer.location().starts_with(&format!("{back}&draft=")), "{}", answer.location());
        assert_eq!(answer.cookies(), [] as [&str; 0]);
        assert!(stranger.open(answer.location()).await.body.contains(EMAIL));

        app.advance(Duration::from_mins(1));
        assert_eq!(post(&app, "/api/users/password/forgot", json!({"email": EMAIL})).await.status, 202);
        let proof = token(&mail(&app, EMAIL, "/password/reset").await);
        let reset = json!({"token": proof, "password": "이제는 다른 문장을 쓰기로 했습니다"});
        assert_eq!(post(&app, "/api/users/password/reset", reset).await.status, 200);
        assert!(!app.is_signed_in(&browser).await, "S-MAIL-10");
        app.stop().await;
    }
}

#[tokio::test]
async fn a_persons_form_comes_back_with_its_status_and_a_programs_answer_stays() {
    let app = App::start().await;
    sign_up(&app).await;
    let browser = app.browser();
    let typed = [("email", EMAIL), ("nickname", "하늘"), ("password", PASSWORD)];
    let answer = browser.submit("/api/users/signup", &typed).await;
    assert_eq!(answer.status, 303);
    let page = browser.open(answer.location()).await;
    assert_eq!(page.status, 409, "{}", page.body);
    assert!(page.body.contains(EMAIL) && !page.body.contains(PASSWORD));
    assert_eq!(page.header("referrer-policy"), "same-origin", "its form must come back");
    app.advance(Duration::from_mins(16));
    let late = browser.open(answer.location()).await;
    assert_eq!(late.status, 200);
    assert!(!late.body.contains(EMAIL), "a draft does not live long");
}

#[tokio::test]
async fn a_form_of_nobody_leads_to_the_login_page_and_back() {
    let app = App::start().await;
    let answer = app.browser().submit("/api/users/me", &[("nickname", "하늘")]).await;
    assert_eq!(answer.location(), "/oauth/login?error=session_ended&return_to=%2Fme");
}

#[tokio::test]
async fn s_mail_6_a_page_that_a_mail_leads_to_spends_nothing() {
    let app = App::start().await;
    let wish = json!({"email": EMAIL, "password": PASSWORD, "nickname": "하늘"});
    assert_eq!(post(&app, "/api/users/signup", wish).await.status, 201);
    let token = token(&mail(&app, EMAIL, "/email/verify").await);
    for _ in 0..10 {
        assert_eq!(app.browser().open(&format!("/email/verify?token={token}")).await.status, 200);
    }
    let answer = app.browser().submit("/api/users/signup/prove", &[("token", &token)]).await;
    assert_eq!(answer.location(), "/oauth/login?notice=mailbox_proven");
}

#[tokio::test]
async fn s_log_4_the_log_of_an_account_is_for_its_member_alone() {
    let app = App::start().await;
    let [mine, other] = [app.browser(), app.browser()];
    app.sign_in(&mine, "naver", "minji").await;
    app.sign_in(&other, "naver", "junho").await;
    let page = mine.open("/me/history").await;
    assert_eq!(page.status, 200);
    assert_eq!(page.body.matches("entry__what").count(), 1, "one sign-in");
    assert_eq!(mine.open("/me/history?after=x").await.status, 404);
    let nobody = app.browser().open("/me/history").await;
    assert_eq!(nobody.location(), "/oauth/login?return_to=%2Fme%2Fhistory");
    let former = mine.open("/me/activity?after=x").await;
    assert_eq!(
        (former.status.as_u16(), former.location()),
        (301, "/me/history?after=x"),
        "its former address"
    );
}
