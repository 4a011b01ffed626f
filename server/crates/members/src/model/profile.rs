//! What a member shows of themselves: nickname, greeting, picture.

use kernel::Randomness;

use crate::model::display_text;
use crate::model::display_text::Length;

/// What others see of a member's name: one line of 1 to 30 characters, [all of which can be seen](crate::model::display_text).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nickname(String);

impl Nickname {
    /// What is allowed, in words.
    pub const ALLOWED: &'static str =
        "one line of 1 to 30 characters that can all be seen, without piles of accents";
    const LENGTH: Length = Length { characters: 30, code_points: 100 };

    /// Reads a nickname as somebody typed it. Outer and repeated spaces go, and it is brought into NFC.
    pub fn parse(typed: &str) -> Option<Self> {
        display_text::checked(typed, Self::LENGTH).filter(|line| !line.is_empty()).map(Self)
    }

    /// What is left of a nickname that nobody typed here: a provider's, or one of an earlier rule. Without anything usable,
    /// a [default one](Self::default_one).
    pub fn repaired(given: &str, randomness: &dyn Randomness) -> Self {
        display_text::repaired(given, Self::LENGTH).map_or_else(|| Self::default_one(randomness), Self)
    }

    /// A friendly one for somebody who brings none, with a number, so that two newcomers can be told apart.
    pub fn default_one(randomness: &dyn Randomness) -> Self {
        let mut number = [0; 4];
        randomness.fill(&mut number);
        Self(format!("새 이웃 {:04}", u32::from_ne_bytes(number) % 10_000))
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

/// A line about themselves, of at most 100 characters; it may be empty. The rule is that of nicknames.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Greeting(String);

impl Greeting {
    /// What is allowed, in words.
    pub const ALLOWED: &'static str =
        "one line of at most 100 characters that can all be seen, without piles of accents";
    const LENGTH: Length = Length { characters: 100, code_points: 400 };

    /// Reads a greeting as somebody typed it, in the same way as a nickname.
    pub fn parse(typed: &str) -> Option<Self> {
        display_text::checked(typed, Self::LENGTH).map(Self)
    }

    /// What is left of a greeting of an earlier rule.
    pub(crate) fn repaired(stored: &str) -> Self {
        Self(display_text::repaired(stored, Self::LENGTH).unwrap_or_default())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::OsRandomness;

    #[test]
    fn a_providers_nickname_becomes_one_short_line() {
        let repaired = |given: &str| Nickname::repaired(given, &OsRandomness).into_text();
        assert_eq!(repaired("  홍길동 \r\n <b>  "), "홍길동 <b>");
        assert_eq!(repaired("\u{1112}\u{1161}\u{11ab}\u{3164}"), "한");
        assert_eq!(repaired(&"가".repeat(99)).chars().count(), 30);
    }

    #[test]
    fn quirk_25_a_person_without_a_name_that_can_be_seen_gets_one() {
        for nothing in
            ["", " \n\t ", "\0", "\u{3164}", "\u{200b}", "\u{180b}", "\u{1d159}", "\u{ffff}", "\u{301}"]
        {
            let given = Nickname::repaired(nothing, &OsRandomness);
            assert!(given.as_str().starts_with("새 이웃 "), "{}", nothing.escape_unicode());
            assert_eq!(Nickname::parse(given.as_str()), Some(given));
        }
    }

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
            "\u{180b}",
            "\u{1d159}",
            "\u{ffff}",
            "\u{301}",
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
        assert!(Greeting::parse("\u{200b}").is_none());
    }
}
