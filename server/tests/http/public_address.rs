//! Pages are opened at `public_url`, and who opens them elsewhere is sent there.

use reqwest::Method;
use testkit::Browser;

use crate::app::{App, ORIGIN};

const PAGE: (&str, &str) = ("accept", "text/html,application/xhtml+xml");

#[tokio::test]
async fn a_page_opened_at_another_name_is_sent_to_the_same_page_at_public_url() {
    let app = App::start().await;
    let elsewhere = Browser::new(&app.site);
    for path in ["/", "/oauth/login?return_to=%2Fme&error=expired", "/signup", "/me", "/members/0198"] {
        let answer = elsewhere.open(path).await;
        assert_eq!(answer.status, 303, "{path}");
        assert_eq!(answer.location(), format!("{ORIGIN}{path}"));
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "the address may hold a token");
        assert_eq!(answer.header("cache-control"), "no-store");
    }
    for host in ["www.localhost:3000", "localhost:3001", "localhost", "127.0.0.1:3000"] {
        let answer = elsewhere.send(Method::GET, "/", &[PAGE, ("host", host)], None).await;
        assert_eq!((answer.status.as_u16(), answer.location()), (303, "http://localhost:3000/"), "{host}");
    }
    // At the right one, and for programs anywhere, all is as ever.
    assert_eq!(app.browser().open("/").await.status, 200);
    assert_eq!(elsewhere.fetch("/api/auth/session").await.status, 200);
    assert_eq!(elsewhere.send(Method::GET, "/favicon.svg", &[PAGE], None).await.status, 200);
    assert_eq!(elsewhere.open("/nothing").await.status, 404);
}

#[tokio::test]
async fn behind_a_proxy_that_writes_its_own_name_nobody_goes_round_in_circles() {
    let app = App::with(&[("DAEMUN_LIMITS__TRUSTED_PROXIES", "127.0.0.1")]).await;
    let browser = Browser::new(&app.site);
    let open = async |headers: &[(&str, &str)]| {
        let answer = browser.send(Method::GET, "/", &[&[PAGE], headers].concat(), None).await;
        (answer.status.as_u16(), answer.location().to_owned())
    };
    let inside = ("host", "daemun:3000");
    let stays = (200, String::new());
    assert_eq!(open(&[inside, ("x-forwarded-for", "203.0.113.9")]).await, stays);
    assert_eq!(open(&[inside, ("x-forwarded-host", "localhost:3000")]).await, stays);
    assert_eq!(open(&[inside, ("via", "1.1 proxy")]).await, stays);
    let sent = (303, "http://localhost:3000/".to_owned());
    assert_eq!(open(&[inside, ("x-forwarded-host", "www.localhost:3000")]).await, sent);
    // One that says nothing of itself at all: after a few rounds the page is shown.
    let mut rounds = 0;
    while open(&[inside]).await != stays {
        rounds += 1;
        assert!(rounds < 10, "a browser would have given up");
    }
}

#[tokio::test]
async fn a_refused_form_names_the_address_that_helps() {
    let app = App::start().await;
    let browser = app.browser();
    let foreign = ("origin", "http://127.0.0.1:3000");
    let call = browser.send(Method::POST, "/api/auth/signout", &[foreign], Some(&[])).await;
    assert_eq!((call.status.as_u16(), call.json()["error"]["code"].as_str()), (403, Some("CROSS_ORIGIN")));
    assert!(call.json()["error"]["message"].as_str().unwrap().contains(ORIGIN), "{}", call.body);
    for (language, words) in [("ko", "다시 열고 시도해 주세요"), ("en", "Please open it at")] {
        let headers = [PAGE, foreign, ("accept-language", language)];
        let page = browser.send(Method::POST, "/api/auth/signin/google", &headers, Some(&[])).await;
        assert_eq!(page.status, 403);
        assert!(
            page.body.contains(words) && page.body.contains(&format!("href=\"{ORIGIN}/\"")),
            "{}",
            page.body
        );
    }
}
