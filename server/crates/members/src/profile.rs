//! What a member shows of themselves: nickname, greeting, picture.

use kernel::Randomness;
use unicode_normalization::UnicodeNormalization as _;

use crate::member::nickname;

/// What others see of a member's name: one line of 1 to 30 characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nickname(String);

impl Nickname {
    pub(crate) const ALLOWED: &'static str = "one line of 1 to 30 characters";

    /// Reads a nickname as somebody typed it. Outer and repeated spaces go, and it is brought into NFC.
    pub fn parse(typed: &str) -> Option<Self> {
        one_line(typed, 1..=30).map(Self)
    }

    /// A friendly one for somebody who brings none.
    pub fn default_one(randomness: &dyn Randomness) -> Self {
        Self(nickname(None, randomness))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text itself.
    pub fn into_text(self) -> String {
        self.0
    }
}

/// A line about themselves, of at most 100 characters; it may be empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Greeting(String);

impl Greeting {
    pub(crate) const ALLOWED: &'static str = "one line of at most 100 characters";

    /// Reads a greeting as somebody typed it, in the same way as a nickname.
    pub fn parse(typed: &str) -> Option<Self> {
        one_line(typed, 0..=100).map(Self)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// One tidy line, or `None` when it has another length or characters that can be used to deceive: control characters,
/// those that turn the direction of the text around them (Unicode Standard Annex #9), and those that cannot be seen.
fn one_line(typed: &str, length: std::ops::RangeInclusive<usize>) -> Option<String> {
    // Bounded before any work; no line that fits is longer.
    if typed.len() > 4096 || typed.chars().any(is_deceptive) {
        return None;
    }
    let composed: String = typed.nfc().collect();
    let line = composed.split_whitespace().collect::<Vec<_>>().join(" ");
    let visible = line.is_empty() || line.chars().any(|c| !is_joiner(c));
    (length.contains(&line.chars().count()) && visible).then_some(line)
}

/// The zero-width joiner and variation selectors stay: emoji are made with them.
const fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200d}' | '\u{fe00}'..='\u{fe0f}')
}

fn is_deceptive(c: char) -> bool {
    (c.is_control() && !matches!(c, '\t' | '\n' | '\r'))
        || matches!(c,
            '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{115f}' | '\u{1160}' | '\u{180e}'
            | '\u{200b}' | '\u{200c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nickname_is_one_tidy_line_of_at_most_thirty_characters() {
        let nickname = |typed: &str| Nickname::parse(typed).map(Nickname::into_text);
        assert_eq!(nickname("  홍  길동 \n").as_deref(), Some("홍 길동"));
        assert_eq!(nickname("\u{1112}\u{1161}\u{11ab}").as_deref(), Some("한"));
        assert_eq!(nickname("👩‍🚀 <b>").as_deref(), Some("👩‍🚀 <b>"), "drawing it safely is for the page");
        assert!(nickname(&"가".repeat(30)).is_some());
        for bad in [
            "",
            "   ",
            "\u{200d}",
            &"가".repeat(31),
            "a\u{202e}b",
            "a\0b",
            "\u{200b}",
            "\u{3164}",
            &"x ".repeat(9_999),
        ] {
            assert_eq!(nickname(bad), None, "{bad:.40?}");
        }
    }

    #[test]
    fn a_greeting_may_be_empty_but_not_long() {
        assert!(Greeting::parse(" ").is_some_and(|greeting| greeting.as_str().is_empty()));
        assert!(Greeting::parse(&"가".repeat(100)).is_some());
        assert!(Greeting::parse(&"가".repeat(101)).is_none());
    }
}
