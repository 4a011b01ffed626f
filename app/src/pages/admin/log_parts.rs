//! What the pages of both logs share.

use leptos::prelude::*;
use names::path;

use crate::components::admin::{Action, action};
use crate::form::{Field, Form, Input};
use crate::texts::admin_logs;

/// The address of a page of a list with these filters.
pub(super) fn address(page: &str, fields: &[(&str, &str)], after: Option<&str>) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, value) in fields.iter().filter(|(_, value)| !value.is_empty()) {
        query.append_pair(name, value);
    }
    if let Some(after) = after {
        query.append_pair("after", after);
    }
    let query = query.finish();
    if query.is_empty() { page.to_owned() } else { format!("{page}?{query}") }
}

/// A field for a day.
pub(super) fn date_field(name: &'static str, label: &'static str, typed: &str) -> AnyView {
    let id = format!("filter-{name}");
    view! {
        <div class="field">
            <label class="field__label" for=id.clone()>{label}</label>
            <input class="field__input" id=id name=name type="date" value=typed.to_owned() />
        </div>
    }
    .into_any()
}

/// A link to a member's page that shows the end of their id. The beginning is a time, so members who joined on the same day share
/// most of it.
pub(super) fn member_link(id: String) -> impl IntoView {
    let end = id.get(id.len().saturating_sub(8)..).unwrap_or(&id).to_owned();
    view! {
        <a class="log__member" href=format!("{}/{id}", path::ADMIN_MEMBERS) title=id><code>"…" {end}</code></a>
    }
}

/// The form that downloads a log as a file, with the filters of the list beside it.
pub(super) struct LogFile {
    /// `csv` or `jsonl`.
    pub(super) kind: &'static str,
    /// The path that the form is sent to.
    pub(super) path: &'static str,
    /// The filters besides the time span.
    pub(super) filters: Vec<(&'static str, String)>,
    /// The first day; empty if there is none.
    pub(super) since: String,
    /// The last day.
    pub(super) until: String,
    /// Further fields.
    pub(super) more: Option<AnyView>,
}

/// The form that downloads a log as a file and asks for a reason.
pub(super) fn file_form(LogFile { kind, path, filters, since, until, more }: LogFile) -> AnyView {
    let form = Form::new(kind, path);
    let language = form.frame.language;
    let day = |name, label, usual: String| {
        let typed = form.typed_here(name).unwrap_or(usual);
        form.field_with(Field { name, label, input: Input::Day, hint: None }, typed)
    };
    let since = day("since", admin_logs::since(language), since);
    let until = day("until", admin_logs::until(language), until);
    let hidden: Vec<_> = filters
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| view! { <input type="hidden" name=name value=value /> })
        .collect();
    let name = if kind == "csv" { admin_logs::csv(language) } else { admin_logs::json_lines(language) };
    action(Action {
        id: kind.to_owned(),
        path: path.to_owned(),
        name,
        lead: admin_logs::file_lead(language).to_owned(),
        fields: Some(view! { {hidden} {since} {until} {more} }.into_any()),
    })
}
