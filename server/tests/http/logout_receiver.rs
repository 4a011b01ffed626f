//! An app's server that is told of ended sessions: it checks what it is told as an app must, by our published keys.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::{Form, State};
use axum::routing::post;
use http::StatusCode;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::Mutex;
use tokio::task::JoinHandle;

use crate::app::App;

#[derive(Deserialize)]
struct Notice {
    logout_token: String,
}

/// What it has heard, and what it answers.
struct Heard {
    tokens: Mutex<Vec<String>>,
    answers: AtomicU16,
}

/// A running server.
pub struct LogoutReceiver {
    pub address: SocketAddr,
    heard: Arc<Heard>,
    task: JoinHandle<()>,
}

impl LogoutReceiver {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let heard = Arc::new(Heard { tokens: Mutex::default(), answers: AtomicU16::new(200) });
        let router = Router::new().route("/bye", post(hear)).with_state(Arc::clone(&heard));
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, heard, task }
    }

    /// Answers with this status from now on.
    pub fn answers(&self, status: u16) {
        self.heard.answers.store(status, Ordering::SeqCst);
    }

    /// How often it was told something.
    pub async fn count(&self) -> usize {
        self.heard.tokens.lock().await.len()
    }

    /// Waits until it has been told `count` things, and gives all of them, as they came.
    pub async fn wait_for(&self, count: usize) -> Vec<String> {
        for _ in 0..1500 {
            if self.count().await >= count {
                return self.heard.tokens.lock().await.clone();
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("it was told {} of {count} things", self.count().await);
    }
}

impl Drop for LogoutReceiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn hear(State(heard): State<Arc<Heard>>, Form(notice): Form<Notice>) -> StatusCode {
    heard.tokens.lock().await.push(notice.logout_token);
    StatusCode::from_u16(heard.answers.load(Ordering::SeqCst)).unwrap()
}

/// The claims of a logout token for `client`, checked as OpenID Connect Back-Channel Logout section 2.6 says.
pub async fn checked(app: &App, token: &str, client: &str) -> Value {
    let header = jsonwebtoken::decode_header(token).unwrap();
    assert_eq!((header.alg, header.typ.as_deref()), (Algorithm::RS256, Some("logout+jwt")));
    let keys: JwkSet = serde_json::from_str(&app.browser().fetch("/oauth2/jwks").await.body).unwrap();
    let key = DecodingKey::from_jwk(keys.find(&header.kid.unwrap()).unwrap()).unwrap();
    let mut rules = Validation::new(Algorithm::RS256);
    rules.set_audience(&[client]);
    rules.set_issuer(&["http://localhost:3000"]);
    // The clock of the test moves by itself.
    rules.validate_exp = false;
    let claims = jsonwebtoken::decode::<Value>(token, &key, &rules).unwrap().claims;
    let names: Vec<_> = claims.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, ["aud", "events", "exp", "iat", "iss", "jti", "sid", "sub"], "and no nonce");
    assert_eq!(
        claims["events"],
        serde_json::json!({ "http://schemas.openid.net/event/backchannel-logout": {} })
    );
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 120);
    claims
}
