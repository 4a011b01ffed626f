//! `daemun sign-out`: what operators end beside a program that serves.

use std::time::{Duration, Instant};

use testkit::Browser;

use crate::process::{Place, callback, foreign_providers};

/// How soon it holds everywhere (design 1.4).
const A_SECOND: Duration = Duration::from_secs(1);

async fn member(browser: &Browser) -> Option<String> {
    browser.fetch("/api/auth/session").await.json()["user"]["id"].as_str().map(str::to_owned)
}

async fn is_out_within_a_second(browser: &Browser) {
    let began = Instant::now();
    while member(browser).await.is_some() {
        assert!(began.elapsed() < A_SECOND, "still signed in");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn s_bff_14_operators_sign_out_one_member_or_everybody() {
    let mut place = Place::new();
    let (_simulators, actor) = foreign_providers(&mut place).await;
    let process = place.start().await;
    let (google, kakao) = (place.browser(), place.browser());
    for (browser, provider) in [(&google, "google"), (&kakao, "kakao")] {
        assert_eq!(browser.visit(&callback(browser, &actor, provider).await).await.status, 303);
    }
    let says = async |arguments: &[&str]| place.says(&["sign-out"], arguments).await;
    let one = member(&google).await.unwrap();
    let (code, text) = says(&["--member", &one]).await;
    assert!(code == 0 && text.starts_with("1 member is signed out"), "{text}");
    is_out_within_a_second(&google).await;
    let (code, text) = says(&["--member", "01912f3a-0000-7000-8000-000000000001"]).await;
    assert!(code == 1 && text.contains("there is no such member"), "{text}");
    assert!(member(&kakao).await.is_some());
    let (code, text) = says(&["--everyone"]).await;
    assert!(code == 0 && text.starts_with("1 member is signed out"), "{text}");
    is_out_within_a_second(&kakao).await;

    for arguments in [&[][..], &["--member", "somebody"], &["--everyone", "--member", &one]] {
        let (code, text) = says(arguments).await;
        assert!(code == 2 && text.contains("--member"), "{text}");
    }
    process.stop().await;
}
