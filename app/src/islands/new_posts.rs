//! A link that appears when there are new posts.

use std::time::Duration;

use leptos::prelude::*;
use leptos::web_sys::Event;
use leptos::web_sys::js_sys::Date;

use crate::functions::new_posts;

/// How often the server is asked while somebody uses the page.
const EVERY: Duration = Duration::from_secs(30);
/// The most posts that are counted.
const MOST: usize = 20;
/// After how long without input, in milliseconds, nobody uses the page any more.
const AWAY: f64 = 10.0 * 60.0 * 1000.0;
/// The events that show that somebody uses the page.
const SIGNS: [&str; 6] = ["pointermove", "pointerdown", "keydown", "scroll", "focus", "visibilitychange"];

/// A link that appears when there are posts newer than `seen`. The posts on the page do not move. The server is not asked while
/// the page is hidden or unused.
#[island]
pub fn NewPosts(
    /// The id of the newest post of the page.
    seen: String,
    /// The text of the link; `{count}` is the number of new posts.
    text: String,
    /// Where it leads.
    page: String,
) -> impl IntoView {
    let count = RwSignal::new(0);
    Effect::new(move |_| {
        let seen = seen.clone();
        let present_at = StoredValue::new(Date::now());
        let note = move |_: Event| present_at.set_value(Date::now());
        let signs = SIGNS.map(|sign| window_event_listener_untyped(sign, note));
        on_cleanup(move || signs.into_iter().for_each(WindowListenerHandle::remove));
        let look = move || {
            let is_away = document().hidden() || Date::now() - present_at.get_value() > AWAY;
            // Once there are more than are counted, the text no longer changes.
            if is_away || count.get_untracked() > MOST {
                return;
            }
            let seen = seen.clone();
            leptos::task::spawn_local(async move {
                // If it fails, the next call shows the number.
                if let Ok(new) = new_posts(seen).await {
                    count.set(new);
                }
            });
        };
        if let Ok(timer) = set_interval_with_handle(look, EVERY) {
            on_cleanup(move || timer.clear());
        }
    });
    let said = move || match count.get() {
        0 => String::new(),
        new if new > MOST => text.replace("{count}", &format!("{MOST}+")),
        new => text.replace("{count}", &new.to_string()),
    };
    view! {
        <p class="ways" role="status">
            <a class="button button--quiet" href=page hidden=move || count.get() == 0>{said}</a>
        </p>
    }
}
