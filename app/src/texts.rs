//! The texts in both languages, checked at compile time: a key that one language lacks does not compile quietly.

use std::sync::Arc;

use contract::{Language, Notice, ProviderKind, SignInMethod, Site};
use leptos::context::use_context;

/// Made by the build script from `locales/`.
#[allow(
    missing_docs,
    clippy::all,
    clippy::pedantic,
    clippy::expect_used,
    reason = "the generator's style is its own"
)]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/i18n/mod.rs"));
}

pub(crate) use generated::i18n::Locale;
/// A text by its key, as a plain string.
pub(crate) use leptos_i18n::td_string;

/// The port of this request. Pages are always drawn with one; without it they would be drawn for nobody, in Korean.
pub(crate) fn site() -> Option<Arc<dyn Site>> {
    use_context::<Arc<dyn Site>>()
}

/// The language of this request.
pub(crate) fn locale() -> Locale {
    locale_of(site().map_or(Language::Korean, |site| site.language()))
}

pub(crate) const fn locale_of(language: Language) -> Locale {
    match language {
        Language::Korean => Locale::ko,
        Language::English => Locale::en,
    }
}

/// What the button of a provider says, by its brand rules.
pub(crate) fn provider_label(provider: ProviderKind, locale: Locale) -> &'static str {
    match provider {
        ProviderKind::Google => td_string!(locale, google),
        ProviderKind::Naver => td_string!(locale, naver),
        ProviderKind::Kakao => td_string!(locale, kakao),
    }
}

/// A provider's name.
pub(crate) fn provider_name(provider: ProviderKind, locale: Locale) -> &'static str {
    match provider {
        ProviderKind::Google => td_string!(locale, google_name),
        ProviderKind::Naver => td_string!(locale, naver_name),
        ProviderKind::Kakao => td_string!(locale, kakao_name),
    }
}

/// A way of coming in.
pub(crate) fn method_name(method: SignInMethod, locale: Locale) -> &'static str {
    match method {
        SignInMethod::Provider(provider) => provider_name(provider, locale),
        SignInMethod::Password => td_string!(locale, password_name),
    }
}

/// What a notice says, and what to do next.
pub(crate) fn notice_text(notice: Notice, locale: Locale) -> &'static str {
    match notice {
        Notice::AccessDenied => td_string!(locale, notice_access_denied),
        Notice::ProviderUnavailable => td_string!(locale, notice_provider_unavailable),
        Notice::LoginFailed => td_string!(locale, notice_login_failed),
        Notice::AccountDisabled => td_string!(locale, notice_account_disabled),
        Notice::SessionEnded => td_string!(locale, notice_session_ended),
        Notice::BadCredentials => td_string!(locale, notice_bad_credentials),
        Notice::TooManyTries => td_string!(locale, notice_too_many_tries),
        Notice::Busy => td_string!(locale, notice_busy),
        Notice::Unknown => td_string!(locale, notice_unknown),
    }
}

/// `2026-01-18T12:34:56.789Z` as `2026-01-18 12:34 UTC`. Without scripting the server does not know the reader's time
/// zone, so it says which one it means.
pub(crate) fn readable(moment: &str) -> String {
    match (moment.get(..10), moment.get(11..16)) {
        (Some(day), Some(time)) => format!("{day} {time} UTC"),
        _ => moment.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::readable;

    #[test]
    fn a_moment_is_readable_and_says_its_zone() {
        assert_eq!(readable("2026-01-18T12:34:56.789Z"), "2026-01-18 12:34 UTC");
        assert_eq!(readable("soon"), "soon");
    }

    #[test]
    fn both_languages_have_the_same_keys_and_no_empty_text() {
        let read = |text: &str| serde_json::from_str::<BTreeMap<String, String>>(text).unwrap();
        let (korean, english) =
            (read(include_str!("../locales/ko.json")), read(include_str!("../locales/en.json")));
        assert_eq!(korean.keys().collect::<Vec<_>>(), english.keys().collect::<Vec<_>>());
        for (key, text) in korean.iter().chain(&english) {
            assert!(!text.trim().is_empty(), "{key}");
        }
    }
}
