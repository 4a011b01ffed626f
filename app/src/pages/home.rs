//! `/`: the main page.

use contract::Viewer;
use leptos::prelude::*;
use leptos_meta::Title;
use names::{Language, path};

use crate::components::{Frame, SignOut};
use crate::texts::{home, language, site};

/// What this is, and the link to sign in; for a member, who they are and the button to sign out.
#[component]
pub(crate) fn Home() -> impl IntoView {
    let language = language();
    let content = match site().and_then(|site| site.viewer()) {
        Some(viewer) => inside(viewer, language).into_any(),
        None => outside(language).into_any(),
    };
    view! {
        <Title text=home::title(language) />
        <Frame>{content}</Frame>
    }
}

fn outside(language: Language) -> impl IntoView {
    view! {
        <section class="hero">
            <h1>{home::heading(language)}</h1>
            <p class="lead">{home::lead(language)}</p>
            <p><a class="button button--main" href=path::LOGIN>{home::sign_in(language)}</a></p>
            <ul class="points">
                <li>{home::point_safe(language)}</li>
                <li>{home::point_calm(language)}</li>
                <li>{home::point_leave(language)}</li>
            </ul>
        </section>
    }
}

fn inside(viewer: Viewer, language: Language) -> impl IntoView {
    view! {
        <section class="hero">
            <h1>{home::welcome(language, viewer.nickname)}</h1>
            <p class="lead">{viewer.greeting}</p>
            <p><a class="button button--main" href=path::PROFILE>{home::to_me(language)}</a></p>
            <SignOut />
        </section>
    }
}
