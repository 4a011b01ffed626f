//! `/me/account`: export of the member's data, and deletion of the account.

use contract::views::AccountView;
use leptos::prelude::*;
use names::{Language, path};

use crate::components::AccountFrame;
use crate::form::Form;
use crate::frame::frame;
use crate::grace::grace_text;
use crate::page::{Page, Record};
use crate::texts::{account, navigation, security};

/// The export and the deletion.
pub struct Account;

impl Page for Account {
    type View = AccountView;

    const RECORD: &'static Record =
        &Record::account(path::ACCOUNT, account::title, navigation::data).binds_browser();

    fn draw(AccountView { has_mailbox }: AccountView) -> AnyView {
        let frame = frame();
        let language = frame.language;
        let grace = grace_text(frame.settings.deletion_grace, language);
        let gets_mail = has_mailbox && frame.settings.has_mail;
        view! {
            <AccountFrame>
                <h1>{account::heading(language)}</h1>
                {export(language)}
                {deletion(grace, gets_mail, language)}
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
fn deletion(grace: String, gets_mail: bool, language: Language) -> impl IntoView {
    let form = Form::new("delete", "/api/users/me/delete");
    let by_mail = gets_mail.then(|| (" ", account::delete_grace_mail(language)));
    view! {
        <section class="part">
            <h2>{account::delete_heading(language)}</h2>
            <ol class="steps">
                <li>{account::delete_at_once(language)}</li>
                <li>{account::delete_grace(language, grace)} {by_mail}</li>
                <li>{account::delete_after(language)}</li>
            </ol>
            <p class="field__hint">{account::delete_remains(language)}</p>
            <p class="field__hint">{security::recent_sign_in(language)}</p>
            {form.draw(().into_any(), account::delete(language))}
        </section>
    }
}
