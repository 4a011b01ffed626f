//! Which new passwords are taken: long enough, and not among those that everybody tries first.
//!
//! # What is checked against
//! The crate `zxcvbn` (MIT) carries 30,000 passwords of public breaches by frequency, and some 60,000 words and names; nothing is
//! asked outside. A long password is seldom leaked in that very form; it is one written twice, two together, with a year, with
//! `@` for `a`, along the keyboard. So the list is not only compared but estimated with: how many guesses would an attacker need
//! who knows the lists and these habits? With fewer than 10⁸ the password is refused. There is no rule about kinds of characters
//! (S-ACC-2).

use std::ops::RangeInclusive;
use std::panic::{AssertUnwindSafe, catch_unwind};

use names::EmailAddress;
use unicode_normalization::UnicodeNormalization as _;
use zeroize::Zeroizing;
use zxcvbn::zxcvbn;

use crate::model::password::Password;
use crate::model::password_error::PasswordError;

/// Below this many guesses (as a power of ten) a password is refused. At the cost of our hash, 10⁸ guesses take one
/// graphics card some weeks; and online nobody has more than a hundred.
const MIN_GUESSES_LOG10: f64 = 8.0;

/// Our own names: passwords made of them are the first that anybody would try here (S-ACC-3).
const OUR_NAMES: [&str; 2] = ["daemun", "대문"];
/// What people type as a password everywhere. Korean words are not in the lists of the estimate.
const COMMON_WORDS: [&str; 3] = ["로그인", "비밀번호", "password"];

/// How many keys must have been pressed for what is left of a password when context words are taken out of it.
const MIN_KEYS_LEFT: usize = 8;

/// How much of a password is estimated. More characters cost time and change nothing: what is strong so far stays strong.
const MAX_ESTIMATED_CHARS: usize = 100;
/// How much is estimated when the crate panics on that. Its arithmetic overflows on a sequence of more than 20 matches,
/// of which 20 characters cannot have more.
const FALLBACK_ESTIMATED_CHARS: usize = 20;

/// The rules for new passwords.
#[derive(Clone, Debug)]
pub struct PasswordPolicy {
    /// The length in characters, as people count them (code points in NFC).
    pub length: RangeInclusive<usize>,
    /// Words that are plain here: the name of the site, its host.
    pub words: Vec<String>,
}

/// 10 to 128 characters (decision 39).
impl Default for PasswordPolicy {
    fn default() -> Self {
        Self::at_least(10)
    }
}

/// Whose password it will be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Owner<'a> {
    pub(crate) email: &'a EmailAddress,
    pub(crate) nickname: &'a str,
}

impl PasswordPolicy {
    /// The longest password, in characters. NIST SP 800-63B asks for 64 at least.
    const MAX_CHARS: usize = 128;

    /// The rules where a password has at least `least` characters.
    pub const fn at_least(least: usize) -> Self {
        Self { length: least..=Self::MAX_CHARS, words: Vec::new() }
    }

    /// Whether `password` may become the password of `owner`. Takes up to some milliseconds: not for async workers.
    pub(crate) fn check(&self, password: &Password, owner: Owner<'_>) -> Result<(), PasswordError> {
        self.check_length(password)?;
        let password = password.expose();
        let context = self.context(owner);
        let mut words: Vec<&str> = context.iter().map(String::as_str).collect();
        if is_made_of(password, &words) {
            return Err(PasswordError::Context);
        }
        words.extend(COMMON_WORDS);
        if is_made_of(password, &words) {
            return Err(PasswordError::Leaked);
        }
        match guesses_log10(password, &words) {
            Some(guesses) if guesses >= MIN_GUESSES_LOG10 => Ok(()),
            // A password that cannot be estimated does not count as strong.
            _ => Err(PasswordError::Leaked),
        }
    }

    /// Whether `password` has the length of one, regardless of its owner.
    pub(crate) fn check_length(&self, password: &Password) -> Result<(), PasswordError> {
        if self.length.contains(&password.expose().chars().count()) {
            Ok(())
        } else {
            Err(PasswordError::Length { least: *self.length.start(), most: *self.length.end() })
        }
    }

    fn context(&self, owner: Owner<'_>) -> Vec<String> {
        let host = owner.email.domain().split('.').next().unwrap_or_default();
        let parts = owner.email.local().split(['.', '+', '-', '_']);
        OUR_NAMES
            .into_iter()
            .chain(self.words.iter().map(String::as_str))
            .chain([owner.email.as_str(), owner.email.local(), host, owner.nickname])
            .chain(parts)
            .chain(owner.nickname.split_whitespace())
            .map(fold)
            .filter(|word| word.chars().count() >= 2)
            .collect()
    }
}

/// How many guesses `password` needs, as a power of ten; `None` when the crate panics however little it is given. A text
/// that somebody typed must not become an internal error.
fn guesses_log10(password: &str, words: &[&str]) -> Option<f64> {
    [MAX_ESTIMATED_CHARS, FALLBACK_ESTIMATED_CHARS].into_iter().find_map(|most| {
        let beginning = Zeroizing::new(password.chars().take(most).collect::<String>());
        catch_unwind(AssertUnwindSafe(|| zxcvbn(&beginning, words).guesses_log10())).ok()
    })
}

/// Whether a password is little more than words that are plain here, with digits and signs around them.
fn is_made_of(password: &str, words: &[&str]) -> bool {
    let mut words = words.to_vec();
    words.sort_unstable_by_key(|word| std::cmp::Reverse(word.len()));
    let whole = fold(password);
    let rest = words.into_iter().fold(whole.clone(), |rest, word| rest.replace(word, " "));
    let left: usize = rest.chars().map(keys).sum();
    rest != whole && left < MIN_KEYS_LEFT
}

/// How many keys are pressed for a letter or a sign that is not ASCII: two or three for a syllable of Hangul.
fn keys(c: char) -> usize {
    match u32::from(c).checked_sub(0xac00) {
        Some(syllable) if c <= '\u{d7a3}' => 2 + usize::from(!syllable.is_multiple_of(28)),
        _ => usize::from(c.is_alphabetic() || !(c.is_ascii() || c.is_whitespace())),
    }
}

fn fold(text: &str) -> String {
    text.nfkc().collect::<String>().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(policy: &PasswordPolicy, nickname: &str, password: &str) -> Result<(), PasswordError> {
        let email = kernel::email_address::read("gildong.hong@mail.example").unwrap();
        policy.check(&Password::parse(password).unwrap(), Owner { email: &email, nickname })
    }

    fn check(password: &str) -> Result<(), PasswordError> {
        judge(&PasswordPolicy::default(), "Red Pine 소나무", password)
    }

    #[test]
    fn s_acc_1_ten_characters_to_128_of_any_kind() {
        let length = Err(PasswordError::Length { least: 10, most: 128 });
        assert_eq!(check("tqzkw vhm"), length, "9");
        assert_eq!(check("tqzkw vhmx"), Ok(()), "10");
        let long: String =
            "문고리를 두 번 두드리면 😀 열려요 Knock twice, it opens. ".chars().cycle().take(129).collect();
        let cut = |length: usize| long.chars().take(length).collect::<String>();
        assert_eq!(check(&cut(64)), Ok(()));
        assert_eq!(check(&cut(128)), Ok(()));
        assert_eq!(check(&cut(129)), length);
        assert_eq!(check("🏯🌲🦊🐯🐻🏮🎋🌾🍂🪨🪵🔥💧🌬🌙"), Ok(()), "15 characters in 60 bytes");
        let phrase = "오래된 대문 앞 소나무 41";
        assert_eq!(judge(&PasswordPolicy::default(), "홍길동", phrase), Ok(()), "our name among other words");
    }

    #[test]
    fn s_acc_1_fifteen_characters_where_the_password_is_the_only_factor() {
        let policy = PasswordPolicy::at_least(15);
        let length = Err(PasswordError::Length { least: 15, most: 128 });
        assert_eq!(judge(&policy, "홍길동", "tqzkw vhmxpj b"), length, "14");
        assert_eq!(judge(&policy, "홍길동", "tqzkw vhmxpj bn"), Ok(()), "15");
    }

    #[test]
    fn whatever_is_typed_the_answer_is_an_answer() {
        for (unit, times) in [
            ("12", 20),
            ("12", 64),
            ("1", 128),
            ("aA1!", 32),
            ("İ", 64),
            ("ﬃ", 100),
            ("a\u{301}", 64),
            ("2019-", 25),
        ] {
            let _ = check(&unit.repeat(times));
        }
        assert_eq!(check(&"12".repeat(20)), Err(PasswordError::Leaked));
        // Alone, the crate overflows here, or takes the overflowed number for an estimate.
        assert!(guesses_log10(&"12".repeat(20), &[]).is_some());
    }

    #[test]
    fn odd_texts_of_no_kind_are_a_fault_of_ours_as_passwords() {
        let policy = PasswordPolicy::at_least(8);
        let (texts, rounds) = testkit::RandomTexts::for_rounds(24, 400);
        for _ in rounds {
            let (typed, nickname) = (texts.text(140), texts.text(30));
            let Some(password) = Password::parse(&typed) else { continue };
            let email = kernel::email_address::read("gildong.hong@mail.example").unwrap();
            let _ = policy.check(&password, Owner { email: &email, nickname: &nickname });
            // Whatever the crate meets, one of the two estimates is made.
            assert!(guesses_log10(&typed, &[&nickname]).is_some(), "{}", typed.escape_unicode());
        }
    }

    #[test]
    fn s_acc_2_no_kind_of_character_is_asked_for() {
        for phrase in [
            "correcthorsebatterystaple",
            "unpavedlanternquilts",
            "오래된 소나무 아래 돌계단 셋",
            "the gateway opens when it rains",
            "7302915846627130459",
            "마당에내린눈위에발자국하나둘셋",
        ] {
            assert_eq!(check(phrase), Ok(()), "{phrase}");
        }
    }

    #[test]
    fn s_acc_3_leaked_passwords_and_what_people_make_of_them_are_refused() {
        for leaked in [
            "123456789987654321",
            "1qaz2wsx3edc4rfv",
            "qwertyuiopasdfghjkl",
            "qwertyuiop123456789",
            "passwordpassword",
            "p@ssw0rdp@ssw0rd",
            "PASSWORD123456789",
            "drowssapdrowssap",
            "iloveyouiloveyou",
            "dragondragon2020",
            "aaaaaaaaaaaaaaaaaaaaaaaa",
            "abcabcabcabcabcabc",
            "abcdefghijklmnopqrstuvwxyz",
            "123451234512345123451234512345",
            "football19901990",
            "가가가가가가가가가가가가가가가",
            "qazwsxedcrfvtgb",
            "1q2w3e4r5t",
            "1234567890",
            "password12",
            "qwertyuiop",
            "dragon2020",
            "iloveyou12",
            "password1234",
            "비밀번호123456",
            "로그인로그인로그인로그인",
            "password-daemun-2026",
        ] {
            assert_eq!(check(leaked), Err(PasswordError::Leaked), "{leaked}");
        }
    }

    #[test]
    fn s_acc_3_words_of_this_place_are_refused() {
        for plain in [
            "daemun-daemun-daemun",
            "Daemun2026Daemun!!",
            "대문대문대문대문대문대문대문대문",
            "gildong.hong@mail.example",
            "GildongHong-20260118",
            "red pine red pine red",
            "소나무소나무소나무소나무소나무",
        ] {
            assert_eq!(check(plain), Err(PasswordError::Context), "{plain}");
        }
        assert_eq!(check("daemun und ein alter fuchs"), Ok(()), "a word of ours among others is no harm");
    }

    #[test]
    fn s_acc_5_no_password_takes_long_to_judge() {
        for unit in
            ["password1", "qwerty123", "a1", "1qaz2wsx3edc", "19900118", "p@ssw0rd", "가나다", "drowssap4321"]
        {
            let password: String = unit.chars().cycle().take(128).collect();
            let before = std::time::Instant::now();
            let _ = check(&password);
            let took = before.elapsed();
            println!("{unit}: {took:?}");
            assert!(took < std::time::Duration::from_secs(2), "{unit}: {took:?}");
        }
    }
}
