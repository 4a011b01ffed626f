//! What the tests of operations share.

use std::time::Duration;

use audit::{AuditFilter, AuditRow};
use db::query;
use serde_json::Value;

use crate::admin_caller::Caller;
use crate::app::App;
use crate::openapi;

pub(crate) const EVENT: &str = "evt-0198c5a2-7c3e-7abc-8def-0123456789ab";

pub(crate) const MEMBER: &str = "0198c5a2-7c3e-7abc-8def-0123456789ac";

/// How long what happens by itself may take.
pub(crate) const TIMEOUT: usize = 1_000;

pub(crate) async fn run(app: &App, sql: &'static str, values: &[&str]) {
    let mut tx = app.database.begin().await.unwrap();
    let statement = values.iter().fold(query(sql), |statement, value| statement.bind((*value).to_owned()));
    statement.execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
}

/// The rows of this kind in the audit log, the newest first.
pub(crate) async fn noted(app: &App, kind: names::AuditKind) -> Vec<AuditRow> {
    let filter = AuditFilter { kind: Some(kind), ..AuditFilter::default() };
    audit::search::newest(&mut app.database.read().await.unwrap(), &filter, 9).await.unwrap()
}

/// Whether the answer is what the document says of this path.
pub(crate) fn fits(path: &str, method: &str, body: &Value) {
    let document = openapi::document();
    let schema =
        &document["paths"][path][method]["responses"]["2XX"]["content"]["application/json"]["schema"];
    assert!(schema.is_object(), "{method} {path} is not described");
    openapi::fits(&document, schema, body).unwrap_or_else(|error| panic!("{method} {path}: {error}"));
}

/// How far work is, once `wanted` says so.
pub(crate) async fn work(app: &App, caller: &Caller, id: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    for _ in 0..TIMEOUT {
        let work = caller.gets(app, &format!("/api/admin/long-work/{id}")).await.body;
        fits("/api/admin/long-work/{id}", "get", &work);
        if wanted(&work["data"]) {
            return work["data"].clone();
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("it does not get so far");
}
