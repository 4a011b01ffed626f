//! `/oauth/login`: the sign-in methods.

use contract::{ErrorCode, WayOut};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use names::{Language, ProviderName, path};

use crate::components::{Frame, ProviderButton, SuccessNoticeBox};
use crate::form::{Field, Form, Input};
use crate::texts::{error_code_text, fields, language, login, site};

/// The provider buttons and the form for a password, with what went wrong above them if something did.
#[component]
pub(crate) fn Login() -> impl IntoView {
    let language = language();
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
    let has_google = options.iter().any(|option| option.provider == ProviderName::Google);
    let way_out = way_out.filter(|_| has_google).map(|way_out| out_of_the_app(way_out, language));
    let buttons: Vec<_> = options
        .into_iter()
        .map(|option| view! { <li><ProviderButton option return_to=return_to.clone() /></li> })
        .collect();
    view! {
        <Title text=login::title(language) />
        <Frame>
            <section class="card">
                <h1>{login::heading(language)}</h1>
                {notice.map(|notice| view! {
                    <p class="notice" role="alert">{error_code_text(notice, language)}</p>
                })}
                <SuccessNoticeBox />
                {match viewer {
                    // It is they who shall sign in again.
                    Some(_) if notice == Some(ErrorCode::SignInAgain) => ().into_any(),
                    Some(viewer) => view! {
                        <p class="lead">{login::already(language, viewer.nickname)}</p>
                    }.into_any(),
                    None => view! { <p class="lead">{login::lead(language)}</p> }.into_any(),
                }}
                {way_out}
                {(!buttons.is_empty()).then(|| view! { <ul class="providers">{buttons}</ul> })}
                {by_email(form, return_to, language)}
                {has_mail.then(|| ways(language))}
            </section>
        </Frame>
    }
}

/// Plain links, and the address to copy where no link helps: nothing of it needs scripting.
fn out_of_the_app(WayOut { address, link, is_apple }: WayOut, language: Language) -> impl IntoView {
    let by_hand =
        if is_apple { login::in_app_by_hand_apple(language) } else { login::in_app_by_hand(language) };
    let link = link.map(|link| {
        view! { <p><a class="button button--quiet" href=link>{login::in_app_open(language)}</a></p> }
    });
    view! {
        <section class="notice">
            <p>{login::in_app(language)}</p>
            {link}
            <p>{by_hand}</p>
            <label class="field__label" for="way-out">{login::in_app_address(language)}</label>
            <input class="field__input" id="way-out" type="text" readonly=true value=address />
        </section>
    }
}

/// Address and password. What was wrong is not said at a field: it must not tell which of the two it was (S-ACC-6).
fn by_email(form: Form, return_to: String, language: Language) -> impl IntoView {
    let email = Field { name: "email", label: fields::email(language), input: Input::Email, hint: None };
    let password = Field {
        name: "password",
        label: fields::password(language),
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
            <h2>{login::by_email(language)}</h2>
            {form.draw(fields, login::submit(language))}
        </section>
    }
}

fn ways(language: Language) -> impl IntoView {
    view! {
        <p class="ways">
            <a class="way" href=path::FORGOT_PASSWORD>{login::forgot(language)}</a>
            <a class="way" href=path::SIGN_UP>{login::to_sign_up(language)}</a>
        </p>
    }
}
