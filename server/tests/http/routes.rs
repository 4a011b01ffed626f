//! The table that `daemun routes` prints is the program.

use reqwest::Method;
use server::compose;
use url::Url;
use web::PublicOrigin;

use crate::app::App;

#[tokio::test]
async fn every_route_of_the_table_answers_and_its_guard_holds() {
    let app = App::start().await;
    let table = compose::table(&PublicOrigin::of(&Url::parse("http://localhost:3000").unwrap()));
    assert!(table.len() >= 9, "{table:?}");
    for entry in table {
        let path = entry.path.replace("{provider}", "google").replace("{*name}", "viewer");
        let method: Method = entry.method.parse().unwrap();
        let answer = app.browser().send(method, &path, &[("accept", "application/json")], None).await;
        let status = answer.status.as_u16();
        match entry.guard {
            "public" if path.contains("{id}") => assert_eq!(status, 404, "{path}: that is nobody's"),
            "public" => assert_eq!(status, 200, "{path}"),
            "signed-in" => assert!([303, 401].contains(&status), "{path}: {status}"),
            "login-transaction" => assert_eq!(status, 400, "{path}"),
            "provider-notice" => assert_eq!(status, 404, "{path}: Google sends none"),
            "credential" if path.contains("/providers/") => {
                assert_eq!(status, 404, "{path}: Google sends none");
            }
            "credential" => assert_eq!(status, 415, "{path}: there is none"),
            "own-pages-or-programs" => {
                assert!([400, 401, 415].contains(&status), "{path}: {status}, as a program");
                let foreign = [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")];
                let method: Method = entry.method.parse().unwrap();
                let answer = app.browser().send(method, &path, &foreign, None).await;
                assert_eq!(answer.status, 403, "{path}, from a foreign page");
            }
            "same-origin" => assert_eq!(status, 403, "{path}"),
            other => panic!("{path}: a guard without a rule: {other}"),
        }
    }
}

#[tokio::test]
async fn s_ops_2_what_operators_see_is_not_public() {
    let app = App::start().await;
    for path in ["/metrics", "/health/live", "/health/ready", "/debug", "/dev/clock"] {
        assert_eq!(app.browser().fetch(path).await.status, 404, "{path}");
    }
    let operators = app.operators();
    for (path, word) in [("/health/live", "live"), ("/health/ready", "ready"), ("/metrics", "")] {
        let answer = operators.fetch(path).await;
        assert_eq!(answer.status, 200, "{path}");
        assert!(answer.body.contains(word));
    }
}
