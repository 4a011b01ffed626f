//! The link of a mail.

use std::fmt;

use serde::{Deserialize, Serialize};
use web::PublicOrigin;

/// An address on our own site, made from the configured origin and never from a request (S-MAIL-7). It may contain a token, so
/// it is never printed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Link(String);

/// The text is not a path of this site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a link in a mail needs a path of our own site")]
pub struct LinkError;

impl Link {
    /// The link to `path`, which may have a query: `/email/verify?token=…`.
    ///
    /// # Errors
    /// When `path` does not begin with a single `/`, or has a character other than ASCII letters, digits and `/?=&-._~%+`.
    pub fn new(origin: &PublicOrigin, path: &str) -> Result<Self, LinkError> {
        let ours = path.starts_with('/') && !path.starts_with("//");
        // A subset of RFC 3986 that needs no escaping in either part of the mail.
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/?=&-._~%+".contains(&byte);
        if ours && path.bytes().all(plain) {
            Ok(Self(format!("{}{path}", origin.as_str())))
        } else {
            Err(LinkError)
        }
    }

    /// The whole address. A secret until its token is used.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[REDACTED]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s_mail_7_a_link_leads_to_our_own_origin_or_is_none() {
        let origin = PublicOrigin::of(&"https://login.example/".parse().unwrap());
        let link = Link::new(&origin, "/email/verify?token=a-_9").unwrap();
        assert_eq!(link.as_str(), "https://login.example/email/verify?token=a-_9");
        assert_eq!(format!("{link:?}"), "[REDACTED]");
        for bad in
            ["", "x", "@evil.example/", ".evil.example", "//evil.example", "/a\r\nb", "/\"><b>", "/a b", "/ü"]
        {
            assert_eq!(Link::new(&origin, bad), Err(LinkError), "{bad:?}");
        }
    }
}
