//! `/oauth/prove`: the viewer gives a fresh proof before a change of the account.

use std::sync::Arc;

use contract::views::ProveView;
use leptos::prelude::*;
use names::{Language, path};

use crate::components::{Frame, PasskeyButton, ProviderButton};
use crate::form::{Field, Form, Input};
use crate::frame::{frame, query};
use crate::page::{Page, Record};
use crate::texts::{fields, prove};

/// The password, and the linked providers.
pub struct Prove;

impl Page for Prove {
    type View = ProveView;

    const RECORD: &'static Record = &Record::of_members(path::PROVE, prove::title)
        .binds_browser()
        .leads_to_providers()
        .signs_in()
        .with_passkeys();

    fn draw(view: ProveView) -> AnyView {
        let ProveView { password_for, providers, with_code, has_passkey, lacks_factor } = view;
        let frame = frame();
        let language = frame.language;
        if lacks_factor {
            return set_up_first(language);
        }
        let form = Form::new("prove", "/api/auth/prove");
        let return_to = query(&frame.address, "return_to").or_else(|| form.typed("return_to"));
        let return_to: Arc<str> = return_to.map_or_else(|| path::PROFILE.into(), Into::into);
        let buttons: Vec<_> = providers
            .into_iter()
            .map(|provider| {
                let return_to = Arc::clone(&return_to);
                view! { <li><ProviderButton provider last_used=false return_to again=true /></li> }
            })
            .collect();
        let by_passkey = has_passkey.then(|| by_passkey(Arc::clone(&return_to), with_code, language));
        let by_password =
            password_for.map(|email| by_password(form, email, Arc::clone(&return_to), language));
        view! {
            <Frame>
                <section class="card">
                    <h1>{prove::heading(language)}</h1>
                    <p class="lead">{prove::lead(language)}</p>
                    {by_passkey}
                    {with_code.then(|| view! { <p>{prove::with_code(language)}</p> })}
                    {by_password}
                    {(!buttons.is_empty()).then(|| view! {
                        <section class="part">
                            <h2>{prove::by_provider(language)}</h2>
                            <ul class="providers">{buttons}</ul>
                        </section>
                    })}
                </section>
            </Frame>
        }
        .into_any()
    }
}

/// The part for passkeys. After a passkey no code is asked for.
fn by_passkey(return_to: Arc<str>, with_code: bool, language: Language) -> impl IntoView {
    view! {
        <section class="part">
            <h2>{prove::by_passkey(language)}</h2>
            {(!with_code).then(|| view! { <p>{prove::passkey_alone(language)}</p> })}
            <PasskeyButton return_to label=prove::submit_passkey(language) is_theirs=true />
        </section>
    }
}

/// For a viewer without a second factor who needs level 2: none of their proofs is enough.
fn set_up_first(language: Language) -> AnyView {
    view! {
        <Frame>
            <section class="card">
                <h1>{prove::lacks_factor_heading(language)}</h1>
                <p class="lead">{prove::lacks_factor(language)}</p>
                <p class="ways">
                    <a class="way" href=format!("{}#codes", path::SECURITY)>{prove::set_up(language)}</a>
                </p>
            </section>
        </Frame>
    }
    .into_any()
}

fn by_password(form: Form, email: String, return_to: Arc<str>, language: Language) -> impl IntoView {
    let password = Field {
        name: "password",
        label: fields::current_password(language),
        input: Input::CurrentPassword,
        hint: None,
    };
    // An input without a name is not sent. Password managers read the account from it.
    let fields = view! {
        <input class="whose" type="email" autocomplete="username" value=email readonly=true tabindex="-1"
            aria-hidden="true" />
        <input type="hidden" name="return_to" value=return_to />
        {form.field(password)}
    }
    .into_any();
    view! {
        <section class="part">
            <h2>{prove::by_password(language)}</h2>
            {form.draw(fields, prove::submit(language))}
        </section>
    }
}
