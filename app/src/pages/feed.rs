//! `/feed`: what those write whom one follows, and a place to write oneself.

use contract::views::FeedView;
use leptos::prelude::*;
use names::{Language, path};

use crate::components::{AccountFrame, PostList, SuccessNoticeBox};
use crate::form::{Field, Form, Input};
use crate::frame::language;
use crate::page::{Page, Record};
use crate::texts::{feed, fields, navigation};

/// The feed, page by page.
pub struct Feed;

impl Page for Feed {
    type View = FeedView;

    const RECORD: &'static Record = &Record::account(path::FEED, feed::title, navigation::feed).needs_feed();

    fn draw(FeedView { posts, older, has_newer }: FeedView) -> AnyView {
        let language = language();
        let is_empty = posts.is_empty() && older.is_none();
        let end = if is_empty && !has_newer {
            Some(view! { <p class="lead">{feed::empty(language)}</p> })
        } else {
            older.is_none().then(|| view! { <p class="lead">{feed::end(language)}</p> })
        };
        view! {
            <AccountFrame>
                <h1>{feed::heading(language)}</h1>
                <SuccessNoticeBox />
                {write(language)}
                <PostList posts />
                {end}
                {ways(has_newer, older, language)}
            </AccountFrame>
        }
        .into_any()
    }
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

/// The way to newer and older posts, where there are any.
fn ways(has_newer: bool, older: Option<String>, language: Language) -> Option<AnyView> {
    if !has_newer && older.is_none() {
        return None;
    }
    let newest = has_newer.then(|| {
        view! { <a class="button button--quiet" href=path::FEED>{feed::newest(language)}</a> }
    });
    let older = older.map(|cursor| {
        let address = format!("{}?before={cursor}", path::FEED);
        view! { <a class="button button--quiet" href=address>{feed::older(language)}</a> }
    });
    Some(view! { <p class="ways">{newest} {older}</p> }.into_any())
}
