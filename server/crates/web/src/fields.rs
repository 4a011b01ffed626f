//! Parsing header fields as what they are: items of bytes.
//!
//! A field may hold any byte but a few controls (RFC 9110 section 5.5), and several programs add to it. So no field is parsed as
//! text as a whole: an invalid byte in somebody else's item must not invalidate ours.

use std::borrow::Cow;

use http::{HeaderMap, HeaderName};

/// The items of a list (RFC 9110 section 5.6.1) over all lines of the field, without the blanks around them; empty
/// ones are left out.
pub fn items<'a>(
    headers: &'a HeaderMap,
    name: &HeaderName,
) -> impl DoubleEndedIterator<Item = &'a [u8]> + use<'a> {
    parts(headers, name, b',')
}

/// The same with another separator.
pub(crate) fn parts<'a>(
    headers: &'a HeaderMap,
    name: &HeaderName,
    separator: u8,
) -> impl DoubleEndedIterator<Item = &'a [u8]> + use<'a> {
    headers
        .get_all(name)
        .iter()
        .flat_map(move |line| line.as_bytes().split(move |byte| *byte == separator))
        .map(trim)
        .filter(|item| !item.is_empty())
}

/// The text of a field, with invalid bytes replaced; empty if it is absent.
pub fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Cow<'a, str> {
    headers.get(name).map_or(Cow::Borrowed(""), |value| String::from_utf8_lossy(value.as_bytes()))
}

/// The media type of the body in lower case, without its parameters; empty if it is absent.
pub fn media_type(headers: &HeaderMap) -> String {
    let value = headers.get(http::header::CONTENT_TYPE).map_or(&b""[..], |value| value.as_bytes());
    let kind = value.split(|byte| *byte == b';').next().unwrap_or_default();
    String::from_utf8_lossy(trim(kind)).to_ascii_lowercase()
}

/// Whether one of the entity tags in `If-None-Match` is `etag` (RFC 9110 section 13.1.2, weak comparison).
pub fn none_match_names(headers: &HeaderMap, etag: &[u8]) -> bool {
    let opaque = |tag: &'_ [u8]| tag.strip_prefix(b"W/").unwrap_or(tag).to_owned();
    let etag = opaque(etag);
    items(headers, &http::header::IF_NONE_MATCH).any(|tag| tag == b"*" || opaque(tag) == etag)
}

/// Only what RFC 9110 calls white space: names are smuggled in where programs differ about it.
pub(crate) fn trim(mut bytes: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = bytes {
        bytes = rest;
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderValue, header};

    fn headers(name: &HeaderName, lines: &[&[u8]]) -> HeaderMap {
        lines.iter().map(|line| (name.clone(), HeaderValue::from_bytes(line).unwrap())).collect()
    }

    #[test]
    fn a_list_is_read_item_by_item_over_all_its_lines() {
        let headers = headers(&header::ACCEPT, &[b"a, \xe9 ,,\tb\t", b"", b"c"]);
        let read: Vec<&[u8]> = items(&headers, &header::ACCEPT).collect();
        assert_eq!(read, [&b"a"[..], b"\xe9", b"b", b"c"]);
        assert_eq!(items(&headers, &header::ACCEPT).next_back(), Some(&b"c"[..]));
    }

    #[test]
    fn odd_bytes_leave_the_rest_readable() {
        let agent = headers(&header::USER_AGENT, &[b"Kakao \xff\xfe Chrome"]);
        assert!(text(&agent, &header::USER_AGENT).contains("Chrome"));
        let kind = headers(&header::CONTENT_TYPE, &[b"Application/JSON ; note=\xe9"]);
        assert_eq!(media_type(&kind), "application/json");
        assert_eq!(media_type(&HeaderMap::new()), "");
    }

    #[test]
    fn an_entity_tag_is_found_among_others() {
        for (sent, found) in [
            (&b"\"a\""[..], true),
            (b"\"b\", \"a\"", true),
            (b"\xe9, W/\"a\"", true),
            (b"*", true),
            (b"\"b\"", false),
            (b"a", false),
        ] {
            assert_eq!(
                none_match_names(&headers(&header::IF_NONE_MATCH, &[sent]), b"\"a\""),
                found,
                "{sent:?}"
            );
        }
    }
}
