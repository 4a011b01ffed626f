//! `/me/account`: export of the member's data, and deletion of the account.

use std::time::Duration;

use leptos::prelude::*;
use names::{Language, path};

use crate::components::AccountFrame;
use crate::form::Form;
use crate::frame::frame;
use crate::page::{Page, Record};
use crate::texts::{account, navigation, security};

const AN_HOUR: u64 = 60 * 60;
const A_DAY: u64 = 24 * AN_HOUR;

/// The export and the deletion.
pub struct Account;

impl Page for Account {
    type View = ();

    const RECORD: &'static Record =
        &Record::account(path::ACCOUNT, account::title, navigation::data).binds_browser();

    fn draw((): ()) -> AnyView {
        let frame = frame();
        let language = frame.language;
        let grace = frame.settings.deletion_grace;
        view! {
            <AccountFrame>
                <h1>{account::heading(language)}</h1>
                {export(language)}
                {deletion(grace, language)}
            </AccountFrame>
        }
        .into_any()
    }
}

fn export(language: Language) -> impl IntoView {
    view! {
        <section class="part">
            <h2>{account::export_heading(language)}</h2>
            <p>{account::export_lead(language)}</p>
            <p><a class="button button--quiet" href="/api/users/me/export">
                {account::export(language)}
            </a></p>
            <p class="field__hint">{security::recent_sign_in(language)}</p>
        </section>
    }
}

/// The text says what will happen, in order. There is no further confirmation: the member came to this page on purpose and can
/// cancel the deletion.
fn deletion(grace: Duration, language: Language) -> impl IntoView {
    let form = Form::new("delete", "/api/users/me/delete");
    let grace = grace_text(grace, language);
    view! {
        <section class="part">
            <h2>{account::delete_heading(language)}</h2>
            <ol class="steps">
                <li>{account::delete_at_once(language)}</li>
                <li>{account::delete_grace(language, grace)}</li>
                <li>{account::delete_after(language)}</li>
            </ol>
            <p class="field__hint">{account::delete_remains(language)}</p>
            <p class="field__hint">{security::recent_sign_in(language)}</p>
            {form.draw(().into_any(), account::delete(language))}
        </section>
    }
}

/// The grace in words, rounded down so that it never promises more time than there is.
fn grace_text(grace: Duration, language: Language) -> String {
    match grace.as_secs() {
        seconds if seconds >= 2 * A_DAY => account::grace_days(language, seconds / A_DAY),
        seconds if seconds >= 2 * AN_HOUR => account::grace_hours(language, seconds / AN_HOUR),
        seconds if seconds >= AN_HOUR => account::grace_hour(language).to_owned(),
        seconds => account::grace_minutes(language, seconds / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grace_is_never_said_to_be_longer_than_it_is() {
        assert_eq!(grace_text(Duration::from_hours(7 * 24), Language::English), "7 days");
        assert_eq!(grace_text(Duration::from_hours(7 * 24 - 1), Language::Korean), "6일");
        assert_eq!(grace_text(Duration::from_hours(47), Language::Korean), "47시간");
        assert_eq!(grace_text(Duration::from_mins(119), Language::Korean), "1시간");
        assert_eq!(grace_text(Duration::from_mins(119), Language::English), "1 hour");
        assert_eq!(grace_text(Duration::from_secs(59 * 60 + 59), Language::English), "59 min");
    }
}
