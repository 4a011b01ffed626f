//! Texts that no id is, wherever a path or a query takes one. MySQL compares an ASCII column with nothing else: it fails.

use reqwest::Method;
use server::compose;
use testkit::TestDatabase;
use url::Url;
use web::PublicOrigin;

use crate::app::App;

/// Percent-encoded where a path needs it.
fn hostile() -> Vec<String> {
    let encode = |text: &str| {
        percent_encoding::percent_encode(text.as_bytes(), percent_encoding::NON_ALPHANUMERIC).to_string()
    };
    let texts = [
        "대문",
        "👍",
        "\0",
        "\u{200b}",
        "' OR 1=1 --",
        "é",
        "ａｂｃ",
        "Kelvin\u{212a}",
        "-1",
        "{}",
        "\r\nx: y",
    ];
    let long = ["a".repeat(300), "가".repeat(100), "0".repeat(64), "가".repeat(64)];
    let mut all: Vec<_> =
        texts.iter().map(|text| encode(text)).chain(long.iter().map(|text| encode(text))).collect();
    // What is not UTF-8, and more than any address may be long.
    all.extend(["%FF%FE".to_owned(), "%C3".to_owned(), "a".repeat(10 * 1024)]);
    all
}

/// The path with `text` in one of its places and something good in the others.
fn with(path: &str, place: usize, text: &str) -> String {
    let parts: Vec<_> = path.split('/').collect();
    let mut seen = 0;
    let filled: Vec<_> = parts
        .iter()
        .map(|part| {
            if !part.starts_with('{') {
                return (*part).to_owned();
            }
            seen += 1;
            if seen - 1 == place {
                return text.to_owned();
            }
            if part.contains("provider") {
                "google".to_owned()
            } else {
                kernel::new_uuid(&kernel::SystemClock, &kernel::OsRandomness).to_string()
            }
        })
        .collect();
    filled.join("/")
}

#[tokio::test]
async fn no_text_in_a_path_is_a_fault_of_ours() {
    let [_, database] = TestDatabase::both().await;
    let app = App::start_on(database, &[]).await;
    let browser = app.browser();
    app.sign_in(&browser, "google", "minji").await;
    let table = compose::table(&PublicOrigin::of(&Url::parse("http://localhost:3000").unwrap()));
    let own = table.iter().map(|entry| (entry.method, entry.path.to_string()));
    let development = ["/dev/mail/{id}", "/dev/mail/{id}/html"].map(|path| ("GET", path.to_owned()));
    let mut asked = 0;
    for (method, path) in own.chain(development).filter(|(_, path)| path.contains('{')) {
        for place in 0..path.matches('{').count() {
            for text in hostile() {
                let path = with(&path, place, &text);
                let method: Method = method.parse().unwrap();
                let headers = [("sec-fetch-site", "same-origin"), ("accept", "application/json")];
                let form: Option<&[(&str, &str)]> = (method == Method::POST).then_some(&[]);
                let status = browser.send(method.clone(), &path, &headers, form).await.status;
                assert!(
                    status.is_client_error() || status.is_redirection(),
                    "{method} {path:.200}: {status}"
                );
                asked += 1;
            }
        }
    }
    assert!(asked > 100, "{asked}");
}

#[tokio::test]
async fn no_text_in_a_query_or_a_field_is_a_fault_of_ours() {
    let [_, database] = TestDatabase::both().await;
    let app = App::start_on(database, &[]).await;
    let browser = app.browser();
    app.sign_in(&browser, "google", "minji").await;
    for text in hostile() {
        for page in [
            "/me/history?after=",
            "/dev/mail?to=",
            "/dev/mail?limit=",
            "/oauth/login?error=",
            "/oauth/login?return_to=",
            "/email/verify?token=",
            "/password/reset?token=",
            "/api/auth/callback/google?code=x&state=",
            "/api/auth/callback/google?state=x&code=",
        ] {
            let status = browser.open(&format!("{page}{text}")).await.status;
            assert!(!status.is_server_error(), "{page}{text:.200}: {status}");
        }
        let text = percent_decoded(&text);
        for (path, fields) in [
            ("/api/auth/signin/password", &["email", "password", "return_to"][..]),
            ("/api/users/signup", &["email", "password", "nickname"]),
            ("/api/users/signup/prove", &["token"]),
            ("/api/users/password/forgot", &["email"]),
            ("/api/users/password/reset", &["token", "password"]),
            ("/api/users/email/prove", &["email", "code"]),
            ("/api/users/me/email", &["email", "password"]),
        ] {
            let form: Vec<_> = fields.iter().map(|field| (*field, text.as_str())).collect();
            let status = browser.submit(path, &form).await.status;
            assert!(!status.is_server_error(), "{path} {text:.200}: {status}");
        }
    }
}

/// As a browser's form would hold it: text.
fn percent_decoded(text: &str) -> String {
    let pair = format!("x={}", text.replace('+', "%2B"));
    url::form_urlencoded::parse(pair.as_bytes()).next().unwrap().1.into_owned()
}
