//! The services of this part, each made of what it needs. Nothing below knows of this file.

use std::sync::Arc;
use std::time::Duration;

use jobs::JobQueue;

use crate::context::Context;
use crate::directory::Directory;
use crate::email::change_address::AddressChanges;
use crate::email::contact::Notices;
use crate::factor_reset::order::FactorResets;
use crate::factors::Factors;
use crate::identities::link::Linking;
use crate::identities::provider_webhook::ProviderWebhooks;
use crate::identities::sign_in::ProviderSignIn;
use crate::identities::sign_in_methods::SignInMethods;
use crate::left_requests::LeftRequests;
use crate::lifecycle::deletion::Deletions;
use crate::lifecycle::erasure::Erasure;
use crate::lifecycle::export::Exports;
use crate::lifecycle::keep_account::KeptAccounts;
use crate::lifecycle::prove::MailboxProofs;
use crate::lifecycle::sign_up::SignUps;
use crate::lifecycle::status::AccountStatus;
use crate::limits::Limits;
use crate::member_observer::MemberChanges;
use crate::passkeys::own_passkeys::OwnPasskeys;
use crate::passkeys::register::NewPasskeys;
use crate::passkeys::sign_in::PasskeySignIn;
use crate::passkeys::sign_up::PasskeySignUps;
use crate::passkeys::well_known::PasskeySites;
use crate::password::authenticate::PasswordSignIn;
use crate::password::change_password::PasswordChanges;
use crate::password::first_password::FirstPasswords;
use crate::password::new_password::NewPasswords;
use crate::password::reset::PasswordResets;
use crate::profile::me::Profiles;
use crate::profile::own_picture::Pictures;
use crate::required_factors::RequiredFactors;
use crate::revocation::Revocation;
use crate::roles::MemberRoles;
use crate::settings::{AccountSettings, Ports, Services, SettingsError};
use crate::shared::Shared;
use crate::totp::codes::OneTimeCodes;
use crate::totp::recovery_sign_in::RecoverySignIn;

/// The services of this part, one for each flow.
pub struct Members {
    /// Database, clock, randomness and audit log, which nearly all flows need.
    pub context: Context,
    /// How often one may try.
    pub limits: Arc<Limits>,
    /// The jobs of this part.
    pub queue: JobQueue,
    /// Signing in by address and password.
    pub password_sign_in: PasswordSignIn,
    /// Signing in by a passkey; `None` where passkeys are switched off.
    pub passkey_sign_in: Option<PasskeySignIn>,
    /// Signing up by a passkey; `None` where that is switched off.
    pub passkey_sign_ups: Option<PasskeySignUps>,
    /// Signing in by a recovery code in place of a passkey; `None` where passkeys are switched off.
    pub recovery_sign_in: Option<RecoverySignIn>,
    /// Adds passkeys to an account; `None` where passkeys are switched off.
    pub new_passkeys: Option<NewPasskeys>,
    /// Lists, renames and removes the passkeys of a member.
    pub own_passkeys: OwnPasskeys,
    /// Where passkeys may be used.
    pub(crate) passkey_sites: Option<PasskeySites>,
    /// Signing in by a provider.
    pub provider_sign_in: ProviderSignIn,
    /// Links further sign-in methods to an account.
    pub linking: Linking,
    /// Lists and removes the sign-in methods of a member.
    pub sign_in_methods: SignInMethods,
    /// Handles provider webhooks.
    pub provider_webhooks: ProviderWebhooks,
    /// Begins sign-ups by address and password.
    pub sign_ups: SignUps,
    /// Proves the mailbox of a pending sign-up.
    pub mailbox_proofs: MailboxProofs,
    /// Replaces forgotten passwords, by mail.
    pub password_resets: PasswordResets,
    /// Changes a password whose owner knows the current one.
    pub password_changes: PasswordChanges,
    /// Sets the first password of a member who has none.
    pub first_passwords: FirstPasswords,
    /// One-time codes and recovery codes.
    pub codes: OneTimeCodes,
    /// Members as operators find them.
    pub directory: Directory,
    /// Disables accounts and enables them again.
    pub status: AccountStatus,
    /// Gives and takes the roles of members.
    pub roles: MemberRoles,
    /// What members could show beside a password.
    pub factors: Factors,
    /// Which roles require a second factor.
    pub required_factors: RequiredFactors,
    /// Schedules, cancels and carries out resets of second factors that a member lost.
    pub factor_resets: FactorResets,
    /// The rules for new passwords.
    pub new_passwords: NewPasswords,
    /// Changes the address of an account, once its mailbox is proven.
    pub address_changes: AddressChanges,
    /// Tells members by mail what happens to their account.
    pub notices: Notices,
    /// Reads and changes profiles.
    pub profiles: Profiles,
    /// Stores, shows and removes the pictures of members.
    pub pictures: Pictures,
    /// The parts that are told when a nickname, picture or address changes.
    pub changes: MemberChanges,
    /// Schedules the deletion of an account.
    pub deletions: Deletions,
    /// Cancels the deletion of an account by the link of the mail that announced it.
    pub kept_accounts: KeptAccounts,
    /// Erases accounts whose grace is over.
    pub erasure: Erasure,
    /// Makes the file with all data about a member.
    pub exports: Exports,
    /// Finishes requests that a process answered and left unfinished when it ended.
    pub left_requests: LeftRequests,
    /// Revokes the sessions and tokens of a member.
    pub revocation: Revocation,
    /// Whether mails reach anybody: whether somebody can sign up, and ask for a new password.
    pub has_mail: bool,
    /// How long an account that is to be deleted can be kept by signing in.
    pub deletion_grace: Duration,
}

impl Members {
    /// The services.
    ///
    /// # Errors
    /// When the cost of a hash is out of range, or passkeys are not for the domain of the site.
    pub fn new(
        settings: &AccountSettings,
        services: Services,
        ports: &Ports,
    ) -> Result<Arc<Self>, SettingsError> {
        let shared = Shared::new(settings, services, ports)?;
        let (context, limits) = (|| shared.context.clone(), || Arc::clone(&shared.limits));
        let (mails, answered) = (|| Arc::clone(&ports.mails), || shared.answered.clone());
        let (mail_tokens, revocation) = (|| shared.mail_tokens.clone(), || shared.revocation.clone());
        let (new, current) = (|| shared.new.clone(), || shared.current.clone());
        let (notices, grants) = (|| shared.notices.clone(), || shared.grants.clone());
        let roles = MemberRoles::new(context(), shared.revocation.tokens.clone(), notices(), &settings.roles);
        let changes = || shared.changes.clone();
        let (password_resets, sign_ups) = (shared.password_resets(ports), shared.sign_ups(settings, ports));
        Ok(Arc::new(Self {
            password_sign_in: PasswordSignIn {
                context: context(),
                hasher: shared.hasher.clone(),
                limits: limits(),
            },
            passkey_sign_in: shared.passkey_sign_in(),
            passkey_sign_ups: shared.passkey_sign_ups(settings),
            recovery_sign_in: shared.recovery_sign_in(),
            new_passkeys: shared.new_passkeys(),
            own_passkeys: shared.own_passkeys(),
            passkey_sites: settings.passkeys.as_ref().and_then(PasskeySites::of),
            provider_sign_in: ProviderSignIn { context: context(), grants: grants(), changes: changes() },
            linking: Linking { context: context(), grants: grants(), notices: notices() },
            sign_in_methods: shared.sign_in_methods(ports),
            provider_webhooks: ProviderWebhooks {
                context: context(),
                notices: notices(),
                revocation: revocation(),
                schedule: shared.schedule.clone(),
                counts: shared.counts.clone(),
                roles: roles.clone(),
                changes: changes(),
            },
            mailbox_proofs: MailboxProofs {
                context: context(),
                mail_tokens: mail_tokens(),
                new: new(),
                current: current(),
                proofs: shared.proofs.clone(),
            },
            password_changes: shared.password_changes(ports),
            first_passwords: FirstPasswords {
                context: context(),
                limits: limits(),
                new: new(),
                mails: mails(),
                revocation: revocation(),
            },
            address_changes: AddressChanges {
                context: context(),
                limits: limits(),
                mails: mails(),
                language: settings.language,
                mail_tokens: mail_tokens(),
                current: current(),
                notices: notices(),
                revocation: revocation(),
                proofs: shared.proofs.clone(),
                changes: changes(),
            },
            profiles: Profiles { context: context(), limits: limits(), changes: changes() },
            pictures: Pictures::new(context(), limits(), changes()),
            changes: changes(),
            deletions: Deletions {
                context: context(),
                schedule: shared.schedule.clone(),
                answered: answered(),
                roles: roles.clone(),
            },
            kept_accounts: shared.kept_accounts(),
            erasure: shared.erasure(ports),
            exports: Exports { context: context(), limits: limits(), notices: notices() },
            left_requests: LeftRequests {
                after_answer: shared.after_answer.clone(),
                resets: password_resets.clone(),
                sign_ups: sign_ups.clone(),
            },
            password_resets,
            sign_ups,
            factor_resets: shared.factor_resets(settings),
            factors: Factors { db: shared.context.db.clone(), counts: shared.counts },
            required_factors: shared.required_factors,
            directory: Directory::new(context()),
            status: AccountStatus::new(context(), revocation(), notices(), roles.clone()),
            roles,
            codes: shared.codes,
            context: shared.context,
            limits: shared.limits,
            queue: shared.unlinks.queue,
            new_passwords: shared.new,
            notices: shared.notices,
            revocation: shared.revocation,
            has_mail: settings.has_mail,
            deletion_grace: settings.deletion_grace,
        }))
    }

    /// Forgets refused keys of limits that may come back by now. Call it about once a minute.
    pub fn evict_idle_counts(&self) {
        self.limits.evict_idle();
    }
}

/// Shows nothing, since it holds secrets.
impl std::fmt::Debug for Members {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Members")
    }
}
