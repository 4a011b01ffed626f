//! `/me`: who one is here.

use contract::Viewer;
use leptos::prelude::*;
use leptos_meta::Title;

use crate::components::{Avatar, Frame, SignOut};
use crate::islands::SessionWatch;
use crate::texts::{Locale, locale, method_name, readable, site, td_string};

const ENDED: &str = "/oauth/login?error=session_ended&return_to=/me";

/// The profile. The server lets only people in who are signed in.
#[component]
pub(crate) fn Me() -> impl IntoView {
    let locale = locale();
    let profile = site().and_then(|site| site.viewer()).map(|viewer| profile(viewer, locale));
    view! {
        <Title text=td_string!(locale, me_title) />
        <Frame>{profile}</Frame>
    }
}

fn profile(viewer: Viewer, locale: Locale) -> impl IntoView {
    let Viewer { id, nickname, greeting, email, picture, signed_in_with, signed_in_at, expires_at } = viewer;
    let until = td_string!(locale, me_until, time = readable(&expires_at));
    view! {
        <section class="card">
            <h1>{td_string!(locale, me_heading)}</h1>
            <div class="person">
                <Avatar nickname=nickname.clone() picture />
                <div>
                    <p class="person__name">{nickname}</p>
                    <p class="person__greeting">{greeting}</p>
                </div>
            </div>
            <dl class="facts">
                <div><dt>{td_string!(locale, me_email)}</dt>
                    <dd>{email.unwrap_or_else(|| td_string!(locale, me_no_email).to_owned())}</dd></div>
                <div><dt>{td_string!(locale, me_signed_in_with)}</dt>
                    <dd>{method_name(signed_in_with, locale)}</dd></div>
                <div><dt>{td_string!(locale, me_signed_in_at)}</dt>
                    <dd><time datetime=signed_in_at.clone()>{readable(&signed_in_at)}</time></dd></div>
                <div><dt>{td_string!(locale, me_expires_at)}</dt>
                    <dd><time datetime=expires_at>{until}</time></dd></div>
            </dl>
            <p><a class="button button--quiet" href="/me/sessions">{td_string!(locale, to_sessions)}</a></p>
            <SignOut everywhere=true />
        </section>
        <SessionWatch member=id ended=ENDED.to_owned() />
    }
}
