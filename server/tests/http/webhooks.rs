//! Webhooks of a program that serves, and `daemun webhooks` beside it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::routing::post;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, StatusCode};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::Mutex;

use crate::process::{Place, callback, foreign_providers};

const KEY: [u8; 32] = *b"01234567890123456789012345678901";

/// What a service heard, and what it answers.
struct Service {
    heard: Mutex<Vec<Value>>,
    answers: AtomicU16,
}

/// Takes what is signed as Standard Webhooks says, and nothing else.
async fn hear(State(service): State<Arc<Service>>, headers: HeaderMap, body: String) -> StatusCode {
    let field = |name: &str| headers[name].to_str().unwrap();
    let (id, at, signature) = (field("webhook-id"), field("webhook-timestamp"), field("webhook-signature"));
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, &KEY);
    let signed = aws_lc_rs::hmac::sign(&key, format!("{id}.{at}.{body}").as_bytes());
    assert_eq!(signature, format!("v1,{}", STANDARD.encode(signed)));
    let value: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(value["eventId"], id);
    let answer = service.answers.load(Ordering::SeqCst);
    if answer < 300 {
        service.heard.lock().await.push(value);
    }
    StatusCode::from_u16(answer).unwrap()
}

async fn webhooks(place: &Place, arguments: &[&str]) -> (Option<i32>, String) {
    let done = place.command().arg("webhooks").args(arguments).output().await.unwrap();
    let printed = String::from_utf8(done.stdout).unwrap() + &String::from_utf8(done.stderr).unwrap();
    (done.status.code(), printed)
}

async fn until(service: &Service, count: usize) -> Vec<String> {
    for _ in 0..1_500 {
        let heard = service.heard.lock().await;
        if heard.len() >= count {
            return heard.iter().map(|value| value["eventType"].as_str().unwrap().to_owned()).collect();
        }
        drop(heard);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{} of {count}", service.heard.lock().await.len());
}

#[tokio::test]
async fn a_service_hears_of_sign_ups_by_webhook_and_operators_see_and_repeat_it() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let service = Arc::new(Service { heard: Mutex::default(), answers: AtomicU16::new(204) });
    let router = Router::new().route("/hook", post(hear)).with_state(Arc::clone(&service));
    let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    let mut place = Place::new();
    let toml = format!(
        "[[webhooks]]\nname = \"billing\"\nurl = \"http://127.0.0.1:{port}/hook?token=hidden\"\n\
         topics = [\"user-signup\", \"user-login\"]\nsecret = \"whsec_{}\"\n\
         [outgoing]\nprivate_hosts = [\"127.0.0.1\"]\n",
        STANDARD.encode(KEY)
    );
    std::fs::write(place.path("daemun.toml"), toml).unwrap();
    let (_simulators, actor) = foreign_providers(&mut place).await;
    let process = place.start().await;
    let (code, said) = webhooks(&place, &["test", "billing"]).await;
    assert!(code == Some(0) && said.contains("billing answered 204"), "{said}");
    assert_eq!(until(&service, 1).await, ["WEBHOOK_TEST"]);

    let browser = place.browser();
    assert_eq!(browser.visit(&callback(&browser, &actor, "google").await).await.status, 303);
    assert_eq!(until(&service, 3).await[1..], ["USER_SIGNUP", "USER_LOGIN"]);
    let (code, listed) = webhooks(&place, &["list"]).await;
    assert!(code == Some(0) && listed.contains("billing  http://127.0.0.1:"), "{listed}");
    assert!(!listed.contains("hidden"), "what is behind ? may be a secret");
    let log = || async { webhooks(&place, &["log", "billing", "--json"]).await.1 };
    let mut lines = log().await;
    while lines.matches("\"delivered\"").count() < 2 {
        tokio::time::sleep(Duration::from_millis(50)).await;
        lines = log().await;
    }
    assert!(!lines.contains("payload"), "a log does not tell what is in it");
    let first: Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
    let id = first["eventId"].as_str().unwrap();

    let (code, said) = webhooks(&place, &["replay", "billing", id]).await;
    assert!(code == Some(0) && said.contains("is being sent to billing again"), "{said}");
    assert_eq!(until(&service, 4).await[3], "USER_SIGNUP");
    let metrics = place.operators().fetch("/metrics").await.body;
    assert!(
        metrics.contains(
            "daemun_webhooks_total{receiver=\"billing\",topic=\"user-signup\",outcome=\"delivered\"} 2"
        ),
        "{metrics}"
    );

    // What is refused is seen with its answer, and waits.
    service.answers.store(418, Ordering::SeqCst);
    let (code, said) = webhooks(&place, &["test", "billing"]).await;
    assert!(code == Some(1) && said.contains("did not take it: 418"), "{said}");
    for (arguments, says) in [
        (&["replay", "billing", "evt-none"][..], "was sent no event"),
        (&["replay", "nobody", "evt-none"], "there is no receiver `nobody`"),
        (&["replay", "nobody", "--given-up"], "there is no receiver `nobody`"),
        (&["log", "nobody"], "there is no receiver `nobody`"),
        (&["test", "nobody"], "there is no receiver `nobody`"),
    ] {
        let (code, said) = webhooks(&place, arguments).await;
        assert!(code == Some(1) && said.contains(says), "{said}");
    }
    let (_, audit) = {
        let done = place.command().args(["audit", "--json"]).output().await.unwrap();
        (done.status, String::from_utf8(done.stdout).unwrap())
    };
    assert!(audit.contains("webhook_replayed") && audit.contains(id), "{audit}");
    serving.abort();
    process.stop().await;
}
