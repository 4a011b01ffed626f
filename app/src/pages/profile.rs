//! `/members/{id}`: the public profile of a member.

use std::borrow::Cow;

use contract::views::{ActivityPart, ActivityView, PersonEntry, ProfileView, Relation};
use leptos::prelude::*;
use names::{Language, path};

use crate::components::{Avatar, Frame, PostList, SuccessNoticeBox, person};
use crate::frame::language;
use crate::islands::RelationForms;
use crate::page::{Page, Record};
use crate::texts::profile;

/// Picture, nickname and greeting; relation, counts and posts.
pub struct Profile;

impl Page for Profile {
    type View = ProfileView;

    const RECORD: &'static Record = &Record::public(path::MEMBER, |_| "").with_islands();

    fn title(view: &ProfileView, language: Language) -> Cow<'static, str> {
        profile::title(language, &view.nickname).into()
    }

    /// Visitors can do nothing there, so it loads no islands for them.
    fn comes_alive(frame: &contract::Frame) -> bool {
        frame.viewer.is_some()
    }

    fn draw(ProfileView { id, nickname, greeting, picture, activity }: ProfileView) -> AnyView {
        let language = language();
        let page = format!("{}{id}", path::MEMBERS);
        let activity = activity.map(|activity| what_they_do(&id, &page, activity, language));
        view! {
            <Frame>
                <section class="card">
                    <Avatar picture />
                    <h1>{nickname}</h1>
                    <p class="lead">{greeting}</p>
                    <SuccessNoticeBox for_islands=true />
                    {activity}
                </section>
            </Frame>
        }
        .into_any()
    }
}

fn what_they_do(id: &str, page: &str, activity: ActivityView, language: Language) -> AnyView {
    let head = relation_part(id, &activity, language);
    let ActivityView { relation, part, older, .. } = activity;
    let (shown, query) = match part {
        ActivityPart::Posts(posts) => (
            view! { <PostList posts reports=relation.is_some() page=page.to_owned() /> }.into_any(),
            String::new(),
        ),
        ActivityPart::Followers(members) => (people(members, language), "list=followers&".to_owned()),
        ActivityPart::Following(members) => (people(members, language), "list=following&".to_owned()),
    };
    let older = older.map(|cursor| {
        let address = format!("{page}?{query}before={cursor}");
        view! { <p class="ways"><a class="button button--quiet" href=address>{profile::more(language)}</a></p> }
    });
    let member = id.to_owned();
    view! {
        <RelationForms member=id.to_owned() page=page.to_owned()>
            <div class="relation" id="relation" data-member=member>{head}</div>
        </RelationForms>
        {shown}
        {older}
    }
    .into_any()
}

/// The relation of a member to the viewer with its buttons, and the counts.
pub(crate) fn relation_part(id: &str, activity: &ActivityView, language: Language) -> AnyView {
    let page = format!("{}{id}", path::MEMBERS);
    let ActivityView { posts, followers, following, relation, .. } = activity;
    view! {
        {relation.map(|relation| buttons(id, relation, language))}
        <ul class="counts">
            <li><a href=page.clone()>{profile::posts(language, *posts)}</a></li>
            <li><a href=format!("{page}?list=followers")>{profile::followers(language, *followers)}</a></li>
            <li><a href=format!("{page}?list=following")>{profile::following_count(language, *following)}</a></li>
        </ul>
    }
    .into_any()
}

/// The button to follow, and a menu with rarer actions that opens without scripting.
fn buttons(id: &str, relation: Relation, language: Language) -> impl IntoView + use<> {
    let button = |what: &'static str, text: &'static str, kind: &'static str| {
        let action = format!("/api/activity/members/{id}/{what}");
        view! {
            <form method="post" action=action><button class=kind type="submit">{text}</button></form>
        }
    };
    let (main, quiet) = ("button button--main", "button button--quiet");
    let Relation { following, followed_by, blocked } = relation;
    let follow = (!blocked).then(|| {
        if following {
            button("unfollow", profile::unfollow(language), quiet)
        } else {
            button("follow", profile::follow(language), main)
        }
    });
    let block = if blocked {
        button("unblock", profile::unblock(language), quiet)
    } else {
        button("block", profile::block(language), quiet)
    };
    view! {
        {followed_by.then(|| view! { <p class="lead">{profile::follows_you(language)}</p> })}
        <div class="form__buttons">
            {follow}
            <details class="post__more"><summary>{profile::more_actions(language)}</summary>{block}</details>
        </div>
    }
}

/// The list of people. A person who cannot be shown keeps their entry, so that list and count agree.
fn people(members: Vec<Option<PersonEntry>>, language: Language) -> AnyView {
    let items: Vec<_> = members
        .into_iter()
        .map(|member| match member {
            Some(member) => view! { <li class="post">{person(member)}</li> }.into_any(),
            None => view! { <li class="post">{profile::cannot_be_shown(language)}</li> }.into_any(),
        })
        .collect();
    (!items.is_empty()).then(|| view! { <ol class="posts">{items}</ol> }).into_any()
}
