//! What a grant comes to when the program dies in it, or its answer gets lost: nobody is signed out, and nothing is given twice.

use std::net::SocketAddr;
use std::time::Duration;

use db::{Database, DatabaseUrl, Row as _, query};
use reqwest::{Client, StatusCode};
use serde_json::Value;
use testkit::Browser;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::app::App;
use crate::device;
use crate::portal::{
    CALLBACK, CLIENTS, VERIFIER, authorize, code, error, redeem, refresh, token, tokens, told,
};
use crate::process::{Place, Process, callback, foreign_providers};

/// How many grants are under way when the program dies.
const AT_ONCE: usize = 24;

/// The portal, which has its own connection, and may lose it.
struct Portal<'a> {
    place: &'a Place,
    http: Client,
}

impl Portal<'_> {
    /// What comes back, if anything does.
    async fn token(&self, form: &[(&str, &str)]) -> Option<(StatusCode, Value)> {
        let address = format!("http://{}/oauth2/token", self.place.address());
        let form = [&[("client_id", "portal-client")], form].concat();
        let answer = self.http.post(address).form(&form).send().await.ok()?;
        let status = answer.status();
        Some((status, answer.json().await.ok()?))
    }

    async fn redeem(&self, code: &str) -> Option<(StatusCode, Value)> {
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ];
        self.token(&form).await
    }

    async fn refresh(&self, given: &Value) -> Option<(StatusCode, Value)> {
        let refresh_token = given["refresh_token"].as_str().unwrap();
        self.token(&[("grant_type", "refresh_token"), ("refresh_token", refresh_token)]).await
    }
}

/// How many rows a condition holds for.
async fn count(db: &Database, statement: &'static str) -> i64 {
    query(statement).fetch_one(&mut *db.read().await.unwrap()).await.unwrap().get(0)
}

/// Kills the program as soon as `changed` counts more than before: something is in the database, and most of it is not yet told.
async fn killed_after(process: Process, db: &Database, changed: &'static str) {
    let before = count(db, changed).await;
    while count(db, changed).await == before {
        tokio::task::yield_now().await;
    }
    process.kill().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_between_the_redemption_and_the_answer_gives_nothing_twice_and_signs_nobody_out() {
    const ROTATED: &str = "SELECT COALESCE(SUM(rotated_at), 0) FROM refresh_families";
    const REDEEMED: &str = "SELECT COUNT(*) FROM authorization_codes WHERE redeemed_at IS NOT NULL";
    const LIVING: &str =
        "SELECT COUNT(*) FROM refresh_families WHERE client_id = 'portal-client' AND ended_at IS NULL";
    let mut place = Place::new();
    std::fs::write(place.path("daemun.toml"), CLIENTS).unwrap();
    let (_simulators, actor) = foreign_providers(&mut place).await;
    let mut process = place.start().await;
    let browser = place.browser();
    browser.visit(&callback(&browser, &actor, "google").await).await;
    let url = format!("sqlite:{}", place.path("data/daemun.db").display());
    let db = Database::connect(&DatabaseUrl::parse(&url).unwrap()).await.unwrap();

    let held_codes = codes(&browser, AT_ONCE).await;
    let portal = Portal { place: &place, http: Client::builder().no_proxy().build().unwrap() };
    let all = futures::future::join_all(held_codes.iter().map(|code| portal.redeem(code)));
    let (told, ()) = tokio::join!(all, killed_after(process, &db, REDEEMED));
    let redeemed = count(&db, REDEEMED).await;
    let heard = i64::try_from(told.iter().flatten().count()).unwrap();
    assert!(heard <= redeemed && redeemed > 0, "{heard} of {redeemed}: an answered grant has a row");

    process = place.start().await;
    let mut held = Vec::new();
    for (code, told) in held_codes.iter().zip(told) {
        if let Some((status, given)) = told {
            assert_eq!(status, 200, "{given}");
            held.push(given);
        } else {
            // It asks once more: what was redeemed ends, since one of the two may be a thief, and the rest is as good as new.
            match portal.redeem(code).await.unwrap() {
                (StatusCode::OK, given) => held.push(given),
                (status, refused) => {
                    assert_eq!((status.as_u16(), &refused["error"]), (400, &"invalid_grant".into()));
                }
            }
        }
    }
    assert_eq!(
        count(&db, LIVING).await,
        i64::try_from(held.len()).unwrap(),
        "nobody has a family by a lost answer"
    );
    for given in &mut held {
        let (status, next) = portal.refresh(given).await.unwrap();
        assert_eq!(status, 200, "{next}");
        *given = next;
    }
    // The same in the middle of refreshes: nothing is lost by those at all.
    let all = futures::future::join_all(held.iter().map(|given| portal.refresh(given)));
    let (told, ()) = tokio::join!(all, killed_after(process, &db, ROTATED));
    process = place.start().await;
    for (given, told) in held.iter().zip(told) {
        let next = match told {
            Some((_, next)) => next,
            None => portal.refresh(given).await.unwrap().1,
        };
        let (status, after) = portal.refresh(&next).await.unwrap();
        assert_eq!(status, 200, "{next} {after}");
    }
    assert!(!browser.fetch("/api/auth/session").await.json().is_null(), "and the person is signed in");
    let fresh = codes(&browser, 1).await;
    assert_eq!(portal.redeem(&fresh[0]).await.unwrap().0, 200);
    db.close().await;
    process.stop().await;
}

async fn codes(browser: &Browser, number: usize) -> Vec<String> {
    let mut codes = Vec::new();
    for _ in 0..number {
        codes.push(told(&browser.visit(&authorize(&[])).await)["code"].clone());
    }
    codes
}

#[tokio::test]
async fn a_lost_reply_to_a_code_costs_another_code_and_signs_nobody_out() {
    for app in App::both_configured(CLIENTS).await {
        let browser = app.browser();
        app.sign_in(&browser, "google", "minji").await;
        let lost = code(&browser, &[]).await;
        assert_eq!(redeem(&app, &lost, &[]).await.status, 200);
        assert_eq!(error(&redeem(&app, &lost, &[]).await), (400, "invalid_grant".to_owned()));
        let living =
            "SELECT COUNT(*) FROM refresh_families WHERE client_id = 'portal-client' AND ended_at IS NULL";
        assert_eq!(count(&app.database, living).await, 0, "nobody knows what was in the reply");
        tokens(&redeem(&app, &code(&browser, &[]).await, &[]).await);
        assert!(app.is_signed_in(&browser).await);
        app.stop().await;
    }
}

#[tokio::test]
async fn a_lost_reply_to_a_refresh_is_given_again() {
    for app in App::both_configured(CLIENTS).await {
        let browser = app.browser();
        app.sign_in(&browser, "google", "minji").await;
        let given = tokens(&redeem(&app, &code(&browser, &[]).await, &[]).await);
        let held = given["refresh_token"].as_str().unwrap();
        let lost = tokens(&refresh(&app, held, &[]).await);
        app.advance(Duration::from_secs(9));
        let again = tokens(&refresh(&app, held, &[]).await);
        assert_eq!(again["refresh_token"], lost["refresh_token"]);
        tokens(&refresh(&app, again["refresh_token"].as_str().unwrap(), &[]).await);
        app.stop().await;
    }
}

/// The client hangs up at some moment between its request and the answer. The program does it to its end, and nobody hears of it.
#[tokio::test]
async fn a_client_that_hangs_up_during_a_refresh_goes_on_with_the_same_token() {
    for app in App::both_configured(CLIENTS).await {
        let browser = app.browser();
        app.sign_in(&browser, "google", "minji").await;
        for moment in 0..20 {
            // Tokens of their own: a request that is done later than two refreshes after it would be reuse.
            let held = tokens(&redeem(&app, &code(&browser, &[]).await, &[]).await);
            let token = held["refresh_token"].as_str().unwrap();
            hang_up(app.address(), token, Duration::from_micros(400 * moment)).await;
            tokens(&refresh(&app, token, &[]).await);
        }
        assert!(app.is_signed_in(&browser).await);
        app.stop().await;
    }
}

async fn hang_up(address: SocketAddr, refresh_token: &str, after: Duration) {
    let body = format!("grant_type=refresh_token&client_id=portal-client&refresh_token={refresh_token}");
    let head = format!(
        "POST /oauth2/token HTTP/1.1\r\nhost: localhost:3000\r\ncontent-type: application/x-www-form-urlencoded\r\n\
         content-length: {}\r\n\r\n",
        body.len()
    );
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
    tokio::time::sleep(after).await;
}

#[tokio::test]
async fn a_lost_reply_to_a_device_code_costs_another_code_and_signs_nobody_out() {
    for app in App::both_configured(device::CLIENTS).await {
        let browser = app.browser();
        app.sign_in(&browser, "google", "minji").await;
        for _ in 0..2 {
            let (lost, shown) = device::begin(&app).await;
            device::decide(&browser, &shown, "allow").await;
            let form = [
                ("grant_type", device::GRANT),
                ("client_id", "portal-client"),
                ("device_code", lost.as_str()),
            ];
            assert_eq!(token(&app, &form).await.status, 200);
            assert_eq!(error(&token(&app, &form).await), (400, "invalid_grant".to_owned()));
        }
        assert!(app.is_signed_in(&browser).await);
        app.stop().await;
    }
}
