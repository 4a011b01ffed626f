//! The way out through a proxy.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::echo::Echo;
use crate::process::{Place, callback, foreign_providers};

/// What the proxy was asked for: the first line of each connection, and whether name and password came with it.
type Asked = Arc<Mutex<Vec<(String, bool)>>>;

/// `daemun:s3cret`.
const LOGIN: &str = "proxy-authorization: basic zgflbxvuonmzy3jlda==";

/// A forward proxy. A name that ends in `.invalid` leads nowhere, but is tunnelled, so that it can be seen what would go
/// through; the first bytes of it are noted.
struct ForwardProxy {
    port: u16,
    asked: Asked,
    tunnelled: Arc<Mutex<Vec<u8>>>,
}

impl ForwardProxy {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (asked, tunnelled) = (Asked::default(), Arc::default());
        let proxy = Self { port, asked: Arc::clone(&asked), tunnelled: Arc::clone(&tunnelled) };
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(pass(stream, Arc::clone(&asked), Arc::clone(&tunnelled)));
            }
        });
        proxy
    }

    fn url(&self, login: &str) -> String {
        format!("http://{login}127.0.0.1:{}", self.port)
    }

    fn asked(&self) -> Vec<(String, bool)> {
        self.asked.lock().unwrap().clone()
    }
}

async fn pass(mut stream: TcpStream, asked: Asked, tunnelled: Arc<Mutex<Vec<u8>>>) -> Option<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let text = String::from_utf8(head.clone()).ok()?;
    let line = text.lines().next()?.to_owned();
    let (method, target) = (line.split(' ').next()?, line.split(' ').nth(1)?);
    asked.lock().unwrap().push((line.clone(), text.to_ascii_lowercase().contains(LOGIN)));
    let place = target.trim_start_matches("http://").split('/').next()?;
    if method == "CONNECT" && place.contains(".invalid:") {
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.ok()?;
        let mut first = vec![0; 1024];
        let read = stream.read(&mut first).await.ok()?;
        tunnelled.lock().unwrap().extend_from_slice(&first[..read]);
        return None;
    }
    let mut server = TcpStream::connect(place).await.ok()?;
    if method == "CONNECT" {
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.ok()?;
    } else {
        server.write_all(&head).await.ok()?;
    }
    tokio::io::copy_bidirectional(&mut stream, &mut server).await.ok()?;
    Some(())
}

#[tokio::test]
async fn s_up_17_providers_are_called_through_the_proxy_and_services_are_not() {
    let (proxy, echo) = (ForwardProxy::start().await, Echo::start().await);
    let mut place = Place::new();
    let (simulators, actor) = foreign_providers(&mut place).await;
    place.set("DAEMUN_OUTGOING__PROXY", proxy.url("daemun:s3cret@"));
    place.set("DAEMUN_PROVIDERS__KAKAO__TOKEN_URL", "https://kauth.invalid/oauth/token");
    // Other programs may be meant.
    place.set("HTTP_PROXY", "http://127.0.0.1:1");
    place.set("HTTPS_PROXY", "http://127.0.0.1:1");
    let route = format!(
        "[[gateway.routes]]\npath = \"/open\"\nupstream = [\"{}\"]\nmethods = [\"GET\"]\npublic = true\nhealth = \"/\"\n",
        echo.url()
    );
    std::fs::write(place.path("daemun.toml"), route).unwrap();
    let process = place.start().await;

    let browser = place.browser();
    let answer = browser.visit(&callback(&browser, &actor, "google").await).await;
    assert_eq!((answer.status.as_u16(), answer.location()), (303, "/me"));
    assert_eq!(browser.fetch("/open").await.status, 200);
    let asked = proxy.asked();
    let simulated = simulators.base_url().as_str().trim_end_matches('/').to_owned();
    assert!(
        !asked.is_empty() && asked.iter().all(|(line, login)| line.contains(&simulated) && *login),
        "{asked:?}"
    );

    // TLS goes through from end to end: the proxy is asked for the name and sees the beginning of a handshake.
    let browser = place.browser();
    let answer = browser.visit(&callback(&browser, &actor, "kakao").await).await;
    assert!(answer.location().starts_with("/oauth/login?error="), "{}", answer.location());
    let (line, login) = proxy.asked().pop().unwrap();
    assert!(line.starts_with("CONNECT kauth.invalid:443 ") && login, "{line}");
    let tunnelled = proxy.tunnelled.lock().unwrap().clone();
    assert_eq!(tunnelled[..2], [22, 3], "a TLS handshake");
    assert!(!String::from_utf8_lossy(&tunnelled).contains("client_secret"));

    let log = process.stop().await;
    assert!(!log.contains("s3cret") && !log.contains("ZGFlbXVu"), "S-KEY-8");
}

#[tokio::test]
async fn hosts_that_are_excepted_are_reached_without_the_proxy() {
    let proxy = ForwardProxy::start().await;
    let mut place = Place::new();
    let (_simulators, actor) = foreign_providers(&mut place).await;
    place.set("DAEMUN_OUTGOING__PROXY", proxy.url(""));
    place.set("DAEMUN_OUTGOING__NO_PROXY", "127.0.0.0/8,localhost");
    let process = place.start().await;
    let browser = place.browser();
    assert_eq!(browser.visit(&callback(&browser, &actor, "google").await).await.status, 303);
    assert_eq!(proxy.asked(), []);
    process.stop().await;
}

#[tokio::test]
async fn the_check_says_whether_the_proxy_lets_us_out() {
    let proxy = ForwardProxy::start().await;
    let mut place = Place::new();
    place.set("DAEMUN_PROVIDERS__GOOGLE__CLIENT_ID", "x");
    place.set("DAEMUN_PROVIDERS__GOOGLE__CLIENT_SECRET", "Zk3vQ9xT");
    place.set("DAEMUN_PROVIDERS__GOOGLE__TOKEN_URL", "https://oauth2.invalid/token");
    place.set("DAEMUN_OUTGOING__PROXY", proxy.url("daemun:s3cret@"));
    let said = |place: &Place| {
        let mut command = place.command();
        async move { command.arg("check").output().await.unwrap() }
    };
    let output = said(&place).await;
    assert!(output.status.success(), "{output:?}");
    assert_eq!(proxy.asked(), [("CONNECT oauth2.invalid:443 HTTP/1.1".to_owned(), true)]);

    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = gone.local_addr().unwrap().port();
    drop(gone);
    place.set("DAEMUN_OUTGOING__PROXY", format!("http://daemun:s3cret@127.0.0.1:{port}"));
    let output = said(&place).await;
    let found = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(found.contains("`outgoing.proxy`") && !found.contains("s3cret"), "{found}");
}
