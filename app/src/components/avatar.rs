//! A member's picture.

use leptos::prelude::*;

/// The picture. It has no alternative text, since the name is beside it.
#[component]
pub(crate) fn Avatar(
    /// Its address.
    picture: String,
) -> impl IntoView {
    view! { <img class="avatar" src=picture alt="" width="72" height="72" referrerpolicy="no-referrer" /> }
}
