//! `GET /auth/verify`, as nginx and Traefik ask it.

use gateway::ForwardAuthHeaders;

use crate::bench::{ALICE, TestGateway};

const READER: &str = "Authorization: Bearer reader";
const LIVE: &str = "Cookie: daemun=live";
const KNOWN: &str = "X-Forward-Auth-Key: the proxy's key";

/// Path, what the proxy adds, what the client sent, status, code.
type Row<'a> = (&'a str, &'a [&'a str], &'a [&'a str], u16, &'a str);

async fn gateway() -> TestGateway {
    TestGateway::with("", |settings| settings.forward_auth_key = Some("the proxy's key".into())).await
}

#[rustfmt::skip]
#[tokio::test]
async fn forward_auth_answers_200_401_403_or_503() {
    let gateway = gateway().await;
    let nginx_get = &["X-Original-Method: GET", "X-Original-URI: /shop/1?a=b"];
    let nginx_post = &["X-Original-Method: POST", "X-Original-URI: /shop/1"];
    let traefik_put = &["X-Forwarded-Method: PUT", "X-Forwarded-Uri: /shop/1", "X-Forwarded-Host: shop.example"];
    let ours = "Sec-Fetch-Site: same-origin";
    let rows: &[Row<'_>] = &[
        ("/auth/verify", &[], &[READER], 200, ""),
        ("/auth/verify", &[], &[LIVE], 200, ""),
        ("/auth/verify", &[], &[], 401, "TOKEN_MISSING"),
        ("/auth/verify", nginx_get, &["Accept: text/html"], 401, "TOKEN_MISSING"),
        ("/auth/verify", nginx_get, &["Cookie: daemun=ended"], 401, "TOKEN_REVOKED"),
        ("/auth/verify", nginx_get, &["Authorization: Bearer forged"], 401, "TOKEN_INVALID"),
        ("/auth/verify", nginx_get, &[LIVE], 200, ""),
        ("/auth/verify", nginx_post, &[READER], 200, ""),
        ("/auth/verify", nginx_post, &[LIVE], 403, "CROSS_ORIGIN"),
        ("/auth/verify", nginx_post, &[LIVE, ours], 200, ""),
        ("/auth/verify", traefik_put, &[LIVE], 403, "CROSS_ORIGIN"),
        ("/auth/verify", traefik_put, &[LIVE, ours], 200, ""),
        // The address without the method: set up by half, so each request counts as a write.
        ("/auth/verify", &["X-Original-URI: /shop"], &[LIVE], 403, "CROSS_ORIGIN"),
        ("/auth/verify", &["X-Original-URI: /shop"], &[READER], 200, ""),
        ("/auth/verify", &["X-Original-URL: https://shop.example/a/../b", "X-Original-Method: GET"], &[READER], 403, "PATH_NOT_CANONICAL"),
        ("/auth/verify", &["X-Forwarded-Uri: /a%2fb", "X-Forwarded-Method: GET"], &[READER], 403, "PATH_NOT_CANONICAL"),
        // The query may hold anything, and is no part of the path.
        ("/auth/verify", &["X-Original-URI: /ok?next=https://h/a%2Fb", "X-Original-Method: GET"], &[LIVE], 200, ""),
        ("/auth/verify", &["X-Original-URI: /ok?a=/../b;c#d", "X-Original-Method: GET"], &[LIVE], 200, ""),
        ("/auth/verify", &["X-Original-URI: /a%2f..?u=http://x/y", "X-Original-Method: GET"], &[READER], 403, "PATH_NOT_CANONICAL"),
        ("/auth/verify", &["X-Original-URI: ftp://x/y", "X-Original-Method: GET"], &[READER], 403, "PATH_NOT_CANONICAL"),
        // What a client adds makes nothing weaker.
        ("/auth/verify", &["X-Original-URI: /a%2f..", "X-Original-Method: GET"], &[READER, "X-Forwarded-Uri: /ok"], 403, "PATH_NOT_CANONICAL"),
        ("/auth/verify", nginx_post, &[LIVE, "X-Forwarded-Method: GET"], 403, "CROSS_ORIGIN"),
        ("/auth/verify", &["X-Original-URI: /shop"], &[LIVE, "X-Forwarded-Method: GET"], 403, "CROSS_ORIGIN"),
        ("/auth/verify", nginx_get, &[LIVE, "X-Original-Method: POST"], 403, "FORWARD_AUTH_AMBIGUOUS"),
        ("/auth/verify", nginx_get, &[READER, "X-Original-URI: /"], 403, "FORWARD_AUTH_AMBIGUOUS"),
        // A method is a token in its exact spelling; what is not known may write.
        ("/auth/verify", &["X-Original-Method: PO/ST", "X-Original-URI: /"], &[LIVE], 403, "CROSS_ORIGIN"),
        ("/auth/verify", &["X-Original-Method: get", "X-Original-URI: /"], &[LIVE], 403, "CROSS_ORIGIN"),
        ("/auth/verify", &["X-Original-Method: PURGE", "X-Original-URI: /"], &[LIVE], 403, "CROSS_ORIGIN"),
        ("/auth/verify", &["X-Original-Method: PURGE", "X-Original-URI: /"], &[LIVE, ours], 200, ""),
        ("/auth/verify?scope=orders:read", nginx_get, &[READER], 200, ""),
        ("/auth/verify?scope=orders:read+orders:write", nginx_get, &[READER], 403, "INSUFFICIENT_SCOPE"),
        ("/auth/verify?scope=orders%3Aread", nginx_get, &[READER], 200, ""),
        ("/auth/verify?scope=", nginx_get, &[READER], 400, "VALIDATION_FAILED"),
        ("/auth/verify?scopes=a", nginx_get, &[READER], 400, "VALIDATION_FAILED"),
        ("/auth/verify?scope=orders:read&audience=shop", nginx_get, &[READER], 200, ""),
        ("/auth/verify?audience=a+b", nginx_get, &[READER], 400, "VALIDATION_FAILED"),
        ("/auth/verify?audience=http://localhost:3000", nginx_get, &[READER], 400, "VALIDATION_FAILED"),
        ("/auth/verify", nginx_get, &["Cookie: daemun=away"], 503, "AUTH_UNAVAILABLE"),
        ("/auth/verify", nginx_get, &[READER, READER], 401, "TOKEN_INVALID"),
    ];
    for (path, proxy, client, status, code) in rows {
        let lines = [*proxy, *client].concat();
        let answer = gateway.ask(&format!("GET {path}"), &lines).await;
        assert_eq!((answer.status, answer.code().as_str()), (*status, *code), "{path} {lines:?} {answer:?}");
        assert_eq!(answer.header("x-member-id").is_some(), *status == 200, "{path} {lines:?}");
        assert_eq!(answer.header("www-authenticate").is_some(), matches!(code, &("TOKEN_MISSING" | "TOKEN_REVOKED" | "TOKEN_INVALID" | "INSUFFICIENT_SCOPE")));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
}

#[tokio::test]
async fn s_bff_3_another_sites_websocket_is_refused_though_it_is_a_get() {
    let gateway = gateway().await;
    let handshake = ["Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13"];
    let (foreign, ours) = ("Sec-Fetch-Site: same-site", "Sec-Fetch-Site: same-origin");
    for proxy in [
        &["X-Original-Method: GET", "X-Original-URI: /ws"][..],
        &["X-Forwarded-Method: GET", "X-Forwarded-Uri: /ws"],
        &[],
    ] {
        for sign in [&handshake[..], &handshake[..1], &handshake[1..], &["Sec-Fetch-Mode: websocket"]] {
            for (sender, site, status) in
                [(LIVE, foreign, 403), (LIVE, ours, 200), (LIVE, "Accept: */*", 403), (READER, foreign, 200)]
            {
                let lines = [proxy, sign, &[sender, site]].concat();
                let answer = gateway.ask("GET /auth/verify", &lines).await;
                let code = if status == 403 { "CROSS_ORIGIN" } else { "" };
                assert_eq!((answer.status, answer.code().as_str()), (status, code), "{lines:?}");
            }
        }
    }
}

#[tokio::test]
async fn s_bff_1_the_token_goes_to_a_proxy_that_knows_the_key_and_to_no_browser() {
    let gateway = gateway().await;
    for lines in [
        &[LIVE][..],
        &[LIVE, "X-Forward-Auth-Key: guessed"],
        &[LIVE, "X-Forward-Auth-Key:"],
        &[LIVE, "X-Original-URI: /", "X-Original-Method: GET"],
    ] {
        let answer = gateway.ask("GET /auth/verify", lines).await;
        assert_eq!(answer.header("authorization"), None, "{lines:?}");
        assert_eq!(answer.header("x-member-id"), Some(ALICE.to_string().as_str()));
        assert_eq!(answer.header("x-member-roles"), Some("ROLE_USER,ROLE_STAFF"));
    }
    let proxy = gateway.ask("GET /auth/verify", &[LIVE, KNOWN]).await;
    assert_eq!(proxy.header("authorization"), Some("Bearer session~/~"));
    let keyless = TestGateway::open("").await;
    let answer = keyless.ask("GET /auth/verify", &[LIVE, "X-Forward-Auth-Key:"]).await;
    assert_eq!((answer.status, answer.header("authorization")), (200, None));
}

#[tokio::test]
async fn s_gw_6_only_the_configured_family_of_headers_counts() {
    let gateway = TestGateway::with("", |settings| {
        settings.forward_auth_headers = ForwardAuthHeaders::parse("x-original").unwrap();
    })
    .await;
    let nginx = ["X-Original-Method: GET", "X-Original-URI: /shop/1", LIVE];
    for (clients, status) in [
        (&[][..], 200),
        (&["X-Forwarded-Uri: /a%2fb", "X-Forwarded-Method: POST"], 200),
        (&["X-Forwarded-Uri: /a", "X-Forwarded-Uri: /b"], 200),
    ] {
        let answer = gateway.ask("GET /auth/verify", &[&nginx[..], clients].concat()).await;
        assert_eq!(answer.status, status, "{clients:?} {answer:?}");
    }
    // Without what the configuration says that the proxy tells, each request may be a write.
    let answer = gateway.ask("GET /auth/verify", &[LIVE, "X-Forwarded-Method: GET"]).await;
    assert_eq!((answer.status, answer.code().as_str()), (403, "CROSS_ORIGIN"));
}

#[tokio::test]
async fn s_tok_12_a_proxys_token_is_for_the_audience_that_it_names_or_its_address_does() {
    let gateway = gateway().await;
    let get = "X-Original-Method: GET";
    for (query, address, service) in [
        ("?scope=orders:read&audience=shop", "/api/orders/7?x=/api/books", "shop~orders:read"),
        ("?scope=orders:read", "/api/orders/7?x=/api/books", "orders~orders:read"),
        ("?scope=orders:read", "/orders", "orders~orders:read"),
        ("?scope=orders:read", "https://shop.example/api/books/1", "books~orders:read"),
        ("", "/api/orders/7", "orders~"),
        ("?scope=orders:read", "/", "/~orders:read"),
        ("?scope=orders:read", "/api/%EC%A3%BC%EB%AC%B8", "/api/~orders:read"),
    ] {
        let address = format!("X-Original-URI: {address}");
        for (sent, of) in [(READER, "reader"), (LIVE, "session")] {
            let lines = [KNOWN, get, &address, sent];
            let answer = gateway.ask(&format!("GET /auth/verify{query}"), &lines).await;
            let expected = format!("Bearer {of}~{service}");
            assert_eq!(answer.header("authorization"), Some(&*expected), "{query} {address}");
        }
    }
    // Of two addresses that differ, one may be the client's.
    let two = [
        KNOWN,
        get,
        READER,
        "X-Original-URI: /api/orders/7",
        "X-Forwarded-Uri: /api/books/7",
        "X-Forwarded-Method: GET",
    ];
    let answer = gateway.ask("GET /auth/verify", &two).await;
    assert_eq!(answer.header("authorization"), Some("Bearer reader~/~"));
    // Nobody gets a token for an audience that they thought of, and none for the program's own.
    let named = "GET /auth/verify?audience=shop&scope=orders:read";
    assert_eq!(gateway.ask(named, &[LIVE, get]).await.header("authorization"), None);
    let own = TestGateway::with("", |settings| {
        settings.forward_auth_key = Some("the proxy's key".into());
        settings.own_audience = "me".to_owned();
    })
    .await;
    let answer = own.ask("GET /auth/verify", &[KNOWN, get, "X-Original-URI: /me/export", LIVE]).await;
    assert_eq!((answer.status, answer.header("authorization")), (200, None));
}
