//! What somebody may write.

use icu_properties::props::DefaultIgnorableCodePoint;
use icu_properties::{CodePointSetData, CodePointSetDataBorrowed};
use unicode_normalization::UnicodeNormalization as _;

const IGNORABLE: CodePointSetDataBorrowed<'static> = CodePointSetData::new::<DefaultIgnorableCodePoint>();

/// A text that passed the rules for posts: in NFC, of at most 2,000 characters, with something to see in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostText(String);

const MAX_CHARS: usize = 2_000;
const MAX_LINE_BREAKS: usize = 50;

impl PostText {
    /// What is allowed, for those whose text was not taken.
    pub const ALLOWED: &'static str = "1 to 2,000 characters of which some can be seen, 50 line breaks at most, no control characters and no characters that \
        change the direction of writing";

    /// Reads a text as somebody typed it: in NFC, with line breaks of one kind, without white space around it. `None` when it
    /// breaks the rule, or nothing of it can be seen.
    pub fn parse(typed: &str) -> Option<Self> {
        read(typed, MAX_CHARS).filter(|text| !text.is_empty()).map(Self)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What somebody says of a post that they report. It may be empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note(String);

impl Note {
    /// What is allowed.
    pub const ALLOWED: &'static str = "at most 500 characters, by the rule of a post's text";

    /// Reads it by the same rule.
    pub fn parse(typed: &str) -> Option<Self> {
        read(typed, 500).map(Self)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn read(typed: &str, most: usize) -> Option<String> {
    // What is far too long is not looked at.
    if typed.len() > most * 16 {
        return None;
    }
    let text: String = typed.replace("\r\n", "\n").nfc().collect();
    let text = if text.chars().any(is_seen) { text.trim() } else { "" };
    let breaks = text.chars().filter(|c| *c == '\n').count();
    let fits = text.chars().count() <= most && breaks <= MAX_LINE_BREAKS;
    (fits && text.chars().all(is_allowed)).then(|| text.to_owned())
}

/// Whether a character alone takes its place on a page: no white space, none that is drawn as nothing (joiners, fillers of Hangul,
/// selectors, tags), no anchor of an annotation, and not the empty pattern of Braille.
fn is_seen(c: char) -> bool {
    !c.is_whitespace() && !IGNORABLE.contains(c) && !matches!(c, '\u{fff9}'..='\u{fffb}' | '\u{2800}')
}

/// No control characters but the line break, nothing that changes the direction of what follows (UAX #9: embeddings, overrides,
/// isolates), and no noncharacters.
fn is_allowed(c: char) -> bool {
    match c {
        '\n' => true,
        '\u{202a}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}'
        | '\u{2028}'
        | '\u{2029}'
        | '\u{fdd0}'..='\u{fdef}' => false,
        _ => !c.is_control() && (c as u32) & 0xfffe != 0xfffe,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_taken_as_it_is_meant() {
        for (typed, text) in [
            ("안녕하세요", "안녕하세요"),
            ("  가\r\n나  ", "가\n나"),
            ("\u{1112}\u{1161}\u{11ab}", "한"),
            ("👩‍👩‍👧 <b>x</b> & y", "👩‍👩‍👧 <b>x</b> & y"),
        ] {
            assert_eq!(PostText::parse(typed).unwrap().as_str(), text);
        }
        assert!(PostText::parse(&"가".repeat(2_000)).is_some());
        assert!(PostText::parse(&format!("a{}b", "\n".repeat(50))).is_some());
        assert!(PostText::parse(&"\u{1112}\u{1161}\u{11ab}".repeat(1_500)).is_some());
        for empty in [" ", "\u{200b}", "\u{3164}\n\u{ad}"] {
            assert_eq!(Note::parse(empty).unwrap().as_str(), "", "{empty:?}");
        }
        for seen in ["가\u{200b}", "\u{3164}.", "❤\u{fe0f}", "👨\u{200d}💻"] {
            assert_eq!(PostText::parse(seen).unwrap().as_str(), seen);
        }
    }

    #[test]
    fn what_breaks_the_rule_is_refused() {
        let long = "가".repeat(2_001);
        let breaks = format!("a{}b", "\n".repeat(51));
        for bad in [
            "",
            " \n ",
            &long,
            &breaks,
            "a\tb",
            "a\u{0}",
            "a\u{7f}",
            "a\u{202e}b",
            "a\u{2067}b",
            "\u{ffff}",
            "\u{fdd0}",
            "\u{200b}",
            "\u{3164}",
            " \u{115f}\u{1160}\n\u{ffa0}",
            "\u{ad}\u{2060}\u{feff}\u{180e}\u{e0020}",
            "\u{fe0f}\u{200d}",
            "\u{2800}\u{3000}\u{fff9}",
        ] {
            assert_eq!(PostText::parse(bad), None, "{bad:?}");
        }
        assert_eq!(Note::parse(&"가".repeat(501)), None);
    }
}
