//! What each mail says: the texts of `app/locales/<language>/mails.json`, put together. The templates give them their
//! form, so text and HTML can never say different things.

use jiff::tz::Offset;
use kernel::Timestamp;
use names::{Language, MailNotice, ProofMail, SignInMethod};

use crate::code::Code;
use crate::device::Device;
use crate::link::Link;
use crate::mail_template::{MailTemplate, Proof};

/// Made by the build script: a function for each text.
#[allow(clippy::match_same_arms, reason = "a text may be the same in both languages")]
mod generated {
    use names::Language;

    include!(concat!(env!("OUT_DIR"), "/texts.rs"));
}

use generated::mails as texts;

/// One mail in one language. The subject and all sentences are texts of the program: what changes from mail to mail
/// is in facts, link and code, whose types are closed.
#[derive(Debug)]
pub(crate) struct Words<'a> {
    /// Who writes.
    pub(crate) brand: &'static str,
    /// The subject, and the heading.
    pub(crate) subject: &'static str,
    /// Paragraphs above everything else.
    pub(crate) before: Vec<&'static str>,
    /// Names and values.
    pub(crate) facts: Vec<(&'static str, String)>,
    /// The words on the link, and where it leads.
    pub(crate) action: Option<(&'static str, &'a Link)>,
    /// The words before the code, and the code.
    pub(crate) code: Option<(&'static str, &'a Code)>,
    /// Paragraphs below everything else.
    pub(crate) after: Vec<&'static str>,
    /// That nobody reads replies.
    pub(crate) closing: &'static str,
}

/// The words of `template` in `language`.
pub(crate) fn of(template: &MailTemplate, language: Language) -> Words<'_> {
    let words = |subject, before, after| Words::plain(language, subject, before, after);
    let secure_it = texts::secure_it(language);
    match template {
        MailTemplate::Welcome => words(
            texts::welcome_subject(language),
            vec![texts::welcome_lead(language)],
            vec![texts::welcome_not_you(language)],
        ),
        MailTemplate::NewSignIn { when, device, network } => Words {
            facts: vec![
                (texts::time(language), time(*when, language)),
                (texts::device(language), device_name(*device, language)),
                (texts::network(language), network.to_string()),
            ],
            ..words(
                texts::new_sign_in_subject(language),
                vec![texts::new_sign_in_lead(language)],
                vec![texts::new_sign_in_fine(language), secure_it],
            )
        },
        MailTemplate::IdentityLinked { method } => Words {
            facts: vec![(texts::sign_in_method(language), method_name(*method, language).to_owned())],
            ..words(
                texts::identity_linked_subject(language),
                vec![texts::identity_linked_lead(language)],
                vec![secure_it],
            )
        },
        MailTemplate::IdentityUnlinked { method } => Words {
            facts: vec![(texts::sign_in_method(language), method_name(*method, language).to_owned())],
            ..words(
                texts::identity_unlinked_subject(language),
                vec![texts::identity_unlinked_lead(language)],
                vec![secure_it],
            )
        },
        MailTemplate::DeletionScheduled { when, link } => Words {
            facts: vec![(texts::deletion_scheduled_time(language), time(*when, language))],
            action: Some((texts::deletion_scheduled_link(language), link)),
            ..words(
                texts::deletion_scheduled_subject(language),
                vec![texts::deletion_scheduled_lead(language)],
                vec![texts::deletion_scheduled_keep(language), texts::deletion_scheduled_not_you(language)],
            )
        },
        MailTemplate::DeletionOrdered { when, link } => Words {
            facts: vec![(texts::deletion_scheduled_time(language), time(*when, language))],
            action: Some((texts::deletion_scheduled_link(language), link)),
            ..words(
                texts::deletion_ordered_subject(language),
                vec![texts::deletion_ordered_lead(language)],
                vec![texts::deletion_ordered_keep(language), texts::account_disabled_ask(language)],
            )
        },
        MailTemplate::FactorResetOrdered { when, link } => Words {
            facts: vec![(texts::factor_reset_time(language), time(*when, language))],
            action: Some((texts::factor_reset_link(language), link)),
            ..words(
                texts::factor_reset_subject(language),
                vec![texts::factor_reset_lead(language)],
                vec![texts::factor_reset_keep(language), texts::factor_reset_not_you(language)],
            )
        },
        MailTemplate::Notice(notice) => of_notice(*notice, language),
        MailTemplate::Proof(proof) => of_proof(proof, language),
    }
}

/// The words of a mail with a link and a code.
fn of_proof(Proof { mail, link, code }: &Proof, language: Language) -> Words<'_> {
    let (subject, lead, action) = match mail {
        ProofMail::ProveMailbox => (
            texts::prove_mailbox_subject(language),
            vec![texts::prove_mailbox_lead(language)],
            texts::prove_mailbox_link(language),
        ),
        ProofMail::ResetPassword => (
            texts::reset_password_subject(language),
            vec![texts::reset_password_lead(language)],
            texts::reset_password_link(language),
        ),
        ProofMail::ResetPasswordAndPasskeys => (
            texts::reset_password_passkeys_subject(language),
            vec![texts::reset_password_lead(language), texts::reset_password_passkeys(language)],
            texts::reset_password_link(language),
        ),
        ProofMail::ProveNewAddress => (
            texts::prove_new_address_subject(language),
            vec![texts::prove_new_address_lead(language)],
            texts::prove_new_address_link(language),
        ),
    };
    Words {
        action: Some((action, link)),
        code: Some((texts::code(language), code)),
        ..Words::plain(language, subject, lead, vec![texts::not_you(language)])
    }
}

/// The words of a mail that has nothing else in it.
fn of_notice(notice: MailNotice, language: Language) -> Words<'static> {
    let words = |subject, before, after| Words::plain(language, subject, before, after);
    let not_you = texts::not_you(language);
    let secure_it = texts::secure_it(language);
    match notice {
        MailNotice::SignUpOnTakenAddress => words(
            texts::sign_up_on_taken_address_subject(language),
            vec![
                texts::sign_up_on_taken_address_lead(language),
                texts::sign_up_on_taken_address_sign_in(language),
            ],
            vec![not_you],
        ),
        MailNotice::ResetWithoutPassword => words(
            texts::reset_without_password_subject(language),
            vec![
                texts::reset_without_password_lead(language),
                texts::reset_without_password_sign_in(language),
            ],
            vec![not_you],
        ),
        MailNotice::PasswordChanged => words(
            texts::password_changed_subject(language),
            vec![texts::password_changed_lead(language)],
            vec![texts::password_changed_not_you(language)],
        ),
        MailNotice::AddressChanged => words(
            texts::address_changed_subject(language),
            vec![texts::address_changed_lead(language)],
            vec![secure_it],
        ),
        MailNotice::TokenReuse => words(
            texts::token_reuse_subject(language),
            vec![texts::token_reuse_lead(language), texts::token_reuse_again(language)],
            vec![texts::token_reuse_devices(language)],
        ),
        MailNotice::CodesTurnedOn => words(
            texts::codes_turned_on_subject(language),
            vec![texts::codes_turned_on_lead(language)],
            vec![secure_it],
        ),
        MailNotice::CodesTurnedOff => words(
            texts::codes_turned_off_subject(language),
            vec![texts::codes_turned_off_lead(language)],
            vec![secure_it],
        ),
        MailNotice::RecoveryCodesReplaced => words(
            texts::recovery_codes_replaced_subject(language),
            vec![texts::recovery_codes_replaced_lead(language)],
            vec![secure_it],
        ),
        MailNotice::RecoveryCodeUsed => words(
            texts::recovery_code_used_subject(language),
            vec![texts::recovery_code_used_lead(language), texts::recovery_code_used_next(language)],
            vec![secure_it],
        ),
        MailNotice::PasskeyCopied => words(
            texts::passkey_copied_subject(language),
            vec![texts::passkey_copied_lead(language), texts::passkey_copied_refused(language)],
            vec![texts::passkey_copied_remove(language)],
        ),
        MailNotice::AccountDisabled => words(
            texts::account_disabled_subject(language),
            vec![texts::account_disabled_lead(language)],
            vec![texts::account_disabled_ask(language)],
        ),
        MailNotice::AccountEnabled => words(
            texts::account_enabled_subject(language),
            vec![texts::account_enabled_lead(language)],
            vec![],
        ),
        MailNotice::SignedOut => words(
            texts::signed_out_subject(language),
            vec![texts::signed_out_lead(language)],
            vec![texts::account_disabled_ask(language)],
        ),
        MailNotice::RolesChanged => words(
            texts::roles_changed_subject(language),
            vec![texts::roles_changed_lead(language)],
            vec![texts::roles_changed_not_expected(language)],
        ),
        MailNotice::FactorResetStopped => words(
            texts::factor_reset_stopped_subject(language),
            vec![texts::factor_reset_stopped_lead(language)],
            vec![secure_it],
        ),
        MailNotice::FactorsReset => words(
            texts::factors_reset_subject(language),
            vec![texts::factors_reset_lead(language), texts::factors_reset_password(language)],
            vec![texts::factors_reset_again(language)],
        ),
        MailNotice::DataExported => words(
            texts::data_exported_subject(language),
            vec![texts::data_exported_lead(language)],
            vec![secure_it],
        ),
    }
}

impl Words<'_> {
    /// Sentences alone.
    fn plain(
        language: Language,
        subject: &'static str,
        before: Vec<&'static str>,
        after: Vec<&'static str>,
    ) -> Self {
        Self {
            brand: texts::brand(language),
            subject,
            before,
            facts: Vec::new(),
            action: None,
            code: None,
            after,
            closing: texts::closing(language),
        }
    }
}

fn device_name(device: Device, language: Language) -> String {
    let name = device.to_string();
    if name.is_empty() { texts::unknown_device(language).to_owned() } else { name }
}

/// The time as people of the language write it. Its format in the texts (strftime) names the zone, which is Korea's in
/// Korean; it has had no other offset since 1988.
fn time(at: Timestamp, language: Language) -> String {
    let hours = match language {
        Language::Korean => 9,
        Language::English => 0,
    };
    let Ok(moment) = jiff::Timestamp::from_millisecond(at.millis()) else { return at.to_string() };
    Offset::from_hours(hours)
        .ok()
        .and_then(|offset| {
            jiff::fmt::strtime::format(texts::time_format(language), offset.to_datetime(moment)).ok()
        })
        .unwrap_or_else(|| at.to_string())
}

const fn method_name(method: SignInMethod, language: Language) -> &'static str {
    match method {
        SignInMethod::Password => texts::email_and_password(language),
        SignInMethod::Provider(provider) => provider.brand(language),
        SignInMethod::Passkey => texts::passkey(language),
    }
}
