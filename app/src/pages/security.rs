//! `/me/security`: password, address, sign-in methods and connected apps.

use contract::views::SecurityView;
use leptos::prelude::*;
use names::{Language, ProviderName, path};

use crate::components::{
    AccountFrame, ConnectedApps, LinkNotice, LinkedMethods, OneTimeCodes, OwnPasskeys, SuccessNoticeBox,
    new_password,
};
use crate::form::{Field, Form, Input};
use crate::frame::frame;
use crate::page::{Page, Record};
use crate::texts::{fields, navigation, reset_password, security};

/// Password, address, sign-in methods, codes and connected apps.
pub struct Security;

impl Page for Security {
    type View = SecurityView;

    const RECORD: &'static Record = &Record::account(path::SECURITY, security::title, navigation::security)
        .binds_browser()
        .leads_to_providers()
        .with_passkeys();

    fn draw(mut view: SecurityView) -> AnyView {
        let frame = frame();
        let (apps, codes) = (std::mem::take(&mut view.apps), std::mem::take(&mut view.codes));
        let go_on = view.go_on.take().map(
            |to| view! { <p class="ways"><a class="way" href=to>{security::go_on(frame.language)}</a></p> },
        );
        let passkeys = view.passkeys.take().map(|view| view! { <OwnPasskeys view /> });
        let (language, has_mail) = (frame.language, frame.settings.has_mail);
        let own = if let Some(email) = view.password_for() {
            view! { {password(email, language)} {has_mail.then(|| address(email, language))} }.into_any()
        } else {
            let proven = view.proven_address();
            view! {
                {has_mail.then(|| first_address(view.email.as_deref(), proven, language))}
                {first_password(proven, &view.confirming, language)}
            }
            .into_any()
        };
        view! {
            <AccountFrame>
                <h1>{security::heading(language)}</h1>
                <SuccessNoticeBox />
                {go_on}
                <LinkNotice />
                {own}
                <section class="part">
                    <h2>{security::methods_heading(language)}</h2>
                    <LinkedMethods view />
                </section>
                {passkeys}
                <OneTimeCodes codes />
                <section class="part">
                    <h2>{security::apps_heading(language)}</h2>
                    <ConnectedApps apps />
                </section>
            </AccountFrame>
        }
        .into_any()
    }
}

fn password(email: &str, language: Language) -> AnyView {
    let form = Form::new("password", "/api/users/me/password");
    let current = form.field(Field {
        name: "current_password",
        label: fields::current_password(language),
        input: Input::CurrentPassword,
        hint: None,
    });
    let new = new_password(&form, fields::new_password(language));
    // An input without a name is not sent. Password managers read the account from it.
    let whose = view! {
        <input class="whose" type="email" autocomplete="username" value=email.to_owned() readonly=true tabindex="-1"
            aria-hidden="true" />
    };
    let fields = view! { {whose} {current} {new} }.into_any();
    view! {
        <section class="part">
            <h2>{security::password_heading(language)}</h2>
            <p class="lead">{security::password_lead(language)}</p>
            {form.draw(fields, reset_password::submit(language))}
        </section>
    }
    .into_any()
}

fn address(email: &str, language: Language) -> AnyView {
    let form = Form::new("address", "/api/users/me/email");
    let new = Field { name: "email", label: fields::new_email(language), input: Input::NewEmail, hint: None };
    let current = Field {
        name: "password",
        label: fields::current_password(language),
        input: Input::CurrentPassword,
        hint: None,
    };
    let fields = view! { {form.field(new)} {form.field(current)} }.into_any();
    view! {
        <section class="part">
            <h2>{security::email_heading(language)}</h2>
            <p class="lead">{security::current_email(language, email.to_owned())}</p>
            {form.draw(fields, security::email_submit(language))}
        </section>
    }
    .into_any()
}

/// The address of a member without a password: their `own`, or the `proven` one of a provider, which another one replaces. It takes effect
/// only when the mailbox is proven.
fn first_address(own: Option<&str>, proven: Option<&str>, language: Language) -> AnyView {
    let form = Form::new("first-address", "/api/users/me/email/add");
    let label = if proven.is_some() { fields::new_email(language) } else { fields::email(language) };
    let field = form.field(Field { name: "email", label, input: Input::NewEmail, hint: None });
    let (heading, lead) = match (own, proven) {
        (Some(own), _) => (security::email_heading(language), security::current_email(language, own)),
        (None, Some(of_provider)) => {
            (security::other_email_heading(language), security::other_email_lead(language, of_provider))
        }
        (None, None) => {
            (security::add_email_heading(language), security::add_email_lead(language).to_owned())
        }
    };
    view! {
        <section class="part">
            <h2>{heading}</h2>
            <p class="lead">{lead}</p>
            {form.draw(field.into_any(), security::email_submit(language))}
        </section>
    }
    .into_any()
}

/// The first password of a member who signs in at a provider or with a passkey. It needs a proven address, so only such an address is filled in;
/// if there is none, the hint says so.
fn first_password(proven: Option<&str>, confirming: &[ProviderName], language: Language) -> AnyView {
    let form = Form::new("first", "/api/users/me/password/first");
    let hint = proven.is_none().then(|| security::no_confirmed_email(language));
    let services: Vec<_> = confirming.iter().map(|name| name.brand(language)).collect();
    let advice = (proven.is_none() && !services.is_empty()).then(
        || view! { <p class="lead">{security::confirming_services(language, services.join(", "))}</p> },
    );
    let address = Field { name: "email", label: fields::email(language), input: Input::Email, hint };
    let typed = form.typed("email").or_else(|| proven.map(ToOwned::to_owned)).unwrap_or_default();
    let new = new_password(&form, fields::password(language));
    let fields = view! { {form.field_with(address, typed)} {new} }.into_any();
    view! {
        <section class="part">
            <h2>{security::set_password_heading(language)}</h2>
            <p class="lead">{security::set_password_lead(language)}</p>
            {advice}
            {form.draw(fields, security::set_password_submit(language))}
        </section>
    }
    .into_any()
}
