//! The id of a client.

use std::fmt;

use kernel::id::Uuid;

/// The longest id, as the table holds it.
const MAX_BYTES: usize = 100;

/// The id of a client (RFC 6749 section 2.2). Never a UUID, so that no client passes for a member (S-TOK-11).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ClientId(Box<str>);

impl ClientId {
    /// Parses an id: 1 to 100 of the characters `A-Z a-z 0-9 - . _ ~ : /`, and not a UUID.
    pub fn parse(text: &str) -> Option<Self> {
        let allowed = |c: u8| c.is_ascii_alphanumeric() || b"-._~:/".contains(&c);
        let fits = (1..=MAX_BYTES).contains(&text.len()) && text.bytes().all(allowed);
        (fits && Uuid::try_parse(text).is_err()).then(|| Self(text.into()))
    }

    /// The client that our own site is: browser sessions have their tokens through it.
    pub fn own_site() -> Self {
        Self("daemun-web".into())
    }

    /// The client that a team's own app is, which signs members in by `POST /auth/login` (design 3.3).
    pub fn own_app() -> Self {
        Self("daemun-app".into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s_tok_11_a_client_cannot_be_named_like_a_member() {
        assert!(ClientId::parse("portal-client").is_some());
        assert!(ClientId::parse("https://app.example/client").is_some());
        for id in ["0192f3a0-0000-7000-8000-000000000000", "0192F3A0000070008000000000000000"] {
            assert!(ClientId::parse(id).is_none(), "{id}");
        }
        for id in ["", "a b", "a\n", "가", &"a".repeat(101), "\"", "a'b"] {
            assert!(ClientId::parse(id).is_none(), "{id}");
        }
    }
}
