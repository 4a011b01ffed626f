//! What is kept of why a job failed, for operators: short, on one line, and without what is personal or secret. The log has all of it.

/// The longest text that is kept, in characters.
const MAX_CHARS: usize = 200;

/// The part that is kept: mail servers repeat the address that they refuse, and the query of an address of the web may be a secret.
pub(crate) fn kept(reason: &str) -> String {
    let mut kept = String::new();
    for word in reason.split(|character: char| character.is_whitespace() || character.is_control()) {
        let word = match (word.contains('@'), word.split_once('?')) {
            (true, _) => "***",
            (false, Some((address, _))) if address.contains("://") => address,
            _ => word,
        };
        if !word.is_empty() {
            if !kept.is_empty() {
                kept.push(' ');
            }
            kept.push_str(word);
        }
    }
    kept.chars().take(MAX_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s_mail_9_no_address_and_no_query_is_kept_of_a_failure() {
        for (reason, text) in [
            (
                "permanent error (550): 5.1.1 <hong@example.com>: no such user",
                "permanent error (550): 5.1.1 *** no such user",
            ),
            (
                "error for https://id.example/unlink?token=abc: refused",
                "error for https://id.example/unlink refused",
            ),
            ("what?\r\n\tNothing", "what? Nothing"),
            ("", ""),
        ] {
            assert_eq!(kept(reason), text);
        }
        assert_eq!(kept(&"가".repeat(300)).chars().count(), MAX_CHARS);
    }
}
