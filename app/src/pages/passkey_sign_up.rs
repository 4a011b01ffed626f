//! `/signup/passkey`: signing up with a nickname and a passkey.

use leptos::prelude::*;
use names::path;

use crate::components::Frame;
use crate::form::{Field, Form, Input};
use crate::frame::{language, on_the_way, return_to};
use crate::page::{Page, Record};
use crate::texts::{fields, passkey_sign_up, passkeys, sign_up};

/// The form. Only the script can send it, since passkeys need scripting. Without scripting it is hidden and a sentence says so.
pub struct PasskeySignUp;

impl Page for PasskeySignUp {
    type View = ();

    const RECORD: &'static Record = &Record::public(path::PASSKEY_SIGN_UP, passkey_sign_up::title)
        .needs_passkey_sign_up()
        .binds_browser()
        .signs_in()
        .with_passkeys();

    fn draw((): ()) -> AnyView {
        let language = language();
        let form = Form::new("passkey-sign-up", "/api/auth/signup/passkey/options");
        let nickname = Field {
            name: "nickname",
            label: fields::nickname(language),
            input: Input::Line(30),
            hint: Some(passkey_sign_up::nickname_hint(language)),
        };
        let return_to = return_to().unwrap_or_else(|| path::HOME.to_owned());
        view! {
            <Frame>
                <section class="card">
                    <h1>{passkey_sign_up::heading(language)}</h1>
                    <p class="lead">{passkey_sign_up::lead(language)}</p>
                    <p class="notice" id="passkey-none">{passkeys::missing(language)}</p>
                    <form class="form" id="passkey-sign-up" hidden=true data-return-to=return_to
                        data-nickname=passkey_sign_up::nickname_wrong(language)
                        data-failed=passkeys::not_added(language)>
                        {form.field(nickname)}
                        <div class="form__buttons">
                            <button class="button" type="submit">{passkey_sign_up::submit(language)}</button>
                        </div>
                        <p class="notice" role="alert" hidden=true></p>
                    </form>
                    <p class="ways">
                        <a class="way" href=on_the_way(path::LOGIN)>{sign_up::to_login(language)}</a>
                    </p>
                </section>
            </Frame>
        }
        .into_any()
    }
}
