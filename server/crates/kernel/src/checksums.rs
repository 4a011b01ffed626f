//! Keyed checksums for one purpose, for code that makes or checks one on each request.

use std::fmt;

use aws_lc_rs::hmac;
use subtle::ConstantTimeEq as _;

/// Keyed checksums (HMAC-SHA-256). The keys are derived from the [key ring](crate::keyring::KeyRing) once, since deriving one
/// takes five times as long as a checksum.
#[derive(Clone)]
pub struct Checksums(Box<[hmac::Key]>);

impl Checksums {
    /// Checksums with these keys, newest first.
    pub(crate) fn new(keys: impl IntoIterator<Item = hmac::Key>) -> Self {
        Self(keys.into_iter().collect())
    }

    /// The checksum of `message` with the newest key. It proves later that we wrote the message.
    pub fn authenticate(&self, message: &[u8]) -> [u8; 32] {
        self.0.first().map_or([0; 32], |key| checksum(key, message))
    }

    /// The checksum of `message` with each key, that with the newest first: to look for what was stored by a checksum, also by
    /// another replica whose newest key is an older one of ours or of which ours is an older one.
    pub fn of_each_key(&self, message: &[u8]) -> impl Iterator<Item = [u8; 32]> {
        self.0.iter().map(|key| checksum(key, message))
    }

    /// Whether `tag` is the beginning of the checksum of `message` with any key, compared in constant time. A tag shorter than
    /// 16 bytes is refused: RFC 2104 section 5 allows truncation to half the length of the hash.
    pub fn authentic_prefix(&self, message: &[u8], tag: &[u8]) -> bool {
        let matches =
            |key| checksum(key, message).get(..tag.len()).is_some_and(|kept| kept.ct_eq(tag).into());
        tag.len() >= 16 && self.0.iter().any(matches)
    }
}

/// Keeps the keys out of logs and panics (S-KEY-8).
impl fmt::Debug for Checksums {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[REDACTED]")
    }
}

/// The checksum of `message` with `key`.
pub(crate) fn checksum(key: &hmac::Key, message: &[u8]) -> [u8; 32] {
    let mut tag = [0; 32];
    tag.copy_from_slice(hmac::sign(key, message).as_ref());
    tag
}

#[cfg(test)]
mod tests {
    use crate::keyring::{KeyRing, MasterKey, Purpose};
    use crate::randomness::OsRandomness;

    const PURPOSE: Purpose = Purpose::new("test-checksums");

    #[test]
    fn s_key_7_checksums_are_those_of_the_ring_and_its_older_keys_still_count() {
        let (new, old) = (MasterKey::generate(&OsRandomness), MasterKey::generate(&OsRandomness));
        let before = KeyRing::new(vec![old.clone()]).unwrap();
        let ring = KeyRing::new(vec![new.clone(), old]).unwrap();
        let checksums = ring.checksums(PURPOSE);
        assert_eq!(checksums.authenticate(b"a"), ring.authenticate(PURPOSE, b"a"));
        assert!(ring.authentic(PURPOSE, b"a", &checksums.authenticate(b"a")));
        let tag = before.checksums(PURPOSE).authenticate(b"a");
        assert!(checksums.authentic_prefix(b"a", &tag) && checksums.authentic_prefix(b"a", &tag[..16]));
        assert!(!checksums.authentic_prefix(b"a", &tag[..15]), "too short");
        assert!(!checksums.authentic_prefix(b"a", &[&tag[..], b"x"].concat()), "too long");
        assert!(!checksums.authentic_prefix(b"b", &tag));
        let other = ring.checksums(Purpose::new("other"));
        assert!(!other.authentic_prefix(b"a", &tag));
        assert!(!KeyRing::new(vec![new]).unwrap().checksums(PURPOSE).authentic_prefix(b"a", &tag));
        let of_each: Vec<_> = checksums.of_each_key(b"a").collect();
        assert_eq!(of_each, [checksums.authenticate(b"a"), tag]);
        assert_eq!(format!("{checksums:?}"), "[REDACTED]");
    }
}
