//! Who was refused lately by this program, for operators: by limit and key, with what is personal masked. Nobody decides by it.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use kernel::Timestamp;
use serde::{Deserialize, Serialize};

use crate::key::LimitKey;
use crate::shown_key::ShownKey;

/// How many keys are remembered. A further one replaces the key whose last refusal is the oldest.
const CAPACITY: usize = 1_000;
/// How long a key is remembered after its last refusal.
pub(crate) const RETENTION: Duration = Duration::from_hours(1);

/// A key that was refused lately.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedKey {
    /// The name of the limit.
    pub limit: String,
    /// The key: addresses and networks masked, ids whole.
    pub key: String,
    /// How often it was refused.
    pub times: u64,
    /// The first refusal.
    pub first_at: Timestamp,
    /// The last refusal.
    pub last_at: Timestamp,
}

/// Who was refused lately by the limiters that share this list.
#[derive(Debug, Default)]
pub struct RefusedLately(Mutex<Noted>);

#[derive(Debug, Default)]
struct Noted {
    keys: HashMap<LimitKey, RefusedKey>,
    /// Whether somebody was refused since this was last told to the other replicas.
    is_news: bool,
}

impl RefusedLately {
    /// Counts a refusal of this key by this limit.
    pub(crate) fn note(&self, key: LimitKey, limit: &str, shown: &ShownKey, now: Timestamp) {
        let mut noted = self.lock();
        noted.is_news = true;
        let keys = &mut noted.keys;
        if let Some(known) = keys.get_mut(&key) {
            known.times += 1;
            known.last_at = known.last_at.max(now);
            return;
        }
        if keys.len() >= CAPACITY {
            let oldest = keys.iter().min_by_key(|(_, known)| known.last_at).map(|(key, _)| *key);
            oldest.and_then(|oldest| keys.remove(&oldest));
        }
        let (limit, shown) = (limit.to_owned(), shown.as_str().to_owned());
        keys.insert(key, RefusedKey { limit, key: shown, times: 1, first_at: now, last_at: now });
    }

    /// Who was refused within the hour, the last one first.
    pub fn list(&self, now: Timestamp) -> Vec<RefusedKey> {
        let mut noted = self.lock();
        noted.keys.retain(|_, known| now.since(known.last_at) < RETENTION);
        let mut lately: Vec<_> = noted.keys.values().cloned().collect();
        drop(noted);
        lately.sort_by(|one, other| other.last_at.cmp(&one.last_at).then_with(|| one.key.cmp(&other.key)));
        lately
    }

    /// What the other replicas have not been told, if there is any; at most `most`, those who were refused last.
    pub(crate) fn take_news(&self, most: usize, now: Timestamp) -> Option<Vec<RefusedKey>> {
        if !std::mem::take(&mut self.lock().is_news) {
            return None;
        }
        let mut lately = self.list(now);
        lately.truncate(most);
        Some(lately)
    }

    /// That they could not be told: they are told with the next ones.
    pub(crate) fn put_back(&self) {
        self.lock().is_news = true;
    }

    fn lock(&self) -> MutexGuard<'_, Noted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(number: usize) -> LimitKey {
        let mut bytes = [7; 32];
        bytes[..8].copy_from_slice(&number.to_ne_bytes());
        LimitKey::from_bytes(&bytes).unwrap()
    }

    fn at(second: usize) -> Timestamp {
        Timestamp::from_millis(i64::try_from(second).unwrap() * 1000)
    }

    #[test]
    fn s_rate_7_a_flood_of_keys_takes_no_more_room_than_there_is() {
        let refused = RefusedLately::default();
        for number in 0..CAPACITY + 10 {
            refused.note(key(number), "flood", &ShownKey::of(&number), at(number));
        }
        refused.note(key(CAPACITY), "flood", &ShownKey::of(&CAPACITY), at(CAPACITY + 20));
        let lately = refused.list(at(CAPACITY + 20));
        assert_eq!(lately.len(), CAPACITY);
        assert_eq!((lately[0].key.as_str(), lately[0].times), (&*CAPACITY.to_string(), 2));
        assert!(!lately.iter().any(|refused| refused.key == "0"), "the oldest went");
        assert_eq!(refused.list(at(CAPACITY + 20).plus(RETENTION)), []);
    }

    #[test]
    fn others_are_told_once_of_those_who_were_refused_last() {
        let refused = RefusedLately::default();
        assert_eq!(refused.take_news(1, at(0)), None);
        for number in 0..3 {
            refused.note(key(number), "flood", &ShownKey::of(&number), at(number));
        }
        let told = refused.take_news(2, at(3)).unwrap();
        assert_eq!(told.iter().map(|told| &*told.key).collect::<Vec<_>>(), ["2", "1"]);
        assert_eq!(refused.take_news(2, at(3)), None);
        refused.put_back();
        assert_eq!(refused.take_news(2, at(3)), Some(told));
    }
}
