//! JSON of providers, in which one bad value must not invalidate the rest. Names come from people: half an emoji that some
//! program cut (`"tiger \ud83d"`) is not valid text, and strict parsers refuse the whole document, so that the person could never
//! sign in. Here such a value is read as `null`, that is as absent.

use serde_json::Value;

/// How deep values may be nested. Deeper ones are not ours, and are read as `null`.
const MAX_DEPTH: usize = 32;

/// Reads a document; `None` when it is not JSON for other reasons than a bad value.
pub(crate) fn read(bytes: &[u8]) -> Option<Value> {
    match serde_json::from_slice(bytes) {
        Ok(value) => Some(value),
        Err(_) => serde_json::from_slice(&mended(bytes)).ok(),
    }
}

/// The document with `null` in place of each invalid text and number. It is JSON exactly if the structure around them was.
pub(crate) fn mended(bytes: &[u8]) -> Vec<u8> {
    let mut mending = Mending { out: Vec::with_capacity(bytes.len()), depth: 0, names: 0 };
    let mut rest = bytes;
    while let [first, tail @ ..] = rest {
        rest = match first {
            b'"' => mending.text(rest),
            b'-' | b'0'..=b'9' => mending.number(rest),
            b'{' | b'[' => {
                mending.open(*first);
                tail
            }
            b'}' | b']' => {
                mending.close(*first);
                tail
            }
            other => {
                mending.put(&[*other]);
                tail
            }
        };
    }
    mending.out
}

struct Mending {
    out: Vec<u8>,
    depth: usize,
    /// How many names were replaced. Each gets another one, or they would be one member that comes twice.
    names: usize,
}

impl Mending {
    /// Nothing is kept of values that are too deep.
    fn put(&mut self, bytes: &[u8]) {
        if self.depth <= MAX_DEPTH {
            self.out.extend_from_slice(bytes);
        }
    }

    fn open(&mut self, bracket: u8) {
        self.depth += 1;
        match self.depth {
            depth if depth == MAX_DEPTH + 1 => self.out.extend_from_slice(b"null"),
            _ => self.put(&[bracket]),
        }
    }

    fn close(&mut self, bracket: u8) {
        self.put(&[bracket]);
        self.depth = self.depth.saturating_sub(1);
    }

    fn text<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let (token, rest) = bytes.split_at(end_of_text(bytes));
        if serde_json::from_slice::<String>(token).is_ok() {
            self.put(token);
        } else if rest.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b':') {
            self.names += 1;
            let name = format!("\"\u{fffd}{}\"", self.names);
            self.put(name.as_bytes());
        } else {
            self.put(b"null");
        }
        rest
    }

    fn number<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let is_part = |byte: &u8| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E');
        let end = bytes.iter().position(|byte| !is_part(byte)).unwrap_or(bytes.len());
        let (token, rest) = bytes.split_at(end);
        self.put(if serde_json::from_slice::<Value>(token).is_ok() { token } else { b"null" });
        rest
    }
}

/// The length of the text that `bytes` begins with, quotation marks included; all of them if it has no end.
fn end_of_text(bytes: &[u8]) -> usize {
    let mut index = 1;
    while let Some(byte) = bytes.get(index) {
        match byte {
            b'\\' => index += 2,
            b'"' => return index + 1,
            _ => index += 1,
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_bad_value_is_nothing_and_the_rest_stands() {
        for bad in [
            r#""tiger \ud83d""#,
            r#""\udc2f tiger""#,
            r#""\ud83d\ud83d""#,
            r#""\ud83dx\"y""#,
            r#""\u12""#,
            r#""\x41""#,
            "\"line\nbreak\"",
            "1e999",
            "-1e999",
            "01",
            "1.2.3",
        ] {
            let document =
                format!(r#"{{"a": {bad}, "sub": "42", "list": [{bad}, 1], "deep": {{"b":{bad}}}}}"#);
            let expected = json!({"a": null, "sub": "42", "list": [null, 1], "deep": {"b": null}});
            assert_eq!(read(document.as_bytes()), Some(expected), "{bad}");
        }
        let latin = b"{\"a\": \"Jos\xe9\", \"sub\": \"42\"}";
        assert_eq!(read(latin), Some(json!({"a": null, "sub": "42"})));
    }

    #[test]
    fn good_documents_are_read_as_they_are() {
        for good in [
            r#"{"a":"tiger \ud83d\udc2f","b":"\\","c":"\"","d":[1,-2.5e3,true,null]}"#,
            r#"{"big":9007199254740993,"escaped":"\\ud83d"}"#,
        ] {
            let value: Value = serde_json::from_str(good).unwrap();
            assert_eq!(read(good.as_bytes()), Some(value.clone()));
            assert_eq!(serde_json::from_slice::<Value>(&mended(good.as_bytes())).unwrap(), value);
        }
    }

    #[test]
    fn a_name_that_is_none_hides_no_other_member() {
        let value = read(br#"{"\ud83d": 1, "\ud83e" : 2, "sub": "42"}"#).unwrap();
        assert_eq!((value["sub"].as_str(), value.as_object().unwrap().len()), (Some("42"), 3));
    }

    #[test]
    fn what_lies_too_deep_is_nothing() {
        let deep = format!(r#"{{"a":{}1{},"sub":"42"}}"#, "[".repeat(5_000), "]".repeat(5_000));
        let value = read(deep.as_bytes()).unwrap();
        assert_eq!(value["sub"], "42");
        let deep =
            format!(r#"{{"a":{}"b":1{},"sub":"42"}}"#, "{\"x\":".repeat(5_000) + "{", "}".repeat(5_001));
        assert_eq!(read(deep.as_bytes()).unwrap()["sub"], "42");
    }

    #[test]
    fn odd_texts_of_a_provider_are_read_or_not_and_what_is_right_is_read_as_it_is() {
        let (texts, rounds) = testkit::RandomTexts::for_rounds(15, 20_000);
        let whole = r#"{"id":9007199254740993,"kakao_account":{"email":"a@b.kr","profile":{"nickname":"\ud83d\udc2f호랑이"}}}"#;
        for _ in rounds {
            let spoilt = texts.spoilt(whole.as_bytes());
            if let Ok(value) = serde_json::from_slice::<Value>(&spoilt) {
                assert_eq!(serde_json::from_slice::<Value>(&mended(&spoilt)).unwrap(), value);
            }
            let _ = (read(&spoilt), crate::claims::Claims::read(&spoilt));
        }
    }

    #[test]
    fn what_is_no_json_stays_none() {
        for bad in [
            "",
            "<html>",
            r#"{"a":"b"#,
            r#"{"a":1"#,
            r#"{"a" 1}"#,
            r#"{"a":"b\"#,
            "{]",
            "]",
            r#""\ud83d" {}"#,
        ] {
            assert_eq!(read(bad.as_bytes()), None, "{bad}");
        }
    }
}
