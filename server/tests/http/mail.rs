//! The development mailbox, and the mails that a login makes.

use std::sync::Arc;
use std::time::Duration;

use reqwest::Method;
use serde_json::Value;
use server::environment::Environment;
use server::program;
use server::telemetry;
use testkit::{Browser, HandClock, SeededRandomness, TestDatabase, cheap_hashing};

use crate::app::{App, configuration};

/// What the mailbox lists once all mails were written and sent, behind the requests.
async fn mails(app: &App, query: &str) -> Vec<Value> {
    app.settled().await;
    let answer = app.browser().fetch(&format!("/dev/mail{query}")).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let Value::Array(mails) = answer.json() else { panic!("{}", answer.body) };
    mails
}

#[tokio::test]
async fn a_first_login_is_welcomed_and_one_from_another_device_is_told_of() {
    for app in App::both().await {
        app.sign_in(&app.browser(), "google", "minji").await;
        let [welcome] = &mails(&app, "").await[..] else { panic!("one mail") };
        assert_eq!(welcome["subject"], "가입을 환영합니다");
        assert_eq!(welcome["to"], "minji@gmail.com");
        let keys: Vec<_> = welcome.as_object().unwrap().keys().map(String::as_str).collect();
        let mut expected = ["id", "to", "subject", "text", "html", "at", "links"];
        expected.sort_unstable();
        assert_eq!(keys, expected);
        assert!(welcome["text"].as_str().unwrap().contains("http://localhost:3000"), "s_mail_7");

        app.advance(Duration::from_mins(1));
        let phone = app.browser();
        let back = app.until_callback(&phone, "google", "minji").await;
        let iphone = ("user-agent", "Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) Safari/604.1");
        let answer = phone.send(Method::GET, &back, &[iphone], None).await;
        assert_eq!(answer.status, 303);
        let [latest, _] = &mails(&app, "").await[..] else { panic!("two mails") };
        assert_eq!(latest["subject"], "새로운 기기나 네트워크에서 로그인되었습니다");
        let text = latest["text"].as_str().unwrap();
        assert!(text.contains("Safari, iPhone") && text.contains("127.0.0.0/24"), "{text}");
        app.stop().await;
    }
}

#[tokio::test]
async fn tests_choose_mails_by_their_recipient_and_read_one() {
    let app = App::start().await;
    app.sign_in(&app.browser(), "google", "minji").await;
    let all = mails(&app, "").await;
    assert_eq!(mails(&app, "?to=minji%40gmail.com&limit=5").await, all);
    assert_eq!(mails(&app, "?to=nobody%40example.com").await, Vec::<Value>::new());
    let id = all[0]["id"].as_str().unwrap();
    assert_eq!(app.browser().fetch(&format!("/dev/mail/{id}")).await.json(), all[0]);
    for (path, status) in [
        ("/dev/mail/0190b1c2-0000-7000-8000-000000000000", 404),
        ("/dev/mail/x", 404),
        ("/dev/mail/x/html", 404),
        ("/dev/mail?form=x", 400),
        ("/dev/mail?limit=many", 400),
    ] {
        assert_eq!(app.browser().fetch(path).await.status, status, "{path}");
    }
}

#[tokio::test]
async fn s_hdr_1_people_see_a_mail_in_a_frame_that_runs_nothing() {
    let app = App::start().await;
    app.sign_in(&app.browser(), "google", "minji").await;
    let id = mails(&app, "").await[0]["id"].as_str().unwrap().to_owned();
    let browser = app.browser();
    for path in ["/dev/mail".to_owned(), format!("/dev/mail/{id}")] {
        let page = browser.open(&path).await;
        assert!(page.header("content-type").starts_with("text/html"), "{path}");
        assert!(page.body.contains("가입을 환영합니다") && page.body.contains("minji@gmail.com"), "{path}");
        let policy = page.header("content-security-policy");
        assert!(
            policy.starts_with("default-src 'none'; style-src 'self';") && !policy.contains("unsafe"),
            "{policy}"
        );
        assert_eq!(page.header("x-frame-options"), "DENY");
        assert!(!page.body.contains("<script") && !page.body.contains("style="), "{path}");
    }
    let mail = browser.open(&format!("/dev/mail/{id}/html")).await;
    let policy = mail.header("content-security-policy");
    assert!(policy.starts_with("sandbox; default-src 'none';") && !policy.contains("script-src"), "{policy}");
    assert!(policy.contains("frame-ancestors 'self'"));
    assert_eq!((mail.header("x-frame-options"), mail.header("cache-control")), ("SAMEORIGIN", "no-store"));
}

#[tokio::test]
async fn a_mail_server_that_is_away_fails_no_login() {
    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let url = format!("smtp://127.0.0.1:{}", free.port());
    let settings = [
        ("DAEMUN_MAIL__TRANSPORT", "smtp"),
        ("DAEMUN_MAIL__SMTP_URL", url.as_str()),
        ("DAEMUN_MAIL__FROM", "a@login.example"),
    ];
    let app = App::with(&settings).await;
    let browser = app.browser();
    app.sign_in(&browser, "google", "minji").await;
    assert!(app.is_signed_in(&browser).await);
    assert_eq!(app.browser().fetch("/dev/mail").await.json(), Value::Array(Vec::new()));
}

#[tokio::test]
async fn s_ops_2_nobody_reads_mail_outside_development() {
    let (folder, database) = (tempfile::tempdir().unwrap(), TestDatabase::sqlite().await);
    let mut config = configuration(&[
        ("DAEMUN_MODE", "production"),
        ("DAEMUN_SIMULATORS__ENABLED", "false"),
        ("DAEMUN_PUBLIC_URL", "https://login.example"),
        ("DAEMUN_MASTER_KEYS", "i4kNUelL0R+A5UlXRLwZJ+91cOScZtyn6KM2pCJWeto="),
        ("DAEMUN_MAIL__TRANSPORT", "smtp"),
        ("DAEMUN_MAIL__SMTP_URL", "smtps://127.0.0.1:1"),
        ("DAEMUN_MAIL__FROM", "a@login.example"),
    ]);
    (config.data_dir, config.database.url) = (folder.path().join("data"), database.url().clone());
    std::fs::create_dir(folder.path().join("pkg")).unwrap();
    std::fs::write(folder.path().join("pkg/daemun.css"), "body{}").unwrap();
    let environment = Environment {
        clock: Arc::new(HandClock::default()),
        randomness: Arc::new(SeededRandomness::new(7)),
        hashing: cheap_hashing(),
        metrics: telemetry::init_metrics(),
        site: folder.path().to_owned(),
        movable_clock: None,
    };
    let running = program::start(&config, environment).await.unwrap();
    let browser = Browser::new(&format!("http://{}", running.address).parse().unwrap());
    assert_eq!(browser.fetch("/api/auth/session").await.status, 200, "the control");
    let id = "0190b1c2-0000-7000-8000-000000000000";
    for path in ["/dev/mail".to_owned(), format!("/dev/mail/{id}"), format!("/dev/mail/{id}/html")] {
        assert_eq!(browser.fetch(&path).await.status, 404, "{path}");
    }
    for path in ["/dev/clock", "/dev/panic"] {
        let answer = browser.submit(path, &[("advance", "1m")]).await;
        assert_eq!(answer.status, 404, "{path}");
    }
    running.stop().await;
}

#[tokio::test]
async fn the_mailbox_is_drawn_with_the_style_sheet_of_the_site() {
    let app = App::start().await;
    let page = app.browser().open("/dev/mail").await;
    assert_eq!(page.status, 200);
    let sheet = page.body.split("rel=\"stylesheet\" href=\"").nth(1).unwrap().split('"').next().unwrap();
    let answer = app.browser().fetch(sheet).await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "text/css; charset=utf-8"));
}
