//! A person's picture.

use leptos::prelude::*;

/// The picture. It says nothing that the name alongside it does not.
#[component]
pub(crate) fn Avatar(
    /// Where it lies.
    picture: String,
) -> impl IntoView {
    view! { <img class="avatar" src=picture alt="" width="72" height="72" referrerpolicy="no-referrer" /> }
}
