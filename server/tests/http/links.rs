//! The links in mails: whom they lead to, and what the pages behind them give away.

use reqwest::Method;
use serde_json::{Value, json};

use crate::accounts::{EMAIL, PASSWORD, mail, post, sign_up, token};
use crate::app::{App, ORIGIN};

/// Every header with which a request may say that it was sent to another host.
const FOREIGN: [(&str, &str); 8] = [
    ("host", "evil.example"),
    ("x-forwarded-host", "evil.example"),
    ("x-forwarded-proto", "gopher"),
    ("x-forwarded-server", "evil.example"),
    ("x-forwarded-prefix", "/evil.example"),
    ("forwarded", "host=evil.example;proto=http"),
    ("x-original-url", "https://evil.example/"),
    ("x-host", "evil.example"),
];

/// Sends JSON as a program that was led here by somebody else.
async fn misled(app: &App, path: &str, bearer: &str, body: &Value) -> u16 {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut request = client.post(app.site.join(path).unwrap()).json(body);
    for (name, value) in FOREIGN {
        request = request.header(name, value);
    }
    if !bearer.is_empty() {
        request = request.bearer_auth(bearer);
    }
    request.send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn s_mail_7_a_foreign_host_in_the_request_is_in_no_mail() {
    let app = App::start().await;
    sign_up(&app).await;
    let access = crate::accounts::log_in(&app).await["access_token"].as_str().unwrap().to_owned();
    let wish = json!({"email": "second@example.com", "password": PASSWORD, "nickname": "바다"});
    let change = json!({"email": "third@example.com", "password": PASSWORD});
    let asked = [
        ("/api/users/password/forgot", "", json!({"email": EMAIL}), EMAIL, "/password/reset"),
        ("/api/users/signup", "", wish, "second@example.com", "/email/verify"),
        (
            "/api/users/signup/resend",
            "",
            json!({"email": "second@example.com"}),
            "second@example.com",
            "/email/verify",
        ),
        ("/api/users/me/email", &access, change, "third@example.com", "/email/change"),
    ];
    for (path, bearer, body, to, page) in &asked {
        let status = misled(&app, path, bearer, body).await;
        assert!([200, 201, 202, 400, 403, 421].contains(&status), "{path}: {status}");
        // Refused is as good as a right mail; then it is asked for in the ordinary way, to see that one comes.
        if status >= 400 {
            let again = crate::accounts::call(
                &app,
                Method::POST,
                path,
                Some(bearer).filter(|b| !b.is_empty()).copied(),
                Some(body.clone()),
            );
            assert!(again.await.status < 300, "{path}");
        }
        let sent = mail(&app, to, page).await;
        for link in sent["links"].as_array().unwrap() {
            assert!(link.as_str().unwrap().starts_with(&format!("{ORIGIN}/")), "{path}: {link}");
        }
    }
    app.settled().await;
    let all = app.browser().fetch("/dev/mail?limit=100").await.body;
    assert!(all.contains(ORIGIN) && !all.contains("evil") && !all.contains("gopher"), "{all}");
}

/// The addresses that a page makes a browser load or go to.
fn addresses(html: &str) -> Vec<String> {
    let attributes = ["src=\"", "href=\"", "action=\"", "formaction=\"", "srcset=\"", "poster=\"", "data=\""];
    let found = attributes.iter().flat_map(|attribute| html.split(attribute).skip(1));
    found.filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect()
}

#[tokio::test]
async fn s_mail_8_the_page_behind_a_link_loads_nothing_foreign_and_tells_nobody_its_address() {
    let app = App::start().await;
    let wish = json!({"email": EMAIL, "password": PASSWORD, "nickname": "하늘"});
    assert_eq!(post(&app, "/api/users/signup", wish).await.status, 201);
    let verify = token(&mail(&app, EMAIL, "/email/verify").await);
    for page in ["/email/verify", "/password/reset", "/email/change"] {
        let answer = app.browser().open(&format!("{page}?token={verify}")).await;
        assert_eq!(answer.status, 200, "{page}");
        // Nothing of the address goes to another site. `same-origin` says it to our own pages alone.
        assert!(["no-referrer", "same-origin"].contains(&answer.header("referrer-policy")), "{page}");
        assert!(!answer.body.contains("<meta name=\"referrer\""), "{page}: the header is not taken back");
        assert_eq!(answer.header("cache-control"), "no-store", "{page}");
        for address in addresses(&answer.body) {
            let target = app.site.join(&address.replace("&amp;", "&")).unwrap();
            assert_eq!(target.origin(), app.site.origin(), "{page} leads to {address}");
            assert!(!address.contains(&verify), "{page}: the token is in {address}");
        }
        let policy = answer.header("content-security-policy");
        for part in ["default-src 'none'", "default-src 'self'"] {
            if policy.contains(part) {
                assert!(!policy.contains("https:") && !policy.contains(" *"), "{page}: {policy}");
            }
        }
        assert!(!answer.header("link").contains(&verify) && answer.location().is_empty(), "{page}");
    }
    // That the address bar loses it and nothing foreign is loaded is seen in a browser (end2end/specs/mail-links.spec.ts);
    // that no log holds it, in canaries.rs.
}
