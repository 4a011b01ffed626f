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
    let operators = app.operators();
    let theirs = [
        ("/health/live", "text/plain; charset=utf-8", "live\n"),
        ("/health/ready", "text/plain; charset=utf-8", "ready\n"),
        ("/metrics", "text/plain; version=0.0.4; charset=utf-8", "daemun_"),
    ];
    // Something was counted.
    app.sign_in(&app.browser(), "google", "minji").await;
    for (path, kind, word) in theirs {
        let answer = operators.fetch(path).await;
        assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, kind), "{path}");
        assert!(path == "/metrics" || answer.body == word, "{path}: {}", answer.body);
        let public = app.browser().fetch(path).await;
        assert_eq!(public.status, 404, "{path}");
        assert!(!public.body.contains(word), "{path}: {}", public.body);
    }
    let tools = [
        "/debug",
        "/debug/pprof",
        "/pprof",
        "/actuator",
        "/docs",
        "/openapi.json",
        "/swagger",
        "/swagger-ui",
        "/api-docs",
        "/graphql",
        "/live_reload",
        "/metrics/",
        "/Metrics",
        "/health",
        "/.git/config",
        "/.env",
        "/daemun.toml",
        "/Cargo.toml",
    ];
    for path in tools {
        assert_eq!(app.browser().fetch(path).await.status, 404, "{path}");
        assert_eq!(operators.fetch(path).await.status, 404, "{path}");
    }
    for path in ["/", "/oauth/login", "/api/auth/session", "/oauth2/jwks"] {
        assert_eq!(operators.fetch(path).await.status, 404, "{path}: operators get no page");
    }
}
