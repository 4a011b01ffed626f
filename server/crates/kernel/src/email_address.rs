//! An e-mail address in the one form by which accounts are found (S-ACC-12). It is the only reading of addresses: what
//! somebody types, what a provider says, and what a mail is sent to.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The longest address (RFC 5321 section 4.5.3.1.3, without the angle brackets).
const LONGEST: usize = 254;
/// The longest part before the `@` (RFC 5321 section 4.5.3.1.1).
const LONGEST_LOCAL: usize = 64;

/// An address in its canonical form: without outer white space, lower-case, the domain as A-labels (RFC 5890 section
/// 2.3.2.1). So `A@EXAMPLE.com` and `a@example.com ` are one, and so are `a@한국.kr` and `a@xn--3e0b707e.kr`.
///
/// Case before the `@` counts by RFC 5321 section 2.4, but for no mail host that people use; two accounts that differ by
/// it alone would be a trap. Dots and `+tags` are kept: whether they count is for each host to say.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct EmailAddress(String);

impl EmailAddress {
    /// Reads an address as somebody typed it; `None` when no mail could reach it. Only the plain form is taken (a
    /// `dot-atom`, RFC 5322 section 3.4.1): no quotes, no comments, no address literals, so that nothing in it can end a
    /// header line or mean something else to another parser (S-MAIL-11).
    pub fn parse(typed: &str) -> Option<Self> {
        let (local, domain) = typed.trim().rsplit_once('@')?;
        let atom = |atom: &str| !atom.is_empty() && atom.chars().all(is_atom_character);
        if local.len() > LONGEST_LOCAL || !local.split('.').all(atom) {
            return None;
        }
        let domain = idna::domain_to_ascii_strict(domain).ok()?;
        let last = domain.rsplit_once('.')?.1;
        let address = format!("{}@{domain}", local.to_ascii_lowercase());
        // A last label of digits is an IP address, not a domain (RFC 3696 section 2).
        let fits = address.len() <= LONGEST && !last.is_empty() && !last.bytes().all(|b| b.is_ascii_digit());
        fits.then_some(Self(address))
    }

    /// The text, all ASCII.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part before the `@`.
    pub fn local(&self) -> &str {
        self.0.split_once('@').map_or("", |(local, _)| local)
    }

    /// The part after the `@`.
    pub fn domain(&self) -> &str {
        self.0.split_once('@').map_or("", |(_, domain)| domain)
    }
}

/// `atext` of RFC 5322 section 3.2.3. A quotation mark is none: `"hong"@example.com` would be a second name of the mailbox
/// `hong@example.com`, and `a"b@example.com` is no address at all.
const fn is_atom_character(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || matches!(c, '!' | '#'..='\'' | '*' | '+' | '-' | '/' | '=' | '?' | '^'..='`' | '{'..='~')
}

/// For what we wrote ourselves.
impl TryFrom<String> for EmailAddress {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("no e-mail address")
    }
}

/// The domain alone: addresses do not belong in a log (S-LOG-2).
impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "…@{}", self.domain())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(typed: &str) -> Option<String> {
        EmailAddress::parse(typed).map(|address| address.as_str().to_owned())
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

    #[test]
    fn s_log_2_an_address_does_not_print_in_full() {
        assert_eq!(format!("{:?}", EmailAddress::parse("hong@example.com").unwrap()), "…@example.com");
    }
}
