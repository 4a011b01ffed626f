//! Services that do not stand behind our own gate: behind nginx, which asks `/auth/verify`, or alone, with tokens that
//! they verify by our JWKS. All by the files in docs/examples.

use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use db::DatabaseUrl;
use kernel::SystemClock;
use reqwest::Method;
use simulators::Simulators;
use testkit::{Answer, Browser};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use url::Url;

use crate::echo::Echo;
use crate::process::{Place, Process, callback, foreign_providers, free_port};
use crate::provider_actor::ProviderActor;
use crate::token_actor::{MASTER_KEY, TokenActor};

const KEY: &str = "the proxy's key";
/// A bound, not a wait.
const PATIENCE: Duration = Duration::from_secs(20);

/// A program and somebody who has tokens of it, in real time: others verify by their own clock.
struct World {
    place: Place,
    process: Process,
    tokens: TokenActor,
    actor: ProviderActor,
    _simulators: Simulators,
}

impl World {
    /// `public` is the port at which people come, where that is another server's.
    async fn open(public: Option<u16>) -> Self {
        let mut place = Place::new();
        place.public = public;
        let (simulators, actor) = foreign_providers(&mut place).await;
        place.set("DAEMUN_MASTER_KEYS", MASTER_KEY);
        place.set("DAEMUN_GATEWAY__FORWARD_AUTH_KEY", KEY);
        place.set("DAEMUN_LIMITS__TRUSTED_PROXIES", "127.0.0.1");
        let process = place.start().await;
        let database = format!("sqlite:{}", place.path("data/daemun.db").display());
        let issuer = place.url().origin().ascii_serialization();
        let database = DatabaseUrl::parse(&database).unwrap();
        let tokens = TokenActor::new(&database, &issuer, Arc::new(SystemClock)).await;
        Self { place, process, tokens, actor, _simulators: simulators }
    }
}

fn example(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/examples").join(name)
}

fn at(port: u16) -> Browser {
    Browser::new(&Url::parse(&format!("http://127.0.0.1:{port}")).unwrap())
}

async fn bearer(port: u16, path: &str, field: &str) -> Answer {
    at(port).send(Method::GET, path, &[("authorization", field)], None).await
}

/// Starts a program that the system must have.
fn spawn(command: &mut Command) -> Child {
    command.kill_on_drop(true);
    command.spawn().unwrap_or_else(|error| {
        let program = command.as_std().get_program().display();
        panic!("{program} is missing: `scripts/setup test` brings it ({error})")
    })
}

/// nginx with the example's server, put between the program and an echo.
async fn nginx(place: &Place, port: u16, echo: &Echo) -> Child {
    let folder = place.path("nginx");
    std::fs::create_dir(&folder).unwrap();
    let mut server = std::fs::read_to_string(example("nginx.conf")).unwrap();
    for (written, here) in [
        ("127.0.0.1:3000", place.address().as_str()),
        ("127.0.0.1:8080", &echo.address.to_string()),
        ("listen 8000", &format!("listen 127.0.0.1:{port}")),
        ("change me", KEY),
    ] {
        assert!(server.contains(written), "the example has no {written}");
        server = server.replace(written, here);
    }
    let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|kind| format!("{kind}_temp_path {}/{kind};", folder.display()))
        .join("\n");
    let main = format!(
        "daemon off;\nmaster_process off;\npid {0}/pid;\nerror_log {0}/error.log;\nevents {{}}\n\
         http {{\naccess_log off;\n{temporary}\n{server}\n}}\n",
        folder.display()
    );
    let file = folder.join("nginx.conf");
    std::fs::write(&file, main).unwrap();
    let mut command = Command::new("/usr/sbin/nginx");
    let mut child = spawn(command.arg("-c").arg(&file).arg("-e").arg(folder.join("error.log")));
    let began = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
        assert!(child.try_wait().unwrap().is_none() && began.elapsed() < PATIENCE, "nginx did not start");
        tokio::task::yield_now().await;
    }
    child
}

#[tokio::test]
async fn the_nginx_example_lets_members_through_and_nobody_else() {
    let port = free_port();
    let world = World::open(Some(port)).await;
    let echo = Echo::start().await;
    let _nginx = nginx(&world.place, port, &echo).await;

    // A program with a token.
    let app = world.tokens.sign_in("read").await;
    let answer = bearer(port, "/api/orders/7?a=b", &app.bearer).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let received = answer.json();
    assert_eq!(received["uri"], "/api/orders/7?a=b");
    assert_eq!(received["headers"]["authorization"], app.bearer.as_str());
    assert_eq!(received["headers"]["x-member-id"], app.member.as_str());
    let lacking = world.tokens.sign_in("openid").await;
    assert_eq!(bearer(port, "/api/orders/7", &lacking.bearer).await.status, 403);
    for (field, challenge) in [("Basic YTpi", "Bearer realm=\"daemun\""), ("Bearer x", "invalid_token")] {
        let answer = bearer(port, "/api/orders/7", field).await;
        assert_eq!(answer.status, 401, "{field}");
        assert!(answer.header("www-authenticate").contains(challenge), "{field}: {:?}", answer.headers);
    }

    // A person: sent to sign in, through nginx as well, and then known by the cookie.
    let browser = at(port);
    let answer = browser.open("/api/orders/7?a=b").await;
    assert_eq!(
        (answer.status.as_u16(), answer.location().ends_with("/oauth/login?return_to=/api/orders/7")),
        (303, true)
    );
    assert_eq!(browser.arrive(&callback(&browser, &world.actor, "google").await).await.status, 303);
    let received = browser.fetch("/api/orders/7").await.json();
    let session = browser.fetch("/api/auth/session").await.json();
    assert_eq!(received["headers"]["x-member-id"], session["user"]["id"]);
    assert!(received["headers"]["authorization"].as_str().unwrap().starts_with("Bearer eyJ"));
    assert!(received["headers"]["cookie"].is_null());
    let forged = [("x-member-id", "bob"), ("x-member-roles", "ROLE_ADMIN"), ("sec-fetch-mode", "cors")];
    let received = browser.send(Method::GET, "/api/orders/7", &forged, None).await.json();
    assert_eq!(received["headers"]["x-member-id"], session["user"]["id"], "S-GW-6");
    assert_eq!(received["headers"]["x-member-roles"], "ROLE_USER");

    // S-BFF-3 and S-GW-11 hold here as well.
    let hits = echo.hits();
    let foreign = [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")];
    assert_eq!(browser.send(Method::POST, "/api/orders/7", &foreign, None).await.status, 403);
    assert_eq!(browser.fetch("/api/orders/x%2f..%2f7").await.status, 403);
    assert_eq!(echo.hits(), hits);

    assert_eq!(browser.submit("/api/auth/signout", &[]).await.status, 303);
    assert_eq!(browser.fetch("/api/orders/7").await.status, 401);
    world.process.stop().await;
    assert_eq!(bearer(port, "/api/orders/7", &app.bearer).await.status, 503, "an outage is no sign-out");
}

/// Starts an example service; returns when it says that it is ready.
async fn service(command: &mut Command, world: &World) -> (Child, u16) {
    let port = free_port();
    let origin = world.place.url().origin().ascii_serialization();
    let mut child = spawn(command.env("ISSUER", origin).env("PORT", port.to_string()).stdout(Stdio::piped()));
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let first = tokio::time::timeout(PATIENCE, lines.next_line()).await.unwrap().unwrap();
    assert_eq!(
        first.as_deref(),
        Some("ready"),
        "the service's own packages are missing: `scripts/setup test`"
    );
    (child, port)
}

/// S-GW-14: what any service must do that does not trust the network.
async fn verifies(command: &mut Command) {
    let world = World::open(None).await;
    let (_service, port) = service(command, &world).await;
    let app = world.tokens.sign_in("openid read").await;
    let answer = bearer(port, "/", &app.bearer).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.json()["member"], app.member.as_str());
    let lacking = world.tokens.sign_in("openid").await;
    assert_eq!(bearer(port, "/", &lacking.bearer).await.status, 403);

    let (head, signature) = app.bearer.rsplit_once('.').unwrap();
    let reversed: String = signature.chars().rev().collect();
    // {"alg":"none","typ":"at+jwt"} before the claims of a good token.
    let claims = head.rsplit_once('.').unwrap().1;
    let unsigned = format!("Bearer eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0.{claims}.");
    for refused in
        ["", "Basic YTpi", "Bearer", "Bearer x", "Bearer a.b.c", &unsigned, &format!("{head}.{reversed}")]
    {
        let answer = bearer(port, "/", refused).await;
        assert_eq!(answer.status, 401, "{refused}");
        assert!(answer.header("www-authenticate").starts_with("Bearer"), "{refused}");
    }
    let forged = at(port).send(Method::GET, "/", &[("x-member-id", "bob")], None).await;
    assert_eq!(forged.status, 401);
    world.process.stop().await;
}

#[tokio::test]
async fn s_gw_14_the_node_example_verifies_tokens_itself() {
    verifies(Command::new("node").arg(example("node/service.mjs"))).await;
}

#[tokio::test]
async fn s_gw_14_the_python_example_verifies_tokens_itself() {
    // Debian's own Python, for which its packages are.
    verifies(Command::new("/usr/bin/python3").arg(example("python/service.py"))).await;
}
