//! Groups on a broker: members that come, go and are slow; poison; what the broker deleted.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use events::{
    ConsumerName, ConsumerRound, ConsumerRunner, ConsumerSettings, Delivery, Event, Groups as _,
    KafkaSettings, Publisher as _, Subscription, Topic, dead_letters,
};
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions};
use rdkafka::client::DefaultClientContext;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use tokio_util::sync::CancellationToken;

use crate::consumers::{Notes, effects};
use crate::kafka::cluster::{Cluster, bus};
use crate::measured;
use crate::outbox::drain;
use crate::scene::{Scene, note};

const TIMEOUT: Duration = Duration::from_secs(30);

/// Publishes a sign-in for each note, all of one member.
async fn publish(cluster: &Cluster, scene: &Scene, notes: &[&str]) {
    let events: Vec<_> = notes.iter().map(|note| scene.login(1, note)).collect();
    scene.commit(&events).await;
    let (bus, settings) = (cluster.bus(scene), events::RelaySettings::default());
    let relay = events::Relay::new(scene.db.clone(), bus, scene.clock.clone(), settings);
    assert_eq!(usize::try_from(drain(&relay).await.published), Ok(notes.len()));
}

async fn join(settings: KafkaSettings, scene: &Scene) -> Box<dyn Subscription> {
    bus(settings, scene).join(ConsumerName::new("notes"), &[Topic::UserLogin]).await.unwrap()
}

/// The next delivery.
async fn next(member: &mut Box<dyn Subscription>) -> Delivery {
    let begun = Instant::now();
    loop {
        if let Some(delivery) = member.receive(1).await.unwrap().pop() {
            return delivery;
        }
        assert!(begun.elapsed() < TIMEOUT, "nothing comes");
        member.wait(Duration::from_millis(100)).await;
    }
}

async fn runner(cluster: &Cluster, scene: &Scene, consumer: Arc<Notes>) -> ConsumerRunner {
    let settings = ConsumerSettings { attempts: 2, ..ConsumerSettings::default() };
    let (db, clock) = (scene.db.clone(), scene.clock.clone());
    ConsumerRunner::start(consumer, &*cluster.bus(scene), db, clock, settings).await.unwrap()
}

/// Rounds until one did this.
async fn until(runner: &mut ConsumerRunner, wanted: impl Fn(ConsumerRound) -> bool) {
    let (begun, end) = (Instant::now(), CancellationToken::new());
    while !wanted(runner.round(&end).await.unwrap()) {
        assert!(begun.elapsed() < TIMEOUT, "nothing comes");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s_evt_7_poison_goes_to_the_dead_topic_with_its_origin_and_can_be_retried_or_discarded() {
    let Some(cluster) = Cluster::shared() else { return };
    let [scene, _] = Scene::both().await;
    let notes = Notes::named("notes");
    notes.fail_on(Some("poison"));
    let mut on_kafka = runner(&cluster, &scene, notes.clone()).await;
    publish(&cluster, &scene, &["poison", "after"]).await;
    until(&mut on_kafka, |round| round.failed == 1).await;
    scene.clock.advance(Duration::from_mins(1));
    until(&mut on_kafka, |round| round.dead == 1).await;
    until(&mut on_kafka, |round| round.handled == 1).await;
    assert_eq!(effects(&scene).await, ["after"], "its member goes on");

    let [letter] = &dead_letters(&mut scene.db.read().await.unwrap(), None, 10).await.unwrap()[..] else {
        panic!()
    };
    let [message] = &cluster.read(&format!("{}user-login.dead", cluster.prefix())).await[..] else {
        panic!()
    };
    let header = |name: &str| message.headers.get(name).map(String::as_str).unwrap_or_default();
    assert_eq!((&message.body, header("event_id")), (&letter.body, &*letter.event_id));
    assert_eq!((header("dead_reason"), header("dead_failures")), ("it was told to", "2"));
    let topic = cluster.topic(Topic::UserLogin);
    assert_eq!((header("dead_group"), header("dead_topic")), ("notes", &*topic));
    let origin = format!("{topic}/{}/{}", header("dead_partition"), header("dead_offset"));
    assert_eq!((letter.origin.as_str(), letter.failures), (&*origin, 2));

    // Once more, with what made it fail gone: the program reads the in-process bus as well.
    notes.fail_on(None);
    let mut tx = scene.db.begin().await.unwrap();
    assert!(events::retry(&mut tx, letter, kernel::Clock::now(&*scene.clock)).await.unwrap());
    tx.commit().await.unwrap();
    let mut here = scene.runner(notes).await;
    assert_eq!(here.round(&CancellationToken::new()).await.unwrap().handled, 1);
    assert_eq!(effects(&scene).await, ["after", "poison"]);
    let mut tx = scene.db.begin().await.unwrap();
    assert!(!events::discard(&mut tx, letter).await.unwrap(), "it is none any more");
}

#[tokio::test(flavor = "multi_thread")]
async fn s_evt_7_what_others_wrote_into_a_topic_goes_aside_and_what_follows_is_dealt_with() {
    let Some(cluster) = Cluster::shared() else { return };
    let [scene, _] = Scene::both().await;
    let mut on_kafka = runner(&cluster, &scene, Notes::named("notes")).await;
    cluster.bus(&scene).publish(&[]).await.unwrap();
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", cluster.brokers());
    let producer: rdkafka::producer::FutureProducer = config.create().unwrap();
    let topic = cluster.topic(Topic::UserLogin);
    let large = "x".repeat(100_000);
    for body in ["garbage", "", large.as_str()] {
        let record = rdkafka::producer::FutureRecord::to(&topic).key("키").payload(body);
        producer.send(record, Duration::from_secs(10)).await.unwrap();
    }
    // The last is so large, read as text, that no producer would send it once more.
    for bytes in [vec![0xff, 0xfe], vec![0xff; 900_000]] {
        let record = rdkafka::producer::FutureRecord::<[u8], [u8]>::to(&topic).payload(&bytes);
        producer.send(record, Duration::from_secs(10)).await.unwrap();
    }
    publish(&cluster, &scene, &["fine"]).await;
    let (mut dead, begun) = (0, Instant::now());
    while dead < 5 || effects(&scene).await.is_empty() {
        dead += on_kafka.round(&CancellationToken::new()).await.unwrap().dead;
        scene.clock.advance(Duration::from_mins(1));
        assert!(begun.elapsed() < TIMEOUT, "{dead} are dead");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(effects(&scene).await, ["fine"]);
    assert_eq!(dead_letters(&mut scene.db.read().await.unwrap(), None, 10).await.unwrap().len(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn s_evt_3_a_rebalance_gives_what_was_in_hand_to_another_member_and_the_inbox_tells_it_apart() {
    let Some(cluster) = Cluster::shared() else { return };
    let [scene, _] = Scene::both().await;
    publish(&cluster, &scene, &["a", "b"]).await;
    let mut one = join(cluster.settings(), &scene).await;
    let held = next(&mut one).await;
    // The first leaves with it in hand; what it says of it afterwards counts for nothing.
    drop(one);
    let mut two = runner(&cluster, &scene, Notes::named("notes")).await;
    until(&mut two, |round| round.handled == 1).await;
    until(&mut two, |round| round.handled == 1).await;
    assert_eq!((effects(&scene).await, held.failures), (vec!["a".to_owned(), "b".to_owned()], 0));
}

/// Signs members in, one after the other, until `end`; how many.
async fn sign_in(scene: &Scene, end: &CancellationToken) -> u32 {
    let mut number = 0;
    while !end.is_cancelled() {
        number += 1;
        let member = u128::from(number % 200);
        scene.commit(&[scene.login(member, &format!("{number}"))]).await;
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    number
}

/// Deals with at most `most` of what a member has, and keeps the number of each.
async fn deal(member: &mut Box<dyn Subscription>, most: u32, dealt_with: &mut BTreeSet<u32>) {
    let in_hand = member.receive(most).await.unwrap();
    for delivery in &in_hand {
        let event = Event::parse(Topic::UserLogin, &delivery.body).unwrap();
        dealt_with.insert(note(&event).parse().unwrap());
    }
    member.acknowledge(&in_hand).await.unwrap();
    member.wait(Duration::from_millis(5)).await;
}

/// Joins and leaves six times, each time with all that it got in hand; then it ends the sign-ins.
async fn come_and_go(cluster: &Cluster, scene: &Scene, end: &CancellationToken) {
    for _ in 0..6 {
        let mut member = join(cluster.settings(), scene).await;
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(1) {
            member.receive(64).await.unwrap();
            member.wait(Duration::from_millis(5)).await;
        }
    }
    end.cancel();
}

/// A rebalance stops the reading for a moment, and begins it again where it was. What was read before is still there.
#[tokio::test(flavor = "multi_thread")]
async fn s_evt_2_members_that_come_and_go_take_no_event_from_those_that_stay() {
    let Some(cluster) = Cluster::shared() else { return };
    let [scene, _] = Scene::both().await;
    let (signs_in, relays) = (CancellationToken::new(), CancellationToken::new());
    let settings = events::RelaySettings { idle: Duration::from_millis(10), ..Default::default() };
    let relay = events::Relay::new(scene.db.clone(), cluster.bus(&scene), scene.clock.clone(), settings);
    let relaying = tokio::spawn(relay.run(relays.clone()));
    let (mut stays, mut dealt_with) = (join(cluster.settings(), &scene).await, BTreeSet::new());
    let trouble =
        async { tokio::join!(sign_in(&scene, &signs_in), come_and_go(&cluster, &scene, &signs_in)).0 };
    let mut trouble = std::pin::pin!(trouble);
    // More slowly than they come, so that much is held.
    let last = loop {
        tokio::select! {
            last = &mut trouble => break last,
            () = deal(&mut stays, 1, &mut dealt_with) => {}
        }
    };
    let begun = Instant::now();
    while dealt_with.len() < usize::try_from(last).unwrap() {
        assert!(begun.elapsed() < TIMEOUT, "{} of {last} come", dealt_with.len());
        deal(&mut stays, 64, &mut dealt_with).await;
    }
    relays.cancel();
    relaying.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn s_evt_2_a_consumer_that_is_slower_than_the_poll_interval_loses_its_partitions_and_nothing_else() {
    let Some(cluster) = Cluster::shared() else { return };
    let [scene, _] = Scene::both().await;
    publish(&cluster, &scene, &["a", "b"]).await;
    let mut settings = cluster.settings();
    settings.librdkafka.insert("max.poll.interval.ms".to_owned(), "2000".to_owned());
    settings.librdkafka.insert("session.timeout.ms".to_owned(), "2000".to_owned());
    let mut slow = join(settings, &scene).await;
    let held = next(&mut slow).await;
    // It works on it for longer than the broker waits.
    tokio::time::sleep(Duration::from_secs(3)).await;
    let again = {
        let mut other = join(cluster.settings(), &scene).await;
        next(&mut other).await
    };
    assert_eq!(again.body, held.body, "another member gets it");
    // The slow one goes on, joins again by itself and begins where the group is: what the inbox tells apart may come twice.
    slow.acknowledge(std::slice::from_ref(&held)).await.unwrap();
    let (mut seen, mut heard) = (Vec::new(), Instant::now());
    while heard.elapsed() < Duration::from_secs(4) {
        for delivery in slow.receive(1).await.unwrap() {
            slow.acknowledge(std::slice::from_ref(&delivery)).await.unwrap();
            heard = Instant::now();
            seen.push(delivery.body);
        }
        slow.wait(Duration::from_millis(100)).await;
    }
    assert!(seen.last().is_some_and(|last| last.contains("\"b\"")), "{seen:?}");
    drop(slow);
    publish(&cluster, &scene, &["c"]).await;
    let mut heir = join(cluster.settings(), &scene).await;
    assert!(next(&mut heir).await.body.contains("\"c\""), "and the group is where it should be");
}

#[tokio::test(flavor = "multi_thread")]
async fn s_evt_2_a_group_whose_events_were_deleted_goes_on_with_the_oldest_that_are_left() {
    measured::begin();
    let Some(cluster) = Cluster::shared() else { return };
    let [scene, _] = Scene::both().await;
    publish(&cluster, &scene, &["a"]).await;
    let mut member = join(cluster.settings(), &scene).await;
    let first = next(&mut member).await;
    member.acknowledge(&[first]).await.unwrap();
    member.receive(1).await.unwrap();
    drop(member);
    publish(&cluster, &scene, &["b", "c", "d"]).await;
    // As when the retention has passed: "b" is deleted before the group reads it.
    let topic = cluster.topic(Topic::UserLogin);
    let read = cluster.read(&topic).await;
    let mut before = TopicPartitionList::new();
    before.add_partition_offset(&topic, read[0].partition, Offset::Offset(read[2].offset)).unwrap();
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", cluster.brokers());
    let admin: AdminClient<DefaultClientContext> = config.create().unwrap();
    admin.delete_records(&before, &AdminOptions::new()).await.unwrap();
    let mut member = join(cluster.settings(), &scene).await;
    let left = next(&mut member).await;
    assert!(left.body.contains("\"c\""), "{}", left.body);
    let lost = measured::sum("daemun_events_offsets_lost_total", &["consumer=\"notes\""]);
    assert!(lost.is_some_and(|count| count >= 1.0), "and says so: {lost:?}");
}
