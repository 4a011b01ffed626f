//! The proofs that this replica has seen, so that none is accepted twice.

use std::collections::HashSet;
use std::mem;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use kernel::{Timestamp, TokenHash};

use crate::dpop::nonce;
use crate::dpop::proof::MAX_IAT_SKEW;
use crate::dpop::proof_error::ProofError;

/// Longer than any proof is taken after it came: one with a nonce for as long as that, one without for two minutes.
const RETENTION: Duration = nonce::NONCE_LIFETIME.saturating_add(MAX_IAT_SKEW);

/// How many proofs one half of the memory holds, about 40 MB of them.
const CAPACITY: usize = 1_000_000;

/// Proofs of the last minutes, by 16 bytes of their ids. Only what was verified gets in, so that strangers cannot fill it.
#[derive(Debug)]
pub(crate) struct SeenProofs(Mutex<Halves>);

/// Two sets, a newer and an older one. The older one is dropped as a whole once everything in it is too old to be replayed.
#[derive(Debug)]
struct Halves {
    newer: HashSet<[u8; 16]>,
    older: HashSet<[u8; 16]>,
    began_at: Timestamp,
    most: usize,
}

impl SeenProofs {
    pub(crate) fn new() -> Self {
        Self::with_room_for(CAPACITY)
    }

    fn with_room_for(most: usize) -> Self {
        let (newer, older) = (HashSet::new(), HashSet::new());
        Self(Mutex::new(Halves { newer, older, began_at: Timestamp::from_millis(0), most }))
    }

    /// Remembers a proof. Of any number of requests with one proof, one gets `Ok`.
    pub(crate) fn remember(&self, id: &TokenHash, now: Timestamp) -> Result<(), ProofError> {
        let (kept, _) = id.as_bytes().split_first_chunk::<16>().ok_or(ProofError::TooMany)?;
        let mut halves = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        halves.rotate(now);
        if halves.older.contains(kept) || halves.newer.contains(kept) {
            return Err(ProofError::Invalid("was used before; make one for each request"));
        }
        // Dropping another one early would allow its replay.
        if halves.newer.len() >= halves.most {
            return Err(ProofError::TooMany);
        }
        halves.newer.insert(*kept);
        Ok(())
    }
}

impl Halves {
    fn rotate(&mut self, now: Timestamp) {
        let age = now.since(self.began_at);
        if age < RETENTION {
            return;
        }
        self.older = if age < RETENTION * 2 { mem::take(&mut self.newer) } else { HashSet::new() };
        self.newer = HashSet::new();
        self.began_at = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_counts_once_while_it_could_come_again_and_the_memory_is_bounded() {
        let seen = SeenProofs::with_room_for(2);
        let start = Timestamp::from_millis(1_768_739_696_789);
        let remember = |text: &str, after: Duration| {
            seen.remember(&TokenHash::of(text.as_bytes()), start.plus(after)).err()
        };
        let second = Duration::from_secs(1);
        let used = Some(ProofError::Invalid("was used before; make one for each request"));
        assert_eq!(remember("a", Duration::ZERO), None);
        assert_eq!(remember("a", second), used);
        let before = |moment: Duration| moment.saturating_sub(second);
        assert_eq!(remember("b", before(RETENTION)), None);
        assert_eq!(remember("c", before(RETENTION)), Some(ProofError::TooMany));
        assert_eq!(remember("b", RETENTION), used, "the halves were rotated");
        assert_eq!(remember("c", RETENTION), None);
        assert_eq!(remember("b", before(RETENTION * 2)), used);
        assert_eq!(remember("b", RETENTION * 2), None, "it is too old to pass the other checks");
        assert_eq!(remember("c", RETENTION * 2), used);
        assert_eq!(remember("c", RETENTION * 9), None);
    }
}
