//! The key ring: master keys, newest first, from which the keys for sealing and authenticating are derived.
//!
//! One key has one purpose (S-KEY-2): the keys of each [`Purpose`] are derived by HKDF-SHA-256, so that a value made for
//! one place is useless in another. A sealed value carries the id of its master key, so that old values stay readable
//! after a new key is added (S-KEY-7). It is bound to its owner as associated data (S-KEY-3).

use std::fmt;

use aws_lc_rs::aead::{self, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::{hkdf, hmac};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::checksums::{Checksums, checksum};
use crate::master_key_id::{KEY_ID_LEN, MasterKeyId};
use crate::randomness::Randomness;

const ENVELOPE_VERSION: u8 = 1;
const HEADER_LEN: usize = 1 + KEY_ID_LEN;

/// Why a key ring cannot be built, or a value cannot be sealed or opened.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum KeyRingError {
    /// There is no key.
    #[error("at least one master key is needed")]
    Empty,
    /// A key is not 32 bytes of base64.
    #[error(
        "a master key must be 32 random bytes in base64 (44 characters), as `openssl rand -base64 32` prints"
    )]
    Malformed,
    /// A key has fewer than 12 different bytes, so it can be guessed.
    #[error(
        "a master key with almost no variety in it was not made by chance: make one with `openssl rand -base64 32`"
    )]
    Weak,
    /// The value is not an envelope of ours, was changed, or belongs to another owner or purpose.
    #[error("a sealed value cannot be opened: it was changed, or belongs to another owner")]
    Forged,
    /// The value was sealed with a key that the ring does not have.
    #[error("a sealed value needs a master key that is no longer in `master_keys`")]
    UnknownKey,
}

/// What a derived key is for. The text is part of the derivation: changing it makes old values unreadable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Purpose(&'static str);

impl Purpose {
    /// A purpose by its name, such as `login-transaction`.
    pub const fn new(name: &'static str) -> Self {
        Self(name)
    }
}

/// 32 random bytes from which all other keys are derived.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct MasterKey([u8; 32]);

impl MasterKey {
    /// A new key.
    pub fn generate(randomness: &dyn Randomness) -> Self {
        let mut bytes = [0; 32];
        randomness.fill(&mut bytes);
        Self(bytes)
    }

    /// Reads a key from base64.
    ///
    /// # Errors
    /// [`KeyRingError::Malformed`] when it is not 32 bytes of base64, [`KeyRingError::Weak`] when it has fewer than 12 different
    /// bytes, which does not happen to 32 random ones in practice.
    pub fn parse(text: &str) -> Result<Self, KeyRingError> {
        let mut decoded = STANDARD.decode(text.trim()).map_err(|_| KeyRingError::Malformed)?;
        let bytes: Result<[u8; 32], _> = decoded.as_slice().try_into();
        decoded.zeroize();
        let key = Self(bytes.map_err(|_| KeyRingError::Malformed)?);
        let mut seen = [false; 256];
        key.0.iter().for_each(|byte| seen[usize::from(*byte)] = true);
        if seen.iter().filter(|seen| **seen).count() < 12 {
            return Err(KeyRingError::Weak);
        }
        Ok(key)
    }

    /// The key in base64, for a file that only the program can read. A secret: never log it.
    pub fn text(&self) -> String {
        STANDARD.encode(self.0)
    }

    /// The id that a sealed value carries: the first bytes of a derived key, which reveal nothing about the master key.
    pub fn id(&self) -> MasterKeyId {
        let mut id = [0; KEY_ID_LEN];
        id.copy_from_slice(&self.derive(Purpose("key-id"), "id")[..KEY_ID_LEN]);
        MasterKeyId(id)
    }

    fn derive(&self, purpose: Purpose, usage: &str) -> [u8; 32] {
        let prk = hkdf::Salt::new(hkdf::HKDF_SHA256, b"daemun").extract(&self.0);
        let info = [purpose.0.as_bytes(), b"/", usage.as_bytes()];
        let mut key = [0; 32];
        // 32 bytes is one block of SHA-256; HKDF fails only beyond 255 blocks.
        if let Ok(okm) = prk.expand(&info, hkdf::HKDF_SHA256) {
            let _ = okm.fill(&mut key);
        }
        key
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[REDACTED]")
    }
}

/// The master keys, newest first. The first one seals; all of them open.
#[derive(Clone, Debug)]
pub struct KeyRing {
    keys: Vec<NamedKey>,
}

/// A master key with its id, which takes as long to derive as to seal a value.
#[derive(Clone)]
struct NamedKey {
    id: MasterKeyId,
    master: MasterKey,
}

impl fmt::Debug for NamedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.master.fmt(f)
    }
}

impl KeyRing {
    /// A ring of `keys`, newest first.
    ///
    /// # Errors
    /// [`KeyRingError::Empty`] without any key.
    pub fn new(keys: Vec<MasterKey>) -> Result<Self, KeyRingError> {
        if keys.is_empty() {
            return Err(KeyRingError::Empty);
        }
        let named = |master: MasterKey| NamedKey { id: master.id(), master };
        Ok(Self { keys: keys.into_iter().map(named).collect() })
    }

    /// Which key seals. No ring is without one.
    pub fn newest(&self) -> MasterKeyId {
        self.keys.first().map_or(MasterKeyId([0; KEY_ID_LEN]), |key| key.id)
    }

    /// Seals `plain` for `owner` (AES-256-GCM, fresh 96-bit nonce).
    ///
    /// # Errors
    /// [`KeyRingError::Forged`] if the cipher refuses, which it does only beyond 64 GiB.
    pub fn seal(
        &self,
        purpose: Purpose,
        owner: &str,
        plain: &[u8],
        randomness: &dyn Randomness,
    ) -> Result<Vec<u8>, KeyRingError> {
        let NamedKey { id, master } = self.keys.first().ok_or(KeyRingError::Empty)?;
        let mut nonce = [0; aead::NONCE_LEN];
        randomness.fill(&mut nonce);
        let mut body = plain.to_vec();
        cipher(master, purpose)?
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(owner.as_bytes()),
                &mut body,
            )
            .map_err(|_| KeyRingError::Forged)?;
        let mut envelope = Vec::with_capacity(HEADER_LEN + nonce.len() + body.len());
        envelope.push(ENVELOPE_VERSION);
        envelope.extend_from_slice(&id.0);
        envelope.extend_from_slice(&nonce);
        envelope.extend_from_slice(&body);
        Ok(envelope)
    }

    /// Opens what [`KeyRing::seal`] made for the same purpose and owner.
    ///
    /// # Errors
    /// [`KeyRingError::Forged`] for anything else, [`KeyRingError::UnknownKey`] when its master key is gone.
    pub fn open(&self, purpose: Purpose, owner: &str, envelope: &[u8]) -> Result<Vec<u8>, KeyRingError> {
        let (header, rest) = envelope.split_at_checked(HEADER_LEN).ok_or(KeyRingError::Forged)?;
        let (version, key_id) = header.split_at_checked(1).ok_or(KeyRingError::Forged)?;
        if version != [ENVELOPE_VERSION] {
            return Err(KeyRingError::Forged);
        }
        let (nonce, body) = rest.split_at_checked(aead::NONCE_LEN).ok_or(KeyRingError::Forged)?;
        let named = self.keys.iter().find(|key| key.id.0.as_slice() == key_id);
        let NamedKey { master, .. } = named.ok_or(KeyRingError::UnknownKey)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| KeyRingError::Forged)?;
        let mut body = body.to_vec();
        let plain = cipher(master, purpose)?
            .open_in_place(nonce, Aad::from(owner.as_bytes()), &mut body)
            .map_err(|_| KeyRingError::Forged)?;
        Ok(plain.to_vec())
    }

    /// The value sealed with the newest key, or `None` when it already is. A rotation of master keys does this to each stored
    /// value.
    ///
    /// # Errors
    /// As for [`KeyRing::open`].
    pub fn reseal(
        &self,
        purpose: Purpose,
        owner: &str,
        envelope: &[u8],
        randomness: &dyn Randomness,
    ) -> Result<Option<Vec<u8>>, KeyRingError> {
        let newest = self.keys.first().ok_or(KeyRingError::Empty)?;
        if envelope.get(1..HEADER_LEN) == Some(newest.id.0.as_slice()) {
            return Ok(None);
        }
        let mut plain = self.open(purpose, owner, envelope)?;
        let sealed = self.seal(purpose, owner, &plain, randomness);
        plain.zeroize();
        sealed.map(Some)
    }

    /// Whether the ring has this key.
    pub fn has(&self, id: MasterKeyId) -> bool {
        self.keys.iter().any(|key| key.id == id)
    }

    /// A keyed checksum (HMAC-SHA-256) of `message` with the newest key. It proves later that we wrote the message.
    pub fn authenticate(&self, purpose: Purpose, message: &[u8]) -> [u8; 32] {
        self.keys.first().map_or([0; 32], |key| checksum(&mac_key(&key.master, purpose), message))
    }

    /// Whether [`KeyRing::authenticate`] made `tag` for this message with any key of the ring; compared in constant time.
    pub fn authentic(&self, purpose: Purpose, message: &[u8], tag: &[u8]) -> bool {
        self.keys.iter().any(|key| hmac::verify(&mac_key(&key.master, purpose), message, tag).is_ok())
    }

    /// The same checksums with their keys derived once, for code that needs one on each request.
    pub fn checksums(&self, purpose: Purpose) -> Checksums {
        Checksums::new(self.keys.iter().map(|key| mac_key(&key.master, purpose)))
    }
}

fn cipher(master: &MasterKey, purpose: Purpose) -> Result<LessSafeKey, KeyRingError> {
    let mut bytes = master.derive(purpose, "seal");
    let key = UnboundKey::new(&aead::AES_256_GCM, &bytes).map_err(|_| KeyRingError::Malformed);
    bytes.zeroize();
    key.map(LessSafeKey::new)
}

fn mac_key(master: &MasterKey, purpose: Purpose) -> hmac::Key {
    let mut bytes = master.derive(purpose, "authenticate");
    let key = hmac::Key::new(hmac::HMAC_SHA256, &bytes);
    bytes.zeroize();
    key
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::randomness::OsRandomness;

    const PURPOSE: Purpose = Purpose::new("test");

    fn ring(count: usize) -> KeyRing {
        KeyRing::new((0..count).map(|_| MasterKey::generate(&OsRandomness)).collect()).unwrap()
    }

    #[test]
    fn a_sealed_value_opens_for_its_owner_and_purpose_only() {
        let ring = ring(1);
        let sealed = ring.seal(PURPOSE, "alice", b"verifier", &OsRandomness).unwrap();
        assert_eq!(ring.open(PURPOSE, "alice", &sealed).unwrap(), b"verifier");
        assert_eq!(ring.open(PURPOSE, "bob", &sealed), Err(KeyRingError::Forged));
        assert_eq!(ring.open(Purpose::new("other"), "alice", &sealed), Err(KeyRingError::Forged));
    }

    #[test]
    fn s_key_3_one_flipped_bit_anywhere_is_refused() {
        let ring = ring(1);
        let sealed = ring.seal(PURPOSE, "alice", b"v", &OsRandomness).unwrap();
        for index in 0..sealed.len() {
            let mut flipped = sealed.clone();
            flipped[index] ^= 1;
            assert!(ring.open(PURPOSE, "alice", &flipped).is_err(), "byte {index}");
        }
        for length in 0..sealed.len() {
            assert!(ring.open(PURPOSE, "alice", &sealed[..length]).is_err(), "length {length}");
        }
    }

    #[test]
    fn s_key_7_a_new_key_in_front_keeps_old_values_readable_until_the_old_key_goes() {
        let old = MasterKey::generate(&OsRandomness);
        let sealed =
            KeyRing::new(vec![old.clone()]).unwrap().seal(PURPOSE, "alice", b"v", &OsRandomness).unwrap();
        let new = MasterKey::generate(&OsRandomness);
        let both = KeyRing::new(vec![new.clone(), old]).unwrap();
        assert_eq!(both.open(PURPOSE, "alice", &sealed).unwrap(), b"v");
        assert_eq!(
            KeyRing::new(vec![new]).unwrap().open(PURPOSE, "alice", &sealed),
            Err(KeyRingError::UnknownKey)
        );
    }

    #[test]
    fn s_key_7_a_resealed_value_no_longer_needs_the_old_key() {
        let old = MasterKey::generate(&OsRandomness);
        let sealed =
            KeyRing::new(vec![old.clone()]).unwrap().seal(PURPOSE, "alice", b"v", &OsRandomness).unwrap();
        let new = MasterKey::generate(&OsRandomness);
        let both = KeyRing::new(vec![new.clone(), old]).unwrap();
        let resealed = both.reseal(PURPOSE, "alice", &sealed, &OsRandomness).unwrap().unwrap();
        let alone = KeyRing::new(vec![new]).unwrap();
        assert_eq!(alone.open(PURPOSE, "alice", &resealed).unwrap(), b"v");
        assert_eq!(alone.reseal(PURPOSE, "alice", &resealed, &OsRandomness), Ok(None));
        assert_eq!(both.reseal(PURPOSE, "bob", &sealed, &OsRandomness), Err(KeyRingError::Forged));
    }

    #[test]
    fn a_checksum_holds_for_its_message_purpose_and_ring() {
        let ring = ring(2);
        let tag = ring.authenticate(PURPOSE, b"handle");
        assert!(ring.authentic(PURPOSE, b"handle", &tag));
        assert!(!ring.authentic(PURPOSE, b"hANDLE", &tag));
        assert!(!ring.authentic(Purpose::new("other"), b"handle", &tag));
        assert!(!self::ring(1).authentic(PURPOSE, b"handle", &tag));
    }

    #[test]
    fn s_key_1_short_and_made_up_keys_are_refused() {
        assert_eq!(MasterKey::parse("c2hvcnQ=").unwrap_err(), KeyRingError::Malformed);
        assert_eq!(MasterKey::parse("not base64!").unwrap_err(), KeyRingError::Malformed);
        assert_eq!(MasterKey::parse(&STANDARD.encode([0; 32])).unwrap_err(), KeyRingError::Weak);
        assert_eq!(KeyRing::new(Vec::new()).unwrap_err(), KeyRingError::Empty);
        let key = MasterKey::generate(&OsRandomness);
        assert!(MasterKey::parse(&key.text()).is_ok());
    }

    #[test]
    fn s_key_8_a_key_does_not_print() {
        assert!(!format!("{:?}", ring(1)).contains(char::is_numeric));
    }
}
