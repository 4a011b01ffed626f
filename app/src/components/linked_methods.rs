//! A member's sign-in methods: unlinking one, and linking another.

use contract::views::{SecurityView, SignInMethodEntry};
use leptos::prelude::*;
use names::{Language, LinkRefused, ProviderName, SignInMethod, path};

use crate::components::local_time::with_time;
use crate::form::Form;
use crate::frame::{frame, language, query};
use crate::texts::{method_name, security};

const UNLINK: &str = "/api/users/me/identities/unlink";

/// The list of methods, each with a button unless it is the last one, and below it the providers that can be linked.
#[component]
pub(crate) fn LinkedMethods(
    /// The sign-in methods.
    view: SecurityView,
) -> impl IntoView {
    let language = language();
    let SecurityView { methods, removable, linkable, .. } = view;
    let alert = Form::new("unlink", UNLINK).alert();
    let changes = removable || !linkable.is_empty();
    let items: Vec<_> = methods.into_iter().map(|entry| item(entry, removable, language)).collect();
    let links: Vec<_> = linkable.into_iter().map(|provider| link(provider, language)).collect();
    view! {
        {alert}
        <ul class="entries">{items}</ul>
        {(!links.is_empty()).then(|| view! { <div class="form__buttons">{links}</div> })}
        {changes.then(|| view! { <p class="field__hint">{security::recent_sign_in(language)}</p> })}
    }
}

/// Tells a member who returns from a provider why nothing was linked. It is at the top of the page, since the list is far below
/// on a phone.
#[component]
pub(crate) fn LinkNotice() -> impl IntoView {
    let frame = frame();
    let at = query(&frame.address, "provider").and_then(|name| ProviderName::parse(&name));
    let error = query(&frame.address, "error").map(|code| link_error(&code, at, frame.language));
    error.map(|text| view! { <p class="notice" role="alert">{text}</p> })
}

/// The text for a member who returns from the provider `at` when nothing was linked.
fn link_error(code: &str, at: Option<ProviderName>, language: Language) -> String {
    match (LinkRefused::parse(code), at) {
        (LinkRefused::Cancelled, _) => security::link_cancelled(language).to_owned(),
        (LinkRefused::Taken, Some(at)) => security::link_taken(language, at.brand(language)),
        (LinkRefused::Taken | LinkRefused::Failed, _) => security::link_failed(language).to_owned(),
    }
}

fn item(entry: SignInMethodEntry, removable: bool, language: Language) -> impl IntoView {
    let SignInMethodEntry { id, method, email, since, last_used, is_of_session, .. } = entry;
    let heading = format!("method-{id}");
    // With the password, all sessions end, since tokens of apps do not say that they came by it.
    let ends = match method {
        SignInMethod::Password => Some(security::password_ends_all(language)),
        _ => is_of_session.then(|| security::unlink_ends_here(language)),
    };
    let ends_id = format!("{heading}-ends");
    let described = if ends.is_some() { format!("{heading} {ends_id}") } else { heading.clone() };
    let since = with_time(|since| security::method_since(language, since), since);
    let last_used = last_used.map(|at| (" · ", with_time(|at| security::method_last_used(language, at), at)));
    let remove = if method == SignInMethod::Password {
        security::remove_password(language)
    } else {
        security::unlink_method(language)
    };
    view! {
        <li class="entry">
            <h3 class="entry__what" id=heading>{method_name(method, language)}</h3>
            <p class="entry__more">{email.map(|email| view! { {email} <br /> })} {since} {last_used}</p>
            {removable.then(|| view! {
                <form method="post" action=UNLINK>
                    <button class="button button--quiet" type="submit" name="way" value=id aria-describedby=described>
                        {remove}
                    </button>
                </form>
                {ends.map(|ends| view! { <p class="field__hint" id=ends_id>{ends}</p> })}
            })}
        </li>
    }
}

fn link(provider: ProviderName, language: Language) -> impl IntoView {
    let label = security::link_method(language, provider.brand(language));
    view! {
        <form method="post" action=format!("/api/auth/link/{}", provider.as_str())>
            <input type="hidden" name="return_to" value=path::SECURITY />
            <button class="button button--quiet" type="submit">{label}</button>
        </form>
    }
}
