//! `/admin/members/{id}`: one member, and the actions of operators.

mod actions;
mod facts;

use std::borrow::Cow;

use contract::views::admin::MemberView;
use leptos::prelude::*;
use names::{Language, path};

use crate::components::admin::AdminFrame;
use crate::frame::language;
use crate::page::{Page, Record};
use crate::texts::admin_member;

/// The facts first, then the actions.
pub struct Member;

impl Page for Member {
    type View = MemberView;

    const RECORD: &'static Record = &Record::admin(path::ADMIN_MEMBER, admin_member::page);

    fn title(view: &MemberView, language: Language) -> Cow<'static, str> {
        admin_member::title(language, &view.member.nickname).into()
    }

    fn draw(view: MemberView) -> AnyView {
        let language = language();
        let heading = view.member.nickname.clone();
        let actions = actions::draw(&view, language);
        view! {
            <AdminFrame heading=heading>
                <p><a class="way" href=path::ADMIN_MEMBERS>{admin_member::all_members(language)}</a></p>
                {facts::draw(view, language)}
                {actions}
            </AdminFrame>
        }
        .into_any()
    }
}
