//! Which new passwords are taken: long enough, and not among those that everybody tries first.
//!
//! # What is checked against
//! The crate `zxcvbn` (MIT) carries 30,000 passwords of public breaches by frequency, and some 60,000 words and names;
//! nothing is asked outside. A password of 15 characters is seldom a leaked one as it stands: it is one written twice, two
//! together, with a year, with `@` for `a`, along the keyboard. So the list is not only compared but estimated with: how
//! many guesses would somebody need who knows the lists and these habits? Fewer than 10⁸, and the password is refused.
//! There is no rule about kinds of characters (S-ACC-2).

use std::ops::RangeInclusive;

use unicode_normalization::UnicodeNormalization as _;
use zxcvbn::zxcvbn;

use crate::{EmailAddress, Password};

/// Below this many guesses (as a power of ten) a password is refused. At the cost of our hash, 10⁸ guesses take one
/// graphics card some weeks; and online nobody has more than a hundred.
const FEWEST_GUESSES_LOG10: f64 = 8.0;

/// Our own words: a password made of them is the first that somebody tries here (S-ACC-3).
const OUR_WORDS: [&str; 5] = ["daemun", "대문", "로그인", "비밀번호", "password"];

/// How many letters must be left of a password when context words are taken out of it.
const FEWEST_LEFT: usize = 8;

/// The rules for new passwords.
#[derive(Clone, Debug)]
pub struct PasswordPolicy {
    /// The length in characters, as people count them (code points in NFC).
    pub length: RangeInclusive<usize>,
    /// Words that are plain here: the name of the site, its host.
    pub words: Vec<String>,
}

/// 15 to 128 characters: the password is the only factor (NIST SP 800-63B section 3.1.1.2).
impl Default for PasswordPolicy {
    fn default() -> Self {
        Self { length: 15..=128, words: Vec::new() }
    }
}

/// Why a new password is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordFault {
    /// Too short or too long.
    #[error("the password has a length that is not taken")]
    Length,
    /// It is, or is made of, what leaked before.
    #[error("the password is easy to guess from lists of leaked ones")]
    Leaked,
    /// It is made of the name of this site, the address or the nickname.
    #[error("the password is made of words that are plain here")]
    Context,
}

/// Whose password it will be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Owner<'a> {
    pub(crate) email: &'a EmailAddress,
    pub(crate) nickname: &'a str,
}

impl PasswordPolicy {
    /// Whether `password` may become the password of `owner`. Takes up to some milliseconds: not for async workers.
    pub(crate) fn check(&self, password: &Password, owner: Owner<'_>) -> Result<(), PasswordFault> {
        let password = password.expose();
        if !self.length.contains(&password.chars().count()) {
            return Err(PasswordFault::Length);
        }
        let words = self.context(owner);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        if is_made_of(password, &words) {
            return Err(PasswordFault::Context);
        }
        if zxcvbn(password, &words).guesses_log10() < FEWEST_GUESSES_LOG10 {
            return Err(PasswordFault::Leaked);
        }
        Ok(())
    }

    fn context(&self, owner: Owner<'_>) -> Vec<String> {
        let host = owner.email.domain().split('.').next().unwrap_or_default();
        let parts = owner.email.local().split(['.', '+', '-', '_']);
        OUR_WORDS
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

/// Whether a password is little more than words that are plain here, with digits and signs around them.
fn is_made_of(password: &str, words: &[&str]) -> bool {
    let mut words = words.to_vec();
    words.sort_unstable_by_key(|word| std::cmp::Reverse(word.len()));
    let whole = fold(password);
    let rest = words.into_iter().fold(whole.clone(), |rest, word| rest.replace(word, " "));
    let left = rest.chars().filter(|c| c.is_alphabetic() || !(c.is_ascii() || c.is_whitespace())).count();
    rest != whole && left < FEWEST_LEFT
}

fn fold(text: &str) -> String {
    text.nfkc().collect::<String>().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(password: &str) -> Result<(), PasswordFault> {
        let email = EmailAddress::parse("gildong.hong@mail.example").unwrap();
        let owner = Owner { email: &email, nickname: "Red Pine 소나무" };
        PasswordPolicy::default().check(&Password::parse(password).unwrap(), owner)
    }

    #[test]
    fn s_acc_1_fifteen_characters_to_128_of_any_kind() {
        assert_eq!(check("tqzkw vhmxpj b"), Err(PasswordFault::Length), "14");
        assert_eq!(check("tqzkw vhmxpj bn"), Ok(()), "15");
        let long: String =
            "문고리를 두 번 두드리면 😀 열려요 Knock twice, it opens. ".chars().cycle().take(129).collect();
        let cut = |length: usize| long.chars().take(length).collect::<String>();
        assert_eq!(check(&cut(64)), Ok(()));
        assert_eq!(check(&cut(128)), Ok(()));
        assert_eq!(check(&cut(129)), Err(PasswordFault::Length));
        assert_eq!(check("🏯🌲🦊🐯🐻🏮🎋🌾🍂🪨🪵🔥💧🌬🌙"), Ok(()), "15 characters in 60 bytes");
    }

    #[test]
    fn s_acc_2_no_kind_of_character_is_asked_for() {
        for phrase in [
            "correcthorsebatterystaple",
            "unpavedlanternquilts",
            "오래된 소나무 아래 돌계단 셋",
            "the gate opens when it rains",
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
        ] {
            assert!(check(leaked).is_err(), "{leaked}");
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
            "password-daemun-2026",
        ] {
            assert_eq!(check(plain), Err(PasswordFault::Context), "{plain}");
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
