//! `/me`: who one is here, and below it the forms that change it.

use contract::Viewer;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use names::{Language, path};

use crate::components::{AccountFrame, Avatar, LocalTime, SignOut, SuccessNoticeBox, with_time};
use crate::form::{Field, Form, Input};
use crate::islands::ProfilePreview;
use crate::texts::{fields, language, me, method_name, profile, site};

/// The profile. The server lets only people in who are signed in.
#[component]
pub(crate) fn Me() -> impl IntoView {
    let language = language();
    let content = site().and_then(|site| site.viewer()).map(|viewer| content(viewer, language));
    view! {
        <Title text=me::title(language) />
        <AccountFrame>
            <h1>{me::heading(language)}</h1>
            <SuccessNoticeBox />
            {content}
        </AccountFrame>
    }
}

fn content(viewer: Viewer, language: Language) -> impl IntoView {
    let form = Form::new("profile", "/api/users/me");
    let words = Words::of(&viewer, &form);
    let edit = edit(form, &words, language);
    let picture = picture(&viewer, language);
    view! { {who(viewer, words, language)} {edit} {picture} <SignOut everywhere=true /> }
}

/// Nickname and greeting as the page shows them.
struct Words {
    nickname: String,
    greeting: String,
    /// Whether they are a preview that was asked for. Without scripting it is a round trip that saves nothing: the form is
    /// sent to this page by `GET`, and the words come back in the query.
    is_preview: bool,
}

impl Words {
    fn of(viewer: &Viewer, form: &Form) -> Self {
        let query = use_query_map().get_untracked();
        let shown = |field: &'static str, saved: &str| {
            query.get(field).or_else(|| form.typed_or_empty(field)).unwrap_or_else(|| saved.to_owned())
        };
        Self {
            nickname: shown("nickname", &viewer.nickname),
            greeting: shown("greeting", &viewer.greeting),
            is_preview: query.get("nickname").is_some(),
        }
    }
}

/// What others see, and what only the member sees: the contact address, and how this browser signed in.
fn who(viewer: Viewer, words: Words, language: Language) -> impl IntoView {
    let Viewer { id, email, picture, signed_in_with, signed_in_at, expires_at, .. } = viewer;
    let Words { nickname, greeting, is_preview } = words;
    let ids = ("profile-nickname".to_owned(), "profile-greeting".to_owned(), "profile-preview".to_owned());
    let public = format!("{}{id}", path::MEMBERS);
    let until = with_time(|time| me::until(language, time), expires_at);
    view! {
        {is_preview.then(|| view! { <p class="notice" role="status">{me::previewing(language)}</p> })}
        <ProfilePreview nickname greeting ids><Avatar picture /></ProfilePreview>
        <dl class="facts">
            <div><dt>{me::email(language)}</dt>
                <dd>{email.unwrap_or_else(|| me::no_email(language).to_owned())}</dd></div>
            <div><dt>{me::signed_in_with(language)}</dt>
                <dd>{method_name(signed_in_with, language)}</dd></div>
            <div><dt>{me::signed_in_at(language)}</dt>
                <dd><LocalTime at=signed_in_at /></dd></div>
            <div><dt>{me::expires_at(language)}</dt>
                <dd>{until}</dd></div>
        </dl>
        <p><a class="button button--quiet" href=public>{profile::link(language)}</a></p>
    }
}

fn edit(form: Form, words: &Words, language: Language) -> AnyView {
    let name_field = Field {
        name: "nickname",
        label: fields::nickname(language),
        input: Input::Line(30),
        hint: Some(fields::nickname_hint(language)),
    };
    let line_field = Field {
        name: "greeting",
        label: fields::greeting(language),
        input: Input::Line(100),
        hint: Some(fields::greeting_hint(language)),
    };
    let fields = view! {
        {form.field_with(name_field, words.nickname.clone())} {form.field_with(line_field, words.greeting.clone())}
    }
    .into_any();
    let preview = view! {
        <button class="button button--quiet" id="profile-preview" type="submit" formmethod="get" formaction=path::PROFILE>
            {me::preview(language)}
        </button>
    };
    view! {
        <section class="part">
            <h2>{me::edit_heading(language)}</h2>
            {form.draw_with(fields, me::save(language), preview)}
        </section>
    }
    .into_any()
}

fn picture(viewer: &Viewer, language: Language) -> AnyView {
    let form = Form::new("picture", "/api/users/me/picture");
    let file = form.field(Field {
        name: "picture",
        label: fields::picture(language),
        input: Input::Picture,
        hint: Some(fields::picture_hint(language)),
    });
    let remove = if viewer.has_own_picture {
        view! {
            <form method="post" action="/api/users/me/picture/remove">
                <button class="button button--quiet" type="submit">{me::picture_remove(language)}</button>
            </form>
        }
        .into_any()
    } else {
        view! { <p class="lead">{me::picture_default(language)}</p> }.into_any()
    };
    view! {
        <section class="part">
            <h2>{me::picture_heading(language)}</h2>
            {form.draw_upload(file, me::picture_upload(language))}
            {remove}
        </section>
    }
    .into_any()
}
