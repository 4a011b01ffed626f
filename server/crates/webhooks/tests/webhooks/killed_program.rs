//! `kill -9`: a program that takes events from the bus and sends them is killed a hundred times, while its receiver is away for an hour.

use std::collections::HashSet;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use db::{Database, DatabaseUrl};
use events::{ConsumerRunner, ConsumerSettings, InProcessBus, Relay, RelaySettings, outbox};
use kernel::{Context, OsRandomness, Randomness as _};
use testkit::{HandClock, SeededRandomness};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Command;
use tokio_util::sync::CancellationToken;
use webhooks::{Courier, CourierSettings, WebhookConsumer};

use crate::receiver::TestReceiver;
use crate::stage::{Stage, post, receiver};

const URL: &str = "DAEMUN_KILLED_WEBHOOKS_URL";
const RECEIVER: &str = "DAEMUN_KILLED_WEBHOOKS_RECEIVER";
const ELAPSED: &str = "DAEMUN_KILLED_WEBHOOKS_ELAPSED_MILLIS";
const KILLS: u32 = 100;
/// After this many lives an hour is over, and the receiver is back.
const LIVES_AWAY: u32 = 75;
/// So much time passes in a life. What a dead one had is free in the next one.
const LIFE: Duration = Duration::from_secs(48);

#[tokio::test(flavor = "multi_thread")]
async fn s_evt_2_an_hour_without_a_receiver_and_a_hundred_kills_lose_nothing_and_keep_each_members_order() {
    let chance = SeededRandomness::new(5);
    for stage in Stage::both().await {
        let mut listening = Some(TestReceiver::start().await);
        let address = listening.as_ref().unwrap().address;
        let to = receiver("one", &format!("http://{address}/hook"));
        stage.happen(&[&to], &[]).await;
        drop(listening.take());
        let mut count = 0;
        for life in 0..KILLS {
            if life == LIVES_AWAY {
                listening = Some(TestReceiver::at(address).await);
            }
            for number in 0..4 {
                let event = stage.login(number % 3 + 1, &format!("{count:04}"));
                let mut tx = stage.db.begin().await.unwrap();
                outbox::append(&mut tx, &event).await.unwrap();
                tx.commit().await.unwrap();
                count += 1;
            }
            let mut byte = [0];
            chance.fill(&mut byte);
            let some = Duration::from_micros(u64::from(byte[0]) * 400);
            live(&stage, to.url.as_ref(), LIFE * life, some).await;
            stage.clock.advance(LIFE);
        }
        let listening = listening.unwrap();
        let mut elapsed = LIFE * KILLS;
        let left = "SELECT (SELECT COUNT(*) FROM outbox_events WHERE published_at IS NULL) + (SELECT COUNT(*) FROM bus_deliveries) \
            + (SELECT COUNT(*) FROM webhook_deliveries WHERE state <> 'delivered')";
        for _ in 0..60 {
            if stage.count(left).await == 0 {
                break;
            }
            elapsed += LIFE;
            live(&stage, to.url.as_ref(), elapsed, Duration::from_secs(1)).await;
        }
        assert_eq!(stage.count(left).await, 0, "everything is delivered");
        let ids: HashSet<_> = listening.got().iter().map(|got| got.id().to_owned()).collect();
        assert_eq!(ids.len(), count, "each event arrives");
        // One that comes again comes before what follows it.
        for notes in listening.by_member().values() {
            assert!(notes.is_sorted(), "{notes:?}");
        }
    }
}

/// Starts the program at this time after the beginning, lets it work for a while, and kills it.
async fn live(stage: &Stage, receiver: &str, elapsed: Duration, some: Duration) {
    let url = match stage.db.url() {
        DatabaseUrl::Sqlite(path) => format!("sqlite:{}", path.display()),
        DatabaseUrl::Mysql(url) => url.to_string(),
    };
    let mut program = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "killed_program::the_program", "--ignored", "--nocapture"])
        .envs([(URL, url), (RECEIVER, receiver.to_owned()), (ELAPSED, elapsed.as_millis().to_string())])
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(program.stdout.take().unwrap()).lines();
    while lines.next_line().await.unwrap().expect("the program ended by itself") != "works" {}
    tokio::time::sleep(some).await;
    program.kill().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "the program that the test above starts and kills"]
async fn the_program() {
    let told = |name: &str| std::env::var(name).unwrap();
    let db = Database::open(&DatabaseUrl::parse(&told(URL)).unwrap()).await.unwrap();
    let clock = Arc::new(HandClock::default());
    clock.advance(Duration::from_millis(told(ELAPSED).parse().unwrap()));
    let to = receiver("one", &told(RECEIVER));
    let bus = InProcessBus::new(db.clone(), clock.clone(), Duration::from_secs(30));
    let consumer = Arc::new(WebhookConsumer::new(vec![to.clone()].into(), clock.clone()));
    let settings = ConsumerSettings { idle: Duration::from_millis(5), ..ConsumerSettings::default() };
    let runner = ConsumerRunner::start(consumer, &bus, db.clone(), clock.clone(), settings).await.unwrap();
    let settings = RelaySettings { idle: Duration::from_millis(5), ..RelaySettings::default() };
    let relay = Relay::new(db.clone(), Arc::new(bus), clock.clone(), settings);
    let context = Context { clock, randomness: Arc::new(OsRandomness) };
    let settings = CourierSettings { idle: Duration::from_millis(5), ..CourierSettings::default() };
    let courier = Courier::new(to, post(), db, &context, settings);
    let end = CancellationToken::new();
    tokio::spawn(relay.run(end.clone()));
    tokio::spawn(runner.run(end.clone()));
    tokio::spawn(courier.run(end));
    println!("works");
    std::future::pending::<()>().await;
}
