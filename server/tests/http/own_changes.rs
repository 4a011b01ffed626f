//! What members change of themselves is what the next answer says, to all their browsers (design 1.9).

use reqwest::Method;
use serde_json::{Value, json};
use testkit::Browser;

use crate::accounts::{EMAIL, PASSWORD, mail, sign_up, token};
use crate::app::{App, ORIGIN};

/// A field of what `/api/auth/session` says; empty for none.
async fn told(browser: &Browser, field: &str) -> String {
    let session = browser.fetch("/api/auth/session").await.json();
    assert!(session["user"].is_object(), "signed in");
    session["user"][field].as_str().unwrap_or_default().to_owned()
}

/// What a script of the page sends in this browser; gives the data of the answer.
async fn sends(app: &App, browser: &Browser, method: Method, path: &str, body: (&str, Vec<u8>)) -> Value {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let cookie = format!("daemun={}", browser.cookie("daemun").unwrap());
    let request = client.request(method, app.site.join(path).unwrap()).header("cookie", cookie);
    let request = request.header("origin", ORIGIN).header("sec-fetch-site", "same-origin");
    let answer = request.header("content-type", body.0).body(body.1).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let answer: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    answer["data"].clone()
}

/// Gives the member a picture of one colour, and returns its address.
async fn upload(app: &App, browser: &Browser, colour: [u8; 3]) -> String {
    let mut file = std::io::Cursor::new(Vec::new());
    let picture = image::RgbImage::from_pixel(64, 64, image::Rgb(colour));
    picture.write_to(&mut file, image::ImageFormat::Png).unwrap();
    let body = ("image/png", file.into_inner());
    let shown = sends(app, browser, Method::POST, "/api/users/me/picture", body).await;
    shown["picture"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn another_nickname_is_in_the_next_answer() {
    for app in App::both().await {
        let [here, phone, other] = [app.browser(), app.browser(), app.browser()];
        for (browser, user) in [(&here, "minji"), (&phone, "minji"), (&other, "junho")] {
            app.sign_in(browser, "google", user).await;
        }
        let others = told(&other, "name").await;
        told(&phone, "name").await;
        for name in ["대문지기", "돌계단"] {
            assert_ne!(told(&here, "name").await, name, "from memory");
            let body = ("application/json", json!({"nickname": name}).to_string().into_bytes());
            let profile = sends(&app, &here, Method::PATCH, "/api/users/me", body).await;
            assert_eq!(profile["nickname"], name);
            assert_eq!((told(&here, "name").await, told(&phone, "name").await), (name.into(), name.into()));
        }
        assert!(here.open("/").await.body.contains("돌계단"));
        let answer = here.submit("/api/users/me", &[("nickname", "소나무"), ("greeting", "반가워요")]).await;
        assert_eq!(answer.status, 303, "{}", answer.body);
        let page = here.open("/").await.body;
        assert!(page.contains("소나무") && !page.contains("돌계단"), "{page}");
        let form = [("nickname", "은행나무"), ("greeting", "반가워요")];
        let ours = [("sec-fetch-site", "same-origin"), ("sec-fetch-mode", "cors")];
        let in_place = here.send(Method::POST, "/api/fn/save_profile", &ours, Some(&form)).await;
        assert_eq!(in_place.status, 200, "{}", in_place.body);
        assert_eq!(told(&phone, "name").await, "은행나무");
        assert_eq!(told(&other, "name").await, others);
        app.stop().await;
    }
}

#[tokio::test]
async fn another_picture_is_in_the_next_answer_and_its_address_is_good() {
    for app in App::both().await {
        let browser = app.browser();
        app.sign_in(&browser, "google", "minji").await;
        told(&browser, "image").await;
        for colour in [[140, 58, 43], [20, 90, 160]] {
            let address = upload(&app, &browser, colour).await;
            let image = told(&browser, "image").await;
            assert!(image.ends_with(&address), "{image} {address}");
            assert_eq!(browser.fetch(&address).await.status, 200);
        }
        assert_eq!(browser.submit("/api/users/me/picture/remove", &[]).await.status, 303);
        assert!(!told(&browser, "image").await.contains("/picture/"), "their provider's, or a drawn one");
        app.stop().await;
    }
}

#[tokio::test]
async fn another_address_is_in_the_next_answer() {
    for app in App::both().await {
        sign_up(&app).await;
        let browser = app.browser();
        let form = [("email", EMAIL), ("password", PASSWORD)];
        assert_eq!(browser.submit("/api/auth/signin/password", &form).await.status, 303);
        let form = [("email", "new@example.com"), ("password", PASSWORD)];
        assert_eq!(browser.submit("/api/users/me/email", &form).await.status, 303);
        assert_eq!(told(&browser, "email").await, EMAIL);
        let proof = token(&mail(&app, "new@example.com", "/email/change").await);
        let elsewhere = app.browser();
        let answer = elsewhere.submit("/api/users/email/prove", &[("token", &proof)]).await;
        assert_eq!(answer.status, 303, "{}", answer.body);
        assert_eq!(told(&browser, "email").await, "new@example.com");
        app.stop().await;
    }
}
