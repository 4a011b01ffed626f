//! What examples cannot do: they know no password and no mail of this program.

use names::{Actor, OperatedBy, Operation, OperatorReason, Source};
use reqwest::Method;
use serde_json::json;

use crate::accounts::{EMAIL, PASSWORD, call, log_in, mail, prove, sign_up_as, token};
use crate::app::ORIGIN;
use crate::authenticator::{Authenticator, by_password};
use crate::documented_examples::examiner::{Examiner, example};
use crate::oauth_clients::send;
use crate::passkey_actor::{OPTIONS, OWN, SIGN_IN, list, remove};
use crate::portal::{self};

/// A member takes an invitation by a script of our own pages.
pub(crate) async fn become_an_administrator(examiner: &mut Examiner<'_>) {
    let app = examiner.app;
    let browser = app.browser();
    assert_eq!(by_password(&browser, PASSWORD).await.location(), "/me");
    let source = Source::request("an-operators-command", String::new(), "").by(Actor::Operator);
    let reason = OperatorReason::parse("first administrator").unwrap();
    let operation = Operation { source, by: OperatedBy::CommandLine, reason };
    let invitations = admin::Invitations::new(app.members().context.clone(), app.roles().clone());
    let address = invitations.invite(&operation).await.unwrap().address();
    let (_, token) = address.split_once("?token=").unwrap();
    let accepted = examiner.succeed_in(&browser, "/api/admin/invitation", json!({ "token": token })).await;
    assert_eq!(accepted["role"], "ROLE_ADMIN");
}

/// A client looks after a member.
pub(crate) async fn administer(examiner: &mut Examiner<'_>) {
    let token = helpdesk(examiner).await;
    let token = Some(token.as_str());
    sign_up_as(examiner.app, "minji@example.com").await;
    prove(examiner.app, "minji@example.com").await;
    let found = "/api/admin/members?address=minji@example.com";
    let found = examiner.ask("GET /api/admin/members", (found, token), None).await;
    let id = found.body["data"]["members"][0]["id"].as_str().unwrap();
    let one = format!("/api/admin/members/{id}");
    let shown = examiner.ask("GET /api/admin/members/{id}", (&one, token), None).await;
    assert_eq!(shown.status, 200, "{}", shown.body);
    read_logs(examiner, (id, token)).await;
    for action in ["sign-out", "disable", "enable", "roles/give", "roles/take", "delete"] {
        act_on(examiner, (id, token), action).await;
    }
}

/// It reads both logs, sees what is masked there, and looks after a post.
pub(crate) async fn read_logs(examiner: &mut Examiner<'_>, (id, token): (&str, Option<&str>)) {
    let of_member = json!({"member": id, "reason": "문의 1234"});
    let shown = examiner.ask("POST /api/admin/reveal", ("/api/admin/reveal", token), Some(of_member)).await;
    assert_eq!(shown.status, 200, "{}", shown.body);
    let rows = examiner.ask("GET /api/admin/audit", ("/api/admin/audit", token), None).await;
    let row = rows.body["data"]["rows"][0]["id"].as_str().unwrap().to_owned();
    let reason = || Some(json!({"reason": "문의 1234"}));
    let one = format!("/api/admin/audit/{row}/reveal");
    assert_eq!(examiner.ask("POST /api/admin/audit/{id}/reveal", (&one, token), reason()).await.status, 200);
    let seen = examiner.ask("GET /api/admin/access-log", ("/api/admin/access-log", token), None).await;
    assert!(!seen.body["data"]["rows"].as_array().unwrap().is_empty(), "{}", seen.body);
    let bearer = log_in(examiner.app).await["access_token"].as_str().unwrap().to_owned();
    let text = Some(json!({"text": "싸게 팝니다"}));
    let post = call(examiner.app, Method::POST, "/api/activity/posts", Some(&bearer), text).await;
    let post = post.body["data"]["id"].as_str().unwrap().to_owned();
    let report = format!("/api/activity/posts/{post}/report");
    call(examiner.app, Method::POST, &report, Some(&bearer), Some(json!({"reason": "spam"}))).await;
    let reports = examiner.ask("GET /api/admin/reports", ("/api/admin/reports", token), None).await;
    assert_eq!(reports.body["data"]["reports"].as_array().unwrap().len(), 2, "{}", reports.body);
    for action in ["hide", "show"] {
        let path = format!("/api/admin/posts/{post}/{action}");
        let name = format!("POST /api/admin/posts/{{id}}/{action}");
        assert_eq!(examiner.ask(&name, (&path, token), reason()).await.status, 200, "{action}");
    }
}

/// A token of the client that looks after members.
pub(crate) async fn helpdesk(examiner: &Examiner<'_>) -> String {
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", "helpdesk"),
        ("client_secret", "0f3c9b1e5a7d2846c1f08e93b7a4d650"),
    ];
    let given = portal::tokens(&send(examiner.app, "/oauth2/token", "", &form).await);
    given["access_token"].as_str().unwrap().to_owned()
}

/// It does something with a member, as the example says.
pub(crate) async fn act_on(examiner: &mut Examiner<'_>, (id, token): (&str, Option<&str>), action: &str) {
    let name = format!("POST /api/admin/members/{{id}}/{action}");
    let operation = examiner.operation(&name);
    let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
    let body = example(&name, schema);
    let path = format!("/api/admin/members/{id}/{action}");
    let done = examiner.ask(&name, (&path, token), Some(body)).await;
    assert_eq!(done.status, 200, "{action}: {}", done.body);
}

/// A member turns codes on by scripts of our own pages, an app signs in with one, and they are turned off.
pub(crate) async fn log_in_with_a_code(examiner: &mut Examiner<'_>) {
    let browser = examiner.app.browser();
    assert_eq!(by_password(&browser, PASSWORD).await.location(), "/me");
    let begun = examiner.succeed_in(&browser, "/api/users/me/codes/begin", json!({})).await;
    let authenticator = Authenticator::of(begun["secret"].as_str().unwrap());
    let first = authenticator.code(examiner.app);
    examiner.succeed_in(&browser, "/api/users/me/codes", json!({"code": first})).await;
    examiner.succeed_in(&browser, "/api/users/me/codes/put-away", json!({})).await;
    examiner.succeed_in(&browser, "/api/users/me/codes/providers", json!({"ask": "1"})).await;
    examiner.succeed_in(&browser, "/api/users/me/codes/recovery", json!({})).await;
    let login = json!({"email": EMAIL, "password": PASSWORD});
    let asked = examiner.ask("POST /auth/login", ("/auth/login", None), Some(login)).await;
    assert_eq!(asked.code(), (401, "SECOND_FACTOR_NEEDED"));
    let code = authenticator.next_code(examiner.app);
    let body = json!({"challenge": asked.body["error"]["challenge"], "code": code});
    examiner.succeed("/auth/login/second", None, body).await;
    let wish = json!({"email": "another@example.com", "password": PASSWORD});
    assert_eq!(browser.call("/api/users/me/email", &wish).await.status, 202);
    let session = browser.fetch("/api/auth/session").await.json();
    let token = helpdesk(examiner).await;
    for action in ["proof-again", "reset-factors"] {
        act_on(examiner, (session["user"]["id"].as_str().unwrap(), Some(&token)), action).await;
    }
    examiner.succeed_in(&browser, "/api/users/me/codes/remove", json!({})).await;
}

/// A member adds a passkey by scripts of our own pages, signs in by it, and takes it away.
pub(crate) async fn sign_in_by_a_passkey(examiner: &mut Examiner<'_>) {
    let browser = examiner.app.browser();
    assert_eq!(by_password(&browser, PASSWORD).await.location(), "/me");
    let asked = examiner.succeed_in(&browser, &format!("{OWN}/options"), json!({})).await;
    let mut key = testkit::authenticator::Authenticator::new(ORIGIN);
    let statement = key.asked(&asked["publicKey"]);
    let made = json!({"ceremony": asked["ceremony"], "credential": key.make(&statement)});
    examiner.succeed_in(&browser, OWN, made).await;
    let asked = examiner.see(&format!("POST {OPTIONS}"), &browser.call(OPTIONS, &json!({})).await);
    let statement = key.asked(&asked["publicKey"]);
    let signed =
        json!({"ceremony": asked["ceremony"], "credential": key.sign(&statement), "return_to": "/me"});
    examiner.see(&format!("POST {SIGN_IN}"), &browser.call(SIGN_IN, &signed).await);
    let id = list(&browser).await[0]["id"].clone();
    let path = format!("{OWN}/{}", id.as_str().unwrap());
    let renamed = browser.call(&path, &json!({"name": "회사 노트북"})).await;
    examiner.see(&format!("POST {OWN}/{{id}}"), &renamed);
    examiner.see(&format!("POST {OWN}/{{id}}/remove"), &remove(&browser, &id).await);
}

/// What members do with posts and with each other.
pub(crate) async fn write_and_follow(examiner: &mut Examiner<'_>, access: &str) {
    let other = "other@example.com";
    sign_up_as(examiner.app, other).await;
    prove(examiner.app, other).await;
    let login = json!({"email": other, "password": PASSWORD});
    let login = call(examiner.app, Method::POST, "/auth/login", None, Some(login)).await;
    let bearer = login.body["data"]["access_token"].as_str().unwrap().to_owned();
    let me = call(examiner.app, Method::GET, "/api/users/me", Some(&bearer), None).await;
    let id = me.body["data"]["id"].as_str().unwrap().to_owned();
    for what in ["follow", "unfollow", "block", "unblock"] {
        let name = format!("POST /api/activity/members/{{id}}/{what}");
        let path = format!("/api/activity/members/{id}/{what}");
        assert_eq!(examiner.ask(&name, (&path, Some(access)), None).await.status, 200);
    }
    let post = json!({"text": "글"});
    let post = call(examiner.app, Method::POST, "/api/activity/posts", Some(access), Some(post)).await;
    let post = post.body["data"]["id"].as_str().unwrap().to_owned();
    let own = format!("/api/activity/posts/{post}");
    assert_eq!(examiner.ask("GET /api/activity/posts/{id}", (&own, Some(access)), None).await.status, 200);
    let report = format!("{own}/report");
    let body = Some(json!({"reason": "spam"}));
    let name = "POST /api/activity/posts/{id}/report";
    assert_eq!(examiner.ask(name, (&report, Some(&bearer)), body).await.status, 202);
    let news = format!("/api/activity/feed/news?seen={post}");
    assert_eq!(examiner.ask("GET /api/activity/feed/news", (&news, Some(access)), None).await.status, 200);
    let delete = format!("{own}/delete");
    let name = "POST /api/activity/posts/{id}/delete";
    assert_eq!(examiner.ask(name, (&delete, Some(access)), None).await.status, 200);
}

/// What no example can have: a code is issued to a browser, and lives for a minute.
pub(crate) async fn sign_in_for_a_client(examiner: &mut Examiner<'_>) {
    let app = examiner.app;
    let browser = app.browser();
    app.sign_in(&browser, "google", "minji").await;
    let code = portal::code(&browser, &[]).await;
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", "portal-client"),
        ("code", &code),
        ("redirect_uri", portal::CALLBACK),
        ("code_verifier", portal::VERIFIER),
    ];
    let form = form.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let tokens = examiner.send("POST /oauth2/token", "/oauth2/token", &[], &form).await.body;
    let bearer = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
    let headers = [("authorization", bearer.as_str())];
    for method in ["GET", "POST"] {
        let name = format!("{method} /oauth2/userinfo");
        assert_eq!(examiner.send(&name, "/oauth2/userinfo", &headers, &[]).await.status, 200, "{name}");
    }
    // A token of the client that asks, of which everything is told.
    let client = [("client_id", "orders"), ("client_secret", "0f3c9b1e5a7d2846c1f08e93b7a4d650")];
    let client = client.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let grant = ("grant_type".to_owned(), "client_credentials".to_owned());
    let form: Vec<_> = client.iter().cloned().chain([grant]).collect();
    let own = examiner.send("POST /oauth2/token", "/oauth2/token", &[], &form).await.body;
    let token = ("token".to_owned(), own["access_token"].as_str().unwrap().to_owned());
    let form: Vec<_> = client.into_iter().chain([token]).collect();
    let told = examiner.send("POST /oauth2/introspect", "/oauth2/introspect", &[], &form).await.body;
    assert_eq!(told["active"], true);
}

/// What examples cannot do: they know no password and no mail of this program.
pub(crate) async fn go_through_the_flows(examiner: &mut Examiner<'_>) {
    let (app, who) = (examiner.app, "seorin@example.com");
    let wish = json!({ "email": who, "password": PASSWORD, "nickname": "서린" });
    examiner.succeed("/api/users/signup", None, wish).await;
    let proof = token(&mail(app, who, "/email/verify").await);
    examiner.succeed("/api/users/signup/prove", None, json!({ "token": proof })).await;
    let log_in = |password: &str| json!({ "email": who, "password": password });
    let tokens = examiner.succeed("/auth/login", None, log_in(PASSWORD)).await;
    let refresh = json!({ "refresh_token": tokens["refresh_token"] });
    let tokens = examiner.succeed("/auth/refresh", None, refresh).await;
    let access = tokens["access_token"].as_str().unwrap();
    let other = "seorin@example.org";
    examiner
        .succeed("/api/users/me/email", Some(access), json!({ "email": other, "password": PASSWORD }))
        .await;
    let proof = token(&mail(app, other, "/email/change").await);
    examiner.succeed("/api/users/email/prove", None, json!({ "token": proof })).await;
    examiner.succeed("/api/users/password/forgot", None, json!({ "email": other })).await;
    let proof = token(&mail(app, other, "/password/reset").await);
    let newer = "돌담 너머로 넘어온 감나무 가지 하나";
    let body = json!({ "token": proof, "password": newer });
    examiner.succeed("/api/users/password/reset", None, body).await;
    let tokens = examiner.succeed("/auth/login", None, json!({ "email": other, "password": newer })).await;
    let change = json!({ "current_password": newer, "password": "장독대 위에 소복이 쌓인 첫눈" });
    examiner.succeed("/api/users/me/password", tokens["access_token"].as_str(), change).await;
}
