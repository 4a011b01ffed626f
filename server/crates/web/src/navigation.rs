//! Whether a person waits for a page, or a program for an answer: each gets the right kind of refusal.

use http::{HeaderMap, HeaderName, header};

use crate::fields;

const MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
const HTML: &[u8] = b"text/html";
/// What every browser names that writes a list of media types at all, and hardly any program does.
const XHTML: &[u8] = b"application/xhtml+xml";

/// Whether this request is a navigation of a browser. `Sec-Fetch-Mode` decides if present; otherwise an `Accept` that asks for
/// HTML before everything else does.
///
/// Programs may name HTML among other types, first even: `HttpURLConnection` of Java sends `text/html, image/gif, image/jpeg, …` where
/// nobody sets another `Accept`. Browsers name images as well, but no such list without XHTML. What cannot be a media type does not
/// count.
pub fn wants_page(headers: &HeaderMap) -> bool {
    if let Some(mode) = headers.get(MODE) {
        return mode == "navigate";
    }
    let (mut html, mut others, mut data, mut has_xhtml) = (0, 0, 0, false);
    for item in fields::items(headers, &header::ACCEPT) {
        let (kind, weight) = weighed(item);
        if kind.eq_ignore_ascii_case(HTML) {
            html = html.max(weight);
        } else if kind.eq_ignore_ascii_case(XHTML) {
            has_xhtml = true;
        } else if kind.eq_ignore_ascii_case(b"application/json") {
            data = data.max(weight);
        } else if kind.is_ascii() && !is_any(kind) {
            others = others.max(weight);
        }
    }
    html > data && (has_xhtml || html > others)
}

/// A media type without its parameters, and its weight in thousandths (RFC 9110 section 12.4.2). A weight that cannot be read counts
/// as none.
fn weighed(item: &[u8]) -> (&[u8], u16) {
    let mut parts = item.split(|byte| *byte == b';').map(fields::trim);
    let kind = parts.next().unwrap_or_default();
    let weight = parts.find_map(|part| part.strip_prefix(b"q=").or_else(|| part.strip_prefix(b"Q=")));
    (kind, weight.map_or(1000, |weight| thousandths(weight).unwrap_or(1000)))
}

fn thousandths(weight: &[u8]) -> Option<u16> {
    let (whole, decimals) = match weight {
        [whole @ (b'0' | b'1')] => (whole, &[][..]),
        [whole @ (b'0' | b'1'), b'.', decimals @ ..] if decimals.len() <= 3 => (whole, decimals),
        // As Java writes it.
        [b'.', decimals @ ..] if decimals.len() <= 3 => (&b'0', decimals),
        _ => return None,
    };
    if !decimals.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let digit = |at: usize| u16::from(decimals.get(at).map_or(0, |digit| digit - b'0'));
    Some((u16::from(whole - b'0') * 1000 + digit(0) * 100 + digit(1) * 10 + digit(2)).min(1000))
}

/// Whether a range names no type in particular: `*/*`, `text/*`, or the `*` of Java.
fn is_any(kind: &[u8]) -> bool {
    kind.ends_with(b"*")
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn waits(mode: Option<&'static str>, accept: &str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, HeaderValue::from_bytes(accept.as_bytes()).unwrap());
        if let Some(mode) = mode {
            headers.insert(MODE, HeaderValue::from_static(mode));
        }
        wants_page(&headers)
    }

    #[test]
    fn a_navigation_is_told_from_a_call() {
        let cases = [
            (Some("navigate"), "*/*", true),
            (Some("cors"), "text/html", false),
            (None, "text/html,application/xhtml+xml", true),
            (None, "application/json", false),
            (None, "*/*", false),
            (None, "x/\u{e9}, Text/HTML;q=0.9", true),
        ];
        for (mode, accept, page) in cases {
            assert_eq!(waits(mode, accept), page, "{mode:?} {accept}");
        }
        assert!(!wants_page(&HeaderMap::new()));
    }

    #[test]
    fn browsers_without_fetch_metadata_are_told_from_programs_that_name_html_too() {
        for browser in [
            "text/html",
            "text/html, */*",
            // Safari to 16.3, Firefox to 89, Chrome on Android, Internet Explorer, Lynx, w3m.
            "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
            "text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8",
            "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.9",
            "text/html, application/xhtml+xml, image/jxr, */*",
            "text/html, text/plain, text/sgml, text/css, application/xhtml+xml, */*;q=0.01",
            "text/html, text/*;q=0.5, image/*, application/*",
            "text/html, application/json;q=0.5",
        ] {
            assert!(waits(None, browser), "{browser}");
        }
        for program in [
            // `HttpURLConnection`, before and since Java 17.
            "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2",
            "text/html, image/gif, image/jpeg, */*; q=0.2",
            "application/json, text/html",
            "application/json, text/html, application/xhtml+xml",
            "application/json, text/plain, */*",
            "text/html;q=0.4, application/json;q=0.5",
            "text/html;q=0",
            "text/html;q=0, */*",
            "text/htmlx",
            "text/plain, text/html;q=0.9",
        ] {
            assert!(!waits(None, program), "{program}");
        }
    }
}
