//! How often somebody may try: for each account, each network, and each mailbox.
//!
//! A school of a thousand shares one network, so a network may do much. An account is counted for each network by itself first,
//! and generously across all: a stranger elsewhere uses up their own share, not the owner's. Nothing is locked: each count fills up
//! again by itself, and that of an account starts from zero with a new password, so that a reset always helps (S-RATE-1).
//!
//! Mails have a budget for each [thing that they are sent for](Budget), and in it a share for each asker: so nothing that a
//! stranger causes takes from what the owner asks for (decision 37). All of it is counted in the
//! database, before the work that it allows, so that it holds for all replicas together and over restarts (S-RATE-4).

use std::num::NonZeroU32;
use std::time::Duration;

use ::limits::{Attempt, ExactLimiter, LimitContext, LimitError, Quota};
use db::{Database, DbError, Statement, Transaction};
use kernel::Timestamp;
use names::{EmailAddress, MemberId};
use web::ClientAddress;

use crate::network::Network;
use crate::reason::Limited;
use crate::totp::account_code::AccountCode;

/// The quotas of passwords, mails and proofs.
#[derive(Clone, Copy, Debug)]
pub struct LimitSettings {
    /// Passwords tried from one network.
    pub passwords_by_network: Quota,
    /// Passwords tried for one account from one network.
    pub passwords_by_account_and_network: Quota,
    /// Passwords tried for one account from anywhere.
    pub passwords_by_account: Quota,
    /// Sign-ups, resets and other mails asked for from one network.
    pub mails_by_network: Quota,
    /// Mails of one budget to one address that one asker causes, a network or a member; what is over it is not sent, and
    /// nobody is told (S-RATE-2).
    pub mails_by_address_and_asker: Quota,
    /// Mails of one budget to one address, from all askers.
    pub mails_by_address: Quota,
    /// Mails of one budget to anybody.
    pub mails: Quota,
    /// Mails that a network may ask for when the budget for all is used up.
    pub mails_in_reserve: Quota,
    /// Tokens and codes of mails tried from one network.
    pub proofs_by_network: Quota,
    /// Codes tried for one address from one network.
    pub codes_by_address_and_network: Quota,
    /// Codes tried for one address, over all its mails: a code is one of a million, so nobody may try on for months.
    /// The link is not counted here, so that a stranger cannot keep the owner from it.
    pub codes_by_address: Quota,
    /// Codes of a second factor tried for one member, from one right code to the next.
    pub second_factors_by_member: Quota,
    /// Recovery codes tried for one account that has no address, from one network.
    pub recoveries_by_account_and_network: Quota,
    /// The same from all networks. An account code is no secret and its owner has no other sign-in method left, so strangers who know
    /// the code must not be able to use this up; it is still far too little to guess a code of 50 bits.
    pub recoveries_by_account: Quota,
    /// Sign-ups by a passkey that are begun from one network: each may make a member, and no mail is sent that would count.
    pub passkey_sign_ups_by_network: Quota,
    /// Changes of a profile by one member.
    pub changes_by_member: Quota,
    /// Answers from one network to no question that was put to their browser. Those to one are counted where they are asked for.
    pub passkey_answers_by_network: Quota,
    /// Browsers of one network that are asked for a passkey, as each is that opens the login page.
    pub ceremonies_by_network: Quota,
}

const fn quota(burst: u32, refill: Duration) -> Quota {
    let burst = match NonZeroU32::new(burst) {
        Some(burst) => burst,
        None => NonZeroU32::MIN,
    };
    Quota::new(burst, refill)
}

impl Default for LimitSettings {
    fn default() -> Self {
        Self {
            passwords_by_network: quota(300, Duration::from_millis(200)),
            passwords_by_account_and_network: quota(10, Duration::from_secs(30)),
            passwords_by_account: quota(40, Duration::from_secs(10)),
            mails_by_network: quota(200, Duration::from_secs(6)),
            mails_by_address_and_asker: quota(5, Duration::from_mins(12)),
            mails_by_address: quota(15, Duration::from_mins(12)),
            mails: quota(3_000, Duration::from_millis(100)),
            mails_in_reserve: quota(3, Duration::from_mins(20)),
            proofs_by_network: quota(200, Duration::from_secs(1)),
            codes_by_address_and_network: quota(6, Duration::from_hours(1)),
            codes_by_address: quota(15, Duration::from_hours(1)),
            // Ten come back one by one, so that no hour has more.
            second_factors_by_member: quota(10, Duration::from_hours(1)),
            recoveries_by_account_and_network: quota(5, Duration::from_hours(1)),
            recoveries_by_account: quota(600, Duration::from_secs(1)),
            passkey_sign_ups_by_network: quota(30, Duration::from_mins(2)),
            changes_by_member: quota(30, Duration::from_secs(10)),
            passkey_answers_by_network: quota(300, Duration::from_secs(1)),
            ceremonies_by_network: quota(600, Duration::from_millis(200)),
        }
    }
}

/// What mails are sent for. Each has a budget of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Budget {
    /// The proof of a mailbox, to finish a sign-up.
    SignUp,
    /// A new password.
    Reset,
    /// The proof of a mailbox that is to be the address of an account.
    AddressChange,
    /// That somebody else wanted the owner's address.
    Notice,
}

impl Budget {
    const fn as_str(self) -> &'static str {
        match self {
            Self::SignUp => "sign_up",
            Self::Reset => "reset",
            Self::AddressChange => "address_change",
            Self::Notice => "notice",
        }
    }
}

/// A mail that is to be sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MailAttempt<'a> {
    pub(crate) budget: Budget,
    /// Who causes it: a network or a member.
    pub(crate) asker: &'a str,
    pub(crate) address: &'a EmailAddress,
}

/// Whether one more mail may go to an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub(crate) enum Leave {
    /// It may.
    Granted,
    /// This asker has caused enough of them.
    AskerHadEnough,
    /// All askers together have.
    AddressHadEnough,
}

/// All limits of this part.
pub struct Limits {
    db: Database,
    limiter: ExactLimiter,
    allowed: LimitSettings,
}

impl Limits {
    pub(crate) fn new(allowed: &LimitSettings, db: Database, limits: LimitContext) -> Self {
        Self { db, limiter: ExactLimiter::new(limits), allowed: *allowed }
    }

    /// Counts an attempt with a password from a network.
    pub(crate) async fn password_from(&self, network: Network) -> Result<(), Limited> {
        self.from("members.passwords_by_network", self.allowed.passwords_by_network, network).await
    }

    /// Counts an attempt with a password for an account, whether there is one or not. What a network is refused does not count against
    /// the account as a whole.
    pub(crate) async fn password_of(
        &self,
        email: &EmailAddress,
        changed_at: Option<Timestamp>,
        network: Network,
    ) -> Result<(), Limited> {
        let shares = self.shares_of_password(email, changed_at, network);
        Ok(self.limiter.count_in_order(&self.db, &shares).await?)
    }

    /// Takes back that a password was tried, which was right: only guesses are limited (S-RATE-1), and who signs in often, as a test or
    /// a script does, makes none.
    pub(crate) async fn password_was_right(
        &self,
        tx: &mut Transaction,
        email: &EmailAddress,
        changed_at: Timestamp,
        network: Network,
    ) -> Result<(), DbError> {
        let shares = self.shares_of_password(email, Some(changed_at), network);
        self.limiter.give_back_both(tx, shares).await
    }

    fn shares_of_password(
        &self,
        email: &EmailAddress,
        changed_at: Option<Timestamp>,
        network: Network,
    ) -> [Attempt; 2] {
        // With a new password, the account counts as another one, and starts with a full quota.
        let account = format!("{} {}", email.as_str(), changed_at.map_or(0, Timestamp::millis));
        let here = format!(
            "{account} {}",
            network.map_or_else(String::new, |client| client.limit_key().to_string())
        );
        let allowed = &self.allowed;
        [
            self.limiter.attempt(
                "members.passwords_by_account_and_network",
                allowed.passwords_by_account_and_network,
                &here,
            ),
            self.limiter.attempt("members.passwords_by_account", allowed.passwords_by_account, &account),
        ]
    }

    /// Counts that a mail was asked for. When all networks together ask for too many, each still has a few in reserve.
    pub(crate) async fn mail_asked(&self, budget: Budget, network: Network) -> Result<(), Limited> {
        let (limiter, allowed) = (&self.limiter, &self.allowed);
        let everybody = limiter.attempt("members.mails", allowed.mails, &budget.as_str());
        let Some(network) = network.map(ClientAddress::limit_key) else {
            return Ok(limiter.count_all(&self.db, &[everybody]).await?);
        };
        let by_network = limiter.attempt("members.mails_by_network", allowed.mails_by_network, &network);
        match limiter.count_all(&self.db, &[by_network, everybody]).await {
            Err(LimitError::Exceeded(_)) => {
                let of_network = format!("{} {network}", budget.as_str());
                let reserve =
                    limiter.attempt("members.mails_in_reserve", allowed.mails_in_reserve, &of_network);
                Ok(limiter.count_all(&self.db, &[by_network, reserve]).await?)
            }
            result => Ok(result?),
        }
    }

    /// Whether one more mail may be sent. It is counted in the transaction that sends it.
    pub(crate) async fn may_mail(
        &self,
        tx: &mut Transaction,
        MailAttempt { budget, asker, address }: MailAttempt<'_>,
    ) -> Result<Leave, DbError> {
        let to = format!("{} {}", budget.as_str(), address.as_str());
        let by_asker = self.allowed.mails_by_address_and_asker;
        let shares = [
            (
                self.limiter.attempt(
                    "members.mails_by_address_and_asker",
                    by_asker,
                    &format!("{to} {asker}"),
                ),
                Leave::AskerHadEnough,
            ),
            (
                self.limiter.attempt("members.mails_by_address", self.allowed.mails_by_address, &to),
                Leave::AddressHadEnough,
            ),
        ];
        for (share, refused) in shares {
            match self.limiter.count_within(tx, share).await {
                Ok(()) => {}
                Err(LimitError::Exceeded(_)) => {
                    tracing::warn!(event = "limit_hit", limit = "mails_by_address", budget = budget.as_str());
                    return Ok(refused);
                }
                Err(LimitError::Db(error)) => return Err(error),
            }
        }
        Ok(Leave::Granted)
    }

    /// Counts an attempt with a token or code.
    pub(crate) async fn proof_from(&self, network: Network) -> Result<(), Limited> {
        self.from("members.proofs_by_network", self.allowed.proofs_by_network, network).await
    }

    /// Counts an attempt with a code. What a network is refused does not count against the address as a whole.
    pub(crate) async fn code_for(&self, address: &EmailAddress, network: Network) -> Result<(), Limited> {
        let (limiter, allowed) = (&self.limiter, &self.allowed);
        let in_all = limiter.attempt("members.codes_by_address", allowed.codes_by_address, &address.as_str());
        let here = network.map(|client| {
            let key = format!("{} {}", address.as_str(), client.limit_key());
            limiter.attempt(
                "members.codes_by_address_and_network",
                allowed.codes_by_address_and_network,
                &key,
            )
        });
        let shares: Vec<Attempt> = here.into_iter().chain([in_all]).collect();
        Ok(limiter.count_in_order(&self.db, &shares).await?)
    }

    /// Counts a try with a second factor of a member. After each one that was `accepted`, they start with a full quota.
    pub(crate) async fn second_factor_of(&self, member: MemberId, accepted: i64) -> Result<(), Limited> {
        let (quota, key) = (self.allowed.second_factors_by_member, format!("{member} {accepted}"));
        let one = self.limiter.attempt("members.second_factors_by_member", quota, &key);
        Ok(self.limiter.count_all(&self.db, &[one]).await?)
    }

    /// Counts a try with a recovery code for an account, whether there is one or not. What a network is refused does not count against
    /// the account as a whole.
    pub(crate) async fn recovery_of(&self, account: &AccountCode, network: Network) -> Result<(), Limited> {
        let (limiter, allowed) = (&self.limiter, &self.allowed);
        let in_all = limiter.attempt(
            "members.recoveries_by_account",
            allowed.recoveries_by_account,
            &account.as_str(),
        );
        let here = network.map(|client| {
            let key = format!("{} {}", account.as_str(), client.limit_key());
            let quota = allowed.recoveries_by_account_and_network;
            limiter.attempt("members.recoveries_by_account_and_network", quota, &key)
        });
        let shares: Vec<Attempt> = here.into_iter().chain([in_all]).collect();
        Ok(limiter.count_in_order(&self.db, &shares).await?)
    }

    /// Counts that somebody begins to sign up by a passkey.
    pub(crate) async fn passkey_sign_up_from(&self, network: Network) -> Result<(), Limited> {
        let quota = self.allowed.passkey_sign_ups_by_network;
        self.from("members.passkey_sign_ups_by_network", quota, network).await
    }

    /// Counts an answer with a passkey that nobody asked for.
    pub(crate) async fn passkey_answer_from(&self, network: Network) -> Result<(), Limited> {
        let quota = self.allowed.passkey_answers_by_network;
        self.from("members.passkey_answers_by_network", quota, network).await
    }

    /// Counts a change that a member makes to what is theirs.
    ///
    /// # Errors
    /// When they make too many.
    pub async fn change_by(&self, member: MemberId) -> Result<(), Limited> {
        let one = self.limiter.attempt("members.changes_by_member", self.allowed.changes_by_member, &member);
        Ok(self.limiter.count_all(&self.db, &[one]).await?)
    }

    /// Counts that a browser is asked for a passkey, in the transaction that keeps the question, and executes `keep`, which does. One that is
    /// refused must not be committed.
    pub(crate) async fn ceremony_from(
        &self,
        tx: &mut Transaction,
        network: Network,
        keep: Statement<'_>,
    ) -> Result<(), LimitError> {
        let Some(network) = network.map(ClientAddress::limit_key) else {
            keep.execute(&mut **tx).await.map_err(DbError::from)?;
            return Ok(());
        };
        let quota = self.allowed.ceremonies_by_network;
        let one = self.limiter.attempt("members.ceremonies_by_network", quota, &network);
        self.limiter.count_and_execute(tx, one, keep).await
    }

    /// Forgets refused keys that may come back by now.
    pub(crate) fn evict_idle(&self) {
        self.limiter.evict_idle();
    }

    async fn from(&self, limit: &'static str, quota: Quota, network: Network) -> Result<(), Limited> {
        let Some(network) = network.map(ClientAddress::limit_key) else { return Ok(()) };
        Ok(self.limiter.count_all(&self.db, &[self.limiter.attempt(limit, quota, &network)]).await?)
    }
}

#[cfg(test)]
mod tests;
