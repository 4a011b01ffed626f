//! Shows a profile while it is being written.

use leptos::prelude::*;

/// Nickname and greeting as others will see them, from the inputs `nickname_input` and `greeting_input` of the page. The
/// button `button` does the same by a round trip; with scripting there is no need for it.
#[island]
pub fn ProfilePreview(
    /// The nickname.
    nickname: String,
    /// The greeting.
    greeting: String,
    /// Ids: the input of the nickname, that of the greeting, the button.
    ids: (String, String, String),
    /// The picture.
    children: Children,
) -> impl IntoView {
    let (name, set_name) = signal(nickname);
    let (line, set_line) = signal(greeting);
    Effect::new(move |_| {
        let (name_id, line_id, button) = ids.clone();
        if let Some(button) = document().get_element_by_id(&button) {
            let _ = button.set_attribute("hidden", "");
        }
        let typing = window_event_listener(leptos::ev::input, move |event| {
            let id = event_target::<leptos::web_sys::Element>(&event).id();
            if id == name_id {
                set_name.set(event_target_value(&event));
            } else if id == line_id {
                set_line.set(event_target_value(&event));
            }
        });
        on_cleanup(move || typing.remove());
    });
    view! {
        <div class="person">
            {children()}
            <div class="person__words">
                <p class="person__name">{move || name.get()}</p>
                <p class="person__greeting">{move || line.get()}</p>
            </div>
        </div>
    }
}
