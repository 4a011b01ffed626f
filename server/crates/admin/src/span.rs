//! Spans of time, as addresses and bodies name them: by moments, or by days.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use kernel::Timestamp;
use web::FieldProblem;

/// What is allowed.
pub(crate) const MOMENT: &str =
    "a moment such as 2026-11-29T09:00:00Z, or a day such as 2026-11-29; later than `since`";

/// From the first on, and before the second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) since: Option<Timestamp>,
    pub(crate) until: Option<Timestamp>,
}

impl Span {
    /// Reads the fields `since` and `until`; empty ones are left out, as forms send them. A day is one of this zone, and both the first
    /// and the last one are in the span.
    pub(crate) fn read(
        since: Option<&str>,
        until: Option<&str>,
        zone: &TimeZone,
    ) -> Result<Self, Vec<FieldProblem>> {
        let read =
            |field: &'static str, text: Option<&str>, is_last| match text.filter(|text| !text.is_empty()) {
                None => Ok(None),
                Some(text) => {
                    moment(text, zone, is_last).map(Some).ok_or_else(|| FieldProblem::new(field, MOMENT))
                }
            };
        let both = (read("since", since, false), read("until", until, true));
        match both {
            (Ok(Some(since)), Ok(Some(until))) if until <= since => {
                Err(vec![FieldProblem::new("until", MOMENT)])
            }
            (Ok(since), Ok(until)) => Ok(Self { since, until }),
            (since, until) => Err(since.err().into_iter().chain(until.err()).collect()),
        }
    }
}

fn moment(text: &str, zone: &TimeZone, is_last: bool) -> Option<Timestamp> {
    // Longer than any moment that is meant.
    if text.len() > 40 {
        return None;
    }
    let moment = match text.parse::<jiff::Timestamp>() {
        Ok(moment) => moment,
        Err(_) if text.len() == "2026-11-29".len() => {
            let day: Date = text.parse().ok()?;
            let day = if is_last { day.tomorrow().ok()? } else { day };
            day.to_zoned(zone.clone()).ok()?.timestamp()
        }
        Err(_) => return None,
    };
    let millis = moment.as_millisecond();
    // Ids know no time before 1970.
    (millis >= 0).then(|| Timestamp::from_millis(millis))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(since: &str, until: &str) -> Option<(i64, i64)> {
        let zone = TimeZone::fixed(jiff::tz::offset(9));
        let span = Span::read(Some(since), Some(until), &zone).ok()?;
        Some((span.since.map_or(0, Timestamp::millis), span.until.map_or(0, Timestamp::millis)))
    }

    #[test]
    fn a_span_is_of_moments_or_of_whole_days_in_the_zone_of_the_site() {
        let moment = |text: &str| text.parse::<jiff::Timestamp>().unwrap().as_millisecond();
        let noon = moment("2026-11-29T12:00:00Z");
        assert_eq!(span("2026-11-29T12:00:00Z", "2026-11-29T21:00:01+09:00"), Some((noon, noon + 1_000)));
        let day = (moment("2026-11-28T15:00:00Z"), moment("2026-11-29T15:00:00Z"));
        assert_eq!(span("2026-11-29", "2026-11-29"), Some(day));
        assert_eq!(span("", ""), Some((0, 0)));
    }

    #[test]
    fn what_is_no_span_is_refused_by_name() {
        for (since, until) in [
            ("yesterday", ""),
            ("2026-11-30", "2026-11-28"),
            ("2026-11-30", "2026-11-29"),
            ("2026-11-29T12:00:00Z", "2026-11-29T12:00:00Z"),
            ("2026-02-30", ""),
            ("", "2026-11-29T12:00:00"),
            ("1969-12-31", ""),
            ("9999-12-31", "9999-12-31"),
        ] {
            assert_eq!(span(since, until), None, "{since} {until}");
        }
        let both = Span::read(Some("x"), Some("y"), &TimeZone::UTC).unwrap_err();
        assert_eq!(both.iter().map(|problem| &*problem.field).collect::<Vec<_>>(), ["since", "until"]);
    }
}
