//! Actions of operators: forms that ask for a reason.

use leptos::prelude::*;

use crate::form::{Field, Form, Input};
use crate::texts::admin;

/// A form with which an operator changes something, and gives the reason that the log keeps.
pub(crate) struct Action {
    /// Its id on the page.
    pub(crate) id: String,
    /// The path that it is sent to.
    pub(crate) path: String,
    /// Its name, on the line that opens it and on its button.
    pub(crate) name: &'static str,
    /// What it does, and who is notified.
    pub(crate) lead: String,
    /// Fields besides the reason.
    pub(crate) fields: Option<AnyView>,
}

/// Draws an action, collapsed to one line so that a page with many actions stays short. It is open if it was refused a moment
/// ago, with what was typed and what is wrong.
pub(crate) fn action(Action { id, path, name, lead, fields }: Action) -> AnyView {
    let form = Form::new(id.clone(), path);
    let language = form.frame.language;
    let reason = Field {
        name: "reason",
        label: admin::reason(language),
        input: Input::Words(300),
        hint: Some(admin::reason_hint(language)),
    };
    let (open, typed) = (form.came_back(), form.typed_here("reason").unwrap_or_default());
    let fields = view! { {fields} {form.field_with(reason, typed)} }.into_any();
    view! {
        <details class="action" id=id open=open>
            <summary class="action__name">{name}</summary>
            <p class="lead">{lead}</p>
            {form.draw(fields, name)}
        </details>
    }
    .into_any()
}
