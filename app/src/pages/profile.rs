//! `/members/{id}`: what everybody may see of a member: who they are, and what they write.

use std::borrow::Cow;

use contract::views::{ActivityPart, ActivityView, PersonEntry, ProfileView, Relation};
use leptos::prelude::*;
use names::{Language, path};

use crate::components::{Avatar, Frame, PostList, SuccessNoticeBox, person};
use crate::frame::language;
use crate::islands::RelationForms;
use crate::page::{Page, Record};
use crate::texts::profile;

/// Picture, nickname, greeting; following, counts, posts.
pub struct Profile;

impl Page for Profile {
    type View = ProfileView;

    const RECORD: &'static Record = &Record::public(path::MEMBER, |_| "").with_islands();

    fn title(view: &ProfileView, language: Language) -> Cow<'static, str> {
        profile::title(language, &view.nickname).into()
    }

    /// Visitors can do nothing there, so nothing is loaded for them.
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
        ActivityPart::Posts(posts) => {
            (view! { <PostList posts reports=relation.is_some() /> }.into_any(), String::new())
        }
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

/// What a member is to the viewer, with the buttons that change it, and how much there is of them.
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

/// Follow, and in a menu that opens without scripting what is asked for less often.
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

/// A person who cannot be shown keeps their place, so that lists and counts agree.
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
