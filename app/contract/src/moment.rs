//! A moment in a local time zone.

/// A moment that a page shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The exact one, in RFC 3339.
    pub exact: String,
    /// The same in the time zone of the site.
    pub local: LocalTime,
}

/// A moment in a time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalTime {
    /// The year.
    pub year: u32,
    /// The month, from 1.
    pub month: u8,
    /// The day of the month.
    pub day: u8,
    /// The hour, from 0 to 23.
    pub hour: u8,
    /// The minute.
    pub minute: u8,
    /// By how many minutes the zone is ahead of UTC at that moment.
    pub offset: i32,
    /// How the day is named.
    pub day_name: DayName,
}

/// How a day is named, relative to the current day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DayName {
    /// It is the same day.
    Today,
    /// It is the day before.
    Yesterday,
    /// Any other day of the same year.
    ThisYear,
    /// A day of another year.
    OtherYear,
}
