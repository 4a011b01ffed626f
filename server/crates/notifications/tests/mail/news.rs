//! What account events make us write.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use db::{DbError, Transaction};

use events::{
    ConsumerRunner, ConsumerSettings, Event, Groups, InProcessBus, Payload, Relay, RelaySettings, UserLogin,
    UserSignup, outbox,
};
use futures::future::BoxFuture;
use kernel::id::Uuid;
use kernel::{Clock as _, KeyRing, OsRandomness, Timestamp};
use names::{EmailAddress, Language, MemberId, ProviderName, SignInMethod};
use notifications::{AccountNews, Device, Mails, Recipients, SeenPlace, seen_places};
use testkit::HandClock;
use tokio_util::sync::CancellationToken;

use crate::scene::Scene;

const CHROME: &str = "Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36";
const CHROME_LATER: &str = "Mozilla/5.0 (Windows NT 10.0) Chrome/141.0 Safari/537.36";
const IPHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) Version/26.0 Safari/604.1";
const HOME: [u8; 4] = [203, 0, 113, 7];
const HOME_LATER: [u8; 4] = [203, 0, 113, 8];
const ABROAD: [u8; 4] = [198, 51, 100, 7];

/// Everybody has proven this mailbox, but for those who are named.
#[derive(Debug, Default)]
struct Proven {
    nobody: Mutex<HashSet<MemberId>>,
}

impl Recipients for Proven {
    fn mailbox_of<'a>(
        &'a self,
        _: &'a mut Transaction,
        member: MemberId,
    ) -> BoxFuture<'a, Result<Option<EmailAddress>, DbError>> {
        let known = !self.nobody.lock().unwrap().contains(&member);
        Box::pin(async move { Ok(known.then(|| kernel::email_address::read("minji@example.com").unwrap())) })
    }
}

fn signed_up(member: u128, email: Option<&str>, created_at: Timestamp) -> UserSignup {
    UserSignup {
        uuid: MemberId::from_uuid(Uuid::from_u128(member)),
        email: email.map(str::to_owned),
        nickname: "<b>visit http://evil.example</b>".to_owned(),
        signup_method: SignInMethod::Provider(ProviderName::Kakao),
        created_at,
    }
}

fn signed_in(member: u128, user_agent: &str, address: [u8; 4]) -> UserLogin {
    UserLogin {
        uuid: MemberId::from_uuid(Uuid::from_u128(member)),
        email: Some("minji@example.com".to_owned()),
        login_method: SignInMethod::Provider(ProviderName::Kakao),
        ip_address: address.into(),
        user_agent: user_agent.to_owned(),
    }
}

struct News {
    scene: Scene,
    relay: Relay,
    runner: ConsumerRunner,
    proven: Arc<Proven>,
}

impl News {
    async fn both() -> [Self; 2] {
        let [sqlite, mysql] = Scene::both().await;
        [Self::on(sqlite).await, Self::on(mysql).await]
    }

    async fn on(scene: Scene) -> Self {
        let clock = Arc::clone(&scene.clock);
        let bus = Arc::new(InProcessBus::new(scene.db.clone(), clock.clone(), Duration::from_secs(30)));
        let proven = Arc::default();
        let runner = Self::runner(&scene, &*bus, (scene.mails.clone(), &proven)).await;
        let relay = Relay::new(scene.db.clone(), bus, clock, RelaySettings::default());
        Self { scene, relay, runner, proven }
    }

    async fn runner(
        scene: &Scene,
        bus: &dyn Groups,
        (mails, proven): (Mails, &Arc<Proven>),
    ) -> ConsumerRunner {
        let news = Arc::new(AccountNews::new(mails, Language::Korean, proven.clone()));
        let (db, clock) = (scene.db.clone(), Arc::clone(&scene.clock));
        ConsumerRunner::start(news, bus, db, clock, ConsumerSettings::default()).await.unwrap()
    }

    async fn tell(&mut self, payload: impl Into<Payload>) {
        let event = Event::new(payload, &*self.scene.clock, &OsRandomness);
        self.pass_on(&event).await;
    }

    async fn pass_on(&mut self, event: &Event) {
        let mut tx = self.scene.db.begin().await.unwrap();
        outbox::append(&mut tx, event).await.unwrap();
        tx.commit().await.unwrap();
        self.relay.round().await.unwrap();
        assert_eq!(self.runner.round(&CancellationToken::new()).await.unwrap().handled, 1);
    }

    async fn sign_up(&mut self, member: u128, email: Option<&str>) {
        self.tell(signed_up(member, email, self.scene.clock.now())).await;
    }

    async fn sign_in(&mut self, member: u128, user_agent: &str, address: [u8; 4]) {
        self.tell(signed_in(member, user_agent, address)).await;
    }

    /// Which mails were written since the last time.
    async fn mails(&self) -> Vec<String> {
        let waiting = self.scene.column("SELECT payload FROM jobs WHERE state = 'waiting' ORDER BY id").await;
        let template = |payload: &String| {
            let payload: serde_json::Value = serde_json::from_str(payload).unwrap();
            payload["template"].as_str().unwrap().to_owned()
        };
        let kinds = waiting.iter().map(template).collect();
        self.scene.send_all().await;
        kinds
    }
}

#[tokio::test]
async fn a_new_member_is_welcomed_and_their_first_sign_in_is_no_news() {
    for mut news in News::both().await {
        news.sign_up(1, Some("minji@example.com")).await;
        news.sign_in(1, CHROME, HOME).await;
        assert_eq!(news.mails().await, ["welcome"]);
        assert_eq!(news.scene.recipients_in_mailbox().await, ["minji@example.com"]);
        news.sign_in(1, CHROME_LATER, HOME_LATER).await;
        assert_eq!(news.mails().await, Vec::<String>::new(), "the same browser in the same network");
    }
}

#[tokio::test]
async fn a_device_or_a_network_that_was_not_seen_before_is_news_once() {
    for mut news in News::both().await {
        news.sign_up(1, Some("minji@example.com")).await;
        news.sign_in(1, CHROME, HOME).await;
        news.mails().await;
        for (user_agent, address) in [(IPHONE, HOME), (CHROME, ABROAD)] {
            news.sign_in(1, user_agent, address).await;
            assert_eq!(news.mails().await, ["new-sign-in"]);
            news.sign_in(1, user_agent, address).await;
            assert_eq!(news.mails().await, Vec::<String>::new());
        }
        news.sign_in(2, CHROME, HOME).await;
        assert_eq!(
            news.mails().await,
            ["new-sign-in"],
            "what one member is known by says nothing of another"
        );
    }
}

/// A broker has the events of weeks for a consumer that joins, which is when mails are configured.
#[tokio::test]
async fn what_happened_long_before_the_consumer_joined_is_no_news_and_its_places_are_known() {
    for scene in Scene::both().await {
        let clock = HandClock::default();
        scene.clock.advance(Duration::from_hours(48));
        let mut news = News::on(scene).await;
        let event = Event::new(signed_up(1, Some("minji@example.com"), clock.now()), &clock, &OsRandomness);
        news.pass_on(&event).await;
        let event = Event::new(signed_in(2, CHROME, HOME), &clock, &OsRandomness);
        news.pass_on(&event).await;
        assert_eq!(news.mails().await, Vec::<String>::new());
        clock.advance(Duration::from_hours(47));
        let event = Event::new(signed_in(2, IPHONE, HOME), &clock, &OsRandomness);
        news.pass_on(&event).await;
        assert_eq!(news.mails().await, ["new-sign-in"], "an hour is not long");
        news.sign_in(2, CHROME, HOME).await;
        assert_eq!(news.mails().await, Vec::<String>::new());
        news.scene.clock.advance(Duration::from_hours(48));
        let event = Event::new(signed_in(2, CHROME, ABROAD), &clock, &OsRandomness);
        news.pass_on(&event).await;
        assert_eq!(news.mails().await, Vec::<String>::new(), "it has become long");
    }
}

/// Of a mail server or a bus that is away for days.
#[tokio::test]
async fn what_happened_since_the_consumer_joined_is_told_however_late() {
    for mut news in News::both().await {
        let event = Event::new(signed_in(1, CHROME, HOME), &*news.scene.clock, &OsRandomness);
        news.scene.clock.advance(Duration::from_hours(48));
        news.pass_on(&event).await;
        assert_eq!(news.mails().await, ["new-sign-in"]);
    }
}

#[tokio::test]
async fn somebody_who_comes_back_to_a_forgotten_account_is_news() {
    for mut news in News::both().await {
        news.sign_up(1, Some("minji@example.com")).await;
        news.sign_in(1, CHROME, HOME).await;
        news.mails().await;
        news.scene.clock.advance(Duration::from_hours(24 * 181));
        let mut tx = news.scene.db.begin().await.unwrap();
        let mut tables = notifications::STORAGE.tables.iter();
        let places = tables.find(|table| table.name == "seen_places").unwrap();
        let cleaned = places.delete_expired(&mut tx, news.scene.clock.now(), 500).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(cleaned, Some(2));
        news.sign_in(1, CHROME, HOME).await;
        assert_eq!(news.mails().await, ["new-sign-in"]);
    }
}

#[tokio::test]
async fn s_up_10_an_address_that_nobody_proved_gets_no_mail() {
    for mut news in News::both().await {
        for (member, address) in
            [(1, None), (2, Some("victim@example.com")), (3, Some("no address\r\nBcc: all@example.com"))]
        {
            news.proven.nobody.lock().unwrap().insert(MemberId::from_uuid(Uuid::from_u128(member)));
            news.sign_up(member, address).await;
            news.sign_in(member, CHROME, HOME).await;
            news.sign_in(member, IPHONE, ABROAD).await;
        }
        assert_eq!(news.mails().await, Vec::<String>::new());
        // Once somebody did, the places are known already.
        news.proven.nobody.lock().unwrap().clear();
        news.sign_in(2, IPHONE, ABROAD).await;
        assert_eq!(news.mails().await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn where_somebody_was_is_not_in_the_table() {
    for mut news in News::both().await {
        news.sign_in(1, CHROME, HOME).await;
        let tags = news.scene.column("SELECT member_id FROM seen_places").await;
        assert_eq!(tags.len(), 2);
        let dump = news.scene.db.dump().await;
        let places: String = dump.lines().filter(|line| line.starts_with("seen_places")).collect();
        assert!(
            !places.is_empty() && !places.contains("203.0.113") && !places.contains("Chrome"),
            "{places}"
        );
    }
}

/// Otherwise each member would hear of their own device when an operator has removed a key.
#[tokio::test]
async fn s_key_7_who_was_known_by_a_key_that_is_gone_gets_no_mail_and_is_known_again() {
    for mut news in News::both().await {
        news.sign_in(1, CHROME, HOME).await;
        news.mails().await;
        let bus = InProcessBus::new(news.scene.db.clone(), news.scene.clock.clone(), Duration::from_secs(30));
        let mails = news.scene.mails_with(vec![kernel::MasterKey::generate(&OsRandomness)]);
        news.runner = News::runner(&news.scene, &bus, (mails, &news.proven)).await;
        let waiting = "SELECT id FROM jobs WHERE state = 'waiting'";
        news.sign_in(1, CHROME, HOME).await;
        assert_eq!(news.scene.column(waiting).await, Vec::<String>::new());
        news.sign_in(1, CHROME, HOME).await;
        assert_eq!(news.scene.column(waiting).await, Vec::<String>::new());
        news.sign_in(1, IPHONE, HOME).await;
        assert_eq!(news.scene.column(waiting).await.len(), 1, "a new device is news again");
    }
}

#[tokio::test]
async fn s_key_7_places_stay_known_when_the_master_key_changes() {
    for mut news in News::both().await {
        news.sign_in(1, CHROME, HOME).await;
        news.mails().await;
        let new = kernel::MasterKey::generate(&OsRandomness);
        let bus = InProcessBus::new(news.scene.db.clone(), news.scene.clock.clone(), Duration::from_secs(30));
        for keys in [vec![new.clone(), news.scene.master.clone()], vec![new]] {
            let mails = news.scene.mails_with(keys);
            news.runner = News::runner(&news.scene, &bus, (mails, &news.proven)).await;
            news.sign_in(1, CHROME, HOME).await;
            let waiting = "SELECT id FROM jobs WHERE state = 'waiting'";
            assert_eq!(news.scene.column(waiting).await, Vec::<String>::new());
        }
    }
}

#[tokio::test]
async fn a_member_is_told_what_the_checksums_of_their_places_stand_for() {
    for mut news in News::both().await {
        let ring = KeyRing::new(vec![news.scene.master.clone()]).unwrap();
        let home = ["198.51.100.0/24".to_owned(), "203.0.113.0/24".to_owned()];
        let places = async |scene: &Scene, member: u128, networks: &[String]| {
            let mut reader = scene.db.read().await.unwrap();
            let found =
                seen_places(&mut reader, &ring, MemberId::from_uuid(Uuid::from_u128(member)), networks)
                    .await
                    .unwrap();
            found.into_iter().map(|(place, _)| place).collect::<Vec<_>>()
        };
        news.sign_up(1, None).await;
        assert_eq!(places(&news.scene, 1, &home).await, [SeenPlace::Newcomer]);
        news.sign_in(1, CHROME, HOME).await;
        let found = places(&news.scene, 1, &home).await;
        assert_eq!(found.len(), 2);
        assert!(found.contains(&SeenPlace::Device(Device::of(CHROME))), "{found:?}");
        assert!(found.contains(&SeenPlace::Network(home[1].clone())), "{found:?}");
        assert!(places(&news.scene, 1, &home[..1]).await.contains(&SeenPlace::Checksum));
        assert_eq!(places(&news.scene, 2, &home).await, []);
    }
}

#[tokio::test]
async fn s_rate_7_nobody_has_more_places_than_anybody_can_have_seen() {
    for mut news in News::both().await {
        news.sign_up(1, Some("minji@example.com")).await;
        for n in 0..110_u8 {
            news.sign_in(1, CHROME, [10, 0, n, 1]).await;
            news.sign_in(1, CHROME, [10, 1, n, 1]).await;
            news.scene.clock.advance(Duration::from_secs(1));
        }
        let dump = news.scene.db.dump().await;
        assert_eq!(dump.lines().filter(|line| line.starts_with("seen_places")).count(), 200);
    }
}
