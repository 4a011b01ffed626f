//! A time in an event: RFC 3339 in UTC with whole seconds, `2026-01-18T12:34:56Z`.

use kernel::Timestamp;
use serde::de::{Deserialize as _, Deserializer, Error as _};
use serde::ser::Serializer;

/// `moment` without its fraction of a second.
pub(crate) const fn whole_seconds(moment: Timestamp) -> Timestamp {
    Timestamp::from_millis(moment.seconds().saturating_mul(1000))
}

/// For `#[serde(with = "moment")]`.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature is serde's")]
pub(crate) fn serialize<S: Serializer>(moment: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&whole_seconds(*moment))
}

/// For `#[serde(with = "moment")]`. The one form that we write is the one that is read.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    let text = String::deserialize(deserializer)?;
    let moment = text.parse::<jiff::Timestamp>().map_err(D::Error::custom)?;
    let moment = whole_seconds(Timestamp::from_millis(moment.as_millisecond()));
    if moment.to_string() == text { Ok(moment) } else { Err(D::Error::custom("not UTC in whole seconds")) }
}
