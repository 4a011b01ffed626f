//! The secrets of a client: hashes only, so that nothing that prints or dumps a client gives one away.

use kernel::{Timestamp, TokenHash};

/// The hash of a client's secret; the secret itself is stored nowhere.
#[derive(Clone, Copy, Debug)]
pub struct Secret {
    hash: TokenHash,
    /// When it is no longer valid; `None`: as long as the client has it.
    good_until: Option<Timestamp>,
}

impl Secret {
    /// The secret with this text.
    pub fn of(text: &str) -> Self {
        Self { hash: TokenHash::of(text.as_bytes()), good_until: None }
    }

    /// A secret that is stored.
    pub(crate) const fn stored(hash: TokenHash, good_until: Option<Timestamp>) -> Self {
        Self { hash, good_until }
    }
}

/// All that are valid: one, or two while one takes the other's place.
#[derive(Clone, Debug)]
pub struct Secrets(Vec<Secret>);

impl Secrets {
    /// The secrets of one client, in any order.
    pub fn new(secrets: impl IntoIterator<Item = Secret>) -> Self {
        Self(secrets.into_iter().collect())
    }

    /// Whether `text` is one of them at this moment. Each is compared in constant time (S-AS-19, S-KEY-4).
    pub fn admit(&self, text: &str, now: Timestamp) -> bool {
        let presented = TokenHash::of(text.as_bytes());
        let admits = |secret: &Secret| {
            secret.hash.matches(&presented) & secret.good_until.is_none_or(|until| now < until)
        };
        // All are looked at, whichever is right.
        self.0.iter().fold(false, |found, secret| found | admits(secret))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s_as_19_s_key_8_a_secret_is_compared_by_its_hash_and_does_not_print() {
        let now = Timestamp::from_millis(1_000);
        let old = Secret::stored(TokenHash::of(b"old-secret"), Some(Timestamp::from_millis(2_000)));
        let secrets = Secrets::new([Secret::of("new-secret"), old]);
        assert!(secrets.admit("new-secret", now) && secrets.admit("old-secret", now));
        assert!(!secrets.admit("old-secret", Timestamp::from_millis(2_000)));
        for wrong in ["", "new-secret ", "new-secre", "NEW-SECRET"] {
            assert!(!secrets.admit(wrong, now), "{wrong}");
        }
        let printed = format!("{secrets:?}");
        assert!(!printed.contains("secret\"") && !printed.contains("new-secret"), "{printed}");
    }
}
