//! A preview of the profile while it is edited.

use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast as _;
use leptos::web_sys::{Element, HtmlInputElement};

/// Nickname and greeting as others will see them, taken from the inputs of the page's form. The form has a button that does the
/// same by a round trip; this island hides it.
#[island]
pub fn ProfilePreview(
    /// The nickname.
    nickname: String,
    /// The greeting.
    greeting: String,
    /// The id of the form: the prefix of the ids of its inputs `nickname` and `greeting` and its button `preview`.
    form: String,
    /// The picture.
    children: Children,
) -> impl IntoView {
    let (name, set_name) = signal(nickname);
    let (line, set_line) = signal(greeting);
    Effect::new(move |_| {
        let [name_id, line_id, button] =
            ["nickname", "greeting", "preview"].map(|part| format!("{form}-{part}"));
        // Somebody may have typed before the island was hydrated, and browsers restore inputs when they return to a page.
        for (id, set) in [(&name_id, set_name), (&line_id, set_line)] {
            if let Some(typed) = typed(id) {
                set.set(typed);
            }
        }
        let typing = window_event_listener(leptos::ev::input, move |event| {
            let id = event_target::<Element>(&event).id();
            if id == name_id {
                set_name.set(event_target_value(&event));
            } else if id == line_id {
                set_line.set(event_target_value(&event));
            }
        });
        hide_unless_focused(document().active_element(), &button);
        let moving = window_event_listener(leptos::ev::focusin, move |event| {
            hide_unless_focused(event.target().and_then(|at| at.dyn_into().ok()), &button);
        });
        on_cleanup(move || {
            typing.remove();
            moving.remove();
        });
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

/// The value of the input with this id.
fn typed(id: &str) -> Option<String> {
    let input: HtmlInputElement = document().get_element_by_id(id)?.dyn_into().ok()?;
    Some(input.value())
}

/// Hides the button with this id unless it has the focus, which would be lost.
fn hide_unless_focused(focused: Option<Element>, id: &str) {
    if focused.is_none_or(|element| element.id() != id)
        && let Some(button) = document().get_element_by_id(id)
    {
        let _ = button.set_attribute("hidden", "");
    }
}
