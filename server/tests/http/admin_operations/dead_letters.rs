//! Events that no consumer could deal with, one by one and all of them.

use std::time::Duration;

use db::query;
use names::Role;
use serde_json::{Value, json};

use crate::admin_api::{client, clients, signed_in};
use crate::admin_operations::ground::{EVENT, MEMBER, fits, noted, run, work};
use crate::app::App;

pub(crate) const DEAD_LETTER: &str = "INSERT INTO bus_dead_letters (group_name, event_id, topic, event_key, sequence, body, reason, \
    failures, died_at, origin) VALUES ('nobody', ?, 'user-login.dead', ?, 1, '{\"email\":\"a@b.example\"}', 'it is spoilt', 8, 5, '')";

/// What a part leaves that was in hand when its work was stopped. It is tried again later than any test lasts.
const LEFT_JOB: &str = "INSERT INTO jobs (id, kind, idempotency_key, payload, state, attempts, created_at, due_at) \
    VALUES (?, 'long-work', 'retry-dead-letters ', '{}', 'waiting', 1, 1, 9000000000000)";

pub(crate) async fn dead_letter(app: &App, event: &str) {
    run(app, DEAD_LETTER, &[event, MEMBER]).await;
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
        let seen = admin.gets(&app, &format!("/api/admin/access-log?member={MEMBER}")).await.body;
        let row = &seen["data"]["rows"][0];
        assert_eq!(
            (&row["kind"], &row["object"], &row["note"]),
            (&json!("dead_letter"), &json!(EVENT), &json!("ticket 1"))
        );
        assert_eq!(
            (&row["operator"], &row["address"]),
            (&json!(administrator.to_string()), &json!("127.0.0.1"))
        );
        assert_eq!(seen["data"]["rows"].as_array().unwrap().len(), 1, "only what was shown whole");
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

        // Works of one millisecond are in no order.
        app.advance(Duration::from_secs(1));
        // A part in hand may have left a job that is never due.
        run(&app, "DELETE FROM jobs WHERE kind = ?", &["long-work"]).await;
        run(&app, LEFT_JOB, &["a-job"]).await;
        let begun = admin.posts(&app, path, json!({"reason": "ticket 6"})).await;
        assert_eq!(begun.status, 202, "{}", begun.body);
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
