//! The request that a proof must be for.

use std::borrow::Cow;
use std::fmt::Write as _;

use url::Url;

/// A request, as far as a proof names it.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// The method, exactly as it came (`htm`).
    pub method: &'a str,
    /// Our origin, such as `https://login.example`: from the configuration, never from `Host`.
    pub origin: &'a str,
    /// The path as it came, without the query.
    pub path: &'a str,
}

impl Call<'_> {
    /// Whether `htu` names this request. Query and fragment do not belong to it (RFC 9449 section 4.3); two spellings of one
    /// address are the same after the normalisations of RFC 3986 sections 6.2.2 and 6.2.3.
    pub(crate) fn is_at(&self, htu: &str) -> bool {
        let asked = htu.split(['?', '#']).next().unwrap_or_default();
        let as_written = asked.strip_prefix(self.origin) == Some(self.path);
        as_written || self.is_at_normalised(asked)
    }

    fn is_at_normalised(&self, asked: &str) -> bool {
        let own = [self.origin, self.path].concat();
        let (Ok(asked), Ok(own)) = (Url::parse(asked), Url::parse(&own)) else { return false };
        let has_user = !asked.username().is_empty() || asked.password().is_some();
        !has_user
            && asked.origin().is_tuple()
            && asked.origin() == own.origin()
            && decoded(asked.path()) == decoded(own.path())
    }
}

/// A path in which no unreserved character is encoded, and each code is in capitals.
fn decoded(path: &str) -> Cow<'_, str> {
    if !path.contains('%') {
        return Cow::Borrowed(path);
    }
    let mut parts = path.split('%');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let code = part.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match (code, part.get(2..)) {
            (Some(byte), Some(rest)) if is_unreserved(byte) => {
                plain.push(char::from(byte));
                plain.push_str(rest);
            }
            (Some(byte), Some(rest)) => {
                // Writing into a text cannot fail.
                let _ = write!(plain, "%{byte:02X}");
                plain.push_str(rest);
            }
            _ => {
                plain.push('%');
                plain.push_str(part);
            }
        }
    }
    Cow::Owned(plain)
}

const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_address_are_one_and_everything_else_is_another() {
        let call = Call { method: "GET", origin: "https://login.example", path: "/api/orders/a%2Fb~c" };
        for same in [
            "https://login.example/api/orders/a%2Fb~c",
            "https://login.example/api/orders/a%2fb%7ec",
            "https://login.example/api/orders/a%2Fb~c?page=2#x",
            "HTTPS://LOGIN.example:443/api/%6frders/a%2Fb~c",
            "https://login.example/x/../api/orders/a%2Fb~c",
        ] {
            assert!(call.is_at(same), "{same}");
        }
        for other in [
            "",
            "/api/orders/a%2Fb~c",
            "http://login.example/api/orders/a%2Fb~c",
            "https://login.example:8443/api/orders/a%2Fb~c",
            "https://user@login.example/api/orders/a%2Fb~c",
            "https://login.example.evil.example/api/orders/a%2Fb~c",
            "https://login.example/api/orders/a/b~c",
            "https://login.example/api/orders/a%2Fb~c/",
            "https://login.example/API/orders/a%2Fb~c",
            "https://login.example/api/orders/a%2Fb~",
            "data:text/plain,/api/orders/a%2Fb~c",
        ] {
            assert!(!call.is_at(other), "{other}");
        }
        let root = Call { method: "GET", origin: "https://login.example", path: "/" };
        assert!(root.is_at("https://login.example") && root.is_at("https://login.example/?x"));
    }
}
