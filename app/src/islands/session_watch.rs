//! Notices when the session of an open page has ended.

use leptos::prelude::*;

/// Asks who is signed in whenever the page is shown again: another tab may have signed out, or the browser may have restored the
/// page from its cache. If nobody is signed in, the page goes to `ended`; if somebody else is, it is loaded again; an outage
/// changes nothing. "Nobody" is checked twice: another tab may just have renewed the session, so that the first request had the
/// old cookie.
#[island]
pub fn SessionWatch(
    /// The member for whom the page was rendered.
    member: String,
    /// Where to go when they are no longer signed in.
    ended: String,
) -> impl IntoView {
    Effect::new(move |_| {
        let (member, ended) = (member.clone(), ended.clone());
        let look = move || {
            let (member, ended) = (member.clone(), ended.clone());
            leptos::task::spawn_local(async move {
                // `replace`: the back button must not lead to a page of the ended session.
                let mut now = crate::functions::viewer_id().await;
                if now == Ok(None) {
                    now = crate::functions::viewer_id().await;
                }
                let _ = match now {
                    Ok(None) => window().location().replace(&ended),
                    Ok(Some(now)) if now != member => window().location().reload(),
                    Ok(Some(_)) | Err(_) => Ok(()),
                };
            });
        };
        let on_visible = look.clone();
        let visible = window_event_listener(leptos::ev::visibilitychange, move |_| {
            if !document().hidden() {
                on_visible();
            }
        });
        let on_return = look.clone();
        let returned = window_event_listener(leptos::ev::pageshow, move |_| on_return());
        let focused = window_event_listener(leptos::ev::focus, move |_| look());
        on_cleanup(move || {
            visible.remove();
            returned.remove();
            focused.remove();
        });
    });
}
