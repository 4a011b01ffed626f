//! Teams that keep their proxy: it asks `/auth/verify` about each request, by the files in docs/examples.

use std::time::Instant;

use reqwest::Method;
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

use crate::echo::Echo;
use crate::process::{Place, callback, free_port};
use crate::services::{KEY, TIMEOUT, World, at, bearer, example, spawn};
use crate::token_actor::claims_of;

/// An example with what is another thing here.
fn adapted(name: &str, other: &[(&str, &str)]) -> String {
    let mut text = std::fs::read_to_string(example(name)).unwrap();
    for (written, here) in other {
        assert!(text.contains(written), "the example has no {written}");
        text = text.replace(written, here);
    }
    text
}

/// Starts a proxy; returns when it listens.
async fn started(command: &mut Command, port: u16) -> Child {
    let mut child = spawn(command);
    let began = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
        assert!(child.try_wait().unwrap().is_none() && began.elapsed() < TIMEOUT, "the proxy did not start");
        tokio::task::yield_now().await;
    }
    child
}

/// nginx with the example's server, put between the program and an echo, and with more settings.
pub async fn nginx(place: &Place, port: u16, echo: &Echo, more: &str) -> Child {
    let folder = place.path("nginx");
    std::fs::create_dir(&folder).unwrap();
    let server = adapted(
        "nginx.conf",
        &[
            ("127.0.0.1:3000", &place.address()),
            ("127.0.0.1:8080", &echo.address.to_string()),
            ("listen 8000", &format!("listen 127.0.0.1:{port}")),
            ("change me", KEY),
        ],
    );
    let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|kind| format!("{kind}_temp_path {}/{kind};", folder.display()))
        .join("\n");
    let main = format!(
        "daemon off;\nmaster_process off;\npid {0}/pid;\nerror_log {0}/error.log;\nevents {{}}\n\
         http {{\naccess_log off;\n{more}\n{temporary}\n{server}\n}}\n",
        folder.display()
    );
    let file = folder.join("nginx.conf");
    std::fs::write(&file, main).unwrap();
    let mut command = Command::new("/usr/sbin/nginx");
    started(command.arg("-c").arg(&file).arg("-e").arg(folder.join("error.log")), port).await
}

/// Traefik with the example, put between the program and an echo.
async fn traefik(place: &Place, port: u16, echo: &Echo) -> Child {
    let dynamic = adapted(
        "traefik.yml",
        &[
            ("10.0.0.3:3000", &place.address()),
            ("10.0.0.5:8080", &echo.address.to_string()),
            ("Host(`shop.example`)", "HostRegexp(`.+`)"),
            ("change me", KEY),
        ],
    );
    let file = place.path("traefik.yml");
    std::fs::write(&file, dynamic).unwrap();
    let mut command = Command::new("traefik");
    command
        .arg(format!("--entryPoints.web.address=127.0.0.1:{port}"))
        .arg(format!("--providers.file.filename={}", file.display()));
    let child = started(&mut command, port).await;
    // It listens before it has read the file.
    let began = Instant::now();
    while bearer(port, "/api/orders/7", "Bearer x").await.status == 404 {
        assert!(began.elapsed() < TIMEOUT, "Traefik does not read its file");
        tokio::task::yield_now().await;
    }
    child
}

/// What holds behind any proxy.
async fn lets_members_through_and_nobody_else(world: World, port: u16, echo: &Echo) {
    // A program with a token.
    let app = world.tokens.sign_in("read").await;
    let answer = bearer(port, "/api/orders/7?a=b", &app.bearer).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let received = answer.json();
    assert_eq!(received["uri"], "/api/orders/7?a=b");
    let field = received["headers"]["authorization"].as_str().unwrap();
    let (claims, own) = (claims_of(field), claims_of(&app.bearer));
    assert_eq!((&claims["aud"], &claims["scope"]), (&"orders".into(), &"read".into()), "S-TOK-12");
    assert_eq!((&claims["sub"], &claims["sid"], &claims["exp"]), (&own["sub"], &own["sid"], &own["exp"]));
    assert_eq!(bearer(port, "/api/orders/7", field).await.status, 200, "and is good for this service");
    let elsewhere = world.tokens.sign_in_for("books", "read").await;
    assert_eq!(bearer(port, "/api/orders/7", &elsewhere.bearer).await.status, 401);
    assert_eq!(bearer(port, "/api/users/me", field).await.status, 401, "and not here");
    assert_eq!(received["headers"]["x-member-id"], app.member.as_str());
    let lacking = world.tokens.sign_in("openid").await;
    assert_eq!(bearer(port, "/api/orders/7", &lacking.bearer).await.status, 403);
    for (field, challenge) in [("Basic YTpi", "Bearer realm=\"daemun\""), ("Bearer x", "invalid_token")] {
        let answer = bearer(port, "/api/orders/7", field).await;
        assert_eq!(answer.status, 401, "{field}");
        assert!(answer.header("www-authenticate").contains(challenge), "{field}: {:?}", answer.headers);
    }

    // A person is known by the cookie.
    let browser = at(port);
    assert_eq!(browser.fetch("/api/orders/7").await.status, 401);
    assert_eq!(browser.visit(&callback(&browser, &world.actor, "google").await).await.status, 303);
    let received = browser.fetch("/api/orders/7").await.json();
    let session = browser.fetch("/api/auth/session").await.json();
    assert_eq!(received["headers"]["x-member-id"], session["user"]["id"]);
    assert!(received["headers"]["authorization"].as_str().unwrap().starts_with("Bearer eyJ"));
    assert!(received["headers"]["cookie"].is_null());
    let forged = [("x-member-id", "bob"), ("x-member-roles", "ROLE_ADMIN"), ("sec-fetch-mode", "cors")];
    let received = browser.send(Method::GET, "/api/orders/7", &forged, None).await.json();
    assert_eq!(received["headers"]["x-member-id"], session["user"]["id"], "S-GW-6");
    assert_eq!(received["headers"]["x-member-roles"], "ROLE_USER");

    // What a client says of the request in the proxy's name neither helps nor harms it.
    let forged = [
        ("x-original-uri", "/x%2f"),
        ("x-original-url", "/x%2f"),
        ("x-original-method", "POST"),
        ("x-forwarded-uri", "/x%2f"),
        ("x-forwarded-method", "POST"),
        ("x-forward-auth-key", "guessed"),
    ];
    assert_eq!(browser.send(Method::GET, "/api/orders/7", &forged, None).await.status, 200);
    let reading =
        [("x-forwarded-method", "GET"), ("x-original-method", "GET"), ("origin", "https://evil.example")];
    assert_eq!(browser.send(Method::POST, "/api/orders/7", &reading, None).await.status, 403);

    // S-BFF-3 and S-GW-11 hold here as well.
    let hits = echo.hits();
    let foreign = [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")];
    assert_eq!(browser.send(Method::POST, "/api/orders/7", &foreign, None).await.status, 403);
    let handshake = [("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="), ("sec-websocket-version", "13")];
    let by_another_site = [&foreign[..], &handshake].concat();
    assert_eq!(browser.send(Method::GET, "/api/orders/7", &by_another_site, None).await.status, 403);
    let confusing = browser.fetch("/api/orders/x%2f..%2f7").await.status;
    assert!([400, 403].contains(&confusing.as_u16()), "{confusing}: the proxy may refuse it by itself");
    assert_eq!(echo.hits(), hits);

    assert_eq!(browser.submit("/api/auth/signout", &[]).await.status, 303);
    assert_eq!(browser.fetch("/api/orders/7").await.status, 401);
    world.process.stop().await;
    let status = bearer(port, "/api/orders/7", &app.bearer).await.status;
    assert!(status.is_server_error(), "{status}: an outage is no sign-out");
}

#[tokio::test]
async fn the_nginx_example_lets_members_through_and_nobody_else() {
    let port = free_port();
    let world = World::behind(port, "x-original").await;
    let echo = Echo::start().await;
    let _nginx = nginx(&world.place, port, &echo, "").await;
    // A page opened at another name is sent to the right one, through nginx too.
    let elsewhere = [("host", "www.localhost"), ("accept", "text/html")];
    let answer = at(port).send(Method::GET, "/signup", &elsewhere, None).await;
    assert_eq!(
        (answer.status.as_u16(), answer.location()),
        (303, &*format!("http://localhost:{port}/signup"))
    );
    assert_eq!(at(port).open("/signup").await.status, 200);
    // A person who opens a page is sent to sign in; Traefik has no way to do that for a 401.
    let answer = at(port).open("/api/orders/7?a=b").await;
    assert_eq!(
        (answer.status.as_u16(), answer.location().ends_with("/oauth/login?return_to=/api/orders/7")),
        (303, true)
    );
    lets_members_through_and_nobody_else(world, port, &echo).await;
}

#[tokio::test]
#[ignore = "Debian has no Traefik: where `traefik` is on PATH, `cargo test --package server --test http traefik -- --ignored`"]
async fn the_traefik_example_lets_members_through_and_nobody_else() {
    let port = free_port();
    let world = World::behind(port, "x-forwarded").await;
    let echo = Echo::start().await;
    let _traefik = traefik(&world.place, port, &echo).await;
    lets_members_through_and_nobody_else(world, port, &echo).await;
}
