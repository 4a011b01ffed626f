//! Services that are not behind our own gateway, with tokens that they verify by our JWKS, by the files in
//! docs/examples.

use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use db::DatabaseUrl;
use kernel::SystemClock;
use reqwest::Method;
use simulators::Simulators;
use testkit::{Answer, Browser};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use url::Url;

use crate::process::{Place, Process, foreign_providers, free_port};
use crate::provider_actor::ProviderActor;
use crate::token_actor::{MASTER_KEY, SignedIn, TokenActor};

/// The audience of the example services.
const AUDIENCE: &str = "orders";
/// The key with which a proxy is known.
pub const KEY: &str = "the-key-of-the-proxy-and-of-nobody-else";
/// A bound, not a wait.
pub const TIMEOUT: Duration = Duration::from_secs(20);

/// A program and somebody who has tokens of it, in real time: others verify by their own clock.
pub struct World {
    pub place: Place,
    pub process: Process,
    pub tokens: TokenActor,
    pub actor: ProviderActor,
    _simulators: Simulators,
}

impl World {
    /// One that people reach directly.
    pub async fn open() -> Self {
        Self::set_up(Place::new()).await
    }

    /// One behind a proxy, at whose port people come and which tells about requests by `headers`.
    pub async fn behind(public: u16, headers: &str) -> Self {
        let mut place = Place::new();
        place.public = Some(public);
        place.set("DAEMUN_GATEWAY__FORWARD_AUTH_HEADERS", headers);
        Self::set_up(place).await
    }

    async fn set_up(mut place: Place) -> Self {
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

/// A file of docs/examples.
pub fn example(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/examples").join(name)
}

/// A browser at a port of this machine, with localhost in the address bar.
pub fn at(port: u16) -> Browser {
    let url = |host: &str| Url::parse(&format!("http://{host}:{port}")).unwrap();
    Browser::under(&url("127.0.0.1"), &url("localhost"))
}

/// Asks with this `Authorization`.
pub async fn bearer(port: u16, path: &str, field: &str) -> Answer {
    at(port).send(Method::GET, path, &[("authorization", field)], None).await
}

/// Starts a program that the system must have.
pub fn spawn(command: &mut Command) -> Child {
    command.kill_on_drop(true);
    command.spawn().unwrap_or_else(|error| {
        let program = command.as_std().get_program().display();
        panic!("{program} is missing: `scripts/setup test` brings it ({error})")
    })
}

/// Starts an example service; returns when it says that it is ready.
async fn service(command: &mut Command, world: &World) -> (Child, u16) {
    let port = free_port();
    let origin = world.place.url().origin().ascii_serialization();
    let command = command.env("ISSUER", origin).env("AUDIENCE", AUDIENCE).env("PORT", port.to_string());
    let mut child = spawn(command.stdout(Stdio::piped()));
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let first = tokio::time::timeout(TIMEOUT, lines.next_line()).await.unwrap().unwrap();
    assert_eq!(
        first.as_deref(),
        Some("ready"),
        "the service's own packages are missing: `scripts/setup test`"
    );
    (child, port)
}

/// S-GW-14: what any service must do that does not trust the network.
async fn verifies(command: &mut Command) {
    let world = World::open().await;
    let (_service, port) = service(command, &world).await;
    let app = world.tokens.sign_in_for(AUDIENCE, "openid read").await;
    let answer = bearer(port, "/", &app.bearer).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.json()["member"], app.member.as_str());
    let lacking = world.tokens.sign_in_for(AUDIENCE, "openid").await;
    assert_eq!(bearer(port, "/", &lacking.bearer).await.status, 403);

    // S-TOK-12: tokens of the same issuer and key that are for another API.
    for other in ["books", "Orders", "orders/"] {
        let elsewhere = world.tokens.sign_in_for(other, "openid read").await;
        assert_eq!(bearer(port, "/", &elsewhere.bearer).await.status, 401, "{other}");
    }
    let own = world.tokens.sign_in("openid read").await;
    assert_eq!(bearer(port, "/", &own.bearer).await.status, 401, "for Daemun's own API");

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
    decides_by_sub(&world, port).await;
    world.process.stop().await;
}

/// S-GW-19: an order is its member's, whatever the request says of members.
async fn decides_by_sub(world: &World, port: u16) {
    let sign_in = || world.tokens.sign_in_for(AUDIENCE, "read");
    let (alice, bob) = (sign_in().await, sign_in().await);
    let order = async |who: &SignedIn, method: Method, path: &str, text: &str| {
        let headers =
            [("authorization", who.bearer.as_str()), ("x-text", text), ("x-member-id", bob.member.as_str())];
        at(port).send(method, path, &headers, None).await
    };
    let kept = order(&bob, Method::PUT, "/orders/7", "of Bob").await;
    assert_eq!((kept.status.as_u16(), &kept.json()["member"]), (200, &bob.member.as_str().into()));
    let query = format!("/orders/7?member={0}&sub={0}", bob.member);
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        for path in ["/orders/7", &query] {
            let answer = order(&alice, method.clone(), path, "of Alice").await;
            assert_eq!(answer.status, 404, "{method} {path}: {}", answer.body);
        }
    }
    let still = order(&bob, Method::GET, "/orders/7", "").await;
    assert_eq!((still.status.as_u16(), &still.json()["text"]), (200, &"of Bob".into()), "unchanged");
    let own = order(&alice, Method::PUT, "/orders/8", "of Alice").await;
    assert_eq!(own.json()["member"], alice.member.as_str(), "and not of whom a header names");
    assert_eq!(order(&bob, Method::DELETE, "/orders/7", "").await.status, 200);
    assert_eq!(order(&bob, Method::GET, "/orders/7", "").await.status, 404);
}

#[tokio::test]
async fn s_gw_14_s_gw_19_the_node_example_verifies_tokens_and_decides_by_sub() {
    verifies(Command::new("node").arg(example("node/service.mjs"))).await;
}

#[tokio::test]
async fn s_gw_14_s_gw_19_the_python_example_verifies_tokens_and_decides_by_sub() {
    // Debian's own Python, for which its packages are.
    verifies(Command::new("/usr/bin/python3").arg(example("python/service.py"))).await;
}
