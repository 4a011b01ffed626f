//! A code for the day on which the device with the one-time codes is lost.

use std::fmt;

use kernel::{KeyRing, KeyRingError, MasterKey, Purpose, Randomness, TokenHash};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// How many a member gets.
pub(crate) const COUNT: usize = 10;

/// Five bits each: 50 in all, and the tries are counted.
const LENGTH: usize = 10;

/// Without characters that look like digits (Crockford's base 32).
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

const PURPOSE: Purpose = Purpose::new("recovery-code");

/// So many random characters.
pub(crate) fn random<const COUNT: usize>(randomness: &dyn Randomness) -> String {
    let mut bytes = [0; COUNT];
    randomness.fill(&mut bytes);
    bytes.map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).iter().collect()
}

/// Reads so many characters as people type them: in lower case, with spaces or hyphens, with an O for a zero.
pub(crate) fn read(typed: &str, count: usize) -> Option<String> {
    let characters = typed.chars().filter(|character| !character.is_whitespace() && *character != '-');
    let characters = characters.take(count + 1).map(|character| match character.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        character => character,
    });
    let text: String = characters.collect();
    (text.len() == count && text.bytes().all(|byte| ALPHABET.contains(&byte))).then_some(text)
}

/// Ten characters. A secret: wiped when dropped, never printed.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub(crate) struct RecoveryCode(String);

impl RecoveryCode {
    pub(crate) fn new(randomness: &dyn Randomness) -> Self {
        Self(random::<LENGTH>(randomness))
    }

    /// Reads a code as people type it.
    pub(crate) fn parse(typed: &str) -> Option<Self> {
        read(typed, LENGTH).map(Self)
    }

    /// In two groups, to be written down. Never log it.
    pub(crate) fn text(&self) -> String {
        let (start, end) = self.0.split_at(LENGTH / 2);
        format!("{start}-{end}")
    }
}

/// Keeps the code out of logs and panics (S-KEY-8).
impl fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[REDACTED]")
    }
}

/// What the recovery codes of one member are hashed with. It is stored sealed beside them: the table alone is of no use to try
/// codes.
pub(crate) struct RecoveryKey(KeyRing, MasterKey);

impl RecoveryKey {
    pub(crate) fn new(randomness: &dyn Randomness) -> Result<Self, KeyRingError> {
        Self::of(MasterKey::generate(randomness))
    }

    /// Reads what [`Self::text`] gave.
    pub(crate) fn parse(text: &str) -> Result<Self, KeyRingError> {
        Self::of(MasterKey::parse(text)?)
    }

    fn of(key: MasterKey) -> Result<Self, KeyRingError> {
        Ok(Self(KeyRing::new(vec![key.clone()])?, key))
    }

    /// What is sealed. Never log it.
    pub(crate) fn text(&self) -> String {
        self.1.text()
    }

    /// What is kept of a code.
    pub(crate) fn hash(&self, code: &RecoveryCode) -> TokenHash {
        TokenHash::of(&self.0.authenticate(PURPOSE, code.0.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use testkit::SeededRandomness;

    #[test]
    fn a_code_is_read_however_it_is_typed() {
        let randomness = SeededRandomness::new(7);
        for _ in 0..100 {
            let code = RecoveryCode::new(&randomness);
            assert_eq!(code.text().len(), LENGTH + 1);
            for typed in
                [code.text(), code.text().to_lowercase(), format!(" {} ", code.text().replace('-', " "))]
            {
                assert_eq!(RecoveryCode::parse(&typed), Some(code.clone()));
            }
        }
        assert_eq!(RecoveryCode::parse("OIL00-00000"), RecoveryCode::parse("01100-00000"));
        for bad in ["", "00000-0000", "00000-000000", "U0000-00000", "0000가-00000"] {
            assert_eq!(RecoveryCode::parse(bad), None, "{bad}");
        }
        assert_eq!(format!("{:?}", RecoveryCode::new(&randomness)), "[REDACTED]");
    }

    #[test]
    fn s_key_3_a_hash_is_of_one_code_and_one_key() {
        let randomness = SeededRandomness::new(8);
        let (one, other) = (RecoveryKey::new(&randomness).unwrap(), RecoveryKey::new(&randomness).unwrap());
        let code = RecoveryCode::new(&randomness);
        let again = RecoveryKey::parse(&one.text()).unwrap();
        assert!(one.hash(&code).matches(&again.hash(&code)));
        assert!(!one.hash(&code).matches(&other.hash(&code)));
        assert!(!one.hash(&code).matches(&one.hash(&RecoveryCode::new(&randomness))));
    }
}
