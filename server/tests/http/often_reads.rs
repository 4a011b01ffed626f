//! What is read often is answered before the router. Nobody must be able to tell.

use reqwest::Method;
use testkit::{Answer, Browser};

use crate::accounts::{PASSWORD, log_in, sign_up};
use crate::app::App;
use crate::authenticator::by_password;

const OFTEN: [&str; 3] = ["/api/auth/session", "/auth/verify", "/oauth2/jwks"];

/// What differs from one answer to the next of the same kind; and the router could have compressed its answer.
const OF_ONE_ANSWER: [&str; 3] = ["date", "vary", "x-request-id"];

fn shown(answer: &Answer) -> String {
    let fields = answer.headers.iter().filter(|(name, _)| !OF_ONE_ANSWER.contains(&name.as_str()));
    let mut fields: Vec<_> = fields.map(|(name, value)| format!("{name}: {value:?}")).collect();
    fields.sort();
    format!("{}\n{}\n{}", answer.status, fields.join("\n"), answer.body)
}

/// The same request twice: as it is, and with a body, which goes to the router.
async fn both_ways(browser: &Browser, path: &str, headers: &[(&str, &str)]) -> [String; 2] {
    let short = browser.send(Method::GET, path, headers, None).await;
    let long = browser.send(Method::GET, path, headers, Some(&[("a", "b")])).await;
    [shown(&short), shown(&long)]
}

#[tokio::test]
async fn s_hdr_1_what_is_read_often_is_answered_as_by_the_router() {
    let app = App::start().await;
    sign_up(&app).await;
    let (nobody, member) = (app.browser(), app.browser());
    assert_eq!(by_password(&member, PASSWORD).await.location(), "/me");
    let tokens = log_in(&app).await;
    let bearer = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
    let query = "a".repeat(9_000);
    for path in OFTEN {
        let long = format!("{path}?{query}");
        for (path, headers) in [
            (path, &[][..]),
            (path, &[("authorization", &*bearer)]),
            (path, &[("authorization", "Bearer a.b.c")]),
            (path, &[("x-forwarded-uri", "/a/../b")]),
            (path, &[("x-filler", &*query), ("x-filler", &*query), ("x-filler", &*query)]),
            (&long, &[]),
        ] {
            for browser in [&nobody, &member] {
                let [short, long] = both_ways(browser, path, headers).await;
                assert_eq!(short, long, "{path} {headers:?}");
            }
        }
    }
    let page = nobody.open("/auth/verify").await;
    assert!(page.header("content-type").starts_with("text/html"), "a person gets a page");
    app.stop().await;
}
