//! `client_secret_basic`: id and secret in the header, each form-encoded (RFC 6749 section 2.3.1).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use percent_encoding::percent_decode_str;
use zeroize::Zeroizing;

/// What a header says.
pub(super) struct BasicCredentials {
    pub(super) id: String,
    pub(super) secret: Zeroizing<String>,
}

impl BasicCredentials {
    /// Reads the one header `Authorization: Basic` of a request. Ids and secrets of ours have only characters that stay as
    /// they are, so that libraries which do not encode work with them (S-AS-20).
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        let mut sent = headers.get_all(AUTHORIZATION).iter();
        let (line, None) = (sent.next()?, sent.next()) else { return None };
        let (scheme, encoded) = line.to_str().ok()?.split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("basic") {
            return None;
        }
        let decoded = Zeroizing::new(STANDARD.decode(encoded.trim()).ok()?);
        let (id, secret) = std::str::from_utf8(&decoded).ok()?.split_once(':')?;
        Some(Self { id: form_decoded(id)?, secret: Zeroizing::new(form_decoded(secret)?) })
    }
}

fn form_decoded(text: &str) -> Option<String> {
    let spaced = Zeroizing::new(text.replace('+', " "));
    percent_decode_str(&spaced).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn read(lines: &[&str]) -> Option<(String, String)> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(AUTHORIZATION, HeaderValue::from_str(line).unwrap());
        }
        BasicCredentials::of(&headers).map(|read| (read.id, read.secret.to_string()))
    }

    fn basic(text: &str) -> String {
        format!("Basic {}", STANDARD.encode(text))
    }

    #[test]
    fn s_as_20_id_and_secret_are_form_decoded() {
        let both = |id: &str, secret: &str| Some((id.to_owned(), secret.to_owned()));
        assert_eq!(
            read(&[&basic("s6BhdRkqt3:7Fjfp0ZBr1KtDRbnfVdmIw")]),
            both("s6BhdRkqt3", "7Fjfp0ZBr1KtDRbnfVdmIw")
        );
        assert_eq!(read(&[&basic("a:x%3A%25%2B%26+y")]), both("a", "x:%+& y"));
        assert_eq!(read(&[&basic("https%3A%2F%2Fapp.example:b:c")]), both("https://app.example", "b:c"));
        assert_eq!(read(&[&basic("a:")]), both("a", ""));
        let twice = basic("a:b");
        for wrong in [
            &["Bearer abc"][..],
            &["Basic"],
            &["Basic !"],
            &[&basic("ab")],
            &[&twice, &twice],
            &[&basic("a:%ff")],
        ] {
            assert_eq!(read(wrong), None, "{wrong:?}");
        }
    }
}
