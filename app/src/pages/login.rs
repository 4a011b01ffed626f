//! `/oauth/login`: the sign-in methods.

use contract::{ErrorCode, ProviderKind, WayOut};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::components::{Frame, ProviderButton, SuccessNoticeBox};
use crate::form::{Field, Form, Input};
use crate::texts::{Locale, error_code_text, locale, site, td_string};

/// The provider buttons and the form for a password, with what went wrong above them if something did.
#[component]
pub(crate) fn Login() -> impl IntoView {
    let locale = locale();
    let query = use_query_map().get_untracked();
    let form = Form::new("login", "/api/auth/signin/password");
    let return_to =
        query.get("return_to").or_else(|| form.typed("return_to")).unwrap_or_else(|| "/".to_owned());
    let notice = query.get("error").map(|code| ErrorCode::parse(&code));
    let site = site();
    let viewer = site.as_ref().and_then(|site| site.viewer());
    let has_mail = site.as_ref().is_some_and(|site| site.has_mail());
    let way_out = site.as_ref().and_then(|site| site.in_app_browser());
    let options = site.map(|site| site.sign_in_options()).unwrap_or_default();
    // The others sign people in there as well.
    let has_google = options.iter().any(|option| option.provider == ProviderKind::Google);
    let way_out = way_out.filter(|_| has_google).map(|way_out| out_of_the_app(way_out, locale));
    let buttons: Vec<_> = options
        .into_iter()
        .map(|option| view! { <li><ProviderButton option return_to=return_to.clone() /></li> })
        .collect();
    view! {
        <Title text=td_string!(locale, login_title) />
        <Frame>
            <section class="card">
                <h1>{td_string!(locale, login_heading)}</h1>
                {notice.map(|notice| view! {
                    <p class="notice" role="alert">{error_code_text(notice, locale)}</p>
                })}
                <SuccessNoticeBox />
                {match viewer {
                    // It is they who shall come in again.
                    Some(_) if notice == Some(ErrorCode::SignInAgain) => ().into_any(),
                    Some(viewer) => view! {
                        <p class="lead">{td_string!(locale, login_already, name = viewer.nickname)}</p>
                    }.into_any(),
                    None => view! { <p class="lead">{td_string!(locale, login_lead)}</p> }.into_any(),
                }}
                {way_out}
                {(!buttons.is_empty()).then(|| view! { <ul class="providers">{buttons}</ul> })}
                {by_email(form, return_to, locale)}
                {has_mail.then(|| ways(locale))}
            </section>
        </Frame>
    }
}

/// Plain links, and the address to copy where no link helps: nothing of it needs scripting.
fn out_of_the_app(WayOut { address, link, is_apple }: WayOut, locale: Locale) -> impl IntoView {
    let by_hand = if is_apple {
        td_string!(locale, login_in_app_by_hand_apple)
    } else {
        td_string!(locale, login_in_app_by_hand)
    };
    let link = link.map(|link| {
        view! { <p><a class="button button--quiet" href=link>{td_string!(locale, login_in_app_open)}</a></p> }
    });
    view! {
        <section class="notice">
            <p>{td_string!(locale, login_in_app)}</p>
            {link}
            <p>{by_hand}</p>
            <label class="field__label" for="way-out">{td_string!(locale, login_in_app_address)}</label>
            <input class="field__input" id="way-out" type="text" readonly=true value=address />
        </section>
    }
}

/// Address and password. What was wrong is not said at a field: it must not tell which of the two it was (S-ACC-6).
fn by_email(form: Form, return_to: String, locale: Locale) -> impl IntoView {
    let email =
        Field { name: "email", label: td_string!(locale, field_email), input: Input::Email, hint: None };
    let password = Field {
        name: "password",
        label: td_string!(locale, field_password),
        input: Input::CurrentPassword,
        hint: None,
    };
    let fields = view! {
        <input type="hidden" name="return_to" value=return_to />
        {form.field(email)}
        {form.field(password)}
    }
    .into_any();
    view! {
        <section class="part">
            <h2>{td_string!(locale, login_by_email)}</h2>
            {form.draw(fields, td_string!(locale, login_submit))}
        </section>
    }
}

fn ways(locale: Locale) -> impl IntoView {
    view! {
        <p class="ways">
            <a class="way" href="/password/forgot">{td_string!(locale, login_forgot)}</a>
            <a class="way" href="/signup">{td_string!(locale, login_to_signup)}</a>
        </p>
    }
}
