//! What arrives, in which order, and what does not.

use std::time::Duration;

use db::LentTransaction;
use kernel::Clock as _;
use webhooks::{
    CourierSettings, Outcome, ReceiverName, State, WantedDeliveries, newest, replay, replay_some,
};

use crate::receiver::TestReceiver;
use crate::stage::{Stage, post, receiver, send_all};

/// Waits for what happens beside the test.
async fn until(mut done: impl FnMut() -> bool) {
    for _ in 0..1_000 {
        if done() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it does not happen");
}

#[tokio::test]
async fn s_evt_4_a_receiver_that_is_dead_for_an_hour_gets_each_event_in_order_and_holds_nobody_up() {
    for stage in Stage::both().await {
        let well = TestReceiver::start().await;
        let away = TestReceiver::start().await;
        let address = away.address;
        drop(away);
        let (to_well, to_away) =
            (receiver("well", &well.url()), receiver("away", &format!("http://{address}/hook")));
        let mut couriers = [stage.courier(&to_well), stage.courier(&to_away)];
        let (mut wanted, mut tries) = (Vec::new(), 0);
        for minute in 0..60_u128 {
            let note = format!("{minute:02}");
            let events = [stage.login(minute % 5 + 1, &note)];
            stage.happen(&[&to_well, &to_away], &events).await;
            wanted.push((minute % 5 + 1, note));
            assert_eq!(send_all(&mut couriers[0]).await, [Outcome::Delivered], "at once");
            let outcomes = send_all(&mut couriers[1]).await;
            assert!(outcomes.iter().all(|outcome| *outcome == Outcome::Postponed), "{outcomes:?}");
            tries += outcomes.len();
            stage.clock.advance(Duration::from_mins(1));
        }
        assert!((20..=120).contains(&tries), "it is looked at about once a minute: {tries}");

        let back = TestReceiver::at(address).await;
        stage.clock.advance(Duration::from_mins(2));
        for _ in 0..20 {
            send_all(&mut couriers[1]).await;
        }
        for (name, got) in [("well", &well), ("away", &back)] {
            assert_eq!(got.got().len(), wanted.len(), "{name}: each once");
            for (member, notes) in got.by_member() {
                let mine: Vec<_> = wanted
                    .iter()
                    .filter(|(of, _)| member.ends_with(&of.to_string()))
                    .map(|(_, note)| note.clone())
                    .collect();
                assert_eq!(notes, mine, "{name}: in order");
            }
        }
        let left = "SELECT COUNT(*) FROM webhook_deliveries WHERE state <> 'delivered'";
        assert_eq!(stage.count(left).await, 0);
    }
}

#[tokio::test]
async fn s_evt_7_an_event_that_is_refused_holds_up_its_member_alone_and_is_given_up_after_three_days() {
    for stage in Stage::both().await {
        let listening = TestReceiver::start().await;
        let to = receiver("picky", &listening.url());
        let mut courier = stage.courier(&to);
        listening.refuses("poison", true);
        let events = [
            stage.login(1, "poison"),
            stage.login(1, "after"),
            stage.login(2, "a"),
            stage.login(2, "b"),
            stage.login(3, "c"),
        ];
        stage.happen(&[&to], &events).await;
        let outcomes = send_all(&mut courier).await;
        assert_eq!(outcomes.iter().filter(|outcome| **outcome == Outcome::Delivered).count(), 3);
        assert!(!listening.by_member().values().flatten().any(|note| note == "after"));
        let name = ReceiverName::parse("picky").unwrap();
        let mut tries = 1;
        while stage.count("SELECT COUNT(*) FROM webhook_deliveries WHERE state = 'given-up'").await == 0 {
            stage.clock.advance(Duration::from_mins(30));
            let outcomes = send_all(&mut courier).await;
            tries += outcomes.iter().filter(|outcome| **outcome != Outcome::Delivered).count();
            assert!(tries < 40, "pauses grow");
        }
        assert!(tries >= 15, "{tries}");
        let wanted = WantedDeliveries {
            receiver: Some(name.clone()),
            state: Some(State::GivenUp),
            ..WantedDeliveries::default()
        };
        let log = newest(&mut stage.db.read().await.unwrap(), &wanted, 9).await.unwrap();
        let [given_up] = &log[..] else { panic!("{log:?}") };
        assert_eq!(
            (given_up.event_id.as_str(), given_up.answer.as_str()),
            (&*events[0].id().to_string(), "400")
        );
        let age = stage.clock.now().since(given_up.created_at);
        assert!((72..80).contains(&(age.as_secs() / 3600)), "{age:?}");
        send_all(&mut courier).await;
        let member = events[1].key().to_string();
        assert_eq!(listening.by_member()[&member].last().unwrap(), "after", "what waited for it follows");

        // An operator has it sent again, twice.
        listening.refuses("poison", false);
        let db = stage.db.clone();
        let again = db.transact(async |mut tx: LentTransaction| {
            let id = events[0].id().to_string();
            let done = replay(&mut tx, &name, &id, stage.clock.now()).await?;
            Ok::<_, db::DbError>(tx.commit(done))
        });
        assert!(again.await.unwrap());
        assert_eq!(send_all(&mut courier).await, [Outcome::Delivered]);
        assert_eq!(listening.by_member()[&member].last().unwrap(), "poison");
        let none = db.transact(async |mut tx: LentTransaction| {
            let replayed = replay_some(&mut tx, &name, 9, stage.clock.now()).await?;
            Ok::<_, db::DbError>(tx.commit(replayed))
        });
        assert_eq!(none.await.unwrap(), [""; 0], "nothing is given up any more");
    }
}

#[tokio::test]
async fn a_receiver_that_hangs_with_one_member_gets_those_of_others_meanwhile() {
    for stage in Stage::both().await {
        let listening = TestReceiver::start().await;
        let to = receiver("slow", &listening.url());
        listening.hangs("hang");
        let mut events = vec![stage.login(1, "hang"), stage.login(1, "after")];
        events.extend((0..40).map(|number| stage.login(2 + number % 4, &format!("{number:02}"))));
        stage.happen(&[&to], &events).await;
        let end = tokio_util::sync::CancellationToken::new();
        let running = tokio::spawn(stage.courier(&to).run(end.clone()));
        until(|| listening.got().len() >= 41).await;
        let notes = listening.by_member();
        assert!(!notes.values().flatten().any(|note| note == "after"));
        for notes in notes.values() {
            assert!(notes.is_sorted(), "{notes:?}");
        }
        running.abort();
    }
}

#[tokio::test]
async fn s_evt_2_two_replicas_send_each_event_once_and_in_order() {
    for stage in Stage::both().await {
        let listening = TestReceiver::start().await;
        let to = receiver("one", &listening.url());
        let events: Vec<_> =
            (0..60).map(|number| stage.login(number % 6 + 1, &format!("{number:02}"))).collect();
        stage.happen(&[&to], &events).await;
        let end = tokio_util::sync::CancellationToken::new();
        let running: Vec<_> = (0..2).map(|_| tokio::spawn(stage.courier(&to).run(end.clone()))).collect();
        until(|| listening.got().len() >= 60).await;
        end.cancel();
        for replica in running {
            replica.await.unwrap();
        }
        assert_eq!(listening.got().len(), 60);
        assert!(listening.by_member().values().all(|notes| notes.len() == 10 && notes.is_sorted()));
        assert_eq!(
            stage.count("SELECT COUNT(*) FROM webhook_deliveries WHERE state = 'delivered'").await,
            60
        );
    }
}

#[tokio::test]
async fn what_comes_from_the_bus_twice_is_sent_once() {
    for stage in Stage::both().await {
        let listening = TestReceiver::start().await;
        let to = receiver("one", &listening.url());
        let event = stage.login(1, "a");
        stage.happen(&[&to], std::slice::from_ref(&event)).await;
        send_all(&mut stage.courier(&to)).await;
        // The bus sends it again, and the note that it was dealt with is gone.
        let db = stage.db.clone();
        let forget = db.transact(async |mut tx: LentTransaction| {
            for sql in
                ["DELETE FROM consumed_events", "UPDATE outbox_events SET published_at = NULL, due_at = 0"]
            {
                db::query(sql).execute(&mut **tx).await?;
            }
            Ok::<_, db::DbError>(tx.commit(()))
        });
        forget.await.unwrap();
        stage.happen(&[&to], &[]).await;
        send_all(&mut stage.courier(&to)).await;
        assert_eq!(listening.got().len(), 1);
    }
}

#[tokio::test]
async fn of_many_that_come_together_those_that_are_there_stay_and_the_others_are_added() {
    for stage in Stage::both().await {
        let listening = TestReceiver::start().await;
        let to = receiver("one", &listening.url());
        let events: Vec<_> = (0..40).map(|member| stage.login(member + 1, "a")).collect();
        stage.happen(&[&to], &events[5..6]).await;
        assert_eq!(send_all(&mut stage.courier(&to)).await, [Outcome::Delivered]);
        let mut tx = stage.db.begin().await.unwrap();
        db::query("DELETE FROM consumed_events").execute(&mut *tx).await.unwrap();
        db::query("DELETE FROM outbox_events").execute(&mut *tx).await.unwrap();
        tx.commit().await.unwrap();
        stage.happen(&[&to], &events).await;
        assert_eq!(stage.count("SELECT COUNT(*) FROM webhook_deliveries").await, 40);
        let waiting = "SELECT COUNT(*) FROM webhook_deliveries WHERE state = 'waiting'";
        assert_eq!(stage.count(waiting).await, 39);
    }
}

#[tokio::test]
async fn what_happened_before_there_was_a_receiver_is_sent_to_none() {
    for stage in Stage::both().await {
        let listening = TestReceiver::start().await;
        let to = receiver("one", &listening.url());
        let before = stage.login(1, "before");
        stage.clock.advance(Duration::from_hours(1));
        // As a group on a cluster that begins with the oldest message there is.
        stage.happen(&[&to], &[before]).await;
        stage.happen(&[&to], &[stage.login(1, "after")]).await;
        send_all(&mut stage.courier(&to)).await;
        assert_eq!(listening.by_member().into_values().flatten().collect::<Vec<_>>(), ["after"]);
    }
}

#[tokio::test]
async fn what_an_operator_has_sent_again_is_kept_for_as_long_as_it_is_tried() {
    for stage in Stage::both().await {
        let listening = TestReceiver::start().await;
        let to = receiver("one", &listening.url());
        let event = stage.login(1, "a");
        stage.happen(&[&to], std::slice::from_ref(&event)).await;
        assert_eq!(send_all(&mut stage.courier(&to)).await, [Outcome::Delivered]);
        // An hour before its row would go.
        stage.clock.advance(Duration::from_hours(7 * 24 - 1));
        let mut tx = stage.db.begin().await.unwrap();
        let (id, now) = (event.id().to_string(), stage.clock.now());
        assert!(replay(&mut tx, &to.name, &id, now).await.unwrap());
        tx.commit().await.unwrap();
        let expires = stage.count("SELECT expires_at FROM webhook_deliveries").await;
        let tried = CourierSettings::default().patience;
        assert!(expires >= now.plus(tried).millis(), "it is gone before it is given up");
    }
}

#[tokio::test]
async fn a_courier_that_waits_hears_of_what_its_program_takes_from_the_bus() {
    for stage in Stage::both().await {
        let listening = TestReceiver::start().await;
        let to = receiver("one", &listening.url());
        let settings = CourierSettings { idle: Duration::from_hours(1), ..CourierSettings::default() };
        let end = tokio_util::sync::CancellationToken::new();
        let running = tokio::spawn(stage.courier_with(&to, settings).run(end.clone()));
        for number in 1..=3 {
            stage.happen(&[&to], &[stage.login(1, &number.to_string())]).await;
            until(|| listening.got().len() == number).await;
        }
        end.cancel();
        running.await.unwrap();
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    for stage in Stage::both().await {
        let (elsewhere, listening) = (TestReceiver::start().await, TestReceiver::start().await);
        listening.answers(&format!("307 Temporary Redirect\r\nlocation: {}", elsewhere.url()));
        let to = receiver("moved", &listening.url());
        stage.happen(&[&to], &[stage.login(1, "a")]).await;
        let mut courier = stage.courier_of(&to, post(), stage.db.clone());
        assert_eq!(send_all(&mut courier).await, [Outcome::Postponed]);
        assert_eq!((listening.got().len(), elsewhere.got().len()), (1, 0));
        let log = newest(&mut stage.db.read().await.unwrap(), &WantedDeliveries::default(), 1).await.unwrap();
        assert!(log[0].answer.contains("307: a redirect"), "{log:?}");
    }
}
