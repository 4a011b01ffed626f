//! The grace of a deletion in words.

use std::time::Duration;

use names::Language;

use crate::texts::account;

const SECONDS_PER_HOUR: u64 = 60 * 60;
const SECONDS_PER_DAY: u64 = 24 * SECONDS_PER_HOUR;

/// The grace in words, rounded down so that it never promises more time than there is.
pub(crate) fn grace_text(grace: Duration, language: Language) -> String {
    match grace.as_secs() {
        seconds if seconds >= 2 * SECONDS_PER_DAY => account::grace_days(language, seconds / SECONDS_PER_DAY),
        seconds if seconds >= 2 * SECONDS_PER_HOUR => {
            account::grace_hours(language, seconds / SECONDS_PER_HOUR)
        }
        seconds if seconds >= SECONDS_PER_HOUR => account::grace_hour(language).to_owned(),
        seconds => account::grace_minutes(language, seconds / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grace_is_never_said_to_be_longer_than_it_is() {
        assert_eq!(grace_text(Duration::from_hours(7 * 24), Language::English), "7 days");
        assert_eq!(grace_text(Duration::from_hours(7 * 24 - 1), Language::Korean), "6일");
        assert_eq!(grace_text(Duration::from_hours(47), Language::Korean), "47시간");
        assert_eq!(grace_text(Duration::from_mins(119), Language::Korean), "1시간");
        assert_eq!(grace_text(Duration::from_mins(119), Language::English), "1 hour");
        assert_eq!(grace_text(Duration::from_secs(59 * 60 + 59), Language::English), "59 min");
    }
}
