//! The code that a device shows and a person types (RFC 8628 section 6.1).

use std::fmt;

use kernel::Randomness;

/// Consonants only: they form no words, and none looks like a digit.
const CONSONANTS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
const LENGTH: usize = 8;

/// Eight consonants: 34 bits, which is enough for ten minutes and ten tries.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct UserCode([u8; LENGTH]);

impl UserCode {
    pub(crate) fn new(randomness: &dyn Randomness) -> Self {
        let mut bytes = [0; LENGTH * 2];
        randomness.fill(&mut bytes);
        // Of 2¹⁶ values, the remainder favours none by more than one in 3,000.
        let mut code = [0; LENGTH];
        for (consonant, pair) in code.iter_mut().zip(bytes.as_chunks::<2>().0) {
            let number = usize::from(u16::from_be_bytes(*pair));
            *consonant = CONSONANTS.get(number % CONSONANTS.len()).copied().unwrap_or(b'B');
        }
        Self(code)
    }

    /// Reads a code as people type it: case, spaces and hyphens do not matter.
    pub(crate) fn parse(typed: &str) -> Option<Self> {
        let is_hyphen = |c: char| matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}');
        let mut code = [0; LENGTH];
        let mut places = code.iter_mut();
        for c in typed.chars().filter(|c| !c.is_whitespace() && !is_hyphen(*c)) {
            let consonant = u8::try_from(c).ok()?.to_ascii_uppercase();
            *places.next()? = CONSONANTS.contains(&consonant).then_some(consonant)?;
        }
        places.next().is_none().then_some(Self(code))
    }

    /// As it is hashed.
    pub(crate) const fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// As it is shown: in two halves.
impl fmt::Display for UserCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, consonant) in self.0.iter().enumerate() {
            let hyphen = if at == LENGTH / 2 { "-" } else { "" };
            write!(f, "{hyphen}{}", char::from(*consonant))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use testkit::SeededRandomness;

    #[test]
    fn a_code_is_eight_consonants_however_it_is_typed() {
        let randomness = SeededRandomness::new(7);
        for _ in 0..1_000 {
            let code = UserCode::new(&randomness);
            let text = code.to_string();
            assert_eq!((text.len(), text.find('-')), (9, Some(4)));
            assert!(text.bytes().all(|byte| byte == b'-' || CONSONANTS.contains(&byte)), "{text}");
            assert!(UserCode::parse(&text) == Some(code));
        }
        let code = UserCode(*b"WDJBMJHT");
        for typed in ["WDJB-MJHT", "wdjbmjht", " w d j b – mjht\n", "WDJB‐MJHT", "--WDJBMJHT"] {
            assert!(UserCode::parse(typed) == Some(code), "{typed}");
        }
        for bad in ["", "WDJB-MJH", "WDJB-MJHTT", "WDJB-MJHA", "WDJB_MJHT", "WDJB-MJH1", "ＷDJB-MJHT"] {
            assert!(UserCode::parse(bad).is_none(), "{bad}");
        }
    }
}
