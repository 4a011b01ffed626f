//! What the page has to know that asks whether to sign out.

use names::Language;

use super::decision::Ask;
use crate::authorize::waiting::policy_source;
use crate::parameters::Parameters;
use crate::ui_locales;

/// What the person is asked about.
#[derive(Clone, Debug)]
pub struct LogoutQuestion {
    /// The name of the app that asks, where that is known.
    pub client: Option<String>,
    /// Where they go afterwards, if the app says so.
    pub back: Option<LogoutReturn>,
    /// The language that the app asks for.
    pub language: Option<Language>,
}

/// Where a person goes afterwards.
#[derive(Clone, Debug)]
pub struct LogoutReturn {
    /// `client_id`.
    pub client_id: String,
    /// `post_logout_redirect_uri`.
    pub address: String,
    /// `state`.
    pub state: Option<String>,
    /// Where that is, as a content security policy names it: browsers apply `form-action` to the redirect that follows a form
    /// (S-HDR-3).
    pub form_action: Option<String>,
}

impl LogoutQuestion {
    pub(crate) fn new(ask: Ask<'_>, parameters: &Parameters) -> Self {
        let back = ask.back.map(|back| LogoutReturn {
            client_id: back.client.id.as_str().to_owned(),
            address: back.registered.to_owned(),
            // A value that is not UTF-8 cannot be in a form.
            state: back.state.and_then(|state| std::str::from_utf8(state).ok()).map(str::to_owned),
            form_action: policy_source(back.registered),
        });
        Self {
            client: ask.client.map(|client| client.name.clone()),
            back,
            language: parameters.get("ui_locales").and_then(ui_locales::language),
        }
    }
}
