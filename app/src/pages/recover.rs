//! `/oauth/recover`: signing in with a recovery code, for a member who has only passkeys and has lost them.

use leptos::prelude::*;
use names::path;

use crate::components::Frame;
use crate::form::{Field, Form, Input};
use crate::frame::{language, on_the_way};
use crate::page::{Page, Record};
use crate::texts::{fields, recover, second_step};

/// Fields for the account code and a recovery code.
pub struct Recover;

impl Page for Recover {
    type View = ();

    const RECORD: &'static Record =
        &Record::public(path::RECOVER, recover::title).needs_passkeys().signs_in();

    fn draw((): ()) -> AnyView {
        let language = language();
        let form = Form::new("recover", "/api/auth/signin/recovery");
        let account = Field {
            name: "account",
            label: fields::account_code(language),
            input: Input::Words(16),
            hint: Some(recover::account_hint(language)),
        };
        let code = Field {
            name: "code",
            label: fields::recovery_code(language),
            input: Input::RecoveryCode,
            hint: None,
        };
        let fields = view! { {Form::return_to()} {form.field(account)} {form.field(code)} }.into_any();
        view! {
            <Frame>
                <section class="card">
                    <h1>{recover::heading(language)}</h1>
                    <p class="lead">{recover::lead(language)}</p>
                    {form.draw(fields, second_step::submit(language))}
                    <p class="ways">
                        <a class="way" href=on_the_way(path::LOGIN)>{second_step::cancel(language)}</a>
                    </p>
                </section>
            </Frame>
        }
        .into_any()
    }
}
