//! The one place that reads every value, wherever it was written.
//!
//! Editors put a byte-order mark before a text, shells and mounted secrets a newline after it, Windows line ends a carriage
//! return. None of that belongs to a value, and a password that fails for such a reason is hard to find.

use std::fs::File;
use std::io::{self, Read as _};

/// No value and no file of values is larger.
const MAX_FILE_BYTES: u64 = 1024 * 1024;
const BYTE_ORDER_MARK: char = '\u{feff}';
/// What replaces bytes that were not UTF-8.
const REPLACEMENT: char = '\u{fffd}';

/// Why a text cannot be a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum NotPlain {
    #[error("it holds a line end or another control character")]
    Control,
    #[error("it is not UTF-8")]
    NotUtf8,
    #[error("it holds a blank, or a character that is not ASCII")]
    NotVisible,
}

/// The text without what surrounds it.
pub(super) fn plain(text: &str) -> Result<&str, NotPlain> {
    let text = trimmed(text);
    if text.contains(REPLACEMENT) {
        return Err(NotPlain::NotUtf8);
    }
    if text.chars().any(|c| c.is_control() || c == BYTE_ORDER_MARK) {
        Err(NotPlain::Control)
    } else {
        Ok(text)
    }
}

/// The same for a secret: visible ASCII characters, as all that gives out keys and passwords for programs uses. A blank
/// or a character that only looks like another came from copying.
pub(super) fn plain_secret(text: &str) -> Result<&str, NotPlain> {
    let text = plain(text)?;
    if text.bytes().all(|byte| byte.is_ascii_graphic()) { Ok(text) } else { Err(NotPlain::NotVisible) }
}

fn trimmed(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || c == BYTE_ORDER_MARK)
}

/// The text of a file, without a byte-order mark.
pub(super) fn read_file(path: impl AsRef<std::path::Path>) -> io::Result<String> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes)?;
    let invalid = |why| io::Error::new(io::ErrorKind::InvalidData, why);
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(invalid("it is larger than 1 MiB"));
    }
    let text = String::from_utf8(bytes).map_err(|_| invalid("it is not UTF-8; save it as UTF-8"))?;
    Ok(text.strip_prefix(BYTE_ORDER_MARK).map(str::to_owned).unwrap_or(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_surrounds_a_value_is_no_part_of_it() {
        for text in ["abc", "abc\n", "abc\r\n", "\u{feff}abc", " \u{feff}abc\t\r\n", "abc\u{a0}"] {
            assert_eq!(plain_secret(text), Ok("abc"), "{text:?}");
        }
        for (text, why) in [
            ("a\nb", NotPlain::Control),
            ("a\0b", NotPlain::Control),
            ("a\u{feff}b", NotPlain::Control),
            ("a\u{fffd}b", NotPlain::NotUtf8),
            ("a b", NotPlain::NotVisible),
            ("a\u{200b}b", NotPlain::NotVisible),
            ("аbc", NotPlain::NotVisible),
        ] {
            assert_eq!(plain_secret(text), Err(why), "{text:?}");
        }
        assert_eq!(plain("대문 <a@b>\r"), Ok("대문 <a@b>"));
    }

    #[test]
    fn a_file_is_read_without_its_mark_and_only_as_utf_8() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "\u{feff}abc\r\n").unwrap();
        assert_eq!(read_file(file.path()).unwrap(), "abc\r\n");
        std::fs::write(file.path(), b"\xff\xfea\0b\0").unwrap();
        assert!(read_file(file.path()).unwrap_err().to_string().contains("UTF-8"));
        std::fs::write(file.path(), vec![b'a'; 1024 * 1024 + 1]).unwrap();
        assert!(read_file(file.path()).is_err());
    }
}
