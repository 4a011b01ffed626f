//! Grants that were ended here are ended at their provider, too: written down in the transaction of their end, tried
//! until the provider confirms it, and given up after days. Never part of signing out (quirk 13).

use kernel::NewId as _;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use audit::{AuditEvent, AuditKind, Outcome, Source};
use db::{DbError, Transaction};
use futures::FutureExt as _;
use kernel::{BackOff, Timestamp};
use providers::{ProviderGrant, Providers, UnlinkError};
use tokio_util::sync::CancellationToken;
use zeroize::Zeroizing;

use crate::store;
use crate::store::identities::{self, Identity};
use crate::store::provider_unlinks::{self, Due, ProviderUnlink, UnlinkId};
use crate::{AccountError, Accounts};

/// How the worker works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnlinkerSettings {
    /// At most so many at once.
    pub batch: u32,
    /// The pause when there is nothing to do.
    pub idle: Duration,
    /// How long no other worker takes the same ones. Two calls of five seconds for each of `batch` must fit in.
    pub lease: Duration,
    /// After so many attempts one is given up.
    pub attempts: u32,
    /// The pause after each failed attempt.
    pub back_off: BackOff,
}

impl Default for UnlinkerSettings {
    /// Thirty attempts over five days.
    fn default() -> Self {
        Self {
            batch: 8,
            idle: Duration::from_secs(2),
            lease: Duration::from_mins(3),
            attempts: 30,
            back_off: BackOff { least: Duration::from_secs(30), most: Duration::from_hours(6) },
        }
    }
}

/// What one round did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UnlinkRound {
    /// Providers that confirmed.
    pub confirmed: u32,
    /// Grants that will be tried again.
    pub postponed: u32,
    /// Grants that were given up.
    pub given_up: u32,
}

impl Accounts {
    /// Writes down that the grant of `identity` is to be ended at the provider.
    pub(crate) async fn end_at_provider(
        &self,
        tx: &mut Transaction,
        identity: &Identity,
    ) -> Result<(), AccountError> {
        let (id, now) = (UnlinkId::new(&*self.clock, &*self.randomness), self.clock.now());
        let unlink = ProviderUnlink {
            id,
            member: identity.member,
            provider: identity.provider,
            subject: identity.subject.clone(),
            grant_sealed: self.reseal_for(id, identity),
            due_at: now,
        };
        Ok(provider_unlinks::insert(tx, &unlink, now).await?)
    }

    /// The grant, sealed for its new owner. One that cannot be opened is lost; that must not keep anybody here.
    fn reseal_for(&self, id: UnlinkId, identity: &Identity) -> Option<Vec<u8>> {
        let sealed = identity.grant_sealed.as_deref()?;
        let plain =
            self.key_ring.open(identities::PURPOSE, &identity.id.to_string(), sealed).map(Zeroizing::new);
        let anew = plain.and_then(|plain| {
            self.key_ring.seal(provider_unlinks::PURPOSE, &id.to_string(), &plain, &*self.randomness)
        });
        if let Err(error) = &anew {
            tracing::error!(error = error as &dyn std::error::Error, "a provider's grant cannot be opened");
        }
        anew.ok()
    }
}

/// Ends grants at their providers. Any number of workers may run on one database: each row is claimed by a conditional
/// update.
#[derive(Clone, Debug)]
pub struct Unlinker {
    accounts: Accounts,
    providers: Providers,
    settings: UnlinkerSettings,
}

impl Unlinker {
    /// A worker.
    pub const fn new(accounts: Accounts, providers: Providers, settings: UnlinkerSettings) -> Self {
        Self { accounts, providers, settings }
    }

    /// Works until `end`. A round that has begun is finished first.
    pub async fn run(self, end: CancellationToken) {
        while !end.is_cancelled() {
            if let Err(error) = self.round().await {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "grants wait to be ended at providers"
                );
            }
            tokio::select! {
                () = end.cancelled() => return,
                () = tokio::time::sleep(self.settings.idle) => {}
            }
        }
    }

    /// Works on what is due, one after the other. No transaction is open while a provider is asked.
    ///
    /// # Errors
    /// When the database refuses. Nothing is lost: what was not settled is tried again when its lease ends.
    pub async fn round(&self) -> Result<UnlinkRound, DbError> {
        let until = self.accounts.clock.now().plus(self.settings.lease);
        let mut round = UnlinkRound::default();
        for due in self.claim(until).await? {
            let result = match &due.unlink {
                Ok(unlink) => AssertUnwindSafe(self.tell(unlink)).catch_unwind().await,
                // A newer version may have written it.
                Err(error) => Ok(Err(UnlinkError::Later(error.to_string()))),
            };
            let result = result.unwrap_or_else(|_| Err(UnlinkError::Later("the call panicked".to_owned())));
            self.settle(&due, result, (until, &mut round)).await?;
        }
        Ok(round)
    }

    async fn tell(&self, unlink: &ProviderUnlink) -> Result<(), UnlinkError> {
        let grant = self.open(unlink)?;
        self.providers.unlink(unlink.provider, &unlink.subject, grant.as_ref()).await
    }

    async fn claim(&self, until: Timestamp) -> Result<Vec<Due>, DbError> {
        let db = &self.accounts.db;
        let due = {
            let mut reader = db.read().await?;
            provider_unlinks::due(&mut reader, self.accounts.clock.now(), self.settings.batch).await?
        };
        let mut claimed = Vec::with_capacity(due.len());
        if due.is_empty() {
            return Ok(claimed);
        }
        let mut tx = db.begin().await?;
        for due in due {
            if provider_unlinks::claim(&mut tx, &due, until).await? {
                claimed.push(due);
            }
        }
        tx.commit().await?;
        Ok(claimed)
    }

    /// The grant; `None` where the provider needs none. A missing master key may come back.
    fn open(&self, unlink: &ProviderUnlink) -> Result<Option<ProviderGrant>, UnlinkError> {
        let Some(sealed) = unlink.grant_sealed.as_deref() else { return Ok(None) };
        let ring = &self.accounts.key_ring;
        let plain = ring.open(provider_unlinks::PURPOSE, &unlink.id.to_string(), sealed).map(Zeroizing::new);
        let plain = plain.map_err(|error| UnlinkError::Later(error.to_string()))?;
        let text = std::str::from_utf8(&plain).map_err(|_| UnlinkError::Never("grant_unreadable"))?;
        Ok(ProviderGrant::new(text))
    }

    async fn settle(
        &self,
        due: &Due,
        result: Result<(), UnlinkError>,
        (claimed, round): (Timestamp, &mut UnlinkRound),
    ) -> Result<(), DbError> {
        let attempts = due.attempts.saturating_add(1);
        let provider = due.unlink.as_ref().map_or("unknown", |unlink| unlink.provider.as_str());
        let outcome = match result {
            Ok(()) => Outcome::Success,
            Err(UnlinkError::Never(reason)) => Outcome::Failure(reason),
            Err(UnlinkError::Later(_)) if attempts >= self.settings.attempts => {
                Outcome::Failure("never_confirmed")
            }
            Err(UnlinkError::Later(reason)) => {
                tracing::warn!(provider, attempts, reason, "a grant is ended later");
                let later = self.accounts.clock.now().plus(self.settings.back_off.after(attempts));
                let mut tx = self.accounts.db.begin().await?;
                provider_unlinks::postpone(&mut tx, &due.id, (claimed, later)).await?;
                tx.commit().await?;
                round.postponed += 1;
                count(provider, "postponed");
                return Ok(());
            }
        };
        let mut tx = self.accounts.db.begin().await?;
        if let (true, Ok(unlink)) = (provider_unlinks::delete(&mut tx, &due.id, claimed).await?, &due.unlink)
        {
            self.note(&mut tx, unlink, outcome).await?;
        }
        tx.commit().await?;
        if outcome == Outcome::Success {
            round.confirmed += 1;
            count(provider, "confirmed");
        } else {
            tracing::error!(provider, attempts, ?outcome, "a grant at a provider was given up");
            round.given_up += 1;
            count(provider, "given_up");
        }
        Ok(())
    }

    async fn note(
        &self,
        tx: &mut Transaction,
        unlink: &ProviderUnlink,
        outcome: Outcome,
    ) -> Result<(), DbError> {
        let source = Source::system();
        let ended = AuditEvent::new(AuditKind::ProviderUnlink, &source).ended(outcome);
        // Nothing is written about an erased member but that they were erased.
        let member = store::find(tx, unlink.member).await?.map(|member| member.id.uuid());
        let ended = ended.about_known(member).by_method(unlink.provider.as_str());
        self.accounts.audit.record(tx, &ended).await
    }
}

fn count(provider: &'static str, outcome: &'static str) {
    metrics::counter!("daemun_provider_unlinks_total", "provider" => provider, "outcome" => outcome)
        .increment(1);
}
