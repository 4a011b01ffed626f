//! `/members/{id}`: what everybody may see of a member.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::components::{Avatar, Frame};
use crate::pages::not_found::NotFound;
use crate::texts::{language, profile, site};

/// Picture, nickname, greeting.
#[component]
pub(crate) fn Profile() -> impl IntoView {
    let Some(profile) = site().and_then(|site| site.profile()) else {
        return view! { <NotFound /> }.into_any();
    };
    let title = profile::title(language(), profile.nickname.clone());
    view! {
        <Title text=title />
        <Frame>
            <section class="card">
                <Avatar picture=profile.picture />
                <h1>{profile.nickname}</h1>
                <p class="lead">{profile.greeting}</p>
            </section>
        </Frame>
    }
    .into_any()
}
