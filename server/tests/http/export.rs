//! What a member can take along: everything that is stored about them, in one file.

use serde_json::{Value, json};

use crate::accounts::{EMAIL, PASSWORD, log_in, sign_up};
use crate::app::App;

fn texts<'a>(list: &'a Value, field: &str) -> Vec<&'a str> {
    list.as_array().unwrap().iter().filter_map(|item| item[field].as_str()).collect()
}

#[tokio::test]
async fn the_export_holds_sessions_apps_and_places_and_no_secret() {
    for app in App::both().await {
        sign_up(&app).await;
        let tokens = log_in(&app).await;
        let browser = app.browser();
        let agent =
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36";
        let headers = [("sec-fetch-site", "same-origin"), ("user-agent", agent)];
        let form = [("email", EMAIL), ("password", PASSWORD), ("return_to", "/me")];
        let method = reqwest::Method::POST;
        let answer = browser.send(method, "/api/auth/signin/password", &headers, Some(&form)).await;
        assert_eq!(answer.location(), "/me", "{}", answer.body);
        let wish = [("email", "new@example.com"), ("password", PASSWORD)];
        assert_eq!(browser.submit("/api/users/me/email", &wish).await.status, 303);
        app.settled().await;

        let answer = browser.fetch("/api/users/me/export").await;
        let data = answer.json()["data"].clone();
        let [session] = &data["sessions"].as_array().unwrap()[..] else { panic!("one: {data}") };
        assert_eq!((&session["browser"], &session["system"]), (&json!("Chrome"), &json!("Windows")));
        assert_eq!((&session["place"], &session["user_agent"]), (&json!("this machine"), &json!(agent)));
        for moment in ["signed_in_at", "last_seen_at", "expires_at"] {
            assert!(session[moment].as_str().unwrap().ends_with('Z'), "{session}");
        }
        let [one] = &data["apps"].as_array().unwrap()[..] else { panic!("one: {data}") };
        assert!(one["last_used_at"].as_str().unwrap().ends_with('Z'));
        let places = &data["seen_places"];
        assert!(texts(places, "name").contains(&"Chrome, Windows"), "{places}");
        assert!(texts(places, "name").contains(&"127.0.0.0/24"), "{places}");
        assert!(!texts(places, "kind").contains(&"checksum"), "{places}");
        assert_eq!(texts(&data["proofs_awaited"], "address"), ["new@example.com"]);
        assert_eq!(data["unlinks_awaited"], json!([]));

        let cookie = browser.cookie("daemun").unwrap();
        let refresh = tokens["refresh_token"].as_str().unwrap();
        for secret in [cookie.as_str(), refresh, "argon2", "hash", "sealed"] {
            assert!(!answer.body.contains(secret), "{secret}: {data}");
        }
        app.stop().await;
    }
}

#[tokio::test]
async fn the_export_of_one_member_says_nothing_of_another() {
    let app = App::start().await;
    let [minji, junho] = [app.browser(), app.browser()];
    app.sign_in(&minji, "naver", "minji").await;
    app.sign_in(&junho, "naver", "junho").await;
    app.sign_in(&junho, "naver", "junho").await;
    app.settled().await;
    let data = minji.fetch("/api/users/me/export").await.json()["data"].clone();
    assert_eq!(data["sessions"].as_array().unwrap().len(), 1, "{data}");
    assert_eq!(data["apps"], json!([]));
    assert!(!data.to_string().contains("junho"));
    let nobody = app.browser().fetch("/api/users/me/export").await;
    assert_eq!(nobody.status, 401);
}
