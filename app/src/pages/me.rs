//! `/me`: the viewer's profile, and the forms that change it.

use contract::views::MeView;
use contract::{Frame, Viewer};
use leptos::prelude::*;
use names::{Language, path};

use crate::components::{
    AccountFrame, Avatar, LocalTime, PasskeyOffer, SignOut, SuccessNoticeBox, with_time,
};
use crate::form::{Field, Form, Input};
use crate::frame::{frame, query};
use crate::islands::{ProfilePreview, RemovePicture, SaveProfile};
use crate::page::{Page, Record};
use crate::success_notices::success_notice;
use crate::texts::{fields, me, method_name, navigation, profile};

/// The form of nickname and greeting.
const FORM: &str = "profile";

/// The address of the page with the notice that the profile was saved.
const SAVED: &str = "/me?notice=profile_changed";

/// `/me`: the member's own profile and its forms.
pub struct Me;

impl Page for Me {
    type View = MeView;

    const RECORD: &'static Record =
        &Record::account(path::PROFILE, me::title, navigation::profile).with_passkeys();

    fn draw(view: MeView) -> AnyView {
        let frame = frame();
        let language = frame.language;
        let offer = view.offers_passkey.then(|| view! { <PasskeyOffer /> });
        let content = frame.viewer.as_ref().map(|viewer| content(viewer, view, &frame));
        view! {
            <AccountFrame>
                <h1>{me::heading(language)}</h1>
                <SuccessNoticeBox for_islands=true />
                {offer}
                {content}
            </AccountFrame>
        }
        .into_any()
    }
}

fn content(viewer: &Viewer, view: MeView, frame: &Frame) -> impl IntoView + use<> {
    let language = frame.language;
    let form = Form::new(FORM, "/api/users/me");
    let words = Words::of(viewer, &form);
    let edit = edit(form, &words, language);
    let picture = picture(view.has_own_picture, language);
    view! { {who(viewer, view, words, language)} {edit} {picture} <SignOut everywhere=true /> }
}

/// Nickname and greeting as the page shows them.
struct Words {
    nickname: String,
    greeting: String,
    /// Whether they are a preview. Without scripting a preview is a round trip that saves nothing: the form is sent to this page
    /// by `GET`, with the words in the query.
    is_preview: bool,
}

impl Words {
    fn of(viewer: &Viewer, form: &Form) -> Self {
        let asked = |field: &str| query(&form.frame.address, field);
        let shown = |field: &'static str, saved: &str| {
            asked(field).or_else(|| form.typed_or_empty(field)).unwrap_or_else(|| saved.to_owned())
        };
        Self {
            nickname: shown("nickname", &viewer.nickname),
            greeting: shown("greeting", &viewer.greeting),
            is_preview: asked("nickname").is_some(),
        }
    }
}

/// What others see, and what only the member sees: the contact address and the current session.
fn who(viewer: &Viewer, view: MeView, words: Words, language: Language) -> impl IntoView + use<> {
    let MeView { signed_in_with, signed_in_at, expires_at, .. } = view;
    let (email, picture) = (viewer.email.clone(), viewer.picture.clone());
    let Words { nickname, greeting, is_preview } = words;
    let public = format!("{}{}", path::MEMBERS, viewer.id);
    let until = with_time(|time| me::until(language, time), expires_at);
    view! {
        {is_preview.then(|| view! { <p class="notice" id="previewing" role="status">{me::previewing(language)}</p> })}
        <ProfilePreview nickname greeting form=FORM.to_owned()><Avatar picture /></ProfilePreview>
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
        <button class="button button--quiet" id=format!("{FORM}-preview") type="submit" formmethod="get" formaction=path::PROFILE>
            {me::preview(language)}
        </button>
    };
    view! {
        <section class="part">
            <h2>{me::edit_heading(language)}</h2>
            <SaveProfile saved=success_notice("profile_changed", language).unwrap_or_default().to_owned() page=SAVED.to_owned()>
                {form.draw_with(fields, me::save(language), preview)}
            </SaveProfile>
        </section>
    }
    .into_any()
}

fn picture(has_own_picture: bool, language: Language) -> AnyView {
    let form = Form::new("picture", "/api/users/me/picture");
    let file = form.field(Field {
        name: "picture",
        label: fields::picture(language),
        input: Input::Picture,
        hint: Some(fields::picture_hint(language)),
    });
    let default =
        move |hidden: bool| view! { <p class="lead" hidden=hidden>{me::picture_default(language)}</p> };
    let remove = if has_own_picture {
        let saved = success_notice("profile_changed", language).unwrap_or_default().to_owned();
        view! {
            <RemovePicture saved page=SAVED.to_owned() field="picture-picture".to_owned()>
                <form method="post" action="/api/users/me/picture/remove">
                <button class="button button--quiet" type="submit">{me::picture_remove(language)}</button>
            </form>
                {default(true)}
            </RemovePicture>
        }
        .into_any()
    } else {
        default(false).into_any()
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
