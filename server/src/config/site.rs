//! `[site]`.

use jiff::tz::TimeZone;

use super::reader::Reader;

/// How pages are drawn.
#[derive(Clone, Debug)]
pub struct Site {
    /// `site.time_zone`.
    pub time_zone: TimeZone,
}

impl Site {
    pub(super) fn read(reader: &Reader) -> Self {
        let key = "site.time_zone";
        let time_zone = TimeZone::get(&reader.text(key)).unwrap_or_else(|error| {
            let cure = "Write the name of a zone in the IANA database, such as \"Asia/Seoul\", \"Europe/Berlin\" or \"UTC\"";
            reader.wrong(key, error, cure);
            TimeZone::UTC
        });
        Self { time_zone }
    }
}
