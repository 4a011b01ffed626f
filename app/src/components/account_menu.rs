//! The menu of who is signed in, in the header of every page.

use contract::Viewer;
use leptos::prelude::*;
use names::{Language, path};

use super::SIGN_OUT;
use crate::texts::{common, navigation};

/// The picture is its button. The browser opens and closes it by itself, by keyboard too, so it needs no scripting; signing
/// out is a form, since no link may do it (S-BFF-4).
#[component]
pub(crate) fn AccountMenu(
    /// Who is signed in.
    viewer: Viewer,
    /// The language of the page.
    language: Language,
) -> impl IntoView {
    let Viewer { nickname, email, picture, .. } = viewer;
    let button = navigation::menu(language, &nickname);
    view! {
        <details class="menu">
            <summary class="menu__button">
                <img class="menu__picture" src=picture alt="" width="40" height="40" referrerpolicy="no-referrer" />
                <span class="only-read-out">{button}</span>
            </summary>
            <div class="menu__content">
                <p class="menu__who"><b>{nickname}</b>{email.map(|email| view! { <br />{email} })}</p>
                <a class="menu__entry" href=path::PROFILE>{navigation::account(language)}</a>
                <form method="post" action=SIGN_OUT>
                    <button class="menu__entry" type="submit">{common::sign_out(language)}</button>
                </form>
            </div>
        </details>
    }
}
