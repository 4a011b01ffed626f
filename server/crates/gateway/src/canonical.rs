//! One spelling for each path, or none: what is matched is byte for byte what the service gets (S-GW-11).
//!
//! A gateway that reads `/a/%2e%2e/b` otherwise than the service behind it guards another door than the one that
//! opens. So nothing is repaired here: a path that two programs might read differently is refused.

/// Why a path is refused. For logs and tests; the sender only learns that it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotCanonical {
    /// It does not begin with `/`.
    #[error("the path does not begin with /")]
    NoSlash,
    /// A byte that RFC 3986 section 3.3 does not allow in a path, a backslash, or `;`, before which some servers cut.
    #[error("the path has a character that is not allowed")]
    Character,
    /// Two slashes after one another.
    #[error("the path has an empty segment")]
    EmptySegment,
    /// A segment of nothing but dots.
    #[error("the path has a segment of dots")]
    Dots,
    /// A `%` without two hexadecimal digits.
    #[error("the path has a broken percent-encoding")]
    BrokenEncoding,
    /// An encoded character that needs no encoding, or that would mean something else once decoded: a slash, a dot,
    /// a percent sign, a control character.
    #[error("the path encodes a character that may not be encoded")]
    EncodedCharacter,
    /// Encoded bytes that are no UTF-8 (overlong forms and surrogates among them).
    #[error("the path is not UTF-8")]
    NotUtf8,
    /// A character that some servers fold into a slash, a dot or the like.
    #[error("the path has a look-alike of a character with meaning")]
    LookAlike,
}

/// Characters that Unicode normalisation or "best fit" tables turn into `/`, `\`, `.`, `%` or `;`.
const LOOK_ALIKES: [char; 14] = [
    '\u{2024}', '\u{2025}', '\u{2044}', '\u{2215}', '\u{2216}', '\u{29f5}', '\u{29f8}', '\u{fe52}',
    '\u{fe68}', '\u{ff05}', '\u{ff0e}', '\u{ff0f}', '\u{ff1b}', '\u{ff3c}',
];

/// Checks a path as it came, without its query.
///
/// # Errors
/// As [`NotCanonical`] says.
pub fn check(path: &str) -> Result<(), NotCanonical> {
    let Some(rest) = path.strip_prefix('/') else { return Err(NotCanonical::NoSlash) };
    let mut encoded = false;
    for byte in rest.bytes() {
        match byte {
            b'/' => {}
            b'%' => encoded = true,
            byte if is_plain(byte) => {}
            _ => return Err(NotCanonical::Character),
        }
    }
    // One slash at the end is a path of its own, like any other.
    for segment in rest.strip_suffix('/').unwrap_or(rest).split('/') {
        if segment.is_empty() {
            if rest.is_empty() {
                break;
            }
            return Err(NotCanonical::EmptySegment);
        }
        if segment.bytes().all(|byte| byte == b'.') {
            return Err(NotCanonical::Dots);
        }
    }
    if encoded { check_encoded(rest) } else { Ok(()) }
}

/// `pchar` of RFC 3986 section 3.3 without `%` and `;`.
const fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'-' | b'.'
                | b'_'
                | b'~'
                | b'!'
                | b'$'
                | b'&'
                | b'\''
                | b'('
                | b')'
                | b'*'
                | b'+'
                | b','
                | b'='
                | b':'
                | b'@'
        )
}

fn check_encoded(path: &str) -> Result<(), NotCanonical> {
    let mut decoded = Vec::with_capacity(path.len());
    let mut bytes = path.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            decoded.push(byte);
            continue;
        }
        let (high, low) = (bytes.next().and_then(hex), bytes.next().and_then(hex));
        let (Some(high), Some(low)) = (high, low) else { return Err(NotCanonical::BrokenEncoding) };
        let byte = high << 4 | low;
        if !may_be_encoded(byte) {
            return Err(NotCanonical::EncodedCharacter);
        }
        decoded.push(byte);
    }
    let text = String::from_utf8(decoded).map_err(|_| NotCanonical::NotUtf8)?;
    if text.chars().any(char::is_control) {
        return Err(NotCanonical::EncodedCharacter);
    }
    if text.chars().any(|c| LOOK_ALIKES.contains(&c)) { Err(NotCanonical::LookAlike) } else { Ok(()) }
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

/// Letters, digits and `-._~` need no encoding (RFC 3986 section 2.3): encoded, they are a second spelling of the
/// same path. The others named here change what a path means when somebody decodes it too early or twice.
const fn may_be_encoded(byte: u8) -> bool {
    !(byte.is_ascii_alphanumeric()
        || byte.is_ascii_control()
        || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'/' | b'\\' | b'%' | b';' | b'?' | b'#'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s_gw_11_an_ordinary_path_passes() {
        for path in [
            "/",
            "/a",
            "/a/",
            "/api/orders/17",
            "/a.b/c-d_e~f",
            "/.well-known/x",
            "/a..b",
            "/a/b.",
            "/@me",
            "/a:b",
            "/a%20b",
            "/a%40b.c",
            "/%EB%8C%80%EB%AC%B8",
            "/a+b,c=d&e!",
            "/%f0%9f%9a%aa",
        ] {
            assert_eq!(check(path), Ok(()), "{path}");
        }
    }

    #[test]
    fn s_gw_11_each_kind_of_second_spelling_is_refused() {
        use NotCanonical::{
            BrokenEncoding, Character, Dots, EmptySegment, EncodedCharacter, LookAlike, NoSlash, NotUtf8,
        };
        for (path, why) in [
            ("", NoSlash),
            ("a", NoSlash),
            ("*", NoSlash),
            ("/a\\b", Character),
            ("/a;x", Character),
            ("/대", Character),
            ("//", EmptySegment),
            ("/a//b", EmptySegment),
            ("/a//", EmptySegment),
            ("/a/../b", Dots),
            ("/..", Dots),
            ("/./", Dots),
            ("/a/.../b", Dots),
            ("/%", BrokenEncoding),
            ("/%2", BrokenEncoding),
            ("/%zz", BrokenEncoding),
            ("/%u002f", BrokenEncoding),
            ("/%+1", BrokenEncoding),
            ("/%2f", EncodedCharacter),
            ("/%5C", EncodedCharacter),
            ("/%2e%2e", EncodedCharacter),
            ("/%61", EncodedCharacter),
            ("/%252f", EncodedCharacter),
            ("/%00", EncodedCharacter),
            ("/%3b", EncodedCharacter),
            ("/%c2%85", EncodedCharacter),
            ("/%c0%af", NotUtf8),
            ("/%ed%a0%80", NotUtf8),
            ("/%ff", NotUtf8),
            ("/%ef%bc%8f", LookAlike),
            ("/%e2%88%95", LookAlike),
        ] {
            assert_eq!(check(path), Err(why), "{path}");
        }
    }
}
