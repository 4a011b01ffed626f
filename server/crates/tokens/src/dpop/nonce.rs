//! Nonces: a time and a keyed checksum of it. Every replica can verify those of all others with the key ring, and none is stored
//! (RFC 9449 section 8).

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::{Checksums, KeyRing, Purpose, Timestamp};

use crate::claims::LEEWAY;

const PURPOSE: Purpose = Purpose::new("dpop-nonce");

/// How long a nonce is valid: a client that refreshes its tokens every two minutes never meets an old one.
pub(crate) const NONCE_LIFETIME: Duration = Duration::from_mins(5);

/// How much of the checksum is kept.
const TAG_BYTES: usize = 16;
const TIME_BYTES: usize = 8;

/// Makes and reads nonces.
#[derive(Debug)]
pub(crate) struct Nonces(Checksums);

impl Nonces {
    pub(crate) fn new(key_ring: &KeyRing) -> Self {
        Self(key_ring.checksums(PURPOSE))
    }

    /// The nonce of this moment.
    pub(crate) fn at(&self, now: Timestamp) -> String {
        let moment = now.millis().to_be_bytes();
        let mut nonce = [0; TIME_BYTES + TAG_BYTES];
        let (head, tag) = nonce.split_at_mut(TIME_BYTES);
        head.copy_from_slice(&moment);
        tag.copy_from_slice(&self.0.authenticate(&moment)[..TAG_BYTES]);
        URL_SAFE_NO_PAD.encode(nonce)
    }

    /// Until when a nonce is valid; `None` if it is not ours, or it has expired.
    pub(crate) fn good_until(&self, nonce: &str, now: Timestamp) -> Option<Timestamp> {
        let mut bytes = [0; TIME_BYTES + TAG_BYTES];
        let length = URL_SAFE_NO_PAD.decode_slice(nonce, &mut bytes).ok()?;
        let (moment, tag) = bytes.split_first_chunk::<TIME_BYTES>()?;
        if length != bytes.len() || !self.0.authentic_prefix(moment, tag) {
            return None;
        }
        let made_at = Timestamp::from_millis(i64::from_be_bytes(*moment));
        let until = made_at.plus(NONCE_LIFETIME);
        (made_at <= now.plus(LEEWAY) && now < until).then_some(until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{MasterKey, OsRandomness};

    #[test]
    fn a_nonce_is_good_for_five_minutes_at_every_replica_and_nobody_else_makes_one() {
        let key = MasterKey::generate(&OsRandomness);
        let nonces = |keys: Vec<MasterKey>| Nonces::new(&KeyRing::new(keys).unwrap());
        let here = nonces(vec![key.clone()]);
        let rotated = nonces(vec![MasterKey::generate(&OsRandomness), key]);
        let other = nonces(vec![MasterKey::generate(&OsRandomness)]);
        let now = Timestamp::from_millis(1_768_739_696_789);
        let nonce = here.at(now);
        let end = now.plus(NONCE_LIFETIME);
        assert_eq!(here.good_until(&nonce, now), Some(end));
        assert_eq!(rotated.good_until(&nonce, end.minus(Duration::from_millis(1))), Some(end));
        assert_eq!(here.good_until(&nonce, end), None);
        assert_eq!(other.good_until(&nonce, now), None);
        assert!(here.good_until(&nonce, now.minus(LEEWAY)).is_some(), "clocks differ");
        assert_eq!(here.good_until(&nonce, now.minus(LEEWAY * 2)), None, "from the future");
        for garbage in ["", "x", &nonce[1..], &format!("{nonce}A"), &format!("B{}", &nonce[1..])] {
            assert_eq!(here.good_until(garbage, now), None, "{garbage}");
        }
    }
}
