//! What operators see of the program at work by the admin API, and do with it.

mod dead_letters;
mod ground;
mod receivers;
mod resealing;

use names::Role;
use serde_json::{Value, json};

use crate::accounts::{EMAIL, sign_up};
use crate::admin_api::{client, clients, signed_in};
use crate::admin_operations::dead_letters::dead_letter;
use crate::admin_operations::ground::{EVENT, fits, noted, run, work};
use crate::app::{App, configuration_of};

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

#[tokio::test]
async fn s_mail_9_mails_that_were_given_up_are_sent_after_all_and_their_addresses_are_masked() {
    for app in App::both_configured(&clients()).await {
        let (admin, _) = signed_in(&app, "haneul", &[Role::ADMIN]).await;
        sign_up(&app).await;
        app.settled().await;
        let listed = admin.gets(&app, "/api/admin/mails").await.body;
        fits("/api/admin/mails", "get", &listed);
        // As if the mail server had refused all of them.
        let dead = "UPDATE jobs SET state = 'dead', sealed = X'6E6F', failure = '550 *** unknown', due_at = 5, expires_at = 9000000000000 WHERE kind = ?";
        run(&app, dead, &["mail"]).await;
        let path = "/api/admin/mails?state=given-up";
        let dead = admin.gets(&app, path).await.body;
        let mails = dead["data"]["mails"].as_array().unwrap().clone();
        assert!(!mails.is_empty() && dead["data"]["given_up"] == mails.len(), "{dead}");
        assert!(!dead.to_string().contains(EMAIL) && dead.to_string().contains("***@"), "{dead}");
        assert_eq!(mails[0]["failure"], "550 *** unknown");
        let page = admin.visits("/admin/mails?state=given-up").await;
        for told in ["550 *** unknown", "가입 환영"] {
            assert!(page.contains(told), "{told}: {page}");
        }
        assert!(!page.contains(">welcome<"), "{page}");
        let health = admin.gets(&app, "/api/admin/health").await.body.to_string();
        assert!(health.contains("mails_given_up"), "{health}");
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
        // One whose content is gone is nobody's to send, and is said for a day.
        let emptied = "UPDATE jobs SET state = 'dead', sealed = NULL, due_at = ?, expires_at = 9000000000000 WHERE kind = 'mail'";
        for (tried_at, is_said) in [("9000000000000", true), ("5", false)] {
            run(&app, emptied, &[tried_at]).await;
            let health = admin.gets(&app, "/api/admin/health").await.body.to_string();
            assert_eq!(health.contains("mails_given_up"), is_said, "{health}");
        }
        let again = admin.posts(&app, &retry, json!({"reason": "ticket 10"})).await;
        assert_eq!(again.code(), (409, "MAIL_EMPTIED"), "{}", again.body);
        let all = admin.posts(&app, "/api/admin/mails/retry-all", json!({"reason": "ticket 11"})).await;
        let id = all.body["data"]["work"].as_str().unwrap().to_owned();
        let done = work(&app, &admin, &id, |work| work["state"] == "done").await;
        assert_eq!((&done["done"], &done["total"]), (&json!(0), &json!(0)));
        let none = "/api/admin/mails/0198c5a2-7c3e-7abc-8def-0123456789ac/retry";
        assert_eq!(admin.posts(&app, none, json!({"reason": "x"})).await.code(), (404, "NOT_FOUND"));
        assert_eq!(admin.gets(&app, "/api/admin/mails?state=x").await.code(), (400, "VALIDATION_FAILED"));
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

        let kid = |body: &Value, at: usize| body["data"]["keys"][at]["kid"].as_str().map(str::to_owned);
        let replaced =
            admin.posts(&app, rotate, json!({"which": "compromised_signing", "reason": "ticket 3"})).await;
        fits(rotate, "post", &replaced.body);
        assert_eq!((count(&replaced.body), &replaced.body["data"]["keys"][0]["state"]), (1, &json!("signs")));
        assert!((0..2).all(|at| kid(&after.body, at) != kid(&replaced.body, 0)));
        let row = &noted(&app, names::AuditKind::SigningKeyRotation).await[0];
        assert_eq!((&*row.object, &*row.note), ("compromised", "ticket 3"));
        assert_eq!(admin.gets(&app, "/api/admin/keys").await.status, 200, "nobody is signed out");

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
        let rotations = noted(&app, names::AuditKind::ClientSecretRotation).await.len();
        let again = admin.posts(&app, rotate, json!({"retire": "true", "reason": "ticket 2"})).await;
        assert_eq!((again.status, &again.body["data"]["secret"]), (200, &Value::Null));
        let noted_now = noted(&app, names::AuditKind::ClientSecretRotation).await.len();
        assert_eq!(noted_now, rotations, "nothing was left to end");
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
async fn what_check_says_of_a_setting_is_told_to_operators_and_again_when_routes_are_read_again() {
    let routes = |audience: &str| {
        let route = |path: &str, port: u16, more: &str| {
            format!(
                "[[gateway.routes]]\npath = \"{path}\"\nupstream = [\"http://127.0.0.1:{port}\"]\n\
                 methods = [\"GET\"]\nscope = \"read\"\n{more}\n"
            )
        };
        route("/api/orders/{*rest}", 1, audience) + &route("/orders", 2, audience) + &clients()
    };
    let app = App::configured(&routes("")).await;
    let auditor = client(&app, "auditor").await;
    let (admin, _) = signed_in(&app, "haneul", &[Role::ADMIN]).await;
    let told = async |app: &App| -> Vec<Value> {
        let health = auditor.gets(app, "/api/admin/health").await.body;
        fits("/api/admin/health", "get", &health);
        let findings = health["data"]["findings"].as_array().unwrap().clone();
        findings.into_iter().filter(|finding| finding["code"] == "setting").collect()
    };
    let check = server::check::of_settings(&configuration_of(&routes(""), &[]).unwrap());
    let [said] = &check[..] else { panic!("{check:?}") };
    let found = told(&app).await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((&found[0]["problem"], &found[0]["cure"]), (&json!(said.problem), &json!(said.cure)));
    assert!(found[0]["place"].as_str().unwrap().starts_with("gateway.routes[1].audience ("), "{found:?}");
    for page in ["/admin", "/admin/program"] {
        let body = admin.visits(page).await;
        assert!(
            body.contains("의도와 다를 수 있는 설정") && body.contains("gateway.routes[1].audience"),
            "{body}"
        );
    }
    app.reload(&routes("audience = \"team\"")).unwrap();
    assert_eq!(told(&app).await, Vec::<Value>::new());
    app.stop().await;
}

#[tokio::test]
async fn what_is_wrong_now_is_said_with_its_cure() {
    for app in App::both_configured(&clients()).await {
        let auditor = client(&app, "auditor").await;
        signed_in(&app, "haneul", &[Role::ADMIN]).await;
        let (_, second) = signed_in(&app, "minji", &[Role::ADMIN]).await;
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
        run(&app, "UPDATE members SET status = 'disabled' WHERE id = ?", &[&second.to_string()]).await;
        assert_eq!(
            codes(&app).await,
            ["dead_letters", "mails_given_up", "clock_off", "few_administrators"],
            "the role of an account that is disabled is nobody's"
        );
        app.stop().await;
    }
}
