//! What `daemun openapi` prints is the program: the same endpoints, and what they are sent and answer.

use std::collections::BTreeSet;

use boon::{Compiler, Schemas};
use serde_json::{Value, json};
use server::compose;
use web::PublicOrigin;

use crate::app::{App, ORIGIN};

pub fn document() -> Value {
    compose::openapi(&PublicOrigin::of(&ORIGIN.parse().unwrap()))
}

/// Every operation: method, path, description.
pub fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let paths = document["paths"].as_object().unwrap().iter();
    paths
        .flat_map(|(path, item)| {
            let methods = item.as_object().unwrap().iter();
            methods.map(|(method, operation)| (method.to_uppercase(), path.clone(), operation.clone()))
        })
        .collect()
}

#[test]
fn the_document_is_the_route_table() {
    let document = document();
    assert_eq!(document["openapi"], "3.1.0");
    let described: BTreeSet<_> =
        operations(&document).into_iter().map(|(method, path, _)| (method, path)).collect();
    let table = compose::table(&PublicOrigin::of(&ORIGIN.parse().unwrap()));
    let declared: BTreeSet<_> =
        table.iter().map(|entry| (entry.method.to_owned(), entry.path.replace("{*", "{"))).collect();
    assert_eq!(described, declared);
    let mut ids = BTreeSet::new();
    for (method, path, operation) in operations(&document) {
        assert!(ids.insert(operation["operationId"].as_str().unwrap().to_owned()), "{method} {path}");
        let parameters = operation["parameters"].as_array().unwrap().iter();
        let of_path = parameters.filter(|parameter| parameter["in"] == "path");
        let named: Vec<_> = of_path.map(|parameter| parameter["name"].as_str().unwrap()).collect();
        assert_eq!(named.len(), path.matches('{').count(), "{path}: {named:?}");
        assert!(named.iter().all(|name| path.contains(&format!("{{{name}}}"))), "{path}: {named:?}");
        for text in operation.to_string().split("\"$ref\":\"#/components/schemas/").skip(1) {
            let name = text.split('"').next().unwrap();
            assert!(
                document["components"]["schemas"][name].is_object(),
                "{path}: {name} is described nowhere"
            );
        }
    }
}

/// What apps send is described by name, also where it comes in an address or is JSON.
#[test]
fn what_apps_send_is_described() {
    let document = document();
    let names = |values: &Value| -> BTreeSet<String> {
        let of_list =
            values.as_array().into_iter().flatten().map(|value| value["name"].as_str().unwrap().to_owned());
        of_list.chain(values.as_object().into_iter().flatten().map(|(name, _)| name.clone())).collect()
    };
    let body = |path: &str, kind: &str| {
        names(&document["paths"][path]["post"]["requestBody"]["content"][kind]["schema"]["properties"])
    };
    let form = "application/x-www-form-urlencoded";
    let asked = names(&document["paths"]["/oauth2/authorize"]["get"]["parameters"]);
    assert!(
        asked.contains("code_challenge") && asked.contains("request_uri") && !asked.contains("registration")
    );
    assert_eq!(body("/oauth2/authorize", form), asked);
    assert_eq!(body("/oauth2/userinfo", form), BTreeSet::from(["access_token".to_owned()]));
    assert_eq!(document["paths"]["/oauth2/userinfo"]["get"]["requestBody"], Value::Null);
    assert!(body("/oauth2/logout", form).contains("post_logout_redirect_uri"));
    assert!(body("/oauth2/register", "application/json").contains("redirect_uris"));
    let registered = &document["paths"]["/oauth2/register"]["post"]["responses"]["2XX"]["content"];
    assert_ne!(registered["application/json"]["schema"], Value::Null);
    assert_ne!(document["paths"]["/device"]["post"]["responses"]["303"], Value::Null);
}

/// A browser is sent on where a person has done something, and to sign in or to prove who they are where they look at a page.
#[test]
fn where_a_browser_is_sent_is_described() {
    let document = document();
    let responses = |method: &str, path: &str| document["paths"][path][method]["responses"].clone();
    for path in [
        "/api/auth/signin/password",
        "/api/auth/signin/{provider}",
        "/api/auth/link/{provider}",
        "/api/auth/signout",
        "/api/auth/prove",
        "/api/language",
    ] {
        let responses = responses("post", path);
        assert!(responses["303"].is_object() && responses["2XX"].is_null(), "{path}: {responses}");
        assert!(responses["default"]["content"]["text/html"].is_object(), "{path}: {responses}");
    }
    for path in ["/.well-known/change-password", "/api/auth/callback/{provider}"] {
        let responses = responses("get", path);
        assert!(responses["303"].is_object() && responses["2XX"].is_null(), "{path}: {responses}");
    }
    for path in ["/admin", "/me", "/oauth/login"] {
        let responses = responses("get", path);
        assert!(responses["303"].is_object(), "{path}: {responses}");
        assert!(responses["2XX"]["content"]["text/html"].is_object(), "{path}: {responses}");
        assert!(responses["default"]["content"]["text/html"].is_object(), "{path}: {responses}");
    }
    assert!(responses("get", "/me/activity")["301"].is_object());
    assert!(responses("get", "/api/users/me/export")["303"].is_object(), "a link leads there");
    let sign_up = responses("post", "/api/users/signup");
    assert!(
        sign_up["2XX"].is_object() && sign_up["303"].is_object(),
        "for programs and for forms: {sign_up}"
    );
    assert!(responses("post", "/oauth2/token")["default"]["content"]["text/html"].is_null());
}

/// Whether a body is what a schema of the document describes.
pub fn fits(document: &Value, schema: &Value, body: &Value) -> Result<(), String> {
    let mut whole = schema.clone();
    whole["components"] = document["components"].clone();
    let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
    compiler.add_resource("urn:schema", whole).unwrap();
    let schema = compiler.compile("urn:schema", &mut schemas).unwrap();
    schemas.validate(body, schema).map_err(|error| error.to_string())
}

#[tokio::test]
async fn a_session_is_answered_as_documented_and_no_page_takes_an_access_token() {
    let app = App::start().await;
    let document = document();
    let browser = app.browser();
    let session = &document["paths"]["/api/auth/session"]["get"]["responses"]["2XX"]["content"];
    let schema = &session["application/json"]["schema"];
    for signed_in in [false, true] {
        if signed_in {
            app.sign_in(&browser, "google", "minji").await;
        }
        let answer = browser.fetch("/api/auth/session").await.json();
        assert_eq!(answer.is_object(), signed_in, "{answer}");
        fits(&document, schema, &answer).unwrap();
        assert!(fits(&document, schema, &json!({ "user": 1 })).is_err());
    }
    for (_, path, operation) in
        operations(&document).into_iter().filter(|(_, path, _)| path.starts_with("/me"))
    {
        assert!(!operation["security"].to_string().contains("accessToken"), "{path}");
    }
}
