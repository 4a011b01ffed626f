//! Follows and unfollows without leaving the page.

use contract::RelationChange;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;

use super::form_call::{FormCall, focus};
use crate::functions::change_relation;

/// The buttons of a member's page, in an element with the id `relation`. A block changes which posts are shown, so the page is
/// loaded again after one.
#[island]
pub fn RelationForms(
    /// The member's id.
    member: String,
    /// Their page.
    page: String,
    /// The buttons.
    children: Children,
) -> impl IntoView {
    let change = move |event: SubmitEvent| {
        let Some(call) = FormCall::of(&event) else { return };
        let action = call.form.get_attribute("action").unwrap_or_default();
        let Some(change) = action.rsplit('/').next().and_then(RelationChange::parse) else { return };
        let page = page.clone();
        call.send(change_relation(member.clone(), change), move |_, now| {
            let place = document().get_element_by_id("relation");
            let Some(place) = place.filter(|_| is_about_following(change)) else {
                let _ = window().location().assign(&page);
                return;
            };
            place.set_inner_html(&now);
            focus(place.query_selector("button").ok().flatten());
        });
    };
    view! { <div class="call" on:submit=change>{children()}</div> }
}

const fn is_about_following(change: RelationChange) -> bool {
    matches!(change, RelationChange::Follow | RelationChange::Unfollow)
}
