//! A link that appears when there are new posts.

use std::time::Duration;

use leptos::prelude::*;

use super::attention::while_looked_at;
use crate::functions::new_posts;

/// How often the server is asked while somebody uses the page.
const POLL_INTERVAL: Duration = Duration::from_secs(30);
/// The most posts that are counted.
const MAX_COUNTED: usize = 20;

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
        while_looked_at(POLL_INTERVAL, move || {
            // Once it is said that there are many, it stays so.
            if count.get_untracked() > MAX_COUNTED {
                return;
            }
            let seen = seen.clone();
            leptos::task::spawn_local(async move {
                // If it fails, the next call shows the number.
                if let Ok(new) = new_posts(seen).await {
                    count.set(new);
                }
            });
        });
    });
    let said = move || match count.get() {
        0 => String::new(),
        new if new > MAX_COUNTED => text.replace("{count}", &format!("{MAX_COUNTED}+")),
        new => text.replace("{count}", &new.to_string()),
    };
    view! {
        <p class="ways" role="status">
            <a class="button button--quiet" href=page hidden=move || count.get() == 0>{said}</a>
        </p>
    }
}
