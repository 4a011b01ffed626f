//! `/admin/members`: the search for members.

use contract::views::admin::{FoundMember, MemberField, MemberState, MembersView};
use leptos::prelude::*;
use names::{Language, path};

use crate::components::admin::{AdminFrame, Table, choice, filters, masked, search_field, ways};
use crate::components::{LocalTime, with_time};
use crate::frame::language;
use crate::islands::FindMembers;
use crate::page::{Page, Record};
use crate::texts::admin_members;

/// The search and its result.
pub struct Members;

impl Page for Members {
    type View = MembersView;

    const RECORD: &'static Record =
        &Record::admin(path::ADMIN_MEMBERS, admin_members::title).called(admin_members::navigation);

    fn draw(view: MembersView) -> AnyView {
        let language = language();
        let search = search(&view, language);
        let found = found_members(view, language);
        view! {
            <AdminFrame heading=admin_members::heading(language)>
                <FindMembers page=path::ADMIN_MEMBERS.to_owned()>
                    {search}
                    <div class="admin__live" id="found-members">{found}</div>
                </FindMembers>
            </AdminFrame>
        }
        .into_any()
    }
}

/// Those who were found, and the way to more of them.
pub(crate) fn found_members(view: MembersView, language: Language) -> AnyView {
    let first = view.is_later.then(|| address(&view, None));
    let next = view.next.as_deref().map(|next| address(&view, Some(next)));
    let is_empty = view.members.is_empty();
    let rows = view.members.into_iter().map(|member| row(member, language)).collect();
    let columns = vec![
        admin_members::nickname(language),
        admin_members::address(language),
        admin_members::state(language),
        admin_members::roles(language),
        admin_members::joined_at(language),
    ];
    let table = Table { caption: admin_members::heading(language), columns, rows };
    let found = if is_empty {
        view! { <p class="lead">{admin_members::nobody(language)}</p> }.into_any()
    } else {
        table.draw()
    };
    view! { {found} {ways(first, next)} }.into_any()
}

fn search(view: &MembersView, language: Language) -> AnyView {
    let options =
        MemberField::all().map(|field| (field.as_str().to_owned(), name(field, language))).collect();
    let fields = view! {
        {choice("filter-by", "by", admin_members::by(language), options, view.by.as_str())}
        {search_field("value", admin_members::value(language), view.typed.clone())}
    };
    filters(path::ADMIN_MEMBERS, fields.into_any(), admin_members::search(language))
}

fn name(field: MemberField, language: Language) -> String {
    match field {
        MemberField::Nickname => admin_members::by_nickname(language).to_owned(),
        MemberField::Address => admin_members::by_address(language).to_owned(),
        MemberField::Id => admin_members::by_id(language).to_owned(),
        MemberField::Role => admin_members::by_role(language).to_owned(),
        MemberField::Subject(provider) => admin_members::by_subject(language, provider.brand(language)),
    }
}

/// The address of a page of the list.
fn address(view: &MembersView, after: Option<&str>) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    if !view.typed.is_empty() {
        query.append_pair("by", view.by.as_str()).append_pair("value", &view.typed);
    }
    if let Some(after) = after {
        query.append_pair("after", after);
    }
    let query = query.finish();
    if query.is_empty() { path::ADMIN_MEMBERS.to_owned() } else { format!("{}?{query}", path::ADMIN_MEMBERS) }
}

fn row(member: FoundMember, language: Language) -> Vec<AnyView> {
    let FoundMember { id, nickname, address, state, joined_at, roles } = member;
    let page = format!("{}/{id}", path::ADMIN_MEMBERS);
    let none = || admin_members::none(language).into_any();
    vec![
        view! { <a href=page>{nickname}</a> }.into_any(),
        address.map_or_else(none, masked),
        state_text(state, language),
        if roles.is_empty() { none() } else { roles.join(", ").into_any() },
        view! { <LocalTime at=joined_at /> }.into_any(),
    ]
}

/// The state of an account in words.
pub(crate) fn state_text(state: MemberState, language: Language) -> AnyView {
    match state {
        MemberState::Active => admin_members::active(language).into_any(),
        MemberState::Disabled => {
            view! { <strong class="mark-off">{admin_members::disabled(language)}</strong> }.into_any()
        }
        MemberState::Deleting(at) => with_time(|time| admin_members::deleting(language, time), at),
    }
}
