//! Korean particles behind a quoted text. Their form depends on its last syllable, which changes with the text.

/// The particles, after a consonant and after a vowel.
const PARTICLES: [(&str, &str); 5] = [("을", "를"), ("이", "가"), ("은", "는"), ("과", "와"), ("으로", "로")];

/// The syllables of Hangul.
const SYLLABLES: std::ops::RangeInclusive<u32> = 0xAC00..=0xD7A3;
/// How many endings a syllable can have, and the number of the one with `ㄹ`, after which `로` is right as after a vowel.
const ENDINGS: u32 = 28;
const RIEUL: u32 = 8;

/// Checks the particle with which `after` begins, behind the closing quotation mark, against what was `quoted`. Nothing is said of a
/// text that does not end in Hangul.
pub(crate) fn check(quoted: &str, after: &str) -> Result<(), String> {
    let Some(behind) = after.strip_prefix(['’', '”']) else { return Ok(()) };
    let last = quoted.chars().rev().find(|one| one.is_alphanumeric()).map(u32::from);
    let Some(last) = last.filter(|last| SYLLABLES.contains(last)) else { return Ok(()) };
    let ending = (last - SYLLABLES.start()) % ENDINGS;
    for (after_consonant, after_vowel) in PARTICLES {
        let as_after_vowel = ending == 0 || (ending == RIEUL && after_vowel == "로");
        let (right, wrong) =
            if as_after_vowel { (after_vowel, after_consonant) } else { (after_consonant, after_vowel) };
        let rest = behind.strip_prefix(wrong);
        if rest.is_some_and(|rest| !rest.starts_with(char::is_alphanumeric)) {
            return Err(format!("has `{wrong}` behind `{quoted}`, which takes `{right}`"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_particle_fits_the_last_syllable_before_it() {
        for (quoted, after) in [
            ("비밀번호와 보안", "’을 열어"),
            ("비밀번호를 잊으셨나요?", "’를 눌러"),
            ("계정 삭제", "’로 가세요"),
            ("기기 연결", "’로 가세요"),
            ("로그인", "’으로 가세요"),
            ("Safari", "’를 여세요"),
            ("로그인", "’이라는 버튼"),
            ("로그인", " 하세요"),
            ("로그인", "’에서"),
        ] {
            assert_eq!(check(quoted, after), Ok(()), "{quoted}{after}");
        }
        for (quoted, after) in [
            ("비밀번호와 보안", "’를 열어"),
            ("비밀번호를 잊으셨나요?", "’을 눌러"),
            ("기기 연결", "’으로 가세요"),
            ("로그인", "”가 있어요"),
            ("저장", "’는"),
        ] {
            assert!(check(quoted, after).is_err(), "{quoted}{after}");
        }
    }
}
