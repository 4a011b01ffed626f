//! The claims of an id_token.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};
use serde_json::{Map, Value};

use crate::lenient_json;

/// Claims, each as it came. One that comes twice makes them unreadable (RFC 7519 section 4): parsers differ on which of the two
/// counts.
#[derive(Clone, Debug)]
pub(crate) struct Claims(Map<String, Value>);

impl Claims {
    /// Reads the payload of a token. An invalid value is `null`, and does not invalidate the others.
    pub(crate) fn read(payload: &[u8]) -> Option<Self> {
        match serde_json::from_slice(payload) {
            Ok(claims) => Some(claims),
            Err(_) => serde_json::from_slice(&lenient_json::mended(payload)).ok(),
        }
    }

    /// A claim; `null` counts as absent.
    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    /// A claim that is text.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(Value::as_str)
    }

    /// A `NumericDate` (RFC 7519 section 2), which may have a fraction, in whole seconds.
    pub(crate) fn seconds(&self, name: &str) -> Option<i64> {
        let date = self.get(name)?;
        date.as_i64().or_else(|| date.as_f64().and_then(whole))
    }
}

/// Within what a float counts exactly.
#[expect(clippy::cast_possible_truncation, reason = "the range is checked")]
fn whole(seconds: f64) -> Option<i64> {
    (seconds.abs() < 9e15).then(|| seconds.floor() as i64)
}

impl<'de> Deserialize<'de> for Claims {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EachOnce)
    }
}

struct EachOnce;

impl<'de> Visitor<'de> for EachOnce {
    type Value = Claims;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object in which no member comes twice")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Claims, A::Error> {
        let mut claims = Map::new();
        while let Some((name, value)) = members.next_entry::<String, Value>()? {
            if claims.insert(name, value).is_some() {
                return Err(A::Error::custom("a member comes twice"));
            }
        }
        Ok(Claims(claims))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_that_comes_twice_is_refused() {
        for twice in [
            r#"{"sub":"1","sub":"2"}"#,
            r#"{"sub":"1","\u0073ub":"2"}"#,
            r#"{"sub":"1","name":"\ud83d","sub":"2"}"#,
            r#"{"name":"\ud83d","name":"x"}"#,
        ] {
            assert!(Claims::read(twice.as_bytes()).is_none(), "{twice}");
        }
    }

    #[test]
    fn a_bad_value_leaves_the_others() {
        let claims = Claims::read(br#"{"sub":"1","name":"tiger \ud83d","\ud83d":1,"exp":17.9}"#).unwrap();
        assert_eq!(
            (claims.text("sub"), claims.text("name"), claims.seconds("exp")),
            (Some("1"), None, Some(17))
        );
    }
}
