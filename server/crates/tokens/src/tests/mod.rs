//! Tests of the whole part, on both databases where the database has a say.

mod access_tokens;
mod bound;
mod cleaning;
mod exchange;
mod families;
mod forger;
mod grants;
mod hints;
mod hostile_tokens;
mod keys;
mod races;
mod resealing;
mod revocations;
mod streams;

use std::sync::Arc;

use kernel::NewId as _;
use kernel::{Clock as _, KeyRing, MasterKey, OsRandomness};
use names::{MemberId, SessionId};
use testkit::{HandClock, TestDatabase};

use crate::access_token::AccessToken;
use crate::client_id::ClientId;
use crate::error::TokensError;
use crate::family::Grant;
use crate::key_kind::KeyKind;
use crate::redeem::{Presented, Redemption, Refused, Rotation};
use crate::refresh_token::RefreshToken;
use crate::scope::Scope;
use crate::settings::Settings;
use crate::tokens::Tokens;

/// A database, a clock, and as many replicas on them as a test wants.
struct Stage {
    database: TestDatabase,
    clock: Arc<HandClock>,
    master: MasterKey,
    settings: Settings,
}

impl Stage {
    /// On SQLite.
    async fn sqlite() -> Self {
        Self::on(TestDatabase::sqlite().await)
    }

    /// One on each database.
    async fn both() -> [Self; 2] {
        TestDatabase::both().await.map(Self::on)
    }

    fn on(database: TestDatabase) -> Self {
        // RSA keys take long to make; the tests that are about them say so.
        let settings =
            Settings { key_kind: KeyKind::P256, ..Settings::new("https://issuer.example", "services") };
        Self { database, clock: Arc::default(), master: MasterKey::generate(&OsRandomness), settings }
    }

    /// A replica that has read keys and feed, and reads again only when it is told to.
    async fn replica(&self) -> Tokens {
        let tokens = self.replica_with(vec![self.master.clone()], self.settings.clone()).await;
        tokens.keys.start().await.unwrap();
        tokens.feed.read().await.unwrap();
        tokens
    }

    /// A replica with a pool of its own that has read nothing.
    async fn replica_with(&self, ring: Vec<MasterKey>, settings: Settings) -> Tokens {
        let db = db::Database::open(self.database.url()).await.unwrap();
        let ring = Arc::new(KeyRing::new(ring).unwrap());
        let context = kernel::Context { clock: self.clock.clone(), randomness: Arc::new(OsRandomness) };
        Tokens::new(settings, db, ring, context).unwrap()
    }

    fn grant(&self) -> Grant {
        Grant {
            subject: MemberId::new(&*self.clock, &OsRandomness),
            session: SessionId::new(&*self.clock, &OsRandomness),
            client_id: client(),
            scope: Scope::parse("openid read write").unwrap(),
            audience: None,
            auth_time: self.clock.now(),
            proven_by: Some(names::ProvenBy::Password),
            method: Some(names::SignInMethod::Password),
            key: None,
        }
    }
}

fn client() -> ClientId {
    ClientId::parse("portal-client").unwrap()
}

async fn issue(tokens: &Tokens, grant: &Grant) -> Rotation {
    let mut tx = tokens.families.db.begin().await.unwrap();
    let rotation = tokens.families.issue(&mut tx, grant).await.unwrap();
    tx.commit().await.unwrap();
    rotation
}

async fn access(tokens: &Tokens, rotation: &Rotation) -> AccessToken {
    tokens.minter.mint_access(rotation.access("services", "홍길동", &["ROLE_USER".to_owned()])).await.unwrap()
}

/// One redemption as a server does it: by one statement where that decides, in a transaction of its own otherwise, committed
/// whatever it says.
async fn try_redeem(tokens: &Tokens, token: &RefreshToken) -> Result<Redemption, TokensError> {
    let client_id = client();
    let presented = Presented { token, client_id: &client_id, scope: None, key: None };
    let found = tokens.families.look(token, "SELECT 1 FROM refresh_families WHERE handle_hash = ?").await?;
    if let Some((found, _)) = found
        && let Some(rotation) = tokens.families.rotate_found(presented, &found).await?
    {
        return Ok(Redemption::Rotated(Box::new(rotation)));
    }
    let mut tx = tokens.families.db.begin().await?;
    let redemption = tokens.families.redeem(&mut tx, presented).await?;
    tx.commit().await?;
    Ok(redemption)
}

async fn redeem(tokens: &Tokens, token: &RefreshToken) -> Redemption {
    try_redeem(tokens, token).await.unwrap()
}

/// A redemption that must succeed.
async fn rotate(tokens: &Tokens, token: &RefreshToken) -> Rotation {
    match redeem(tokens, token).await {
        Redemption::Rotated(rotation) => *rotation,
        Redemption::Refused(why) => panic!("refused: {why:?}"),
    }
}

/// A redemption that must not.
async fn refusal(tokens: &Tokens, token: &RefreshToken) -> Refused {
    match redeem(tokens, token).await {
        Redemption::Rotated(rotation) => panic!("rotated: {rotation:?}"),
        Redemption::Refused(why) => why,
    }
}

/// The code that a verification ends with.
async fn decision(tokens: &Tokens, token: &str) -> &'static str {
    match tokens.verifier.verify(token, &["services"]).await {
        Ok(_) => "OK",
        Err(error) => error.code(),
    }
}
