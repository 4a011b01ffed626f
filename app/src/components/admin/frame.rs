//! The frame of the admin area, with its navigation.

use leptos::prelude::*;

use crate::components::account_frame::member_islands;
use crate::components::area_navigation::{current_label, entries};
use crate::components::{Frame, SuccessNoticeBox};
use crate::frame::{frame, path_of};
use crate::texts::admin;

/// The frame of a page of the admin area, with its heading and the success notice. On a phone the navigation is a menu that the
/// browser opens without scripting.
#[component]
pub(crate) fn AdminFrame(
    /// The heading of the page.
    #[prop(into)]
    heading: String,
    children: Children,
) -> impl IntoView {
    let frame = frame();
    let (language, here) = (frame.language, path_of(&frame.address));
    let current = current_label(here, language).unwrap_or(admin::area(language));
    let (entries, islands) = (entries(here, language), member_islands(&frame));
    view! {
        <Frame>
            <div class="admin">
                <nav class="admin__navigation" aria-label=admin::area(language)>
                    <details class="admin__menu">
                        <summary class="admin__current">{current}</summary>
                        {entries}
                    </details>
                </nav>
                <section class="admin__page">
                    <h1>{heading}</h1>
                    <SuccessNoticeBox for_islands=true />
                    {children()}
                </section>
            </div>
            {islands}
        </Frame>
    }
}
