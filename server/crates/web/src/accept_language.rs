//! `Accept-Language`.

use http::HeaderMap;
use http::header::ACCEPT_LANGUAGE;
use names::Language;

use crate::fields;

/// No real browser sends more ranges than this.
const MAX_RANGES: usize = 20;

/// The language that the sender prefers among ours, by weight (RFC 9110 section 12.5.4); of equal weights the first.
/// Korean if there is none of ours among them.
pub fn preferred(headers: &HeaderMap) -> Language {
    let mut best = (Language::Korean, 0.0_f32);
    let ranges = fields::items(headers, &ACCEPT_LANGUAGE).filter_map(|range| str::from_utf8(range).ok());
    for range in ranges.take(MAX_RANGES) {
        let mut parts = range.split(';');
        let tag = parts.next().unwrap_or_default().trim();
        let weight = parts.find_map(|part| part.trim().strip_prefix("q=")?.parse().ok()).unwrap_or(1.0);
        let spoken = Language::parse(&tag.split('-').next().unwrap_or_default().to_ascii_lowercase());
        if let Some(language) = spoken
            && weight > best.1
        {
            best = (language, weight);
        }
    }
    best.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn the_heaviest_of_our_languages_wins_then_the_first_then_korean() {
        let language = |accept: &'static str| {
            preferred(&HeaderMap::from_iter([(
                ACCEPT_LANGUAGE,
                HeaderValue::from_bytes(accept.as_bytes()).unwrap(),
            )]))
        };
        assert_eq!(language("en-US,en;q=0.9,ko;q=0.8"), Language::English);
        assert_eq!(language("ko;q=0.8,en-GB"), Language::English);
        assert_eq!(language("fr,ko;q=0.5,en;q=0.7"), Language::English);
        assert_eq!(language("en,ko"), Language::English);
        assert_eq!(language("fr, ko-KR"), Language::Korean);
        assert_eq!(language("fr"), Language::Korean);
        assert_eq!(language("x\u{e9}, en"), Language::English);
        assert_eq!(language(""), Language::Korean);
    }
}
