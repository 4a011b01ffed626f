//! The value of the transaction cookie: which browser began a login, or filled in a form.
//!
//! One value serves all logins of a browser, so that any number can be in flight with one small cookie. It carries
//! its own checksum, so that a value that we did not write is never taken over (S-COOKIE-5).

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use ::http::HeaderMap;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::{Checksums, KeyRing, Purpose, Randomness, TokenHash};
use web::CookieName;
use web::cookies::{Cookie, Lifetime};

const PURPOSE: Purpose = Purpose::new("login-browser");
const RANDOM_LEN: usize = 24;
const TAG_LEN: usize = 16;

/// The binding of a login to a browser.
#[derive(Clone)]
pub struct BrowserBinding([u8; RANDOM_LEN + TAG_LEN]);

impl BrowserBinding {
    /// A random value with a tag of the key ring, for a browser that has none yet.
    pub fn new(key_ring: &KeyRing, randomness: &dyn Randomness) -> Self {
        Self::with(&key_ring.checksums(PURPOSE), randomness)
    }

    fn with(checksums: &Checksums, randomness: &dyn Randomness) -> Self {
        let mut bytes = [0; RANDOM_LEN + TAG_LEN];
        let (random, tag) = bytes.split_at_mut(RANDOM_LEN);
        randomness.fill(random);
        tag.copy_from_slice(&checksums.authenticate(random)[..TAG_LEN]);
        Self(bytes)
    }

    /// Reads a cookie's value; `None` for anything that we did not write.
    fn parse(text: &str, checksums: &Checksums) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let bytes: [u8; RANDOM_LEN + TAG_LEN] = bytes.try_into().ok()?;
        let (random, tag) = bytes.split_at(RANDOM_LEN);
        checksums.authentic_prefix(random, tag).then_some(Self(bytes))
    }

    /// The cookie's value.
    pub fn text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// What is kept of it, and what is bound to it.
    pub fn hash(&self) -> TokenHash {
        TokenHash::of(&self.0)
    }
}

/// The cookie outlives the ten minutes of a transaction, so that one begun later in the same browser has its full time;
/// what is bound to it ends by itself.
const COOKIE_LIFETIME: Duration = Duration::from_hours(1);

/// The cookie that holds the binding.
#[derive(Clone, Debug)]
pub struct BrowserCookie {
    name: CookieName,
    /// Each login page that a new browser opens needs one.
    checksums: Arc<Checksums>,
}

impl BrowserCookie {
    /// The cookie at an origin that is https (`secure`) or a plain-http loopback.
    pub fn new(secure: bool, key_ring: &KeyRing) -> Self {
        let checksums = Arc::new(key_ring.checksums(PURPOSE));
        Self { name: CookieName::new("daemun-login", secure), checksums }
    }

    /// The binding of the browser that sent these headers, if it has one that we wrote.
    pub fn read(&self, headers: &HeaderMap) -> Option<BrowserBinding> {
        self.name.read(headers).and_then(|text| BrowserBinding::parse(text, &self.checksums))
    }

    /// The same, or a new one: an invented value is never taken over (S-COOKIE-5).
    pub fn read_or_new(&self, headers: &HeaderMap, randomness: &dyn Randomness) -> BrowserBinding {
        self.read(headers).unwrap_or_else(|| BrowserBinding::with(&self.checksums, randomness))
    }

    /// The cookie with which a browser keeps `binding`.
    pub fn cookie(&self, binding: &BrowserBinding) -> Cookie<'static> {
        self.name.cookie(binding.text(), Lifetime::For(COOKIE_LIFETIME))
    }
}

impl fmt::Debug for BrowserBinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[REDACTED]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{MasterKey, OsRandomness};

    #[test]
    fn s_cookie_5_a_value_that_we_did_not_write_is_not_taken_over() {
        let ring = KeyRing::new(vec![MasterKey::generate(&OsRandomness)]).unwrap();
        let checksums = ring.checksums(PURPOSE);
        let ours = BrowserBinding::new(&ring, &OsRandomness);
        assert_eq!(
            BrowserBinding::parse(&ours.text(), &checksums).unwrap().hash().as_bytes(),
            ours.hash().as_bytes()
        );
        let mut forged = ours.0;
        forged[0] ^= 1;
        let foreign = KeyRing::new(vec![MasterKey::generate(&OsRandomness)]).unwrap();
        for invented in [
            String::new(),
            "x".repeat(54),
            URL_SAFE_NO_PAD.encode(forged),
            URL_SAFE_NO_PAD.encode([0; 40]),
            BrowserBinding::new(&foreign, &OsRandomness).text(),
        ] {
            assert!(BrowserBinding::parse(&invented, &checksums).is_none(), "{invented}");
        }
    }
}
