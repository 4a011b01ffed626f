//! Ids: UUIDv7 (RFC 9562 section 5.7) made from a clock and randomness that the caller names, each kind of row a
//! type of its own.

pub use uuid::Uuid;

use crate::{Clock, Randomness, Timestamp};

/// A text that should have been an id is none.
#[derive(Debug, thiserror::Error)]
#[error("{kind} must be a UUID")]
pub struct IdError {
    /// The kind of id that was expected, as its type is called.
    pub kind: &'static str,
}

/// A new UUIDv7: 48 bits of time, so that rows lie in the order of their making, and 74 random bits.
pub fn new_uuid(clock: &dyn Clock, randomness: &dyn Randomness) -> Uuid {
    let mut random = [0; 10];
    randomness.fill(&mut random);
    let millis = u64::try_from(clock.now().millis()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
}

/// The least UUIDv7 that could have been made at `at`: rows with a greater id are from then or later.
pub fn least_uuid(at: Timestamp) -> Uuid {
    let millis = u64::try_from(at.millis()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &[0; 10]).into_uuid()
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
            /// A new id, made from `clock` and `randomness`.
            pub fn new(clock: &dyn $crate::Clock, randomness: &dyn $crate::Randomness) -> Self {
                Self($crate::new_uuid(clock, randomness))
            }

            /// Reads an id from its text.
            ///
            /// # Errors
            /// When `text` is no UUID.
            pub fn parse(text: &str) -> Result<Self, $crate::IdError> {
                $crate::id::Uuid::try_parse(text)
                    .map(Self)
                    .map_err(|_| $crate::IdError { kind: stringify!($name) })
            }

            /// The id that is this UUID: for one that another part knows by a type of its own.
            pub const fn from_uuid(uuid: $crate::id::Uuid) -> Self {
                Self(uuid)
            }

            /// The UUID itself.
            pub const fn uuid(self) -> $crate::id::Uuid {
                self.0
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                ::std::fmt::Display::fmt(&self.0.as_hyphenated(), f)
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use crate::{OsRandomness, SystemClock};

    define_id!(
        /// An id for this test.
        TestId
    );

    #[test]
    fn an_id_survives_its_text() {
        let id = TestId::new(&SystemClock, &OsRandomness);
        assert_eq!(TestId::parse(&id.to_string()).unwrap(), id);
        assert_eq!(TestId::from_uuid(id.uuid()), id);
        assert_eq!(id.uuid().get_version_num(), 7);
    }

    #[test]
    fn garbage_is_no_id_and_the_error_names_the_kind() {
        assert_eq!(TestId::parse("me").unwrap_err().to_string(), "TestId must be a UUID");
    }
}
