//! `/me`: who one is here, and changing it.

use contract::Viewer;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::components::{Avatar, Frame, SignOut, SuccessNoticeBox};
use crate::form::{Field, Form, Input};
use crate::islands::{ProfilePreview, SessionWatch};
use crate::texts::{Locale, locale, method_name, readable, site, td_string};

const ENDED: &str = "/oauth/login?error=session_ended&return_to=/me";

/// The profile. The server lets only people in who are signed in.
#[component]
pub(crate) fn Me() -> impl IntoView {
    let locale = locale();
    let content = site().and_then(|site| site.viewer()).map(|viewer| content(viewer, locale));
    view! {
        <Title text=td_string!(locale, me_title) />
        <Frame>{content}</Frame>
    }
}

fn content(viewer: Viewer, locale: Locale) -> impl IntoView {
    let id = viewer.id.clone();
    let public = format!("/members/{id}");
    view! {
        <section class="card">
            <h1>{td_string!(locale, me_heading)}</h1>
            <SuccessNoticeBox />
            {words(&viewer, locale)}
            {picture(&viewer, locale)}
            {signed_in(viewer, locale)}
            <p class="ways">
                <a class="button button--quiet" href=public>{td_string!(locale, to_public_profile)}</a>
                <a class="button button--quiet" href="/me/security">{td_string!(locale, to_security)}</a>
                <a class="button button--quiet" href="/me/sessions">{td_string!(locale, to_sessions)}</a>
            </p>
            <SignOut everywhere=true />
        </section>
        <SessionWatch member=id ended=ENDED.to_owned() />
    }
}

/// Nickname and greeting. Without scripting the preview is a round trip that saves nothing: the form is sent to this page
/// by `GET`, and the words come back in the query.
fn words(viewer: &Viewer, locale: Locale) -> AnyView {
    let query = use_query_map().get_untracked();
    let form = Form::new("profile", "/api/users/me");
    let shown = |field: &'static str, saved: &str| {
        query.get(field).or_else(|| form.typed_or_empty(field)).unwrap_or_else(|| saved.to_owned())
    };
    let (nickname, greeting) = (shown("nickname", &viewer.nickname), shown("greeting", &viewer.greeting));
    let previewing = query.get("nickname").is_some();
    let name_field = Field {
        name: "nickname",
        label: td_string!(locale, field_nickname),
        input: Input::Line(30),
        hint: Some(td_string!(locale, hint_profile_nickname)),
    };
    let line_field = Field {
        name: "greeting",
        label: td_string!(locale, field_greeting),
        input: Input::Line(100),
        hint: Some(td_string!(locale, hint_greeting)),
    };
    let ids = ("profile-nickname".to_owned(), "profile-greeting".to_owned(), "profile-preview".to_owned());
    let picture = viewer.picture.clone();
    let fields = view! {
        {form.field_with(name_field, nickname.clone())} {form.field_with(line_field, greeting.clone())}
    }
    .into_any();
    let preview = view! {
        <button class="button button--quiet" id="profile-preview" type="submit" formmethod="get" formaction="/me">
            {td_string!(locale, me_preview_button)}
        </button>
    };
    view! {
        <section class="part">
            <h2>{td_string!(locale, me_preview)}</h2>
            <ProfilePreview nickname greeting ids><Avatar picture /></ProfilePreview>
            {previewing.then(|| view! { <p class="notice" role="status">{td_string!(locale, me_previewing)}</p> })}
        </section>
        <section class="part">
            <h2>{td_string!(locale, me_edit_heading)}</h2>
            {form.draw_with(fields, td_string!(locale, me_save), preview)}
        </section>
    }
    .into_any()
}

fn picture(viewer: &Viewer, locale: Locale) -> AnyView {
    let form = Form::new("picture", "/api/users/me/picture");
    let file = form.field(Field {
        name: "picture",
        label: td_string!(locale, field_picture),
        input: Input::Picture,
        hint: Some(td_string!(locale, hint_picture)),
    });
    let remove = if viewer.has_own_picture {
        view! {
            <form method="post" action="/api/users/me/picture/remove">
                <button class="button button--quiet" type="submit">{td_string!(locale, me_picture_remove)}</button>
            </form>
        }
        .into_any()
    } else {
        view! { <p class="lead">{td_string!(locale, me_picture_default)}</p> }.into_any()
    };
    view! {
        <section class="part">
            <h2>{td_string!(locale, me_picture_heading)}</h2>
            {form.draw_upload(file, td_string!(locale, me_picture_upload))}
            {remove}
        </section>
    }
    .into_any()
}

fn signed_in(viewer: Viewer, locale: Locale) -> impl IntoView {
    let Viewer { email, signed_in_with, signed_in_at, expires_at, .. } = viewer;
    let until = td_string!(locale, me_until, time = readable(&expires_at));
    view! {
        <section class="part">
            <h2>{td_string!(locale, me_sign_in_heading)}</h2>
            <dl class="facts">
                <div><dt>{td_string!(locale, me_email)}</dt>
                    <dd>{email.unwrap_or_else(|| td_string!(locale, me_no_email).to_owned())}</dd></div>
                <div><dt>{td_string!(locale, me_signed_in_with)}</dt>
                    <dd>{method_name(signed_in_with, locale)}</dd></div>
                <div><dt>{td_string!(locale, me_signed_in_at)}</dt>
                    <dd><time datetime=signed_in_at.clone()>{readable(&signed_in_at)}</time></dd></div>
                <div><dt>{td_string!(locale, me_expires_at)}</dt>
                    <dd><time datetime=expires_at>{until}</time></dd></div>
            </dl>
        </section>
    }
}
