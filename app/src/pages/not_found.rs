//! What the router draws for an address that it does not know. The server answers such addresses itself, with its
//! error page; this is the fallback for pages that end up here.

use leptos::prelude::*;
use leptos_axum::ResponseOptions;

use crate::components::Frame;
use crate::texts::{error_page, home, language};

/// 404, as a page and as a status.
#[component]
pub(crate) fn NotFound() -> impl IntoView {
    if let Some(response) = use_context::<ResponseOptions>() {
        response.set_status(http::StatusCode::NOT_FOUND);
    }
    let language = language();
    view! {
        <Frame>
            <section class="card">
                <h1>{error_page::not_found_heading(language)}</h1>
                <p class="lead">{error_page::not_found_lead(language)}</p>
                <p><a class="button button--main" href="/">{home::back(language)}</a></p>
            </section>
        </Frame>
    }
}
