//! Message by message over a log that knows one offset for each group.
//!
//! Of each partition that is ours, the window holds what was read and is not below the group's offset. Of each key only the
//! first message can be taken; it is then dealt with, or waits for its next attempt while other keys go on. The offset moves up to
//! the first message that is not dealt with. So a message that fails keeps the offset of its partition, not the other keys; only
//! when the window is full, as many messages behind it as [`MAX_MESSAGES`] allows, is the partition paused until it is dealt with or dead.
//! Pure bookkeeping: nothing here talks to a broker.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use kernel::Timestamp;

use crate::outbox::sequence::Sequence;
use crate::payload::Topic;
use crate::subscription::Delivery;

/// The most messages of one partition that are held at once.
pub(super) const MAX_MESSAGES: usize = 1000;
/// A partition that was paused goes on when no more than these are held.
const RESUME_LIMIT: usize = MAX_MESSAGES / 2;

/// A message as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
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
pub(super) type Partitions = Vec<(String, i32)>;

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
    /// An empty one, which tells what was taken from this one apart from what is taken from it.
    pub(super) fn successor(&self) -> Self {
        Self { epoch: self.epoch, ..Self::default() }
    }

    /// The partition is ours from now on.
    pub(super) fn assign(&mut self, topic: &str, partition: i32) {
        self.epoch += 1;
        let held = Held { epoch: self.epoch, ..Held::default() };
        self.partitions.insert((topic.to_owned(), partition), held);
    }

    /// The partition is not ours any more; whether it was paused.
    pub(super) fn revoke(&mut self, topic: &str, partition: i32) -> bool {
        self.partitions.remove(&(topic.to_owned(), partition)).is_some_and(|held| held.paused)
    }

    /// A message was read.
    pub(super) fn push(&mut self, topic: &str, partition: i32, offset: i64, record: Record) {
        let Some(held) = self.partitions.get_mut(&(topic.to_owned(), partition)) else { return };
        if held.entries.get(&offset).is_some_and(|known| known.record == record) {
            // librdkafka stops fetching for the time of a rebalance, and begins again with a message that it has just handed over.
            return;
        }
        if held.end.is_some_and(|end| offset < end) {
            // The log was cut, or made again: what it has there now is not what was read before. Or it is read again from where
            // all is dealt with, and then what follows comes again, too.
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
            if !held.paused && held.entries.len() >= MAX_MESSAGES {
                held.paused = true;
                pause.push(name.clone());
            } else if held.paused && held.entries.len() <= RESUME_LIMIT {
                held.paused = false;
                resume.push(name.clone());
            }
        }
        (pause, resume)
    }

    /// That these are to be paused, or to go on, did not come true: the next look tries again.
    pub(super) fn unbalance(&mut self, partitions: &Partitions, paused: bool) {
        for name in partitions {
            if let Some(held) = self.partitions.get_mut(name) {
                held.paused = !paused;
            }
        }
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
mod tests;
