//! The texts in both languages, checked at compile time: a key that one language lacks does not compile quietly.

use std::sync::Arc;

use contract::{ErrorCode, Happening, Language, Place, ProviderKind, SignInMethod, Site, SuccessNotice};
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
pub(crate) fn error_code_text(notice: ErrorCode, locale: Locale) -> &'static str {
    match notice {
        ErrorCode::AccessDenied => td_string!(locale, notice_access_denied),
        ErrorCode::ProviderUnavailable => td_string!(locale, notice_provider_unavailable),
        ErrorCode::LoginFailed => td_string!(locale, notice_login_failed),
        ErrorCode::AccountDisabled => td_string!(locale, notice_account_disabled),
        ErrorCode::SessionEnded => td_string!(locale, notice_session_ended),
        ErrorCode::BadCredentials => td_string!(locale, notice_bad_credentials),
        ErrorCode::TooManyTries => td_string!(locale, notice_too_many_tries),
        ErrorCode::Busy => td_string!(locale, notice_busy),
        ErrorCode::SignInAgain => td_string!(locale, notice_sign_in_again),
        ErrorCode::AddressHasAccount => td_string!(locale, notice_address_has_account),
        ErrorCode::CookieTwice => td_string!(locale, notice_cookie_twice),
        ErrorCode::Unknown => td_string!(locale, notice_unknown),
    }
}

/// What is said about something that is done.
pub(crate) fn success_notice_text(done: SuccessNotice, locale: Locale) -> &'static str {
    match done {
        SuccessNotice::MailboxProven => td_string!(locale, done_mailbox_proven),
        SuccessNotice::PasswordSet => td_string!(locale, done_password_set),
        SuccessNotice::PasswordChanged => td_string!(locale, done_password_changed),
        SuccessNotice::PasswordReplaced => td_string!(locale, done_password_replaced),
        SuccessNotice::ProfileChanged => td_string!(locale, done_profile_changed),
        SuccessNotice::AddressChanged => td_string!(locale, done_address_changed),
        SuccessNotice::Linked => td_string!(locale, done_linked),
        SuccessNotice::Unlinked => td_string!(locale, done_unlinked),
        SuccessNotice::DeletionScheduled => td_string!(locale, done_deletion_scheduled),
        SuccessNotice::AccountKept => td_string!(locale, done_account_kept),
    }
}

/// What happened, as a heading.
pub(crate) fn happening_text(what: Happening, locale: Locale) -> &'static str {
    match what {
        Happening::SignIn => td_string!(locale, happening_sign_in),
        Happening::SignOut => td_string!(locale, happening_sign_out),
        Happening::SignOutEverywhere => td_string!(locale, happening_sign_out_everywhere),
        Happening::SignedOutByOperator => td_string!(locale, happening_signed_out_by_operator),
        Happening::SessionEnded => td_string!(locale, happening_session_ended),
        Happening::OtherSessionsEnded => td_string!(locale, happening_other_sessions_ended),
        Happening::TokenReuse => td_string!(locale, happening_token_reuse),
        Happening::SignUp => td_string!(locale, happening_sign_up),
        Happening::MailboxProof => td_string!(locale, happening_mailbox_proof),
        Happening::PasswordResetRequest => td_string!(locale, happening_password_reset_request),
        Happening::PasswordReset => td_string!(locale, happening_password_reset),
        Happening::PasswordChange => td_string!(locale, happening_password_change),
        Happening::AddressChangeRequest => td_string!(locale, happening_address_change_request),
        Happening::AddressChange => td_string!(locale, happening_address_change),
        Happening::ProfileChange => td_string!(locale, happening_profile_change),
        Happening::IdentityLinked => td_string!(locale, happening_identity_linked),
        Happening::IdentityUnlinked => td_string!(locale, happening_identity_unlinked),
        Happening::ProviderNotice => td_string!(locale, happening_provider_notice),
        Happening::ProviderUnlink => td_string!(locale, happening_provider_unlink),
        Happening::DeletionRequest => td_string!(locale, happening_deletion_request),
        Happening::DeletionCancelled => td_string!(locale, happening_deletion_cancelled),
        Happening::DataExport => td_string!(locale, happening_data_export),
        Happening::Other => td_string!(locale, happening_other),
    }
}

/// A browser on a system, as far as they are known.
pub(crate) fn device_text(
    browser: Option<&'static str>,
    system: Option<&'static str>,
    locale: Locale,
) -> String {
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser} · {system}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => td_string!(locale, sessions_unknown_device).to_owned(),
    }
}

/// From where somebody came.
pub(crate) fn place_text(place: Place, locale: Locale) -> String {
    match place {
        Place::ThisMachine => td_string!(locale, place_this_machine).to_owned(),
        Place::PrivateNetwork(network) => td_string!(locale, place_private, network = network),
        Place::Internet(network) => td_string!(locale, place_internet, network = network),
        Place::Unknown => td_string!(locale, place_unknown).to_owned(),
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
