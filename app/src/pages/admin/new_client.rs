//! The form with which a client is registered: the fields of `[[clients]]` in the configuration and of `daemun clients add`.

use leptos::prelude::*;
use names::Language;

use crate::components::admin::{Action, action};
use crate::form::{Field, Form, Input, NEW_CLIENT};
use crate::texts::{admin_client_fields as fields, admin_clients as texts};

/// The names of the methods are those of the protocol.
const METHODS: [(&str, &str); 4] = [
    ("client_secret_basic", "client_secret_basic"),
    ("client_secret_post", "client_secret_post"),
    ("private_key_jwt", "private_key_jwt"),
    ("none", "none"),
];

/// A field in which something is written.
#[derive(Clone, Copy)]
struct TextField {
    name: &'static str,
    input: Input,
}

/// What most clients need.
const FIRST: [TextField; 5] = [
    TextField { name: "id", input: Input::Words(255) },
    TextField { name: "name", input: Input::Optional(100) },
    TextField { name: "redirect_uris", input: Input::OptionalText(4000) },
    TextField { name: "scopes", input: Input::Optional(1000) },
    TextField { name: "grants", input: Input::Optional(400) },
];

/// The fields that only some clients need, behind a line that opens.
const MORE: [TextField; 7] = [
    TextField { name: "post_logout_redirect_uris", input: Input::OptionalText(4000) },
    TextField { name: "audiences", input: Input::Optional(2000) },
    TextField { name: "introspects", input: Input::Optional(2000) },
    TextField { name: "origins", input: Input::Optional(2000) },
    TextField { name: "backchannel_logout_uri", input: Input::Optional(2000) },
    TextField { name: "access_seconds", input: Input::Count },
    TextField { name: "refresh_seconds", input: Input::Count },
];

/// The form. What few need is behind a line that opens; it is open where the form came back, since what is wrong may be there.
pub(super) fn new_client(language: Language) -> AnyView {
    let form = Form::new("new", NEW_CLIENT);
    let requirement = [
        ("", label("usual", language)),
        ("optional", label("optional", language)),
        ("required", label("required", language)),
    ];
    let first: Vec<_> = FIRST.iter().map(|field| text(&form, *field, language)).collect();
    let more: Vec<_> = MORE.iter().map(|field| text(&form, *field, language)).collect();
    let entered = view! {
        {first}
        {form.choice("auth", label("auth", language), &METHODS)}
        {form.tick("first_party", label("first_party", language))}
        <details class="action" open=form.came_back()>
            <summary class="action__name">{texts::more(language)}</summary>
            {text(&form, TextField { name: "jwks", input: Input::OptionalText(8000) }, language)}
            {more}
            {form.choice("pkce", label("pkce", language), &requirement)}
            {form.choice("dpop", label("dpop", language), &requirement)}
            {form.tick("require_par", label("require_par", language))}
        </details>
    };
    action(Action {
        id: "new".to_owned(),
        path: NEW_CLIENT.to_owned(),
        name: texts::add(language),
        lead: texts::add_lead(language).to_owned(),
        fields: Some(entered.into_any()),
    })
}

fn label(field: &str, language: Language) -> &'static str {
    fields::text(field, language).unwrap_or_default()
}

fn text(form: &Form, TextField { name, input }: TextField, language: Language) -> AnyView {
    let hint = fields::text(&format!("{name}_hint"), language);
    let typed = form.typed_here(name).unwrap_or_default();
    form.field_with(Field { name, label: label(name, language), input, hint }, typed)
}
