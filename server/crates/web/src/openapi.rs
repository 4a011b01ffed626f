//! OpenAPI 3.1, derived from the routes: the types of its handler say what an operation takes and answers, and its guard says
//! who may call it. So nothing is written twice, and nothing can be forgotten.

pub(crate) mod operation;
pub(crate) mod types;

use serde_json::{Map, Value, json};

pub use operation::Operation;
pub use types::{Answer, Argument};

use crate::cookies::CookieName;
use crate::guard::{GuardEntry, Source};
use crate::routes::RouteEntry;
use crate::same_origin::PublicOrigin;
use operation::Onward;

const SESSION: &str = "session";
const BEARER: &str = "accessToken";

/// The document for the routes of `table`, for a site at `origin` whose sessions are in `cookie`.
pub fn document(table: &[RouteEntry], origin: &PublicOrigin, cookie: &CookieName, version: &str) -> Value {
    let mut paths: Map<String, Value> = Map::new();
    let mut schemas = Map::from_iter([("Refusal".to_owned(), refusal())]);
    for entry in table {
        let mut operation = Operation::default();
        (entry.describe)(&mut operation);
        schemas.append(&mut operation.schemas);
        let item = paths.entry(template(entry.path)).or_insert_with(|| json!({}));
        if let Some(item) = item.as_object_mut() {
            item.insert(entry.method.to_ascii_lowercase(), describe(entry, operation));
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Daemun",
            "version": version,
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": origin.as_str() }],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                SESSION: { "type": "apiKey", "in": "cookie", "name": cookie.as_str() },
                BEARER: { "type": "http", "scheme": "bearer", "bearerFormat": "JWT" },
            },
        },
    })
}

/// A path as OpenAPI writes it, which has no wildcard for the rest of a path.
fn template(path: &str) -> String {
    path.replace("{*", "{")
}

fn parameters(path: &str) -> Vec<Value> {
    let names = path.split('{').skip(1).filter_map(|rest| rest.split('}').next());
    let names = names.map(|name| name.trim_start_matches('*'));
    names
        .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }))
        .collect()
}

fn describe(entry: &RouteEntry, operation: Operation) -> Value {
    let foreign = operation.refusal.as_ref();
    let mut responses = Map::from_iter([("default".to_owned(), refused("It is refused.", foreign))]);
    let content = match (&operation.answer, operation.media_type) {
        (Some(answer), kind) => json!({ kind.unwrap_or("application/json"): { "schema": answer } }),
        (None, Some(kind)) => json!({ kind: {} }),
        (None, None) => json!({}),
    };
    let onward = onward(entry, &operation);
    if onward == Onward::Moved {
        responses.insert("301".to_owned(), redirect("It is at `Location` now."));
    } else if onward != Onward::Always {
        responses.insert("2XX".to_owned(), json!({ "description": "It went well.", "content": content }));
    }
    let redirects = redirects(entry, onward);
    if !redirects.is_empty() {
        responses.insert("303".to_owned(), redirect(&redirects.join(" ")));
    }
    if entry.guard.member.is_some() {
        responses.insert(
            "401".to_owned(),
            refused("Nobody is signed in, or the access token is not good.", foreign),
        );
        responses.insert("403".to_owned(), refused("The guard does not let this member do it.", foreign));
    }
    let mut all = parameters(entry.path);
    all.extend(operation.query);
    let mut described = json!({
        "operationId": entry.operation_id(),
        "parameters": all,
        "responses": responses,
        "security": security(entry.guard),
        "x-guard": entry.guard.to_string(),
    });
    let is_required = !operation.body_is_optional;
    if let (Some(body), Some(described)) = (operation.body, described.as_object_mut()) {
        described.insert("requestBody".to_owned(), json!({ "required": is_required, "content": body }));
    }
    described
}

fn security(guard: GuardEntry) -> Value {
    match (guard.member, guard.source) {
        // A page is opened by a browser, which has no access token.
        (Some(member), _) if member.is_page => json!([{ SESSION: [] }]),
        (None, Source::Gateway) | (Some(_), Source::Anywhere | Source::OwnPagesOrPrograms) => {
            json!([{ SESSION: [] }, { BEARER: [] }])
        }
        (Some(_), _) => json!([{ SESSION: [] }]),
        (None, _) => json!([]),
    }
}

/// Where success leads. A form that leads nowhere by its declaration is led by its handler.
fn onward(entry: &RouteEntry, operation: &Operation) -> Onward {
    let is_led = entry.form.is_some_and(|form| form.leads_to.is_none());
    if is_led && operation.answer.is_none() && operation.media_type.is_none() {
        return Onward::Always;
    }
    operation.onward
}

/// When a browser is sent elsewhere, in sentences.
fn redirects(entry: &RouteEntry, onward: Onward) -> Vec<String> {
    let mut all = Vec::new();
    match onward {
        Onward::Always => all.push("It went well: on to `Location`.".to_owned()),
        Onward::Sometimes => all.push("There is nothing to do here: on to `Location`.".to_owned()),
        Onward::Stays | Onward::Moved => {}
    }
    if let Some(leads_to) = entry.form.and_then(|form| form.leads_to) {
        all.push(format!("It went well, and was sent by a form: on to `{leads_to}`."));
    }
    if entry.form.is_some() {
        let sentence = "A form was refused: back to its page, or to where its sender proves who they are.";
        all.push(sentence.to_owned());
    }
    if entry.guard.member.is_some_and(|member| member.is_page || member.is_linked) {
        all.push("A person cannot see it yet: to where they sign in, or prove who they are.".to_owned());
    }
    all
}

fn redirect(description: &str) -> Value {
    let location = json!({ "required": true, "schema": { "type": "string" } });
    json!({ "description": description, "headers": { "Location": location } })
}

/// A refusal: in the shape of a foreign protocol, or in ours, of which a page is made for a person who navigates.
fn refused(description: &str, foreign: Option<&Value>) -> Value {
    let content = match foreign {
        Some(schema) => json!({ "application/json": { "schema": schema } }),
        None => json!({
            "application/json": { "schema": { "$ref": "#/components/schemas/Refusal" } },
            "text/html": {},
        }),
    };
    json!({ "description": description, "content": content })
}

/// The answer to every call that is refused (design 3.3).
fn refusal() -> Value {
    let text = json!({ "type": "string" });
    json!({
        "type": "object",
        "required": ["success", "error"],
        "additionalProperties": false,
        "properties": {
            "success": { "const": false },
            "error": {
                "type": "object",
                "required": ["code", "message"],
                "additionalProperties": false,
                "properties": {
                    "code": { "type": "string", "pattern": "^[A-Z][A-Z0-9_]*$" },
                    "message": text,
                    "challenge": {
                        "type": "string",
                        "description": "What to present with the next step; with SECOND_FACTOR_NEEDED alone",
                    },
                    "fields": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["field", "allowed"],
                            "additionalProperties": false,
                            "properties": { "field": text, "allowed": text, "reason": text },
                        },
                    },
                },
            },
        },
    })
}
