//! `/me`: who one is here, and changing it.

use contract::Viewer;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use names::Language;

use crate::components::{Avatar, Frame, SignOut, SuccessNoticeBox};
use crate::form::{Field, Form, Input};
use crate::islands::{ProfilePreview, SessionWatch};
use crate::texts::{fields, language, me, method_name, profile, readable, security, sessions, site};

const ENDED: &str = "/oauth/login?error=session_ended&return_to=/me";

/// The profile. The server lets only people in who are signed in.
#[component]
pub(crate) fn Me() -> impl IntoView {
    let language = language();
    let content = site().and_then(|site| site.viewer()).map(|viewer| content(viewer, language));
    view! {
        <Title text=me::title(language) />
        <Frame>{content}</Frame>
    }
}

fn content(viewer: Viewer, language: Language) -> impl IntoView {
    let id = viewer.id.clone();
    let public = format!("/members/{id}");
    view! {
        <section class="card">
            <h1>{me::heading(language)}</h1>
            <SuccessNoticeBox />
            {words(&viewer, language)}
            {picture(&viewer, language)}
            {signed_in(viewer, language)}
            <p class="ways">
                <a class="button button--quiet" href=public>{profile::link(language)}</a>
                <a class="button button--quiet" href="/me/security">{security::heading(language)}</a>
                <a class="button button--quiet" href="/me/sessions">{sessions::heading(language)}</a>
            </p>
            <SignOut everywhere=true />
        </section>
        <SessionWatch member=id ended=ENDED.to_owned() />
    }
}

/// Nickname and greeting. Without scripting the preview is a round trip that saves nothing: the form is sent to this page
/// by `GET`, and the words come back in the query.
fn words(viewer: &Viewer, language: Language) -> AnyView {
    let query = use_query_map().get_untracked();
    let form = Form::new("profile", "/api/users/me");
    let shown = |field: &'static str, saved: &str| {
        query.get(field).or_else(|| form.typed_or_empty(field)).unwrap_or_else(|| saved.to_owned())
    };
    let (nickname, greeting) = (shown("nickname", &viewer.nickname), shown("greeting", &viewer.greeting));
    let previewing = query.get("nickname").is_some();
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
    let ids = ("profile-nickname".to_owned(), "profile-greeting".to_owned(), "profile-preview".to_owned());
    let picture = viewer.picture.clone();
    let fields = view! {
        {form.field_with(name_field, nickname.clone())} {form.field_with(line_field, greeting.clone())}
    }
    .into_any();
    let preview = view! {
        <button class="button button--quiet" id="profile-preview" type="submit" formmethod="get" formaction="/me">
            {me::preview(language)}
        </button>
    };
    view! {
        <section class="part">
            <h2>{me::public_view(language)}</h2>
            <ProfilePreview nickname greeting ids><Avatar picture /></ProfilePreview>
            {previewing.then(|| view! { <p class="notice" role="status">{me::previewing(language)}</p> })}
        </section>
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

fn signed_in(viewer: Viewer, language: Language) -> impl IntoView {
    let Viewer { email, signed_in_with, signed_in_at, expires_at, .. } = viewer;
    let until = me::until(language, readable(&expires_at));
    view! {
        <section class="part">
            <h2>{me::sign_in_heading(language)}</h2>
            <dl class="facts">
                <div><dt>{me::email(language)}</dt>
                    <dd>{email.unwrap_or_else(|| me::no_email(language).to_owned())}</dd></div>
                <div><dt>{me::signed_in_with(language)}</dt>
                    <dd>{method_name(signed_in_with, language)}</dd></div>
                <div><dt>{me::signed_in_at(language)}</dt>
                    <dd><time datetime=signed_in_at.clone()>{readable(&signed_in_at)}</time></dd></div>
                <div><dt>{me::expires_at(language)}</dt>
                    <dd><time datetime=expires_at>{until}</time></dd></div>
            </dl>
        </section>
    }
}
