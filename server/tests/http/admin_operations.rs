//! What operators see of the program at work by the admin API, and do with it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use audit::{AuditFilter, AuditRow};
use axum::Router;
use axum::routing::post;
use db::query;
use http::StatusCode;
use names::Role;
use serde_json::{Value, json};

use crate::accounts::{EMAIL, sign_up};
use crate::admin_api::{client, clients, signed_in};
use crate::admin_caller::Caller;
use crate::app::App;
use crate::openapi;

/// What is read, for whom it is tried who may and may not.
pub(crate) const READS: [&str; 12] = [
    "/api/admin/health",
    "/api/admin/replicas",
    "/api/admin/events",
    "/api/admin/events/dead-letters",
    "/api/admin/mails",
    "/api/admin/webhooks",
    "/api/admin/webhooks/log",
    "/api/admin/keys",
    "/api/admin/clients",
    "/api/admin/routes",
    "/api/admin/limits",
    "/api/admin/long-work",
];

/// Whether the tests here hold the answers of this operation against the document.
pub(crate) fn sees(operation: &str) -> bool {
    let of = |part: &str| operation.contains(&format!("/api/admin/{part}"));
    ["health", "replicas", "events", "mails", "webhooks", "keys", "clients", "routes", "limits", "long-work"]
        .iter()
        .any(|part| of(part))
}

const EVENT: &str = "evt-0198c5a2-7c3e-7abc-8def-0123456789ab";
const MEMBER: &str = "0198c5a2-7c3e-7abc-8def-0123456789ac";
/// How long what happens by itself may take.
const PATIENCE: usize = 1_000;

/// What is changed, with a body that is right.
pub(crate) fn writes() -> Vec<(&'static str, Value)> {
    let reason = json!({"reason": "ticket 7"});
    vec![
        ("/api/admin/events/dead-letters/notifications/evt-one/read", reason.clone()),
        ("/api/admin/events/dead-letters/notifications/evt-one/retry", reason.clone()),
        ("/api/admin/events/dead-letters/notifications/evt-one/discard", reason.clone()),
        ("/api/admin/events/dead-letters/retry-all", reason.clone()),
        ("/api/admin/mails/0198c5a2-7c3e-7abc-8def-0123456789ac/retry", reason.clone()),
        ("/api/admin/mails/retry-all", reason.clone()),
        ("/api/admin/webhooks/billing/test", reason.clone()),
        ("/api/admin/webhooks/billing/replay", json!({"event": EVENT, "reason": "ticket 7"})),
        ("/api/admin/webhooks/billing/replay-given-up", reason.clone()),
        ("/api/admin/keys/rotate", json!({"which": "signing", "reason": "ticket 7"})),
        ("/api/admin/clients", json!({"id": "new", "reason": "ticket 7"})),
        ("/api/admin/clients/new/rotate-secret", reason.clone()),
        ("/api/admin/clients/new/remove", reason.clone()),
        ("/api/admin/long-work/0198c5a2-7c3e-7abc-8def-0123456789ac/stop", reason),
    ]
}

async fn run(app: &App, sql: &'static str, values: &[&str]) {
    let mut tx = app.database.begin().await.unwrap();
    let statement = values.iter().fold(query(sql), |statement, value| statement.bind((*value).to_owned()));
    statement.execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
}

const DEAD_LETTER: &str = "INSERT INTO bus_dead_letters (group_name, event_id, topic, event_key, sequence, body, reason, \
    failures, died_at, origin) VALUES ('nobody', ?, 'user-login.dead', ?, 1, '{\"email\":\"a@b.example\"}', 'it is spoilt', 8, 5, '')";

async fn dead_letter(app: &App, event: &str) {
    run(app, DEAD_LETTER, &[event, MEMBER]).await;
}

/// The rows of this kind in the audit log, the newest first.
async fn noted(app: &App, kind: names::AuditKind) -> Vec<AuditRow> {
    let filter = AuditFilter { kind: Some(kind), ..AuditFilter::default() };
    audit::search::newest(&mut app.database.read().await.unwrap(), &filter, 9).await.unwrap()
}

/// Whether the answer is what the document says of this path.
fn fits(path: &str, method: &str, body: &Value) {
    let document = openapi::document();
    let schema =
        &document["paths"][path][method]["responses"]["2XX"]["content"]["application/json"]["schema"];
    assert!(schema.is_object(), "{method} {path} is not described");
    openapi::fits(&document, schema, body).unwrap_or_else(|error| panic!("{method} {path}: {error}"));
}

#[tokio::test]
async fn s_evt_7_dead_letters_are_read_tried_again_and_discarded_each_with_operator_and_reason() {
    for app in App::both_configured(&clients()).await {
        let (admin, administrator) = signed_in(&app, "haneul", &[Role::ADMIN]).await;
        let auditor = client(&app, "auditor").await;
        for event in [EVENT, "evt-two", "evt-three"] {
            dead_letter(&app, event).await;
        }
        let state = auditor.gets(&app, "/api/admin/events").await.body;
        fits("/api/admin/events", "get", &state);
        assert_eq!(
            (&state["data"]["bus"], &state["data"]["dead_letters"]),
            (&json!("in-process"), &json!(3))
        );
        let consumers = state["data"]["consumers"].as_array().unwrap();
        assert!(
            consumers.iter().any(|lag| lag["consumer"] == "notifications" && lag["topic"] == "user-login")
        );

        let path = "/api/admin/events/dead-letters";
        let first = auditor.gets(&app, &format!("{path}?limit=2")).await.body;
        fits(path, "get", &first);
        assert!(!first.to_string().contains("a@b.example"), "a list does not tell what is in it");
        let next = first["data"]["next"].as_str().unwrap();
        let second = auditor.gets(&app, &format!("{path}?limit=2&after={next}")).await.body;
        let of = |part: &Value| part["data"]["dead_letters"].as_array().unwrap().clone();
        let mut events: Vec<_> =
            of(&first).into_iter().chain(of(&second)).map(|dead| dead["event"].clone()).collect();
        events.sort_by_key(ToString::to_string);
        assert_eq!(events, [json!(EVENT), json!("evt-three"), json!("evt-two")]);
        assert_eq!(second["data"]["next"], Value::Null);

        let one = format!("{path}/{{consumer}}/{{event}}");
        let shown = auditor.gets(&app, &format!("{path}/nobody/{EVENT}")).await.body;
        fits(&one, "get", &shown);
        let does = async |event: &str, action: &str, why: &str| {
            let reply =
                admin.posts(&app, &format!("{path}/nobody/{event}/{action}"), json!({"reason": why})).await;
            fits(&format!("{one}/{action}"), "post", &reply.body);
            reply.body["data"].clone()
        };
        assert_eq!(does(EVENT, "read", "ticket 1").await["body"], r#"{"email":"a@b.example"}"#);
        assert_eq!(does(EVENT, "retry", "ticket 2").await["changed"], true);
        assert_eq!(does("evt-two", "discard", "ticket 3").await["changed"], true);
        for (kind, object, note) in [
            (names::AuditKind::DeadLetterRead, EVENT, "ticket 1"),
            (names::AuditKind::DeadLetterRetried, EVENT, "ticket 2"),
            (names::AuditKind::DeadLetterDiscarded, "evt-two", "ticket 3"),
        ] {
            let rows = noted(&app, kind).await;
            assert_eq!((&*rows[0].object, &*rows[0].note), (object, note));
            assert_eq!(rows[0].operator.as_deref(), Some(&*administrator.to_string()));
            assert_eq!(rows[0].member.as_deref(), Some(MEMBER));
        }
        for (which, why, refusal) in [
            ("nobody/evt-none", "x", (404, "NOT_FOUND")),
            ("another/evt-three", "x", (404, "NOT_FOUND")),
            ("nobody/evt-three", " ", (400, "VALIDATION_FAILED")),
        ] {
            for action in ["read", "retry", "discard"] {
                let reply =
                    admin.posts(&app, &format!("{path}/{which}/{action}"), json!({"reason": why})).await;
                assert_eq!(reply.code(), refusal, "{action} {which}");
            }
        }
        for wrong in ["limit=0", "limit=x", "after=x", "name=y"] {
            assert_eq!(
                auditor.gets(&app, &format!("{path}?{wrong}")).await.code(),
                (400, "VALIDATION_FAILED")
            );
        }
        app.stop().await;
    }
}

/// How far work is, once `wanted` says so.
async fn work(app: &App, caller: &Caller, id: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    for _ in 0..PATIENCE {
        let work = caller.gets(app, &format!("/api/admin/long-work/{id}")).await.body;
        fits("/api/admin/long-work/{id}", "get", &work);
        if wanted(&work["data"]) {
            return work["data"].clone();
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("it does not get so far");
}

#[tokio::test]
async fn all_dead_letters_are_tried_again_a_part_at_a_time_and_it_can_be_stopped() {
    for app in App::both_configured(&clients()).await {
        let (admin, _) = signed_in(&app, "haneul", &[Role::ADMIN]).await;
        let mut tx = app.database.begin().await.unwrap();
        for number in 0..2_000 {
            query(DEAD_LETTER).bind(format!("evt-{number:04}")).bind(MEMBER).execute(&mut *tx).await.unwrap();
        }
        tx.commit().await.unwrap();
        let path = "/api/admin/events/dead-letters/retry-all";
        let begun = admin.posts(&app, path, json!({"reason": "ticket 4"})).await;
        fits(path, "post", &begun.body);
        assert_eq!(begun.status, 202);
        let id = begun.body["data"]["work"].as_str().unwrap().to_owned();
        let twice = admin.posts(&app, path, json!({"reason": "ticket 4"})).await;
        assert_eq!(twice.code(), (409, "LONG_WORK_RUNS"));
        let far = work(&app, &admin, &id, |work| work["done"].as_i64() > Some(0)).await;
        assert_eq!((&far["kind"], &far["total"]), (&json!("retry-dead-letters"), &json!(2_000)));

        let stop = format!("/api/admin/long-work/{id}/stop");
        let stopped = admin.posts(&app, &stop, json!({"reason": "ticket 5"})).await;
        assert_eq!(stopped.body["data"]["changed"], true, "{}", stopped.body);
        fits("/api/admin/long-work/{id}/stop", "post", &stopped.body);
        let stopped = work(&app, &admin, &id, |work| work["state"] == "stopped").await;
        let done = stopped["done"].as_i64().unwrap();
        assert!((100..2_000).contains(&done), "{done}");
        let left = async || {
            let state = admin.gets(&app, "/api/admin/events").await.body;
            state["data"]["dead_letters"].as_i64().unwrap()
        };
        assert_eq!(left().await, 2_000 - done, "what is done stays done, and nothing else is");
        assert_eq!(admin.posts(&app, &stop, json!({"reason": "x"})).await.body["data"]["changed"], false);

        let begun = admin.posts(&app, path, json!({"reason": "ticket 6"})).await;
        let id = begun.body["data"]["work"].as_str().unwrap().to_owned();
        let ended = work(&app, &admin, &id, |work| work["state"] != "running").await;
        assert_eq!((&ended["state"], &ended["done"]), (&json!("done"), &json!(2_000 - done)));
        assert_eq!(left().await, 0);
        let list = admin.gets(&app, "/api/admin/long-work?limit=1").await.body;
        fits("/api/admin/long-work", "get", &list);
        assert_eq!(list["data"]["works"][0]["id"], id.as_str());
        let rows = noted(&app, names::AuditKind::LongWorkBegun).await;
        assert_eq!(rows.iter().map(|row| &*row.note).collect::<Vec<_>>(), ["ticket 6", "ticket 4"]);
        assert_eq!(noted(&app, names::AuditKind::LongWorkStopped).await[0].note, "ticket 5");
        app.stop().await;
    }
}

#[tokio::test]
async fn s_mail_9_mails_that_were_given_up_are_sent_after_all_and_their_addresses_are_masked() {
    for app in App::both_configured(&clients()).await {
        let (admin, _) = signed_in(&app, "haneul", &[Role::ADMIN]).await;
        sign_up(&app).await;
        app.settled().await;
        let listed = admin.gets(&app, "/api/admin/mails").await.body;
        fits("/api/admin/mails", "get", &listed);
        // As if the mail server had refused all of them.
        let dead = "UPDATE jobs SET state = 'dead', sealed = X'6E6F', due_at = 5, expires_at = 9000000000000 WHERE kind = ?";
        run(&app, dead, &["mail"]).await;
        let path = "/api/admin/mails?state=given-up";
        let dead = admin.gets(&app, path).await.body;
        let mails = dead["data"]["mails"].as_array().unwrap().clone();
        assert!(!mails.is_empty() && dead["data"]["given_up"] == mails.len(), "{dead}");
        assert!(!dead.to_string().contains(EMAIL) && dead.to_string().contains("***@"), "{dead}");
        let id = mails[0]["id"].as_str().unwrap();
        let retry = format!("/api/admin/mails/{id}/retry");
        let again = admin.posts(&app, &retry, json!({"reason": "ticket 8"})).await;
        fits("/api/admin/mails/{id}/retry", "post", &again.body);
        assert_eq!(again.body["data"]["changed"], true, "{}", again.body);
        let rows = noted(&app, names::AuditKind::MailRetried).await;
        assert_eq!((&*rows[0].object, &*rows[0].note), (id, "ticket 8"));
        let all = admin.posts(&app, "/api/admin/mails/retry-all", json!({"reason": "ticket 9"})).await;
        fits("/api/admin/mails/retry-all", "post", &all.body);
        let id = all.body["data"]["work"].as_str().unwrap().to_owned();
        work(&app, &admin, &id, |work| work["state"] == "done").await;
        let none = "/api/admin/mails/0198c5a2-7c3e-7abc-8def-0123456789ac/retry";
        assert_eq!(admin.posts(&app, none, json!({"reason": "x"})).await.code(), (404, "NOT_FOUND"));
        assert_eq!(admin.gets(&app, "/api/admin/mails?state=x").await.code(), (400, "VALIDATION_FAILED"));
        app.stop().await;
    }
}

/// A service that answers what it is told to; its port.
async fn service(answers: Arc<AtomicU16>) -> u16 {
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
        for _ in 0..PATIENCE {
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

#[tokio::test]
async fn s_key_7_keys_are_rotated_by_an_operator_with_a_reason() {
    for app in App::both_configured(&clients()).await {
        let (admin, administrator) = signed_in(&app, "haneul", &[Role::ADMIN]).await;
        let before = admin.gets(&app, "/api/admin/keys").await.body;
        fits("/api/admin/keys", "get", &before);
        let rotate = "/api/admin/keys/rotate";
        let after = admin.posts(&app, rotate, json!({"which": "signing", "reason": "ticket 1"})).await;
        fits(rotate, "post", &after.body);
        let count = |body: &Value| body["data"]["keys"].as_array().unwrap().len();
        assert_eq!((count(&before), count(&after.body)), (1, 2));
        assert_eq!(after.body["data"]["keys"][1]["state"], "published");
        let row = &noted(&app, names::AuditKind::SigningKeyRotation).await[0];
        assert_eq!((row.operator.as_deref(), &*row.note), (Some(&*administrator.to_string()), "ticket 1"));

        let sealed = admin.posts(&app, rotate, json!({"which": "master", "reason": "ticket 2"})).await;
        let id = sealed.body["data"]["work"].as_str().unwrap().to_owned();
        let done = work(&app, &admin, &id, |work| work["state"] == "done").await;
        assert_eq!(done["done"], done["total"]);
        assert_eq!(noted(&app, names::AuditKind::MasterKeyRotation).await[0].note, "ticket 2");
        let wrong = admin.posts(&app, rotate, json!({"which": "both", "reason": "x"})).await;
        assert_eq!(wrong.code(), (400, "VALIDATION_FAILED"));
        app.stop().await;
    }
}

#[tokio::test]
async fn s_as_34_operators_register_clients_give_them_other_secrets_and_remove_them() {
    for app in App::both_configured(&clients()).await {
        let (admin, _) = signed_in(&app, "haneul", &[Role::ADMIN]).await;
        let helpdesk = client(&app, "helpdesk").await;
        let path = "/api/admin/clients";
        let new = json!({
            "id": "portal-2", "name": "포털", "redirect_uris": "https://portal.example/a https://portal.example/b",
            "scopes": "openid profile", "reason": "ticket 1",
        });
        let added = helpdesk.posts(&app, path, new.clone()).await;
        fits(path, "post", &added.body);
        assert_eq!(added.status, 201, "{}", added.body);
        let secret = added.body["data"]["secret"].as_str().unwrap().to_owned();
        assert_eq!(helpdesk.posts(&app, path, new).await.code(), (409, "CLIENT_EXISTS"));
        let listed = admin.gets(&app, path).await.body;
        fits(path, "get", &listed);
        let of = |body: &Value, id: &str| {
            let clients = body["data"]["clients"].as_array().unwrap().clone();
            clients.into_iter().find(|client| client["id"] == id).unwrap()
        };
        assert_eq!(of(&listed, "auditor")["origin"], "configuration");
        let portal = of(&listed, "portal-2");
        assert_eq!((&portal["origin"], &portal["name"]), (&json!("database"), &json!("포털")));
        assert_eq!(portal["redirect_uris"], json!(["https://portal.example/a", "https://portal.example/b"]));
        let one = admin.gets(&app, "/api/admin/clients/portal-2").await.body;
        fits("/api/admin/clients/{id}", "get", &one);
        for shown in [&listed, &one] {
            let text = shown.to_string();
            assert!(!text.contains(&secret) && !text.contains("k3Jx9QpL"), "secrets are shown once");
        }
        let rotate = "/api/admin/clients/portal-2/rotate-secret";
        let rotated = admin.posts(&app, rotate, json!({"reason": "ticket 2"})).await;
        fits("/api/admin/clients/{id}/rotate-secret", "post", &rotated.body);
        assert_ne!(rotated.body["data"]["secret"], secret.as_str());
        let retired = admin.posts(&app, rotate, json!({"retire": "true", "reason": "ticket 2"})).await;
        assert_eq!(retired.body["data"]["secret"], Value::Null, "the newest stays");
        let removed =
            admin.posts(&app, "/api/admin/clients/portal-2/remove", json!({"reason": "ticket 3"})).await;
        fits("/api/admin/clients/{id}/remove", "post", &removed.body);
        assert_eq!(removed.status, 200);
        for (path, body, refusal) in [
            ("/api/admin/clients/portal-2/remove", json!({"reason": "x"}), (404, "NOT_FOUND")),
            ("/api/admin/clients/auditor/remove", json!({"reason": "x"}), (409, "CLIENT_CONFIGURED")),
            (
                path,
                json!({"id": "a b", "redirect_uris": "https://a.example", "reason": "x"}),
                (400, "VALIDATION_FAILED"),
            ),
            (
                path,
                json!({"id": "a", "redirect_uris": "http://a.example", "reason": "x"}),
                (400, "VALIDATION_FAILED"),
            ),
            (path, json!({"id": "a", "first_party": "maybe", "reason": "x"}), (400, "VALIDATION_FAILED")),
            (path, json!({"id": "a", "access_seconds": "long", "reason": "x"}), (400, "VALIDATION_FAILED")),
        ] {
            assert_eq!(admin.posts(&app, path, body.clone()).await.code(), refusal, "{path} {body}");
        }
        assert_eq!(admin.gets(&app, "/api/admin/clients/portal-2").await.code(), (404, "NOT_FOUND"));
        let rows = noted(&app, names::AuditKind::ClientAdded).await;
        assert_eq!(
            (&*rows[0].client, &*rows[0].object, &*rows[0].note),
            ("helpdesk", "portal-2", "ticket 1")
        );
        let rows = noted(&app, names::AuditKind::ClientRemoved).await;
        assert_eq!((&*rows[0].client, &*rows[0].note), ("portal-2", "ticket 3"));
        app.stop().await;
    }
}

#[tokio::test]
async fn s_rate_7_operators_see_who_is_refused_masked_and_the_routes_and_the_replicas() {
    let toml = format!(
        "[gateway]\nrate_per_network = \"1/h\"\n[[gateway.routes]]\npath = \"/api/open/{{*rest}}\"\n\
         upstream = [\"http://127.0.0.1:1\"]\nmethods = [\"GET\"]\npublic = true\n{}",
        clients()
    );
    let app = App::configured(&toml).await;
    let auditor = client(&app, "auditor").await;
    let guest = app.browser();
    for _ in 0..3 {
        guest.fetch("/api/open/x").await;
    }
    let limits = auditor.gets(&app, "/api/admin/limits").await.body;
    fits("/api/admin/limits", "get", &limits);
    let refused = limits["data"]["refused"].as_array().unwrap();
    let network = refused.iter().find(|refused| refused["limit"] == "gateway.network");
    let network = network.unwrap_or_else(|| panic!("{limits}"));
    assert!(
        network["key"].as_str().unwrap().ends_with("***") && network["times"].as_i64() >= Some(2),
        "{network}"
    );

    let routes = auditor.gets(&app, "/api/admin/routes").await.body;
    fits("/api/admin/routes", "get", &routes);
    assert_eq!(routes["data"]["gateway"][0]["path"], "/api/open/{*rest}");
    let own = routes["data"]["own"].as_array().unwrap();
    assert!(own.iter().any(|route| route["path"] == "/api/admin/routes"
        && route["guard"] == "signed-in, fresh, scope admin:read or admin:write, role ROLE_ADMIN"));

    let replicas = auditor.gets(&app, "/api/admin/replicas").await.body;
    fits("/api/admin/replicas", "get", &replicas);
    let here = &replicas["data"]["replicas"][0];
    assert_eq!((&here["is_beating"], &here["version"]), (&json!(true), &json!(env!("CARGO_PKG_VERSION"))));
    assert_eq!(here["leases"], json!(["cleaning", "signing keys"]));
    app.stop().await;
}

#[tokio::test]
async fn what_is_wrong_now_is_said_with_its_cure() {
    for app in App::both_configured(&clients()).await {
        let auditor = client(&app, "auditor").await;
        let codes = async |app: &App| -> Vec<String> {
            let health = auditor.gets(app, "/api/admin/health").await.body;
            fits("/api/admin/health", "get", &health);
            let findings = health["data"]["findings"].as_array().unwrap().clone();
            assert!(findings.iter().all(|found| !found["cure"].as_str().unwrap().is_empty()));
            findings.iter().map(|found| found["code"].as_str().unwrap().to_owned()).collect()
        };
        // The clocks of tests have a time of their own, far from the database's.
        assert_eq!(codes(&app).await, ["clock_off"]);
        dead_letter(&app, EVENT).await;
        let job = "INSERT INTO jobs (id, kind, payload, state, attempts, created_at, due_at) \
            VALUES ('0198c5a2-7c3e-7abc-8def-0123456789ac', 'mail', '{}', ?, 0, 1, 9000000000000)";
        run(&app, job, &["waiting"]).await;
        assert_eq!(codes(&app).await, ["dead_letters", "mails_wait", "clock_off"]);
        run(&app, "UPDATE jobs SET state = ? WHERE kind = 'mail'", &["dead"]).await;
        assert_eq!(codes(&app).await, ["dead_letters", "mails_given_up", "clock_off"]);
        app.stop().await;
    }
}
