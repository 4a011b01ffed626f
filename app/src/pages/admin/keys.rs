//! `/admin/keys`: the keys that sign tokens, and their rotation.

use contract::views::admin::{KeyEntry, KeyEntryState, KeysView};
use leptos::prelude::*;
use names::{Language, path};

use crate::components::LocalTime;
use crate::components::admin::{Action, AdminFrame, action, code, section};
use crate::frame::language;
use crate::page::{Page, Record};
use crate::texts::admin_keys as texts;
use crate::time_phrases::TimeStyle;

/// The list, and the rotations.
pub struct Keys;

impl Page for Keys {
    type View = KeysView;

    const RECORD: &'static Record = &Record::admin(path::ADMIN_KEYS, texts::title).called(texts::navigation);

    fn draw(KeysView { keys }: KeysView) -> AnyView {
        let language = language();
        let rotate = |which: &'static str, name, lead: &str| {
            let fields = view! { <input type="hidden" name="which" value=which /> }.into_any();
            let path = "/api/admin/keys/rotate".to_owned();
            action(Action { id: which.to_owned(), path, name, lead: lead.to_owned(), fields: Some(fields) })
        };
        view! {
            <AdminFrame heading=texts::heading(language)>
                {section(
                    texts::signing(language),
                    vec![texts::kid(language), texts::kind(language), texts::state(language), texts::from(language)],
                    keys.into_iter().map(|key| row(key, language)).collect(),
                    texts::none(language),
                )}
                {rotate("signing", texts::rotate_signing(language), texts::rotate_signing_lead(language))}
                {rotate(
                    "compromised_signing",
                    texts::replace_signing(language),
                    texts::replace_signing_lead(language),
                )}
                {rotate("master", texts::rotate_master(language), texts::rotate_master_lead(language))}
            </AdminFrame>
        }
        .into_any()
    }
}

fn row(KeyEntry { kid, kind, state, from }: KeyEntry, language: Language) -> Vec<AnyView> {
    let state = match state {
        KeyEntryState::Published => texts::published(language),
        KeyEntryState::Signs => texts::signs(language),
        KeyEntryState::Retired => texts::retired(language),
    };
    let from = view! { <LocalTime at=from style=TimeStyle::WithClock /> }.into_any();
    vec![code(kid), kind.into_any(), state.into_any(), from]
}
