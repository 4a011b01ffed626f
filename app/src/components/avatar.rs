//! A person's picture.

use leptos::prelude::*;

/// The picture, or the first letter of the nickname where there is none.
#[component]
pub(crate) fn Avatar(
    /// Whose it is.
    nickname: String,
    /// Where it lies.
    picture: Option<String>,
) -> impl IntoView {
    if let Some(address) = picture {
        view! {
            <img class="avatar" src=address alt="" width="72" height="72" referrerpolicy="no-referrer" />
        }
        .into_any()
    } else {
        let letter = nickname.chars().next().unwrap_or('?').to_string();
        view! { <span class="avatar avatar--letter" aria-hidden="true">{letter}</span> }.into_any()
    }
}
