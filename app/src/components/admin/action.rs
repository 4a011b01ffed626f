//! What operators do with something: a form that asks for the reason.

use leptos::prelude::*;

use crate::form::{Field, Form, Input};
use crate::texts::admin;

/// An action.
pub(crate) struct Action {
    /// Tells it from others on the page.
    pub(crate) id: String,
    /// Where it is sent.
    pub(crate) path: String,
    /// What it is called: on the line that opens it, and on its button.
    pub(crate) name: &'static str,
    /// What it does, and whom it tells.
    pub(crate) lead: String,
    /// What else it asks for.
    pub(crate) fields: Option<AnyView>,
}

/// Draws it: a line that opens, so that a page with many of them stays short. It is open when it was refused a moment ago, with what was
/// typed and what is wrong.
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
