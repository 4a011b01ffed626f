//! Moments in the time zone of the site.

use contract::{DayName, LocalTime, Moment};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _, Zoned};

/// The moment `at` in `zone`, seen from `now`.
pub(super) fn moment(at: kernel::Timestamp, now: kernel::Timestamp, zone: &TimeZone) -> Moment {
    let exact = at.to_string();
    let read = |moment: kernel::Timestamp| Timestamp::from_millisecond(moment.millis()).unwrap_or_default();
    Moment { exact, local: local_time(read(at), read(now), zone) }
}

fn local_time(at: Timestamp, now: Timestamp, zone: &TimeZone) -> LocalTime {
    let (at, now) = (at.to_zoned(zone.clone()), now.to_zoned(zone.clone()));
    LocalTime {
        year: u32::try_from(at.year()).unwrap_or_default(),
        month: at.month().unsigned_abs(),
        day: at.day().unsigned_abs(),
        hour: at.hour().unsigned_abs(),
        minute: at.minute().unsigned_abs(),
        offset: at.offset().seconds() / 60,
        day_name: day_name(&at, &now),
    }
}

fn day_name(at: &Zoned, now: &Zoned) -> DayName {
    let today = now.date();
    if at.date() == today {
        DayName::Today
    } else if today.checked_sub(1.day()).is_ok_and(|yesterday| at.date() == yesterday) {
        DayName::Yesterday
    } else if at.year() == now.year() {
        DayName::ThisYear
    } else {
        DayName::OtherYear
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(at: &str, now: &str, zone: &str) -> LocalTime {
        let zone = TimeZone::get(zone).unwrap();
        local_time(at.parse().unwrap(), now.parse().unwrap(), &zone)
    }

    #[test]
    fn the_day_is_that_of_the_zone() {
        for (at, now, zone, day_name) in [
            ("2026-11-28T14:59:59.999Z", "2026-11-28T15:00:00Z", "Asia/Seoul", DayName::Yesterday),
            ("2026-11-28T14:59:59.999Z", "2026-11-28T15:00:00Z", "UTC", DayName::Today),
            ("2026-11-27T14:59:59Z", "2026-11-28T15:00:00Z", "Asia/Seoul", DayName::ThisYear),
            ("2026-12-12T00:00:00Z", "2026-11-28T15:00:00Z", "Asia/Seoul", DayName::ThisYear),
            ("2025-12-31T14:59:59Z", "2026-01-01T15:00:00Z", "Asia/Seoul", DayName::OtherYear),
            ("2025-12-31T14:59:59Z", "2025-12-31T15:00:00Z", "Asia/Seoul", DayName::Yesterday),
        ] {
            assert_eq!(seen(at, now, zone).day_name, day_name, "{at} seen at {now} in {zone}");
        }
    }

    #[test]
    fn the_clock_is_that_of_the_zone_at_that_moment() {
        let seoul = seen("2026-11-28T16:05:00Z", "2026-11-28T16:05:00Z", "Asia/Seoul");
        let shown = LocalTime {
            year: 2026,
            month: 11,
            day: 29,
            hour: 1,
            minute: 5,
            offset: 540,
            day_name: DayName::Today,
        };
        assert_eq!(seoul, shown);
        for (at, offset) in [("2026-07-01T12:00:00Z", 120), ("2026-12-01T12:00:00Z", 60)] {
            assert_eq!(seen(at, at, "Europe/Berlin").offset, offset);
        }
    }
}
