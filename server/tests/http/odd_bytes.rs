//! Headers with bytes that nobody expects: what is ours in them counts all the same.

use reqwest::header::{ACCEPT, ACCEPT_LANGUAGE, COOKIE, HOST, HeaderName, HeaderValue, USER_AGENT};
use testkit::Browser;

use crate::app::App;
use crate::echo::Echo;

/// Sends `GET path` with these lines, byte for byte, beside the session of `browser`.
async fn get(app: &App, browser: &Browser, path: &str, lines: &[(HeaderName, &[u8])]) -> (u16, String) {
    let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build();
    let mut request = client.unwrap().get(app.site.join(path).unwrap()).header(HOST, "localhost:3000");
    for (name, value) in lines {
        let value = if *name == COOKIE {
            let session = browser.cookie("daemun").unwrap_or_default();
            [*value, b"; daemun=", session.as_bytes(), b"; after=\xff"].concat()
        } else {
            value.to_vec()
        };
        request = request.header(name, HeaderValue::from_bytes(&value).unwrap());
    }
    let response = request.send().await.unwrap();
    (response.status().as_u16(), response.text().await.unwrap())
}

#[tokio::test]
async fn s_cookie_4_cookies_of_others_sign_nobody_out() {
    let echo = Echo::start().await;
    let app = App::configured(&format!(
        "[[gateway.routes]]\npath = \"/api/orders/{{*rest}}\"\nupstream = [\"{}\"]\nmethods = [\"GET\"]\nscope = \"read\"\n",
        echo.url()
    ))
    .await;
    let browser = app.browser();
    app.sign_in(&browser, "google", "minji").await;
    for cookies in ["name=홍길동".as_bytes(), b"name=\xe9", b"a=\"b,c\"", b"j={\"k\":[1,2]}", b"=x; ;;"] {
        let (_, session) = get(&app, &browser, "/api/auth/session", &[(COOKIE, cookies)]).await;
        assert!(session.contains("\"user\""), "{}: {session}", cookies.escape_ascii());
        let (status, page) =
            get(&app, &browser, "/me", &[(COOKIE, cookies), (ACCEPT, b"text/html, x/\xff")]).await;
        assert_eq!(status, 200, "{}: {page}", cookies.escape_ascii());
        let (status, _) = get(&app, &browser, "/api/orders/7", &[(COOKIE, cookies)]).await;
        assert_eq!(status, 200, "{}", cookies.escape_ascii());
    }
    let twice = b"name=\xe9; daemun=other";
    let (_, session) = get(&app, &browser, "/api/auth/session", &[(COOKIE, twice)]).await;
    assert_eq!(session, "null", "the name twice");
}

#[tokio::test]
async fn odd_bytes_in_what_a_browser_says_of_itself_leave_the_rest_readable() {
    let app = App::start().await;
    let nobody = app.browser();
    let lines: [(HeaderName, &[u8]); 3] = [
        (ACCEPT, b"\xe9/x, text/html"),
        (ACCEPT_LANGUAGE, b"x-\xe9, en-US;q=0.9, ko;q=0.1"),
        (USER_AGENT, b"Mozilla/5.0 \xff\xfe Safari"),
    ];
    let (status, page) = get(&app, &nobody, "/oauth/login", &lines).await;
    assert_eq!(status, 200);
    assert!(page.contains("<html lang=\"en\""), "{page}");
    let (status, page) = get(&app, &nobody, "/nothing", &lines).await;
    assert_eq!(status, 404);
    assert!(page.contains("<html lang=\"en\""), "a page for a person: {page}");
}

#[tokio::test]
async fn s_gw_7_the_client_is_found_behind_a_proxy_in_whatever_form_it_writes() {
    let echo = Echo::start().await;
    let app = App::configured(&format!(
        "[limits]\ntrusted_proxies = [\"127.0.0.1\"]\n\
         [[gateway.routes]]\npath = \"/shop/{{*rest}}\"\nupstream = [\"{}\"]\nmethods = [\"GET\"]\npublic = true\n",
        echo.url()
    ))
    .await;
    let forwarded = HeaderName::from_static("x-forwarded-for");
    for (sent, client) in [
        (&b"\xe9, 203.0.113.9"[..], "203.0.113.9"),
        (b"198.51.100.7:4711", "198.51.100.7"),
        (b"[2001:db8::7]:4711", "2001:db8::7"),
        (b"203.0.113.9, unknown", "203.0.113.9"),
        (b"1.2.3.4, \"203.0.113.9\", ", "203.0.113.9"),
        (b"unknown", "127.0.0.1"),
    ] {
        let (status, body) = get(&app, &app.browser(), "/shop/1", &[(forwarded.clone(), sent)]).await;
        assert_eq!(status, 200);
        let body: serde_json::Value = serde_json::from_str(&body).unwrap();
        assert_eq!(body["headers"]["x-forwarded-for"], client, "{}", sent.escape_ascii());
    }
}
