//! The text of a post, with web addresses as links.

use leptos::prelude::*;

/// A piece of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece<'a> {
    Text(&'a str),
    Address(&'a str),
}

/// The text with its links. Their targets are not checked, so search engines must not follow them (`ugc nofollow`), and the
/// opened page has no access to this one (`noopener`).
pub(crate) fn post_text(text: &str) -> AnyView {
    let pieces: Vec<_> = pieces(text)
        .into_iter()
        .map(|piece| match piece {
            Piece::Text(text) => text.to_owned().into_any(),
            Piece::Address(address) => {
                let (to, shown) = (address.to_owned(), address.to_owned());
                view! { <a href=to rel="ugc nofollow noopener">{shown}</a> }.into_any()
            }
        })
        .collect();
    pieces.into_any()
}

fn pieces(text: &str) -> Vec<Piece<'_>> {
    let (mut pieces, mut rest, mut from) = (Vec::new(), text, 0);
    while let Some(start) = next_address(&rest[from..]).map(|start| from + start) {
        let length = address_length(&rest[start..]);
        let scheme = rest[start..].find("//").map_or(0, |at| at + 2);
        if length <= scheme {
            from = start + scheme;
            continue;
        }
        if start > 0 {
            pieces.push(Piece::Text(&rest[..start]));
        }
        pieces.push(Piece::Address(&rest[start..start + length]));
        (rest, from) = (&rest[start + length..], 0);
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest));
    }
    pieces
}

/// Where the next address begins. It does not begin in the middle of a word. Capital letters make no other scheme (RFC 3986
/// section 3.1).
fn next_address(text: &str) -> Option<usize> {
    let mut found = text.match_indices("://").filter_map(|(end, _)| {
        let before = text[..end].trim_end_matches(|c: char| c.is_ascii_alphanumeric());
        let scheme = &text[before.len()..end];
        let is_web = ["http", "https"].iter().any(|web| scheme.eq_ignore_ascii_case(web));
        is_web.then_some(before.len())
    });
    found.next()
}

/// The length of the address: all characters that URIs may have (RFC 3986 section 2), so that a Korean particle directly after it
/// is left out, without the punctuation at its end.
fn address_length(text: &str) -> usize {
    let is_of_address = |c: char| c.is_ascii_alphanumeric() || "-._~:/?#[]@!$&'()*+,;=%".contains(c);
    let end = text.find(|c| !is_of_address(c)).unwrap_or(text.len());
    text[..end].trim_end_matches(['.', ',', ';', ':', '!', '?', '\'', ')', ']', '*']).len()
}

#[cfg(test)]
mod tests {
    use super::Piece::{Address, Text};
    use super::*;

    #[test]
    fn addresses_are_links_and_the_words_around_them_are_not() {
        for (text, expected) in [
            ("", vec![]),
            ("글", vec![Text("글")]),
            ("https://a.kr/b?c=1#d", vec![Address("https://a.kr/b?c=1#d")]),
            ("(https://a.kr).", vec![Text("("), Address("https://a.kr"), Text(").")]),
            ("보기: http://a.kr/가", vec![Text("보기: "), Address("http://a.kr/"), Text("가")]),
            ("https://a.kr에서", vec![Address("https://a.kr"), Text("에서")]),
            ("a http:// b", vec![Text("a http:// b")]),
            ("xhttp://a.kr", vec![Text("xhttp://a.kr")]),
            ("Https://a.kr/B", vec![Address("Https://a.kr/B")]),
            ("(HTTP://A.KR)", vec![Text("("), Address("HTTP://A.KR"), Text(")")]),
            ("글hTTp://a.kr", vec![Text("글"), Address("hTTp://a.kr")]),
            ("ftp://a.kr :// http://b.kr", vec![Text("ftp://a.kr :// "), Address("http://b.kr")]),
            ("Xhttp://a.kr", vec![Text("Xhttp://a.kr")]),
            ("javascript:alert(1)", vec![Text("javascript:alert(1)")]),
            ("<a href=\"https://a.kr\">", vec![Text("<a href=\""), Address("https://a.kr"), Text("\">")]),
            ("http://a.kr\nhttp://b.kr", vec![Address("http://a.kr"), Text("\n"), Address("http://b.kr")]),
        ] {
            assert_eq!(pieces(text), expected, "{text}");
        }
    }
}
