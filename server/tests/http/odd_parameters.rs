//! No parameter and no field that is not ASCII is an internal error, on any of the databases: many columns are ASCII, and MySQL refuses to
//! compare them with other text.

use names::Role;
use reqwest::Method;
use serde_json::{Value, json};

use crate::accounts::{log_in, sign_up};
use crate::admin_api::{client, clients, signed_in};
use crate::admin_caller::Caller;
use crate::app::App;
use crate::openapi::{document, operations};

const ODD: &str = "가";
const ODD_IN_ADDRESS: &str = "%EA%B0%80";
/// A place in a list that is in order of time, and is there at the same time.
const PLACES: [&str; 3] = [ODD_IN_ADDRESS, "1~%EA%B0%80~", "1~a~%EA%B0%80"];

/// The path with the odd text in each placeholder, or in one of them with others as they may be.
fn paths(path: &str) -> Vec<String> {
    let filled = |odd: Option<usize>| {
        let words = path.split('/').enumerate();
        let words = words.map(|(at, word)| match word.starts_with('{') {
            true if odd.is_none_or(|odd| odd == at) => ODD_IN_ADDRESS,
            true => "notifications",
            false => word,
        });
        words.collect::<Vec<_>>().join("/")
    };
    let places = path.split('/').enumerate().filter(|(_, word)| word.starts_with('{'));
    let mut all: Vec<_> = places.map(|(at, _)| filled(Some(at))).chain([filled(None)]).collect();
    all.dedup();
    all
}

/// The example with the odd text in one field after the other.
fn bodies(operation: &Value) -> Vec<Value> {
    let content = &operation["requestBody"]["content"]["application/json"]["schema"]["properties"];
    let Some(fields) = content.as_object() else { return Vec::new() };
    let example: Value = fields
        .iter()
        .filter_map(|(name, field)| field.get("example").map(|example| (name.clone(), example.clone())))
        .collect::<serde_json::Map<_, _>>()
        .into();
    let odd = |name: &String| {
        let mut body = example.clone();
        body[name] = json!(ODD);
        body
    };
    fields.keys().filter(|name| *name != "reason").map(odd).chain([example.clone()]).collect()
}

/// The queries with the odd text in one parameter after the other.
fn queries(operation: &Value) -> Vec<String> {
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    let names = parameters.filter(|one| one["in"] == "query").map(|one| one["name"].as_str().unwrap());
    names.flat_map(|name| PLACES.map(|place| format!("?{name}={place}"))).collect()
}

#[tokio::test]
async fn no_parameter_that_is_not_ascii_is_an_internal_error() {
    for app in App::both_configured(&clients()).await {
        sign_up(&app).await;
        let access = log_in(&app).await["access_token"].as_str().unwrap().to_owned();
        let (admin, _) = signed_in(&app, "haneul", &[Role::ADMIN]).await;
        let callers = [client(&app, "helpdesk").await, Caller::Token(access), admin];
        let mut asked = 0;
        for (method, path, operation) in operations(&document()) {
            // What would end what the test asks with.
            if ["sign-out", "signout", "logout", "/delete"].iter().any(|word| path.contains(word)) {
                continue;
            }
            let of_operators = path.starts_with("/api/admin/");
            let callers = if of_operators { &callers[..1] } else { &callers[1..] };
            let method: Method = method.parse().unwrap();
            for path in paths(&path) {
                let queries = [String::new()].into_iter().chain(queries(&operation));
                for address in queries.map(|query| format!("{path}{query}")) {
                    let none = (method == Method::GET).then_some(None);
                    for body in none.into_iter().chain(bodies(&operation).into_iter().map(Some)) {
                        for caller in callers {
                            let reply = caller.asks(&app, &method, &address, body.clone()).await;
                            assert!(reply.status < 500, "{method} {address} {body:?}: {}", reply.body);
                            asked += 1;
                        }
                    }
                }
            }
        }
        assert!(asked > 500, "{asked}");
        let Caller::Browser(browser) = &callers[2] else { unreachable!() };
        for page in ["/admin/events", "/admin/mails", "/admin/webhooks"] {
            for place in PLACES {
                let status = browser.visit(&format!("{page}?after={place}")).await.status.as_u16();
                assert!(status < 500, "{page} {place}: {status}");
            }
        }
        app.stop().await;
    }
}
