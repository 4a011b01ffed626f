//! Asks the program, and holds each answer against the document.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use testkit::{Answer, Browser};

use crate::accounts::{Reply, call};
use crate::app::App;
use crate::openapi::fits;

/// Holds an answer against what is documented; gives whether it was a success with data.
pub(crate) fn check(document: &Value, (name, operation): (&str, &Value), reply: &Reply) -> bool {
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
pub(crate) fn example(name: &str, schema: &Value) -> Value {
    let fields = schema["properties"].as_object().cloned().unwrap_or_default();
    let fields = fields.into_iter().map(|(field, schema)| {
        let other = (schema["type"] == "object").then(|| json!({}));
        let example = schema.get("example").cloned().or(other);
        let example = example.unwrap_or_else(|| panic!("{name}: `{field}` has no example: {schema}"));
        (field, example)
    });
    Value::Object(fields.collect::<Map<_, _>>())
}

/// Asks and holds each answer against the document.
pub(crate) struct Examiner<'a> {
    pub(crate) app: &'a App,
    pub(crate) document: Value,
    /// Operations that went well with data.
    pub(crate) answered: BTreeSet<String>,
}

impl Examiner<'_> {
    pub(crate) fn operation(&self, name: &str) -> Value {
        let (method, path) = name.split_once(' ').unwrap();
        self.document["paths"][path][method.to_lowercase()].clone()
    }

    pub(crate) async fn ask(
        &mut self,
        name: &str,
        (path, bearer): (&str, Option<&str>),
        body: Option<Value>,
    ) -> Reply {
        let (method, _) = name.split_once(' ').unwrap();
        let reply = call(self.app, method.parse().unwrap(), path, bearer, body).await;
        if check(&self.document, (name, &self.operation(name)), &reply) {
            self.answered.insert(name.to_owned());
        }
        reply
    }

    /// A form by a client, or none.
    pub(crate) async fn send(
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
        let reply = Reply { status: answer.status.as_u16(), is_json, retry_after: None, body };
        if check(&self.document, (name, &self.operation(name)), &reply) {
            self.answered.insert(name.to_owned());
        }
        reply
    }

    /// A call of a script of our own pages that must go well.
    pub(crate) async fn succeed_in(&mut self, browser: &Browser, path: &str, body: Value) -> Value {
        self.see(&format!("POST {path}"), &browser.call(path, &body).await)["data"].clone()
    }

    /// An answer to such a call, which must have gone well.
    pub(crate) fn see(&mut self, name: &str, answer: &Answer) -> Value {
        let is_json = answer.header("content-type").starts_with("application/json");
        let body = if is_json { answer.json() } else { Value::Null };
        let reply = Reply { status: answer.status.as_u16(), is_json, retry_after: None, body };
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
    pub(crate) async fn succeed(&mut self, path: &str, bearer: Option<&str>, body: Value) -> Value {
        let name = format!("POST {path}");
        let reply = self.ask(&name, (path, bearer), Some(body)).await;
        assert!(self.answered.contains(&name), "{name}: {} {}", reply.status, reply.body);
        reply.body["data"].clone()
    }
}
