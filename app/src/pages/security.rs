//! `/me/security`: password, address, and the sign-in methods.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::components::{Frame, LinkNotice, LinkedMethods, SuccessNoticeBox, new_password};
use crate::form::{Field, Form, Input};
use crate::islands::SessionWatch;
use crate::texts::{Locale, locale, site, td_string};

const ENDED: &str = "/oauth/login?error=session_ended&return_to=/me/security";

/// The page. The server lets only people in who are signed in.
#[component]
pub(crate) fn Security() -> impl IntoView {
    let locale = locale();
    let site = site();
    let ways = site.as_ref().map(|site| site.sign_in_methods()).unwrap_or_default();
    let has_mail = site.as_ref().is_some_and(|site| site.has_mail());
    let can_leave = site.as_ref().is_some_and(|site| site.deletion_grace().is_some());
    let viewer = site.and_then(|site| site.viewer());
    let own = match ways.password_for() {
        Some(email) => {
            view! { {password(email, locale)} {has_mail.then(|| address(email, locale))} }.into_any()
        }
        None => first_password(ways.proven_address(), locale),
    };
    view! {
        <Title text=td_string!(locale, security_title) />
        <Frame>
            <section class="card">
                <h1>{td_string!(locale, security_heading)}</h1>
                <SuccessNoticeBox />
                <LinkNotice />
                {own}
                <section class="part">
                    <h2>{td_string!(locale, security_linked_heading)}</h2>
                    <LinkedMethods ways />
                </section>
                <section class="part">
                    <h2>{td_string!(locale, security_more_heading)}</h2>
                    <p class="ways">
                        <a class="button button--quiet" href="/me/sessions">{td_string!(locale, to_sessions)}</a>
                        <a class="button button--quiet" href="/me/history">{td_string!(locale, to_activity)}</a>
                        {can_leave.then(|| view! {
                            <a class="button button--quiet" href="/me/account">{td_string!(locale, to_account)}</a>
                        })}
                        <a class="button button--quiet" href="/me">{td_string!(locale, sessions_back)}</a>
                    </p>
                </section>
            </section>
            {viewer.map(|viewer| view! { <SessionWatch member=viewer.id ended=ENDED.to_owned() /> })}
        </Frame>
    }
}

fn password(email: &str, locale: Locale) -> AnyView {
    let form = Form::new("password", "/api/users/me/password");
    let current = form.field(Field {
        name: "current_password",
        label: td_string!(locale, field_current_password),
        input: Input::CurrentPassword,
        hint: None,
    });
    let new = new_password(&form, td_string!(locale, field_new_password));
    // Without a name it is not sent; a password manager reads whose password this is.
    let whose = view! {
        <input class="whose" type="email" autocomplete="username" value=email.to_owned() readonly=true tabindex="-1"
            aria-hidden="true" />
    };
    let fields = view! { {whose} {current} {new} }.into_any();
    view! {
        <section class="part">
            <h2>{td_string!(locale, security_password_heading)}</h2>
            <p class="lead">{td_string!(locale, security_password_lead)}</p>
            {form.draw(fields, td_string!(locale, reset_submit))}
        </section>
    }
    .into_any()
}

fn address(email: &str, locale: Locale) -> AnyView {
    let form = Form::new("address", "/api/users/me/email");
    let new =
        Field { name: "email", label: td_string!(locale, field_new_email), input: Input::Email, hint: None };
    let current = Field {
        name: "password",
        label: td_string!(locale, field_current_password),
        input: Input::CurrentPassword,
        hint: None,
    };
    let fields = view! { {form.field(new)} {form.field(current)} }.into_any();
    view! {
        <section class="part">
            <h2>{td_string!(locale, security_address_heading)}</h2>
            <p class="lead">{td_string!(locale, security_address_now, email = email.to_owned())}</p>
            {form.draw(fields, td_string!(locale, security_address_submit))}
        </section>
    }
    .into_any()
}

/// For those who come in by a provider. The server takes an address that a provider vouches for, so no other one stands in
/// the field beforehand; where there is none, the hint says how to get one.
fn first_password(proven: Option<&str>, locale: Locale) -> AnyView {
    let form = Form::new("first", "/api/users/me/password/first");
    let hint = proven.is_none().then(|| td_string!(locale, security_first_unproven));
    let address = Field { name: "email", label: td_string!(locale, field_email), input: Input::Email, hint };
    let typed = form.typed("email").or_else(|| proven.map(ToOwned::to_owned)).unwrap_or_default();
    let new = new_password(&form, td_string!(locale, field_password));
    let fields = view! { {form.field_with(address, typed)} {new} }.into_any();
    view! {
        <section class="part">
            <h2>{td_string!(locale, security_first_heading)}</h2>
            <p class="lead">{td_string!(locale, security_first_lead)}</p>
            {form.draw(fields, td_string!(locale, security_first_submit))}
        </section>
    }
    .into_any()
}
