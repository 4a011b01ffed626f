//! `/feed`: the viewer's feed, and the form for a new post.

use contract::views::FeedView;
use leptos::prelude::*;
use names::{Language, path};

use crate::components::{AccountFrame, PostList, SuccessNoticeBox, refused_report};
use crate::form::{Field, Form, Input};
use crate::frame::language;
use crate::islands::{NewPosts, OlderLink, WritePost};
use crate::page::{Page, Record};
use crate::texts::{feed, fields, navigation};

/// The feed, page by page.
pub struct Feed;

impl Page for Feed {
    type View = FeedView;

    const RECORD: &'static Record = &Record::account(path::FEED, feed::title, navigation::feed).needs_feed();

    fn draw(FeedView { posts, older, has_newer }: FeedView) -> AnyView {
        let language = language();
        let is_empty = posts.is_empty() && older.is_none() && !has_newer;
        let below = if is_empty {
            view! { <p class="lead">{feed::empty(language)}</p> }.into_any()
        } else {
            below_posts(older, has_newer, language)
        };
        // Pages of older posts do not announce new ones.
        let news = (!has_newer).then(|| {
            let seen = posts.first().map_or(BEFORE_ALL, |post| &post.id).to_owned();
            view! { <NewPosts seen text=feed::new_posts(language, "{count}") page=path::FEED.to_owned() /> }
        });
        view! {
            <AccountFrame>
                <h1>{feed::heading(language)}</h1>
                <SuccessNoticeBox for_islands=true />
                {refused_report(language)}
                <WritePost written=feed::written(language).to_owned() page=path::FEED.to_owned()>
                    {write(language)}
                </WritePost>
                {news}
                <PostList posts />
                <OlderLink>
                    <div class="posts__below" id="below-posts">{below}</div>
                </OlderLink>
            </AccountFrame>
        }
        .into_any()
    }
}

/// Stands for a post that is older than all.
const BEFORE_ALL: &str = "00000000-0000-0000-0000-000000000000";

/// What is below the posts: a link to older ones, or that there are none.
pub(crate) fn below_posts(older: Option<String>, has_newer: bool, language: Language) -> AnyView {
    let end = older.is_none().then(|| view! { <p class="lead">{feed::end(language)}</p> });
    (end, ways(has_newer, older, language)).into_any()
}

fn write(language: Language) -> AnyView {
    let form = Form::new("post", "/api/activity/posts");
    let field = Field {
        name: "text",
        label: fields::post(language),
        input: Input::Text(2_000),
        hint: Some(fields::post_hint(language)),
    };
    let field = form.field(field);
    form.draw(field, feed::write(language))
}

/// Links to newer and older posts, if there are any.
fn ways(has_newer: bool, older: Option<String>, language: Language) -> Option<AnyView> {
    if !has_newer && older.is_none() {
        return None;
    }
    let newest = has_newer.then(|| {
        view! { <a class="button button--quiet" href=path::FEED>{feed::newest(language)}</a> }
    });
    let older = older.map(|cursor| {
        let address = format!("{}?before={cursor}", path::FEED);
        view! { <a class="button button--quiet" href=address data-older=cursor>{feed::older(language)}</a> }
    });
    Some(view! { <p class="ways">{newest} {older}</p> }.into_any())
}
