//! A moment in the language of the page and the time zone of the site. With scripting, the island
//! [`LocalTimes`](crate::islands::LocalTimes) shows it in the browser's zone.

use std::sync::LazyLock;

use contract::Moment;
use leptos::prelude::*;
use names::Language;

use crate::frame::language;
use crate::texts::local_time::{self, Exact, OtherYear, ThisYear, WithClock};
use crate::time_phrases::{TimePhrases, TimeStyle};

/// The moment as a `time` element, with the exact time in `datetime` and as its title.
#[component]
pub(crate) fn LocalTime(
    /// The moment.
    at: Moment,
    /// Where it is shown.
    #[prop(optional)]
    style: TimeStyle,
) -> impl IntoView {
    let phrases = phrases(language());
    let (spoken, exact) = (phrases.spoken(&at.local, style), phrases.exact(&at.local));
    view! { <time datetime=at.exact title=exact data-style=style.code()>{spoken}</time> }
}

/// A sentence with a moment in it. `sentence` gets a placeholder to put where the moment belongs.
pub(crate) fn with_time(sentence: impl FnOnce(&'static str) -> String, at: Moment) -> AnyView {
    const PLACE: &str = "\u{fffc}";
    let sentence = sentence(PLACE);
    let (before, after) = sentence.split_once(PLACE).unwrap_or((&sentence, ""));
    (before.to_owned(), view! { <LocalTime at style=TimeStyle::InSentence /> }, after.to_owned()).into_any()
}

/// The phrases for moments in `language`.
pub(crate) fn phrases(language: Language) -> &'static TimePhrases {
    static KOREAN: LazyLock<TimePhrases> = LazyLock::new(|| read(Language::Korean));
    static ENGLISH: LazyLock<TimePhrases> = LazyLock::new(|| read(Language::English));
    match language {
        Language::Korean => &KOREAN,
        Language::English => &ENGLISH,
    }
}

fn read(language: Language) -> TimePhrases {
    let months = [
        local_time::january,
        local_time::february,
        local_time::march,
        local_time::april,
        local_time::may,
        local_time::june,
        local_time::july,
        local_time::august,
        local_time::september,
        local_time::october,
        local_time::november,
        local_time::december,
    ];
    TimePhrases {
        today: local_time::today(language, "{clock}"),
        yesterday: local_time::yesterday(language, "{clock}"),
        today_in_sentence: local_time::today_in_sentence(language, "{clock}"),
        yesterday_in_sentence: local_time::yesterday_in_sentence(language, "{clock}"),
        this_year: local_time::this_year(language, ThisYear { month: "{month}", day: "{day}" }),
        other_year: local_time::other_year(
            language,
            OtherYear { year: "{year}", month: "{month}", day: "{day}" },
        ),
        with_clock: local_time::with_clock(language, WithClock { date: "{date}", clock: "{clock}" }),
        exact: local_time::exact(
            language,
            Exact { year: "{year}", month: "{month}", day: "{day}", clock: "{clock}", zone: "{zone}" },
        ),
        months: months.map(|month| month(language).to_owned()).into(),
    }
}

#[cfg(test)]
mod tests {
    use contract::{DayName, LocalTime};
    use names::Language;

    use super::phrases;

    use crate::time_phrases::TimeStyle;

    fn on(day_name: DayName) -> LocalTime {
        LocalTime { year: 2026, month: 9, day: 8, hour: 5, minute: 2, offset: 540, day_name }
    }

    fn said(style: TimeStyle) -> [(String, String); 4] {
        [DayName::Today, DayName::Yesterday, DayName::ThisYear, DayName::OtherYear].map(|day_name| {
            let say = |language| phrases(language).spoken(&on(day_name), style);
            (say(Language::Korean), say(Language::English))
        })
    }

    #[test]
    fn a_moment_is_said_as_people_say_it() {
        let expected = [
            ("오늘 05:02", "Today 05:02"),
            ("어제 05:02", "Yesterday 05:02"),
            ("9월 8일", "8 Sept"),
            ("2026년 9월 8일", "8 Sept 2026"),
        ];
        assert_eq!(said(TimeStyle::Alone), expected.map(|(korean, english)| (korean.into(), english.into())));
    }

    #[test]
    fn a_line_of_a_log_says_the_clock_of_every_day() {
        let expected = [
            ("오늘 05:02", "Today 05:02"),
            ("어제 05:02", "Yesterday 05:02"),
            ("9월 8일 05:02", "8 Sept, 05:02"),
            ("2026년 9월 8일 05:02", "8 Sept 2026, 05:02"),
        ];
        assert_eq!(
            said(TimeStyle::WithClock),
            expected.map(|(korean, english)| (korean.into(), english.into()))
        );
    }

    #[test]
    fn within_a_sentence_a_day_has_no_capital() {
        let expected = [
            ("오늘 05:02", "today at 05:02"),
            ("어제 05:02", "yesterday at 05:02"),
            ("9월 8일", "8 Sept"),
            ("2026년 9월 8일", "8 Sept 2026"),
        ];
        assert_eq!(
            said(TimeStyle::InSentence),
            expected.map(|(korean, english)| (korean.into(), english.into()))
        );
    }

    #[test]
    fn the_island_reads_what_the_page_writes() {
        for style in [TimeStyle::Alone, TimeStyle::WithClock, TimeStyle::InSentence] {
            assert_eq!(TimeStyle::parse(style.code()), style);
        }
    }

    #[test]
    fn a_moment_is_said_exactly_with_its_zone() {
        for (offset, zone) in [(540, "UTC+9"), (0, "UTC"), (-210, "UTC-3:30"), (345, "UTC+5:45")] {
            let time = LocalTime { offset, ..on(DayName::Today) };
            assert_eq!(phrases(Language::Korean).exact(&time), format!("2026년 9월 8일 05:02 ({zone})"));
            assert_eq!(phrases(Language::English).exact(&time), format!("8 Sept 2026, 05:02 ({zone})"));
        }
    }
}
