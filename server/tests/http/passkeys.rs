//! Passkeys: adding them, signing in by them, taking them away, in every situation of the table in docs/linking.md.

use std::time::Duration;

use db::{Row as _, query};
use reqwest::Method;
use serde_json::{Value, json};
use server::lost_passkeys::lost;
use testkit::TestDatabase;
use testkit::authenticator::Authenticator;

use crate::accounts::{EMAIL, PASSWORD, mail, post, sign_up, token};
use crate::app::{App, ORIGIN, configuration};
use crate::factor_reset::number;
use crate::passkey_actor::{
    OPTIONS, OWN, SIGN_IN, add, answer, answer_new, ask, ask_new, code, list, member, remove, sign_in,
};
use crate::token_actor::MASTER_KEY;

async fn count(app: &App, sql: &'static str) -> i64 {
    let mut reader = app.database.read().await.unwrap();
    query(sql).fetch_one(&mut *reader).await.unwrap().get(0)
}

/// Tells an account that it is something else, as an operator or the passing of time would.
async fn set_status(app: &App, status: &str) {
    let mut tx = app.database.begin().await.unwrap();
    let set = query("UPDATE members SET status = ?, delete_at = ?").bind(status.to_owned()).bind(i64::MAX);
    set.execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn s_acc_16_a_member_adds_a_passkey_and_signs_in_by_it_without_an_address() {
    for app in App::both().await {
        let (browser, mut key) = member(&app, "google", "minji").await;
        let [own] = &list(&browser).await[..] else { panic!("one passkey") };
        assert_eq!((&own["credential_id"], &own["usable"]), (&json!(key.id_text()), &json!(true)));
        assert_eq!((&own["synced"], &own["last_used"]), (&json!(true), &Value::Null));

        let elsewhere = app.browser();
        let answer = sign_in(&elsewhere, &mut key).await;
        assert_eq!((answer.status.as_u16(), answer.json()), (200, json!({"next": "/me"})), "{}", answer.body);
        assert_eq!(answer.cookies().iter().filter(|line| line.starts_with("daemun=")).count(), 1);
        assert!(app.is_signed_in(&elsewhere).await);
        assert!(list(&elsewhere).await[0]["last_used"].is_string());
        let sessions = elsewhere.fetch("/api/users/me/export").await.json();
        assert_eq!(sessions["data"]["passkeys"][0]["domain"], "localhost", "{sessions}");
        app.settled().await;
        let login = "SELECT COUNT(*) FROM audit_events WHERE kind = 'sign_in' AND provider = 'passkey' \
            AND outcome = 'success'";
        assert_eq!(count(&app, login).await, 1);
        app.stop().await;
    }
}

#[tokio::test]
async fn nothing_tells_who_has_a_passkey() {
    let app = App::start().await;
    let (browser, mut key) = member(&app, "google", "minji").await;
    assert_eq!(sign_in(&browser, &mut key).await.status, 200);
    let (known, stranger) = (ask(&browser).await.options, ask(&app.browser()).await.options);
    for options in [&known, &stranger] {
        assert_eq!(options["userVerification"], "required");
        assert!(options.get("allowCredentials").is_none(), "{options}");
    }
    let names = |options: &Value| options.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&known), names(&stranger));
    assert_ne!(known["challenge"], stranger["challenge"]);

    let options = ask_new(&browser).await.options;
    let selection = &options["authenticatorSelection"];
    assert_eq!(selection["residentKey"], "required", "{options}");
    assert_eq!(selection["requireResidentKey"], true);
    assert_eq!(selection["userVerification"], "required");
    assert_eq!(options["attestation"], "none");
    assert_eq!(options["excludeCredentials"].as_array().unwrap().len(), 1, "known keys are excluded");
}

#[tokio::test]
async fn s_acc_16_fifty_uses_of_one_ceremony_at_once_make_one_session() {
    for app in App::both().await {
        let (browser, mut key) = member(&app, "google", "minji").await;
        let before = count(&app, "SELECT COUNT(*) FROM sessions").await;
        let tab = app.browser();
        let asked = ask(&tab).await;
        let says = key.asked(&asked.options);
        let credential = key.sign(&says);
        let uses = (0..50).map(|_| answer(&tab, &asked, credential.clone()));
        let answers = futures::future::join_all(uses).await;
        let statuses: Vec<_> = answers.iter().map(|answer| answer.status.as_u16()).collect();
        assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
        assert_eq!(statuses.iter().filter(|status| **status == 401).count(), 49, "{statuses:?}");
        assert_eq!(count(&app, "SELECT COUNT(*) FROM sessions").await, before + 1);
        assert_eq!(count(&app, "SELECT COUNT(*) FROM ceremonies").await, 0);
        drop(browser);
        app.stop().await;
    }
}

#[tokio::test]
async fn s_acc_14_a_passkey_is_what_its_owners_account_is() {
    for app in App::both().await {
        let (browser, mut key) = member(&app, "google", "minji").await;
        set_status(&app, "deleting").await;
        assert_eq!(sign_in(&app.browser(), &mut key).await.status, 200, "signing in keeps the account");
        assert_eq!(count(&app, "SELECT COUNT(*) FROM members WHERE status = 'active'").await, 1);

        set_status(&app, "disabled").await;
        let refused = sign_in(&app.browser(), &mut key).await;
        assert_eq!(code(&refused), (401, "PASSKEY_REFUSED".to_owned()));
        set_status(&app, "active").await;

        let mut nobodys = Authenticator::new(ORIGIN);
        nobodys.handle.clone_from(&key.handle);
        assert_eq!(code(&sign_in(&app.browser(), &mut nobodys).await), (401, "PASSKEY_UNKNOWN".to_owned()));

        for (owner, taker) in [("its owner", &browser), ("another member", &app.browser())] {
            if owner == "its owner" {
                assert_eq!(sign_in(taker, &mut key).await.status, 200);
            } else {
                app.sign_in(taker, "kakao", "junho").await;
            }
            let asked = ask_new(taker).await;
            let says = key.asked(&asked.options);
            let taken = answer_new(taker, &asked, key.make(&says)).await;
            let expected = if owner == "its owner" { 400 } else { 409 };
            assert_eq!(taken.status.as_u16(), expected, "{owner}: {}", taken.body);
        }
        assert_eq!(count(&app, "SELECT COUNT(*) FROM passkeys").await, 1);
        app.stop().await;
    }
}

#[tokio::test]
async fn s_acc_14_the_last_way_in_stays_whatever_it_is() {
    for app in App::both().await {
        let (browser, mut key) = member(&app, "google", "minji").await;
        let ways = browser.fetch("/api/users/me/identities").await.json()["data"].clone();
        assert_eq!(ways[0]["removable"], true, "{ways}");
        let google = ways[0]["id"].as_str().unwrap().to_owned();
        let id = list(&browser).await[0]["id"].clone();
        assert_eq!(sign_in(&browser, &mut key).await.status, 200);
        let unlinked = browser.call("/api/users/me/identities/unlink", &json!({"way": google})).await;
        assert_eq!(unlinked.status, 200, "{}", unlinked.body);
        let last = remove(&browser, &id).await;
        assert_eq!(code(&last), (409, "LAST_WAY_IN".to_owned()), "{}", last.body);
        let phone = app.browser();
        assert_eq!(sign_in(&phone, &mut key).await.status, 200);
        let second = add(&browser).await;
        assert_eq!(remove(&browser, &id).await.status, 200);
        assert_eq!(code(&sign_in(&app.browser(), &mut key).await), (401, "PASSKEY_UNKNOWN".to_owned()));
        assert!(app.is_signed_in(&browser).await, "there is another passkey, and it may be of that one");
        assert!(!app.is_signed_in(&phone).await, "it began by a passkey");
        drop(second);
        app.stop().await;
    }
}

#[tokio::test]
async fn s_acc_14_the_last_two_passkeys_are_not_both_removed_from_two_tabs() {
    for app in App::both().await {
        let (browser, mut key) = member(&app, "google", "minji").await;
        assert_eq!(sign_in(&browser, &mut key).await.status, 200);
        add(&browser).await;
        let google = browser.fetch("/api/users/me/identities").await.json()["data"][0]["id"].clone();
        let ids: Vec<_> = list(&browser).await.iter().map(|own| own["id"].clone()).collect();
        let way = json!({ "way": google });
        let unlink = browser.call("/api/users/me/identities/unlink", &way);
        let removals = ids.iter().map(|id| remove(&browser, id));
        let (unlinked, removed) = tokio::join!(unlink, futures::future::join_all(removals));
        let statuses: Vec<_> =
            removed.iter().chain([&unlinked]).map(|answer| answer.status.as_u16()).collect();
        let ways = "SELECT (SELECT COUNT(*) FROM passkeys) + (SELECT COUNT(*) FROM identities)";
        assert!(count(&app, ways).await >= 1, "{statuses:?}");
        app.stop().await;
    }
}

#[tokio::test]
async fn s_up_11_a_reset_by_mail_alone_takes_all_passkeys_away() {
    for app in App::both().await {
        sign_up(&app).await;
        let browser = app.browser();
        let form = [("email", EMAIL), ("password", PASSWORD), ("return_to", "/me")];
        assert_eq!(browser.submit("/api/auth/signin/password", &form).await.location(), "/me");
        let mut key = add(&browser).await;
        assert_eq!(post(&app, "/api/users/password/forgot", json!({"email": EMAIL})).await.status, 202);
        let told = mail(&app, EMAIL, "/password/reset").await;
        assert!(told["text"].as_str().unwrap().contains("등록한 패스키는 모두 삭제됩니다"), "{told}");
        let proof = token(&told);
        let new = json!({"token": proof, "password": "마루 끝에 앉아 듣는 늦여름 빗소리"});
        assert_eq!(post(&app, "/api/users/password/reset", new).await.status, 200);
        assert_eq!(code(&sign_in(&app.browser(), &mut key).await), (401, "PASSKEY_UNKNOWN".to_owned()));
        assert_eq!(count(&app, "SELECT COUNT(*) FROM passkeys").await, 0);
        app.settled().await;
        let mails = app.browser().fetch("/dev/mail?to=haneul%40example.com").await.json();
        let subjects: Vec<_> = mails.as_array().unwrap().iter().map(|mail| &mail["subject"]).collect();
        assert_eq!(subjects.iter().filter(|subject| **subject == "로그인 방법이 해제되었습니다").count(), 1);
        app.stop().await;
    }
}

#[tokio::test]
async fn passkeys_have_names_and_a_member_has_twenty_at_most() {
    let app = App::start().await;
    let browser = app.browser();
    app.sign_in(&browser, "google", "minji").await;
    let mut known = Authenticator::new(ORIGIN);
    known.aaguid = 0xea9b_8d66_4d01_1d21_3ce4_b6b4_8cb5_75d4_u128.to_be_bytes();
    let asked = ask_new(&browser).await;
    let statement = known.asked(&asked.options);
    let added = answer_new(&browser, &asked, known.make(&statement)).await.json();
    assert_eq!(added["data"]["name"], "Google Password Manager", "{added}");
    let own = format!("{OWN}/{}", added["data"]["id"].as_str().unwrap());
    for (name, status) in [("회사 노트북", 200), ("", 400), ("a\u{202e}b", 400), (&"가".repeat(41), 400)]
    {
        assert_eq!(browser.call(&own, &json!({ "name": name })).await.status, status, "{name}");
    }
    assert_eq!(list(&browser).await[0]["name"], "회사 노트북");
    assert_eq!(sign_in(&browser, &mut known).await.status, 200);
    let other = app.browser();
    app.sign_in(&other, "kakao", "junho").await;
    assert_eq!(other.call(&own, &json!({"name": "훔친 것"})).await.status, 404, "another member's");
    assert_eq!(other.call(&format!("{own}/remove"), &json!({})).await.status, 404);

    for _ in 1..20 {
        app.advance(Duration::from_secs(25));
        add(&browser).await;
    }
    let full = browser.call(&format!("{OWN}/options"), &json!({})).await;
    assert_eq!(code(&full), (409, "PASSKEY_LIMIT".to_owned()));
}

#[tokio::test]
async fn where_passkeys_are_off_there_is_nothing_of_them() {
    for settings in [("DAEMUN_PASSKEYS__ENABLED", "false"), ("DAEMUN_PUBLIC_URL", "http://127.0.0.1:3000")] {
        let app = App::with(&[settings]).await;
        let browser = app.browser();
        let asked = browser.call(OPTIONS, &json!({})).await;
        assert_eq!(asked.status, 404, "{settings:?} {}", asked.body);
        let body = json!({"ceremony": "x", "credential": {}});
        assert_eq!(browser.call(SIGN_IN, &body).await.status, 404);
        for path in ["/.well-known/webauthn", "/.well-known/passkey-endpoints"] {
            assert_eq!(browser.open(path).await.status, 404, "{path}");
        }
    }
}

#[tokio::test]
async fn browsers_find_what_they_look_up_of_a_site() {
    let others = ("DAEMUN_PASSKEYS__ORIGINS", "https://shop.example,https://docs.example");
    let app = App::with(&[others]).await;
    let browser = app.browser();
    let webauthn = browser.open("/.well-known/webauthn").await;
    assert_eq!(webauthn.json(), json!({"origins": ["https://shop.example", "https://docs.example"]}));
    assert_eq!(webauthn.header("content-type"), "application/json");
    let page = format!("{ORIGIN}/me/security");
    let endpoints = browser.open("/.well-known/passkey-endpoints").await.json();
    assert_eq!(endpoints, json!({"enroll": page, "manage": page}));
    let password = browser.open("/.well-known/change-password").await;
    assert_eq!((password.status.as_u16(), password.location()), (303, "/me/security"));
}

#[tokio::test]
async fn s_acc_8_passkeys_are_for_our_own_pages_alone() {
    let app = App::start().await;
    let (browser, _) = member(&app, "google", "minji").await;
    let foreign = [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")];
    let options = format!("{OWN}/options");
    for path in [OPTIONS, SIGN_IN, OWN, &options] {
        assert_eq!(browser.send(Method::POST, path, &foreign, None).await.status, 403, "{path}");
        assert_eq!(app.browser().send(Method::POST, path, &[], None).await.status, 403, "{path}, a program");
    }
}

#[tokio::test]
async fn another_domain_is_refused_while_members_would_lose_their_only_way_in() {
    for database in TestDatabase::both().await {
        let keys = ("DAEMUN_MASTER_KEYS", MASTER_KEY);
        let app = App::start_on(database, &[keys]).await;
        let (browser, mut key) = member(&app, "google", "minji").await;
        let moved = [("DAEMUN_PUBLIC_URL", "http://app.localhost:3000"), keys];
        let mut config = configuration(&moved);
        config.database.url = app.database.url().clone();
        assert!(lost(&config, &app.database).await.unwrap().is_none(), "they have another sign-in method");
        assert_eq!(sign_in(&browser, &mut key).await.status, 200);
        let google = browser.fetch("/api/users/me/identities").await.json()["data"][0]["id"].clone();
        let way = json!({ "way": google });
        assert_eq!(browser.call("/api/users/me/identities/unlink", &way).await.status, 200);
        let refused = lost(&config, &app.database).await.unwrap().unwrap();
        assert_eq!((refused.members, refused.rp_id.as_str()), (1, "app.localhost"));
        assert!(refused.to_string().contains("--accept-lost-passkeys"), "{refused}");
        let found = server::check::findings(&config, None).await;
        let of_passkeys = found.iter().filter(|finding| finding.key == "passkeys.rp_id").count();
        assert_eq!(of_passkeys, 1, "{found:?}");
        config.passkeys.accepts_lost = true;
        assert!(lost(&config, &app.database).await.unwrap().is_none());

        let there = App::launch(app.database.url().clone(), TestDatabase::sqlite().await, config, 9).await;
        let old = sign_in(&there.browser(), &mut key).await;
        assert_eq!(code(&old), (401, "PASSKEY_UNKNOWN".to_owned()), "one of another domain");
        there.stop().await;
        app.stop().await;
    }
}

/// Answers to what nobody asked: each costs little, and a network sends only so many. A person who was asked is let in all the same.
#[tokio::test]
async fn s_rate_1_answers_that_nobody_asked_for_come_to_an_end() {
    for app in App::both_configured("[passkeys]\nsign_up = true\n").await {
        let (_, mut key) = member(&app, "google", "minji").await;
        let browser = app.browser();
        ask(&browser).await;
        let garbage = json!({ "ceremony": "01912f3a-0000-7000-8000-000000000001", "credential": {} });
        for n in 0..150 {
            let refused = browser.call(SIGN_IN, &garbage).await;
            assert_eq!(code(&refused), (401, "PASSKEY_REFUSED".to_owned()), "{n}");
            let refused = browser.call("/api/auth/signup/passkey", &garbage).await;
            assert_eq!(code(&refused), (400, "PASSKEY_REFUSED".to_owned()), "{n}");
        }
        for path in [SIGN_IN, "/api/auth/signup/passkey"] {
            assert_eq!(browser.call(path, &garbage).await.status, 429, "{path}");
        }
        assert_eq!(sign_in(&browser, &mut key).await.status, 200);
        let rows = "SELECT COUNT(*) FROM audit_events WHERE outcome = 'failure' AND provider = 'passkey'";
        assert_eq!(number(&app, rows).await, 2, "one for each of the two, however many they were");
        app.stop().await;
    }
}
