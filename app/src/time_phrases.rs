//! The phrases of a language for moments. The browser has no texts, so the server passes the phrases to the island that shows
//! local times.

use contract::{DayName, LocalTime};
use serde::{Deserialize, Serialize};

/// The style of a moment, which depends on where it is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum TimeStyle {
    /// Alone.
    #[default]
    Alone,
    /// Alone, always with the clock.
    WithClock,
    /// Within a sentence.
    InSentence,
}

impl TimeStyle {
    /// The attribute that tells the island the style; a moment alone needs none.
    pub(crate) const ATTRIBUTE: &str = "data-style";

    /// The value of that attribute.
    pub(crate) const fn code(self) -> Option<&'static str> {
        match self {
            Self::Alone => None,
            Self::WithClock => Some("clock"),
            Self::InSentence => Some("sentence"),
        }
    }

    /// The style with this code; the one without a code for any other.
    pub(crate) fn parse(code: Option<&str>) -> Self {
        let known = [Self::WithClock, Self::InSentence];
        known.into_iter().find(|style| style.code() == code).unwrap_or_default()
    }
}

/// The phrases of one language. Each has its values in braces, such as `{clock}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimePhrases {
    /// A moment of this day.
    pub today: String,
    /// A moment of the day before.
    pub yesterday: String,
    /// A moment of this day, within a sentence.
    pub today_in_sentence: String,
    /// A moment of the day before, within a sentence.
    pub yesterday_in_sentence: String,
    /// Another day of this year.
    pub this_year: String,
    /// A day of another year.
    pub other_year: String,
    /// A day with the clock (`{date}` and `{clock}`).
    pub with_clock: String,
    /// Everything, with the zone.
    pub exact: String,
    /// The names of the months.
    pub months: Vec<String>,
}

impl TimePhrases {
    /// The moment as people say it: with the clock on this day and the day before, otherwise only the day.
    pub(crate) fn spoken(&self, time: &LocalTime, style: TimeStyle) -> String {
        let phrase = match (time.day_name, style) {
            (DayName::Today, TimeStyle::InSentence) => &self.today_in_sentence,
            (DayName::Today, _) => &self.today,
            (DayName::Yesterday, TimeStyle::InSentence) => &self.yesterday_in_sentence,
            (DayName::Yesterday, _) => &self.yesterday,
            (DayName::ThisYear, _) => &self.this_year,
            (DayName::OtherYear, _) => &self.other_year,
        };
        let says_clock = matches!(time.day_name, DayName::Today | DayName::Yesterday);
        if style == TimeStyle::WithClock && !says_clock {
            self.fill(&self.with_clock.replace("{date}", phrase), time)
        } else {
            self.fill(phrase, time)
        }
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
