//! `/oauth/login`: the sign-in methods.

use std::borrow::Cow;
use std::sync::Arc;

use contract::views::{LoginView, OtherBrowser};
use contract::{SiteSettings, Viewer};
use leptos::prelude::*;
use names::{Language, LoginError, ProviderName, SignInMethod, path};

use crate::components::{Frame, PasskeyButton, ProviderButton, SuccessNoticeBox};
use crate::form::{Field, Form, Input};
use crate::frame::{frame, on_the_way, query, return_to};
use crate::page::{Page, Record};
use crate::texts::{fields, login, login_error_text, passkeys};

/// The provider buttons and the form for a password, with the error above them if there is one.
pub struct Login;

impl Page for Login {
    type View = LoginView;

    const RECORD: &'static Record = &Record::public(path::LOGIN, login::title)
        .binds_browser()
        .leads_to_providers()
        .signs_in()
        .with_passkeys()
        .same_for_visitors();

    fn title(view: &LoginView, language: Language) -> Cow<'static, str> {
        view.app
            .as_deref()
            .map_or(login::title(language).into(), |app| login::title_for(language, app).into())
    }

    fn draw(LoginView { last_used, app, email, other_browser }: LoginView) -> AnyView {
        let frame = frame();
        let language = frame.language;
        let form = Form::new("login", "/api/auth/signin/password");
        let return_to: Arc<str> = return_to().map_or_else(|| "/".into(), Into::into);
        let error = query(&frame.address, "error").map(|code| LoginError::parse(&code));
        // Only Google refuses to sign people in inside apps.
        let has_google = frame.settings.providers.contains(&ProviderName::Google);
        let other_browser =
            other_browser.filter(|_| has_google).map(|other| other_browser_notice(other, language));
        let is_asked = query(&frame.address, "prompt").is_some();
        let lead = lead(frame.viewer.as_deref(), error.flatten(), is_asked, language);
        let was_passkey = last_used == Some(SignInMethod::Passkey);
        let last_used = last_used.and_then(SignInMethod::provider);
        let buttons = buttons(&frame.settings.providers, last_used, &return_to, is_asked);
        let passkey = frame.settings.has_passkeys.then(|| {
            let return_to = Arc::clone(&return_to);
            view! { <PasskeyButton return_to label=passkeys::sign_in(language) was_last=was_passkey /> }
        });
        let by_email = by_email(form, email, return_to, language);
        let heading =
            app.map_or(login::heading(language).to_owned(), |app| login::heading_for(language, app));
        let ways = ways(&frame.settings, language);
        view! {
            <Frame>
                <section class="card">
                    <h1>{heading}</h1>
                    {error.map(|error| view! {
                        <p class="notice" role="alert">{login_error_text(error, language)}</p>
                    })}
                    <SuccessNoticeBox />
                    {lead}
                    {other_browser}
                    {buttons}
                    {passkey}
                    {by_email}
                    {ways}
                </section>
            </Frame>
        }
        .into_any()
    }
}

/// The text above the methods. `is_asked`: the viewer must sign in again (`prompt=login`).
fn lead(viewer: Option<&Viewer>, error: Option<LoginError>, is_asked: bool, language: Language) -> AnyView {
    match viewer {
        // The error above already says that they have to sign in again.
        Some(_) if error == Some(LoginError::SignInAgain) => ().into_any(),
        Some(viewer) => {
            let name = &viewer.nickname;
            let already =
                if is_asked { login::again(language, name) } else { login::already(language, name) };
            view! { <p class="lead">{already}</p> }.into_any()
        }
        None => view! { <p class="lead">{login::lead(language)}</p> }.into_any(),
    }
}

/// The buttons, with the provider that was used last first. `again`: the provider must ask for a sign-in.
fn buttons(
    providers: &[ProviderName],
    last_used: Option<ProviderName>,
    return_to: &Arc<str>,
    again: bool,
) -> Option<impl IntoView + use<>> {
    let is_last = |provider: &ProviderName| Some(*provider) == last_used;
    let first = providers.iter().filter(|provider| is_last(provider));
    let others = providers.iter().filter(|provider| !is_last(provider));
    let buttons: Vec<_> = first
        .chain(others)
        .map(|provider| {
            let (last_used, return_to) = (is_last(provider), Arc::clone(return_to));
            view! { <li><ProviderButton provider=*provider last_used return_to again /></li> }
        })
        .collect();
    (!buttons.is_empty()).then(|| view! { <ul class="providers">{buttons}</ul> })
}

/// Links that open the page in another browser, and the address to copy where no link works. None of it needs scripting.
fn other_browser_notice(
    OtherBrowser { address, link, is_apple }: OtherBrowser,
    language: Language,
) -> impl IntoView {
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

/// Address and password. The error is not at a field, since it must not tell which of the two is wrong (S-ACC-6).
fn by_email(form: Form, expected: Option<String>, return_to: Arc<str>, language: Language) -> impl IntoView {
    let address = form.typed("email").or(expected).unwrap_or_default();
    let email =
        Field { name: "email", label: fields::email(language), input: Input::SignInEmail, hint: None };
    let password = Field {
        name: "password",
        label: fields::password(language),
        input: Input::CurrentPassword,
        hint: None,
    };
    let fields = view! {
        <input type="hidden" name="return_to" value=return_to />
        {form.field_with(email, address)}
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

fn ways(settings: &SiteSettings, language: Language) -> Option<impl IntoView + use<>> {
    let by_mail = settings.has_mail.then(|| {
        view! {
            <a class="way" href=on_the_way(path::FORGOT_PASSWORD)>{login::forgot(language)}</a>
            <a class="way" href=on_the_way(path::SIGN_UP)>{login::to_sign_up(language)}</a>
        }
    });
    let by_passkey = settings.has_passkey_sign_up.then(|| {
        view! {
            <a class="way" href=on_the_way(path::PASSKEY_SIGN_UP)>{login::to_passkey_sign_up(language)}</a>
            <a class="way" href=on_the_way(path::RECOVER)>{login::to_recover(language)}</a>
        }
    });
    let are_there = by_mail.is_some() || by_passkey.is_some();
    are_there.then(|| view! { <p class="ways">{by_mail} {by_passkey}</p> })
}
