//! Ids: UUIDs (RFC 9562) with a type for each kind of row. New ones are made by crate `kernel`, which has clock and randomness.

use std::fmt;

pub use uuid::Uuid;

/// The text is not an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdError {
    /// The kind of id that was expected: the name of its type.
    pub kind: &'static str,
}

impl fmt::Display for IdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} must be a UUID", self.kind)
    }
}

impl std::error::Error for IdError {}

/// An id of any kind.
pub trait Id: Copy {
    /// The id with this UUID.
    fn from_uuid(uuid: Uuid) -> Self;
}

/// Declares an id type: a UUID that is not interchangeable with any other kind of id. In tables and JSON it is the
/// hyphenated lower-case text.
#[macro_export]
macro_rules! define_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name($crate::id::Uuid);

        impl $name {
            /// Reads an id from its text.
            ///
            /// # Errors
            /// When `text` is not a UUID.
            pub fn parse(text: &str) -> Result<Self, $crate::id::IdError> {
                $crate::id::Uuid::try_parse(text)
                    .map(Self)
                    .map_err(|_| $crate::id::IdError { kind: stringify!($name) })
            }

            /// The id with this UUID.
            pub const fn from_uuid(uuid: $crate::id::Uuid) -> Self {
                Self(uuid)
            }

            /// The UUID itself.
            pub const fn uuid(self) -> $crate::id::Uuid {
                self.0
            }
        }

        impl $crate::id::Id for $name {
            fn from_uuid(uuid: $crate::id::Uuid) -> Self {
                Self(uuid)
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                ::std::fmt::Display::fmt(&self.0.as_hyphenated(), f)
            }
        }
    };
}

define_id!(
    /// A member: `sub` in tokens (RFC 7519 section 4.1.2), the key of account events.
    MemberId
);

define_id!(
    /// A session, one sign-in of a member: `sid` in tokens (OpenID Connect Front-Channel Logout 1.0, section 3).
    SessionId
);

impl serde::Serialize for MemberId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> serde::Deserialize<'de> for MemberId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Uuid::deserialize(deserializer).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "01912f3a-0000-7000-8000-000000000001";

    #[test]
    fn an_id_survives_its_text_and_json() {
        let id = MemberId::parse(TEXT).unwrap();
        assert_eq!(id.to_string(), TEXT);
        assert_eq!(MemberId::from_uuid(id.uuid()), id);
        assert_eq!(serde_json::from_str::<MemberId>(&serde_json::to_string(&id).unwrap()).unwrap(), id);
    }

    #[test]
    fn garbage_is_no_id_and_the_error_names_the_kind() {
        assert_eq!(SessionId::parse("me").unwrap_err().to_string(), "SessionId must be a UUID");
    }
}
