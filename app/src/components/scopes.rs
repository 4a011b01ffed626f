//! Scopes in words.

use contract::views::ScopeEntry;
use leptos::prelude::*;
use names::Language;

use crate::texts::scopes;

/// The scopes as a list. A scope without a text is shown by its name.
pub(crate) fn scope_list(entries: Vec<ScopeEntry>, language: Language) -> impl IntoView {
    let items: Vec<_> = entries.into_iter().map(|entry| scope(entry, language)).collect();
    view! { <ul class="scopes">{items}</ul> }
}

fn scope(ScopeEntry { name, text }: ScopeEntry, language: Language) -> AnyView {
    match text.or_else(|| standard(&name, language).map(ToOwned::to_owned)) {
        Some(text) => view! { <li>{text}</li> }.into_any(),
        None => view! { <li><code>{name}</code></li> }.into_any(),
    }
}

/// The texts of the scopes of OpenID Connect (Core 1.0 sections 5.4 and 11).
fn standard(name: &str, language: Language) -> Option<&'static str> {
    match name {
        "openid" => Some(scopes::openid(language)),
        "profile" => Some(scopes::profile(language)),
        "email" => Some(scopes::email(language)),
        "offline_access" => Some(scopes::offline_access(language)),
        _ => None,
    }
}
