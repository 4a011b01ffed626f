//! The button of a provider, by its brand rules: colours, logo, distance and label are theirs, height and width the
//! same for all.

use contract::SignInOption;
use leptos::prelude::*;

use crate::texts::{language, login, provider_label};

/// A plain form post, so that it works without scripting.
#[component]
pub(crate) fn ProviderButton(
    /// Which provider.
    option: SignInOption,
    /// Where the person wants to go.
    return_to: String,
) -> impl IntoView {
    let language = language();
    let provider = option.provider;
    let name = provider.as_str();
    let hint = format!("last-used-{name}");
    view! {
        <form class="provider" method="post" action=format!("/api/auth/signin/{name}")>
            <input type="hidden" name="return_to" value=return_to />
            <button
                class=format!("provider__button provider__button--{name}")
                type="submit"
                aria-describedby=option.last_used.then(|| hint.clone())
            >
                <img class="provider__logo" src=format!("/providers/{name}.svg") alt="" width="20" height="20" />
                <span class="provider__label">{provider_label(provider, language)}</span>
            </button>
            {option.last_used.then(|| view! {
                <p class="provider__hint" id=hint.clone()>{login::last_used(language)}</p>
            })}
        </form>
    }
}
