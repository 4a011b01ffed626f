//! What the router draws for an address that it does not know. The server answers such addresses itself, with its
//! error page; this stands behind it for pages that end up here all the same.

use leptos::prelude::*;
use leptos_axum::ResponseOptions;

use crate::components::Frame;
use crate::texts::{locale, td_string};

/// 404, as a page and as a status.
#[component]
pub(crate) fn NotFound() -> impl IntoView {
    if let Some(response) = use_context::<ResponseOptions>() {
        response.set_status(http::StatusCode::NOT_FOUND);
    }
    let locale = locale();
    view! {
        <Frame>
            <section class="card">
                <h1>{td_string!(locale, error_404_heading)}</h1>
                <p class="lead">{td_string!(locale, error_404_lead)}</p>
                <p><a class="button button--main" href="/">{td_string!(locale, back_home)}</a></p>
            </section>
        </Frame>
    }
}
