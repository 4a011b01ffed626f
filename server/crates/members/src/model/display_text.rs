//! A line of text that others see: nicknames and greetings, wherever they come from. There is one rule. What somebody types is
//! refused when it breaks the rule, so that they know; what a provider sends is repaired, since the person may not be able to
//! change it there.
//!
//! # The rule
//! A line is in NFC, and all of it can be seen. By the properties of the Unicode Character Database it holds
//! - no code point that is unassigned, a noncharacter, for private use, a control or a format character,
//! - no `Default_Ignorable_Code_Point` but inside an emoji, where joiners and variation selectors make what is seen,
//! - no mark without a letter or sign before it, and not so many that they cover the lines around (Unicode Technical
//!   Report #36, section 2.7.2),
//! - single spaces only, and none outside.
//!
//! It is counted, and cut, in what people see as one character: extended grapheme clusters (Unicode Standard Annex #29).

use icu_properties::props::{
    DefaultIgnorableCodePoint, Emoji, EmojiComponent, EmojiModifier, ExtendedPictographic, GeneralCategory,
    PrependedConcatenationMark,
};
use icu_properties::{
    CodePointMapData, CodePointMapDataBorrowed, CodePointSetData, CodePointSetDataBorrowed,
};
use unicode_normalization::UnicodeNormalization as _;
use unicode_segmentation::UnicodeSegmentation as _;

const CATEGORY: CodePointMapDataBorrowed<'static, GeneralCategory> = CodePointMapData::new();
const IGNORABLE: CodePointSetDataBorrowed<'static> = CodePointSetData::new::<DefaultIgnorableCodePoint>();
const PREPENDED: CodePointSetDataBorrowed<'static> = CodePointSetData::new::<PrependedConcatenationMark>();
const PICTOGRAPHIC: CodePointSetDataBorrowed<'static> = CodePointSetData::new::<ExtendedPictographic>();
const EMOJI: CodePointSetDataBorrowed<'static> = CodePointSetData::new::<Emoji>();
const EMOJI_PART: CodePointSetDataBorrowed<'static> = CodePointSetData::new::<EmojiComponent>();
const SKIN: CodePointSetDataBorrowed<'static> = CodePointSetData::new::<EmojiModifier>();

const JOINER: char = '\u{200d}';
const KEYCAP: char = '\u{20e3}';
/// How an emoji is to be drawn: as text, or in colours.
const SELECTORS: [char; 2] = ['\u{fe0e}', '\u{fe0f}'];
/// England, Scotland, Wales: all the flags that are made of tags and recommended for interchange (Unicode Technical
/// Standard #51, RGI_Emoji_Tag_Sequence). Other tags would be hidden behind a black flag.
const TAG_FLAGS: [&str; 3] = [
    "\u{1f3f4}\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
    "\u{1f3f4}\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}",
    "\u{1f3f4}\u{e0067}\u{e0062}\u{e0077}\u{e006c}\u{e0073}\u{e007f}",
];

/// Marks on one letter that take no place of their own: Hebrew with vowels and accents has four.
const MAX_STACKED_MARKS: usize = 4;
/// Marks of any kind after one letter: Burmese has six.
const MAX_MARKS: usize = 8;

/// No line that fits has more code points, however many spaces are in it.
const MAX_CODE_POINTS: usize = 1024;

/// How long a line may be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Length {
    /// What people see as characters.
    pub(crate) characters: usize,
    /// Code points, of which one character may have many: what the column holds.
    pub(crate) code_points: usize,
}

impl Length {
    fn holds(self, line: &str) -> bool {
        line.chars().count() <= self.code_points && line.graphemes(true).count() <= self.characters
    }

    /// The longest beginning of `line` that fits, cut between characters.
    fn cut(self, line: &str) -> &str {
        let mut code_points = 0;
        let fitting = line.grapheme_indices(true).take(self.characters).take_while(|(_, character)| {
            code_points += character.chars().count();
            code_points <= self.code_points
        });
        let end = fitting.last().map_or(0, |(start, character)| start + character.len());
        line[..end].trim_end()
    }
}

/// What somebody typed as a line, in NFC and without outer and repeated spaces; `None` when it breaks the rule. It may be
/// empty.
pub(crate) fn checked(typed: &str, length: Length) -> Option<String> {
    let line = tidy(typed)?;
    (length.holds(&line) && seen(&line) == line).then_some(line)
}

/// What is left of `given` under the rule, cut to its length; `None` when nothing is.
pub(crate) fn repaired(given: &str, length: Length) -> Option<String> {
    let beginning: String = given.chars().take(MAX_CODE_POINTS).collect();
    let mut line = tidy(&beginning)?;
    // What is taken out may bring together what composes, or leaves a space at the end.
    for _ in 0..4 {
        line = tidy(&seen(&line))?;
    }
    checked(length.cut(&line), length).filter(|line| !line.is_empty())
}

/// Whether both are the same line, but for what [`checked`] makes alike.
pub(crate) fn is_same(one: &str, other: &str) -> bool {
    one == other || tidy(one).is_some_and(|one| tidy(other).is_some_and(|other| one == other))
}

/// In NFC, with single spaces and none outside; `None` for what is too long to be looked at.
fn tidy(text: &str) -> Option<String> {
    if text.len() > MAX_CODE_POINTS * 4 {
        return None;
    }
    let spaced = text.nfc().map(|c| if is_blank(c) { ' ' } else { c }).collect::<String>();
    Some(spaced.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// What is drawn as nothing and is no `White_Space`: the blank pattern of braille, the note head that is none, and the blanks
/// between hieroglyphs. No property tells them.
const fn is_blank(c: char) -> bool {
    matches!(c, '\u{2800}' | '\u{1d159}' | '\u{13441}' | '\u{13442}')
}

/// What of a tidy line can be seen.
fn seen(line: &str) -> String {
    let (mut kept, mut marks) = (String::with_capacity(line.len()), Marks::default());
    for character in line.graphemes(true) {
        if TAG_FLAGS.contains(&character) {
            kept.push_str(character);
        } else {
            push_seen(&mut kept, character, &mut marks);
        }
    }
    kept
}

/// Adds what can be seen of one character. Marks are counted across: some that take a place of their own, as those of
/// Burmese, are characters by themselves.
fn push_seen(kept: &mut String, character: &str, marks: &mut Marks) {
    let begin = kept.len();
    let mut code_points = character.chars().peekable();
    while let Some(c) = code_points.next() {
        let has_base = kept.chars().next_back().is_some_and(|last| last != ' ');
        let stays = if IGNORABLE.contains(c) {
            makes_emoji(&kept[begin..], c, code_points.peek().copied())
        } else {
            match CATEGORY.get(c) {
                GeneralCategory::NonspacingMark | GeneralCategory::EnclosingMark => {
                    has_base && marks.take(true)
                }
                GeneralCategory::SpacingMark => has_base && marks.take(false),
                GeneralCategory::Control
                | GeneralCategory::PrivateUse
                | GeneralCategory::Surrogate
                | GeneralCategory::Unassigned => false,
                GeneralCategory::Format => PREPENDED.contains(c),
                _ => {
                    *marks = Marks::default();
                    // They stand for what is not there.
                    !matches!(c, '\u{fffc}' | '\u{fffd}')
                }
            }
        };
        if stays {
            kept.push(c);
        }
    }
}

/// Whether `c`, which nobody sees by itself, is part of an emoji after `before` and ahead of `next`.
fn makes_emoji(before: &str, c: char, next: Option<char>) -> bool {
    let Some(last) = before.chars().next_back() else { return false };
    if SELECTORS.contains(&c) {
        let is_keycap = last.is_ascii() && next == Some(KEYCAP);
        return EMOJI.contains(last) && (is_keycap || !EMOJI_PART.contains(last));
    }
    let joined = before.chars().rev().find(|c| !SELECTORS.contains(c) && !SKIN.contains(*c));
    c == JOINER
        && joined.is_some_and(|c| PICTOGRAPHIC.contains(c))
        && next.is_some_and(|c| PICTOGRAPHIC.contains(c))
}

/// The marks after one letter or sign.
#[derive(Default)]
struct Marks {
    stacked: usize,
    all: usize,
}

impl Marks {
    /// Counts one more; `false` when it is too many.
    fn take(&mut self, is_stacked: bool) -> bool {
        if self.all == MAX_MARKS || (is_stacked && self.stacked == MAX_STACKED_MARKS) {
            return false;
        }
        self.all += 1;
        self.stacked += usize::from(is_stacked);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::Randomness as _;
    use testkit::SeededRandomness;

    const NAME: Length = Length { characters: 30, code_points: 100 };

    #[test]
    fn names_of_all_scripts_are_taken_as_they_are() {
        for name in [
            "홍길동",
            "ㅋㅋㅋ",
            "José",
            "Nguyễn Thị Ánh",
            "สมชายที่รัก",
            "क्षत्रिय",
            "শ্রী",
            "ကြွှေးမြို့",
            "བསྒྲུབས",
            "בְּרֵאשִׁ֖ית",
            "مُحَمَّد",
            "葛飾 北斎",
            "О́льга",
            "ǅ",
            "<b>&amp;",
            "q\u{323}\u{307}",
            "-",
            "☃",
            "\u{0600}12",
        ] {
            assert_eq!(checked(name, NAME).as_deref(), Some(name));
        }
    }

    #[test]
    fn emoji_are_taken_whole() {
        for emoji in [
            "👩‍🚀",
            "❤️",
            "☺︎",
            "👩🏽‍❤️‍💋‍👨🏿",
            "🏳️‍🌈",
            "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
            "🇰🇷",
            "1️⃣",
            "#⃣",
            "👋🏿",
            "🐻‍❄️",
            "호랑이🐯입니다",
        ] {
            assert_eq!(checked(emoji, NAME).as_deref(), Some(emoji), "{}", emoji.escape_unicode());
        }
    }

    /// Texts that break the rule, and what a provider's is repaired to.
    #[test]
    fn what_cannot_be_seen_is_refused_where_it_is_typed_and_taken_out_where_it_is_given() {
        for (text, left) in [
            ("\u{3164}", None),
            ("\u{ffa0}", None),
            ("\u{115f}\u{1160}", None),
            ("\u{200b}", None),
            ("\u{180b}", None),
            ("\u{180e}", None),
            ("\u{2065}", None),
            ("\u{fff0}", None),
            ("\u{e0001}", None),
            ("\u{e01ef}", None),
            ("\u{ffff}", None),
            ("\u{fdd0}", None),
            ("\u{10fffe}", None),
            ("\u{e000}", None),
            ("\u{f0000}", None),
            ("\u{378}", None),
            ("\0", None),
            ("\u{85}\u{1}", None),
            ("\u{301}", None),
            ("\u{20dd}", None),
            ("\u{903}", None),
            ("\u{fe0f}", None),
            ("\u{200d}\u{fe0f}", None),
            ("\u{fffd}", None),
            ("\u{fffc}", None),
            ("\u{fff9}\u{fffb}", None),
            ("홍\u{200b}길동", Some("홍길동")),
            ("a\u{202e}b\u{2066}c", Some("abc")),
            ("a\u{ad}b", Some("ab")),
            ("e\u{34f}\u{301}", Some("é")),
            ("a\0b", Some("ab")),
            ("a \u{301}b", Some("a b")),
            ("가\u{fe0f}나\u{200d}다", Some("가나다")),
            ("1\u{fe0f}", Some("1")),
            ("葛\u{e0100}", Some("葛")),
            ("👩\u{200d}x", Some("👩x")),
            ("👩\u{200d}", Some("👩")),
            ("❤\u{fe0f}\u{fe0f}", Some("❤\u{fe0f}")),
            ("🏴\u{e0061}\u{e007f}", Some("🏴")),
            ("a\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}", Some("á\u{302}\u{303}\u{304}\u{305}")),
        ] {
            assert_eq!(checked(text, NAME), None, "{}", text.escape_unicode());
            assert_eq!(repaired(text, NAME).as_deref(), left, "{}", text.escape_unicode());
        }
    }

    #[test]
    fn blanks_are_spaces() {
        for blank in
            ["\u{2800}", "\u{1d159}", "\u{3000}", "\u{a0}", "\u{2003}", "\t", "\r\n", "\u{2028}", "\u{13441}"]
        {
            assert_eq!(checked(blank, NAME).as_deref(), Some(""), "{}", blank.escape_unicode());
            assert_eq!(repaired(blank, NAME), None);
            let between = format!("{blank}a{blank}{blank}b{blank}");
            assert_eq!(checked(&between, NAME).as_deref(), Some("a b"));
            assert_eq!(repaired(&between, NAME).as_deref(), Some("a b"));
        }
    }

    #[test]
    fn it_is_counted_and_cut_in_what_people_see_as_characters() {
        let decomposed = "\u{1112}\u{1161}\u{11ab}".repeat(30);
        assert_eq!(checked(&decomposed, NAME), Some("한".repeat(30)));
        assert!(checked(&"가".repeat(31), NAME).is_none());
        assert_eq!(repaired(&"가".repeat(99), NAME), Some("가".repeat(30)));
        let family = "👩‍👩‍👧‍👦";
        assert!(checked(&family.repeat(14), NAME).is_some(), "98 code points");
        assert!(checked(&family.repeat(15), NAME).is_none());
        assert_eq!(repaired(&family.repeat(15), NAME), Some(family.repeat(14)), "cut between families");
        assert_eq!(
            repaired(&format!("{} 나", "가".repeat(29)), NAME),
            Some("가".repeat(29)),
            "no space at the end"
        );
        assert_eq!(repaired(&"x".repeat(1_000_000), NAME), Some("x".repeat(30)));
        assert_eq!(checked(&"x ".repeat(1_000_000), NAME), None);
    }

    #[test]
    fn what_is_repaired_is_taken_and_what_is_taken_is_not_changed_again() {
        let randomness = SeededRandomness::new(16);
        let mut bytes = [0_u8; 48];
        for _ in 0..20_000 {
            randomness.fill(&mut bytes);
            let text: String = bytes
                .as_chunks::<4>()
                .0
                .iter()
                .filter_map(|chunk| {
                    let number = u32::from_le_bytes([chunk[0], chunk[1], chunk[2], 0]);
                    match chunk[3] % 4 {
                        0 => char::from_u32(number % 0x11_0000),
                        1 => char::from_u32(0x300 + number % 0x70),
                        2 => char::from_u32(
                            [0x200d, 0xfe0f, 0x1f469, 0x1f3fd, 0x20e3, 0x2764, 0x31][number as usize % 7],
                        ),
                        _ => char::from_u32(0x1100 + number % 0x100),
                    }
                })
                .collect();
            if let Some(line) = repaired(&text, NAME) {
                assert_eq!(checked(&line, NAME), Some(line), "{}", text.escape_unicode());
            }
            if let Some(line) = checked(&text, NAME) {
                assert_eq!(checked(&line, NAME), Some(line.clone()), "{}", text.escape_unicode());
                assert_eq!(repaired(&line, NAME).unwrap_or_default(), line, "{}", text.escape_unicode());
            }
        }
    }
}
