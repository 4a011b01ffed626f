//! The menu of the signed-in member, in the header of every page.

use std::sync::Arc;

use contract::Viewer;
use leptos::prelude::*;
use names::{Language, path};

use super::sign_out::SIGN_OUT;
use crate::texts::{common, navigation};

/// Marks the place of the nickname in a text.
const PLACE: &str = "\u{fffc}";

/// The class in which the island that saves the profile finds the nickname.
const VIEWER_NAME: &str = "viewer-name";

/// The menu. Its button is the picture. It is a `popover`, so it needs no scripting: the browser opens it, and closes it on
/// Escape and on a click outside. A browser without `popover` (before 2024) shows `<summary>` in place of the button, and the
/// style sheet opens the same menu. Signing out is a form, since a link must not do it (S-BFF-4).
#[component]
pub(crate) fn AccountMenu(
    /// Who is signed in.
    viewer: Arc<Viewer>,
    /// The language of the page.
    language: Language,
) -> impl IntoView {
    let label = navigation::menu(language, PLACE);
    let face = || {
        let (picture, name) = (viewer.picture.clone(), viewer.nickname.clone());
        let (before, after) = label.split_once(PLACE).unwrap_or((&label, ""));
        view! {
            <img class="menu__picture" src=picture alt="" width="40" height="40" referrerpolicy="no-referrer" />
            <span class="only-read-out">
                {before.to_owned()}<span class=VIEWER_NAME>{name}</span>{after.to_owned()}
            </span>
        }
    };
    let (nickname, email) = (viewer.nickname.clone(), viewer.email.clone());
    // Where an administrator begins is the first page of the area; a moderator finds none but this one.
    let operates = match (viewer.administers, viewer.moderates) {
        (true, _) => Some((path::ADMIN, navigation::administration(language))),
        (false, true) => Some((path::ADMIN_REPORTS, navigation::reports(language))),
        (false, false) => None,
    };
    let administration = operates.map(|(page, name)| view! { <a class="menu__entry" href=page>{name}</a> });
    view! {
        <div class="menu">
            <button class="menu__button" type="button" popovertarget="menu">{face()}</button>
            <details class="menu__fallback">
                <summary class="menu__button">{face()}</summary>
            </details>
            <div class="menu__content" id="menu" popover="auto">
                <p class="menu__who"><b class=VIEWER_NAME>{nickname}</b>{email.map(|email| view! { <br />{email} })}</p>
                <a class="menu__entry" href=path::PROFILE>{navigation::account(language)}</a>
                {administration}
                <form method="post" action=SIGN_OUT>
                    <button class="menu__entry" type="submit">{common::sign_out(language)}</button>
                </form>
            </div>
        </div>
    }
}
