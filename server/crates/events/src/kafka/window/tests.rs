use super::*;

const TOPIC: &str = "user-login";

fn window(keys: &[&str]) -> Window {
    let mut window = Window::default();
    window.assign(TOPIC, 0);
    for (offset, key) in (10..).zip(keys) {
        window.push(TOPIC, 0, offset, record(key));
    }
    window
}

fn record(key: &str) -> Record {
    Record {
        topic: Topic::UserLogin,
        key: key.to_owned(),
        sequence: Sequence::from_number(1),
        body: String::new(),
        event_id: String::new(),
        written_at: at(0),
    }
}

const fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

/// What can be taken, as places.
fn take(window: &mut Window, now: i64, most: usize) -> Vec<Place> {
    window.take(at(now), most).iter().map(|delivery| Place::of(&delivery.receipt).unwrap()).collect()
}

fn offsets(places: &[Place]) -> Vec<i64> {
    places.iter().map(|place| place.offset).collect()
}

fn committed(window: &mut Window) -> Option<i64> {
    window.take_offsets().first().map(|(_, _, offset)| *offset)
}

#[test]
fn s_evt_4_of_each_key_the_first_is_taken_and_the_next_when_it_is_dealt_with() {
    let mut window = window(&["a", "a", "b", "a", "b"]);
    let first = take(&mut window, 0, 10);
    assert_eq!(offsets(&first), [10, 12]);
    assert_eq!(take(&mut window, 0, 10), []);
    window.done(&first[1]);
    assert_eq!((offsets(&take(&mut window, 0, 10)), committed(&mut window)), (vec![14], None));
    window.done(&first[0]);
    assert_eq!((offsets(&take(&mut window, 0, 10)), committed(&mut window)), (vec![11], Some(11)));
}

#[test]
fn s_evt_2_the_offset_moves_up_to_the_first_that_is_not_dealt_with() {
    let mut window = window(&["a", "b", "c"]);
    let taken = take(&mut window, 0, 10);
    window.done(&taken[2]);
    window.done(&taken[1]);
    assert_eq!(committed(&mut window), None);
    window.done(&taken[0]);
    assert_eq!(committed(&mut window), Some(13));
    assert_eq!(committed(&mut window), None, "once");
    window.untake_offsets(&[(TOPIC.to_owned(), 0, 13)]);
    assert_eq!(committed(&mut window), Some(13), "but again when it could not be committed");
}

#[test]
fn what_fails_waits_with_its_key_and_others_go_on() {
    let mut window = window(&["a", "a", "b"]);
    let taken = take(&mut window, 0, 1);
    window.again(&taken[0], at(500), true);
    assert_eq!(offsets(&take(&mut window, 0, 10)), [12]);
    assert_eq!(window.next_due(), Some(at(500)));
    let again = window.take(at(500), 10);
    assert_eq!((again.len(), again[0].failures), (1, 1));
}

#[test]
fn what_was_taken_before_a_rebalance_says_nothing_about_what_came_after_it() {
    let mut window = window(&["a", "b"]);
    let taken = take(&mut window, 0, 10);
    window.revoke(TOPIC, 0);
    window.done(&taken[0]);
    window.assign(TOPIC, 0);
    window.push(TOPIC, 0, 10, record("a"));
    window.done(&taken[0]);
    assert_eq!(committed(&mut window), None);
    assert_eq!(offsets(&take(&mut window, 0, 10)), [10], "it comes again");
    assert!(window.record(&taken[0]).is_none());
}

#[test]
fn s_evt_2_a_log_that_was_cut_or_made_again_is_read_from_where_it_begins() {
    let mut window = window(&["a", "b", "c"]);
    let taken = take(&mut window, 0, 10);
    window.done(&taken[0]);
    assert_eq!(committed(&mut window), Some(11));
    window.push(TOPIC, 0, 3, record("d"));
    window.push(TOPIC, 0, 4, record("e"));
    window.done(&taken[1]);
    let again = take(&mut window, 0, 10);
    assert_eq!(offsets(&again), [3, 4], "none of it is passed over");
    window.done(&again[0]);
    assert_eq!(committed(&mut window), Some(4), "and the group is where the log is");
}

#[test]
fn s_evt_2_a_message_that_is_read_twice_takes_nothing_away() {
    let mut window = window(&["a", "b", "c"]);
    let taken = take(&mut window, 0, 1);
    // Each rebalance may hand over once more what came last.
    window.push(TOPIC, 0, 12, record("c"));
    window.push(TOPIC, 0, 13, record("a"));
    assert_eq!(offsets(&take(&mut window, 0, 10)), [11, 12], "each once, and none is lost");
    window.done(&taken[0]);
    assert_eq!(offsets(&take(&mut window, 0, 10)), [13]);
    assert_eq!(committed(&mut window), Some(11), "what was in hand counts");
}

#[test]
fn s_evt_2_a_message_that_is_read_again_after_all_is_dealt_with_is_taken_again() {
    let mut window = window(&["a", "b"]);
    for place in take(&mut window, 0, 10) {
        window.done(&place);
    }
    assert_eq!(committed(&mut window), Some(12));
    window.push(TOPIC, 0, 11, record("b"));
    window.push(TOPIC, 0, 12, record("c"));
    let again = take(&mut window, 0, 10);
    assert_eq!(offsets(&again), [11, 12], "the inbox tells it apart");
    for place in &again {
        window.done(place);
    }
    assert_eq!(committed(&mut window), Some(13));
}

#[test]
fn what_was_paused_is_said_when_the_partition_goes() {
    let mut window = Window::default();
    window.assign(TOPIC, 0);
    for offset in 0..i64::try_from(MAX_MESSAGES).unwrap() {
        window.push(TOPIC, 0, offset, record(&offset.to_string()));
    }
    window.balance();
    assert!(window.revoke(TOPIC, 0));
    window.assign(TOPIC, 0);
    assert!(!window.revoke(TOPIC, 0) && !window.revoke(TOPIC, 0));
}

#[test]
fn a_full_partition_is_paused_and_goes_on_when_half_is_dealt_with() {
    let mut window = Window::default();
    window.assign(TOPIC, 0);
    window.assign(TOPIC, 1);
    for offset in 0..i64::try_from(MAX_MESSAGES).unwrap() {
        window.push(TOPIC, 0, offset, record(&offset.to_string()));
    }
    assert_eq!(window.balance(), (vec![(TOPIC.to_owned(), 0)], vec![]));
    assert_eq!(window.balance(), (vec![], vec![]));
    for place in take(&mut window, 0, RESUME_LIMIT) {
        window.done(&place);
    }
    assert_eq!(window.balance(), (vec![], vec![(TOPIC.to_owned(), 0)]));
}

#[test]
fn a_receipt_names_its_place_whatever_the_topic_is_called() {
    let place = Place { topic: "a/b.c".to_owned(), partition: 3, offset: 7, epoch: 2 };
    assert_eq!(Place::of(&place.receipt()), Some(place));
    assert_eq!(Place::of("nonsense"), None);
}
