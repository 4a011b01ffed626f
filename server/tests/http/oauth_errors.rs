//! Errors of the endpoints that OAuth gives their shape: no matter what refuses, and what the request says of who waits.

use futures::stream;
use reqwest::Method;
use testkit::Answer;

use crate::app::App;
use crate::portal::{CLIENTS, authorize, error};

const PAGE: &str = "http://localhost:3999";

/// The endpoints, and whether pages of clients may call them.
const ENDPOINTS: [(&str, bool); 7] = [
    ("/oauth2/token", true),
    ("/oauth2/par", true),
    ("/oauth2/introspect", false),
    ("/oauth2/revoke", false),
    ("/oauth2/device_authorization", false),
    ("/oauth2/register", false),
    ("/oauth2/userinfo", true),
];

/// What programs and people send. Nobody who calls these endpoints reads a page.
const WAITING: [&[(&str, &str)]; 4] = [
    &[("accept", "text/html")],
    // `HttpURLConnection` of Java.
    &[("accept", "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2")],
    &[("accept", "application/json, text/html")],
    &[("sec-fetch-mode", "navigate"), ("accept", "text/html,application/xhtml+xml")],
];

async fn started() -> App {
    App::configured(&format!("[authorization]\nregistration_token = \"an-hour-in-the-garden\"\n{CLIENTS}"))
        .await
}

/// Whether an answer has the one shape, and its page may read it where there is one for the endpoint.
fn is_shaped(answer: &Answer, path: &str, for_pages: bool) {
    assert_eq!(answer.header("content-type"), "application/json", "{path}: {}", answer.body);
    assert_eq!(answer.header("cache-control"), "no-store", "{path}");
    let said = answer.json();
    let names: Vec<_> = said.as_object().unwrap().keys().cloned().collect();
    assert_eq!(names, ["error", "error_description"], "{path}: {said}");
    let description = said["error_description"].as_str().unwrap();
    assert!(!description.is_empty() && description.is_ascii(), "{path}: {description}");
    let page = if for_pages { PAGE } else { "" };
    assert_eq!(answer.header("access-control-allow-origin"), page, "S-AS-15: {path}");
}

#[tokio::test]
async fn s_as_18_errors_are_no_pages_whoever_seems_to_wait() {
    let app = started().await;
    let wrong = [("client_id", "portal-client"), ("grant_type", "refresh_token"), ("refresh_token", "x")];
    for (path, for_pages) in ENDPOINTS {
        for waiting in WAITING {
            let headers: Vec<_> = waiting.iter().copied().chain([("origin", PAGE)]).collect();
            let answer = app.browser().send(Method::POST, path, &headers, Some(&wrong)).await;
            assert!(answer.status.is_client_error(), "{path}: {}", answer.status);
            is_shaped(&answer, path, for_pages);
        }
    }
    for document in ["/oauth2/jwks", "/.well-known/oauth-authorization-server"] {
        let answer = app.browser().send(Method::PUT, document, WAITING[1], None).await;
        assert_eq!(
            (answer.status.as_u16(), answer.header("content-type")),
            (405, "application/json"),
            "{document}"
        );
    }
    let page = app.browser().send(Method::GET, "/nothing", WAITING[0], None).await;
    assert!(page.header("content-type").starts_with("text/html"), "the control");
}

#[tokio::test]
async fn s_as_17_s_as_18_other_methods_are_refused_in_the_one_shape() {
    let app = started().await;
    for (path, for_pages) in ENDPOINTS {
        for waiting in WAITING {
            let headers: Vec<_> = waiting.iter().copied().chain([("origin", PAGE)]).collect();
            let answer = app.browser().send(Method::PUT, path, &headers, None).await;
            assert_eq!(error(&answer), (405, "invalid_request".to_owned()), "{path}");
            is_shaped(&answer, path, for_pages);
            let allowed = answer.header("allow");
            assert!(allowed.split(',').any(|method| method == "POST"), "{path}: {allowed}");
            assert!(answer.body.contains("POST"), "{path}: {}", answer.body);
        }
    }
}

#[tokio::test]
async fn s_as_18_s_rate_5_a_body_that_is_too_large_is_refused_in_the_one_shape_whether_its_length_is_told_or_not()
 {
    let app = started().await;
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let site = format!("http://{}", app.address());
    for (path, for_pages) in ENDPOINTS {
        let (kind, wrong, limit) = if path == "/oauth2/register" {
            ("application/json", "invalid_client_metadata", "16384")
        } else {
            ("application/x-www-form-urlencoded", "invalid_request", "65536")
        };
        let body = format!("access_token={}", "x".repeat(70 * 1024));
        for told in [true, false] {
            let request = client.post(format!("{site}{path}")).header("host", "localhost:3000");
            let request =
                request.header("origin", PAGE).header("content-type", kind).header("accept", "text/html");
            let request = request.header("authorization", "Bearer an-hour-in-the-garden");
            let request = if told {
                request.body(body.clone())
            } else {
                let pieces: Vec<_> = body
                    .as_bytes()
                    .chunks(8192)
                    .map(|piece| Ok::<_, std::io::Error>(piece.to_vec()))
                    .collect();
                request.body(reqwest::Body::wrap_stream(stream::iter(pieces)))
            };
            let answer = request.send().await.unwrap();
            let (status, headers) = (answer.status(), answer.headers().clone());
            let answer = Answer { status, headers, body: answer.text().await.unwrap() };
            assert_eq!(error(&answer), (413, wrong.to_owned()), "{path} {told}: {}", answer.body);
            is_shaped(&answer, path, for_pages);
            assert!(answer.body.contains(limit), "{path} {told}: {}", answer.body);
            let varies: Vec<_> =
                answer.headers.get_all("vary").iter().filter(|name| *name == "origin").collect();
            assert_eq!(varies.len(), usize::from(for_pages), "{path} {told}");
        }
    }
}

#[tokio::test]
async fn a_pushed_request_that_is_too_large_says_what_it_may_have() {
    let app = started().await;
    let hint = "x".repeat(9 * 1024);
    let query = authorize(&[("login_hint", &hint)]);
    let form: Vec<_> = url::form_urlencoded::parse(query.split_once('?').unwrap().1.as_bytes()).collect();
    let form: Vec<_> = form.iter().map(|(name, value)| (&**name, &**value)).collect();
    let answer = app.browser().send(Method::POST, "/oauth2/par", &[("origin", PAGE)], Some(&form)).await;
    assert_eq!(error(&answer), (413, "invalid_request".to_owned()), "{}", answer.body);
    is_shaped(&answer, "/oauth2/par", true);
    assert!(answer.body.contains("8192 bytes"), "{}", answer.body);
}
