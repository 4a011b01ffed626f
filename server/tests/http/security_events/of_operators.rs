//! What operators do, in a browser and at the command line.

use std::net::Ipv4Addr;
use std::time::Duration;

use db::{Row as _, query};
use names::{AccessKind, Actor, MemberId, OperatedBy, Operation, OperatorReason, Role, Source};

use crate::app::App;
use crate::authenticator::{Careful, second};
use crate::security_events::watched::Watched;

/// What an operator does for a member who lost them, and what comes of it.
pub(crate) async fn by_resets_of_factors(watched: &mut Watched, careful: &Careful) {
    let member = {
        let mut reader = watched.app.database.read().await.unwrap();
        let row = query("SELECT id FROM totp_seeds").fetch_one(&mut *reader).await.unwrap();
        row.get::<String, _>(0)
    };
    let id = names::MemberId::parse(&member).unwrap();
    let reason = names::OperatorReason::parse("seen with passport").unwrap();
    // The command takes the time from this machine, and its mails would be due long after this test.
    let order = async |app: &App, request: &str| {
        let source = names::Source::request(request, String::new(), "").by(names::Actor::Operator);
        let operation =
            names::Operation { source, by: names::OperatedBy::CommandLine, reason: reason.clone() };
        app.members().factor_resets.order(id, &operation).await.unwrap();
    };
    order(&watched.app, "order-of-a-test-1").await;
    watched.wrote("an operator", &["operator: factor_reset_ordered success"]).await;
    let browser = watched.app.browser();
    let callback = watched.app.until_callback(&browser, "kakao", "minji").await;
    assert_eq!(browser.visit(&callback).await.location(), "/oauth/second");
    let code = careful.authenticator.next_code(&watched.app);
    assert_eq!(second(&browser, &code).await.location(), "/me");
    watched.wrote("they have it", &["sign_in success", "factor_reset_stopped success"]).await;
    order(&watched.app, "order-of-a-test-2").await;
    watched.wrote("an operator", &["operator: factor_reset_ordered success"]).await;
}

/// What operators do with posts and feeds. What members do there is no matter of security.
pub(crate) async fn by_looking_after_posts(watched: &mut Watched) {
    let here = watched.signs_in("kakao").await;
    let written = here.submit("/api/activity/posts", &[("text", "글")]).await;
    assert_eq!(written.status, 303, "{}", written.body);
    let page = here.open("/feed").await.body;
    let (_, post) = page.split_once("/api/activity/posts/").unwrap();
    let post = post[..36].to_owned();
    watched.wrote("a member writes a post", &[]).await;
    for (arguments, written) in [
        (&["activity", "reports"][..], "operator: reports_read success"),
        (&["activity", "hide", &post, "--reason", "광고", "--for", "30d"], "operator: post_hidden success"),
        (&["activity", "show", &post], "operator: post_shown success"),
        (&["activity", "recount"], "operator: activity_recounted success"),
        (&["activity", "rebuild"], "operator: feeds_rebuilt success"),
    ] {
        watched.commands(arguments).await;
        watched.wrote("an operator", &[written]).await;
    }
}

/// What operators do with webhooks: one that was given up, and a receiver that nobody listens for.
pub(crate) async fn by_webhooks(watched: &mut Watched) {
    let mut tx = watched.app.database.begin().await.unwrap();
    query("INSERT INTO webhook_deliveries (receiver, event_id, topic, event_key, sequence, body, state, created_at, waiting_since, \
        due_at, failures, is_unreachable, answer, expires_at) \
        VALUES ('gone', 'evt-one', 'user-login', 'nobody', 1, '', 'given-up', 1, 1, 0, 9, 0, '', 9000000000000)")
        .execute(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    watched.commands(&["webhooks", "replay", "gone", "evt-one"]).await;
    watched.wrote("an operator", &["operator: webhook_replayed success"]).await;
    let toml = "[[webhooks]]\nname = \"nobody\"\nurl = \"http://127.0.0.1:1/\"\ntopics = [\"user-login\"]\n\
        secret = \"whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=\"\n[outgoing]\nprivate_hosts = [\"127.0.0.1\"]\n";
    assert_eq!(watched.command(&["webhooks", "test", "nobody"], toml).await.status.code(), Some(1));
    watched.wrote("an operator", &["operator: webhook_tested failure"]).await;
}

/// What operators do with events that a consumer could not deal with.
pub(crate) async fn by_dead_letters(watched: &mut Watched) {
    let mut tx = watched.app.database.begin().await.unwrap();
    for event in ["evt-one", "evt-two"] {
        query("INSERT INTO bus_dead_letters (group_name, event_id, topic, event_key, sequence, body, reason, failures, \
            died_at, origin) VALUES ('nobody', ?, 'user-login.dead', 'nobody', 1, '', '', 8, 1, '')")
            .bind(event)
            .execute(&mut *tx)
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
    for (arguments, written) in [
        (["events", "dead", "show", "evt-one"], "operator: dead_letter_read success"),
        (["events", "dead", "retry", "evt-one"], "operator: dead_letter_retried success"),
        (["events", "dead", "discard", "evt-two"], "operator: dead_letter_discarded success"),
    ] {
        watched.commands(&arguments).await;
        // Nobody of that name is there to take it.
        let mut tx = watched.app.database.begin().await.unwrap();
        query("DELETE FROM bus_deliveries WHERE group_name = 'nobody'").execute(&mut *tx).await.unwrap();
        tx.commit().await.unwrap();
        watched.wrote("an operator", &[written]).await;
    }
}

/// What operators do with mails that were given up, one of them and all.
pub(crate) async fn by_long_work(watched: &mut Watched) {
    let mut tx = watched.app.database.begin().await.unwrap();
    query(
        "INSERT INTO jobs (id, kind, payload, sealed, state, attempts, created_at, due_at) \
        VALUES ('0198c5a2-7c3e-7abc-8def-0123456789ac', 'mail', '{}', ?, 'dead', 9, 1, 1)",
    )
    .bind(b"x".to_vec())
    .execute(&mut *tx)
    .await
    .unwrap();
    tx.commit().await.unwrap();
    let operation = crate::admin_invitation::operation();
    let operations = watched.app.operators_view();
    let again = operations.mails.send_again("0198c5a2-7c3e-7abc-8def-0123456789ac", &operation).await;
    assert_eq!(again.unwrap(), notifications::SentAgain::Yes);
    let work = operations.long_work.begin(&admin::WorkKind::SendMails, None, &operation).await.unwrap();
    operations.long_work.stop(work, &operation).await.unwrap();
    let written = [
        "operator: mail_retried success",
        "operator: long_work_begun success",
        "operator: long_work_stopped success",
    ];
    watched.wrote("an operator", &written).await;
}

/// What operators do with the accounts of members. Not by commands: their clock is not that of the program, and neither are the times
/// at which mails are due.
pub(crate) async fn by_looking_after_members(watched: &mut Watched) {
    let here = watched.signs_in("kakao").await;
    let session = here.fetch("/api/auth/session").await.json();
    let id = MemberId::parse(session["user"]["id"].as_str().unwrap()).unwrap();
    watched.commands(&["admin", "invite", "--reason", "ticket 7"]).await;
    watched.wrote("an operator", &["operator: administrator_invited success"]).await;
    let source = Source::request("an-operators-command", String::new(), "").by(Actor::Operator);
    let reason = OperatorReason::parse("ticket 7").unwrap();
    let operation = Operation { source, by: OperatedBy::CommandLine, reason };
    watched.app.roles().give(id, &Role::MODERATOR, &operation).await.unwrap();
    watched.wrote("an operator", &["operator: role_given success"]).await;
    watched.app.roles().take(id, &Role::MODERATOR, &operation).await.unwrap();
    watched.wrote("an operator", &["operator: role_taken success"]).await;
    watched.app.status().disable(id, &operation).await.unwrap();
    watched.wrote("an operator", &["operator: account_disabled success"]).await;
    watched.app.status().enable(id, &operation).await.unwrap();
    watched.wrote("an operator", &["operator: account_enabled success"]).await;
    let log = admin::AccessLog::new(watched.app.members().context.clone(), Duration::from_hours(1));
    let looking = admin::Looking { operation: &operation, address: Some(Ipv4Addr::LOCALHOST.into()) };
    for (kind, row) in [
        (AccessKind::Addresses, "operator: personal_data_shown success"),
        (AccessKind::AuditFile, "operator: log_downloaded success"),
    ] {
        log.record(&admin::Access { kind, member: Some(id), object: "" }, &looking).await.unwrap();
        watched.wrote("an operator", &[row]).await;
    }
    watched.app.members().deletions.order(id, &operation).await.unwrap();
    watched.wrote("an operator", &["operator: deletion_ordered success"]).await;
}
