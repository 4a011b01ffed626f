//! What every bus promises (see `events::Publisher`, `events::Groups` and `events::Subscription`), as one test for all of
//! them. A new implementation gives a [`Broker`] and calls [`holds`].

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use events::{
    Acknowledgement, ConsumerName, Delivery, EventId, Groups, MAX_BODY_BYTES, Message, Publisher, Sequence,
    Subscription, Topic,
};
use kernel::id::Uuid;
use kernel::{OsRandomness, SystemClock};
use names::MemberId;

/// Both sides of a bus, as one replica has them.
pub struct Connection {
    pub publisher: Arc<dyn Publisher>,
    pub groups: Arc<dyn Groups>,
}

/// What carries the messages, and what a test can do to it. Each call of [`holds`] gets a new, empty one.
#[async_trait]
pub trait Broker: Send + Sync {
    /// A connection of its own, as a replica has.
    async fn connect(&self) -> Connection;
    /// How long it may take until what was published can be received, in the time of the machine.
    fn patience(&self) -> Duration;
    /// For how long nothing must come where nothing is expected, in the time of the machine.
    fn silence(&self) -> Duration {
        Duration::ZERO
    }
    /// Lets the members of a group share the work. A bus that gives each message to the member that asks has nothing to do.
    async fn share_out(&self, _members: [&mut Box<dyn Subscription>; 2]) {}
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
    a_failed_message_holds_up_its_key_only(broker).await;
    what_is_given_back_counts_no_failure(broker).await;
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
        traceparent: None,
    }
}

async fn join(connection: &Connection, name: &'static str) -> Box<dyn Subscription> {
    connection.groups.join(ConsumerName::new(name), &[TOPIC]).await.unwrap()
}

/// Publishes one after the other: a batch has each key once only.
async fn publish(connection: &Connection, messages: &[Message]) {
    for message in messages {
        let answers = connection.publisher.publish(std::slice::from_ref(message)).await.unwrap();
        assert_eq!(answers, [Acknowledgement::Stored]);
    }
}

/// What a member gets.
struct Member<'a> {
    broker: &'a dyn Broker,
    subscription: Box<dyn Subscription>,
}

impl<'a> Member<'a> {
    async fn join(broker: &'a dyn Broker, name: &'static str) -> Self {
        Self { broker, subscription: join(&broker.connect().await, name).await }
    }

    /// The next deliveries of these keys, `count` of them; parts before this one left others behind.
    async fn receive(&mut self, keys: &[u128], count: usize) -> Vec<Delivery> {
        let (begun, mut mine) = (Instant::now(), Vec::new());
        loop {
            mine.extend(self.now(keys).await);
            if mine.len() >= count || begun.elapsed() >= self.broker.patience() {
                break;
            }
            self.subscription.wait(Duration::from_millis(50)).await;
        }
        mine.sort_by(|one, other| one.body.cmp(&other.body));
        mine
    }

    async fn now(&mut self, keys: &[u128]) -> Vec<Delivery> {
        let mut mine = Vec::new();
        for delivery in self.subscription.receive(100).await.unwrap() {
            if keys.iter().any(|key| Uuid::from_u128(*key).to_string() == delivery.key) {
                mine.push(delivery);
            } else {
                self.subscription.acknowledge(&[delivery]).await.unwrap();
            }
        }
        mine
    }

    /// That nothing of these keys comes.
    async fn receives_nothing(&mut self, keys: &[u128]) {
        let begun = Instant::now();
        loop {
            assert_eq!(bodies(&self.now(keys).await), [""; 0]);
            if begun.elapsed() >= self.broker.silence() {
                return;
            }
            self.subscription.wait(Duration::from_millis(50)).await;
        }
    }

    async fn acknowledge(&mut self, delivery: &Delivery) {
        self.subscription.acknowledge(std::slice::from_ref(delivery)).await.unwrap();
    }
}

fn bodies(deliveries: &[Delivery]) -> Vec<&str> {
    deliveries.iter().map(|delivery| delivery.body.as_str()).collect()
}

async fn each_group_gets_all_and_its_members_share(broker: &dyn Broker) {
    let bus = broker.connect().await;
    let mut one = Member::join(broker, "share").await.subscription;
    let mut two = Member::join(broker, "share").await.subscription;
    let mut alone = Member::join(broker, "share-alone").await;
    broker.share_out([&mut one, &mut two]).await;
    publish(&bus, &(1..=20).map(|key| message(1000 + key, 1)).collect::<Vec<_>>()).await;
    let keys: Vec<u128> = (1001..=1020).collect();
    let (begun, mut got) = (Instant::now(), Vec::new());
    for round in 0.. {
        // at the same time: each looks before the other has taken.
        let (left, right) = tokio::join!(one.receive(7), two.receive(7));
        got.extend(left.unwrap());
        got.extend(right.unwrap());
        if round >= 8 && (got.len() >= 20 || begun.elapsed() >= broker.patience()) {
            break;
        }
        tokio::join!(one.wait(Duration::from_millis(5)), two.wait(Duration::from_millis(5)));
    }
    let mut shared = bodies(&got);
    shared.sort_unstable();
    let all: Vec<String> = keys.iter().map(|key| format!("{key}:1")).collect();
    assert_eq!(shared, all, "the members of a group get each message once");
    assert_eq!(bodies(&alone.receive(&keys, 20).await), all, "another group gets them as well");
}

async fn what_is_acknowledged_does_not_come_again(broker: &dyn Broker) {
    let bus = broker.connect().await;
    let mut group = Member::join(broker, "acknowledged").await;
    publish(&bus, &[message(2000, 1)]).await;
    let got = group.receive(&[2000], 1).await;
    assert_eq!((bodies(&got), got[0].topic, got[0].failures), (vec!["2000:1"], TOPIC, 0));
    group.acknowledge(&got[0]).await;
    drop(group);
    broker.outlive_a_lost_consumer().await;
    let mut group = Member::join(broker, "acknowledged").await;
    publish(&bus, &[message(2001, 1)]).await;
    assert_eq!(bodies(&group.receive(&[2000, 2001], 1).await), ["2001:1"]);
    group.receives_nothing(&[2000]).await;
}

async fn one_key_keeps_its_order_and_waits_for_the_first(broker: &dyn Broker) {
    let bus = broker.connect().await;
    let (mut one, mut two) = (Member::join(broker, "order").await, Member::join(broker, "order").await);
    broker.share_out([&mut one.subscription, &mut two.subscription]).await;
    publish(&bus, &(1..=5).map(|number| message(3000, number)).collect::<Vec<_>>()).await;
    let begun = Instant::now();
    for number in 1..=5 {
        // Either may be next.
        let (holder, got) = loop {
            let got = one.now(&[3000]).await;
            if !got.is_empty() {
                break (&mut one, got);
            }
            let got = two.now(&[3000]).await;
            if !got.is_empty() {
                break (&mut two, got);
            }
            assert!(begun.elapsed() < broker.patience(), "{number} does not come");
            one.subscription.wait(Duration::from_millis(5)).await;
        };
        assert_eq!(bodies(&got), [format!("3000:{number}")]);
        holder.acknowledge(&got[0]).await;
    }
}

async fn a_group_gets_what_came_while_nobody_of_it_ran(broker: &dyn Broker) {
    let bus = broker.connect().await;
    drop(join(&bus, "away").await);
    publish(&bus, &[message(4000, 1)]).await;
    drop(bus);
    let mut group = Member::join(broker, "away").await;
    assert_eq!(bodies(&group.receive(&[4000], 1).await), ["4000:1"]);
}

async fn what_a_lost_consumer_had_comes_again(broker: &dyn Broker) {
    let bus = broker.connect().await;
    let mut dying = Member::join(broker, "lost").await;
    publish(&bus, &[message(5000, 1), message(5000, 2)]).await;
    assert_eq!(bodies(&dying.receive(&[5000], 1).await), ["5000:1"]);
    drop(dying);
    broker.outlive_a_lost_consumer().await;
    let mut heir = Member::join(broker, "lost").await;
    let got = heir.receive(&[5000], 1).await;
    assert_eq!(bodies(&got), ["5000:1"]);
    heir.acknowledge(&got[0]).await;
    assert_eq!(bodies(&heir.receive(&[5000], 1).await), ["5000:2"]);
}

async fn a_failed_message_holds_up_its_key_only(broker: &dyn Broker) {
    let bus = broker.connect().await;
    let mut group = Member::join(broker, "failed").await;
    publish(&bus, &[message(6000, 1), message(6000, 2), message(6001, 1)]).await;
    let keys = [6000, 6001];
    let got = group.receive(&keys, 2).await;
    assert_eq!(bodies(&got), ["6000:1", "6001:1"]);
    group.subscription.fail(&got[0], Duration::from_secs(5)).await.unwrap();
    group.acknowledge(&got[1]).await;
    publish(&bus, &[message(6001, 2)]).await;
    assert_eq!(bodies(&group.receive(&keys, 1).await), ["6001:2"]);
    group.receives_nothing(&[6000]).await;
    broker.let_pass(Duration::from_secs(5)).await;
    let got = group.receive(&[6000], 1).await;
    assert_eq!((bodies(&got), got[0].failures), (vec!["6000:1"], 1));
    group.acknowledge(&got[0]).await;
    assert_eq!(bodies(&group.receive(&[6000], 1).await), ["6000:2"]);
}

async fn what_is_given_back_counts_no_failure(broker: &dyn Broker) {
    let bus = broker.connect().await;
    let mut group = Member::join(broker, "given-back").await;
    publish(&bus, &[message(6500, 1), message(6500, 2)]).await;
    let got = group.receive(&[6500], 1).await;
    group.subscription.give_back(&got[0], Duration::ZERO).await.unwrap();
    let got = group.receive(&[6500], 1).await;
    assert_eq!((bodies(&got), got[0].failures), (vec!["6500:1"], 0));
}

async fn a_buried_message_is_dead_and_its_key_goes_on(broker: &dyn Broker) {
    let bus = broker.connect().await;
    let mut group = Member::join(broker, "buried").await;
    publish(&bus, &[message(7000, 1), message(7000, 2)]).await;
    let got = group.receive(&[7000], 1).await;
    group.subscription.bury(&got[0], "poison").await.unwrap();
    assert_eq!(bodies(&group.receive(&[7000], 1).await), ["7000:2"]);
    assert_eq!(broker.dead(TOPIC).await, ["7000:1"]);
    assert_eq!(broker.dead(Topic::UserSignup).await, [""; 0]);
}

async fn a_message_that_is_too_long_is_refused_alone(broker: &dyn Broker) {
    let bus = broker.connect().await;
    let mut group = Member::join(broker, "long").await;
    let long = Message { body: "x".repeat(MAX_BODY_BYTES + 1), ..message(8001, 1) };
    let longest = Message { body: "x".repeat(MAX_BODY_BYTES), ..message(8002, 1) };
    let answers = bus.publisher.publish(&[message(8000, 1), long, longest]).await.unwrap();
    assert!(matches!(
        answers[..],
        [Acknowledgement::Stored, Acknowledgement::Refused(_), Acknowledgement::Stored]
    ));
    assert_eq!(group.receive(&[8000, 8001, 8002], 2).await.len(), 2);
}

async fn a_message_that_is_published_twice_is_not_lost(broker: &dyn Broker) {
    let bus = broker.connect().await;
    let mut group = Member::join(broker, "twice").await;
    let twice = message(9000, 1);
    publish(&bus, &[twice.clone(), twice.clone(), message(9000, 2)]).await;
    let mut seen = Vec::new();
    while seen.last().is_none_or(|last| last != "9000:2") {
        let got = group.receive(&[9000], 1).await;
        assert_eq!(got.len(), 1, "one of a key at a time");
        seen.push(got[0].body.clone());
        group.acknowledge(&got[0]).await;
    }
    seen.dedup();
    assert_eq!(seen, ["9000:1", "9000:2"]);
}
