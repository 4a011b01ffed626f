//! The only parser of e-mail addresses (S-ACC-12): for what people type, what providers send, and where mail goes.

use names::EmailAddress;

/// Parses an address as somebody typed it; `None` when it is not a plain `local@domain`. White space around it and case do not
/// count, and the domain is converted to A-labels (RFC 5890 section 2.3.2.1): `A@EXAMPLE.com` and `a@example.com ` are one
/// address, and so are `a@한국.kr` and `a@xn--3e0b707e.kr`.
pub fn read(typed: &str) -> Option<EmailAddress> {
    let (local, domain) = typed.trim().rsplit_once('@')?;
    let domain = idna::domain_to_ascii_strict(domain).ok()?;
    EmailAddress::from_canonical(format!("{}@{domain}", local.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(typed: &str) -> Option<String> {
        read(typed).map(|address| address.as_str().to_owned())
    }

    #[test]
    fn s_acc_12_spellings_of_one_address_are_one() {
        for (typed, expected) in [
            ("A@EXAMPLE.com", "a@example.com"),
            (" a@example.com \r\n", "a@example.com"),
            ("a@한국.kr", "a@xn--3e0b707e.kr"),
            ("a@XN--3E0B707E.KR", "a@xn--3e0b707e.kr"),
            ("a@bücher.example", "a@xn--bcher-kva.example"),
            ("a@bu\u{308}cher.example", "a@xn--bcher-kva.example"),
            ("a@ｅｘａｍｐｌｅ.com", "a@example.com"),
            ("first.last+tag@sub.example.co.kr", "first.last+tag@sub.example.co.kr"),
        ] {
            assert_eq!(canonical(typed).as_deref(), Some(expected), "{typed:?}");
        }
        assert_ne!(
            canonical("a.b@example.com"),
            canonical("ab@example.com"),
            "no guessing what hosts ignore"
        );
    }

    #[test]
    fn s_mail_11_what_is_no_plain_address_is_refused() {
        let long_local = format!("{}@example.com", "a".repeat(65));
        let long = format!("{}@{}.com", "a".repeat(64), "b.".repeat(100));
        for bad in [
            "",
            "a",
            "@",
            "a@",
            "@b.c",
            "a@b",
            "a@@b.c",
            "a b@c.de",
            "a@b c.de",
            "\"a b\"@c.de",
            "\"hong\"@example.com",
            "a\"b@example.com",
            "\"@example.com",
            "a\\b@example.com",
            "a(x)@b.de",
            "a@[127.0.0.1]",
            "a@127.0.0.1",
            "a..b@c.de",
            ".a@c.de",
            "a.@c.de",
            "a@b..de",
            "a@.de",
            "a@b.de.",
            "a@-b.de",
            "a@b_c.de",
            "홍@example.com",
            "a@b.c\r\nBcc: x@y.z",
            "a\0@b.de",
            "a@xn--a.de",
            "a@b.de,c@d.ef",
            "<a@b.de>",
            &long_local,
            &long,
        ] {
            assert_eq!(canonical(bad), None, "{bad:?}");
        }
    }
}
