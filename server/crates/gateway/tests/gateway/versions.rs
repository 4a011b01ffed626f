//! HTTP/1.1 and HTTP/2, in and out.

use axum::body::{Body, to_bytes};
use http::{Request, Version};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;

use crate::bench::{ALICE, TestGateway, route};
use crate::service::Service;

#[tokio::test]
async fn http_2_in_and_out_carries_the_same() {
    let echo = Service::echo().await;
    let toml = route("/one", &[&echo.url()], "") + &route("/two", &[&echo.url()], "http2 = true");
    let gateway = TestGateway::open(&toml).await;
    let stream = TcpStream::connect(gateway.address).await.unwrap();
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    for (path, version) in [("/one", "HTTP/1.1"), ("/two", "HTTP/2.0")] {
        for body in ["", "hello"] {
            let request = Request::post(format!("http://localhost:3000{path}?q=1"))
                .version(Version::HTTP_2)
                .header("authorization", "Bearer reader")
                .header("x-member-id", "bob")
                .body(Body::from(body))
                .unwrap();
            let response = sender.send_request(request).await.unwrap();
            assert_eq!(response.status(), 200);
            let body_length = body.len();
            let bytes = to_bytes(Body::new(response.into_body()), 1 << 20).await.unwrap();
            let json: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
            assert_eq!(json["version"], version);
            assert_eq!(json["target"], format!("{path}?q=1"));
            assert_eq!(json["body"], body_length);
            let members: Vec<_> =
                json["headers"].as_array().unwrap().iter().filter(|pair| pair[0] == "x-member-id").collect();
            assert_eq!(members.len(), 1);
            assert_eq!(members[0][1], ALICE.to_string());
        }
    }
}

#[tokio::test]
async fn http_1_in_and_http_2_out() {
    let echo = Service::echo().await;
    let gateway = TestGateway::open(&route("/two", &[&echo.url()], "http2 = true")).await;
    for _ in 0..3 {
        let answer = gateway.send("POST /two", &["Authorization: Bearer reader"], "hello").await;
        assert_eq!(answer.json()["version"], "HTTP/2.0");
        assert_eq!(answer.json()["body"], 5);
        assert_eq!(answer.received("host"), [""; 0]);
    }
}
