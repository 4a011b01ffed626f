//! Every example that `daemun openapi` prints is sent to the program, which understands it and answers as documented.

use std::collections::BTreeSet;

use names::{Actor, OperatedBy, Operation, OperatorReason, Source};
use reqwest::Method;
use serde_json::{Map, Value, json};
use testkit::{Answer, Browser};

use crate::accounts::{EMAIL, PASSWORD, Reply, call, log_in, mail, prove, sign_up, sign_up_as, token};
use crate::admin_operations;
use crate::app::{App, ORIGIN};
use crate::authenticator::{Authenticator, by_password};
use crate::oauth_clients::send;
use crate::openapi::{document, fits, operations};
use crate::passkey_actor::{OPTIONS, OWN, SIGN_IN, list, remove};
use crate::portal::{self, CLIENTS};

/// Holds an answer against what is documented; gives whether it was a success with data.
fn check(document: &Value, (name, operation): (&str, &Value), reply: &Reply) -> bool {
    let responses = &operation["responses"];
    let is_success = (200..300).contains(&reply.status);
    let status = reply.status.to_string();
    let key = if is_success { "2XX" } else { status.as_str() };
    let documented = responses.get(key).unwrap_or(&responses["default"]);
    let kinds = ["application/json", "application/jwk-set+json"];
    let described = kinds.map(|kind| &documented["content"][kind]["schema"]);
    let schema = described.into_iter().find(|schema| !schema.is_null()).unwrap_or(&Value::Null);
    if schema.is_null() {
        assert!(is_success, "{name}: {status} is documented without a body");
        assert!(!reply.is_json, "{name}: {status} is documented without a body: {}", reply.body);
        return false;
    }
    if !reply.is_json && !is_success && documented["content"]["text/html"].is_object() {
        return false;
    }
    assert!(reply.is_json, "{name}: {status} is documented as JSON");
    fits(document, schema, &reply.body)
        .unwrap_or_else(|error| panic!("{name}: {status} {}: {error}", reply.body));
    is_success
}

/// The example of a body: that of each field. What another standard describes is some object.
fn example(name: &str, schema: &Value) -> Value {
    let fields = schema["properties"].as_object().cloned().unwrap_or_default();
    let fields = fields.into_iter().map(|(field, schema)| {
        let other = (schema["type"] == "object").then(|| json!({}));
        let example = schema.get("example").cloned().or(other);
        let example = example.unwrap_or_else(|| panic!("{name}: `{field}` has no example: {schema}"));
        (field, example)
    });
    Value::Object(fields.collect::<Map<_, _>>())
}

/// What only a person in a fresh session, or the reader of a mail about a deletion, can do. The forms are tested elsewhere.
const OF_BROWSERS: [&str; 7] = [
    "POST /api/auth/signup/passkey",
    "POST /api/auth/signup/passkey/options",
    "POST /api/users/deletion/cancel",
    "POST /api/users/factor-reset/cancel",
    "POST /api/users/me/delete",
    "POST /api/users/me/identities/unlink",
    "POST /api/users/me/password/first",
];

const REGISTRATION_TOKEN: &str = "3f1c5a7e9b2d4f6081a3c5e7092b4d6f";

/// Clients as the examples name them, and routes that describe themselves.
fn configuration() -> String {
    let confidential = r#"
[[clients]]
id = "orders"
name = "주문"
auth = "client_secret_post"
secret = "0f3c9b1e5a7d2846c1f08e93b7a4d650"
grants = ["client_credentials"]
scopes = ["read"]

[[clients]]
id = "helpdesk"
name = "도움 창구"
auth = "client_secret_post"
secret = "0f3c9b1e5a7d2846c1f08e93b7a4d650"
grants = ["client_credentials"]
scopes = ["admin:write"]

[[clients]]
id = "television"
name = "텔레비전"
auth = "none"
grants = ["device_code"]
scopes = ["openid", "profile"]
first_party = true

[[gateway.routes]]
path = "/orders/{*rest}"
upstream = ["http://127.0.0.1:9"]
methods = ["GET"]
scope = "read"
protected_resource = true

[[gateway.routes]]
path = "/{*rest}"
upstream = ["http://127.0.0.1:9"]
methods = ["GET"]
scope = "read"
protected_resource = true
"#;
    format!("[authorization]\nregistration_token = \"{REGISTRATION_TOKEN}\"\n{CLIENTS}{confidential}")
}

/// The form of an example, for the endpoints that clients call.
fn form_of(operation: &Value) -> Option<Vec<(String, String)>> {
    let example =
        &operation["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"]["example"];
    let text = |(name, value): (&String, &Value)| (name.clone(), value.as_str().unwrap().to_owned());
    example.as_object().map(|fields| fields.iter().map(text).collect())
}

/// Asks and holds each answer against the document.
struct Examiner<'a> {
    app: &'a App,
    document: Value,
    /// Operations that went well with data.
    answered: BTreeSet<String>,
}

impl Examiner<'_> {
    fn operation(&self, name: &str) -> Value {
        let (method, path) = name.split_once(' ').unwrap();
        self.document["paths"][path][method.to_lowercase()].clone()
    }

    async fn ask(&mut self, name: &str, (path, bearer): (&str, Option<&str>), body: Option<Value>) -> Reply {
        let (method, _) = name.split_once(' ').unwrap();
        let reply = call(self.app, method.parse().unwrap(), path, bearer, body).await;
        if check(&self.document, (name, &self.operation(name)), &reply) {
            self.answered.insert(name.to_owned());
        }
        reply
    }

    /// A form by a client, or none.
    async fn send(
        &mut self,
        name: &str,
        path: &str,
        headers: &[(&str, &str)],
        form: &[(String, String)],
    ) -> Reply {
        let (method, _) = name.split_once(' ').unwrap();
        let form: Vec<_> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let form = (!form.is_empty()).then_some(form.as_slice());
        let answer = self.app.browser().send(method.parse().unwrap(), path, headers, form).await;
        let is_json = answer.header("content-type").starts_with("application/json");
        let body = if is_json { answer.json() } else { Value::Null };
        let reply = Reply { status: answer.status.as_u16(), is_json, body };
        if check(&self.document, (name, &self.operation(name)), &reply) {
            self.answered.insert(name.to_owned());
        }
        reply
    }

    /// A call of a script of our own pages that must go well.
    async fn succeed_in(&mut self, browser: &Browser, path: &str, body: Value) -> Value {
        self.see(&format!("POST {path}"), &browser.call(path, &body).await)["data"].clone()
    }

    /// An answer to such a call, which must have gone well.
    fn see(&mut self, name: &str, answer: &Answer) -> Value {
        let is_json = answer.header("content-type").starts_with("application/json");
        let body = if is_json { answer.json() } else { Value::Null };
        let reply = Reply { status: answer.status.as_u16(), is_json, body };
        assert!(
            check(&self.document, (name, &self.operation(name)), &reply),
            "{name}: {} {}",
            reply.status,
            reply.body
        );
        self.answered.insert(name.to_owned());
        reply.body
    }

    /// A call that must go well.
    async fn succeed(&mut self, path: &str, bearer: Option<&str>, body: Value) -> Value {
        let name = format!("POST {path}");
        let reply = self.ask(&name, (path, bearer), Some(body)).await;
        assert!(self.answered.contains(&name), "{name}: {} {}", reply.status, reply.body);
        reply.body["data"].clone()
    }
}

#[tokio::test]
async fn every_documented_example_is_understood_and_every_answer_is_as_documented() {
    let app = App::configured(&configuration()).await;
    sign_up(&app).await;
    let tokens = log_in(&app).await;
    let access = tokens["access_token"].as_str().unwrap();
    let mut examiner = Examiner { app: &app, document: document(), answered: BTreeSet::new() };
    let id = call(&app, Method::GET, "/api/users/me", Some(access), None).await.body["data"]["id"].clone();
    let mut examples = 0;
    for (method, path, operation) in operations(&examiner.document) {
        let name = format!("{method} {path}");
        let bearer = operation["security"].to_string().contains("accessToken").then_some(access);
        // Its token is given out by an operator.
        let bearer = if path == "/oauth2/register" { Some(REGISTRATION_TOKEN) } else { bearer };
        if let Some(form) = form_of(&operation) {
            examples += 1;
            send_as_client(&mut examiner, &name, form).await;
            continue;
        }
        let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
        let filled = path.replace("{id}", id.as_str().unwrap()).replace("{provider}", "google");
        let filled = filled.replace("oauth-protected-resource/{path}", "oauth-protected-resource/orders");
        if !schema.is_object() {
            if method == "GET" && !filled.contains('{') {
                examiner.ask(&name, (&filled, bearer), None).await;
            }
            continue;
        }
        examples += 1;
        let example = example(&name, schema);
        fits(&examiner.document, schema, &example).unwrap_or_else(|error| panic!("{name}: {error}"));
        let reply = examiner.ask(&name, (&filled, bearer), Some(example.clone())).await;
        assert_ne!(reply.code().1, "VALIDATION_FAILED", "{name}: {}", reply.body);
        assert_ne!(reply.status, 415, "{name}");
        if path == "/oauth2/register" {
            assert_eq!(reply.status, 201, "{}", reply.body);
            // RFC 7591 section 2: what is not understood is ignored.
            continue;
        }
        // A field that is not documented is refused, so the document names them all.
        let mut more = example;
        more["undocumented"] = json!("x");
        let reply = examiner.ask(&name, (&filled, bearer), Some(more)).await;
        assert!([400, 401, 403].contains(&reply.status), "{name}: {} {}", reply.status, reply.body);
    }
    assert!(examples >= 15, "{examples}");
    write_and_follow(&mut examiner, access).await;
    go_through_the_flows(&mut examiner).await;
    sign_in_for_a_client(&mut examiner).await;
    become_an_administrator(&mut examiner).await;
    administer(&mut examiner).await;
    log_in_with_a_code(&mut examiner).await;
    sign_in_by_a_passkey(&mut examiner).await;
    let with_data = operations(&examiner.document).into_iter();
    let with_data = with_data
        .filter(|(.., operation)| operation["responses"]["2XX"]["content"]["application/json"].is_object());
    let unanswered: Vec<_> = with_data
        .map(|(method, path, _)| format!("{method} {path}"))
        .filter(|name| !examiner.answered.contains(name) && !name.contains("picture"))
        // Seen where operators do all of it.
        .filter(|name| !admin_operations::sees(name))
        .collect();
    assert_eq!(unanswered, OF_BROWSERS, "each answer is seen");
}

/// A member takes an invitation by a script of our own pages.
async fn become_an_administrator(examiner: &mut Examiner<'_>) {
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
async fn administer(examiner: &mut Examiner<'_>) {
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
async fn read_logs(examiner: &mut Examiner<'_>, (id, token): (&str, Option<&str>)) {
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
async fn helpdesk(examiner: &Examiner<'_>) -> String {
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", "helpdesk"),
        ("client_secret", "0f3c9b1e5a7d2846c1f08e93b7a4d650"),
    ];
    let given = portal::tokens(&send(examiner.app, "/oauth2/token", "", &form).await);
    given["access_token"].as_str().unwrap().to_owned()
}

/// It does something with a member, as the example says.
async fn act_on(examiner: &mut Examiner<'_>, (id, token): (&str, Option<&str>), action: &str) {
    let name = format!("POST /api/admin/members/{{id}}/{action}");
    let operation = examiner.operation(&name);
    let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
    let body = example(&name, schema);
    let path = format!("/api/admin/members/{id}/{action}");
    let done = examiner.ask(&name, (&path, token), Some(body)).await;
    assert_eq!(done.status, 200, "{action}: {}", done.body);
}

/// A member turns codes on by scripts of our own pages, an app signs in with one, and they are turned off.
async fn log_in_with_a_code(examiner: &mut Examiner<'_>) {
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
async fn sign_in_by_a_passkey(examiner: &mut Examiner<'_>) {
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
async fn write_and_follow(examiner: &mut Examiner<'_>, access: &str) {
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

/// Sends the example of a form by a client, and the same with a parameter sent twice.
async fn send_as_client(examiner: &mut Examiner<'_>, name: &str, mut form: Vec<(String, String)>) {
    let (_, path) = name.split_once(' ').unwrap();
    let reply = examiner.send(name, path, &[], &form).await;
    // The code of the example was never issued; whatever else is in it is right.
    let is_understood = (200..300).contains(&reply.status) || reply.body["error"] == "invalid_grant";
    assert!(is_understood, "{name}: {} {}", reply.status, reply.body);
    form.push(form[0].clone());
    let reply = examiner.send(name, path, &[], &form).await;
    assert_eq!((reply.status, &reply.body["error"]), (400, &json!("invalid_request")), "{name}");
}

/// What no example can have: a code is issued to a browser, and lives for a minute.
async fn sign_in_for_a_client(examiner: &mut Examiner<'_>) {
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
async fn go_through_the_flows(examiner: &mut Examiner<'_>) {
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
