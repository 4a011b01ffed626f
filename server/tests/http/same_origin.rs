//! What other sites may make a browser do here: nothing.

use reqwest::Method;

use crate::app::{App, ORIGIN};

/// Every address that changes something.
const WRITES: [&str; 4] = ["/api/auth/signin/google", "/api/auth/signout", "/api/language", "/api/fn/viewer"];

#[tokio::test]
async fn s_bff_3_forms_of_other_sites_change_nothing() {
    let app = App::start().await;
    let browser = app.browser();
    app.sign_in(&browser, "google", "minji").await;
    let foreign: [&[(&str, &str)]; 8] = [
        &[("origin", "https://evil.example")],
        &[("origin", "null")],
        &[("sec-fetch-site", "same-site"), ("origin", ORIGIN)],
        &[("sec-fetch-site", "cross-site"), ("origin", ORIGIN)],
        &[("sec-fetch-site", "none")],
        &[("sec-fetch-site", "Same-Origin")],
        &[("origin", "http://localhost:3000.evil.example")],
        &[],
    ];
    app.settled().await;
    let before = app.database.dump().await;
    for path in WRITES {
        for headers in foreign {
            let answer = browser.send(Method::POST, path, headers, Some(&[("return_to", "/")])).await;
            assert_eq!(answer.status, 403, "{path} {headers:?}");
            assert_eq!(answer.cookies(), [] as [&str; 0]);
        }
    }
    assert_eq!(app.database.dump().await, before);
    assert!(app.is_signed_in(&browser).await);
}

#[tokio::test]
async fn s_bff_3_an_exact_origin_counts_where_the_browser_says_no_more() {
    let app = App::start().await;
    let answer = app
        .browser()
        .send(Method::POST, "/api/auth/signin/google", &[("origin", ORIGIN)], Some(&[("return_to", "/")]))
        .await;
    assert_eq!(answer.status, 303, "{}", answer.body);
}

#[tokio::test]
async fn s_bff_4_reading_changes_nothing() {
    let app = App::start().await;
    let browser = app.browser();
    app.sign_in(&browser, "google", "minji").await;
    app.settled().await;
    let before = app.database.dump().await;
    for path in WRITES {
        for method in [Method::GET, Method::HEAD] {
            let answer = browser.send(method, path, &[("sec-fetch-site", "same-origin")], None).await;
            assert!([404, 405].contains(&answer.status.as_u16()), "{path}: {}", answer.status);
        }
    }
    assert_eq!(app.database.dump().await, before);
    assert!(app.is_signed_in(&browser).await);
}

#[tokio::test]
async fn s_bff_6_a_server_function_redirects_to_no_referer() {
    let app = App::start().await;
    let headers = [
        ("sec-fetch-site", "same-origin"),
        ("accept", "text/html"),
        ("referer", "https://evil.example/page"),
    ];
    for form in [&[][..], &[("unknown", "1")][..]] {
        let answer = app.browser().send(Method::POST, "/api/fn/viewer", &headers, Some(form)).await;
        assert_eq!(answer.location(), "", "{}", answer.body);
        assert!(!answer.body.contains("evil"));
    }
}

#[tokio::test]
async fn s_bff_7_server_functions_tell_strangers_nothing() {
    let app = App::start().await;
    // The written public list: it says that nobody is signed in.
    let answer = app
        .browser()
        .send(Method::POST, "/api/fn/viewer", &[("sec-fetch-site", "same-origin")], Some(&[]))
        .await;
    assert_eq!((answer.status.as_u16(), answer.body.as_str()), (200, "null"));
    let unknown = app
        .browser()
        .send(Method::POST, "/api/fn/other", &[("sec-fetch-site", "same-origin")], Some(&[]))
        .await;
    assert!(unknown.status.is_client_error(), "{}", unknown.status);
}

#[tokio::test]
async fn s_bff_13_no_page_of_a_person_can_be_cached_or_steered() {
    let app = App::start().await;
    let browser = app.browser();
    app.sign_in(&browser, "google", "minji").await;
    for path in ["/me/x.css", "/me/..%2fx.css", "/me.css", "/me/"] {
        let answer = browser.open(path).await;
        assert_eq!(answer.status, 404, "{path}");
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        assert!(!answer.body.contains("김민지"), "{path}");
    }
    let headers =
        [("x-forwarded-host", "evil.example"), ("x-forwarded-proto", "ftp"), ("accept", "text/html")];
    for path in ["/", "/oauth/login", "/me"] {
        let answer = app.browser().send(Method::GET, path, &headers, None).await;
        assert!(!format!("{:?}{}", answer.headers, answer.body).contains("evil.example"), "{path}");
    }
}

#[tokio::test]
async fn s_hdr_9_no_other_origin_may_read_anything() {
    let app = App::start().await;
    for origin in ["https://evil.example", "null", "http://localhost:3000.evil.example"] {
        for path in ["/api/auth/session", "/", "/favicon.svg"] {
            let answer = app.browser().send(Method::GET, path, &[("origin", origin)], None).await;
            assert!(answer.headers.keys().all(|name| !name.as_str().starts_with("access-control")), "{path}");
        }
    }
}
