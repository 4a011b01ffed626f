//! Message by message over a log that knows one offset for each group.
//!
//! Of each partition that is ours, the window holds what was read and is not below the group's offset. Of each key only the
//! first message can be taken; it is then dealt with, or waits for its next attempt while other keys go on. The offset moves up to
//! the first message that is not dealt with. So a message that fails keeps the offset of its partition, not the other keys; only
//! when the window is full, as many messages behind it as [`MOST`] allows, is the partition paused until it is dealt with or dead.
//! Pure bookkeeping: nothing here talks to a broker.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use kernel::Timestamp;

use crate::outbox::sequence::Sequence;
use crate::payload::Topic;
use crate::subscription::Delivery;

/// The most messages of one partition that are held at once.
pub(super) const MOST: usize = 1000;
/// A partition that was paused goes on when no more than these are held.
const RESUMED_AT: usize = MOST / 2;

/// A message as it was read.
#[derive(Clone, Debug)]
pub(super) struct Record {
    pub(super) topic: Topic,
    pub(super) key: String,
    pub(super) sequence: Sequence,
    pub(super) body: String,
    /// Its id, as its header says; empty where it has none.
    pub(super) event_id: String,
    /// When it was written to the log.
    pub(super) written_at: Timestamp,
}

/// Topics with the number of a partition of theirs.
type Partitions = Vec<(String, i32)>;

/// What is held of the partitions that are ours.
#[derive(Debug, Default)]
pub(super) struct Window {
    partitions: BTreeMap<(String, i32), Held>,
    /// Grows with each assignment, so that what was taken under an earlier one is known as such.
    epoch: u64,
    /// Where the next look begins, so that no partition is always the last.
    first: usize,
}

#[derive(Debug, Default)]
struct Held {
    epoch: u64,
    entries: BTreeMap<i64, Entry>,
    keys: HashMap<String, VecDeque<i64>>,
    /// The first of each key, unless it is taken.
    ready: BTreeSet<i64>,
    /// The first offset that was not read yet.
    end: Option<i64>,
    /// Where the group's offset is: at first, the first message that was read.
    committed: Option<i64>,
    paused: bool,
}

#[derive(Debug)]
struct Entry {
    record: Record,
    failures: u32,
    due_at: Timestamp,
    done: bool,
}

/// By what a message is known in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) topic: String,
    pub(super) partition: i32,
    pub(super) offset: i64,
    epoch: u64,
}

impl Place {
    fn receipt(&self) -> String {
        format!("{}/{}/{}/{}", self.topic, self.partition, self.offset, self.epoch)
    }

    /// The place that a receipt names.
    pub(super) fn of(receipt: &str) -> Option<Self> {
        let mut fields = receipt.rsplitn(4, '/');
        let epoch = fields.next()?.parse().ok()?;
        let offset = fields.next()?.parse().ok()?;
        let partition = fields.next()?.parse().ok()?;
        Some(Self { topic: fields.next()?.to_owned(), partition, offset, epoch })
    }
}

impl Window {
    /// The partition is ours from now on.
    pub(super) fn assign(&mut self, topic: &str, partition: i32) {
        self.epoch += 1;
        let held = Held { epoch: self.epoch, ..Held::default() };
        self.partitions.insert((topic.to_owned(), partition), held);
    }

    /// The partition is not ours any more.
    pub(super) fn revoke(&mut self, topic: &str, partition: i32) {
        self.partitions.remove(&(topic.to_owned(), partition));
    }

    /// A message was read.
    pub(super) fn push(&mut self, topic: &str, partition: i32, offset: i64, record: Record) {
        let Some(held) = self.partitions.get_mut(&(topic.to_owned(), partition)) else { return };
        if held.end.is_some_and(|end| offset < end) {
            // The log was cut, or made again: what it has there now is not what was read before.
            self.epoch += 1;
            *held = Held { epoch: self.epoch, paused: held.paused, ..Held::default() };
        }
        held.end = Some(offset + 1);
        held.committed.get_or_insert(offset);
        let queue = held.keys.entry(record.key.clone()).or_default();
        queue.push_back(offset);
        if queue.len() == 1 {
            held.ready.insert(offset);
        }
        let entry = Entry { record, failures: 0, due_at: Timestamp::from_millis(0), done: false };
        held.entries.insert(offset, entry);
    }

    /// What is to be dealt with now, at most `most`; it is in hand until it is acknowledged, or comes again.
    pub(super) fn take(&mut self, now: Timestamp, most: usize) -> Vec<Delivery> {
        let mut taken = Vec::new();
        let count = self.partitions.len();
        if count == 0 {
            return taken;
        }
        self.first = (self.first + 1) % count;
        let (before, after): (Vec<_>, Vec<_>) =
            self.partitions.iter_mut().enumerate().partition(|(index, _)| *index < self.first);
        for (_, ((topic, partition), held)) in after.into_iter().chain(before) {
            let place = |offset, epoch| Place { topic: topic.clone(), partition: *partition, offset, epoch };
            held.take(now, most.saturating_sub(taken.len()), place, &mut taken);
        }
        taken
    }

    /// It is dealt with.
    pub(super) fn done(&mut self, place: &Place) {
        if let Some(held) = self.held(place) {
            held.done(place.offset);
        }
    }

    /// It comes again at `due_at`, with one failure more if it failed.
    pub(super) fn again(&mut self, place: &Place, due_at: Timestamp, failed: bool) {
        let Some(held) = self.held(place) else { return };
        if let Some(entry) = held.entries.get_mut(&place.offset) {
            entry.due_at = due_at;
            entry.failures = entry.failures.saturating_add(u32::from(failed));
            held.ready.insert(place.offset);
        }
    }

    /// The message that was taken, while it is still ours.
    pub(super) fn record(&mut self, place: &Place) -> Option<&Record> {
        Some(&self.held(place)?.entries.get(&place.offset)?.record)
    }

    /// When the next message that waits for its next attempt is due.
    pub(super) fn next_due(&self) -> Option<Timestamp> {
        let waiting =
            |held: &Held| held.ready.iter().filter_map(|at| Some(held.entries.get(at)?.due_at)).min();
        self.partitions.values().filter_map(waiting).min()
    }

    /// When the oldest message was written that is not dealt with.
    pub(super) fn oldest(&self) -> Option<Timestamp> {
        let first = |held: &Held| Some(held.entries.values().next()?.record.written_at);
        self.partitions.values().filter_map(first).min()
    }

    /// The offsets that moved since the last time: topic, partition, and the first message that is not dealt with.
    pub(super) fn take_offsets(&mut self) -> Vec<(String, i32, i64)> {
        let mut moved = Vec::new();
        for ((topic, partition), held) in &mut self.partitions {
            let (Some(end), Some(committed)) = (held.end, held.committed) else { continue };
            let offset = held.entries.keys().next().copied().unwrap_or(end);
            if offset > committed {
                held.committed = Some(offset);
                moved.push((topic.clone(), *partition, offset));
            }
        }
        moved
    }

    /// They could not be committed: they are given again.
    pub(super) fn untake_offsets(&mut self, offsets: &[(String, i32, i64)]) {
        for (topic, partition, _) in offsets {
            if let Some(held) = self.partitions.get_mut(&(topic.clone(), *partition)) {
                held.committed = Some(i64::MIN);
            }
        }
    }

    /// Partitions that are to be paused, and those that are to go on.
    pub(super) fn balance(&mut self) -> (Partitions, Partitions) {
        let (mut pause, mut resume) = (Vec::new(), Vec::new());
        for (name, held) in &mut self.partitions {
            if !held.paused && held.entries.len() >= MOST {
                held.paused = true;
                pause.push(name.clone());
            } else if held.paused && held.entries.len() <= RESUMED_AT {
                held.paused = false;
                resume.push(name.clone());
            }
        }
        (pause, resume)
    }

    fn held(&mut self, place: &Place) -> Option<&mut Held> {
        let held = self.partitions.get_mut(&(place.topic.clone(), place.partition))?;
        (held.epoch == place.epoch).then_some(held)
    }
}

impl Held {
    fn take(
        &mut self,
        now: Timestamp,
        most: usize,
        place: impl Fn(i64, u64) -> Place,
        taken: &mut Vec<Delivery>,
    ) {
        let due = |at: &&i64| self.entries.get(at).is_some_and(|entry| entry.due_at <= now);
        let offsets: Vec<i64> = self.ready.iter().filter(due).take(most).copied().collect();
        for offset in offsets {
            self.ready.remove(&offset);
            let Some(entry) = self.entries.get(&offset) else { continue };
            taken.push(Delivery {
                topic: entry.record.topic,
                key: entry.record.key.clone(),
                sequence: entry.record.sequence,
                body: entry.record.body.clone(),
                failures: entry.failures,
                held_until: None,
                receipt: place(offset, self.epoch).receipt(),
            });
        }
    }

    fn done(&mut self, offset: i64) {
        let Some(entry) = self.entries.get_mut(&offset) else { return };
        entry.done = true;
        self.ready.remove(&offset);
        if let Some(queue) = self.keys.get_mut(&entry.record.key) {
            queue.retain(|waiting| *waiting != offset);
            match queue.front() {
                Some(next) => {
                    self.ready.insert(*next);
                }
                None => {
                    self.keys.remove(&entry.record.key);
                }
            }
        }
        while self.entries.first_key_value().is_some_and(|(_, entry)| entry.done) {
            self.entries.pop_first();
        }
    }
}

#[cfg(test)]
mod tests {
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
    fn a_full_partition_is_paused_and_goes_on_when_half_is_dealt_with() {
        let mut window = Window::default();
        window.assign(TOPIC, 0);
        window.assign(TOPIC, 1);
        for offset in 0..i64::try_from(MOST).unwrap() {
            window.push(TOPIC, 0, offset, record(&offset.to_string()));
        }
        assert_eq!(window.balance(), (vec![(TOPIC.to_owned(), 0)], vec![]));
        assert_eq!(window.balance(), (vec![], vec![]));
        for place in take(&mut window, 0, RESUMED_AT) {
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
}
