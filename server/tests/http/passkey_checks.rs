//! What a passkey must say: each check fails alone, is one row of the audit log, and changes nothing.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use db::{Row as _, query};
use serde_json::{Value, json};
use testkit::Answer;
use testkit::authenticator::{Authenticator, PRESENT, SYNCED, Statement, VERIFIED};

use crate::app::{App, ORIGIN};
use crate::passkey_actor::{
    OWN, SIGN_IN, add, answer, answer_new, ask, ask_new, code, member, sign_in, sign_in_with,
};

/// Rows of refusals: their reasons, and how often in all.
pub async fn refusals(app: &App) -> (Vec<String>, i64) {
    app.flush_audit().await;
    let mut reader = app.database.read().await.unwrap();
    let rows = query("SELECT reason, times FROM audit_events WHERE outcome = 'failure' ORDER BY at, id");
    let rows = rows.fetch_all(&mut *reader).await.unwrap();
    (rows.iter().map(|row| row.get(0)).collect(), rows.iter().map(|row| row.get::<i64, _>(1)).sum())
}

/// Everything but ceremonies, counts of tries, what is told of it, and when sessions were used.
async fn state(app: &App) -> String {
    app.settled().await;
    let passing = ["ceremonies|", "limit_counts|", "jobs|", "mailbox_mails|"];
    let state = app.state().await;
    let stays = |line: &&str| !passing.iter().any(|table| line.starts_with(table));
    // What has a line break in it goes on without the name of a table.
    let is_name =
        |name: &str| name.len() > 4 && name.bytes().all(|byte| byte == b'_' || byte.is_ascii_lowercase());
    let rows = state.lines().filter(|line| line.split_once('|').is_some_and(|(name, _)| is_name(name)));
    let lines = rows.filter(stays).map(|line| match line.split_once('|') {
        Some(("sessions", rest)) => &rest[..36],
        _ => line,
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// A change of what the browser says, with the reason in the audit log.
type Wrong = (&'static str, fn(&mut Statement));

const WRONG: [Wrong; 13] = [
    ("passkey_type", |says| says.kind = "webauthn.create"),
    ("passkey_challenge", |says| says.challenge = URL_SAFE_NO_PAD.encode([7; 32])),
    ("passkey_origin", |says| says.origin = "https://evil.example".into()),
    ("passkey_origin", |says| says.origin = "http://a.localhost:3000".into()),
    ("passkey_origin", |says| says.origin = "http://localhost:3001".into()),
    ("passkey_origin", |says| says.origin = "http://localhost:3000/".into()),
    ("passkey_origin", |says| says.cross_origin = true),
    ("passkey_rp_id", |says| says.rp_id = "example.com".into()),
    ("passkey_rp_id", |says| says.rp_id = "a.localhost".into()),
    ("passkey_not_present", |says| says.flags = VERIFIED | SYNCED),
    ("passkey_not_verified", |says| says.flags = PRESENT | SYNCED),
    ("passkey_backup", |says| says.flags = PRESENT | VERIFIED | 0x10),
    ("passkey_backup", |says| says.flags = PRESENT | VERIFIED),
];

#[tokio::test]
async fn s_acc_16_each_check_of_a_sign_in_fails_alone() {
    for app in App::both().await {
        let (_browser, mut key) = member(&app, "google", "minji").await;
        let owner = key.handle.clone();
        let wrong_owner: [(&str, Option<Vec<u8>>); 4] = [
            ("passkey_owner", None),
            ("passkey_owner", Some(Vec::new())),
            ("passkey_owner", Some(vec![1; 16])),
            ("passkey_owner", Some(owner.iter().copied().chain([0]).collect())),
        ];
        let before = state(&app).await;
        let mut seen = 0;
        for (reason, change) in WRONG {
            let tab = app.browser();
            let refused = sign_in_with(&tab, &mut key, change).await;
            is_refused(&app, &refused, reason, &mut seen).await;
            assert!(!app.is_signed_in(&tab).await);
        }
        for (reason, handle) in wrong_owner {
            let refused = sign_in_with(&app.browser(), &mut key, |says| says.handle = handle).await;
            is_refused(&app, &refused, reason, &mut seen).await;
        }
        assert_eq!(state(&app).await, before);
        assert_eq!(sign_in(&app.browser(), &mut key).await.status, 200, "and nothing else was wrong");
        app.stop().await;
    }
}

/// One more refusal, with this reason. Repetitions from one network are counted in one row.
async fn is_refused(app: &App, refused: &Answer, reason: &str, seen: &mut i64) {
    assert_eq!(code(refused), (401, "PASSKEY_REFUSED".to_owned()), "{reason}: {}", refused.body);
    assert_eq!(refused.cookies().iter().filter(|line| line.starts_with("daemun=")).count(), 0);
    let (reasons, times) = refusals(app).await;
    *seen += 1;
    assert_eq!(times, *seen, "{reason}: {reasons:?}");
    assert!(reasons.iter().any(|known| known == reason), "{reason}: {reasons:?}");
}

#[tokio::test]
async fn s_acc_16_a_ceremony_is_for_one_use_in_one_browser_for_five_minutes() {
    for app in App::both().await {
        let (browser, mut key) = member(&app, "google", "minji").await;
        assert_eq!(sign_in(&browser, &mut key).await.status, 200);
        let before = state(&app).await;
        let refused = (401, "PASSKEY_REFUSED".to_owned());
        let (tab, other) = (app.browser(), app.browser());
        let (asked, others) = (ask(&tab).await, ask(&other).await);
        let says = key.asked(&asked.options);
        assert_eq!(code(&answer(&other, &asked, key.sign(&says)).await), refused, "another browser");
        assert_eq!(
            code(&answer(&app.browser(), &asked, key.sign(&says)).await),
            refused,
            "one without a cookie"
        );
        let mixed = answer(&other, &others, key.sign(&says)).await;
        assert_eq!(code(&mixed), refused, "the challenge of another ceremony");
        for garbage in [json!("x"), json!("01912f3a-0000-7000-8000-000000000001")] {
            let body = json!({"ceremony": garbage, "credential": key.sign(&says)});
            assert_eq!(code(&tab.call(SIGN_IN, &body).await), refused, "{garbage}");
        }
        let new = ask_new(&browser).await;
        let mut for_new = key.asked(&ask(&browser).await.options);
        for_new.challenge = new.options["challenge"].as_str().unwrap().to_owned();
        let misused = answer(&browser, &new, key.sign(&for_new)).await;
        assert_eq!(code(&misused), refused, "one that is for adding a passkey");
        assert_eq!(state(&app).await, before);
        let late = ask(&other).await;
        app.advance(Duration::from_mins(5));
        let says_late = key.asked(&late.options);
        assert_eq!(code(&answer(&other, &late, key.sign(&says_late)).await), refused, "over");

        let fresh = ask(&tab).await;
        let says = key.asked(&fresh.options);
        let mut flipped = key.sign(&says);
        let mut signature =
            URL_SAFE_NO_PAD.decode(flipped["response"]["signature"].as_str().unwrap()).unwrap();
        *signature.last_mut().unwrap() ^= 1;
        flipped["response"]["signature"] = json!(URL_SAFE_NO_PAD.encode(signature));
        assert_eq!(code(&answer(&tab, &fresh, flipped).await), refused, "a flipped signature");
        assert_eq!(code(&answer(&tab, &fresh, key.sign(&says)).await), refused, "it is spent");
        let (reasons, _) = refusals(&app).await;
        for reason in ["passkey_ceremony", "passkey_challenge", "passkey_signature"] {
            assert!(reasons.iter().any(|known| known == reason), "{reason}: {reasons:?}");
        }
        app.stop().await;
    }
}

#[tokio::test]
async fn s_acc_16_a_count_that_does_not_grow_lets_nobody_in_and_its_owner_is_told() {
    for app in App::both().await {
        let (_browser, mut key) = member(&app, "google", "minji").await;
        let with = async |key: &mut Authenticator, counter: u32| {
            sign_in_with(&app.browser(), key, |says| says.counter = counter).await.status.as_u16()
        };
        assert_eq!(with(&mut key, 5).await, 200);
        for (counter, status) in [(5, 401), (4, 401), (0, 401), (6, 200), (6, 401), (u32::MAX, 200)] {
            assert_eq!(with(&mut key, counter).await, status, "{counter}");
        }
        let (reasons, times) = refusals(&app).await;
        assert_eq!((reasons.len(), times), (1, 4), "{reasons:?}");
        app.settled().await;
        let mails = app.browser().fetch("/dev/mail").await.body;
        assert!(mails.contains("패스키로 시도된 로그인을 막았습니다"), "{mails}");
        app.stop().await;
    }
}

#[tokio::test]
async fn s_acc_16_each_check_of_a_new_passkey_fails_alone() {
    for app in App::both().await {
        let browser = app.browser();
        app.sign_in(&browser, "google", "minji").await;
        let before = state(&app).await;
        let wrong: Vec<Wrong> = WRONG
            .into_iter()
            .filter(|(reason, _)| !["passkey_type", "passkey_backup"].contains(reason))
            .chain([
                ("passkey_type", (|says| says.kind = "webauthn.get") as fn(&mut Statement)),
                ("passkey_backup", |says| says.flags = PRESENT | VERIFIED | 0x10),
                ("passkey_algorithm", |says| says.algorithm = -47),
                ("passkey_algorithm", |says| says.algorithm = -100),
            ])
            .collect();
        let mut seen = 0;
        for (reason, change) in wrong {
            app.advance(Duration::from_secs(20));
            let mut key = Authenticator::new(ORIGIN);
            let asked = ask_new(&browser).await;
            let mut says = key.asked(&asked.options);
            change(&mut says);
            let refused = answer_new(&browser, &asked, key.make(&says)).await;
            assert_eq!(code(&refused), (400, "PASSKEY_REFUSED".to_owned()), "{reason}: {}", refused.body);
            seen += 1;
            let (reasons, times) = refusals(&app).await;
            assert_eq!(times, seen, "{reason}: {reasons:?}");
            assert!(reasons.iter().any(|known| known == reason), "{reason}: {reasons:?}");
        }
        assert_eq!(state(&app).await.lines().count(), before.lines().count());
        add(&browser).await;
        app.stop().await;
    }
}

#[tokio::test]
async fn s_acc_16_what_cannot_be_read_is_refused() {
    let app = App::start().await;
    let (browser, mut key) = member(&app, "google", "minji").await;
    assert_eq!(sign_in(&browser, &mut key).await.status, 200);
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let asked = ask(&browser).await;
    let says = key.asked(&asked.options);
    let good = key.sign(&says);
    let with = |name: &str, value: Value| {
        let mut credential = good.clone();
        credential["response"][name] = value;
        credential
    };
    let nested: Value = serde_json::from_str(&format!("{}1{}", "[".repeat(100), "]".repeat(100))).unwrap();
    let before = state(&app).await;
    for credential in [
        json!({}),
        json!([]),
        json!(null),
        json!("x"),
        nested,
        with("clientDataJSON", json!("")),
        with("clientDataJSON", json!("!!")),
        with("clientDataJSON", json!(URL_SAFE_NO_PAD.encode(&deep))),
        with("authenticatorData", json!("")),
        with("authenticatorData", json!("AAAA")),
        with("signature", json!("")),
        with("signature", json!(URL_SAFE_NO_PAD.encode(vec![0; 20_000]))),
        with("userHandle", json!(7)),
    ] {
        let asked = ask(&browser).await;
        let refused = answer(&browser, &asked, credential.clone()).await;
        assert!([400, 401].contains(&refused.status.as_u16()), "{credential}: {}", refused.body);
    }
    for body in [
        format!("{{\"ceremony\":{},\"credential\":{deep}}}", asked.ceremony),
        format!("{{\"ceremony\":{},\"credential\":\"{}\"}}", asked.ceremony, "A".repeat(1 << 20)),
        "{".to_owned(),
        String::new(),
    ] {
        for path in [SIGN_IN, OWN] {
            let refused = browser.call_with(path, body.clone()).await;
            assert!([400, 401].contains(&refused.status.as_u16()), "{path} {}: {}", body.len(), refused.body);
        }
    }
    let new = ask_new(&browser).await;
    let mut fresh = Authenticator::new(ORIGIN);
    let says = fresh.asked(&new.options);
    let made = fresh.make(&says);
    let attestation =
        URL_SAFE_NO_PAD.decode(made["response"]["attestationObject"].as_str().unwrap()).unwrap();
    let deep_cbor: Vec<u8> = std::iter::repeat_n(0x81, 10_000).chain([0]).collect();
    for object in [&attestation[..attestation.len() - 10], &attestation[..5], &[], &deep_cbor, &[0xff; 100]] {
        app.advance(Duration::from_secs(25));
        let new = ask_new(&browser).await;
        let says = fresh.asked(&new.options);
        let mut made = fresh.make(&says);
        made["response"]["attestationObject"] = json!(URL_SAFE_NO_PAD.encode(object));
        let refused = answer_new(&browser, &new, made).await;
        assert_eq!(code(&refused).0, 400, "{}: {}", object.len(), refused.body);
    }
    assert_eq!(state(&app).await.lines().count(), before.lines().count());
    assert!(refusals(&app).await.1 >= 20);
}

#[tokio::test]
async fn s_acc_16_a_passkey_belongs_to_the_session_in_which_it_was_asked_for() {
    let app = App::start().await;
    let (here, there) = (app.browser(), app.browser());
    for browser in [&here, &there] {
        app.sign_in(browser, "google", "minji").await;
    }
    let asked = ask_new(&here).await;
    let mut key = Authenticator::new(ORIGIN);
    let says = key.asked(&asked.options);
    let refused = answer_new(&there, &asked, key.make(&says)).await;
    assert_eq!(code(&refused), (400, "PASSKEY_REFUSED".to_owned()));
    assert_eq!(answer_new(&here, &asked, key.make(&says)).await.status, 201);
    assert_eq!(sign_in(&here, &mut key).await.status, 200);
    assert_eq!(answer_new(&here, &asked, key.make(&says)).await.status, 400, "it is spent");
    app.advance(Duration::from_mins(11));
    let late = here.call(&format!("{OWN}/options"), &json!({})).await;
    assert_eq!(code(&late), (403, "FRESH_SIGN_IN_NEEDED".to_owned()));
}

#[tokio::test]
async fn s_acc_16_a_key_that_its_browser_cannot_find_by_itself_is_not_taken() {
    let app = App::start().await;
    let browser = app.browser();
    app.sign_in(&browser, "google", "minji").await;
    for (found, status) in [(json!(false), 400), (json!(true), 201)] {
        let mut key = Authenticator::new(ORIGIN);
        let asked = ask_new(&browser).await;
        let says = key.asked(&asked.options);
        let mut made = key.make(&says);
        made["clientExtensionResults"] = json!({"credProps": {"rk": found}});
        assert_eq!(answer_new(&browser, &asked, made).await.status, status, "{found}");
    }
}
