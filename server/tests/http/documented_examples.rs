//! Every example that `daemun openapi` prints is sent to the program, which understands it and answers as documented.

mod examiner;
mod flows;

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};

use crate::accounts::{call, log_in, sign_up};
use crate::admin_operations;
use crate::app::App;
use crate::documented_examples::examiner::{Examiner, example};
use crate::documented_examples::flows::{
    administer, become_an_administrator, go_through_the_flows, log_in_with_a_code, sign_in_by_a_passkey,
    sign_in_for_a_client, write_and_follow,
};
use crate::openapi::{document, fits, operations};
use crate::portal::CLIENTS;

/// What only a person in a fresh session, or the reader of a mail about a deletion, can do. The forms are tested elsewhere.
const OF_BROWSERS: [&str; 11] = [
    "POST /api/auth/signin/second/passkey",
    "POST /api/auth/signin/second/passkey/options",
    "POST /api/auth/signup/passkey",
    "POST /api/auth/signup/passkey/options",
    "POST /api/users/deletion/cancel",
    "POST /api/users/factor-reset/cancel",
    "POST /api/users/me/delete",
    "POST /api/users/me/email/add",
    "GET /api/users/me/export",
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
