//! An attacker who makes tokens that look like ours.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::NewId as _;
use kernel::{Clock as _, OsRandomness};
use serde_json::{Value, json};

use super::{Stage, decision};
use crate::claims::TokenId;
use crate::family::FamilyId;
use crate::key_kind::KeyKind;
use crate::signing_key::SigningKey;
use crate::tokens::Tokens;

/// Somebody who can sign with our key, or with none, whatever they like.
pub(super) struct Forger {
    pub(super) stage: Stage,
    pub(super) tokens: Tokens,
    pub(super) kid: String,
}

impl Forger {
    pub(super) async fn new(kind: KeyKind) -> Self {
        let mut stage = Stage::sqlite().await;
        stage.settings.key_kind = kind;
        let tokens = stage.replica().await;
        let active = tokens.keys.list().remove(0);
        Self { stage, tokens, kid: active.kid }
    }

    pub(super) fn key(&self) -> Arc<SigningKey> {
        self.tokens.keys.set().signer(self.stage.clock.now()).unwrap()
    }

    pub(super) fn header(&self) -> Value {
        json!({ "alg": self.key().kind().algorithm(), "typ": "at+jwt", "kid": self.kid })
    }

    pub(super) fn claims(&self) -> Value {
        let now = self.stage.clock.now();
        let id = TokenId::new(FamilyId::new(&*self.stage.clock, &OsRandomness), now, &OsRandomness);
        let grant = self.stage.grant();
        json!({
            "iss": "https://issuer.example", "sub": grant.subject.to_string(), "aud": "services",
            "exp": now.seconds() + 120, "iat": now.seconds(), "jti": id.to_string(), "client_id": "c",
            "scope": "read", "sid": grant.session.to_string(), "roles": ["ROLE_USER"], "nickname": "n",
        })
    }

    /// Signed by our key.
    pub(super) fn signed(&self, header: &str, payload: &str) -> String {
        let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
        let signature = self.key().sign(message.as_bytes()).unwrap();
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// Our header and claims after `change`, signed by our key.
    pub(super) fn with(&self, change: impl FnOnce(&mut Value, &mut Value)) -> String {
        let (mut header, mut claims) = (self.header(), self.claims());
        change(&mut header, &mut claims);
        self.signed(&header.to_string(), &claims.to_string())
    }

    pub(super) async fn refuses(&self, token: &str, what: &str) {
        assert_eq!(decision(&self.tokens, token).await, "TOKEN_INVALID", "{what}");
        assert_eq!(self.tokens.verifier.verified.len(), 1, "{what}: only the control is remembered");
    }

    /// The control: a token without flaws is taken, or the other tests would prove nothing.
    pub(super) async fn control(&self) {
        let token = self.with(|_, _| {});
        if let Err(error) = self.tokens.verifier.verify(&token, &["services"]).await {
            panic!("{error}");
        }
    }
}

pub(super) async fn forger() -> Forger {
    let forger = Forger::new(KeyKind::P256).await;
    forger.control().await;
    forger
}
