//! Passkeys on pages: the button to sign in, the list of a member's passkeys, and the suggestion to add one. A small script runs
//! the ceremonies. It reads what it needs from attributes, and shows only what the browser supports.

use std::sync::Arc;

use contract::views::{PasskeyEntry, PasskeysView};
use leptos::prelude::*;
use names::{Language, path};

use crate::components::local_time::with_time;
use crate::form::Form;
use crate::frame::language;
use crate::texts::passkeys;

const OWN: &str = "/api/users/me/passkeys";
const RENAME: &str = "/api/users/me/passkeys/{id}";
const REMOVE: &str = "/api/users/me/passkeys/{id}/remove";

/// The button to sign in with a passkey, and the text for a member with a passkey whose browser does not support them.
#[component]
pub(crate) fn PasskeyButton(
    /// Where to go after the sign-in.
    return_to: Arc<str>,
    /// The label of the button.
    label: &'static str,
    /// Whether a passkey was used last on this device.
    #[prop(optional)]
    was_last: bool,
    /// Whether this member has a passkey.
    #[prop(optional)]
    is_theirs: bool,
) -> impl IntoView {
    let language = language();
    view! {
        <div class="passkey" id="passkey-login" hidden=true data-return-to=return_to
            data-unknown=passkeys::unknown(language) data-failed=passkeys::failed(language)>
            <button class="button button--quiet" type="button">{label}</button>
            {was_last.then(|| view! { <p class="provider__hint">{passkeys::last_used(language)}</p> })}
            <p class="notice" role="alert" hidden=true></p>
        </div>
        {(was_last || is_theirs).then(|| view! {
            <p class="notice" id="passkey-missing" hidden=true>{passkeys::missing(language)}</p>
        })}
    }
}

/// The button that makes a passkey in the course of a sign-in, for members who need a second factor; and what the other way is, which
/// is what is there where the browser knows no passkeys.
#[component]
pub(crate) fn PasskeySetUp(
    /// What follows: another way.
    other: &'static str,
) -> impl IntoView {
    let language = language();
    view! {
        <div class="passkey" id="passkey-set-up" hidden=true data-at="/api/auth/signin/second/passkey"
            data-over=path::SECOND_STEP data-known=passkeys::known(language) data-limit=passkeys::limit(language)
            data-failed=passkeys::not_added(language)>
            <button class="button" type="button">{passkeys::set_up(language)}</button>
            <p class="notice" role="alert" hidden=true></p>
            <p class="lead">{other}</p>
        </div>
    }
}

/// A member's passkeys, and the button that adds one.
#[component]
pub(crate) fn OwnPasskeys(
    /// The passkeys.
    view: PasskeysView,
) -> impl IntoView {
    let language = language();
    let PasskeysView { rp_id, user, name, nickname, entries, removable } = view;
    let keys: Vec<_> = entries.iter().filter(|entry| entry.is_usable).collect();
    let keys = keys.iter().map(|entry| entry.credential_id.as_str()).collect::<Vec<_>>().join(" ");
    let alerts = [Form::new("passkey", RENAME).alert(), Form::new("passkey", REMOVE).alert()];
    let items: Vec<_> = entries.into_iter().map(|entry| item(entry, removable, language)).collect();
    let prove = path::prove(path::SECURITY);
    view! {
        <section class="part" id="passkeys" data-rp=rp_id data-user=user data-name=name data-nickname=nickname
            data-keys=keys data-at=OWN
            data-added="/me/security?notice=passkey_added" data-over=prove
            data-known=passkeys::known(language) data-limit=passkeys::limit(language)
            data-failed=passkeys::not_added(language)>
            <h2>{passkeys::heading(language)}</h2>
            <p class="lead">{passkeys::lead(language)}</p>
            {alerts}
            {(!items.is_empty()).then(|| view! { <ul class="entries">{items}</ul> })}
            <button class="button button--quiet" type="button" hidden=true>{passkeys::add(language)}</button>
            <p class="notice" role="alert" hidden=true></p>
        </section>
    }
}

fn item(entry: PasskeyEntry, removable: bool, language: Language) -> impl IntoView {
    let PasskeyEntry { id, name, since, last_used, is_synced, is_usable, .. } = entry;
    let heading = format!("passkey-{id}");
    let since = with_time(|since| passkeys::since(language, since), since);
    let last_used = last_used.map(|at| (" · ", with_time(|at| passkeys::used(language, at), at)));
    let synced = is_synced.then(|| format!(" · {}", passkeys::synced(language)));
    let unusable =
        (!is_usable).then(|| view! { <p class="entry__failed">{passkeys::unusable(language)}</p> });
    // A passkey that cannot be used is never the last sign-in method.
    let removable = removable || !is_usable;
    let field = format!("passkey-name-{id}");
    view! {
        <li class="entry">
            <h3 class="entry__what" id=heading.clone()>{name.clone()}</h3>
            <p class="entry__more">{since} {last_used} {synced}</p>
            {unusable}
            <details>
                <summary aria-describedby=heading.clone()>{passkeys::rename(language)}</summary>
                <form class="form" method="post" action=format!("{OWN}/{id}")>
                    <label class="field__label" for=field.clone()>{passkeys::name(language)}</label>
                    <input class="field__input" id=field name="name" type="text" required=true maxlength="320"
                        autocomplete="off" value=name />
                    <button class="button button--quiet" type="submit">{passkeys::save(language)}</button>
                </form>
            </details>
            {removable.then(|| view! {
                <form method="post" action=format!("{OWN}/{id}/remove")>
                    <button class="button button--quiet" type="submit" aria-describedby=heading>
                        {passkeys::remove(language)}
                    </button>
                </form>
            })}
        </li>
    }
}

/// The suggestion to add a passkey, for a member who has none. The script shows it if the device can keep one.
#[component]
pub(crate) fn PasskeyOffer() -> impl IntoView {
    let language = language();
    view! {
        <aside class="notice" id="passkey-offer" hidden=true aria-label=passkeys::heading(language)>
            <p>{passkeys::offer(language)}</p>
            <p><a class="button button--quiet" href="/me/security#passkeys">{passkeys::offer_add(language)}</a></p>
        </aside>
    }
}
