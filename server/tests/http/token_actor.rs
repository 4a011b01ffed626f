//! An app that is no browser: it has tokens of its own, of the same database and keys as a program.

use std::sync::Arc;

use audit::AuditLog;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use db::{Database, DatabaseUrl};
use kernel::NewId as _;
use kernel::{Clock, KeyRing, MasterKey, OsRandomness};
use names::{Actor, MemberId, SessionId, Source};
use tokens::{ClientId, EndReason, Grant, Rotation, Scope, Settings, Tokens};

/// The master key of programs whose tokens a test makes.
pub const MASTER_KEY: &str = "i4kNUelL0R+A5UlXRLwZJ+91cOScZtyn6KM2pCJWeto=";

/// Somebody who can be given tokens.
pub struct TokenActor {
    tokens: Tokens,
    db: Database,
    clock: Arc<dyn Clock>,
}

impl TokenActor {
    /// At a program that was started with [`MASTER_KEY`].
    pub async fn new(url: &DatabaseUrl, issuer: &str, clock: Arc<dyn Clock>) -> Self {
        let db = Database::open(url).await.unwrap();
        let ring = Arc::new(KeyRing::new(vec![MasterKey::parse(MASTER_KEY).unwrap()]).unwrap());
        let settings = Settings::new(issuer, issuer);
        let context = kernel::Context { clock: Arc::clone(&clock), randomness: Arc::new(OsRandomness) };
        let tokens = Tokens::new(settings, db.clone(), ring, context).unwrap();
        tokens
            .start(&tokio_util::sync::CancellationToken::new(), &tokio_util::task::TaskTracker::new())
            .await
            .unwrap();
        Self { tokens, db, clock }
    }

    /// A sign-in with this scope, and its first access token, as `POST /auth/login` gives it: for Daemun's own API.
    pub async fn sign_in(&self, scope: &str) -> SignedIn {
        self.sign_in_for(self.tokens.own_audience(), scope).await
    }

    /// A sign-in with this scope whose access token is for another API.
    pub async fn sign_in_for(&self, audience: &str, scope: &str) -> SignedIn {
        let grant = Grant {
            subject: MemberId::new(&*self.clock, &OsRandomness),
            session: SessionId::new(&*self.clock, &OsRandomness),
            client_id: ClientId::own_app(),
            scope: Scope::parse(scope).unwrap(),
            audience: None,
            auth_time: self.clock.now(),
            proven_by: Some(names::ProvenBy::Password),
            method: Some(names::SignInMethod::Password),
            key: None,
        };
        let mut tx = self.db.begin().await.unwrap();
        let rotation = self.tokens.families.issue(&mut tx, &grant).await.unwrap();
        tx.commit().await.unwrap();
        let bearer = self.mint(&rotation, audience).await;
        SignedIn { bearer, member: grant.subject.to_string(), session: grant.session }
    }

    async fn mint(&self, rotation: &Rotation, audience: &str) -> String {
        let roles = ["ROLE_USER".to_owned()];
        let minted = self.tokens.minter.mint_access(rotation.access(audience, "김민지", &roles)).await;
        format!("Bearer {}", minted.unwrap().expose())
    }

    /// Signs a member out everywhere, as an operator does.
    pub async fn operator_signs_out(&self, member: &str) {
        let retention = audit::Retention::default();
        let log = AuditLog::new(self.db.clone(), Arc::clone(&self.clock), Arc::new(OsRandomness), retention);
        let source = Source::request("an-operators-command", String::new(), "").by(Actor::Operator);
        let operator = sessions::Operator {
            db: &self.db,
            tokens: &self.tokens,
            audit: &log,
            notices: None,
            source: &source,
        };
        operator.signs_out(names::MemberId::parse(member).unwrap()).await.unwrap();
    }

    /// Replaces all signing keys, as an operator does whose keys others may know.
    pub async fn replace_keys(&self) {
        self.tokens.keys.replace(None).await.unwrap();
    }

    /// Ends a sign-in, as any replica may.
    pub async fn end(&self, session: SessionId) {
        let mut tx = self.db.begin().await.unwrap();
        self.tokens.revoker.revoke_session(&mut tx, session, EndReason::SignedOut).await.unwrap();
        tx.commit().await.unwrap();
    }
}

/// What the app has.
pub struct SignedIn {
    /// The `Authorization` field.
    pub bearer: String,
    /// The member's id.
    pub member: String,
    /// With which sign-in.
    pub session: SessionId,
}

/// The claims of a token in an `Authorization` field, as anybody can read them.
pub fn claims_of(field: &str) -> serde_json::Value {
    let claims = field.strip_prefix("Bearer ").unwrap().split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap()
}
