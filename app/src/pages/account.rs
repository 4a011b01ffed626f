//! `/me/account`: taking one's data along, and leaving.

use std::time::Duration;

use leptos::prelude::*;
use leptos_meta::Title;

use crate::components::Frame;
use crate::form::Form;
use crate::islands::SessionWatch;
use crate::texts::{Locale, locale, site, td_string};

const ENDED: &str = "/oauth/login?error=session_ended&return_to=/me/account";
const AN_HOUR: u64 = 60 * 60;
const A_DAY: u64 = 24 * AN_HOUR;

/// The page. The server lets only people in who are signed in, and nobody where accounts cannot be deleted.
#[component]
pub(crate) fn Account() -> impl IntoView {
    let locale = locale();
    let site = site();
    let grace = site.as_ref().and_then(|site| site.deletion_grace()).unwrap_or_default();
    let member = site.and_then(|site| site.viewer()).map(|viewer| viewer.id);
    view! {
        <Title text=td_string!(locale, account_title) />
        <Frame>
            <section class="card">
                <h1>{td_string!(locale, account_heading)}</h1>
                {export(locale)}
                {deletion(grace, locale)}
                <p class="ways">
                    <a class="way" href="/me/security">{td_string!(locale, to_security)}</a>
                    <a class="way" href="/me">{td_string!(locale, sessions_back)}</a>
                </p>
            </section>
            {member.map(|member| view! { <SessionWatch member ended=ENDED.to_owned() /> })}
        </Frame>
    }
}

fn export(locale: Locale) -> impl IntoView {
    view! {
        <section class="part">
            <h2>{td_string!(locale, account_export_heading)}</h2>
            <p>{td_string!(locale, account_export_lead)}</p>
            <p><a class="button button--quiet" href="/api/users/me/export" download="daemun.json">
                {td_string!(locale, account_export)}
            </a></p>
        </section>
    }
}

/// What will happen is said before, in the order in which it happens. The page is the question: one has come here on
/// purpose, and can come back.
fn deletion(grace: Duration, locale: Locale) -> impl IntoView {
    let form = Form::new("delete", "/api/users/me/delete");
    let grace = grace_text(grace, locale);
    view! {
        <section class="part">
            <h2>{td_string!(locale, account_delete_heading)}</h2>
            <ol class="steps">
                <li>{td_string!(locale, account_delete_at_once)}</li>
                <li>{td_string!(locale, account_delete_grace, grace = grace)}</li>
                <li>{td_string!(locale, account_delete_after)}</li>
            </ol>
            <p class="field__hint">{td_string!(locale, account_delete_remains)}</p>
            <p class="field__hint">{td_string!(locale, account_delete_fresh)}</p>
            {form.draw(().into_any(), td_string!(locale, account_delete))}
        </section>
    }
}

/// Rounded down: nobody shall rely on more than there is.
fn grace_text(grace: Duration, locale: Locale) -> String {
    match grace.as_secs() {
        seconds if seconds >= 2 * A_DAY => td_string!(locale, grace_days, count = seconds / A_DAY),
        seconds => td_string!(locale, grace_hours, count = seconds / AN_HOUR),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grace_is_never_said_to_be_longer_than_it_is() {
        assert_eq!(grace_text(Duration::from_hours(7 * 24), Locale::en), "7 days");
        assert_eq!(grace_text(Duration::from_hours(7 * 24 - 1), Locale::ko), "6일");
        assert_eq!(grace_text(Duration::from_hours(47), Locale::ko), "47시간");
        assert_eq!(grace_text(Duration::from_mins(119), Locale::ko), "1시간");
    }
}
