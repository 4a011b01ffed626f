//! The texts of pages in both languages. A key that is missing or misspelt does not compile; one
//! that is never used is dead code, which the lints refuse.

use contract::Place;
use names::{AuditKind, FindingCode, Language, LoginError, ProviderName, SignInMethod};

/// Made by the build script of `locales/`: a module for each area, a function for each text.
#[allow(
    clippy::match_same_arms,
    clippy::needless_pass_by_value,
    reason = "a text may be the same in both languages, and what it takes is given away"
)]
mod generated {
    use super::Language;

    include!(concat!(env!("OUT_DIR"), "/texts.rs"));
}

pub(crate) use generated::*;

/// What the button of a provider says, by its brand rules.
pub(crate) fn provider_label(provider: ProviderName, language: Language) -> &'static str {
    provider_buttons::text(provider.as_str(), language).unwrap_or(provider.brand(language))
}

/// The name of a sign-in method.
pub(crate) fn method_name(method: SignInMethod, language: Language) -> &'static str {
    match method {
        SignInMethod::Provider(provider) => provider.brand(language),
        SignInMethod::Password => providers::password(language),
        SignInMethod::Passkey => providers::passkey(language),
    }
}

/// What went wrong on the way to being signed in, and what to do next. Nothing of an unknown code is shown.
pub(crate) fn login_error_text(error: Option<LoginError>, language: Language) -> &'static str {
    error
        .and_then(|error| sign_in_errors::text(error.as_str(), language))
        .unwrap_or(login::unknown_error(language))
}

/// What is wrong, in a sentence.
pub(crate) fn finding_text(what: FindingCode, language: Language) -> &'static str {
    admin_findings::text(what.as_str(), language).unwrap_or_default()
}

/// What to do about it.
pub(crate) fn finding_cure(what: FindingCode, language: Language) -> &'static str {
    admin_findings::text(&format!("{}_cure", what.as_str()), language).unwrap_or_default()
}

/// What happened, as a heading.
pub(crate) fn happening_text(what: Option<AuditKind>, language: Language) -> &'static str {
    let Some(what) = what else { return history::other(language) };
    match what {
        AuditKind::SignIn => history::sign_in(language),
        AuditKind::SignOut => history::sign_out(language),
        AuditKind::SignOutEverywhere => history::sign_out_everywhere(language),
        AuditKind::SignedOutByOperator => history::signed_out_by_operator(language),
        AuditKind::SessionEnded => history::session_ended(language),
        AuditKind::OtherSessionsEnded => history::other_sessions_ended(language),
        AuditKind::TokenReuse => history::token_reuse(language),
        AuditKind::DeviceAllowed => history::device_allowed(language),
        AuditKind::SignUp => history::sign_up(language),
        AuditKind::MailboxProof => history::email_confirmed(language),
        AuditKind::PasswordResetRequest => history::password_reset_request(language),
        AuditKind::PasswordReset => history::password_reset(language),
        AuditKind::PasswordChange => history::password_change(language),
        AuditKind::AddressChangeRequest => history::email_change_request(language),
        AuditKind::AddressChange => history::email_change(language),
        AuditKind::ProfileChange => history::profile_change(language),
        AuditKind::IdentityLinked => history::identity_linked(language),
        AuditKind::IdentityUnlinked => history::identity_unlinked(language),
        AuditKind::CodesTurnedOn => history::codes_turned_on(language),
        AuditKind::AccountDisabled => history::account_disabled(language),
        AuditKind::AccountEnabled => history::account_enabled(language),
        AuditKind::RoleGiven => history::role_given(language),
        AuditKind::RoleTaken => history::role_taken(language),
        AuditKind::CodesTurnedOff => history::codes_turned_off(language),
        AuditKind::CodesAskedAfterProviders => history::codes_asked_after_providers(language),
        AuditKind::CodesNotAskedAfterProviders => history::codes_not_asked_after_providers(language),
        AuditKind::RecoveryCodesMade => history::recovery_codes_made(language),
        AuditKind::RecoveryCodeUsed => history::recovery_code_used(language),
        AuditKind::FactorResetOrdered => history::factor_reset_ordered(language),
        AuditKind::FactorResetStopped => history::factor_reset_stopped(language),
        AuditKind::FactorsReset => history::factors_reset(language),
        AuditKind::ProviderWebhook => history::provider_webhook(language),
        AuditKind::ProviderUnlink => history::provider_unlink(language),
        AuditKind::DeletionRequest => history::deletion_request(language),
        AuditKind::DeletionOrdered => history::deletion_ordered(language),
        AuditKind::DeletionCancelled => history::deletion_cancelled(language),
        AuditKind::DataExport => history::data_export(language),
        AuditKind::ConsentGiven => history::consent_given(language),
        AuditKind::ConsentWithdrawn => history::consent_withdrawn(language),
        // No history shows these.
        AuditKind::AccountErased
        | AuditKind::AdministratorInvited
        | AuditKind::TokenIssue
        | AuditKind::BackchannelLogout
        | AuditKind::TokenRevoke
        | AuditKind::ClientAdded
        | AuditKind::ClientSecretRotation
        | AuditKind::ClientRemoved
        | AuditKind::AccessDenied
        | AuditKind::LimitExceeded
        | AuditKind::SigningKeyRotation
        | AuditKind::MasterKeyRotation
        | AuditKind::PersonalDataShown
        | AuditKind::LogDownloaded
        | AuditKind::PostHidden
        | AuditKind::PostShown
        | AuditKind::ReportsRead
        | AuditKind::FeedsRebuilt
        | AuditKind::ActivityRecounted
        | AuditKind::DeadLetterRetried
        | AuditKind::DeadLetterDiscarded
        | AuditKind::DeadLetterRead
        | AuditKind::MailRetried
        | AuditKind::LongWorkBegun
        | AuditKind::LongWorkStopped
        | AuditKind::WebhookReplayed
        | AuditKind::WebhookTested => history::other(language),
    }
}

/// A browser on a system, as far as they are known.
pub(crate) fn device_text(
    browser: Option<&'static str>,
    system: Option<&'static str>,
    language: Language,
) -> String {
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser} · {system}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => devices::unknown_device(language).to_owned(),
    }
}

/// From where somebody came.
pub(crate) fn place_text(place: Place, language: Language) -> String {
    match place {
        Place::ThisMachine => devices::this_machine(language).to_owned(),
        Place::PrivateNetwork(network) => devices::private_network(language, network),
        Place::Internet(network) => devices::internet(language, network),
        Place::Unknown => devices::unknown_place(language).to_owned(),
    }
}

#[cfg(test)]
mod finding_tests {
    use super::*;

    #[test]
    fn each_finding_and_its_cure_have_words() {
        for code in FindingCode::ALL {
            for language in [Language::Korean, Language::English] {
                assert!(
                    !finding_text(*code, language).is_empty() && !finding_cure(*code, language).is_empty(),
                    "{code:?}"
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use names::ErrorCode;

    use super::*;

    #[test]
    fn every_error_has_its_text_and_every_text_its_error() {
        let explained = ErrorCode::ALL.iter().filter_map(|error| Some(error.description().text?.key));
        assert_eq!(explained.collect::<BTreeSet<_>>(), errors::KEYS.iter().copied().collect());
        let explained = LoginError::ALL.iter().map(|error| error.as_str());
        assert_eq!(explained.collect::<BTreeSet<_>>(), sign_in_errors::KEYS.iter().copied().collect());
    }

    #[test]
    fn every_provider_has_a_button() {
        let names = ProviderName::ALL.iter().map(|name| name.as_str());
        assert_eq!(names.collect::<BTreeSet<_>>(), provider_buttons::KEYS.iter().copied().collect());
    }

    #[test]
    fn every_kind_of_the_audit_log_that_members_see_has_a_text() {
        for language in [Language::Korean, Language::English] {
            let other = happening_text(None, language);
            for kind in AuditKind::ALL {
                let explained = happening_text(Some(*kind), language) != other;
                assert_eq!(explained, kind.is_for_members(), "{kind:?}");
            }
        }
    }
}
