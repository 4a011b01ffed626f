//! What the operations on accounts work with.

use std::sync::Arc;
use std::time::Duration;

use audit::AuditLog;
use db::{Database, DbError, Transaction};
use futures::future::BoxFuture;
use jobs::JobQueue;
use kernel::{Clock, KeyRing, Randomness};
use names::{EmailAddress, Language, MemberId, SessionId};
use tokens::{EndReason, Tokens};
use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;

use crate::email::store::mail_tokens;
use crate::limits::{LimitSettings, Limits};
use crate::model::error::AccountError;
use crate::model::mail_template::Mailer;
use crate::model::password::Password;
use crate::network::Network;
use crate::password::password_hasher::{HashingSettings, PasswordHasher};
use crate::password::password_policy::{Owner, PasswordPolicy};

/// How many requests may be worked on after they were answered.
const MOST_AFTER_ANSWER: usize = 256;

/// How many pictures may be drawn at once. Each may take 256 MiB for some tenths of a second.
const DRAWN_AT_ONCE: usize = 2;

/// What has to be decided from outside.
#[derive(Clone, Debug)]
pub struct AccountSettings {
    /// Whether a sign-up says that the address has an account (409, the contract of design 3.3) or answers the same in
    /// both cases (S-ACC-7).
    pub reveal_existing: bool,
    /// Whether mails reach anybody. Where none do, nobody can sign up, and nothing that a mail proves can be asked for.
    pub has_mail: bool,
    /// How long an account that is to be deleted can be kept by signing in.
    pub deletion_grace: Duration,
    /// The language of mails that no request of their reader causes.
    pub language: Language,
    /// The rules for new passwords.
    pub policy: PasswordPolicy,
    /// What a hash costs.
    pub hashing: HashingSettings,
    /// How often one may try.
    pub limits: LimitSettings,
}

impl Default for AccountSettings {
    fn default() -> Self {
        Self {
            reveal_existing: true,
            has_mail: true,
            deletion_grace: Duration::from_hours(7 * 24),
            language: Language::Korean,
            policy: PasswordPolicy::default(),
            hashing: HashingSettings::default(),
            limits: LimitSettings::default(),
        }
    }
}

/// The port to where people are signed in. The sessions are above this part; a new password must end them in the same
/// transaction all the same (S-ACC-10, S-MAIL-10).
pub trait EndSessions: Send + Sync {
    /// Deletes all sessions of `member`. Their tokens are revoked by the caller.
    fn end_of_member<'a>(
        &'a self,
        tx: &'a mut Transaction,
        member: MemberId,
    ) -> BoxFuture<'a, Result<(), DbError>>;

    /// Deletes all sessions of `member` but one. Their tokens are revoked by the caller.
    fn end_others<'a>(
        &'a self,
        tx: &'a mut Transaction,
        member: MemberId,
        kept: SessionId,
    ) -> BoxFuture<'a, Result<(), DbError>>;

    /// Deletes the sessions of `member` that began by `way`, a provider's name. Their tokens are revoked by whom the ids
    /// are given to.
    fn end_of_method<'a>(
        &'a self,
        tx: &'a mut Transaction,
        member: MemberId,
        way: &'static str,
    ) -> BoxFuture<'a, Result<Vec<SessionId>, DbError>>;
}

/// What accounts work with that is below them.
#[derive(Clone, Debug)]
pub struct Services {
    /// Where accounts are stored.
    pub db: Database,
    /// Whose families end with an account.
    pub tokens: Tokens,
    /// Where what happens is written down.
    pub audit: AuditLog,
}

/// The ports through which accounts reach what is above them.
#[derive(Clone)]
pub struct Ports {
    /// Where mails leave.
    pub mails: Arc<dyn Mailer>,
    /// Where people are signed in.
    pub sessions: Arc<dyn EndSessions>,
    /// Where work goes on after the answer; the program waits for it when it ends.
    pub tasks: TaskTracker,
}

/// Accounts that are signed in to by e-mail and password. Cheap to clone.
#[derive(Clone)]
pub struct Accounts(Arc<Parts>);

/// The insides, for this crate alone.
pub struct Parts {
    pub(crate) db: Database,
    pub(crate) tokens: Tokens,
    pub(crate) queue: JobQueue,
    pub(crate) key_ring: Arc<KeyRing>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) randomness: Arc<dyn Randomness>,
    pub(crate) hasher: PasswordHasher,
    pub(crate) policy: Arc<PasswordPolicy>,
    pub(crate) limits: Limits,
    pub(crate) audit: AuditLog,
    pub(crate) reveal_existing: bool,
    has_mail: bool,
    pub(crate) deletion_grace: Duration,
    pub(crate) language: Language,
    pub(crate) ports: Ports,
    pub(crate) drawing: Arc<Semaphore>,
    pub(crate) after_answer: Arc<Semaphore>,
}

impl std::ops::Deref for Accounts {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl Accounts {
    /// Accounts that live in `db`.
    ///
    /// # Errors
    /// When the cost of a hash is out of range.
    pub fn new(
        settings: AccountSettings,
        Services { db, tokens, audit }: Services,
        key_ring: Arc<KeyRing>,
        (clock, randomness): (Arc<dyn Clock>, Arc<dyn Randomness>),
        ports: Ports,
    ) -> Result<Self, AccountError> {
        Ok(Self(Arc::new(Parts {
            hasher: PasswordHasher::new(settings.hashing, Arc::clone(&randomness))?,
            policy: Arc::new(settings.policy),
            limits: Limits::new(&settings.limits, db.clone(), &key_ring, &clock),
            queue: JobQueue::new(Arc::clone(&key_ring), Arc::clone(&clock), Arc::clone(&randomness)),
            audit,
            db,
            tokens,
            key_ring,
            clock,
            randomness,
            reveal_existing: settings.reveal_existing,
            has_mail: settings.has_mail,
            deletion_grace: settings.deletion_grace,
            language: settings.language,
            ports,
            drawing: Arc::new(Semaphore::new(DRAWN_AT_ONCE)),
            after_answer: Arc::new(Semaphore::new(MOST_AFTER_ANSWER)),
        })))
    }

    /// Forgets refused keys of limits that may come back by now. Call it about once a minute.
    pub fn evict_idle_counts(&self) {
        self.limits.evict_idle();
    }

    /// Refuses what needs a mail where none goes out.
    pub(crate) fn needs_mail(&self) -> Result<(), AccountError> {
        if self.has_mail { Ok(()) } else { Err(AccountError::NotFound) }
    }

    /// Whether somebody can sign up, and ask for a new password.
    pub fn has_mail(&self) -> bool {
        self.has_mail
    }

    /// The fewest characters of a new password.
    pub fn password_min_length(&self) -> usize {
        *self.policy.length.start()
    }

    /// How long an account that is to be deleted can be kept by signing in.
    pub fn deletion_grace(&self) -> Duration {
        self.deletion_grace
    }

    /// The hash of a new password for the owner of this address and nickname, if the password is taken.
    pub(crate) async fn hash_new(
        &self,
        password: Password,
        (email, nickname): (&EmailAddress, &str),
        network: Network,
    ) -> Result<String, AccountError> {
        let (email, nickname) = (email.clone(), nickname.to_owned());
        let policy = Arc::clone(&self.policy);
        self.hasher
            .in_turn(network, move |hasher| {
                policy.check(&password, Owner { email: &email, nickname: &nickname })?;
                Ok(hasher.hash(&password)?)
            })
            .await?
    }

    /// After a new password, and at the end of an account: nobody stays signed in, and no mail that went out before is good
    /// any more (S-MAIL-5, -10).
    pub(crate) async fn end_everything(
        &self,
        tx: &mut Transaction,
        member: MemberId,
        reason: EndReason,
    ) -> Result<(), AccountError> {
        mail_tokens::delete_of_owner(tx, &member.to_string()).await?;
        // Sessions come before their tokens, as where a session rotates: so the two never wait for each other.
        self.ports.sessions.end_of_member(tx, member).await?;
        self.tokens.revoke_member(tx, member, reason).await?;
        Ok(())
    }

    /// The same for a member whose browser stays signed in: other browsers and all apps end (S-ACC-10).
    pub(crate) async fn end_others(
        &self,
        tx: &mut Transaction,
        (member, kept): (MemberId, SessionId),
        reason: EndReason,
    ) -> Result<(), AccountError> {
        mail_tokens::delete_of_owner(tx, &member.to_string()).await?;
        self.ports.sessions.end_others(tx, member, kept).await?;
        self.tokens.revoke_others(tx, (member, kept), reason).await?;
        Ok(())
    }

    /// Lets this replica know at once what a transaction just ended. It is committed, and the other replicas read of it by
    /// themselves: an outage at this moment must not keep a new cookie from its browser.
    pub async fn know_at_once(&self) {
        if let Err(error) = self.tokens.read_feed().await {
            tracing::warn!(error = &error as &dyn std::error::Error, "the revocation feed is read later");
        }
    }
}

/// Says nothing: there are secrets inside.
impl std::fmt::Debug for Accounts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Accounts")
    }
}
