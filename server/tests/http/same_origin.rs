//! What other sites may make a browser do here: nothing.

use std::collections::BTreeSet;

use reqwest::Method;
use server::compose;
use testkit::Browser;
use web::PublicOrigin;
use web::guard::{GuardEntry, Source};

use crate::app::{App, ORIGIN};

/// What the forms of all writes hold together, so that each one would do something if it were let through.
const FORM: [(&str, &str); 12] = [
    ("return_to", "/"),
    ("everywhere", "on"),
    ("session", "others"),
    ("email", "mallory@example.com"),
    ("password", "조용한 아침에 마시는 보리차 한 잔"),
    ("current", "조용한 아침에 마시는 보리차 한 잔"),
    ("nickname", "도둑"),
    ("greeting", "다녀갑니다"),
    ("language", "en"),
    ("provider", "google"),
    ("confirm", "on"),
    ("sure", "on"),
];

/// Every route of the program that changes something, with an address in place of each pattern. New ones are added by
/// themselves; one with a placeholder that is not known here stops the test.
fn writes() -> Vec<(Method, String, GuardEntry)> {
    let table = compose::table(&PublicOrigin::of(&ORIGIN.parse().unwrap()));
    let mut writes = Vec::new();
    for entry in table.iter().filter(|entry| !["GET", "OPTIONS"].contains(&entry.method)) {
        let method: Method = entry.method.parse().unwrap();
        let path = filled(entry.path);
        assert!(!path.contains('{'), "{path}: what is here?");
        writes.push((method, path, entry.guard));
    }
    assert!(writes.len() >= 25, "{writes:?}");
    let answered =
        writes.iter().map(|(_, path, _)| path.as_str()).filter(|path| path.starts_with("/api/fn/"));
    let answered: BTreeSet<String> = answered.map(str::to_owned).collect();
    assert_eq!(answered, functions().into_iter().collect(), "every function has its route and its guard");
    writes
}

/// A path with something in place of its patterns: nobody's id.
fn filled(path: &str) -> String {
    let values = [
        ("{provider}", "google"),
        ("{id}", "01912f3a-0000-7000-8000-000000000001"),
        ("{consumer}", "notifications"),
        ("{event}", "evt-01912f3a-0000-7000-8000-000000000001"),
        ("{receiver}", "billing"),
    ];
    values.into_iter().fold(path.to_owned(), |path, (pattern, value)| path.replace(pattern, value))
}

/// The server functions, as the framework has them registered.
fn functions() -> Vec<String> {
    let functions: Vec<String> =
        leptos::server_fn::axum::server_fn_paths().map(|(path, _)| path.to_owned()).collect();
    assert!(
        !functions.is_empty() && functions.iter().all(|path| path.starts_with("/api/fn/")),
        "{functions:?}"
    );
    functions
}

/// Somebody who is signed in, in an app where nothing goes on any more.
async fn signed_in(app: &App) -> Browser {
    let browser = app.browser();
    app.sign_in(&browser, "google", "minji").await;
    app.settled().await;
    browser
}

#[tokio::test]
async fn s_bff_3_forms_of_other_sites_change_nothing() {
    let foreign: [&[(&str, &str)]; 10] = [
        &[("origin", "https://evil.example")],
        &[("origin", "null")],
        &[("sec-fetch-site", "same-site"), ("origin", ORIGIN)],
        &[("sec-fetch-site", "same-site")],
        &[("sec-fetch-site", "cross-site"), ("origin", ORIGIN)],
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "none")],
        &[("sec-fetch-site", "Same-Origin")],
        &[("origin", "http://localhost:3000.evil.example")],
        &[],
    ];
    for app in App::both().await {
        let browser = signed_in(&app).await;
        let before = app.state().await;
        for (method, path, guard) in writes() {
            for headers in foreign {
                let answer = browser.send(method.clone(), &path, headers, Some(&FORM)).await;
                match guard.source {
                    // No cookie is looked at: what the browser adds by itself is no credential there.
                    Source::Credential | Source::ProviderWebhook => {
                        assert!([404, 415].contains(&answer.status.as_u16()), "{path} {headers:?}");
                    }
                    // Nor there, and the form is none of a client. A request to sign out is asked about on a page of ours.
                    Source::OauthClient | Source::OauthRequest => {
                        let asks = path == "/oauth2/logout" && answer.status == 303;
                        assert!(
                            asks || [400, 401].contains(&answer.status.as_u16()),
                            "{path} {headers:?}: {}",
                            answer.status
                        );
                    }
                    _ => assert_eq!(answer.status, 403, "{method} {path} {headers:?}"),
                }
                assert_eq!(answer.cookies(), [] as [&str; 0], "{path}");
            }
        }
        assert_eq!(app.state().await, before);
        assert!(app.is_signed_in(&browser).await);
        app.flush_audit().await;
        let dump = app.database.dump().await;
        let rows = dump.lines().filter(|line| line.starts_with("audit_events|"));
        let denied: Vec<_> = rows.filter(|line| line.contains("|access_denied|")).collect();
        assert_eq!(denied.len(), 1, "S-LOG-1, and S-RATE-7: one row for all of them: {denied:?}");
        // The control: the same forms from our own pages are let in, or all this would prove nothing.
        let by_cookie =
            |source| !matches!(source, Source::Credential | Source::OauthClient | Source::ProviderWebhook);
        for (method, path, _) in writes().into_iter().filter(|(.., guard)| by_cookie(guard.source)) {
            let ours = [("sec-fetch-site", "same-origin")];
            let answer = app.browser().send(method.clone(), &path, &ours, Some(&FORM)).await;
            assert_ne!(answer.status, 403, "{method} {path}: {}", answer.body);
        }
        assert_ne!(app.state().await, before);
        app.stop().await;
    }
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
    for app in App::both().await {
        let browser = signed_in(&app).await;
        // The first page remembers at which provider this browser signed in.
        browser.open("/").await;
        // Where something can be read at the same address, that is all that happens.
        let table = compose::table(&PublicOrigin::of(&ORIGIN.parse().unwrap()));
        let is_read = |path: &str| table.iter().any(|entry| entry.method == "GET" && entry.path == path);
        let query: Vec<String> = FORM.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let before = app.state().await;
        for (_, path, _) in writes() {
            for method in [Method::GET, Method::HEAD] {
                for path in [path.clone(), format!("{path}?{}", query.join("&"))] {
                    let ours = [("sec-fetch-site", "same-origin"), ("sec-fetch-mode", "cors")];
                    let answer = browser.send(method.clone(), &path, &ours, None).await;
                    let status = answer.status.as_u16();
                    let is_read = is_read(path.split('?').next().unwrap());
                    // Where clients of the authorization server are told what is wrong.
                    // And where operators alone are let in.
                    let is_refused = path.starts_with("/oauth2/") && [400, 401].contains(&status)
                        || path.starts_with("/api/admin/") && status == 403;
                    assert!(
                        [404, 405].contains(&status) || (is_read && (status == 200 || is_refused)),
                        "{path}: {status}"
                    );
                    assert_eq!(answer.cookies(), [] as [&str; 0], "{path}");
                }
            }
        }
        assert_eq!(app.state().await, before);
        assert!(app.is_signed_in(&browser).await, "not signed out by GET either");
        app.stop().await;
    }
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

/// The framework says 500 for each error of a function.
#[tokio::test]
async fn a_server_function_that_is_asked_wrongly_says_so() {
    let app = App::start().await;
    let browser = app.browser();
    app.sign_in(&browser, "google", "minji").await;
    let ours = [("sec-fetch-site", "same-origin")];
    for (path, form) in [
        ("/api/fn/resend_code", &[][..]),
        ("/api/fn/save_profile", &[("nickname", "민지")][..]),
        ("/api/fn/end_session", &[("unknown", "1")][..]),
        ("/api/fn/delete_post", &[("id", "unknown")][..]),
    ] {
        let answer = browser.send(Method::POST, path, &ours, Some(form)).await;
        assert_eq!(answer.status, 400, "{path}: {}", answer.body);
        assert!(!answer.body.contains("INTERNAL_ERROR"), "{path}: {}", answer.body);
    }
    // A form of which every field may be left out needs no body, and so no type of one.
    let left = browser.send(Method::POST, "/api/auth/signout", &ours, None).await;
    assert_eq!(left.status, 303, "{}", left.body);
    assert!(!app.is_signed_in(&browser).await);
}

/// What strangers may call, and why nothing is lost by that. Anyone who adds a line here says so.
const PUBLIC: [(&str, &str); 34] = [
    ("/api/fn/viewer", "says that nobody is signed in"),
    ("/api/fn/resend_code", "sends the mail to its owner again"),
    ("/api/language", "the language of this browser"),
    ("/api/auth/signin/google", "begins a login"),
    ("/api/auth/signin/password", "asks for the password"),
    ("/api/auth/passkey/options", "asks everybody the same"),
    ("/api/auth/signin/passkey", "asks for a passkey"),
    ("/api/auth/signin/recovery", "asks for the code of an account and a recovery code"),
    ("/api/auth/signup/passkey/options", "asks everybody the same, where it is switched on"),
    ("/api/auth/signup/passkey", "makes an account, where it is switched on"),
    ("/api/auth/signout", "ends the session of anyone who has one"),
    ("/api/users/signup", "makes an account"),
    ("/api/users/signup/resend", "sends the mail to its owner again"),
    ("/api/users/signup/prove", "asks for the token of a mail"),
    ("/api/users/password/forgot", "sends a mail to the owner"),
    ("/api/users/password/reset", "asks for the token of a mail"),
    ("/api/users/email/prove", "asks for the token of a mail"),
    ("/api/users/deletion/cancel", "asks for the token of a mail"),
    ("/api/users/factor-reset/cancel", "asks for the token of a mail"),
    ("/oauth2/authorize", "keeps the request of a registered client, and gives nothing"),
    ("/oauth2/token", "asks for a code or a refresh token"),
    ("/oauth2/consent", "asks for the request, and for what its page showed to this very session"),
    ("/oauth2/par", "keeps the request of a registered client, and gives nothing"),
    ("/oauth2/register", "asks for the registration token"),
    ("/oauth2/introspect", "asks for the client's secret"),
    ("/oauth2/revoke", "asks for the token"),
    ("/oauth2/device_authorization", "gives codes that a member has to allow"),
    ("/oauth2/logout", "ends the session of anyone who has one, from our own page"),
    ("/auth/login", "asks for the password"),
    ("/auth/login/second", "asks for the challenge of a right password, and for a code"),
    ("/auth/refresh", "asks for the refresh token"),
    ("/auth/logout", "asks for the refresh token"),
    ("/api/providers/google/unlinked", "asks for the provider's proof"),
    ("/api/auth/callback/google", "asks for the login's own cookie"),
];

#[tokio::test]
async fn s_bff_7_each_function_and_route_asks_by_itself_who_calls() {
    let app = App::start().await;
    app.sign_in(&app.browser(), "google", "minji").await;
    app.settled().await;
    let before = app.state().await;
    let (mut asked, mut public) = (0, BTreeSet::new());
    let reads = compose::table(&PublicOrigin::of(&ORIGIN.parse().unwrap()))
        .into_iter()
        // Pages and pictures that anybody may see are declared so; `every_route_of_the_table…` holds them to it.
        .filter(|entry| entry.method == "GET")
        .filter(|entry| entry.guard.source != Source::Anywhere || entry.guard.member.is_some())
        .map(|entry| (Method::GET, filled(entry.path), entry.guard));
    for (method, path, guard) in writes().into_iter().chain(reads) {
        assert!(!path.contains('{'), "{path}: what is here?");
        if let Some((path, _)) = PUBLIC.iter().find(|(public, _)| *public == path) {
            public.insert(*path);
            continue;
        }
        asked += 1;
        let form = (method != Method::GET).then_some(&FORM[..]);
        let ours = [("sec-fetch-site", "same-origin"), ("sec-fetch-mode", "cors")];
        let forged = [("authorization", "Bearer eyJhbGciOiJub25lIn0.e30."), ours[0], ours[1]];
        for headers in [&ours[..], &forged] {
            let answer = app.browser().send(method.clone(), &path, headers, form).await;
            let to_login = answer.status == 303 && answer.location().starts_with("/oauth/login?");
            let refused = [401, 403].contains(&answer.status.as_u16());
            let is_hidden = guard.member.is_some_and(|member| member.is_hidden) && answer.status == 404;
            assert!(
                refused || to_login || is_hidden,
                "{method} {path}: {} {}",
                answer.status,
                answer.location()
            );
        }
    }
    assert!(asked >= 10, "{asked}");
    assert_eq!(public, PUBLIC.map(|(path, _)| path).into(), "the list names what there is");
    assert_eq!(app.state().await, before);
    // What is on the public list tells a stranger nothing.
    let ours = [("sec-fetch-site", "same-origin")];
    let viewer = app.browser().send(Method::POST, "/api/fn/viewer", &ours, Some(&[])).await;
    assert_eq!((viewer.status.as_u16(), viewer.body.as_str()), (200, "null"));
    let unknown = app.browser().send(Method::POST, "/api/fn/other", &ours, Some(&[])).await;
    assert_eq!(unknown.status, 404, "{}", unknown.body);
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
