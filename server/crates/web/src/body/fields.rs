//! From the fields of a body to a type, with errors that name the field and what is allowed there.

use std::borrow::Cow;
use std::fmt;

use names::ErrorCode;
use serde::de::{self, DeserializeOwned, DeserializeSeed, Deserializer, Expected, IntoDeserializer as _};
use serde::de::{MapAccess, Unexpected, Visitor};
use serde::{Deserialize, forward_to_deserialize_any};
use serde_json::Value;

use crate::refusal::{FieldProblem, Refusal};

/// No call of ours has more fields.
const MAX_FIELDS: usize = 32;
/// A longer name of a field is not repeated in the answer.
const MAX_NAME: usize = 40;

/// The name under which a [`Nested`](super::Nested) asks for what is in a field.
pub(super) const NESTED: &str = "web::Nested";

/// Reads a JSON object.
pub(super) fn from_json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    let Object(entries) = serde_json::from_slice(body).map_err(|_| no_object())?;
    read(entries)
}

/// Reads the fields of a form; each value is a text.
pub(super) fn from_form<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    let entries = form_urlencoded::parse(body).take(MAX_FIELDS + 1);
    read(entries.map(|(name, value)| (name.into_owned(), Value::String(value.into_owned()))).collect())
}

fn read<T: DeserializeOwned>(entries: Vec<(String, Value)>) -> Result<T, Refusal> {
    if entries.len() > MAX_FIELDS {
        return Err(no_object());
    }
    for (index, (name, _)) in entries.iter().enumerate() {
        if entries[..index].iter().any(|(earlier, _)| earlier == name) {
            return Err(Problem::at(name, "at most once").into());
        }
    }
    Ok(T::deserialize(Fields(entries))?)
}

/// The refusal of a body that has no fields to name.
fn no_object() -> Refusal {
    Refusal::of(ErrorCode::ValidationFailed)
        .saying("The body must be one object with the documented fields, each at most once.")
}

/// The entries of an object in JSON, also those that come twice.
struct Object(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Object;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Object(entries))
            }
        }
        deserializer.deserialize_map(Entries)
    }
}

/// What is wrong with a body.
#[derive(Debug)]
enum Problem {
    Field {
        name: Cow<'static, str>,
        allowed: Cow<'static, str>,
    },
    /// A value, before it is known which field's it is.
    Value {
        allowed: String,
    },
    Other,
}

impl Problem {
    /// Names a field as it was sent, as far as that is the name of a field.
    fn at(name: &str, allowed: impl Into<Cow<'static, str>>) -> Self {
        let is_name =
            name.len() <= MAX_NAME && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        let name = if is_name { Cow::Owned(name.to_owned()) } else { Cow::Borrowed("?") };
        Self::Field { name, allowed: allowed.into() }
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        match problem {
            Problem::Field { name, allowed } => Self::fields(vec![FieldProblem::new(name, allowed)]),
            Problem::Value { .. } | Problem::Other => no_object(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the body is not as allowed")
    }
}

impl std::error::Error for Problem {}

impl de::Error for Problem {
    /// Messages of other libraries may repeat what was sent.
    fn custom<M: fmt::Display>(_: M) -> Self {
        Self::Other
    }

    fn invalid_type(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::Value { allowed: expected.to_string() }
    }

    fn invalid_value(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::Value { allowed: expected.to_string() }
    }

    fn unknown_field(name: &str, expected: &'static [&'static str]) -> Self {
        let known: Vec<_> = expected.iter().map(|field| format!("`{field}`")).collect();
        match known.as_slice() {
            [] => Self::at(name, "no field at all"),
            known => Self::at(name, format!("only {}", known.join(", "))),
        }
    }

    fn missing_field(name: &'static str) -> Self {
        Self::Field { name: name.into(), allowed: "it must be sent".into() }
    }

    fn duplicate_field(name: &'static str) -> Self {
        Self::Field { name: name.into(), allowed: "at most once".into() }
    }
}

/// The fields of a body.
struct Fields(Vec<(String, Value)>);

impl<'de> Deserializer<'de> for Fields {
    type Error = Problem;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        visitor.visit_map(Entries { rest: self.0.into_iter(), value: None })
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

struct Entries {
    rest: std::vec::IntoIter<(String, Value)>,
    /// The value of the last name that was read.
    value: Option<(String, Value)>,
}

impl<'de> MapAccess<'de> for Entries {
    type Error = Problem;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Problem> {
        self.value = self.rest.next();
        let Some((name, _)) = &self.value else { return Ok(None) };
        seed.deserialize(name.as_str().into_deserializer()).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Problem> {
        let (name, value) = self.value.take().ok_or(Problem::Other)?;
        seed.deserialize(FieldValue(value)).map_err(|problem| match problem {
            Problem::Value { allowed } => Problem::at(&name, allowed),
            Problem::Other => Problem::at(&name, "as documented"),
            named @ Problem::Field { .. } => named,
        })
    }
}

/// The value of a field.
struct FieldValue(Value);

impl<'de> Deserializer<'de> for FieldValue {
    type Error = Problem;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(value),
            Value::Number(number) => match (number.as_u64(), number.as_i64()) {
                (Some(value), _) => visitor.visit_u64(value),
                (None, Some(value)) => visitor.visit_i64(value),
                (None, None) => visitor.visit_f64(number.as_f64().unwrap_or_default()),
            },
            Value::String(text) => visitor.visit_string(text),
            Value::Array(_) => Err(de::Error::invalid_type(Unexpected::Seq, &visitor)),
            Value::Object(_) => Err(de::Error::invalid_type(Unexpected::Map, &visitor)),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        match self.0 {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Problem> {
        if name == NESTED {
            return visitor.visit_newtype_struct(self.0).map_err(|_| Problem::Other);
        }
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Problem> {
        match self.0 {
            Value::String(text) => visitor.visit_enum(text.into_deserializer()),
            _ => Err(de::Error::invalid_type(Unexpected::Other("no text"), &"a string")),
        }
    }

    /// An unknown field that is ignored may hold anything.
    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier
    }
}
