//! Which paths are forwarded: those with a single interpretation. What is matched is what the service gets (S-GW-11).
//!
//! A gateway that reads `/a/%2e%2e/b` differently from the service behind it checks another path than the one that is served. So
//! nothing is repaired here: a path that two programs might interpret differently is refused, and every other one is forwarded
//! unchanged, whatever people call their files. docs/gateway.md has the list.

use std::borrow::Cow;

use icu_normalizer::DecomposingNormalizerBorrowed;

/// Why a path is refused. For logs and tests; the sender only learns that it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotCanonical {
    /// It does not begin with `/`.
    #[error("the path does not begin with /")]
    NoSlash,
    /// A byte that no URI may have unencoded, a backslash, or `;`, before which some servers cut.
    #[error("the path has a character that is not allowed")]
    Character,
    /// Two slashes after one another.
    #[error("the path has an empty segment")]
    EmptySegment,
    /// A segment of nothing but dots, perhaps with blanks around them.
    #[error("the path has a segment of dots")]
    Dots,
    /// A `%` without two hexadecimal digits.
    #[error("the path has a broken percent-encoding")]
    BrokenEncoding,
    /// An encoded character that would mean something else once decoded: a slash, a backslash, a dot, `;`, a control
    /// character.
    #[error("the path encodes a character that may not be encoded")]
    EncodedCharacter,
    /// What is decoded can be decoded again, and is another path then.
    #[error("the path is encoded twice")]
    EncodedTwice,
    /// Encoded bytes that are not UTF-8 (overlong forms and surrogates among them).
    #[error("the path is not UTF-8")]
    NotUtf8,
    /// A character that some servers turn into a slash or a backslash.
    #[error("the path has a look-alike of a slash")]
    LookAlike,
}

/// Slashes that Unicode does not decompose, but "best fit" tables turn into `/` or `\`.
const SLASH_ALIKES: [char; 5] = ['\u{2044}', '\u{2215}', '\u{2216}', '\u{29f5}', '\u{29f8}'];

/// Checks a path as it came, without its query.
///
/// # Errors
/// See [`NotCanonical`].
pub fn check(path: &str) -> Result<(), NotCanonical> {
    let Some(rest) = path.strip_prefix('/') else { return Err(NotCanonical::NoSlash) };
    let mut encoded = false;
    for byte in rest.bytes() {
        match byte {
            b'%' => encoded = true,
            byte if may_be_raw(byte) => {}
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
        if is_dots(segment) {
            return Err(NotCanonical::Dots);
        }
    }
    if encoded { check_encoded(rest) } else { Ok(()) }
}

/// The path with every unreserved character decoded (RFC 3986 section 6.2.2.2): by this form routes are found, so that
/// `/%61dmin` is `/admin`, as it is for every service.
pub(crate) fn with_unreserved_decoded(path: &str) -> Cow<'_, str> {
    let mut encoded = path.match_indices('%').filter_map(|(at, _)| Some((at, unreserved_at(path, at)?)));
    let Some(mut next) = encoded.next() else { return Cow::Borrowed(path) };
    let (mut decoded, mut done) = (String::with_capacity(path.len()), 0);
    loop {
        let (at, character) = next;
        decoded.push_str(&path[done..at]);
        decoded.push(character);
        done = at + 3;
        match encoded.next() {
            Some(following) => next = following,
            None => break,
        }
    }
    decoded.push_str(&path[done..]);
    Cow::Owned(decoded)
}

fn unreserved_at(path: &str, percent: usize) -> Option<char> {
    let byte = decoded_at(path.as_bytes(), percent)?;
    (byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)).then_some(char::from(byte))
}

/// The text that a percent-encoded one stands for, decoded once.
pub(crate) fn decoded(path: &str) -> Result<String, NotCanonical> {
    let (bytes, mut text, mut at) = (path.as_bytes(), Vec::with_capacity(path.len()), 0);
    while let Some(byte) = bytes.get(at) {
        if *byte == b'%' {
            text.push(decoded_at(bytes, at).ok_or(NotCanonical::BrokenEncoding)?);
            at += 3;
        } else {
            text.push(*byte);
            at += 1;
        }
    }
    String::from_utf8(text).map_err(|_| NotCanonical::NotUtf8)
}

fn decoded_at(bytes: &[u8], percent: usize) -> Option<u8> {
    let digit = |at: usize| bytes.get(at).and_then(|byte| char::from(*byte).to_digit(16));
    let (high, low) = (digit(percent + 1)?, digit(percent + 2)?);
    u8::try_from(high << 4 | low).ok()
}

/// The text as a program reads it that takes compatibility characters for what they stand for: `／` for `/`, `‥` for
/// `..`. Text in ASCII is its own reading.
pub(crate) fn compatible(text: &str) -> Cow<'_, str> {
    DecomposingNormalizerBorrowed::new_nfkd().normalize(text)
}

/// A blank, or something that nobody sees: programs trim it off, or drop it.
pub(crate) fn is_blank(c: char) -> bool {
    c.is_whitespace() || c == '+' || (!c.is_ascii() && !c.is_alphanumeric())
}

/// Characters of a URI's path (RFC 3986 section 3.3) without `;`, and those that browsers and other clients send
/// unencoded although it does not allow them.
const fn may_be_raw(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'\\' | b';' | b'?' | b'#' | b'<' | b'>' | b'`')
}

/// What changes the segments of a path when it is decoded too early.
const fn may_be_encoded(byte: u8) -> bool {
    !(byte.is_ascii_control() || matches!(byte, b'.' | b'/' | b'\\' | b';'))
}

fn check_encoded(path: &str) -> Result<(), NotCanonical> {
    let encoded = path.match_indices('%').map(|(at, _)| decoded_at(path.as_bytes(), at));
    for byte in encoded {
        if !may_be_encoded(byte.ok_or(NotCanonical::BrokenEncoding)?) {
            return Err(NotCanonical::EncodedCharacter);
        }
    }
    let text = decoded(path)?;
    if text.chars().any(char::is_control) {
        return Err(NotCanonical::EncodedCharacter);
    }
    if text.contains(SLASH_ALIKES) {
        return Err(NotCanonical::LookAlike);
    }
    let reading = compatible(&text);
    if reading.contains('\\') || reading.matches('/').count() != text.matches('/').count() {
        return Err(NotCanonical::LookAlike);
    }
    if reading.split('/').any(is_dots) {
        return Err(NotCanonical::Dots);
    }
    if can_be_decoded(&reading) { Err(NotCanonical::EncodedTwice) } else { Ok(()) }
}

/// Whether a segment is of dots, blanks aside: Windows takes `.. ` for `..`.
fn is_dots(segment: &str) -> bool {
    let segment = segment.trim_matches(is_blank);
    !segment.is_empty() && segment.chars().all(|c| c == '.')
}

/// Whether decoded text still has something to decode, by RFC 3986 (`%2f`) or as IIS did (`%u002f`). A percent sign before
/// anything else is a percent sign for every decoder.
fn can_be_decoded(text: &str) -> bool {
    let is_hex = |bytes: Option<&[u8]>| bytes.is_some_and(|bytes| bytes.iter().all(u8::is_ascii_hexdigit));
    text.match_indices('%').any(|(at, _)| {
        let rest = &text.as_bytes()[at + 1..];
        is_hex(rest.get(..2)) || (matches!(rest.first(), Some(b'u' | b'U')) && is_hex(rest.get(1..5)))
    })
}

#[cfg(test)]
#[path = "canonical_tests.rs"]
mod tests;
