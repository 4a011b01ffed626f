//! Which master key it is, without telling anything about it.

use std::fmt;

/// How many bytes of a sealed value name its master key.
pub(crate) const KEY_ID_LEN: usize = 4;

/// Which master key it is: what each sealed value carries in the clear, and no secret. Programs that share a database compare by it
/// which key is the newest of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MasterKeyId(pub(crate) [u8; KEY_ID_LEN]);

impl MasterKeyId {
    /// Reads what [`MasterKeyId`] prints.
    pub fn parse(text: &str) -> Option<Self> {
        let number = u32::from_str_radix(text, 16).ok()?;
        let id = Self(number.to_be_bytes());
        (id.to_string() == text).then_some(id)
    }
}

impl fmt::Display for MasterKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", u32::from_be_bytes(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_as_it_was_written_and_nothing_else_is() {
        for id in [MasterKeyId([0; 4]), MasterKeyId([0xAB, 0, 1, 0xFF])] {
            assert_eq!(MasterKeyId::parse(&id.to_string()), Some(id));
        }
        for text in ["", "ab0001f", "AB0001FF", "+b0001ff", "ab0001ff0", "가나다라"] {
            assert_eq!(MasterKeyId::parse(text), None, "{text}");
        }
    }
}
