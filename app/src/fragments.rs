//! Fragments of pages, which islands insert into an open page.

use std::sync::Arc;

use contract::Frame;
use contract::views::admin::{EventsView, MembersView};
use contract::views::{ActivityView, FeedView, PostEntry};
use leptos::prelude::*;
use names::Language;

use crate::components::post_items;
use crate::functions::{DrawnPosts, Fragments};
use crate::operator_functions::OperatorFragments;
use crate::pages::admin::{found_members as found_part, moving_events as moving_part};
use crate::pages::{below_posts, relation_part};

/// The fragments that server functions draw.
pub const FRAGMENTS: Fragments = Fragments { posts, older_posts, relation };

/// What server functions of the admin area draw with.
pub const OPERATOR_FRAGMENTS: OperatorFragments = OperatorFragments { moving_events, found_members };

/// What is on its way.
fn moving_events(events: EventsView, language: Language) -> String {
    drawn(language, || moving_part(events, language))
}

/// The members that were found.
fn found_members(members: MembersView, language: Language) -> String {
    drawn(language, || found_part(members, language))
}

/// Posts, each an element of the list.
fn posts(posts: Vec<PostEntry>, language: Language) -> String {
    drawn(language, || post_items(posts, true, None, language))
}

/// The posts of a later page, and what is below them.
fn older_posts(page: FeedView, language: Language) -> DrawnPosts {
    let FeedView { posts: older, older: cursor, .. } = page;
    let below = drawn(language, || below_posts(cursor, false, language));
    DrawnPosts { posts: posts(older, language), below }
}

/// The relation of a member to the viewer, with its buttons.
fn relation(id: &str, activity: &ActivityView, language: Language) -> String {
    drawn(language, || relation_part(id, activity, language))
}

/// Draws with a frame that has only the language: fragments need no more.
fn drawn(language: Language, draw: impl FnOnce() -> AnyView) -> String {
    let owner = Owner::new_root(None);
    let html = owner.with(|| {
        provide_context(Arc::new(Frame { language, ..Frame::default() }));
        draw().to_html()
    });
    owner.unset_with_forced_cleanup();
    html
}
