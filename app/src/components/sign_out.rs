//! Signing out: a form, so that it works without scripting and no link can do it (S-BFF-4).

use leptos::prelude::*;

use crate::frame::language;
use crate::texts::common;

/// Where the form is sent to.
pub(crate) const SIGN_OUT: &str = "/api/auth/signout";

/// A button that ends this session.
#[component]
pub(crate) fn SignOut(
    /// Whether to offer ending all sessions as well.
    #[prop(optional)]
    everywhere: bool,
) -> impl IntoView {
    let language = language();
    view! {
        <form class="sign-out" method="post" action=SIGN_OUT>
            <button class="button button--quiet" type="submit">{common::sign_out(language)}</button>
            {everywhere.then(|| view! {
                <button class="button button--quiet" type="submit" name="everywhere" value="true">
                    {common::sign_out_everywhere(language)}
                </button>
            })}
        </form>
    }
}
