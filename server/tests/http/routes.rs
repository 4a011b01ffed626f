//! The table that `daemun routes` prints is the program.

use std::time::Duration;

use names::Role;
use reqwest::Method;
use server::compose;
use url::Url;
use web::PublicOrigin;
use web::guard::{MemberEntry, ProofNeeded, Source};

use crate::admin_api::id_of;
use crate::admin_invitation::operation;
use crate::app::App;

#[tokio::test]
async fn every_route_of_the_table_answers_and_its_guard_holds() {
    let app = App::start().await;
    let table = compose::table(&PublicOrigin::of(&Url::parse("http://localhost:3000").unwrap()));
    assert!(table.len() >= 9, "{table:?}");
    for entry in table {
        let path = entry.path.replace("{provider}", "google");
        let method: Method = entry.method.parse().unwrap();
        let answer = app.browser().send(method, &path, &[("accept", "application/json")], None).await;
        let status = answer.status.as_u16();
        match entry.guard.source {
            Source::Anywhere if entry.guard.member.is_some_and(|member| member.is_hidden) => {
                assert_eq!(status, 404, "{path}: for strangers there is none");
            }
            Source::Anywhere if entry.guard.member.is_some() => {
                assert!([303, 401].contains(&status), "{path}: {status}");
            }
            Source::Anywhere if path.contains("{id}") => assert_eq!(status, 404, "{path}: that is nobody's"),
            Source::Anywhere if path.starts_with("/.well-known/oauth-protected-resource") => {
                assert_eq!(status, 404, "{path}: no route describes itself");
            }
            // No sign-in waits for a code here.
            Source::Anywhere if path == "/oauth/second" => assert_eq!(status, 303, "{path}"),
            Source::Anywhere if path == "/signup/passkey" => assert_eq!(status, 404, "{path}: it is off"),
            // Where the history was before.
            Source::Anywhere if path == "/me/activity" => assert_eq!(status, 301, "{path}"),
            Source::Anywhere if path == "/.well-known/change-password" => assert_eq!(status, 303, "{path}"),
            Source::Anywhere if entry.method == "OPTIONS" => assert_eq!(status, 204, "{path}"),
            Source::Anywhere | Source::OauthRequest if path == "/oauth2/userinfo" => {
                assert_eq!(status, 401, "{path}: no token");
            }
            Source::Anywhere if path.starts_with("/oauth2/authorize") => {
                assert_eq!(status, 400, "{path}: no client is named");
            }
            Source::Anywhere => assert_eq!(status, 200, "{path}"),
            Source::Gateway => assert_eq!(status, 401, "{path}"),
            Source::LoginTransaction => assert_eq!(status, 400, "{path}"),
            Source::ProviderWebhook => assert_eq!(status, 404, "{path}: Google sends none"),
            Source::Credential if path == "/oauth2/register" => assert_eq!(status, 404, "{path}: it is off"),
            Source::Credential => assert_eq!(status, 415, "{path}: there is none"),
            Source::OauthClient | Source::OauthRequest => {
                assert_eq!(status, 400, "{path}: no client is named");
            }
            Source::OwnPagesOrPrograms => {
                let strangers: &[u16] = if entry.guard.member.is_some() { &[401] } else { &[400, 415] };
                assert!(strangers.contains(&status), "{path}: {status}, as a program");
                let foreign = [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")];
                let method: Method = entry.method.parse().unwrap();
                let answer = app.browser().send(method, &path, &foreign, None).await;
                assert_eq!(answer.status, 403, "{path}, from a foreign page");
            }
            Source::SameOrigin => assert_eq!(status, 403, "{path}"),
            Source::Development => panic!("{path}: tools of developers are not in this table"),
        }
    }
}

#[tokio::test]
async fn s_gw_1_where_nothing_is_no_method_is_allowed_and_where_a_file_is_only_reading() {
    let app = App::start().await;
    let ours = [("sec-fetch-site", "same-origin"), ("sec-fetch-mode", "cors")];
    let send = async |method: &Method, path: &str| {
        let answer = app.browser().send(method.clone(), path, &ours, None).await;
        (answer.status.as_u16(), answer.header("allow").to_owned())
    };
    let writes = [Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS];
    let reads = [Method::GET, Method::HEAD];
    for path in
        ["/nope", "/api/nope/1", "/api/fn/nope", "/api/fn/", "/pkg/nope.css", "/me/nope", "/oauth2/nope"]
    {
        for method in writes.iter().chain(&reads) {
            assert_eq!(send(method, path).await, (404, String::new()), "{method} {path}");
        }
    }
    for method in &writes {
        assert_eq!(send(method, "/favicon.svg").await, (405, "GET,HEAD".to_owned()), "{method}");
    }
    for method in &reads {
        assert_eq!(send(method, "/favicon.svg").await, (200, String::new()), "{method}");
        assert_eq!(send(method, "/api/fn/viewer").await, (405, "POST".to_owned()), "{method}");
    }
    let head = app.browser().send(Method::HEAD, "/favicon.svg", &ours, None).await;
    assert_eq!((head.header("content-length"), head.body.as_str()), ("6", ""));
}

#[tokio::test]
async fn s_acc_14_each_route_that_wants_a_fresh_proof_refuses_an_older_one() {
    let app = App::start().await;
    let browser = app.browser();
    app.sign_in(&browser, "google", "minji").await;
    // Whom no route refuses for a role.
    let member = id_of(&browser).await;
    app.roles().give(member, &Role::ADMIN, &operation()).await.unwrap();
    app.clock.advance(Duration::from_mins(11));
    app.settled().await;
    // That the session was used is written down by and by.
    let all_but_uses = async || {
        let state = app.state().await;
        state.lines().filter(|line| !line.starts_with("sessions|")).collect::<Vec<_>>().join("\n")
    };
    let before = all_but_uses().await;
    let table = compose::table(&PublicOrigin::of(&Url::parse("http://localhost:3000").unwrap()));
    let is_fresh = |member: MemberEntry| member.proof == ProofNeeded::Fresh;
    let fresh = table.iter().filter(|entry| entry.guard.member.is_some_and(is_fresh));
    let mut asked = 0;
    for entry in fresh {
        asked += 1;
        let path = entry.path.replace("{provider}", "google");
        let method: Method = entry.method.parse().unwrap();
        let form =
            [("way", "password"), ("email", "minji@example.com"), ("password", "문풍지에 스미는 겨울 볕")];
        // Where no form leads, nobody navigates.
        let modes =
            [("cors", 403), ("navigate", 303)].into_iter().take(1 + usize::from(entry.form.is_some()));
        for (mode, status) in modes {
            let ours = [("sec-fetch-site", "same-origin"), ("sec-fetch-mode", mode)];
            let answer = browser.send(method.clone(), &path, &ours, Some(&form)).await;
            assert_eq!(answer.status, status, "{path} {mode}: {}", answer.body);
            let told = format!("{} {}", answer.location(), answer.body);
            let sign = if status == 303 { "/oauth/prove?return_to=" } else { "FRESH_SIGN_IN_NEEDED" };
            assert!(told.contains(sign), "{path}: {told}");
        }
    }
    assert!(asked >= 4, "{asked}");
    assert!(all_but_uses().await == before, "nothing was done");
}

#[tokio::test]
async fn head_does_nothing_where_get_does_something() {
    let app = App::start().await;
    let browser = app.browser();
    app.sign_in(&browser, "google", "minji").await;
    app.settled().await;
    let before = app.state().await;
    let table = compose::table(&PublicOrigin::of(&Url::parse("http://localhost:3000").unwrap()));
    let acting: Vec<_> = table.iter().filter(|entry| entry.acts).collect();
    let must_be_there = [
        "/oauth2/authorize",
        "/oauth2/authorize/{request}",
        "/oauth2/logout",
        "/api/auth/callback/{provider}",
        "/api/providers/{provider}/unlinked",
        "/api/users/me/export",
        "/device",
    ];
    for path in must_be_there {
        assert!(acting.iter().any(|entry| entry.path == path), "{path}");
    }
    for entry in acting {
        let path = entry.path.replace("{provider}", "google").replace("{request}", &"A".repeat(43));
        let answer = browser.send(Method::HEAD, &path, &[], None).await;
        let methods = table.iter().filter(|other| other.path == entry.path).map(|other| other.method);
        let methods = methods.collect::<Vec<_>>().join(",");
        assert_eq!((answer.status.as_u16(), answer.header("allow")), (405, methods.as_str()), "{path}");
    }
    // A page that only shows something has a `HEAD`.
    assert_eq!(browser.send(Method::HEAD, "/me", &[], None).await.status, 200);
    assert!(app.state().await == before, "nothing was done");
}

#[tokio::test]
async fn s_ops_2_what_operators_see_is_not_public() {
    let app = App::start().await;
    let operators = app.operators();
    let theirs = [
        ("/health/live", "text/plain; charset=utf-8", "live\n"),
        ("/health/ready", "text/plain; charset=utf-8", "ready\n"),
        ("/metrics", "text/plain; version=0.0.4; charset=utf-8", "daemun_"),
        ("/openapi.json", "application/json", "\"openapi\": \"3.1.0\""),
        ("/listeners", "text/plain; charset=utf-8", "\nops_listen 127.0.0.1:0\n"),
    ];
    // Something was counted.
    app.sign_in(&app.browser(), "google", "minji").await;
    for (path, kind, word) in theirs {
        let answer = operators.fetch(path).await;
        assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, kind), "{path}");
        let is_document = ["/openapi.json", "/listeners"].contains(&path) && answer.body.contains(word);
        assert!(path == "/metrics" || is_document || answer.body == word, "{path}: {}", answer.body);
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
        "/openapi",
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
