//! How a language says a moment. The browser has no texts, so the server gives them to the island that says times there.

use contract::{DayName, LocalTime};
use serde::{Deserialize, Serialize};

/// The texts of one language: each names its values in braces, as `{clock}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimePhrases {
    /// A moment of this day.
    pub today: String,
    /// A moment of the day before.
    pub yesterday: String,
    /// Another day of this year.
    pub this_year: String,
    /// A day of another year.
    pub other_year: String,
    /// Everything, with the zone.
    pub exact: String,
    /// The names of the months.
    pub months: Vec<String>,
}

impl TimePhrases {
    /// As people say it: the clock on this day and the day before, else the day.
    pub fn spoken(&self, time: &LocalTime) -> String {
        let phrase = match time.day_name {
            DayName::Today => &self.today,
            DayName::Yesterday => &self.yesterday,
            DayName::ThisYear => &self.this_year,
            DayName::OtherYear => &self.other_year,
        };
        self.fill(phrase, time)
    }

    /// To the minute, with the zone.
    pub fn exact(&self, time: &LocalTime) -> String {
        self.fill(&self.exact, time)
    }

    fn fill(&self, phrase: &str, time: &LocalTime) -> String {
        let month = usize::from(time.month).checked_sub(1).and_then(|month| self.months.get(month));
        phrase
            .replace("{clock}", &format!("{:02}:{:02}", time.hour, time.minute))
            .replace("{year}", &time.year.to_string())
            .replace("{month}", month.map_or("", String::as_str))
            .replace("{day}", &time.day.to_string())
            .replace("{zone}", &zone(time.offset))
    }
}

/// `UTC+9`, `UTC+5:30`, `UTC`.
fn zone(offset: i32) -> String {
    let sign = if offset < 0 { '-' } else { '+' };
    match (offset.abs() / 60, offset.abs() % 60) {
        (0, 0) => "UTC".to_owned(),
        (hours, 0) => format!("UTC{sign}{hours}"),
        (hours, minutes) => format!("UTC{sign}{hours}:{minutes:02}"),
    }
}
