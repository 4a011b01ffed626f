//! What is done in place on pages of operators: figures that are read again, finding members while one types, and sending mails again.

use std::time::Duration;

use leptos::ev::{Event, SubmitEvent};
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast as _;
use leptos::web_sys::js_sys::encode_uri_component;
use leptos::web_sys::{Element, HtmlFormElement, HtmlInputElement};

use super::attention::while_looked_at;
use super::form_call::{FormCall, announce, focus, show_address};
use super::local_times::say_new_times;
use crate::operator_functions::{find_members, moving_events, send_mail_again};

/// How often figures are read again while somebody looks at them.
const POLL_INTERVAL: Duration = Duration::from_secs(5);
/// How long somebody types no further who wants to see what there is.
const TYPING_DELAY: Duration = Duration::from_millis(250);

/// The id of what is on its way, of the members that were found, and of the number of mails that were given up.
const MOVING: &str = "moving-events";
const FOUND: &str = "found-members";
const GIVEN_UP: &str = "given-up-count";

/// What is on its way, which is read again while somebody looks. What cannot be told now stays as it was.
#[island]
pub fn MovingEvents(
    /// The part of the page.
    children: Children,
) -> impl IntoView {
    Effect::new(move |_| {
        let asks = StoredValue::new(false);
        while_looked_at(POLL_INTERVAL, move || {
            if asks.get_value() {
                return;
            }
            asks.set_value(true);
            leptos::task::spawn_local(async move {
                let now = moving_events().await;
                asks.set_value(false);
                if let Ok(now) = now {
                    put(MOVING, &now);
                }
            });
        });
    });
    children()
}

/// The form that finds members, with what it found: it finds while one types. What was found is in the address, as if the form had been
/// sent. An answer that comes after a newer question was asked is passed over.
#[island]
pub fn FindMembers(
    /// The page.
    page: String,
    /// The form, and what was found.
    children: Children,
) -> impl IntoView {
    let asked = StoredValue::new(0_u32);
    let find = move |event: Event| {
        let target: Option<Element> = event.target().and_then(|target| target.dyn_into().ok());
        let Some(Ok(Some(form))) = target.map(|target| target.closest("form[role=search]")) else { return };
        let number = asked.get_value().wrapping_add(1);
        asked.set_value(number);
        let page = page.clone();
        let ask = move || {
            if asked.get_value() != number {
                return;
            }
            let query = query(&form);
            leptos::task::spawn_local(async move {
                let found = find_members(query.clone()).await;
                if let (Ok(found), true) = (found, asked.get_value() == number) {
                    put(FOUND, &found);
                    show_address(&if query.is_empty() { page } else { format!("{page}?{query}") });
                }
            });
        };
        set_timeout(ask, TYPING_DELAY);
    };
    view! { <div class="call" on:input=find>{children()}</div> }
}

/// What the form would write into the address.
fn query(form: &Element) -> String {
    let value = |name: &str| {
        let field = form.query_selector(&format!("[name={name}]")).ok().flatten();
        // A list of choices has a value as well.
        field.map(|field| field.unchecked_into::<HtmlInputElement>().value()).unwrap_or_default()
    };
    let (by, typed) = (value("by"), value("value"));
    if typed.trim().is_empty() {
        return String::new();
    }
    let encoded = |text: &str| String::from(encode_uri_component(text));
    format!("by={}&value={}", encoded(&by), encoded(&typed))
}

/// Puts what was drawn again into its place, unless somebody is in it.
fn put(place: &str, drawn: &str) {
    let Some(place) = document().get_element_by_id(place) else { return };
    if document().active_element().is_some_and(|active| place.contains(Some(&active))) {
        return;
    }
    place.set_inner_html(drawn);
    say_new_times();
}

/// The list of mails that were given up. One that is sent again leaves it.
#[island]
pub fn SendMailsAgain(
    /// What is said once one is.
    sent: String,
    /// The list.
    children: Children,
) -> impl IntoView {
    let on_submit = move |event: SubmitEvent| {
        let Some(call) = FormCall::of(&event) else { return };
        let action = call.form.get_attribute("action").unwrap_or_default();
        let id = action.rsplit('/').nth(1).unwrap_or_default().to_owned();
        let (reason, sent) = (call.typed("reason"), sent.clone());
        call.send(send_mail_again(id, reason), move |call, ()| leave(&call.form, &sent));
    };
    view! { <div class="call" on:submit=on_submit>{children()}</div> }
}

/// Takes the mail of this form off the list. The focus goes to what is next there; an empty list is drawn again.
fn leave(form: &HtmlFormElement, sent: &str) {
    let Ok(Some(mail)) = form.closest("tr") else { return };
    let next = mail.next_element_sibling().or_else(|| mail.previous_element_sibling());
    mail.remove();
    let Some(next) = next else {
        let _ = window().location().reload();
        return;
    };
    focus(next.query_selector("summary").ok().flatten());
    if let Some(count) = document().get_element_by_id(GIVEN_UP) {
        let left = count.text_content().and_then(|text| text.parse::<u32>().ok());
        count.set_text_content(left.map(|left| left.saturating_sub(1).to_string()).as_deref());
    }
    announce(sent);
}
