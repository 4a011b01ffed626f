//! Says, quietly, that there is something new in the feed.

use std::time::Duration;

use leptos::prelude::*;
use leptos::web_sys::Event;
use leptos::web_sys::js_sys::Date;

use crate::functions::new_posts;

/// How often it is asked while somebody looks at the page.
const EVERY: Duration = Duration::from_secs(30);
/// More are not counted.
const MOST: usize = 20;
/// Who gave no sign for so long, in milliseconds, does not look at the page any more.
const AWAY: f64 = 10.0 * 60.0 * 1000.0;
/// What a person does who looks at a page.
const SIGNS: [&str; 6] = ["pointermove", "pointerdown", "keydown", "scroll", "focus", "visibilitychange"];

/// A link that appears when others have written something newer than `seen`. What is read stays where it is. Nothing is asked while
/// the page is hidden, or once its reader has left it.
#[island]
pub fn NewPosts(
    /// The id of the newest post of the page.
    seen: String,
    /// What the link says; `{count}` is how many there are.
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
            // Once it is said that there are many, it stays so.
            if is_away || count.get_untracked() > MOST {
                return;
            }
            let seen = seen.clone();
            leptos::task::spawn_local(async move {
                // What cannot be told now is told the next time.
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
