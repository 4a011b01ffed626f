//! `/admin/reports`: posts that members reported, and hiding them.

use contract::views::admin::{ReportedPost, ReportsView};
use leptos::prelude::*;
use names::{Language, path};

use super::log_parts::{address, member_link};
use crate::components::LocalTime;
use crate::components::admin::{Action, AdminFrame, action, ways};
use crate::form::{Field, Form, Input};
use crate::frame::language;
use crate::page::{Page, Record};
use crate::texts::admin_reports as texts;
use crate::time_phrases::TimeStyle;

/// `/admin/reports`: reported posts, for moderators and administrators.
pub struct Reports;

impl Page for Reports {
    type View = ReportsView;

    const RECORD: &'static Record = &Record::admin(path::ADMIN_REPORTS, texts::title)
        .called(texts::navigation)
        .of_moderators()
        .needs_feed();

    fn draw(view: ReportsView) -> AnyView {
        let language = language();
        let ReportsView { reports, is_later, next, administers } = view;
        let first = is_later.then(|| path::ADMIN_REPORTS.to_owned());
        let next = next.map(|next| address(path::ADMIN_REPORTS, &[], Some(&next)));
        let found = if reports.is_empty() {
            view! { <p class="lead">{texts::nothing(language)}</p> }.into_any()
        } else {
            let items: Vec<_> = reports
                .into_iter()
                .enumerate()
                .map(|(place, report)| item(place, report, administers, language))
                .collect();
            view! { <ol class="entries">{items}</ol> }.into_any()
        };
        view! {
            <AdminFrame heading=texts::heading(language)>
                <p class="lead">{texts::lead(language)}</p>
                {found} {ways(first, next)}
            </AdminFrame>
        }
        .into_any()
    }
}

fn reason_text(reason: &str, language: Language) -> &'static str {
    match reason {
        "spam" => texts::spam(language),
        "abuse" => texts::abuse(language),
        "illegal" => texts::illegal(language),
        _ => texts::other(language),
    }
}

fn item(place: usize, report: ReportedPost, administers: bool, language: Language) -> impl IntoView {
    let ReportedPost { post, author, text, hidden, reason, note, at } = report;
    let author =
        author.filter(|_| administers).map(|id| view! { {texts::author(language)} " " {member_link(id)} });
    let note =
        (!note.is_empty()).then(|| view! { <p class="entry__more">{texts::said(language, &note)}</p> });
    let is_gone = text.is_none();
    let text = text.map_or_else(
        || view! { <p class="lead">{texts::gone(language)}</p> }.into_any(),
        |text| view! { <blockquote class="report__text">{text}</blockquote> }.into_any(),
    );
    let is_hidden = hidden.is_some();
    let state = hidden.map(|told| {
        view! { <p class="entry__failed">{texts::hidden(language, &told)}</p> }
    });
    let act = (!is_gone)
        .then(|| if is_hidden { show(place, &post, language) } else { hide(place, &post, language) });
    view! {
        <li class="entry">
            <p class="entry__what">{reason_text(&reason, language)}</p>
            <p class="entry__more"><LocalTime at style=TimeStyle::WithClock /> " " {author}</p>
            {note} {text} {state} {act}
        </li>
    }
}

fn hide(place: usize, post: &str, language: Language) -> AnyView {
    let (id, path) = (format!("hide-{place}"), format!("/api/admin/posts/{post}/hide"));
    let form = Form::new(id.clone(), path.clone());
    let typed = form.typed_here("days").unwrap_or_default();
    let days = Field {
        name: "days",
        label: texts::days(language),
        input: Input::Count,
        hint: Some(texts::days_hint(language)),
    };
    action(Action {
        id,
        path,
        name: texts::hide(language),
        lead: texts::hide_lead(language).to_owned(),
        fields: Some(form.field_with(days, typed)),
    })
}

fn show(place: usize, post: &str, language: Language) -> AnyView {
    action(Action {
        id: format!("show-{place}"),
        path: format!("/api/admin/posts/{post}/show"),
        name: texts::show(language),
        lead: texts::show_lead(language).to_owned(),
        fields: None,
    })
}
