//! Writing, deleting and reporting posts and loading older ones without leaving the page.

use leptos::ev::{MouseEvent, SubmitEvent};
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast as _;
use leptos::web_sys::{Element, HtmlButtonElement, HtmlCollection, HtmlTemplateElement};

use super::form_call::{FormCall, announce, focus, shows_error};
use super::local_times::say_new_times;
use crate::functions::{delete_post, older_posts, relation, report_post, write_post};

/// The id of the list of posts.
const POSTS: &str = "posts";
/// The id of the element with a member's relation, and its attribute with the member's id.
const RELATION: &str = "relation";
const MEMBER: &str = "data-member";

/// The form for a new post, which is then inserted at the top of the list.
#[island]
pub fn WritePost(
    /// The notice after it was written.
    written: String,
    /// The page with the newest posts.
    page: String,
    /// The form.
    children: Children,
) -> impl IntoView {
    let write = move |event: SubmitEvent| {
        // A page with an error or with older posts is loaded again, by the plain form.
        let is_first = window().location().search().is_ok_and(|query| query.is_empty());
        if !is_first || shows_error() {
            return;
        }
        let Some(call) = FormCall::of(&event) else { return };
        let text = call.written("text");
        let key = call.name_request(&text);
        let (written, page) = (written.clone(), page.clone());
        call.send(write_post(text, key), move |call, post| {
            call.take_name_away();
            // Otherwise the browser would warn about unsent text.
            call.form.reset();
            // An empty list shows a sentence instead, so the page is loaded again.
            let list = document().get_element_by_id(POSTS).filter(|list| list.child_element_count() > 0);
            let Some(list) = list else {
                let _ = window().location().assign(&page);
                return;
            };
            let _ = list.insert_adjacent_html("afterbegin", &post);
            say_new_times();
            announce(&written);
        });
    };
    view! { <div class="call" on:submit=write>{children()}</div> }
}

/// The list of posts. Deleted posts are removed from it.
#[island]
pub fn PostActions(
    /// The notice after a post was deleted.
    deleted: String,
    /// The notice after a post was reported.
    reported: String,
    /// The list.
    children: Children,
) -> impl IntoView {
    let act = move |event: SubmitEvent| {
        let Some(call) = FormCall::of(&event) else { return };
        let action = call.form.get_attribute("action").unwrap_or_default();
        let mut path = action.rsplit('/');
        let (what, id) =
            (path.next().unwrap_or_default().to_owned(), path.next().unwrap_or_default().to_owned());
        if what == "delete" {
            let deleted = deleted.clone();
            call.send(delete_post(id), move |call, ()| leave(call, &deleted));
        } else {
            let reason = call.button.as_ref().map(HtmlButtonElement::value).unwrap_or_default();
            let (note, reported) = (call.written("note"), reported.clone());
            call.send(report_post(id, reason, note), move |call, ()| {
                let details = call.form.closest("details").ok().flatten();
                if let Some(details) = &details {
                    let _ = details.remove_attribute("open");
                }
                focus(details.and_then(|details| details.query_selector("summary").ok().flatten()));
                announce(&reported);
            });
        }
    };
    view! { <div class="call" on:submit=act>{children()}</div> }
}

/// Removes the post of this form from the list, and moves the focus to the next one.
fn leave(call: &FormCall, deleted: &str) {
    let Ok(Some(post)) = call.form.closest("li") else { return };
    let next = post.next_element_sibling().or_else(|| post.previous_element_sibling());
    post.remove();
    let next = next.and_then(|next| next.query_selector("a, button, summary").ok().flatten());
    focus(next.or_else(|| document().query_selector("main a, main button").ok().flatten()));
    announce(deleted);
    leptos::task::spawn_local(count_again());
}

/// Updates the counts of the member whose page it is. If that fails, they are updated when the page is loaded again.
async fn count_again() {
    let Some(place) = document().get_element_by_id(RELATION) else { return };
    let Some(member) = place.get_attribute(MEMBER) else { return };
    if let Ok(now) = relation(member).await {
        place.set_inner_html(&now);
    }
}

/// The link to older posts, which are then added below the list.
#[island]
pub fn OlderLink(
    /// The link, with the cursor in `data-older`.
    children: Children,
) -> impl IntoView {
    let read_on = move |event: MouseEvent| {
        let link = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let link = link.and_then(|link| link.closest("a[data-older]").ok().flatten());
        let Some(link) = link else { return };
        // The person wants to open it in another tab or window.
        if event.button() != 0 || event.ctrl_key() || event.meta_key() || event.shift_key() {
            return;
        }
        let (Some(cursor), Some(list)) =
            (link.get_attribute("data-older"), document().get_element_by_id(POSTS))
        else {
            return;
        };
        event.prevent_default();
        if link.has_attribute("aria-busy") {
            return;
        }
        let _ = link.set_attribute("aria-busy", "true");
        leptos::task::spawn_local(async move {
            let answer = older_posts(cursor).await;
            // The browser may restore this page from its back/forward cache.
            let _ = link.remove_attribute("aria-busy");
            let shown = answer.is_ok_and(|older| show_below(&list, &older.posts, &older.below));
            if !shown {
                let href = link.get_attribute("href").unwrap_or_default();
                let _ = window().location().assign(&href);
            }
        });
    };
    view! { <div class="call" on:click=read_on>{children()}</div> }
}

/// Adds the posts to the list. Returns `false` if they have pictures from an origin that the content security policy of this
/// page does not allow; then they need a page of their own.
fn show_below(list: &Element, posts: &str, below: &str) -> bool {
    let Ok(draft) = document().create_element("template") else { return false };
    // Pictures inside a template are not loaded.
    let Ok(draft) = draft.dyn_into::<HtmlTemplateElement>() else { return false };
    draft.set_inner_html(posts);
    let drawn = elements(&draft.content().children());
    let known = origins(&document().get_elements_by_tag_name("img"));
    let mut needed = drawn.iter().flat_map(|post| origins(&post.get_elements_by_tag_name("img")));
    if needed.any(|origin| !known.contains(&origin)) {
        return false;
    }
    for post in &drawn {
        let _ = list.append_child(post);
    }
    let first = drawn.first();
    if let Some(place) = document().get_element_by_id("below-posts") {
        place.set_inner_html(below);
    }
    say_new_times();
    focus(first.and_then(|first| first.query_selector("a").ok().flatten()));
    true
}

fn elements(collection: &HtmlCollection) -> Vec<Element> {
    (0..collection.length()).filter_map(|place| collection.item(place)).collect()
}

/// The origins of these pictures that are on other sites, without the scheme.
fn origins(pictures: &HtmlCollection) -> Vec<String> {
    let pictures = elements(pictures);
    let sources = pictures.iter().filter_map(|picture| picture.get_attribute("src"));
    sources.filter_map(|source| source.split_once("//")?.1.split('/').next().map(str::to_owned)).collect()
}
