//! What `daemun openapi` prints is the program: the same endpoints, and examples that it understands.

use std::collections::BTreeSet;

use boon::{Compiler, Schemas};
use reqwest::Method;
use serde_json::{Map, Value, json};
use server::compose;
use web::PublicOrigin;

use crate::accounts::{Reply, call, log_in, sign_up};
use crate::app::{App, ORIGIN};

fn document() -> Value {
    compose::openapi(&PublicOrigin::of(&ORIGIN.parse().unwrap()))
}

/// Every operation: method, path, description.
fn operations(document: &Value) -> Vec<(String, String, Value)> {
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
        let named: Vec<_> = parameters.map(|parameter| parameter["name"].as_str().unwrap()).collect();
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

/// Whether a body is what a schema of the document describes.
fn fits(document: &Value, schema: &Value, body: &Value) -> Result<(), String> {
    let mut whole = schema.clone();
    whole["components"] = document["components"].clone();
    let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
    compiler.add_resource("urn:schema", whole).unwrap();
    let schema = compiler.compile("urn:schema", &mut schemas).unwrap();
    schemas.validate(body, schema).map_err(|error| error.to_string())
}

/// Holds an answer against what is documented; gives whether it was a success with data.
fn check(document: &Value, (name, operation): (&str, &Value), reply: &Reply) -> bool {
    let responses = &operation["responses"];
    let is_success = (200..300).contains(&reply.status);
    let status = reply.status.to_string();
    let key = if is_success { "2XX" } else { status.as_str() };
    let documented = responses.get(key).unwrap_or(&responses["default"]);
    let schema = &documented["content"]["application/json"]["schema"];
    if schema.is_null() {
        assert!(is_success, "{name}: {status} is documented without a body");
        return false;
    }
    fits(document, schema, &reply.body)
        .unwrap_or_else(|error| panic!("{name}: {status} {}: {error}", reply.body));
    is_success
}

/// The example of a body: that of each field.
fn example(name: &str, schema: &Value) -> Value {
    let fields = schema["properties"].as_object().cloned().unwrap_or_default();
    let fields = fields.into_iter().map(|(field, schema)| {
        let example = schema.get("example").unwrap_or_else(|| panic!("{name}: `{field}` has no example"));
        (field, example.clone())
    });
    Value::Object(fields.collect::<Map<_, _>>())
}

#[tokio::test]
async fn every_documented_example_is_understood_and_every_answer_is_as_documented() {
    let app = App::start().await;
    sign_up(&app).await;
    let tokens = log_in(&app).await;
    let access = tokens["access_token"].as_str().unwrap();
    let document = document();
    let (mut examples, mut successes) = (0, 0);
    for (method, path, operation) in operations(&document) {
        let name = format!("{method} {path}");
        let bearer = operation["security"].to_string().contains("accessToken").then_some(access);
        let http_method: Method = method.parse().unwrap();
        let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
        let body = if schema.is_object() {
            examples += 1;
            let example = example(&name, schema);
            fits(&document, schema, &example).unwrap_or_else(|error| panic!("{name}: {error}"));
            Some(example)
        } else if method == "GET"
            && !path.contains('{')
            && operation["responses"]["2XX"]["content"]["application/json"].is_object()
        {
            None
        } else {
            continue;
        };
        let reply = call(&app, http_method.clone(), &path, bearer, body.clone()).await;
        assert_ne!(reply.code().1, "VALIDATION_FAILED", "{name}: {}", reply.body);
        assert_ne!(reply.status, 415, "{name}");
        successes += u32::from(check(&document, (&name, &operation), &reply));
        // A field that is not documented is refused, so the document names them all.
        if let Some(mut more) = body {
            more["undocumented"] = json!("x");
            let reply = call(&app, http_method, &path, bearer, Some(more)).await;
            assert!([400, 401, 403].contains(&reply.status), "{name}: {} {}", reply.status, reply.body);
            check(&document, (&name, &operation), &reply);
        }
    }
    assert!(examples >= 15, "{examples}");
    assert!(successes >= 5, "{successes}");
}
