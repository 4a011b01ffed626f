//! How often somebody may try: for each account, each network, and each mailbox.
//!
//! A school of a thousand shares one network, so a network may do much. An account is counted for each network by itself
//! first, and generously across all: a stranger elsewhere uses up their own share, not the owner's. None of it locks: each
//! count fills up again by itself, and that of an account begins anew with a new password, so that a reset always helps
//! (S-RATE-1).
//!
//! Mails have a budget for each [thing that they are sent for](Budget), and in it a share for each asker: so nothing that a
//! stranger causes takes from what the owner asks for (decision 38). All of it is counted in the database, before the work that it allows, so that it holds for all replicas
//! together and over restarts (S-RATE-4).

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use db::{CountError, Counted, Counter, Database, DbError, Transaction};
use kernel::{Allowance, Clock, KeyRing, LimitKeys, Timestamp};
use web::ClientAddress;

use crate::{AccountError, EmailAddress, MemberId};

/// What is allowed.
#[derive(Clone, Copy, Debug)]
pub struct LimitSettings {
    /// Passwords tried from one network.
    pub passwords_by_network: Allowance,
    /// Passwords tried for one account from one network.
    pub passwords_by_account_and_network: Allowance,
    /// Passwords tried for one account from anywhere.
    pub passwords_by_account: Allowance,
    /// Sign-ups, resets and other mails asked for from one network.
    pub mails_by_network: Allowance,
    /// Mails of one budget to one address that one asker causes, a network or a member; what is over it is not sent, and
    /// nobody is told (S-RATE-2).
    pub mails_by_address_and_asker: Allowance,
    /// Mails of one budget to one address, whoever causes them.
    pub mails_by_address: Allowance,
    /// Mails of one budget to anybody.
    pub mails: Allowance,
    /// Mails that a network may ask for although those to anybody are used up.
    pub mails_in_reserve: Allowance,
    /// Tokens and codes of mails tried from one network.
    pub proofs_by_network: Allowance,
    /// Codes tried for one address from one network.
    pub codes_by_address_and_network: Allowance,
    /// Codes tried for one address, over all its mails: a code is one of a million, so nobody may try on for months.
    /// The link is not counted here, so that a stranger cannot keep the owner from it.
    pub codes_by_address: Allowance,
    /// Changes of a profile by one member.
    pub changes_by_member: Allowance,
}

const fn allowance(burst: u32, refill: Duration) -> Allowance {
    let burst = match NonZeroU32::new(burst) {
        Some(burst) => burst,
        None => NonZeroU32::MIN,
    };
    Allowance::new(burst, refill)
}

impl Default for LimitSettings {
    fn default() -> Self {
        Self {
            passwords_by_network: allowance(300, Duration::from_millis(200)),
            passwords_by_account_and_network: allowance(10, Duration::from_secs(30)),
            passwords_by_account: allowance(40, Duration::from_secs(10)),
            mails_by_network: allowance(200, Duration::from_secs(6)),
            mails_by_address_and_asker: allowance(5, Duration::from_mins(12)),
            mails_by_address: allowance(15, Duration::from_mins(12)),
            mails: allowance(3_000, Duration::from_millis(100)),
            mails_in_reserve: allowance(3, Duration::from_mins(20)),
            proofs_by_network: allowance(200, Duration::from_secs(1)),
            codes_by_address_and_network: allowance(6, Duration::from_hours(1)),
            codes_by_address: allowance(15, Duration::from_hours(1)),
            changes_by_member: allowance(30, Duration::from_secs(10)),
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

/// Whose networks limits are counted by: nothing where the request has none, as in tests without a listener.
pub(crate) type Network = Option<ClientAddress>;

/// All limits of this part.
pub(crate) struct Limits {
    db: Database,
    counter: Counter,
    allowed: LimitSettings,
}

impl Limits {
    pub(crate) fn new(
        allowed: &LimitSettings,
        db: Database,
        key_ring: &Arc<KeyRing>,
        clock: &Arc<dyn Clock>,
    ) -> Self {
        let counter = Counter::new(LimitKeys::new(Arc::clone(key_ring)), Arc::clone(clock));
        Self { db, counter, allowed: *allowed }
    }

    /// Counts the trial of a password from a network.
    pub(crate) async fn password_from(&self, network: Network) -> Result<(), AccountError> {
        self.from("members.passwords_by_network", self.allowed.passwords_by_network, network).await
    }

    /// Counts the trial of a password for an account, whether there is one or not. What a network has used up for itself
    /// does not count against the account as a whole.
    pub(crate) async fn password_of(
        &self,
        email: &EmailAddress,
        changed_at: Option<Timestamp>,
        network: Network,
    ) -> Result<(), AccountError> {
        // An account before and after a change of its password are two: the second has a full count.
        let account = format!("{} {}", email.as_str(), changed_at.map_or(0, Timestamp::millis));
        let here = format!(
            "{account} {}",
            network.map_or_else(String::new, |client| client.limit_key().to_string())
        );
        let allowed = &self.allowed;
        let shares = [
            self.counter.of(
                "members.passwords_by_account_and_network",
                allowed.passwords_by_account_and_network,
                &here,
            ),
            self.counter.of("members.passwords_by_account", allowed.passwords_by_account, &account),
        ];
        Ok(self.counter.count_in_turn(&self.db, &shares).await?)
    }

    /// Counts that a mail was asked for. When all networks together ask for too many, each still has a few in reserve.
    pub(crate) async fn mail_asked(&self, budget: Budget, network: Network) -> Result<(), AccountError> {
        let (counter, allowed) = (&self.counter, &self.allowed);
        let everybody = counter.of("members.mails", allowed.mails, &budget.as_str());
        let Some(network) = network.map(ClientAddress::limit_key) else {
            return Ok(counter.count(&self.db, &[everybody]).await?);
        };
        let by_network = counter.of("members.mails_by_network", allowed.mails_by_network, &network);
        match counter.count(&self.db, &[by_network, everybody]).await {
            Err(CountError::TooMany(_)) => {
                let of_network = format!("{} {network}", budget.as_str());
                let reserve = counter.of("members.mails_in_reserve", allowed.mails_in_reserve, &of_network);
                Ok(counter.count(&self.db, &[by_network, reserve]).await?)
            }
            result => Ok(result?),
        }
    }

    /// Whether `asker` may cause one more mail to `address`. It is counted in the transaction that sends it.
    pub(crate) async fn may_mail(
        &self,
        tx: &mut Transaction,
        (budget, asker): (Budget, &str),
        address: &EmailAddress,
    ) -> Result<Leave, DbError> {
        let to = format!("{} {}", budget.as_str(), address.as_str());
        let by_asker = self.allowed.mails_by_address_and_asker;
        let shares = [
            (
                self.counter.of("members.mails_by_address_and_asker", by_asker, &format!("{to} {asker}")),
                Leave::AskerHadEnough,
            ),
            (
                self.counter.of("members.mails_by_address", self.allowed.mails_by_address, &to),
                Leave::AddressHadEnough,
            ),
        ];
        for (share, refused) in shares {
            match self.counter.count_within(tx, share).await {
                Ok(()) => {}
                Err(CountError::TooMany(_)) => {
                    tracing::warn!(event = "limit_hit", limit = "mails_by_address", budget = budget.as_str());
                    return Ok(refused);
                }
                Err(CountError::Db(error)) => return Err(error),
            }
        }
        Ok(Leave::Granted)
    }

    /// Counts the trial of a token or code.
    pub(crate) async fn proof_from(&self, network: Network) -> Result<(), AccountError> {
        self.from("members.proofs_by_network", self.allowed.proofs_by_network, network).await
    }

    /// Counts the trial of a code. What a network has used up for itself does not count against the address as a whole.
    pub(crate) async fn code_for(
        &self,
        address: &EmailAddress,
        network: Network,
    ) -> Result<(), AccountError> {
        let (counter, allowed) = (&self.counter, &self.allowed);
        let in_all = counter.of("members.codes_by_address", allowed.codes_by_address, &address.as_str());
        let here = network.map(|client| {
            let key = format!("{} {}", address.as_str(), client.limit_key());
            counter.of("members.codes_by_address_and_network", allowed.codes_by_address_and_network, &key)
        });
        let shares: Vec<Counted> = here.into_iter().chain([in_all]).collect();
        Ok(counter.count_in_turn(&self.db, &shares).await?)
    }

    /// Counts a change of a profile.
    pub(crate) async fn change_by(&self, member: MemberId) -> Result<(), AccountError> {
        let one = self.counter.of("members.changes_by_member", self.allowed.changes_by_member, &member);
        Ok(self.counter.count(&self.db, &[one]).await?)
    }

    /// Forgets who was refused, as far as they may come back by now.
    pub(crate) fn shrink(&self) {
        self.counter.shrink();
    }

    async fn from(
        &self,
        limit: &'static str,
        allowance: Allowance,
        network: Network,
    ) -> Result<(), AccountError> {
        let Some(network) = network.map(ClientAddress::limit_key) else { return Ok(()) };
        Ok(self.counter.count(&self.db, &[self.counter.of(limit, allowance, &network)]).await?)
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;
    use kernel::{MasterKey, OsRandomness};
    use testkit::{HandClock, TestDatabase};

    /// Replicas on one database of each kind.
    struct Stage {
        database: TestDatabase,
        clock: Arc<HandClock>,
        key_ring: Arc<KeyRing>,
    }

    impl Stage {
        async fn both() -> [Self; 2] {
            TestDatabase::both().await.map(|database| Self {
                database,
                clock: Arc::default(),
                key_ring: Arc::new(KeyRing::new(vec![MasterKey::generate(&OsRandomness)]).unwrap()),
            })
        }

        async fn replica(&self) -> Limits {
            let db = Database::open(self.database.url()).await.unwrap();
            let clock: Arc<dyn Clock> = self.clock.clone();
            Limits::new(&LimitSettings::default(), db, &self.key_ring, &clock)
        }
    }

    fn client(ip: &str) -> ClientAddress {
        ip.parse::<IpAddr>().unwrap().into()
    }

    fn email() -> EmailAddress {
        EmailAddress::parse("hong@example.com").unwrap()
    }

    /// How many of so many tries of a password pass, one after the other at both replicas in turn.
    async fn tries(replicas: &[Limits; 2], count: usize, network: impl Fn(usize) -> Network) -> usize {
        let mut passed = 0;
        for n in 0..count {
            passed += usize::from(replicas[n % 2].password_of(&email(), None, network(n)).await.is_ok());
        }
        passed
    }

    #[tokio::test]
    async fn s_rate_1_4_a_stranger_uses_up_their_own_share_not_the_owners() {
        for stage in Stage::both().await {
            let replicas = [stage.replica().await, stage.replica().await];
            let stranger = Some(client("203.0.113.9"));
            assert_eq!(tries(&replicas, 1_000, |_| stranger).await, 10);
            let refused = replicas[0].password_of(&email(), None, stranger).await;
            assert!(
                matches!(refused, Err(AccountError::TooMany(wait)) if wait == Duration::from_secs(30)),
                "{refused:?}"
            );
            let owner = Some(client("198.51.100.7"));
            assert!(replicas[0].password_of(&email(), None, owner).await.is_ok(), "the owner, elsewhere");
            stage.clock.advance(Duration::from_secs(30));
            assert_eq!(tries(&replicas, 1_000, |_| stranger).await, 1, "slowed, not locked");
        }
    }

    #[tokio::test]
    async fn s_rate_1_4_against_many_networks_a_new_password_opens_the_count_again() {
        for stage in Stage::both().await {
            let replicas = [stage.replica().await, stage.replica().await];
            assert_eq!(tries(&replicas, 100, |n| Some(client(&format!("203.0.113.{n}")))).await, 40);
            let owner = Some(client("198.51.100.7"));
            assert!(replicas[0].password_of(&email(), None, owner).await.is_err());
            let changed_at = Some(stage.clock.now());
            assert!(replicas[0].password_of(&email(), changed_at, owner).await.is_ok(), "after a reset");
        }
    }

    #[tokio::test]
    async fn s_rate_4_a_school_signs_in_together_and_a_home_is_one_network() {
        for stage in Stage::both().await {
            let replicas = [stage.replica().await, stage.replica().await];
            let all_pass = async |network: &dyn Fn(usize) -> Network| {
                for n in 0..300 {
                    replicas[n % 2].password_from(network(n)).await.unwrap();
                }
            };
            all_pass(&|_| Some(client("203.0.113.9"))).await;
            assert!(replicas[0].password_from(Some(client("203.0.113.9"))).await.is_err());
            let home = |n: usize| Some(client(&format!("2001:db8:1:2::{n:x}")));
            all_pass(&home).await;
            assert!(replicas[1].password_from(home(999)).await.is_err(), "one /64, one count");
        }
    }

    #[tokio::test]
    async fn s_rate_2_4_an_asker_causes_five_mails_to_a_mailbox_and_then_one_in_a_while() {
        for stage in Stage::both().await {
            let replicas = [stage.replica().await, stage.replica().await];
            let mails = async |budget: Budget, asker: &str| {
                let mut sent = 0;
                for n in 0..20 {
                    let limits = &replicas[n % 2];
                    let mut tx = limits.db.begin().await.unwrap();
                    let leave = limits.may_mail(&mut tx, (budget, asker), &email()).await.unwrap();
                    sent += usize::from(leave == Leave::Granted);
                    tx.commit().await.unwrap();
                }
                sent
            };
            assert_eq!(mails(Budget::Reset, "203.0.113.9").await, 5);
            assert_eq!(mails(Budget::Reset, "198.51.100.7").await, 5, "another asker");
            assert_eq!(mails(Budget::Notice, "203.0.113.9").await, 5, "another budget");
            stage.clock.advance(Duration::from_mins(12));
            assert_eq!(mails(Budget::Reset, "203.0.113.9").await, 1);
            let more = [mails(Budget::Reset, "192.0.2.1").await, mails(Budget::Reset, "192.0.2.2").await];
            assert_eq!(more, [5, 0], "fifteen in all, and what came back in the meantime");
            assert!(!stage.database.dump().await.contains("hong"), "no address lies there in the clear");
        }
    }

    #[tokio::test]
    async fn s_rate_2_strangers_who_ask_for_all_mails_leave_each_network_a_few() {
        for stage in Stage::both().await {
            let limits = {
                let db = Database::open(stage.database.url()).await.unwrap();
                let clock: Arc<dyn Clock> = stage.clock.clone();
                let few = LimitSettings {
                    mails: allowance(10, Duration::from_hours(1)),
                    ..LimitSettings::default()
                };
                Limits::new(&few, db, &stage.key_ring, &clock)
            };
            let ask = async |budget, n: usize| {
                limits.mail_asked(budget, Some(client(&format!("203.0.113.{n}")))).await.is_ok()
            };
            for n in 0..10 {
                assert!(ask(Budget::SignUp, n).await);
            }
            assert!(ask(Budget::Reset, 0).await, "what is asked for sign-ups takes nothing from resets");
            for n in 0..20 {
                ask(Budget::Reset, n).await;
            }
            let mut passed = 0;
            for _ in 0..20 {
                passed += usize::from(ask(Budget::Reset, 99).await);
            }
            assert_eq!(passed, 3, "the owner's network");
        }
    }

    #[tokio::test]
    async fn a_stranger_who_tries_codes_uses_up_their_own_share_not_the_owners() {
        for stage in Stage::both().await {
            let limits = stage.replica().await;
            let tries = async |network: &str, count: usize| {
                let mut passed = 0;
                for _ in 0..count {
                    passed += usize::from(limits.code_for(&email(), Some(client(network))).await.is_ok());
                }
                passed
            };
            assert_eq!(tries("203.0.113.9", 50).await, 6);
            assert_eq!(tries("198.51.100.7", 5).await, 5, "the owner");
            assert_eq!(tries("192.0.2.1", 50).await, 4, "and in all no more than for one address");
        }
    }

    #[tokio::test]
    async fn s_rate_2_a_network_that_is_refused_uses_up_nothing_of_everybodys_mails() {
        let [stage, _] = Stage::both().await;
        let (limits, network) = (stage.replica().await, Some(client("203.0.113.9")));
        for _ in 0..200 {
            limits.mail_asked(Budget::Reset, network).await.unwrap();
        }
        let before = stage.database.dump().await;
        assert!(limits.mail_asked(Budget::Reset, network).await.is_err());
        assert_eq!(stage.database.dump().await, before);
        limits.mail_asked(Budget::Reset, Some(client("198.51.100.7"))).await.unwrap();
    }
}
