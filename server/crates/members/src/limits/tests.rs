//! The limits, against both databases.

use std::net::IpAddr;
use std::sync::Arc;

use ::limits::LimitContext;
use kernel::{Clock, KeyRing, MasterKey, OsRandomness};
use testkit::{HandClock, TestDatabase};
use web::reason::TooMany;

use super::*;

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
        Limits::new(&LimitSettings::default(), db, LimitContext::new(&self.key_ring, clock))
    }
}

fn client(ip: &str) -> ClientAddress {
    ip.parse::<IpAddr>().unwrap().into()
}

fn email() -> EmailAddress {
    kernel::email_address::read("hong@example.com").unwrap()
}

/// How many of the given password attempts pass, alternating between both replicas.
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
            matches!(refused, Err(Limited::TooMany(TooMany(exceeded))) if exceeded.retry_after == Duration::from_secs(30)),
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
                let leave =
                    limits.may_mail(&mut tx, MailAttempt { budget, asker, address: &email() }).await.unwrap();
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
        assert!(!stage.database.dump().await.contains("hong"), "no address is there in the clear");
    }
}

#[tokio::test]
async fn s_rate_2_strangers_who_ask_for_all_mails_leave_each_network_a_few() {
    for stage in Stage::both().await {
        let limits = {
            let db = Database::open(stage.database.url()).await.unwrap();
            let clock: Arc<dyn Clock> = stage.clock.clone();
            let few = LimitSettings { mails: quota(10, Duration::from_hours(1)), ..LimitSettings::default() };
            Limits::new(&few, db, LimitContext::new(&stage.key_ring, clock))
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

#[tokio::test]
async fn s_rate_1_4_who_knows_an_account_code_does_not_keep_its_owner_from_their_recovery_codes() {
    for stage in Stage::both().await {
        let replicas = [stage.replica().await, stage.replica().await];
        let account = AccountCode::parse("0000-0000").unwrap();
        let tries = async |count: usize, networks: &str, of: usize| {
            let mut passed = 0;
            for n in 0..count {
                let network = Some(client(&format!("{networks}.{}", n % of)));
                passed += usize::from(replicas[n % 2].recovery_of(&account, network).await.is_ok());
            }
            passed
        };
        assert_eq!(tries(300, "203.0.113", 40).await, 200, "five from each");
        let owner = Some(client("198.51.100.7"));
        assert!(replicas[0].recovery_of(&account, owner).await.is_ok(), "the owner, elsewhere");
        assert_eq!(tries(500, "192.0.2", 100).await, 399, "six hundred in all");
        assert!(replicas[0].recovery_of(&account, owner).await.is_err());
        stage.clock.advance(Duration::from_secs(1));
        assert!(replicas[0].recovery_of(&account, owner).await.is_ok(), "slowed, not locked");
    }
}
