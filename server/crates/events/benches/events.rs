//! How many events a second go from the outbox by a broker to the effect of a consumer, as a share of what a bare producer and a
//! bare consumer do with the same messages; and how long one takes at half of that: `scripts/bench events`.
//!
//! Everything is on this machine: the broker, the database, and what is measured.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a bench stops where a test would"
)]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use db::{Database, DbError, Transaction, query};
use events::{
    Consumer, ConsumerName, ConsumerRunner, ConsumerSettings, Event, HandleError, KafkaBus, KafkaSettings,
    KafkaTopics, Payload, Publisher as _, Received, Relay, RelaySettings, Topic, UserLogin, outbox,
};
use futures::future::join_all;
use kernel::id::Uuid;
use kernel::{Clock as _, OsRandomness, SystemClock, Timestamp};
use names::{MemberId, ProviderName, SignInMethod};
use rdkafka::ClientConfig;
use rdkafka::consumer::{CommitMode, Consumer as _, StreamConsumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{FutureProducer, FutureRecord};
use testkit::{Brokers, TestDatabase};
use tokio_util::sync::CancellationToken;

/// Events of one measurement, unless `EVENTS` says otherwise.
const EVENTS: usize = 30_000;
/// How long events come at half the rate.
const SPAN: Duration = Duration::from_secs(10);
/// The bare consumer commits after so many.
const COMMITTED_TOGETHER: usize = 500;

fn settings() -> KafkaSettings {
    let brokers = Brokers::shared().unwrap();
    KafkaSettings {
        brokers: brokers.bootstrap(),
        prefix: brokers.prefix().to_owned(),
        topics: KafkaTopics { replication: 1, retention: Duration::from_hours(1), ..Default::default() },
        ..Default::default()
    }
}

fn login(member: usize) -> Event {
    let payload = UserLogin {
        uuid: MemberId::from_uuid(Uuid::from_u128(
            0x0198_c5a2_0000_7000_8000_0000_0000_0000 + member as u128,
        )),
        email: Some(format!("member-{member}@example.com")),
        login_method: SignInMethod::Provider(ProviderName::Kakao),
        ip_address: std::net::Ipv4Addr::LOCALHOST.into(),
        user_agent: format!(
            "{} (X11; Linux x86_64) AppleWebKit/537.36 Chrome/142.0.0.0",
            SystemClock.now().millis()
        ),
    };
    Event::new(payload, &SystemClock, &OsRandomness)
}

fn rate(events: usize, took: Duration) -> f64 {
    events as f64 / took.as_secs_f64()
}

/// The same messages, by nothing but the client. `acks=all`, idempotent, as ours.
async fn bare_producer(settings: &KafkaSettings, events: &[Event]) -> f64 {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", &settings.brokers).set("enable.idempotence", "true").set("acks", "all");
    config.set("compression.type", "zstd").set("linger.ms", "5").set("partitioner", "murmur2_random");
    let producer: FutureProducer = config.create().unwrap();
    let topic = settings.topic(Topic::UserLogin);
    let ready: Vec<_> = events
        .iter()
        .map(|event| (event.key().to_string(), event.to_json().unwrap(), event.id().to_string()))
        .collect();
    let (before, began) = (worked(), Instant::now());
    let mut sent = Vec::with_capacity(events.len());
    for (key, body, id) in &ready {
        let mut record = FutureRecord::to(&topic).key(key).payload(body).headers(headers(id));
        loop {
            match producer.send_result(record) {
                Ok(delivery) => break sent.push(delivery),
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), same)) => {
                    record = same;
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
                Err((error, _)) => panic!("{error}"),
            }
        }
    }
    for stored in join_all(sent).await {
        stored.unwrap().unwrap();
    }
    let took = began.elapsed();
    tell_work(&before, events.len());
    rate(events.len(), took)
}

/// As many and as long as ours.
fn headers(id: &str) -> OwnedHeaders {
    let trace = "00-0198c5a27c3e7abc8def0123456789ab-8def0123456789ab-00";
    let fields = [
        ("event_id", id),
        ("event_type", "USER_LOGIN"),
        ("schema", "1"),
        ("sequence", "1767225600000"),
        ("traceparent", trace),
        ("content-type", "application/json"),
        ("ce_specversion", "1.0"),
        ("ce_id", id),
        ("ce_source", "https://login.example"),
        ("ce_type", "USER_LOGIN"),
        ("ce_subject", id),
        ("ce_dataschema", "urn:daemun:events:user-login"),
    ];
    fields.into_iter().fold(OwnedHeaders::new_with_capacity(fields.len()), |headers, (key, value)| {
        headers.insert(Header { key, value: Some(value) })
    })
}

/// Reads what was written, and commits after each batch.
async fn bare_consumer(settings: &KafkaSettings, events: usize) -> f64 {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", &settings.brokers).set("group.id", format!("{}bare", settings.prefix));
    config.set("enable.auto.commit", "false").set("auto.offset.reset", "earliest");
    let consumer: StreamConsumer = config.create().unwrap();
    consumer.subscribe(&[&settings.topic(Topic::UserLogin)]).unwrap();
    let mut began = None;
    for read in 0..events {
        consumer.recv().await.unwrap();
        // To join the group is none of it.
        began.get_or_insert_with(Instant::now);
        if read % COMMITTED_TOGETHER == COMMITTED_TOGETHER - 1 {
            consumer.commit_consumer_state(CommitMode::Sync).unwrap();
        }
    }
    rate(events, began.unwrap().elapsed())
}

/// Its effect is a row for each event.
#[derive(Clone, Default)]
struct Effects(Arc<State>);

#[derive(Default)]
struct State {
    /// Whether it writes the rows of events that come together in one statement, as our own consumer for webhooks does.
    together: bool,
    done: AtomicUsize,
    /// From the transaction that wrote the event to the one with its effect, in milliseconds.
    took: Mutex<Vec<u64>>,
}

/// When an event was written; its own time has whole seconds only.
fn written_at(event: &Event) -> Timestamp {
    let Payload::UserLogin(login) = event.payload() else { panic!("another event") };
    let (millis, _) = login.user_agent.split_once(' ').unwrap();
    Timestamp::from_millis(millis.parse().unwrap())
}

#[async_trait]
impl Consumer for Effects {
    fn name(&self) -> ConsumerName {
        ConsumerName::new("effects")
    }

    fn topics(&self) -> &'static [Topic] {
        &[Topic::UserLogin]
    }

    async fn handle(&self, tx: &mut Transaction, received: &Received) -> Result<(), HandleError> {
        self.write(tx, &[received]).await
    }

    async fn handle_all(&self, tx: &mut Transaction, received: &[&Received]) -> Result<(), HandleError> {
        for some in received.chunks(if self.0.together { 64 } else { 1 }) {
            self.write(tx, some).await?;
        }
        Ok(())
    }
}

impl Effects {
    /// In one statement.
    async fn write(&self, tx: &mut Transaction, received: &[&Received]) -> Result<(), HandleError> {
        let rows = vec!["(?)"; received.len()].join(", ");
        let insert = format!("INSERT INTO effects (event_id) VALUES {rows}");
        let mut insert = query(sqlx::AssertSqlSafe(insert));
        for one in received {
            insert = insert.bind(one.event.id().to_string());
        }
        insert.execute(&mut **tx).await.map_err(DbError::from)?;
        let written: Vec<_> = received.iter().map(|one| written_at(&one.event)).collect();
        let state = Arc::clone(&self.0);
        tx.after_commit(move || {
            let now = SystemClock.now();
            let took = |written: Timestamp| u64::try_from(now.since(written).as_millis()).unwrap();
            state.took.lock().unwrap().extend(written.iter().copied().map(took));
            state.done.fetch_add(written.len(), Ordering::Relaxed);
        });
        Ok(())
    }
}

/// The parts of the program on one database.
struct Program {
    db: TestDatabase,
    effects: Effects,
    end: CancellationToken,
}

impl Program {
    /// Everything runs but the relay.
    async fn start(db: TestDatabase, settings: &KafkaSettings, together: bool) -> (Self, Relay) {
        let mut tx = db.begin().await.unwrap();
        let create = "CREATE TABLE effects (event_id VARCHAR(40) NOT NULL PRIMARY KEY)";
        query(create).execute(&mut *tx).await.unwrap();
        tx.commit().await.unwrap();
        let clock = Arc::new(SystemClock);
        let bus = Arc::new(KafkaBus::new(settings.clone(), db.clone(), clock.clone()).unwrap());
        bus.publish(&[]).await.unwrap();
        let effects = Effects(Arc::new(State { together, ..State::default() }));
        let end = CancellationToken::new();
        let consuming = ConsumerSettings::for_brokers(settings);
        let consumer = Arc::new(effects.clone());
        let runner =
            ConsumerRunner::start(consumer, &*bus, db.clone(), clock.clone(), consuming).await.unwrap();
        tokio::spawn(runner.run(end.clone()));
        let relay = Relay::new(db.clone(), bus, clock, RelaySettings::for_brokers(settings));
        // To join the group is none of it.
        tokio::time::sleep(Duration::from_secs(5)).await;
        (Self { db, effects, end }, relay)
    }

    async fn until(&self, events: usize) {
        while self.effects.0.done.load(Ordering::Relaxed) < events {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

/// Each `together` in a transaction.
async fn append(db: &Database, events: &[Event], together: usize) {
    for some in events.chunks(together) {
        let mut tx = db.begin().await.unwrap();
        for event in some {
            outbox::append(&mut tx, event).await.unwrap();
        }
        tx.commit().await.unwrap();
    }
}

/// A full outbox, until everything had its effect.
async fn ours(db: TestDatabase, settings: &KafkaSettings, events: &[Event], together: bool) -> f64 {
    let (program, relay) = Program::start(db, settings, together).await;
    append(&program.db, events, 200).await;
    let (before, began) = (worked(), Instant::now());
    tokio::spawn(relay.run(program.end.clone()));
    program.until(events.len()).await;
    let took = began.elapsed();
    tell_work(&before, events.len());
    program.end.cancel();
    rate(events.len(), took)
}

/// Events come at this rate, by four who write them; how long half of them take, and all but one in a hundred.
async fn at_rate(db: TestDatabase, settings: &KafkaSettings, rate: f64) -> [u64; 2] {
    let (program, relay) = Program::start(db, settings, true).await;
    tokio::spawn(relay.run(program.end.clone()));
    let writers = (0..WRITERS).map(|writer| write_at_rate(&program.db, writer, rate / WRITERS as f64));
    let written = join_all(writers).await.into_iter().sum();
    program.until(written).await;
    program.end.cancel();
    let mut took = program.effects.0.took.lock().unwrap().clone();
    took.sort_unstable();
    [took[took.len() / 2], took[took.len() * 99 / 100]]
}

/// A rate that leaves the processor room, in events a second.
const QUIET: f64 = 1000.0;
/// Who write events at once.
const WRITERS: usize = 4;

/// Writes events for a while, 20 in a transaction; how many.
async fn write_at_rate(db: &Database, writer: usize, rate: f64) -> usize {
    let mut tick = tokio::time::interval(Duration::from_millis(20));
    let (began, mut written) = (Instant::now(), 0);
    while began.elapsed() < SPAN {
        tick.tick().await;
        let due = (began.elapsed().as_secs_f64() * rate) as usize;
        while written < due {
            // Each is told when its own transaction begins.
            let until = due.min(written + 20);
            let events: Vec<_> = (written..until).map(|number| login(number * WRITERS + writer)).collect();
            append(db, &events, 20).await;
            written = until;
        }
    }
    written
}

/// What the processor worked until now: this program, by kinds of its threads, the database's server and the broker.
fn worked() -> Vec<(&'static str, f64)> {
    let of = |stat: &std::path::Path| {
        let stat = std::fs::read_to_string(stat).unwrap_or_default();
        let fields: Vec<_> = stat.rsplit(") ").next().unwrap_or_default().split(' ').collect();
        // In hundredths of a second.
        fields.iter().skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
    };
    let mut kinds = [("sqlite", 0.0), ("client", 0.0), ("program", 0.0), ("server", 0.0), ("broker", 0.0)];
    for thread in std::fs::read_dir("/proc/self/task").unwrap().flatten() {
        let name = std::fs::read_to_string(thread.path().join("comm")).unwrap_or_default();
        let kind = match name.as_str() {
            name if name.starts_with("sqlx") => 0,
            name if name.starts_with("rdk:") || name.starts_with("producer") => 1,
            _ => 2,
        };
        kinds[kind].1 += of(&thread.path().join("stat"));
    }
    let port = std::env::var("DAEMUN_TEST_MYSQL_URL").unwrap_or_default();
    let port = format!("--port={}", port.rsplit(':').next().unwrap_or_default());
    let folder = std::env::var("DAEMUN_TEST_KAFKA").unwrap_or_default();
    for process in std::fs::read_dir("/proc").unwrap().flatten() {
        let command = std::fs::read(process.path().join("cmdline")).unwrap_or_default();
        let command = String::from_utf8_lossy(&command);
        let kind = match command.split('\0').next().unwrap_or_default() {
            name if name.ends_with("mariadbd") && command.contains(&port) => 3,
            name if name.ends_with("java") && command.contains(&folder) => 4,
            _ => continue,
        };
        kinds[kind].1 += of(&process.path().join("stat"));
    }
    kinds.into()
}

/// Tells what the processor worked for each event since `before`.
fn tell_work(before: &[(&'static str, f64)], events: usize) {
    let told: Vec<_> = worked()
        .iter()
        .zip(before)
        .map(|((kind, now), (_, before))| format!("{kind} {:.0}", (now - before) * 1e6 / events as f64))
        .collect();
    println!("{:<36}µs of the processor: {}", "", told.join(", "));
}

#[tokio::main]
async fn main() {
    // `cargo test` runs benches too, to see whether they do.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let count = std::env::var("EVENTS").ok().and_then(|count| count.parse().ok()).unwrap_or(EVENTS);
    let events: Vec<_> = (0..count).map(login).collect();
    let bare = settings();
    let maker = Program::start(TestDatabase::sqlite().await, &bare, true).await;
    maker.0.end.cancel();
    let producer = bare_producer(&bare, &events).await;
    let consumer = bare_consumer(&bare, events.len()).await;
    println!("{:<36}{producer:>9.0} events a second", "bare idempotent producer");
    println!("{:<36}{consumer:>9.0}", "bare consumer, a commit for each 500");
    let databases: [(&str, AsyncMake); 2] =
        [("SQLite", || Box::pin(TestDatabase::sqlite())), ("MariaDB", || Box::pin(mysql()))];
    for (name, make) in databases {
        let mut full = 0.0;
        for (how, together) in [("a statement for each effect", false), ("effects together", true)] {
            full = ours(make().await, &settings(), &events, together).await;
            let shares = [full / producer, full / consumer];
            println!(
                "{:<36}{full:>9.0}   {:.2} of the producer, {:.2} of the consumer",
                format!("{name}, {how}"),
                shares[0],
                shares[1]
            );
        }
        for rate in [full / 2.0, QUIET] {
            let [median, late] = at_rate(make().await, &settings(), rate).await;
            println!("{:<36}{median:>6} ms, p99 {late} ms", format!("  at {rate:.0} a second"));
        }
    }
    println!("load: {}", std::fs::read_to_string("/proc/loadavg").unwrap_or_default().trim());
}

type AsyncMake = fn() -> std::pin::Pin<Box<dyn Future<Output = TestDatabase>>>;

async fn mysql() -> TestDatabase {
    TestDatabase::mysql().await.unwrap()
}
