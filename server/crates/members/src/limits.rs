//! How often somebody may try: for each account, each network, and each mailbox.
//!
//! A school of a thousand shares one network, so a network may do much. An account is counted for each network by itself
//! first, and generously across all: a stranger elsewhere uses up their own share, not the owner's. None of it locks: each
//! count fills up again by itself, and that of an account begins anew with a new password, so that a reset always helps
//! (S-RATE-1). Counts are kept in this process, by our own clock.

use std::hash::Hash;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use governor::clock::Clock as GovernorClock;
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};
use kernel::{Clock, Timestamp};
use web::ClientAddress;

use crate::EmailAddress;

/// A quota: `burst` at once, and one more after each `refill`.
#[derive(Clone, Copy, Debug)]
pub struct Allowance {
    /// At once.
    pub burst: NonZeroU32,
    /// The time after which one more is allowed; not zero.
    pub refill: Duration,
}

impl Allowance {
    /// `burst` at once, and one more after each `refill`.
    pub const fn new(burst: NonZeroU32, refill: Duration) -> Self {
        Self { burst, refill }
    }

    fn quota(self) -> Quota {
        Quota::with_period(self.refill)
            .map_or(Quota::per_second(self.burst), |quota| quota.allow_burst(self.burst))
    }
}

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
    /// Mails to one address; what is over it is not sent, and nobody is told (S-RATE-2).
    pub mails_by_address: Allowance,
    /// Mails to anybody.
    pub mails: Allowance,
    /// Tokens and codes of mails tried from one network.
    pub proofs_by_network: Allowance,
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
            mails_by_address: allowance(5, Duration::from_mins(12)),
            mails: allowance(3_000, Duration::from_millis(100)),
            proofs_by_network: allowance(200, Duration::from_secs(1)),
            codes_by_address: allowance(10, Duration::from_hours(1)),
            changes_by_member: allowance(30, Duration::from_secs(10)),
        }
    }
}

/// Too many; when to come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooMany(pub(crate) Duration);

/// Our clock as the limiter reads it.
#[derive(Clone)]
struct OurClock(Arc<dyn Clock>);

impl GovernorClock for OurClock {
    type Instant = Duration;

    fn now(&self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.now().millis()).unwrap_or(0))
    }
}

/// Counts by key.
struct Counts<K: Hash + Eq + Clone> {
    limiter: RateLimiter<K, DashMapStateStore<K>, OurClock, NoOpMiddleware<Duration>>,
    clock: OurClock,
}

impl<K: Hash + Eq + Clone> Counts<K> {
    fn new(allowance: Allowance, clock: &OurClock) -> Self {
        let limiter = RateLimiter::new(allowance.quota(), DashMapStateStore::default(), clock.clone());
        Self { limiter, clock: clock.clone() }
    }

    fn count(&self, key: &K) -> Result<(), TooMany> {
        self.limiter.check_key(key).map_err(|not_until| TooMany(not_until.wait_time_from(self.clock.now())))
    }

    /// Forgets keys whose count is full again, so that memory does not grow.
    fn shrink(&self) {
        self.limiter.retain_recent();
        self.limiter.shrink_to_fit();
    }
}

/// Whose networks limits are counted by: nothing where the request has none, as in tests without a listener.
pub(crate) type Network = Option<ClientAddress>;
/// An account before and after a change of its password are two: the second has a full count.
type AccountKey = (EmailAddress, Option<Timestamp>);

/// All counts of this part.
pub(crate) struct Limits {
    passwords_by_network: Counts<std::net::IpAddr>,
    passwords_by_account_and_network: Counts<(AccountKey, Option<std::net::IpAddr>)>,
    passwords_by_account: Counts<AccountKey>,
    mails_by_network: Counts<std::net::IpAddr>,
    mails_by_address: Counts<EmailAddress>,
    mails: Counts<()>,
    proofs_by_network: Counts<std::net::IpAddr>,
    codes_by_address: Counts<EmailAddress>,
    changes_by_member: Counts<crate::MemberId>,
}

impl Limits {
    pub(crate) fn new(settings: &LimitSettings, clock: &Arc<dyn Clock>) -> Self {
        let clock = OurClock(Arc::clone(clock));
        Self {
            passwords_by_network: Counts::new(settings.passwords_by_network, &clock),
            passwords_by_account_and_network: Counts::new(settings.passwords_by_account_and_network, &clock),
            passwords_by_account: Counts::new(settings.passwords_by_account, &clock),
            mails_by_network: Counts::new(settings.mails_by_network, &clock),
            mails_by_address: Counts::new(settings.mails_by_address, &clock),
            mails: Counts::new(settings.mails, &clock),
            proofs_by_network: Counts::new(settings.proofs_by_network, &clock),
            codes_by_address: Counts::new(settings.codes_by_address, &clock),
            changes_by_member: Counts::new(settings.changes_by_member, &clock),
        }
    }

    /// Counts the trial of a password from a network.
    pub(crate) fn password_from(&self, network: Network) -> Result<(), TooMany> {
        network.map_or(Ok(()), |client| self.passwords_by_network.count(&client.limit_key()))
    }

    /// Counts the trial of a password for an account, whether there is one or not. What a network has used up for itself
    /// does not count against the account as a whole.
    pub(crate) fn password_of(
        &self,
        email: &EmailAddress,
        changed_at: Option<Timestamp>,
        network: Network,
    ) -> Result<(), TooMany> {
        let account = (email.clone(), changed_at);
        let here = (account.clone(), network.map(ClientAddress::limit_key));
        self.passwords_by_account_and_network.count(&here)?;
        self.passwords_by_account.count(&account)
    }

    /// Counts that a mail was asked for.
    pub(crate) fn mail_asked(&self, network: Network) -> Result<(), TooMany> {
        network.map_or(Ok(()), |client| self.mails_by_network.count(&client.limit_key()))?;
        self.mails.count(&())
    }

    /// Whether one more mail may go to `address`.
    pub(crate) fn may_mail(&self, address: &EmailAddress) -> bool {
        let within = self.mails_by_address.count(address).is_ok();
        if !within {
            tracing::warn!(event = "limit_hit", limit = "mails_by_address", "a mail was not sent");
        }
        within
    }

    /// Counts the trial of a token or code.
    pub(crate) fn proof_from(&self, network: Network) -> Result<(), TooMany> {
        network.map_or(Ok(()), |client| self.proofs_by_network.count(&client.limit_key()))
    }

    /// Counts the trial of a code.
    pub(crate) fn code_for(&self, address: &EmailAddress) -> Result<(), TooMany> {
        self.codes_by_address.count(address)
    }

    /// Counts a change of a profile.
    pub(crate) fn change_by(&self, member: crate::MemberId) -> Result<(), TooMany> {
        self.changes_by_member.count(&member)
    }

    pub(crate) fn shrink(&self) {
        self.passwords_by_network.shrink();
        self.passwords_by_account_and_network.shrink();
        self.passwords_by_account.shrink();
        self.mails_by_network.shrink();
        self.mails_by_address.shrink();
        self.proofs_by_network.shrink();
        self.codes_by_address.shrink();
        self.changes_by_member.shrink();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::IpAddr;
    use testkit::HandClock;

    fn limits() -> (Limits, Arc<HandClock>) {
        let clock = Arc::new(HandClock::default());
        let dynamic: Arc<dyn Clock> = clock.clone();
        (Limits::new(&LimitSettings::default(), &dynamic), clock)
    }

    fn client(ip: &str) -> ClientAddress {
        ip.parse::<IpAddr>().unwrap().into()
    }

    fn email() -> EmailAddress {
        EmailAddress::parse("hong@example.com").unwrap()
    }

    #[test]
    fn s_rate_1_a_stranger_uses_up_their_own_share_not_the_owners() {
        let (limits, clock) = limits();
        let tries =
            |ip| (0..1_000).filter(|_| limits.password_of(&email(), None, Some(client(ip))).is_ok()).count();
        assert_eq!(tries("203.0.113.9"), 10);
        let refused = limits.password_of(&email(), None, Some(client("203.0.113.9")));
        assert_eq!(refused, Err(TooMany(Duration::from_secs(30))));
        assert!(
            limits.password_of(&email(), None, Some(client("198.51.100.7"))).is_ok(),
            "the owner, elsewhere"
        );
        clock.advance(Duration::from_secs(30));
        assert_eq!(tries("203.0.113.9"), 1, "slowed, not locked");
    }

    #[test]
    fn s_rate_1_against_many_networks_a_new_password_opens_the_count_again() {
        let (limits, clock) = limits();
        let tried = (0..100)
            .filter(|n| limits.password_of(&email(), None, Some(client(&format!("203.0.113.{n}")))).is_ok());
        assert_eq!(tried.count(), 40);
        let owner = Some(client("198.51.100.7"));
        assert!(limits.password_of(&email(), None, owner).is_err());
        assert!(limits.password_of(&email(), Some(clock.now()), owner).is_ok(), "after a reset");
    }

    #[test]
    fn a_school_signs_in_together_and_a_home_is_one_network() {
        let (limits, _) = limits();
        let school = Some(client("203.0.113.9"));
        assert!((0..300).all(|_| limits.password_from(school).is_ok()));
        assert!(limits.password_from(school).is_err());
        let home = |n: u32| Some(client(&format!("2001:db8:1:2::{n:x}")));
        assert!((0..300).all(|n| limits.password_from(home(n)).is_ok()));
        assert!(limits.password_from(home(999)).is_err(), "S-RATE-4: one /64, one count");
    }

    #[test]
    fn s_rate_2_a_mailbox_gets_five_mails_and_then_one_in_a_while() {
        let (limits, clock) = limits();
        assert_eq!((0..20).filter(|_| limits.may_mail(&email())).count(), 5);
        clock.advance(Duration::from_mins(12));
        assert_eq!((0..20).filter(|_| limits.may_mail(&email())).count(), 1);
    }

    #[test]
    fn s_rate_7_counts_that_are_full_again_are_forgotten() {
        let (limits, clock) = limits();
        for n in 0..1_000 {
            let _ =
                limits.password_of(&EmailAddress::parse(&format!("a{n}@example.com")).unwrap(), None, None);
        }
        assert_eq!(limits.passwords_by_account.limiter.len(), 1_000);
        clock.advance(Duration::from_hours(1));
        limits.shrink();
        assert_eq!(limits.passwords_by_account.limiter.len(), 0);
    }
}
