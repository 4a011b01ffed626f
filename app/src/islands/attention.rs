//! Whether somebody looks at the page: what asks again and again stops where nobody does.

use std::time::Duration;

use leptos::prelude::*;
use leptos::web_sys::Event;
use leptos::web_sys::js_sys::Date;

/// A person who gave no sign for so long, in milliseconds, does not look at the page any more.
const IDLE_TIMEOUT_MS: f64 = 10.0 * 60.0 * 1000.0;
/// What a person does who looks at a page.
const SIGNS: [&str; 6] = ["pointermove", "pointerdown", "keydown", "scroll", "focus", "visibilitychange"];

/// Does this again and again, as long as the page is open: not while it is hidden, nor once its reader has left it. To be called in an
/// effect, since a server looks at nothing.
pub(super) fn while_looked_at(every: Duration, look: impl Fn() + 'static) {
    let present_at = StoredValue::new(Date::now());
    let note = move |_: Event| present_at.set_value(Date::now());
    let signs = SIGNS.map(|sign| window_event_listener_untyped(sign, note));
    on_cleanup(move || signs.into_iter().for_each(WindowListenerHandle::remove));
    let look = move || {
        if !document().hidden() && Date::now() - present_at.get_value() <= IDLE_TIMEOUT_MS {
            look();
        }
    };
    if let Ok(timer) = set_interval_with_handle(look, every) {
        on_cleanup(move || timer.clear());
    }
}
