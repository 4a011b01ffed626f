//! The parameters of an OAuth request, read strictly (RFC 6749 sections 3.1 and 3.2): those that the endpoint does not know
//! are ignored, an empty one counts as absent, and one that comes twice is known for it (S-AS-11).

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode, percent_encode};

/// What need not be encoded anywhere in a query (RFC 3986 section 2.3).
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The known parameters of a request. Values are bytes, since `state` comes back as it was, whatever it is (S-AS-10).
#[derive(Clone, Debug, Default)]
pub(crate) struct Parameters {
    values: Vec<(&'static str, Vec<u8>)>,
    repeated: Vec<&'static str>,
}

impl Parameters {
    /// Reads a query or a form. `known` are the names that count here.
    pub(crate) fn parse(text: &[u8], known: &[&'static str]) -> Self {
        Self::parse_any(text, &[known])
    }

    /// The same where the names are in several lists.
    pub(crate) fn parse_any(text: &[u8], known: &[&[&'static str]]) -> Self {
        let mut parameters = Self::default();
        let mut seen: Vec<&'static str> = Vec::new();
        for pair in text.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
            let at = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
            let (name, value) = pair.split_at(at);
            let name = decode(name);
            let mut known = known.iter().copied().flatten();
            let Some(name) = known.find(|known| known.as_bytes() == name) else { continue };
            if seen.contains(name) {
                parameters.repeated.push(name);
                continue;
            }
            seen.push(name);
            let value = decode(value.strip_prefix(b"=").unwrap_or_default());
            if !value.is_empty() {
                parameters.values.push((name, value));
            }
        }
        parameters
    }

    /// The value of a parameter, as bytes.
    pub(crate) fn bytes(&self, name: &str) -> Option<&[u8]> {
        self.values.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_slice())
    }

    /// The value of a parameter. One that is not UTF-8 is in [`Self::unreadable`], and absent here.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        std::str::from_utf8(self.bytes(name)?).ok()
    }

    /// The first parameter that came twice.
    pub(crate) fn repeated(&self) -> Option<&'static str> {
        self.repeated.first().copied()
    }

    /// Whether this parameter came twice.
    pub(crate) fn is_repeated(&self, name: &str) -> bool {
        self.repeated.contains(&name)
    }

    /// The first parameter other than `state` that is not UTF-8.
    pub(crate) fn unreadable(&self) -> Option<&'static str> {
        let mut others = self.values.iter().filter(|(name, _)| *name != "state");
        others.find(|(_, value)| std::str::from_utf8(value).is_err()).map(|(name, _)| *name)
    }

    /// The parameters as a form, for [`Self::parse`]. Of one that came twice both are in it.
    pub(crate) fn to_form(&self) -> String {
        let mut form = String::new();
        for (name, value) in &self.values {
            append(&mut form, name, value);
        }
        for name in &self.repeated {
            append(&mut form, name, b"");
            append(&mut form, name, b"");
        }
        form
    }
}

/// Adds a parameter to a query or form.
pub(crate) fn append(query: &mut String, name: &str, value: &[u8]) {
    if !query.is_empty() && !query.ends_with(['?', '&']) {
        query.push('&');
    }
    query.push_str(name);
    query.push('=');
    // A space as %20, not as +, which many decoders do not understand.
    query.extend(percent_encode(value, ENCODED));
}

fn decode(encoded: &[u8]) -> Vec<u8> {
    let spaced: Vec<u8> = encoded.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    percent_decode(&spaced).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: &[&str] = &["scope", "state", "client_id"];

    #[test]
    fn s_as_11_repeated_is_known_empty_is_absent_and_unknown_is_ignored() {
        let parameters = Parameters::parse(b"scope=a+b%20c&client_id=&foo=1&foo=2&%73tate=x", KNOWN);
        assert_eq!(parameters.get("scope"), Some("a b c"));
        assert_eq!((parameters.get("client_id"), parameters.get("foo")), (None, None));
        assert_eq!((parameters.get("state"), parameters.repeated()), (Some("x"), None));
        for twice in
            ["scope=a&scope=b", "scope=a&scope=", "scope=&scope=a", "scope&scope", "scope=a&sc%6fpe=a"]
        {
            let parameters = Parameters::parse(twice.as_bytes(), KNOWN);
            assert_eq!(parameters.repeated(), Some("scope"), "{twice}");
            let again = Parameters::parse(parameters.to_form().as_bytes(), KNOWN);
            assert!(again.is_repeated("scope") && !again.is_repeated("state"), "{twice}");
        }
    }

    #[test]
    fn s_as_10_every_byte_of_a_state_survives() {
        let all: Vec<u8> = (0..=255).collect();
        let mut query = String::new();
        append(&mut query, "state", &all);
        let parameters = Parameters::parse(query.as_bytes(), KNOWN);
        assert_eq!(parameters.bytes("state"), Some(all.as_slice()));
        assert_eq!(parameters.to_form(), query);
        assert_eq!((parameters.get("state"), parameters.unreadable()), (None, None));
        assert_eq!(Parameters::parse(b"scope=%ff", KNOWN).unreadable(), Some("scope"));
    }
}
