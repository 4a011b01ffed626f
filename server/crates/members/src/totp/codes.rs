//! Whether what somebody typed is a code of the member's: one of their device, or a recovery code.

use std::sync::Arc;

use audit::{AuditEvent, AuditKind};
use db::{Connection, DbError, LentTransaction, Transaction};
use kernel::{KeyRing, Timestamp};
use names::{MailNotice, MemberId, ProvenBy, SignInMethod};
use web::RequestContext;

use crate::context::Context;
use crate::email::contact::Notices;
use crate::failure::Failure;
use crate::limits::Limits;
use crate::model::mail_template::MailTemplate;
use crate::reason::Limited;
use crate::required_factors::RequiredFactors;
use crate::revocation::Revocation;
use crate::totp::account_code::AccountCode;
use crate::totp::recovery_code::{COUNT, RecoveryCode, RecoveryKey};
use crate::totp::seed::{Seed, six_digits};
use crate::totp::set_up_place::SetUpPlace;
use crate::totp::store::seeds::{self, MAX_WRONG_CODES};
use crate::totp::store::setups;
use crate::totp::store::{account_codes, recovery_codes};

/// Whether a typed code is one of the app or a recovery code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeKind {
    /// A code of the device.
    OneTime,
    /// A recovery code.
    Recovery,
}

impl CodeKind {
    /// What is proven by a code of this kind after `first`.
    pub const fn after(self, first: ProvenBy) -> ProvenBy {
        match self {
            Self::OneTime => first.with_code(),
            Self::Recovery => first.with_recovery_code(),
        }
    }
}

/// A member's codes, as their owner sees them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodesInUse {
    /// When they were turned on.
    pub since: Timestamp,
    /// How many recovery codes are left.
    pub recovery_left: u32,
    /// Whether codes are asked for after a provider, too.
    pub after_providers: bool,
    /// Whether too many were wrong in a row, so that no code of the device is taken.
    pub is_ended: bool,
}

/// What is being set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SetUpShown {
    /// The device is to learn the secret, and its first code is waited for.
    Seed {
        /// What its app reads from a picture.
        address: String,
        /// The secret, to be typed.
        text: String,
    },
    /// The recovery codes are to be put away.
    RecoveryCodes(Vec<String>),
}

/// The codes of members. Cheap to clone.
#[derive(Clone)]
pub struct OneTimeCodes {
    pub(crate) context: Context,
    pub(crate) key_ring: Arc<KeyRing>,
    pub(crate) limits: Arc<Limits>,
    pub(crate) notices: Notices,
    pub(crate) revocation: Revocation,
    pub(crate) required: RequiredFactors,
    /// What authenticator apps call us.
    pub(crate) site: Arc<str>,
}

impl OneTimeCodes {
    /// Whether a member who came by `method` is asked for a code.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn are_asked_for(
        &self,
        connection: &mut Connection,
        member: MemberId,
        method: SignInMethod,
    ) -> Result<bool, DbError> {
        Ok(match method {
            SignInMethod::Passkey => false,
            SignInMethod::Password => seeds::exists(connection, member).await?,
            SignInMethod::Provider(_) => {
                seeds::find(connection, member).await?.is_some_and(|seed| seed.after_providers)
            }
        })
    }

    /// Whether a member uses codes.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn are_on(&self, connection: &mut Connection, member: MemberId) -> Result<bool, DbError> {
        seeds::exists(connection, member).await
    }

    /// What a member has; `None` when codes are off.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn of_member(&self, member: MemberId) -> Result<Option<CodesInUse>, Failure> {
        let mut reader = self.context.db.read().await?;
        let Some(seed) = seeds::find(&mut reader, member).await? else { return Ok(None) };
        Ok(Some(CodesInUse {
            since: seed.enabled_at,
            recovery_left: recovery_codes::count(&mut reader, member).await?,
            after_providers: seed.after_providers,
            is_ended: seed.wrong >= MAX_WRONG_CODES,
        }))
    }

    /// By what a member names their account beside a recovery code, and how many of those are left; `None` for those who do not sign in
    /// so: they have no such code, or another sign-in method than passkeys.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn account_of(&self, member: MemberId) -> Result<Option<(AccountCode, u32)>, Failure> {
        let mut reader = self.context.db.read().await?;
        let Some(code) = account_codes::of_member(&mut reader, member).await? else { return Ok(None) };
        if self.required.counts.has_more_than_passkeys(&mut reader, member).await? {
            return Ok(None);
        }
        Ok(Some((code, recovery_codes::count(&mut reader, member).await?)))
    }

    /// What a member is setting up in this session, or in a sign-in that waits for it.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn shown_in(
        &self,
        member: MemberId,
        place: SetUpPlace,
        account: &str,
    ) -> Result<Option<SetUpShown>, Failure> {
        let mut reader = self.context.db.read().await?;
        let setup = setups::find(&mut reader, member, self.context.clock.now()).await?;
        let Some(setup) = setup.filter(|setup| setup.place == place) else { return Ok(None) };
        if let Some(sealed) = setup.codes_sealed {
            let plain = self.open(setups::CODES, member, &sealed)?;
            let codes = String::from_utf8_lossy(&plain).lines().map(str::to_owned).collect();
            return Ok(Some(SetUpShown::RecoveryCodes(codes)));
        }
        let Some(sealed) = setup.seed_sealed else { return Ok(None) };
        let seed = self.seed(setups::SEED, member, &sealed)?;
        let address = seed.address(&self.site, account)?;
        Ok(Some(SetUpShown::Seed { address, text: seed.text() }))
    }

    /// Counts a try of somebody who said that they are `member`, before it is looked at. From one right code to the next, ten
    /// an hour are allowed, from wherever they come.
    ///
    /// # Errors
    /// When there were too many.
    pub async fn count_try(&self, member: MemberId) -> Result<(), Limited> {
        let row = {
            let mut reader = self.context.db.read().await.map_err(Failure::from)?;
            seeds::find(&mut reader, member).await.map_err(Failure::from)?
        };
        self.limits.second_factor_of(member, row.map_or(0, |row| row.accepted)).await
    }

    /// Spends what was typed, if it is a code of the member's. It can be spent once, by whichever request comes first. The owner
    /// is told of a recovery code.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn spend(
        &self,
        tx: &mut Transaction,
        member: MemberId,
        typed: &str,
        context: &RequestContext,
    ) -> Result<Option<CodeKind>, Failure> {
        if let Some(digits) = six_digits(typed) {
            let is_good = self.spend_digits(tx, member, &digits).await?;
            return Ok(is_good.then_some(CodeKind::OneTime));
        }
        let Some(code) = RecoveryCode::parse(typed) else { return Ok(None) };
        let Some(sealed) = recovery_codes::find_key(tx, member).await? else { return Ok(None) };
        let hash = self.recovery_key(member, &sealed)?.hash(&code);
        if !recovery_codes::spend(tx, member, &hash).await? {
            return Ok(None);
        }
        seeds::forgive(tx, member).await?;
        // The device is lost, and perhaps with it a browser in which no code is asked for.
        self.revocation.delete_devices(tx, member).await?;
        let notice = MailTemplate::Notice(MailNotice::RecoveryCodeUsed);
        self.notices.tell_owner_of(tx, member, notice, context.language).await?;
        self.context.record(tx, AuditKind::RecoveryCodeUsed, member, context).await?;
        Ok(Some(CodeKind::Recovery))
    }

    async fn spend_digits(
        &self,
        tx: &mut Transaction,
        member: MemberId,
        digits: &str,
    ) -> Result<bool, Failure> {
        let Some(row) = seeds::find(tx, member).await? else { return Ok(false) };
        let seed = self.seed(seeds::PURPOSE, member, &row.sealed)?;
        match seed.step_of(digits, self.context.clock.now())? {
            Some(step) => Ok(seeds::spend_step(tx, member, step).await?),
            None => Ok(false),
        }
    }

    /// Whether what was typed may be no guess, although it cannot be spent: the code of the device that was right last, or no code
    /// of one. Nothing is kept of a recovery code that was used, and nobody guesses one.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn may_be_spent(&self, member: MemberId, typed: &str) -> Result<bool, Failure> {
        let Some(digits) = six_digits(typed) else { return Ok(true) };
        let mut reader = self.context.db.read().await?;
        let Some(row) = seeds::find(&mut reader, member).await? else { return Ok(false) };
        let seed = self.seed(seeds::PURPOSE, member, &row.sealed)?;
        Ok(seed.step_of(&digits, self.context.clock.now())? == Some(row.last_step))
    }

    /// Counts and records that a code was wrong.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn note_wrong(
        &self,
        member: MemberId,
        method: SignInMethod,
        context: &RequestContext,
    ) -> Result<(), DbError> {
        let failed = AuditEvent::new(AuditKind::SignIn, &context.source).failed("wrong_code");
        let failed = failed.about(member.uuid()).by_method(method.as_str());
        let note = async |mut tx: LentTransaction| {
            seeds::count_wrong(&mut tx, member).await?;
            self.context.audit.record_folded(&mut tx, &failed).await?;
            Ok::<_, DbError>(tx.commit(()))
        };
        self.context.db.transact(note).await
    }

    /// Codes are taken again after too many were wrong: the member has shown something stronger.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn take_again(&self, tx: &mut Transaction, member: MemberId) -> Result<(), DbError> {
        seeds::forgive(tx, member).await
    }

    /// Gives a member new recovery codes in place of all others.
    pub(crate) async fn make_recovery_codes(
        &self,
        tx: &mut Transaction,
        member: MemberId,
    ) -> Result<Vec<String>, Failure> {
        let randomness = &*self.context.randomness;
        let key = RecoveryKey::new(randomness).map_err(|_| Failure::Internal("no key for recovery codes"))?;
        let codes: Vec<_> = (0..COUNT).map(|_| RecoveryCode::new(randomness)).collect();
        let hashes: Vec<_> = codes.iter().map(|code| key.hash(code)).collect();
        let sealed = self.seal(recovery_codes::PURPOSE, member, key.text().as_bytes())?;
        recovery_codes::put(tx, member, sealed, &hashes).await?;
        Ok(codes.iter().map(RecoveryCode::text).collect())
    }

    fn recovery_key(&self, member: MemberId, sealed: &[u8]) -> Result<RecoveryKey, Failure> {
        let unreadable = Failure::Internal("the key of recovery codes cannot be opened");
        let plain = self.open(recovery_codes::PURPOSE, member, sealed)?;
        std::str::from_utf8(&plain).ok().and_then(|text| RecoveryKey::parse(text).ok()).ok_or(unreadable)
    }

    pub(crate) fn seed(
        &self,
        purpose: kernel::Purpose,
        member: MemberId,
        sealed: &[u8],
    ) -> Result<Seed, Failure> {
        let plain = self.open(purpose, member, sealed)?;
        Seed::read(&plain).ok_or(Failure::Internal("the seed of one-time codes cannot be read"))
    }

    pub(crate) fn seal(
        &self,
        purpose: kernel::Purpose,
        member: MemberId,
        plain: &[u8],
    ) -> Result<Vec<u8>, Failure> {
        self.key_ring
            .seal(purpose, &member.to_string(), plain, &*self.context.randomness)
            .map_err(|_| Failure::Internal("a second factor cannot be sealed"))
    }

    fn open(
        &self,
        purpose: kernel::Purpose,
        member: MemberId,
        sealed: &[u8],
    ) -> Result<zeroize::Zeroizing<Vec<u8>>, Failure> {
        let opened = self.key_ring.open(purpose, &member.to_string(), sealed);
        opened.map(Into::into).map_err(|_| Failure::Internal("a second factor cannot be opened"))
    }
}

/// Says nothing of keys.
impl std::fmt::Debug for OneTimeCodes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OneTimeCodes")
    }
}
