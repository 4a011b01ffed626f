//! A service that trusts nobody: it verifies our tokens by the JWKS, which it keeps as long as it may.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::Value;
use tokio::sync::Mutex;

/// The service.
pub struct Service {
    address: String,
    audience: &'static str,
    client: reqwest::Client,
    kept: Mutex<Option<Kept>>,
    keys: Mutex<BTreeSet<String>>,
}

struct Kept {
    keys: JwkSet,
    until: Instant,
}

impl Service {
    /// At `audience`, that gets its keys from the program at `address`.
    pub fn new(address: String, audience: &'static str) -> Self {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { address, audience, client, kept: Mutex::default(), keys: Mutex::default() }
    }

    /// Verifies an `Authorization` field.
    ///
    /// # Panics
    /// When the token is not good.
    pub async fn verify(&self, authorization: &str) {
        let token = authorization.strip_prefix("Bearer ").unwrap();
        let kid = jsonwebtoken::decode_header(token).unwrap().kid.unwrap();
        let mut kept = self.kept.lock().await;
        if kept.as_ref().is_none_or(|kept| kept.until <= Instant::now()) {
            *kept = Some(self.read().await);
        }
        let key =
            kept.as_ref().unwrap().keys.find(&kid).unwrap_or_else(|| panic!("the key {kid} is unknown"));
        let mut rules = Validation::new(Algorithm::RS256);
        rules.set_audience(&[self.audience]);
        rules.leeway = 10;
        jsonwebtoken::decode::<Value>(token, &DecodingKey::from_jwk(key).unwrap(), &rules).unwrap();
        drop(kept);
        self.keys.lock().await.insert(kid);
    }

    /// By how many keys the tokens were signed.
    pub async fn keys_seen(&self) -> usize {
        self.keys.lock().await.len()
    }

    async fn read(&self) -> Kept {
        let answer = self.client.get(format!("http://{}/oauth2/jwks", self.address)).send().await.unwrap();
        let control = answer.headers()["cache-control"].to_str().unwrap().to_owned();
        let age = control.split("max-age=").nth(1).unwrap().split(',').next().unwrap().trim();
        let until = Instant::now() + Duration::from_secs(age.parse().unwrap());
        Kept { keys: answer.json().await.unwrap(), until }
    }
}
