//! What a service reads, exactly.

use crate::bench::{ALICE, TestGateway, route};
use crate::service::Service;

const READER: &str = "Authorization: Bearer reader";

async fn gateway(echo: &Service) -> TestGateway {
    let toml = [
        route("/api/orders/{*rest}", &[&echo.url()], ""),
        route("/open/{*rest}", &[&echo.url()], "public = true"),
    ];
    TestGateway::open(&toml.concat()).await
}

#[tokio::test]
async fn the_service_gets_the_identity_and_nothing_of_ours() {
    let echo = Service::echo().await;
    let gateway = gateway(&echo).await;
    let answer =
        gateway.ask("GET /api/orders/7?x=%20y", &[READER, "Cookie: a=1", "X-Kept: yes", "Accept: a/b"]).await;
    assert_eq!(answer.json()["target"], "/api/orders/7?x=%20y");
    for (name, value) in [
        ("authorization", "Bearer reader~orders~orders:read"),
        ("x-member-id", &ALICE.to_string()),
        ("x-member-roles", "ROLE_USER,ROLE_STAFF"),
        ("x-request-id", answer.header("x-request-id").unwrap()),
        ("x-forwarded-for", "127.0.0.1"),
        ("x-forwarded-proto", "http"),
        ("x-forwarded-host", "localhost:3000"),
        ("host", echo.address.to_string().as_str()),
        ("x-kept", "yes"),
        ("accept", "a/b"),
    ] {
        assert_eq!(answer.received(name), [value], "{name}");
    }
    assert_eq!(answer.received("traceparent")[0].len(), 55);
    assert_eq!(answer.json()["headers"].as_array().unwrap().len(), 11, "{answer:?}");
}

#[tokio::test]
async fn s_bff_9_a_session_sends_its_own_token_whatever_else_the_browser_sent() {
    let echo = Service::echo().await;
    let gateway = gateway(&echo).await;
    let answer =
        gateway.ask("GET /api/orders/7", &["Cookie: daemun=live", "Authorization: Bearer writer"]).await;
    assert_eq!(answer.received("authorization"), ["Bearer session~orders~orders:read"]);
    assert_eq!(answer.received("cookie"), [""; 0]);
}

#[tokio::test]
async fn s_tok_12_each_service_gets_a_token_for_itself_with_what_its_route_needs() {
    let echo = Service::echo().await;
    let route = |path: &str, more: &str| route(path, &[&echo.url()], more);
    let toml = [
        route("/api/orders/{*rest}", ""),
        route("/api/orders/admin/{*rest}", "audience = \"orders-admin\""),
        route("/api/books/{*rest}", "scope = \"orders:write orders:read\""),
        route("/api/mail/{*rest}", "audience = \"https://mail.example/v1\""),
        route("/{*rest}", ""),
    ];
    let gateway = TestGateway::open(&toml.concat()).await;
    for (path, service) in [
        ("/api/orders/7", "orders~orders:read"),
        ("/api/orders/admin/7", "orders-admin~orders:read"),
        ("/api/books/7", "books~orders:write orders:read"),
        ("/api/mail/7", "https://mail.example/v1~orders:read"),
        ("/elsewhere", "/~orders:read"),
    ] {
        for (sent, of) in [("Authorization: Bearer writer", "writer"), ("Cookie: daemun=live", "session")] {
            let answer = gateway.ask(&format!("GET {path}"), &[sent]).await;
            assert_eq!(answer.received("authorization"), [format!("Bearer {of}~{service}")], "{path}");
        }
    }
    // Another table, and the same request goes to the same service with a token for another audience.
    gateway.reload(&route("/api/orders/{*rest}", "audience = \"renamed\""));
    let answer = gateway.ask("GET /api/orders/7", &[READER]).await;
    assert_eq!(answer.received("authorization"), ["Bearer reader~renamed~orders:read"]);
}

#[tokio::test]
async fn a_table_that_gives_a_service_the_programs_own_audience_is_not_put_in_place() {
    let echo = Service::echo().await;
    let gateway = TestGateway::with(&route("/api/orders/{*rest}", &[&echo.url()], ""), |settings| {
        settings.own_audience = "daemun".to_owned();
    })
    .await;
    // Checked against another audience, as when the file names another issuer by now.
    let wrong = crate::bench::table(&route("/api/orders/{*rest}", &[&echo.url()], "audience = \"daemun\""));
    let said = gateway.gateway.reload(wrong).unwrap_err().to_string();
    assert!(said.contains("/api/orders/{*rest}") && said.contains("`daemun`"), "{said}");
    let answer = gateway.ask("GET /api/orders/7", &[READER]).await;
    assert_eq!(answer.received("authorization"), ["Bearer reader~orders~orders:read"]);
}

#[tokio::test]
async fn a_public_route_carries_no_credential_and_no_identity() {
    let echo = Service::echo().await;
    let gateway = gateway(&echo).await;
    let answer = gateway.ask("GET /open/x", &[READER, "Cookie: daemun=live", "X-Member-Id: bob"]).await;
    for name in ["authorization", "cookie", "x-member-id", "x-member-roles"] {
        assert_eq!(answer.received(name), [""; 0], "{name}");
    }
}

#[tokio::test]
async fn s_gw_6_to_8_and_12_attack_13_no_header_speaks_for_the_gate() {
    let echo = Service::echo().await;
    let gateway = gateway(&echo).await;
    let names = [
        "X-Member-Id",
        "x-member-id",
        "X-MEMBER-ID",
        "X_Member_Id",
        "x-member_id",
        "x.member.id",
        "X-Member-Roles",
        "X-User-Id",
        "x_user_id",
        "X-Request-Id",
        "Traceparent",
        "X-Forwarded-For",
        "X-Forwarded-Host",
        "X-Forwarded-Proto",
        "X-Forwarded-Prefix",
        "Forwarded",
        "X-Real-IP",
        "X-HTTP-Method-Override",
        "X-Original-URL",
        "X-Rewrite-URL",
        "X-Remote-User",
        "Remote-User",
        "Keep-Alive",
        "Proxy-Authorization",
        "Proxy-Connection",
        "TE",
        "Trailer",
        "Upgrade",
        "Via",
        "Proxy",
        "X-Auth-Request-User",
        "X-Forward-Auth-Key",
        "X-WebAuth-User",
        "X-Email",
        "X-JWT-Assertion",
        "X-Access-Token",
        "X-Amzn-Oidc-Identity",
        "X-MS-Client-Principal-Name",
        "X-Goog-Authenticated-User-Email",
        "Cf-Access-Authenticated-User-Email",
        "Remote-Email",
        "content_length",
    ];
    for name in names {
        for value in ["bob", " \t bob\t", "bob, 00000000-0000-0000-0000-000000000000"] {
            let line = format!("{name}: {value}");
            let listed = format!("Connection: close, {name}, X-Member-Id, authorization, x-request-id");
            for lines in [&[READER, &line][..], &[READER, &line, &line], &[READER, &line, &listed]] {
                let answer = gateway.ask("GET /api/orders/7", lines).await;
                assert_eq!(answer.status, 200, "{lines:?} {answer:?}");
                assert!(!String::from_utf8_lossy(&answer.body).contains("bob"), "{lines:?} {answer:?}");
                assert_eq!(answer.received("x-member-id"), [ALICE.to_string()], "{lines:?}");
                let authorization = answer.received("authorization");
                assert_eq!(authorization, ["Bearer reader~orders~orders:read"], "{lines:?}");
                assert_eq!(answer.received("x-request-id").len(), 1, "{lines:?}");
                assert_eq!(answer.received("connection"), [""; 0], "{lines:?}");
                assert_eq!(answer.json()["method"], "GET");
            }
        }
    }
}

#[tokio::test]
async fn s_gw_8_trailers_do_not_pass() {
    let echo = Service::echo().await;
    let gateway = gateway(&echo).await;
    let chunked = "\r\n3\r\nabc\r\n0\r\nX-Member-Id: bob\r\n";
    let lines = [READER, "Trailer: X-Member-Id", "Transfer-Encoding: chunked", chunked];
    let answer = gateway.ask("POST /api/orders/7", &lines).await;
    assert_eq!(answer.json()["body"], 3);
    assert_eq!(answer.received("x-member-id"), [ALICE.to_string()]);
    assert_eq!(answer.received("trailer"), [""; 0]);
}

#[tokio::test]
async fn s_gw_18_an_upgrade_is_an_ordinary_request_elsewhere() {
    let echo = Service::echo().await;
    let gateway = gateway(&echo).await;
    for upgrade in ["h2c", "websocket", "TLS/1.2"] {
        let lines = [
            READER,
            "Connection: upgrade, HTTP2-Settings",
            &format!("Upgrade: {upgrade}"),
            "HTTP2-Settings: AAMAAABk",
        ];
        let answer = gateway.ask("GET /api/orders/7", &lines).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.received("upgrade").len() + answer.received("http2-settings").len(), 0);
    }
}

#[tokio::test]
async fn a_trace_goes_on() {
    let echo = Service::echo().await;
    let gateway = gateway(&echo).await;
    let trace = "0af7651916cd43dd8448eb211c80319c";
    let line = format!("traceparent: 00-{trace}-b7ad6b7169203331-01");
    let answer = gateway.ask("GET /open/x", &[&line, "tracestate: a=1"]).await;
    assert!(answer.received("traceparent")[0].contains(trace));
    assert_eq!(answer.received("tracestate"), ["a=1"]);
    let answer = gateway.ask("GET /open/x", &["traceparent: nonsense", "tracestate: a=1"]).await;
    assert_eq!(answer.received("tracestate"), [""; 0]);
}

#[tokio::test]
async fn s_gw_13_and_hdr_9_of_an_answer_passes_what_is_about_that_answer() {
    let service = Service::http(|_| async {
        let mut answer = http::Response::builder().header("content-type", "text/plain");
        for (name, value) in [
            ("strict-transport-security", "max-age=0"),
            ("nel", "{}"),
            ("report-to", "{}"),
            ("alt-svc", "h3=\":443\""),
            ("clear-site-data", "\"*\""),
            ("set-cookie", "daemun=x"),
            ("access-control-allow-origin", "*"),
            ("something-of-next-year", "1"),
            ("etag", "\"1\""),
            ("link", "</2>; rel=\"next\""),
            ("x-total-count", "17"),
            ("total-count", "17"),
        ] {
            answer = answer.header(name, value);
        }
        answer.body(axum::body::Body::from("a")).unwrap()
    })
    .await;
    let toml = route("/open/{*rest}", &[&service.url()], "public = true");
    let usual = TestGateway::open(&toml).await;
    let with_more = TestGateway::with(&toml, |settings| {
        settings.response_headers = gateway::ResponseHeaders::with(["Total-Count"]).unwrap();
    })
    .await;
    for (gateway, own) in [(&usual, None), (&with_more, Some("17"))] {
        let answer = gateway.ask("GET /open/x", &[]).await;
        for withheld in [
            "nel",
            "report-to",
            "alt-svc",
            "clear-site-data",
            "set-cookie",
            "access-control-allow-origin",
            "something-of-next-year",
        ] {
            assert_eq!(answer.header(withheld), None, "{withheld}");
        }
        assert_ne!(answer.header("strict-transport-security"), Some("max-age=0"));
        for (passed, value) in [
            ("content-type", "text/plain"),
            ("etag", "\"1\""),
            ("link", "</2>; rel=\"next\""),
            ("x-total-count", "17"),
        ] {
            assert_eq!(answer.header(passed), Some(value), "{passed}");
        }
        assert_eq!(answer.header("total-count"), own);
    }
}
