//! Derived from the list of events: their topics, and one type for all payloads.

/// Declares every event: the struct with what it tells, its topic and its `eventType`.
macro_rules! events {
    ($($(#[$doc:meta])* $kind:ident = $topic:literal, $event_type:literal;)+) => {
        /// A kind of event, and the topic that carries it (design 3.7).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Topic {
            $($(#[$doc])* $kind,)+
        }

        impl Topic {
            /// Every topic.
            pub const ALL: &'static [Self] = &[$(Self::$kind),+];

            /// The name on the bus.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$kind => $topic,)+
                }
            }

            /// The topic with this name; `None` when there is none.
            pub fn parse(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|topic| topic.as_str() == name)
            }

            /// Where the messages go that a consumer could not process.
            pub const fn dead(self) -> &'static str {
                match self {
                    $(Self::$kind => concat!($topic, ".dead"),)+
                }
            }

            /// `eventType` of the events on this topic.
            pub const fn event_type(self) -> &'static str {
                match self {
                    $(Self::$kind => $event_type,)+
                }
            }
        }

        impl std::fmt::Display for Topic {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        /// What an event tells. Its key on the bus is the member.
        #[derive(Clone, PartialEq, Eq)]
        pub enum Payload {
            $($(#[$doc])* $kind($kind),)+
        }

        impl Payload {
            /// The topic that carries it.
            pub const fn topic(&self) -> Topic {
                match self {
                    $(Self::$kind(_) => Topic::$kind,)+
                }
            }

            /// The member whom it is about. Events of one member keep their order (S-EVT-4).
            pub const fn key(&self) -> names::MemberId {
                match self {
                    $(Self::$kind($kind { uuid, .. }) => *uuid,)+
                }
            }

            /// This payload within the lengths and precision that the schema promises, so that an event always fits.
            pub(crate) fn fitted(mut self) -> Self {
                match &mut self {
                    $(Self::$kind(payload) => payload.fit(),)+
                }
                self
            }

            /// The payload of the event in `body`, read as the event of `topic` and as no other.
            pub(crate) fn read(
                topic: Topic,
                body: &str,
            ) -> Result<crate::envelope::Envelope<Self>, serde_json::Error> {
                Ok(match topic {
                    $(Topic::$kind => {
                        serde_json::from_str::<crate::envelope::Envelope<$kind>>(body)?.map(Self::$kind)
                    })+
                })
            }
        }

        impl serde::Serialize for Payload {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self {
                    $(Self::$kind(payload) => payload.serialize(serializer),)+
                }
            }
        }

        $(
            impl From<$kind> for Payload {
                fn from(payload: $kind) -> Self {
                    Self::$kind(payload)
                }
            }

            impl std::fmt::Debug for $kind {
                fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    write!(f, concat!(stringify!($kind), "({})"), self.uuid)
                }
            }
        )+
    };
}
