//! Whether a person waits for a page, or a program for an answer: each gets the right kind of refusal.

use http::{HeaderMap, HeaderName, header};

use crate::fields;

const MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");

/// Whether this request is a navigation of a browser. `Sec-Fetch-Mode` decides if present; otherwise an `Accept` that asks for
/// HTML does.
pub fn wants_page(headers: &HeaderMap) -> bool {
    if let Some(mode) = headers.get(MODE) {
        return mode == "navigate";
    }
    let html = b"text/html";
    fields::items(headers, &header::ACCEPT)
        .any(|kind| kind.get(..html.len()).is_some_and(|kind| kind.eq_ignore_ascii_case(html)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

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
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, HeaderValue::from_bytes(accept.as_bytes()).unwrap());
            if let Some(mode) = mode {
                headers.insert(MODE, HeaderValue::from_static(mode));
            }
            assert_eq!(wants_page(&headers), page, "{mode:?} {accept}");
        }
    }
}
