//! `/`: the main page.

use contract::Viewer;
use leptos::prelude::*;
use leptos_meta::Title;

use crate::components::{Frame, SignOut};
use crate::texts::{Locale, locale, site, td_string};

/// What this is, and the sign-in method; for somebody who is in, who they are and the way out.
#[component]
pub(crate) fn Home() -> impl IntoView {
    let locale = locale();
    let content = match site().and_then(|site| site.viewer()) {
        Some(viewer) => inside(viewer, locale).into_any(),
        None => outside(locale).into_any(),
    };
    view! {
        <Title text=td_string!(locale, home_title) />
        <Frame>{content}</Frame>
    }
}

fn outside(locale: Locale) -> impl IntoView {
    view! {
        <section class="hero">
            <h1>{td_string!(locale, home_heading)}</h1>
            <p class="lead">{td_string!(locale, home_lead)}</p>
            <p><a class="button button--main" href="/oauth/login">{td_string!(locale, sign_in)}</a></p>
            <ul class="points">
                <li>{td_string!(locale, home_point_safe)}</li>
                <li>{td_string!(locale, home_point_calm)}</li>
                <li>{td_string!(locale, home_point_leave)}</li>
            </ul>
        </section>
    }
}

fn inside(viewer: Viewer, locale: Locale) -> impl IntoView {
    view! {
        <section class="hero">
            <h1>{td_string!(locale, welcome, name = viewer.nickname)}</h1>
            <p class="lead">{viewer.greeting}</p>
            <p><a class="button button--main" href="/me">{td_string!(locale, to_me)}</a></p>
            <SignOut />
        </section>
    }
}
