//! What a browser signs of itself (WebAuthn section 5.8.1), as far as the library leaves it to us.

use serde::Deserialize;

/// The part of it that is checked against our own rules.
#[derive(Deserialize)]
struct ClientData<'a> {
    #[serde(borrow)]
    origin: std::borrow::Cow<'a, str>,
    /// Whether the page was in a frame of another site.
    #[serde(rename = "crossOrigin", default)]
    cross_origin: bool,
}

/// Whether the page was one of `origins`, as browsers write them, and in no frame of another site. The library compares
/// addresses, for which more than one text is the same, and looks at frames only where a key is made.
pub(crate) fn is_from(origins: &[String], client_data: &[u8]) -> bool {
    serde_json::from_slice::<ClientData<'_>>(client_data)
        .is_ok_and(|data| !data.cross_origin && origins.iter().any(|origin| *origin == data.origin))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_exact_origin_counts_and_no_frame_of_another_site() {
        let ours = ["https://login.example.com".to_owned(), "http://localhost:3000".to_owned()];
        let from = |json: &str| is_from(&ours, json.as_bytes());
        assert!(from(r#"{"type":"webauthn.get","origin":"https://login.example.com","crossOrigin":false}"#));
        assert!(from(r#"{"origin":"http:\/\/localhost:3000"}"#), "JSON has more than one text for a slash");
        for other in [
            "https://login.example.com:443",
            "https://login.example.com/",
            "https://LOGIN.example.com",
            "https://a.login.example.com",
            "https://example.com",
            "http://login.example.com",
            "https://login.example.com.evil.example",
            "null",
            "",
        ] {
            assert!(!from(&format!(r#"{{"origin":"{other}"}}"#)), "{other}");
        }
        assert!(!from(r#"{"origin":"https://login.example.com","crossOrigin":true}"#));
        assert!(!from(r#"{"origin":"https://login.example.com","origin":"https://evil.example"}"#));
        assert!(!from("{}") && !from("[]") && !from(""));
    }
}
