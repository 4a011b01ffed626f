//! `/members/{id}`: what everybody may see of a member.

use std::borrow::Cow;

use contract::views::ProfileView;
use leptos::prelude::*;
use names::{Language, path};

use crate::components::{Avatar, Frame};
use crate::page::{Page, Record};
use crate::texts::profile;

/// Picture, nickname, greeting.
pub struct Profile;

impl Page for Profile {
    type View = ProfileView;

    const RECORD: &'static Record = &Record::public(path::MEMBER, |_| "");

    fn title(view: &ProfileView, language: Language) -> Cow<'static, str> {
        profile::title(language, &view.nickname).into()
    }

    fn draw(ProfileView { nickname, greeting, picture }: ProfileView) -> AnyView {
        view! {
            <Frame>
                <section class="card">
                    <Avatar picture />
                    <h1>{nickname}</h1>
                    <p class="lead">{greeting}</p>
                </section>
            </Frame>
        }
        .into_any()
    }
}
