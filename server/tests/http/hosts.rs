//! A request is for one host, no matter what answers it.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::app::App;
use crate::echo::Echo;

/// The whole answer to these bytes, until the connection ends.
async fn ask(address: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn s_gw_9_a_request_for_two_hosts_or_none_is_refused_everywhere() {
    let echo = Echo::start().await;
    let app = App::configured(&format!(
        "[[gateway.routes]]\npath = \"/shop/{{*rest}}\"\nupstream = [\"{}\"]\nmethods = [\"GET\"]\npublic = true\n",
        echo.url()
    ))
    .await;
    for path in ["/api/auth/session", "/", "/shop/1", "/favicon.svg", "/nothing"] {
        for hosts in [
            "Host: localhost:3000\r\nHost: evil.example\r\n",
            "Host: localhost:3000\r\nhost: localhost:3000\r\n",
            "Host: localhost:3000, evil.example\r\n",
            "Host: evil.example/localhost\r\n",
            "Host: a b\r\n",
            "",
        ] {
            let answer = ask(app.address(), &format!("GET {path} HTTP/1.1\r\n{hosts}\r\n")).await;
            assert!(answer.starts_with("HTTP/1.1 400 "), "{path} {hosts:?}: {answer}");
            let lower = answer.to_ascii_lowercase();
            assert!(lower.contains("host_ambiguous") && lower.contains("connection: close"), "{answer}");
            assert!(lower.contains("x-content-type-options: nosniff"), "S-HDR-10: {answer}");
        }
    }
    assert_eq!(echo.hits(), 0);
    // HTTP/1.0 knows no Host.
    assert!(ask(app.address(), "GET /shop/1 HTTP/1.0\r\n\r\n").await.contains(" 200 "));
    let one = "GET /shop/1 HTTP/1.1\r\nHost: localhost:3000\r\nConnection: close\r\n\r\n";
    assert!(ask(app.address(), one).await.starts_with("HTTP/1.1 200 "));
}

#[tokio::test]
async fn s_gw_10_over_http_2_a_host_beside_another_authority_is_refused() {
    let app = App::start().await;
    let client = reqwest::Client::builder().no_proxy().http2_prior_knowledge().build().unwrap();
    let ask = async |hosts: &[&str]| {
        let mut request = client.get(app.site.join("/api/auth/session").unwrap());
        for host in hosts {
            request = request.header("host", *host);
        }
        request.send().await.unwrap().status().as_u16()
    };
    let authority = app.address().to_string();
    assert_eq!(ask(&[]).await, 200);
    assert_eq!(ask(&[&authority]).await, 200);
    assert_eq!(ask(&["evil.example"]).await, 400);
}
