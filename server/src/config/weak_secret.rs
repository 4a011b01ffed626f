//! Secrets that nobody made by chance.

/// Shorter ones can be guessed by anyone who may try often.
const MIN_CHARS: usize = 32;
/// In 32 random hexadecimal digits, fewer than eight different ones occur once in many millions.
const MIN_DIFFERENT_CHARS: usize = 8;
/// Words from examples. Each is long enough not to occur by chance in base64.
const WORDS: [&str; 14] = [
    "change",
    "replace",
    "example",
    "password",
    "secret",
    "placeholder",
    "insert",
    "default",
    "sample",
    "qwerty",
    "daemun",
    "letmein",
    "yourkey",
    "fixme",
];

/// What is wrong with a secret of our own choosing; `None` where it may have been generated at random.
pub(super) fn weakness(secret: &str) -> Option<&'static str> {
    if secret.len() < MIN_CHARS {
        return Some("it is shorter than 32 characters");
    }
    if is_placeholder(secret) {
        return Some("it is the value of an example");
    }
    let mut different: Vec<u8> = secret.bytes().collect();
    different.sort_unstable();
    different.dedup();
    if different.len() < MIN_DIFFERENT_CHARS || repeats(secret.as_bytes()) || counts_on(secret.as_bytes()) {
        return Some("it was plainly not made by chance");
    }
    None
}

/// Whether a secret that somebody else gave us is still the placeholder of an example.
pub(super) fn is_placeholder(secret: &str) -> bool {
    let plain: String = secret.chars().filter(char::is_ascii_alphanumeric).collect();
    let plain = plain.to_ascii_lowercase();
    WORDS.iter().any(|word| plain.contains(word))
}

/// Whether it is a shorter text repeated.
fn repeats(secret: &[u8]) -> bool {
    (1..=secret.len() / 2).any(|period| secret.iter().zip(&secret[period..]).all(|(a, b)| a == b))
}

/// Whether most characters follow the one before: `0123…`, `abcd…`, `zyxw…`.
fn counts_on(secret: &[u8]) -> bool {
    let follow = secret.windows(2).filter(|pair| pair[0].abs_diff(pair[1]) <= 1).count();
    follow * 2 > secret.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_repetitions_and_rows_are_weak() {
        for weak in [
            "change me",
            "Change-Me Change-Me Change-Me Change-Me",
            "c h a n g e m e 0123 5817 9917 2817 1928",
            "00000000000000000000000000000000",
            "abcdefghijklmnopqrstuvwxyz012345",
            "0123456789abcdef0123456789abcdef",
            "k3Jx9QpLk3Jx9QpLk3Jx9QpLk3Jx9QpL",
            "this-is-the-example-key-of-the-docs",
        ] {
            assert!(weakness(weak).is_some(), "{weak}");
        }
        for good in [
            "i4kNUelL0R+A5UlXRLwZJ+91cOScZtyn6KM2pCJWeto=",
            "9f86d081884c7d659a2feaa0c55ad015",
            "zU3nP5vWq8Rt1YcXo7LkEa2JmBh4GdSf",
        ] {
            assert_eq!(weakness(good), None, "{good}");
        }
    }
}
