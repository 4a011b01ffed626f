//! The button of a provider. Colours, logo, spacing and label follow the provider's brand rules; height and width are the same
//! for all.

use std::sync::Arc;

use leptos::prelude::*;
use names::ProviderName;

use crate::frame::language;
use crate::texts::{login, provider_label};

/// A plain form post, so that it works without scripting.
#[component]
pub(crate) fn ProviderButton(
    /// The provider.
    provider: ProviderName,
    /// Whether it was the last one used on this device.
    last_used: bool,
    /// Where to go after the sign-in.
    return_to: Arc<str>,
    /// Whether the person must sign in again at the provider.
    again: bool,
) -> impl IntoView {
    let language = language();
    let name = provider.as_str();
    let hint = last_used.then(|| format!("last-used-{name}"));
    view! {
        <form class="provider" method="post" action=format!("/api/auth/signin/{name}")>
            <input type="hidden" name="return_to" value=return_to />
            {again.then(|| view! { <input type="hidden" name="prompt" value="login" /> })}
            <button
                class=format!("provider__button provider__button--{name}")
                type="submit"
                aria-describedby=hint.clone()
            >
                <img class="provider__logo" src=format!("/providers/{name}.svg") alt="" width="22" height="22" />
                <span class="provider__label">{provider_label(provider, language)}</span>
            </button>
            {hint.map(|hint| view! {
                <p class="provider__hint" id=hint>{login::last_used(language)}</p>
            })}
        </form>
    }
}
