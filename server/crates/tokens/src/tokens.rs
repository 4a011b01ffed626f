//! The token service of one process.

use std::num::NonZero;
use std::sync::Arc;
use std::thread::available_parallelism;

use db::Database;
use kernel::{Context, KeyRing};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use web::keep_running;

use crate::access_token::Minter;
use crate::dpop::nonce::Nonces;
use crate::dpop::proofs::Proofs;
use crate::dpop::seen::SeenProofs;
use crate::error::{SettingsError, TokensError};
use crate::feed::RevocationFeed;
use crate::keys::SigningKeys;
use crate::redeem::Families;
use crate::revoke::Revoker;
use crate::settings::Settings;
use crate::signers::Signers;
use crate::verified_tokens::VerifiedTokens;
use crate::verifier::Verifier;

/// The token service, flow by flow: what makes, verifies and ends tokens. Cheap to clone.
#[derive(Clone)]
pub struct Tokens {
    /// Refresh tokens and their rotation.
    pub families: Families,
    /// The end of families before their time.
    pub revoker: Revoker,
    /// What signs.
    pub minter: Minter,
    /// What reads signed tokens.
    pub verifier: Verifier,
    /// What clients prove to have.
    pub proofs: Proofs,
    /// The keys that sign.
    pub keys: Arc<SigningKeys>,
    /// What other replicas have revoked.
    pub feed: Arc<RevocationFeed>,
    settings: Arc<Settings>,
}

impl Tokens {
    /// A token service on `db`. It can do nothing before [`Tokens::start`].
    ///
    /// # Errors
    /// When a setting cannot be worked with.
    pub fn new(
        settings: Settings,
        db: Database,
        key_ring: Arc<KeyRing>,
        context: Context,
    ) -> Result<Self, SettingsError> {
        settings.check()?;
        let settings = Arc::new(settings);
        let Context { clock, randomness } = context.clone();
        let verified = Arc::new(VerifiedTokens::new(settings.cached_tokens));
        let keys = Arc::new(SigningKeys::new(
            &settings,
            db.clone(),
            Arc::clone(&key_ring),
            context,
            Arc::clone(&verified),
        ));
        let feed = Arc::new(RevocationFeed::new(db.clone(), Arc::clone(&clock), Arc::clone(&verified)));
        let revoker =
            Revoker { settings: Arc::clone(&settings), clock: Arc::clone(&clock), observer: Arc::default() };
        let cores = available_parallelism().unwrap_or(NonZero::<usize>::MIN);
        let nonces = Nonces::new(&key_ring);
        let of_access_tokens = Verifier {
            settings: Arc::clone(&settings),
            clock: Arc::clone(&clock),
            keys: Arc::clone(&keys),
            feed: Arc::clone(&feed),
            verified,
        };
        Ok(Self {
            families: Families {
                settings: Arc::clone(&settings),
                db,
                key_ring,
                clock: Arc::clone(&clock),
                randomness: Arc::clone(&randomness),
                revoker: revoker.clone(),
            },
            revoker,
            minter: Minter {
                settings: Arc::clone(&settings),
                clock: Arc::clone(&clock),
                randomness,
                keys: Arc::clone(&keys),
                signers: Signers::new(cores),
            },
            proofs: Proofs {
                verifier: of_access_tokens.clone(),
                clock,
                nonces: Arc::new(nonces),
                seen: Arc::new(SeenProofs::new()),
            },
            verifier: of_access_tokens,
            keys,
            feed,
            settings,
        })
    }

    /// Reads the signing keys, makes the first one where there is none, reads the revocation feed, and lets `tasks` do so
    /// until `end`.
    ///
    /// # Errors
    /// When the database refuses, or a signing key was sealed with a master key that is not in the ring.
    pub async fn start(&self, end: &CancellationToken, tasks: &TaskTracker) -> Result<(), TokensError> {
        self.keys.start().await?;
        self.feed.read().await?;
        let (keys, feed) = (Arc::clone(&self.keys), Arc::clone(&self.feed));
        keep_running(tasks, end, "signing keys", move |end| Arc::clone(&keys).follow(end));
        keep_running(tasks, end, "revocation feed", move |end| Arc::clone(&feed).follow(end));
        Ok(())
    }

    /// The audience of our own API. No service may have it, or it could use its tokens here.
    pub fn own_audience(&self) -> &str {
        &self.settings.audience
    }

    /// Lifetimes, issuer and audience, as they were configured.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }
}

/// Says nothing: there are secrets inside.
impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tokens")
    }
}
