//! A key as operators see it, with what is personal masked.

use std::fmt::Write as _;
use std::net::IpAddr;

/// The longest shown key, in bytes.
const MAX_BYTES: usize = 64;

/// A key as operators see it. It has a fixed size, so that an attempt stays `Copy`.
#[derive(Clone, Copy)]
pub(crate) struct ShownKey {
    bytes: [u8; MAX_BYTES],
    length: usize,
}

impl ShownKey {
    pub(crate) fn of(key: &impl std::fmt::Display) -> Self {
        let masked = masked(&key.to_string());
        let mut length = masked.len().min(MAX_BYTES);
        while !masked.is_char_boundary(length) {
            length -= 1;
        }
        let mut bytes = [0; MAX_BYTES];
        bytes[..length].copy_from_slice(&masked.as_bytes()[..length]);
        Self { bytes, length }
    }

    pub(crate) fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..self.length]).unwrap_or_default()
    }
}

/// Without the key: `{:?}` gets into logs.
impl std::fmt::Debug for ShownKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ShownKey")
    }
}

/// Masks each word of a key: an e-mail address keeps its first letter and its host, a network its first two groups.
fn masked(key: &str) -> String {
    let mut shown = String::with_capacity(key.len());
    for word in key.split_whitespace() {
        if !shown.is_empty() {
            shown.push(' ');
        }
        let network = word.split('/').next().unwrap_or_default().parse::<IpAddr>();
        let _to_a_string = match (network, word.rsplit_once('@')) {
            (Ok(IpAddr::V4(address)), _) => {
                let [first, second, ..] = address.octets();
                write!(shown, "{first}.{second}.***")
            }
            (Ok(IpAddr::V6(address)), _) => {
                let [first, second, ..] = address.segments();
                write!(shown, "{first:x}:{second:x}:***")
            }
            (Err(_), Some((name, host))) => {
                write!(shown, "{}***@{host}", name.chars().take(1).collect::<String>())
            }
            (Err(_), None) => write!(shown, "{word}"),
        };
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_personal_is_masked_and_ids_are_whole() {
        for (key, shown) in [
            ("203.0.113.7", "203.0.***"),
            ("203.0.113.0/24", "203.0.***"),
            ("2001:db8:1:2::/64", "2001:db8:***"),
            ("hong@example.com", "h***@example.com"),
            ("203.0.113.7 hong@example.com", "203.0.*** h***@example.com"),
            ("01912f3a-0000-7000-8000-000000000001", "01912f3a-0000-7000-8000-000000000001"),
            ("", ""),
        ] {
            assert_eq!(ShownKey::of(&key).as_str(), shown);
        }
        assert!(ShownKey::of(&"가".repeat(60)).as_str().len() <= MAX_BYTES);
    }
}
