//! How the keys of limits are stored: the database has no e-mail address and no network in the clear.

use std::fmt::{self, Display};

use kernel::{Checksums, KeyRing, Purpose};

use crate::quota::Quota;

const PURPOSE: Purpose = Purpose::new("limit-key");

/// A key of a limit, as a keyed checksum. It is the same in all replicas that have the same newest master key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct LimitKey([u8; 32]);

impl LimitKey {
    /// The key as it is stored.
    pub(crate) const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Reads a key from a table column; `None` when it has another length.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }
}

impl fmt::Debug for LimitKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().take(4).try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Makes the keys under which counts are stored. Cheap to clone.
///
/// A plain hash would not hide addresses, since they can be guessed. This is an HMAC with the newest master key; when that key
/// changes, all counts start from zero.
#[derive(Clone, Debug)]
pub struct LimitKeys(Checksums);

impl LimitKeys {
    /// Makes keys with this ring.
    pub fn new(key_ring: &KeyRing) -> Self {
        Self(key_ring.checksums(PURPOSE))
    }

    /// The key for `of` in the limit called `limit`. The quota is part of it: when it changes, the limit starts from zero, since
    /// stored moments depend on it.
    pub(crate) fn key(&self, limit: &str, quota: Quota, of: &impl Display) -> LimitKey {
        let message = format!("{limit}\n{}\n{}\n{of}", quota.burst(), quota.step());
        LimitKey(self.0.authenticate(message.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;
    use std::time::Duration;

    use super::*;
    use kernel::{MasterKey, OsRandomness};

    #[test]
    fn each_limit_each_allowance_each_key_and_each_ring_has_its_own() {
        let ring = || KeyRing::new(vec![MasterKey::generate(&OsRandomness)]).unwrap();
        let keys = LimitKeys::new(&ring());
        let one = Quota::new(NonZeroU32::MIN, Duration::from_secs(1));
        let other = Quota::new(NonZeroU32::MIN, Duration::from_secs(2));
        let key = keys.key("mails", one, &"alice");
        assert_eq!(key, keys.clone().key("mails", one, &"alice"));
        for different in [
            keys.key("codes", one, &"alice"),
            keys.key("mails", other, &"alice"),
            keys.key("mails", one, &"bob"),
            LimitKeys::new(&ring()).key("mails", one, &"alice"),
        ] {
            assert_ne!(key, different);
        }
    }
}
