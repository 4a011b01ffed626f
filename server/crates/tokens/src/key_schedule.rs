//! The life cycle of a signing key: published, active, retired, gone. Pure rules over the times in the rows.
//!
//! A key is published some time before it signs, so that anyone who keeps our JWKS has it when the first token comes. It signs
//! until the next key begins, and stays published until the last token that it signed has expired. No replica switches anything:
//! all read the same rows and reach the same answer at the same time.

use std::time::Duration;

use kernel::Timestamp;

/// The clock skew between two replicas up to which a key begins and disappears at the right time on both.
const MAX_CLOCK_SKEW: Duration = Duration::from_secs(10);

/// What a row says about its key's time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KeyTimes {
    /// Counts up; of two keys the later one signs.
    pub(crate) generation: i64,
    /// Since when it is in the JWKS.
    pub(crate) published_at: Timestamp,
    /// From when it signs.
    pub(crate) active_from: Timestamp,
}

/// Where a key is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyState {
    /// In the JWKS, does not sign yet.
    Published,
    /// The one that signs.
    Active,
    /// Signs no more, but tokens by it may live.
    Retired,
    /// No token by it can live. Its row may go.
    Gone,
}

/// The settings of the life cycle.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KeySchedule {
    /// How long a key is published before it signs.
    pub(crate) publish_ahead: Duration,
    /// How long a key signs.
    pub(crate) rotate_after: Duration,
    /// How long a token lives at most for any verifier, leeway included.
    pub(crate) token_life: Duration,
}

impl KeySchedule {
    /// Where `key`, one of `all`, is at `now`.
    pub(crate) fn state(&self, all: &[KeyTimes], key: KeyTimes, now: Timestamp) -> KeyState {
        match Self::stops(all, key) {
            Some(stops) if now >= stops.plus(self.token_life).plus(MAX_CLOCK_SKEW) => KeyState::Gone,
            Some(stops) if now >= stops => KeyState::Retired,
            _ if now >= key.active_from => KeyState::Active,
            _ => KeyState::Published,
        }
    }

    /// When `key`, one of `all`, stops signing; `None` while there is no later one.
    pub(crate) fn stops(all: &[KeyTimes], key: KeyTimes) -> Option<Timestamp> {
        all.iter().filter(|other| other.generation > key.generation).map(|other| other.active_from).min()
    }

    /// The key that must be made now, if any: the first one, or the next in time for the change.
    pub(crate) fn due(&self, all: &[KeyTimes], now: Timestamp) -> Option<KeyTimes> {
        let Some(newest) = newest(all) else { return Some(Self::first(now)) };
        let change = newest.active_from.plus(self.rotate_after);
        (now.plus(self.publish_ahead) >= change).then(|| self.after(newest, now))
    }

    /// Whether the next key should sign by now and does not exist, or there is no key at all.
    pub(crate) fn is_overdue(&self, all: &[KeyTimes], now: Timestamp) -> bool {
        newest(all).is_none_or(|newest| now >= newest.active_from.plus(self.rotate_after))
    }

    /// The key that a command asks for: it signs as soon as it has been published long enough. `None` when one is pending
    /// already.
    pub(crate) fn asked_for(&self, all: &[KeyTimes], now: Timestamp) -> Option<KeyTimes> {
        let Some(newest) = newest(all) else { return Some(Self::first(now)) };
        (newest.active_from <= now).then(|| self.after(newest, now))
    }

    /// A key that signs at once, for when the others can no longer be trusted.
    pub(crate) fn replacement(all: &[KeyTimes], now: Timestamp) -> KeyTimes {
        let generation = newest(all).map_or(0, |key| key.generation) + 1;
        KeyTimes { generation, published_at: now, active_from: now }
    }

    /// The first key signs at once: nobody can have kept a JWKS yet.
    const fn first(now: Timestamp) -> KeyTimes {
        KeyTimes { generation: 1, published_at: now, active_from: now }
    }

    fn after(&self, newest: KeyTimes, now: Timestamp) -> KeyTimes {
        KeyTimes {
            generation: newest.generation + 1,
            published_at: now,
            active_from: now.plus(self.publish_ahead),
        }
    }
}

fn newest(all: &[KeyTimes]) -> Option<KeyTimes> {
    all.iter().copied().max_by_key(|key| key.generation)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_mins(1);
    const SCHEDULE: KeySchedule = KeySchedule {
        publish_ahead: Duration::from_mins(10),
        rotate_after: Duration::from_mins(100),
        token_life: Duration::from_secs(130),
    };

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_millis(minutes * 60_000)
    }

    #[test]
    fn s_tok_22_a_key_is_published_then_signs_then_lingers_then_goes() {
        let first = SCHEDULE.due(&[], at(0)).unwrap();
        assert_eq!(SCHEDULE.due(&[first], at(89)), None);
        let second = SCHEDULE.due(&[first], at(90)).unwrap();
        assert_eq!(second, KeyTimes { generation: 2, published_at: at(90), active_from: at(100) });
        let both = [first, second];
        assert_eq!(SCHEDULE.due(&both, at(90)), None, "one is enough");
        let states = |now| both.map(|key| SCHEDULE.state(&both, key, now));
        assert_eq!(states(at(99)), [KeyState::Active, KeyState::Published]);
        assert_eq!(states(at(100)), [KeyState::Retired, KeyState::Active]);
        assert_eq!(states(at(102)), [KeyState::Retired, KeyState::Active]);
        assert_eq!(states(at(100).plus(Duration::from_secs(140))), [KeyState::Gone, KeyState::Active]);
    }

    #[test]
    fn there_is_one_active_key_at_each_moment_of_a_long_time() {
        let mut keys = Vec::new();
        for minute in 0..2_000 {
            keys.extend(SCHEDULE.due(&keys, at(minute)));
            let active: Vec<_> = keys
                .iter()
                .filter(|key| SCHEDULE.state(&keys, **key, at(minute)) == KeyState::Active)
                .collect();
            assert_eq!(active.len(), 1, "minute {minute}");
            let since = at(minute).since(active[0].active_from);
            assert!(since < SCHEDULE.rotate_after + MINUTE, "minute {minute}: {since:?}");
        }
        assert_eq!(keys.len(), 21, "one for each hundred minutes, the last one ahead of its time");
    }

    #[test]
    fn after_a_long_rest_the_next_key_is_still_published_ahead() {
        let first = SCHEDULE.due(&[], at(0)).unwrap();
        let second = SCHEDULE.due(&[first], at(5_000)).unwrap();
        assert_eq!(second.active_from, at(5_010));
        assert_eq!(SCHEDULE.state(&[first, second], first, at(5_009)), KeyState::Active);
    }

    #[test]
    fn a_command_brings_the_next_key_once() {
        let first = SCHEDULE.due(&[], at(0)).unwrap();
        let second = SCHEDULE.asked_for(&[first], at(5)).unwrap();
        assert_eq!(second.active_from, at(15));
        assert_eq!(SCHEDULE.asked_for(&[first, second], at(6)), None, "it is on its way");
        assert!(SCHEDULE.asked_for(&[first, second], at(15)).is_some());
    }

    #[test]
    fn s_key_7_a_replacement_signs_at_once() {
        let first = SCHEDULE.due(&[], at(0)).unwrap();
        let second = KeySchedule::replacement(&[first], at(5));
        let both = [first, second];
        assert_eq!(SCHEDULE.state(&both, second, at(5)), KeyState::Active);
        assert_eq!(SCHEDULE.state(&both, first, at(5)), KeyState::Retired);
    }
}
