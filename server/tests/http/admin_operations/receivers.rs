//! Receivers of webhooks.

use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use axum::Router;
use axum::routing::post;
use http::StatusCode;
use names::Role;
use serde_json::{Value, json};

use crate::admin_api::{clients, signed_in};
use crate::admin_operations::ground::{TIMEOUT, fits, noted, run, work};
use crate::app::App;

/// A service that answers what it is told to; its port.
pub(crate) async fn service(answers: Arc<AtomicU16>) -> u16 {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let hear = move || {
        let answers = Arc::clone(&answers);
        async move { StatusCode::from_u16(answers.load(Ordering::SeqCst)).unwrap() }
    };
    tokio::spawn(async move { axum::serve(listener, Router::new().route("/hook", post(hear))).await });
    port
}

#[tokio::test]
async fn receivers_of_webhooks_are_seen_tried_out_and_sent_again_what_they_missed() {
    let answers = Arc::new(AtomicU16::new(204));
    let port = service(Arc::clone(&answers)).await;
    let toml = format!(
        "{}[[webhooks]]\nname = \"billing\"\nurl = \"http://127.0.0.1:{port}/hook?token=hidden\"\ntopics = [\"user-login\"]\n\
         secret = \"whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=\"\n[outgoing]\nprivate_hosts = [\"127.0.0.1\"]\n",
        clients()
    );
    for app in App::both_configured(&toml).await {
        answers.store(204, Ordering::SeqCst);
        let (admin, _) = signed_in(&app, "haneul", &[Role::ADMIN]).await;
        let listed = admin.gets(&app, "/api/admin/webhooks").await.body;
        fits("/api/admin/webhooks", "get", &listed);
        let receiver = &listed["data"]["receivers"][0];
        assert_eq!((&receiver["receiver"], &receiver["topics"]), (&json!("billing"), &json!(["user-login"])));
        assert!(!listed.to_string().contains("hidden"), "what is behind ? may be a secret");

        let test = "/api/admin/webhooks/billing/test";
        let tested = admin.posts(&app, test, json!({"reason": "ticket 1"})).await;
        fits("/api/admin/webhooks/{receiver}/test", "post", &tested.body);
        assert_eq!(
            (&tested.body["data"]["taken"], &tested.body["data"]["answer"]),
            (&json!(true), &json!("204"))
        );
        answers.store(418, Ordering::SeqCst);
        let tested = admin.posts(&app, test, json!({"reason": "ticket 1"})).await;
        assert_eq!(tested.body["data"]["taken"], false);
        assert_eq!(noted(&app, names::AuditKind::WebhookTested).await[0].note, "ticket 1");
        answers.store(204, Ordering::SeqCst);

        let given_up = "INSERT INTO webhook_deliveries (receiver, event_id, topic, event_key, sequence, body, state, created_at, \
            waiting_since, due_at, failures, is_unreachable, answer, expires_at) \
            VALUES (?, ?, 'user-login', 'nobody', 1, '{}', 'given-up', 1, 1, 0, 9, 0, '500', 9000000000000)";
        for event in ["evt-one", "evt-two", "evt-three"] {
            run(&app, given_up, &["billing", event]).await;
        }
        run(&app, given_up, &["gone", "evt-one"]).await;
        let listed = admin.gets(&app, "/api/admin/webhooks").await.body;
        let receivers = listed["data"]["receivers"].as_array().unwrap();
        assert_eq!((receivers.len(), &receivers[0]["given_up"]), (2, &json!(3)));
        assert_eq!((&receivers[1]["receiver"], &receivers[1]["configured"]), (&json!("gone"), &json!(false)));
        let log = "/api/admin/webhooks/log?receiver=billing&state=given-up&limit=2";
        let first = admin.gets(&app, log).await.body;
        fits("/api/admin/webhooks/log", "get", &first);
        let next = first["data"]["next"].as_str().unwrap();
        let second = admin.gets(&app, &format!("{log}&after={next}")).await.body;
        assert_eq!(second["data"]["deliveries"].as_array().unwrap().len(), 1);
        assert_eq!(second["data"]["next"], Value::Null);

        let waits = "INSERT INTO webhook_deliveries (receiver, event_id, topic, event_key, sequence, body, state, created_at, \
            waiting_since, due_at, failures, is_unreachable, answer, expires_at) \
            VALUES (?, 'evt-waits', 'user-login', 'nobody', 2, '{}', 'waiting', 1, 1, 0, 0, 0, '', 9000000000000)";
        run(&app, waits, &["gone"]).await;
        let waiting = admin.gets(&app, "/api/admin/webhooks/log?receiver=gone&state=waiting").await.body;
        let waiting = &waiting["data"]["deliveries"][0];
        assert_eq!(
            (&waiting["event"], &waiting["due_at"]),
            (&json!("evt-waits"), &Value::Null),
            "no time yet"
        );

        let replay = "/api/admin/webhooks/billing/replay";
        let again = admin.posts(&app, replay, json!({"event": "evt-one", "reason": "ticket 2"})).await;
        fits("/api/admin/webhooks/{receiver}/replay", "post", &again.body);
        assert_eq!(again.body["data"]["changed"], true, "{}", again.body);
        let none = admin.posts(&app, replay, json!({"event": "evt-none", "reason": "x"})).await;
        assert_eq!(none.code(), (404, "NOT_FOUND"));
        let all = "/api/admin/webhooks/billing/replay-given-up";
        let begun = admin.posts(&app, all, json!({"reason": "ticket 3"})).await;
        fits("/api/admin/webhooks/{receiver}/replay-given-up", "post", &begun.body);
        let id = begun.body["data"]["work"].as_str().unwrap().to_owned();
        let done = work(&app, &admin, &id, |work| work["state"] == "done").await;
        assert_eq!((&done["done"], &done["object"]), (&json!(2), &json!("billing")));
        let rows = noted(&app, names::AuditKind::WebhookReplayed).await;
        assert_eq!(rows.iter().filter(|row| row.note == "ticket 3").count(), 2, "each event has its row");
        for _ in 0..TIMEOUT {
            let log = admin.gets(&app, "/api/admin/webhooks/log?receiver=billing&state=delivered").await.body;
            let delivered = log["data"]["deliveries"].as_array().unwrap();
            if delivered.iter().filter(|row| row["member"] == "nobody").count() == 3 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let nobody = "/api/admin/webhooks/nobody/replay-given-up";
        assert_eq!(admin.posts(&app, nobody, json!({"reason": "x"})).await.code(), (404, "NOT_FOUND"));
        assert_eq!(
            admin.gets(&app, "/api/admin/webhooks/log?state=x").await.code(),
            (400, "VALIDATION_FAILED")
        );
        app.stop().await;
    }
}
