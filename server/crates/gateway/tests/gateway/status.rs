//! The table of answers: method × path × credential × state of the upstream × kind of request.

use crate::bench::{TestGateway, route};
use crate::service::{Service, nobody};

/// What is sent, and what must come: status, code (empty for the service's own answer), a header that must be there.
type Row<'a> = (&'a str, &'a [&'a str], u16, &'a str, &'a str);

const READER: &str = "Authorization: Bearer reader";
const WRITER: &str = "Authorization: Bearer writer";
const LIVE: &str = "Cookie: daemun=live";
const ENDED: &str = "Cookie: daemun=ended";
const OURS: &str = "Sec-Fetch-Site: same-origin";
const NAVIGATES: &str = "Sec-Fetch-Mode: navigate";
const HTML: &str = "Accept: text/html,application/xhtml+xml";
const JSON: &str = "Accept: application/json";

const BARE: &str = "www-authenticate: Bearer realm=\"daemun\"";
const INVALID: &str = "www-authenticate: Bearer realm=\"daemun\", error=\"invalid_token\"";
const TWICE: &str = "www-authenticate: Bearer realm=\"daemun\", error=\"invalid_request\"";
const LACKS_WRITE: &str =
    "www-authenticate: Bearer realm=\"daemun\", error=\"insufficient_scope\", scope=\"orders:write\"";

async fn gateway(echo: &Service) -> (TestGateway, [Service; 3]) {
    let hanging = Service::hanging().await;
    let garbage = Service::raw(|mut stream, _| async move {
        let _ = tokio::io::AsyncWriteExt::write_all(&mut stream, b"SSH-2.0-none\r\n\r\n").await;
    })
    .await;
    let redirecting = Service::http(|_| async {
        http::Response::builder()
            .status(302)
            .header("location", "http://evil.example/")
            .body(axum::body::Body::empty())
            .unwrap()
    })
    .await;
    let echo = echo.url();
    let toml = [
        route("/api/orders/{*rest}", &[&echo], ""),
        route(
            "/api/write/{id}",
            &[&echo],
            "methods = [\"POST\", \"PUT\", \"DELETE\"]\nscope = \"orders:write\"",
        ),
        route("/api/both", &[&echo], "methods = [\"GET\"]\nscope = \"orders:read orders:write\""),
        route("/open/{*rest}", &[&echo], "public = true"),
        route("/small", &[&echo], "public = true\nbody_limit = \"10B\""),
        route("/dead", &[&nobody().await], "public = true"),
        route("/dead-too", &[&nobody().await], ""),
        route("/hangs", &[&hanging.url()], "public = true\ntimeout = \"200ms\""),
        route("/garbage", &[&garbage.url()], "public = true"),
        route("/moves", &[&redirecting.url()], "public = true"),
    ]
    .concat();
    (TestGateway::open(&toml).await, [hanging, garbage, redirecting])
}

#[rustfmt::skip]
fn rows<'a>() -> Vec<Row<'a>> {
    vec![
        // Nobody known.
        ("GET /api/orders/1", &[], 401, "TOKEN_MISSING", BARE),
        ("GET /api/orders/1", &[JSON], 401, "TOKEN_MISSING", BARE),
        ("GET /api/orders/1", &["Sec-Fetch-Mode: cors", HTML], 401, "TOKEN_MISSING", BARE),
        ("GET /api/orders/1", &["Sec-Fetch-Mode: no-cors"], 401, "TOKEN_MISSING", BARE),
        ("HEAD /api/orders/1", &[], 401, "", BARE),
        ("POST /api/orders/1", &[], 401, "TOKEN_MISSING", BARE),
        ("POST /api/orders/1", &[NAVIGATES, HTML], 401, "TOKEN_MISSING", BARE),
        ("GET /api/orders/1?access_token=reader", &[], 401, "TOKEN_MISSING", BARE),
        ("GET /api/orders/1", &["Authorization: Basic cmVhZGVy"], 401, "TOKEN_MISSING", BARE),
        ("GET /api/orders/1", &["X-Member-Id: alice"], 401, "TOKEN_MISSING", BARE),
        ("GET /api/orders/1", &["Cookie: other=1"], 401, "TOKEN_MISSING", BARE),
        ("GET /api/orders/1", &["Cookie: daemun=live; daemun=live"], 401, "TOKEN_MISSING", BARE),
        ("GET /api/orders/1", &["Cookie: Daemun=live"], 401, "TOKEN_MISSING", BARE),
        ("PUT /api/write/1", &[], 401, "TOKEN_MISSING", BARE),
        // A person who navigates is sent to sign in.
        ("GET /api/orders/1?a=b&c=d", &[NAVIGATES], 303, "", "location: /oauth/login?return_to=%2Fapi%2Forders%2F1%3Fa%3Db%26c%3Dd"),
        ("GET /api/orders/1", &[HTML], 303, "", "location: /oauth/login?return_to=%2Fapi%2Forders%2F1"),
        ("GET /api/orders/1", &[HTML, ENDED], 303, "", "location: /oauth/login?return_to=%2Fapi%2Forders%2F1"),
        ("GET /api/orders/1", &[NAVIGATES, ENDED], 303, "", "cache-control: no-store"),
        ("GET /api/orders/1", &[NAVIGATES, "Authorization: Bearer expired"], 401, "TOKEN_EXPIRED", INVALID),
        // A session that has ended.
        ("GET /api/orders/1", &[ENDED], 401, "TOKEN_REVOKED", BARE),
        ("GET /api/orders/1", &[ENDED, JSON], 401, "TOKEN_REVOKED", BARE),
        ("POST /api/orders/1", &[ENDED, OURS], 401, "TOKEN_REVOKED", BARE),
        // Bad tokens: one challenge for all.
        ("GET /api/orders/1", &["Authorization: Bearer forged"], 401, "TOKEN_INVALID", INVALID),
        ("GET /api/orders/1", &["Authorization: Bearer expired"], 401, "TOKEN_EXPIRED", INVALID),
        ("GET /api/orders/1", &["Authorization: Bearer revoked"], 401, "TOKEN_REVOKED", INVALID),
        ("GET /api/orders/1", &["Authorization: Bearer"], 401, "TOKEN_INVALID", INVALID),
        ("GET /api/orders/1", &["Authorization: Bearer a b"], 401, "TOKEN_INVALID", INVALID),
        ("GET /api/orders/1", &["Authorization: Bearer reader\", x=\""], 401, "TOKEN_INVALID", INVALID),
        ("GET /api/orders/1", &[READER, READER], 400, "AUTHORIZATION_AMBIGUOUS", TWICE),
        ("GET /api/orders/1", &[READER, "Authorization: Basic x"], 400, "AUTHORIZATION_AMBIGUOUS", TWICE),
        // We cannot tell.
        ("GET /api/orders/1", &["Authorization: Bearer away"], 503, "AUTH_UNAVAILABLE", "retry-after: 2"),
        ("GET /api/orders/1", &["Cookie: daemun=away"], 503, "AUTH_UNAVAILABLE", "retry-after: 2"),
        ("GET /api/orders/1", &["Cookie: daemun=away", HTML], 503, "AUTH_UNAVAILABLE", "retry-after: 2"),
        ("GET /api/orders/1", &["Cookie: daemun=away", READER], 503, "AUTH_UNAVAILABLE", "retry-after: 2"),
        // Good ones.
        ("GET /api/orders/1", &[READER], 200, "", "cache-control: no-store"),
        ("GET /api/orders", &[READER], 200, "", ""),
        ("GET /api/orders/", &[READER], 200, "", ""),
        ("GET /api/orders/1", &["authorization: bEaReR reader"], 200, "", ""),
        ("GET /api/orders/1", &[READER, ENDED], 200, "", ""),
        ("HEAD /api/orders/1", &[READER], 200, "", ""),
        ("POST /api/orders/1", &[READER], 200, "", ""),
        ("GET /api/orders/1", &[LIVE], 200, "", ""),
        ("GET /api/orders/1", &[LIVE, NAVIGATES, "Sec-Fetch-Site: cross-site"], 200, "", ""),
        ("GET /api/both", &[WRITER], 200, "", ""),
        ("PUT /api/write/7", &[WRITER], 200, "", ""),
        // A scope that lacks.
        ("POST /api/write/7", &[READER], 403, "INSUFFICIENT_SCOPE", LACKS_WRITE),
        ("DELETE /api/write/7", &[READER, HTML], 403, "INSUFFICIENT_SCOPE", LACKS_WRITE),
        ("GET /api/both", &[READER], 403, "INSUFFICIENT_SCOPE", ""),
        // Writes with a cookie come from our own pages.
        ("POST /api/orders/1", &[LIVE, OURS], 200, "", ""),
        ("POST /api/orders/1", &[LIVE, "Origin: http://localhost:3000"], 200, "", ""),
        ("POST /api/orders/1", &[LIVE], 403, "CROSS_ORIGIN", ""),
        ("POST /api/orders/1", &[LIVE, READER], 403, "CROSS_ORIGIN", ""),
        ("POST /api/orders/1", &[LIVE, "Sec-Fetch-Site: same-site"], 403, "CROSS_ORIGIN", ""),
        ("POST /api/orders/1", &[LIVE, "Sec-Fetch-Site: cross-site", NAVIGATES], 403, "CROSS_ORIGIN", ""),
        ("POST /api/orders/1", &[LIVE, "Origin: https://evil.example"], 403, "CROSS_ORIGIN", ""),
        ("DELETE /api/write/7", &[LIVE, "Origin: null"], 403, "CROSS_ORIGIN", ""),
        ("POST /api/orders/1", &[LIVE, OURS, "Connection: sec-fetch-site"], 200, "", ""),
        ("POST /api/orders/1", &[READER, "Sec-Fetch-Site: cross-site"], 200, "", ""),
        // What no route takes.
        ("GET /nothing", &[READER], 404, "NOT_FOUND", ""),
        ("GET /nothing", &[HTML], 404, "NOT_FOUND", ""),
        ("GET /api/auth/anything", &[READER], 404, "NOT_FOUND", ""),
        ("PUT /api/orders/1", &[READER], 405, "METHOD_NOT_ALLOWED", "allow: GET, POST, HEAD"),
        ("GET /api/write/7", &[WRITER], 405, "METHOD_NOT_ALLOWED", "allow: POST, PUT, DELETE"),
        ("TRACE /open/x", &[], 405, "METHOD_NOT_ALLOWED", ""),
        ("OPTIONS /open/x", &["Origin: https://evil.example", "Access-Control-Request-Method: GET"], 405, "METHOD_NOT_ALLOWED", ""),
        ("BREW /open/x", &[], 405, "METHOD_NOT_ALLOWED", ""),
        ("GET /api/orders/../write/1", &[READER], 400, "PATH_NOT_CANONICAL", ""),
        ("GET /api/orders/%2e%2e/write/1", &[READER], 400, "PATH_NOT_CANONICAL", ""),
        ("GET /api/orders//1", &[], 400, "PATH_NOT_CANONICAL", ""),
        // Public routes ask nobody.
        ("GET /open/x", &[], 200, "", ""),
        ("GET /open/x", &["Authorization: Bearer forged"], 200, "", ""),
        ("GET /open/x", &["Cookie: daemun=away"], 200, "", ""),
        ("POST /open/x", &[LIVE, "Origin: https://evil.example"], 200, "", ""),
        // Upstreams in all states.
        ("GET /dead", &[], 502, "UPSTREAM_UNREACHABLE", ""),
        ("GET /dead", &[], 503, "UPSTREAM_UNAVAILABLE", "retry-after: 1"),
        ("POST /dead", &[HTML], 503, "UPSTREAM_UNAVAILABLE", "retry-after: 1"),
        ("POST /dead-too", &[READER], 502, "UPSTREAM_UNREACHABLE", ""),
        ("GET /dead-too", &[], 401, "TOKEN_MISSING", BARE),
        ("GET /hangs", &[], 504, "UPSTREAM_TIMEOUT", ""),
        ("GET /garbage", &[], 502, "UPSTREAM_BROKEN", ""),
        ("GET /moves", &[], 302, "", "location: http://evil.example/"),
    ]
}

#[tokio::test]
async fn s_gw_1_to_5_and_17_each_request_gets_its_answer() {
    let echo = Service::echo().await;
    let (gateway, services) = gateway(&echo).await;
    let rows = rows();
    assert!(rows.len() >= 60, "{}", rows.len());
    for (head, lines, status, code, header) in rows {
        let answer = gateway.ask(head, lines).await;
        let what = format!("{head} {lines:?} → {answer:?}");
        assert_eq!(answer.status, status, "{what}");
        assert_eq!(answer.code(), code, "{what}");
        if let Some((name, value)) = header.split_once(": ") {
            assert_eq!(answer.header(name), Some(value), "{what}");
        }
        for never in ["set-cookie", "server", "access-control-allow-origin"] {
            assert_eq!(answer.header(never), None, "{what}");
        }
        assert!(
            answer.header("x-request-id").is_some() && (answer.whole || head.starts_with("HEAD")),
            "{what}"
        );
    }
    assert!(services[0].hits() == 1 && services[1].hits() >= 1);
}

#[tokio::test]
async fn s_rate_5_a_body_over_the_limit_is_refused_whether_its_length_is_told_or_not() {
    let echo = Service::echo().await;
    let (gateway, _services) = gateway(&echo).await;
    assert_eq!(gateway.send("POST /small", &[], "0123456789").await.json()["body"], 10);
    let before = echo.hits();
    let told = gateway.send("POST /small", &[], "01234567890").await;
    assert_eq!((told.status, told.code().as_str()), (413, "BODY_TOO_LARGE"));
    assert_eq!(echo.hits(), before, "refused before the service heard of it");
    let untold = gateway
        .ask("POST /small", &["Transfer-Encoding: chunked", "\r\n6\r\n012345\r\n6\r\n678901\r\n0\r\n"])
        .await;
    assert_eq!((untold.status, untold.code().as_str()), (413, "BODY_TOO_LARGE"));
}

#[tokio::test]
async fn a_token_of_another_alphabet_is_refused_before_anybody_computes_on_it() {
    let echo = Service::echo().await;
    let (gateway, _services) = gateway(&echo).await;
    for token in ["a,b", "a\"b", "\u{ac00}", "a b", &"a".repeat(9000)] {
        let answer = gateway.ask("GET /api/orders/1", &[&format!("Authorization: Bearer {token}")]).await;
        assert_eq!(answer.code(), "TOKEN_INVALID", "{token}");
    }
    assert_eq!(gateway.keeper.judged.load(std::sync::atomic::Ordering::SeqCst), 0);
}
