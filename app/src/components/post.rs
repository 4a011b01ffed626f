//! A list of posts.

use contract::views::{PersonEntry, PostEntry};
use leptos::prelude::*;
use names::{Language, path};

use super::local_time::LocalTime;
use super::post_text::post_text;
use crate::form::{Field, Form, Input};
use crate::frame::{frame, language};
use crate::islands::PostActions;
use crate::texts::{feed, success_notices};
use crate::time_phrases::TimeStyle;

/// A reason to report a post, and its text.
type Reason = (&'static str, fn(Language) -> &'static str);

/// The reasons for a report.
const REASONS: [Reason; 4] = [
    ("spam", feed::reason_spam),
    ("abuse", feed::reason_abuse),
    ("illegal", feed::reason_illegal),
    ("other", feed::reason_other),
];

/// What the path of a report begins and ends with.
const POSTS: &str = "/api/activity/posts/";
const REPORT: &str = "/report";

/// The posts. Members can delete their own posts and report others. Both are plain forms, inside an island that does the same
/// without leaving the page.
#[component]
pub(crate) fn PostList(
    /// Newest first.
    posts: Vec<PostEntry>,
    /// Whether the viewer may report posts.
    #[prop(default = true)]
    reports: bool,
    /// The page of a member on which they are, to which the form of a report leads back.
    #[prop(optional)]
    page: Option<String>,
) -> impl IntoView {
    let language = language();
    let reported = success_notices::text("reported", language).unwrap_or_default().to_owned();
    let deleted = feed::deleted(language).to_owned();
    view! {
        <PostActions deleted reported>
            <ol class="posts" id="posts">{post_items(posts, reports, page.as_deref(), language)}</ol>
        </PostActions>
    }
}

/// The posts as elements of the list, on the `page` of a member or in a feed.
pub(crate) fn post_items(
    posts: Vec<PostEntry>,
    reports: bool,
    page: Option<&str>,
    language: Language,
) -> AnyView {
    let items: Vec<_> = posts.into_iter().map(|post| item(post, reports, page, language)).collect();
    items.into_any()
}

fn item(post: PostEntry, reports: bool, page: Option<&str>, language: Language) -> impl IntoView + use<> {
    let PostEntry { id, author, text, at, hidden, is_own } = post;
    let hidden = hidden.map(|reason| view! { <p class="notice">{feed::hidden(language, reason)}</p> });
    let more =
        if is_own { Some(delete(&id, language)) } else { reports.then(|| report(&id, page, language)) };
    view! {
        <li class="post">
            {person(author)}
            {hidden}
            <p class="post__text">{post_text(&text)}</p>
            <p class="post__at"><LocalTime at style=TimeStyle::WithClock /></p>
            {more}
        </li>
    }
}

/// A member, as a link to their page.
pub(crate) fn person(PersonEntry { id, nickname, picture }: PersonEntry) -> impl IntoView {
    let page = format!("{}{id}", path::MEMBERS);
    view! {
        <a class="post__author" href=page>
            <img class="post__picture" src=picture alt="" width="40" height="40" referrerpolicy="no-referrer" />
            <b>{nickname}</b>
        </a>
    }
}

fn delete(id: &str, language: Language) -> AnyView {
    let action = format!("{POSTS}{id}/delete");
    view! {
        <form method="post" action=action>
            <button class="button button--quiet" type="submit">{feed::delete(language)}</button>
        </form>
    }
    .into_any()
}

/// The buttons of a report, one for each reason.
fn reasons(language: Language) -> AnyView {
    let buttons = REASONS.iter().map(|(reason, text)| {
        view! {
            <button class="button button--quiet" type="submit" name="reason" value=*reason>{text(language)}</button>
        }
    });
    let buttons: Vec<_> = buttons.collect();
    view! { <div class="form__buttons">{buttons}</div> }.into_any()
}

/// A report that was refused a moment ago, with what was typed: its post may be on another page than this.
pub(crate) fn refused_report(language: Language) -> Option<AnyView> {
    let frame = frame();
    let action = frame.draft.as_ref().map(|draft| draft.action.clone())?;
    if !(action.starts_with(POSTS) && action.ends_with(REPORT)) {
        return None;
    }
    let form = Form::new("report", action.clone());
    let note = form.field(Field {
        name: "note",
        label: feed::report_note(language),
        input: Input::OptionalText(500),
        hint: None,
    });
    let back = Form::return_to();
    let again = view! {
        <h2>{feed::report_refused(language)}</h2>
        {form.alert()}
        <form class="form" method="post" action=action novalidate=true>{back}{note}{reasons(language)}</form>
    };
    Some(again.into_any())
}

/// Says to which page a report leads back.
fn leads_back(page: String) -> AnyView {
    view! { <input type="hidden" name="return_to" value=page /> }.into_any()
}

fn report(id: &str, page: Option<&str>, language: Language) -> AnyView {
    let action = format!("{POSTS}{id}{REPORT}");
    let back = page.map(|page| leads_back(page.to_owned()));
    view! {
        <details class="post__more">
            <summary>{feed::report(language)}</summary>
            <form class="form" method="post" action=action>
                {back}
                <label class="field__label">
                    {feed::report_note(language)} <textarea class="field__input" name="note" rows="2" maxlength="500"></textarea>
                </label>
                {reasons(language)}
            </form>
        </details>
    }
    .into_any()
}
