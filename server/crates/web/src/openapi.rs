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
    let envelope = json!({ "$ref": "#/components/schemas/Refusal" });
    let refusal = operation.refusal.as_ref().unwrap_or(&envelope);
    let mut responses = Map::from_iter([("default".to_owned(), refused("It is refused.", refusal))]);
    let content = match (&operation.answer, operation.media_type) {
        (Some(answer), kind) => json!({ kind.unwrap_or("application/json"): { "schema": answer } }),
        (None, Some(kind)) => json!({ kind: {} }),
        (None, None) => json!({}),
    };
    if operation.leads_on {
        // Browsers come there, so a refusal is a page wherever a person is to read it.
        responses["default"]["content"]["text/html"] = json!({});
        responses.insert("303".to_owned(), json!({ "description": "It went well: on to `Location`." }));
    } else {
        responses.insert("2XX".to_owned(), json!({ "description": "It went well.", "content": content }));
    }
    if let Some(leads_to) = entry.form.and_then(|form| form.leads_to) {
        let description = format!("It went well, and was sent by a form: on to `{leads_to}`.");
        responses.insert("303".to_owned(), json!({ "description": description }));
    }
    if entry.guard.member.is_some() {
        responses.insert(
            "401".to_owned(),
            refused("Nobody is signed in, or the access token is not good.", refusal),
        );
        responses.insert("403".to_owned(), refused("The guard does not let this member do it.", refusal));
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

fn refused(description: &str, schema: &Value) -> Value {
    json!({ "description": description, "content": { "application/json": { "schema": schema } } })
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
