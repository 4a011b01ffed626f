//! Recent refusals of this process, for operators: by limit and key, with personal data masked. Like metrics, the list is global
//! to the process, so that every limiter is in it. Nothing is decided by it.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::net::IpAddr;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use kernel::Timestamp;

use crate::key::LimitKey;

/// How many keys are remembered. A further one replaces the key whose last refusal is the oldest.
const MOST: usize = 1_000;
/// How long a key is remembered after its last refusal.
const KEPT: Duration = Duration::from_hours(1);
/// The longest shown key, in bytes.
const LONGEST: usize = 64;

static REFUSED: LazyLock<Mutex<HashMap<LimitKey, RefusedLately>>> = LazyLock::new(Mutex::default);

/// A key that was refused lately.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedLately {
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

/// A key as operators see it. It has a fixed size, so that an attempt stays `Copy`.
#[derive(Clone, Copy)]
pub(crate) struct ShownKey {
    bytes: [u8; LONGEST],
    length: usize,
}

impl ShownKey {
    pub(crate) fn of(key: &impl std::fmt::Display) -> Self {
        let masked = masked(&key.to_string());
        let mut length = masked.len().min(LONGEST);
        while !masked.is_char_boundary(length) {
            length -= 1;
        }
        let mut bytes = [0; LONGEST];
        bytes[..length].copy_from_slice(&masked.as_bytes()[..length]);
        Self { bytes, length }
    }

    pub(crate) fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..self.length]).unwrap_or_default()
    }
}

/// Without the key: `{:?}` gets into logs.
impl std::fmt::Debug for ShownKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ShownKey")
    }
}

/// Masks each word of a key: an e-mail address keeps its first letter and its host, a network its first two groups.
fn masked(key: &str) -> String {
    let mut shown = String::with_capacity(key.len());
    for word in key.split_whitespace() {
        if !shown.is_empty() {
            shown.push(' ');
        }
        let network = word.split('/').next().unwrap_or_default().parse::<IpAddr>();
        let _to_a_string = match (network, word.rsplit_once('@')) {
            (Ok(IpAddr::V4(address)), _) => {
                let [first, second, ..] = address.octets();
                write!(shown, "{first}.{second}.***")
            }
            (Ok(IpAddr::V6(address)), _) => {
                let [first, second, ..] = address.segments();
                write!(shown, "{first:x}:{second:x}:***")
            }
            (Err(_), Some((name, host))) => {
                write!(shown, "{}***@{host}", name.chars().take(1).collect::<String>())
            }
            (Err(_), None) => write!(shown, "{word}"),
        };
    }
    shown
}

/// Remembers a refusal.
pub(crate) fn note(key: LimitKey, limit: &str, shown: &ShownKey, now: Timestamp) {
    let mut refused = lock();
    if let Some(known) = refused.get_mut(&key) {
        known.times += 1;
        known.last_at = known.last_at.max(now);
        return;
    }
    if refused.len() >= MOST {
        let oldest = refused.iter().min_by_key(|(_, known)| known.last_at).map(|(key, _)| *key);
        oldest.and_then(|oldest| refused.remove(&oldest));
    }
    let (limit, shown) = (limit.to_owned(), shown.as_str().to_owned());
    refused.insert(key, RefusedLately { limit, key: shown, times: 1, first_at: now, last_at: now });
}

/// The keys that this process refused within the last hour, the latest first.
pub fn refused_lately(now: Timestamp) -> Vec<RefusedLately> {
    let mut refused = lock();
    refused.retain(|_, known| now.since(known.last_at) < KEPT);
    let mut lately: Vec<_> = refused.values().cloned().collect();
    drop(refused);
    lately.sort_by(|one, other| other.last_at.cmp(&one.last_at).then_with(|| one.key.cmp(&other.key)));
    lately
}

fn lock() -> MutexGuard<'static, HashMap<LimitKey, RefusedLately>> {
    REFUSED.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_personal_is_masked_and_ids_are_whole() {
        for (key, shown) in [
            ("203.0.113.7", "203.0.***"),
            ("203.0.113.0/24", "203.0.***"),
            ("2001:db8:1:2::/64", "2001:db8:***"),
            ("hong@example.com", "h***@example.com"),
            ("203.0.113.7 hong@example.com", "203.0.*** h***@example.com"),
            ("01912f3a-0000-7000-8000-000000000001", "01912f3a-0000-7000-8000-000000000001"),
            ("", ""),
        ] {
            assert_eq!(ShownKey::of(&key).as_str(), shown);
        }
        assert!(ShownKey::of(&"가".repeat(60)).as_str().len() <= LONGEST);
    }

    #[test]
    fn s_rate_7_a_flood_of_keys_takes_no_more_room_than_there_is() {
        let key = |number: usize| {
            let mut bytes = [7; 32];
            bytes[..8].copy_from_slice(&number.to_ne_bytes());
            LimitKey::from_bytes(&bytes).unwrap()
        };
        // Later than what other tests of this process note.
        let at =
            |second: usize| Timestamp::from_millis(4_000_000_000_000 + i64::try_from(second).unwrap() * 1000);
        for number in 0..MOST + 10 {
            note(key(number), "flood", &ShownKey::of(&number), at(number));
        }
        note(key(MOST), "flood", &ShownKey::of(&MOST), at(MOST + 20));
        let lately = refused_lately(at(MOST + 20));
        assert!(lately.len() <= MOST);
        let first = lately.iter().find(|refused| refused.limit == "flood").unwrap();
        assert_eq!((first.key.as_str(), first.times), (&*MOST.to_string(), 2));
        assert!(
            !lately.iter().any(|refused| refused.limit == "flood" && refused.key == "0"),
            "the oldest went"
        );
        let later = at(MOST + 20).plus(KEPT);
        assert!(!refused_lately(later).iter().any(|refused| refused.limit == "flood"));
    }
}
