//! The ways by which a member comes in: taking one away, and adding another.

use contract::{LinkRefused, ProviderKind, SignInMethod, SignInMethodEntry, SignInMethods};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::form::Form;
use crate::texts::{Locale, locale, method_name, provider_name, readable, td_string};

const UNLINK: &str = "/api/users/me/identities/unlink";

/// Where one comes back to from a provider, with what came of it.
const BACK: &str = "/me/security";

/// The list of them, with a button at each unless it is the last, and below it the providers that are not among them.
#[component]
pub(crate) fn LinkedMethods(
    /// The ways.
    ways: SignInMethods,
) -> impl IntoView {
    let locale = locale();
    let SignInMethods { ways, removable, linkable } = ways;
    let alert = Form::new("unlink", UNLINK).alert();
    let changes = removable || !linkable.is_empty();
    let items: Vec<_> = ways.into_iter().map(|way| item(way, removable, locale)).collect();
    let links: Vec<_> = linkable.into_iter().map(|provider| link(provider, locale)).collect();
    view! {
        {alert}
        <ul class="entries">{items}</ul>
        {(!links.is_empty()).then(|| view! { <div class="form__buttons">{links}</div> })}
        {changes.then(|| view! { <p class="field__hint">{td_string!(locale, security_fresh)}</p> })}
    }
}

/// Says to somebody who comes back from a provider why there is no other sign-in method. It stands at the top of the page: on a
/// phone the list is far below.
#[component]
pub(crate) fn LinkNotice() -> impl IntoView {
    let query = use_query_map().get_untracked();
    let at = query.get("provider").and_then(|name| ProviderKind::parse(&name));
    let error = query.get("error").map(|code| link_error(&code, at, locale()));
    error.map(|text| view! { <p class="notice" role="alert">{text}</p> })
}

/// What is said to somebody who comes back from the provider `at` without another sign-in method.
fn link_error(code: &str, at: Option<ProviderKind>, locale: Locale) -> String {
    match (LinkRefused::parse(code), at) {
        (LinkRefused::Cancelled, _) => td_string!(locale, link_cancelled).to_owned(),
        (LinkRefused::Taken, Some(at)) => {
            td_string!(locale, link_taken, name = provider_name(at, locale))
        }
        (LinkRefused::Taken | LinkRefused::Failed, _) => td_string!(locale, link_failed).to_owned(),
    }
}

fn item(way: SignInMethodEntry, removable: bool, locale: Locale) -> impl IntoView {
    let SignInMethodEntry { id, method, email, since, last_used, .. } = way;
    let heading = format!("way-{id}");
    let since = td_string!(locale, way_since, time = readable(&since));
    let times = match last_used {
        Some(at) => format!("{since} · {}", td_string!(locale, way_last_used, time = readable(&at))),
        None => since,
    };
    let remove = if method == SignInMethod::Password {
        td_string!(locale, way_remove_password)
    } else {
        td_string!(locale, way_unlink)
    };
    view! {
        <li class="entry">
            <h3 class="entry__what" id=heading.clone()>{method_name(method, locale)}</h3>
            <p class="entry__more">{email.map(|email| view! { {email} <br /> })} {times}</p>
            {removable.then(|| view! {
                <form method="post" action=UNLINK>
                    <button class="button button--quiet" type="submit" name="way" value=id aria-describedby=heading>
                        {remove}
                    </button>
                </form>
            })}
        </li>
    }
}

fn link(provider: ProviderKind, locale: Locale) -> impl IntoView {
    let label = td_string!(locale, way_link, name = provider_name(provider, locale));
    view! {
        <form method="post" action=format!("/api/auth/link/{}", provider.path())>
            <input type="hidden" name="return_to" value=BACK />
            <button class="button button--quiet" type="submit">{label}</button>
        </form>
    }
}
