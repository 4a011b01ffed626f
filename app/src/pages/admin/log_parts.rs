//! What the pages of both logs have in common.

use leptos::prelude::*;
use names::path;

use crate::components::admin::{Action, action};
use crate::form::{Field, Form, Input};
use crate::texts::admin_logs;

/// The address of a part of a list that is looked for by these fields.
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

/// A day that is looked for.
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

/// The page of a member, by the end of their id: its beginning is much the same for all who joined on one day.
pub(super) fn member_link(id: String) -> impl IntoView {
    let end = id.get(id.len().saturating_sub(8)..).unwrap_or(&id).to_owned();
    view! {
        <a class="log__member" href=format!("{}/{id}", path::ADMIN_MEMBERS) title=id><code>"…" {end}</code></a>
    }
}

/// A file of a log.
pub(super) struct LogFile {
    /// `csv` or `jsonl`.
    pub(super) kind: &'static str,
    /// Where it is asked for.
    pub(super) path: &'static str,
    /// By what its rows are found, beside the span.
    pub(super) filters: Vec<(&'static str, String)>,
    /// The first day, if one is looked for.
    pub(super) since: String,
    /// The last day.
    pub(super) until: String,
    /// What else is asked.
    pub(super) more: Option<AnyView>,
}

/// A form that takes a log as a file, for a reason.
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
