//! The code of a mail, for people who read it on another device.

use std::fmt;

use kernel::Randomness;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// Six digits that a mail holds alongside its link, to be typed on another device. Wiped when dropped, never printed.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct MailCode(u32);

impl MailCode {
    pub(crate) fn new(randomness: &dyn Randomness) -> Self {
        let mut bytes = [0; 8];
        randomness.fill(&mut bytes);
        // Of 2⁶⁴ values, the remainder favours none by more than one in 10¹³.
        Self(u32::try_from(u64::from_ne_bytes(bytes) % 1_000_000).unwrap_or(0))
    }

    /// Reads a code as people type it: six digits, with or without spaces.
    pub fn parse(typed: &str) -> Option<Self> {
        let digits: String = typed.chars().filter(|c| !c.is_whitespace()).take(7).collect();
        (digits.len() == 6 && digits.bytes().all(|b| b.is_ascii_digit()))
            .then(|| digits.parse().ok().map(Self))
            .flatten()
    }

    /// The six digits. A secret: never log it.
    pub fn text(&self) -> String {
        format!("{:06}", self.0)
    }
}

/// Keeps the code out of logs and panics (S-KEY-8).
impl fmt::Debug for MailCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[REDACTED]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use testkit::SeededRandomness;

    #[test]
    fn a_code_is_six_digits_however_it_is_typed() {
        let randomness = SeededRandomness::new(7);
        for _ in 0..1_000 {
            let code = MailCode::new(&randomness);
            assert_eq!(code.text().len(), 6);
            assert_eq!(MailCode::parse(&code.text()).map(|read| read.text()), Some(code.text()));
        }
        assert!(MailCode::parse(" 012 345\n").is_some_and(|code| code.text() == "012345"));
        for bad in ["", "12345", "1234567", "12345a", "-12345", "+12345", "１２３４５６"] {
            assert!(MailCode::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn s_key_8_a_code_does_not_print() {
        assert_eq!(format!("{:?}", MailCode(123_456)), "[REDACTED]");
    }
}
