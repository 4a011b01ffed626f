//! Shows the times of the page in the browser's time zone.

use std::cmp::Ordering;
use std::time::Duration;

use contract::{DayName, LocalTime};
use leptos::prelude::*;
use leptos::wasm_bindgen::JsValue;
use leptos::web_sys::js_sys::Date;
use leptos::web_sys::{Element, Event};

use crate::time_phrases::{TimePhrases, TimeStyle};

/// A day, in minutes.
const MINUTES_PER_DAY: i32 = 24 * 60;

/// The event that announces new `time` elements.
const NEW_TIMES: &str = "newtimes";

/// The delay after midnight, in milliseconds, since a timer may fire a little early.
const MIDNIGHT_DELAY_MS: f64 = 1000.0;

/// Writes the times of the page.
#[derive(Clone)]
struct Speaker {
    phrases: TimePhrases,
    /// When the page was rendered, by the server's clock, in milliseconds since the epoch.
    drawn: f64,
    /// About the same moment by the browser's clock, in milliseconds since the epoch.
    started: f64,
}

/// The server does not know the reader's zone and writes all times in the zone of the site. This island rewrites those that
/// differ. It does so again at midnight and when the page becomes visible again, since today may have become yesterday.
#[island]
pub fn LocalTimes(
    /// The phrases of the page's language.
    phrases: TimePhrases,
    /// When the page was rendered, in RFC 3339, by the server's clock, so that server and browser name a day the same.
    now: String,
) -> impl IntoView {
    Effect::new(move |_| {
        let drawn = Date::new(&JsValue::from_str(&now)).get_time();
        let speaker = Speaker { phrases: phrases.clone(), drawn, started: Date::now() };
        speaker.say_all();
        speaker.clone().say_again_at_midnight();
        // Browsers stop the timers of hidden pages.
        let again = speaker.clone();
        let returned = window_event_listener(leptos::ev::pageshow, move |_| again.say_all());
        let again = speaker.clone();
        let added = window_event_listener_untyped(NEW_TIMES, move |_| again.say_all());
        let visible = window_event_listener(leptos::ev::visibilitychange, move |_| speaker.say_all());
        on_cleanup(move || {
            returned.remove();
            added.remove();
            visible.remove();
        });
    });
}

/// Rewrites the times that an island has just added to the page.
pub(super) fn say_new_times() {
    if let Ok(added) = Event::new(NEW_TIMES) {
        let _ = window().dispatch_event(&added);
    }
}

impl Speaker {
    fn now(&self) -> Date {
        Date::new(&JsValue::from_f64(self.drawn + Date::now() - self.started))
    }

    fn say_all(&self) {
        let now = self.now();
        let times = document().get_elements_by_tag_name("time");
        for time in (0..times.length()).filter_map(|index| times.item(index)) {
            self.say(&time, &now);
        }
    }

    fn say_again_at_midnight(self) {
        let now = self.now();
        let midnight = Date::new(&now);
        // `Date` carries a day after the end of a month over to the next month.
        midnight.set_date(now.get_date() + 1);
        midnight.set_hours(0);
        midnight.set_minutes(0);
        midnight.set_seconds(0);
        let wait = (midnight.get_time() - now.get_time()).max(0.0) + MIDNIGHT_DELAY_MS;
        let wait = Duration::try_from_secs_f64(wait / 1000.0).unwrap_or(Duration::from_hours(24));
        set_timeout(
            move || {
                self.say_all();
                self.say_again_at_midnight();
            },
            wait,
        );
    }

    fn say(&self, element: &Element, now: &Date) {
        let Some(at) = element.get_attribute("datetime") else { return };
        let at = Date::new(&JsValue::from_str(&at));
        if at.get_time().is_nan() {
            return;
        }
        let time = local_time(&at, now);
        let style = TimeStyle::parse(element.get_attribute(TimeStyle::ATTRIBUTE).as_deref());
        let spoken = self.phrases.spoken(&time, style);
        if element.text_content().as_deref() != Some(&spoken) {
            element.set_text_content(Some(&spoken));
        }
        // If this fails, the title keeps the exact time in the zone of the site, which it names.
        let _ = element.set_attribute("title", &self.phrases.exact(&time));
    }
}

fn local_time(at: &Date, now: &Date) -> LocalTime {
    let yesterday = Date::new(now);
    // For `Date`, day 0 is the last day of the month before.
    yesterday.set_date(now.get_date().saturating_sub(1));
    let day @ (year, month, date) = day_of(at);
    let day_name = if day == day_of(now) {
        DayName::Today
    } else if day == day_of(&yesterday) {
        DayName::Yesterday
    } else if year == now.get_full_year() {
        DayName::ThisYear
    } else {
        DayName::OtherYear
    };
    let small = |number: u32| u8::try_from(number).unwrap_or_default();
    LocalTime {
        year,
        month: small(month + 1),
        day: small(date),
        hour: small(at.get_hours()),
        minute: small(at.get_minutes()),
        offset: minutes_ahead(at),
        day_name,
    }
}

/// Year, month (from 0) and day of the month.
fn day_of(at: &Date) -> (u32, u32, u32) {
    (at.get_full_year(), at.get_month(), at.get_date())
}

/// By how many minutes the browser's zone is ahead of UTC at that moment.
fn minutes_ahead(at: &Date) -> i32 {
    let minutes = |hours: u32, minutes: u32| i32::try_from(hours * 60 + minutes).unwrap_or_default();
    let here = minutes(at.get_hours(), at.get_minutes());
    let ahead = here - minutes(at.get_utc_hours(), at.get_utc_minutes());
    let utc_day = (at.get_utc_full_year(), at.get_utc_month(), at.get_utc_date());
    match day_of(at).cmp(&utc_day) {
        Ordering::Less => ahead - MINUTES_PER_DAY,
        Ordering::Equal => ahead,
        Ordering::Greater => ahead + MINUTES_PER_DAY,
    }
}
