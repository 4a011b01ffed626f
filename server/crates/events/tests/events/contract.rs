//! What every bus promises (see `events::Bus`), as one test for all of them. A new implementation gives a [`Broker`] and
//! calls [`holds`].

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use events::{
    Acknowledgement, Bus, ConsumerName, Delivery, EventId, LONGEST_BODY, Message, Sequence, Subscription,
    Topic,
};
use kernel::id::Uuid;
use kernel::{OsRandomness, SystemClock};
use names::MemberId;

/// What carries the messages, and what a test can do to it. Each call of [`holds`] gets a new, empty one.
#[async_trait]
pub trait Broker: Send + Sync {
    /// A connection of its own, as a replica has.
    async fn connect(&self) -> Arc<dyn Bus>;
    /// Lets this time pass.
    async fn let_pass(&self, span: Duration);
    /// Lets so much time pass that a consumer which vanished counts as dead.
    async fn outlive_a_lost_consumer(&self);
    /// The bodies of all messages in `<topic>.dead`.
    async fn dead(&self, topic: Topic) -> Vec<String>;
}

/// The whole contract. Each part uses groups and keys of its own.
pub async fn holds(broker: &dyn Broker) {
    each_group_gets_all_and_its_members_share(broker).await;
    what_is_acknowledged_does_not_come_again(broker).await;
    one_key_keeps_its_order_and_waits_for_the_first(broker).await;
    a_group_gets_what_came_while_nobody_of_it_ran(broker).await;
    what_a_lost_consumer_had_comes_again(broker).await;
    a_postponed_message_holds_up_its_key_only(broker).await;
    a_buried_message_is_dead_and_its_key_goes_on(broker).await;
    a_message_that_is_too_long_is_refused_alone(broker).await;
    a_message_that_is_published_twice_is_not_lost(broker).await;
}

const TOPIC: Topic = Topic::UserLogin;

fn message(key: u128, number: i64) -> Message {
    Message {
        event_id: EventId::new(&SystemClock, &OsRandomness),
        topic: TOPIC,
        key: MemberId::from_uuid(Uuid::from_u128(key)),
        sequence: Sequence::from_number(number),
        body: format!("{key}:{number}"),
    }
}

async fn join(bus: &Arc<dyn Bus>, name: &'static str) -> Box<dyn Subscription> {
    bus.subscribe(ConsumerName::new(name), &[TOPIC]).await.unwrap()
}

/// Publishes one after the other: a batch has each key once only.
async fn publish(bus: &Arc<dyn Bus>, messages: &[Message]) {
    for message in messages {
        let answers = bus.publish(std::slice::from_ref(message)).await.unwrap();
        assert_eq!(answers, [Acknowledgement::Stored]);
    }
}

/// Of the deliveries now, those of these keys: parts before this one left others behind.
async fn receive(subscription: &mut Box<dyn Subscription>, keys: &[u128]) -> Vec<Delivery> {
    let mut mine = Vec::new();
    for delivery in subscription.receive(100).await.unwrap() {
        if keys.iter().any(|key| Uuid::from_u128(*key).to_string() == delivery.key) {
            mine.push(delivery);
        } else {
            subscription.acknowledge(&delivery).await.unwrap();
        }
    }
    mine.sort_by(|one, other| one.body.cmp(&other.body));
    mine
}

fn bodies(deliveries: &[Delivery]) -> Vec<&str> {
    deliveries.iter().map(|delivery| delivery.body.as_str()).collect()
}

async fn each_group_gets_all_and_its_members_share(broker: &dyn Broker) {
    let (bus, other) = (broker.connect().await, broker.connect().await);
    let (mut one, mut two, mut alone) =
        (join(&bus, "share").await, join(&other, "share").await, join(&bus, "share-alone").await);
    publish(&bus, &(1..=20).map(|key| message(1000 + key, 1)).collect::<Vec<_>>()).await;
    let keys: Vec<u128> = (1001..=1020).collect();
    let mut got = Vec::new();
    for _ in 0..8 {
        // In the same moment: each looks before the other has taken.
        let (left, right) = tokio::join!(one.receive(7), two.receive(7));
        got.extend(left.unwrap());
        got.extend(right.unwrap());
    }
    let mut shared = bodies(&got);
    shared.sort_unstable();
    let all: Vec<String> = keys.iter().map(|key| format!("{key}:1")).collect();
    assert_eq!(shared, all, "the members of a group get each message once");
    assert_eq!(bodies(&receive(&mut alone, &keys).await), all, "another group gets them as well");
}

async fn what_is_acknowledged_does_not_come_again(broker: &dyn Broker) {
    let bus = broker.connect().await;
    let mut group = join(&bus, "acknowledged").await;
    publish(&bus, &[message(2000, 1)]).await;
    let got = receive(&mut group, &[2000]).await;
    assert_eq!((bodies(&got), got[0].topic, got[0].failures), (vec!["2000:1"], TOPIC, 0));
    group.acknowledge(&got[0]).await.unwrap();
    drop(group);
    broker.outlive_a_lost_consumer().await;
    let mut group = join(&broker.connect().await, "acknowledged").await;
    assert_eq!(bodies(&receive(&mut group, &[2000]).await), [""; 0]);
}

async fn one_key_keeps_its_order_and_waits_for_the_first(broker: &dyn Broker) {
    let bus = broker.connect().await;
    let (mut one, mut two) = (join(&bus, "order").await, join(&bus, "order").await);
    publish(&bus, &(1..=5).map(|number| message(3000, number)).collect::<Vec<_>>()).await;
    for number in 1..=5 {
        let mut got = receive(&mut one, &[3000]).await;
        let mut holder = &mut one;
        if got.is_empty() {
            // The other member may be next.
            got = receive(&mut two, &[3000]).await;
            holder = &mut two;
        }
        assert_eq!(bodies(&got), [format!("3000:{number}")]);
        holder.acknowledge(&got[0]).await.unwrap();
    }
}

async fn a_group_gets_what_came_while_nobody_of_it_ran(broker: &dyn Broker) {
    let bus = broker.connect().await;
    drop(join(&bus, "away").await);
    publish(&bus, &[message(4000, 1)]).await;
    drop(bus);
    let mut group = join(&broker.connect().await, "away").await;
    assert_eq!(bodies(&receive(&mut group, &[4000]).await), ["4000:1"]);
}

async fn what_a_lost_consumer_had_comes_again(broker: &dyn Broker) {
    let bus = broker.connect().await;
    let mut dying = join(&bus, "lost").await;
    publish(&bus, &[message(5000, 1), message(5000, 2)]).await;
    assert_eq!(bodies(&receive(&mut dying, &[5000]).await), ["5000:1"]);
    drop(dying);
    broker.outlive_a_lost_consumer().await;
    let mut heir = join(&broker.connect().await, "lost").await;
    let got = receive(&mut heir, &[5000]).await;
    assert_eq!(bodies(&got), ["5000:1"]);
    heir.acknowledge(&got[0]).await.unwrap();
    assert_eq!(bodies(&receive(&mut heir, &[5000]).await), ["5000:2"]);
}

async fn a_postponed_message_holds_up_its_key_only(broker: &dyn Broker) {
    let bus = broker.connect().await;
    let mut group = join(&bus, "postponed").await;
    publish(&bus, &[message(6000, 1), message(6000, 2), message(6001, 1)]).await;
    let keys = [6000, 6001];
    let got = receive(&mut group, &keys).await;
    assert_eq!(bodies(&got), ["6000:1", "6001:1"]);
    group.postpone(&got[0], 1, Duration::from_secs(5)).await.unwrap();
    group.acknowledge(&got[1]).await.unwrap();
    publish(&bus, &[message(6001, 2)]).await;
    assert_eq!(bodies(&receive(&mut group, &keys).await), ["6001:2"]);
    broker.let_pass(Duration::from_secs(5)).await;
    let got = receive(&mut group, &[6000]).await;
    assert_eq!((bodies(&got), got[0].failures), (vec!["6000:1"], 1));
    group.acknowledge(&got[0]).await.unwrap();
    assert_eq!(bodies(&receive(&mut group, &[6000]).await), ["6000:2"]);
}

async fn a_buried_message_is_dead_and_its_key_goes_on(broker: &dyn Broker) {
    let bus = broker.connect().await;
    let mut group = join(&bus, "buried").await;
    publish(&bus, &[message(7000, 1), message(7000, 2)]).await;
    let got = receive(&mut group, &[7000]).await;
    group.bury(&got[0], "poison").await.unwrap();
    assert_eq!(bodies(&receive(&mut group, &[7000]).await), ["7000:2"]);
    assert_eq!(broker.dead(TOPIC).await, ["7000:1"]);
    assert_eq!(broker.dead(Topic::UserSignup).await, [""; 0]);
}

async fn a_message_that_is_too_long_is_refused_alone(broker: &dyn Broker) {
    let bus = broker.connect().await;
    let mut group = join(&bus, "long").await;
    let long = Message { body: "x".repeat(LONGEST_BODY + 1), ..message(8001, 1) };
    let longest = Message { body: "x".repeat(LONGEST_BODY), ..message(8002, 1) };
    let answers = bus.publish(&[message(8000, 1), long, longest]).await.unwrap();
    assert!(matches!(
        answers[..],
        [Acknowledgement::Stored, Acknowledgement::Refused(_), Acknowledgement::Stored]
    ));
    assert_eq!(receive(&mut group, &[8000, 8001, 8002]).await.len(), 2);
}

async fn a_message_that_is_published_twice_is_not_lost(broker: &dyn Broker) {
    let bus = broker.connect().await;
    let mut group = join(&bus, "twice").await;
    let twice = message(9000, 1);
    publish(&bus, &[twice.clone(), twice.clone(), message(9000, 2)]).await;
    let mut seen = Vec::new();
    loop {
        let got = receive(&mut group, &[9000]).await;
        let Some(first) = got.first() else { break };
        seen.push(first.body.clone());
        group.acknowledge(first).await.unwrap();
    }
    seen.dedup();
    assert_eq!(seen, ["9000:1", "9000:2"]);
}
