//! The services of this part, each made of what it needs. Nothing below knows of this file.

use std::sync::Arc;
use std::time::Duration;

use jobs::JobQueue;

use crate::answered_request::AfterAnswer;
use crate::context::Context;
use crate::directory::Directory;
use crate::email::change_address::AddressChanges;
use crate::email::contact::Notices;
use crate::email::mail_token::MailTokens;
use crate::factor_reset::order::FactorResets;
use crate::factors::Factors;
use crate::identities::grants::Grants;
use crate::identities::link::Linking;
use crate::identities::method_count::MethodCount;
use crate::identities::provider_webhook::ProviderWebhooks;
use crate::identities::removal::IdentityRemoval;
use crate::identities::sign_in::ProviderSignIn;
use crate::identities::sign_in_methods::SignInMethods;
use crate::identities::unlink_job::UnlinkJobs;
use crate::left_requests::LeftRequests;
use crate::lifecycle::deletion::Deletions;
use crate::lifecycle::erasure::Erasure;
use crate::lifecycle::export::Exports;
use crate::lifecycle::keep_account::KeptAccounts;
use crate::lifecycle::prove::MailboxProofs;
use crate::lifecycle::schedule::DeletionSchedule;
use crate::lifecycle::sign_up::SignUps;
use crate::lifecycle::status::AccountStatus;
use crate::limits::Limits;
use crate::passkeys::ceremonies::Ceremonies;
use crate::passkeys::own_passkeys::OwnPasskeys;
use crate::passkeys::register::NewPasskeys;
use crate::passkeys::relying_party::RelyingParty;
use crate::passkeys::removal::PasskeyRemoval;
use crate::passkeys::sign_in::PasskeySignIn;
use crate::passkeys::sign_up::PasskeySignUps;
use crate::passkeys::well_known::PasskeySites;
use crate::password::authenticate::PasswordSignIn;
use crate::password::change_password::PasswordChanges;
use crate::password::current_password::CurrentPasswords;
use crate::password::first_password::FirstPasswords;
use crate::password::new_password::NewPasswords;
use crate::password::password_hasher::PasswordHasher;
use crate::password::reset::PasswordResets;
use crate::password::second_shown::SecondFactors;
use crate::profile::me::Profiles;
use crate::profile::own_picture::Pictures;
use crate::repeat::AnsweredForms;
use crate::required_factors::RequiredFactors;
use crate::revocation::Revocation;
use crate::roles::MemberRoles;
use crate::settings::{AccountSettings, Ports, Services, SettingsError};
use crate::totp::codes::OneTimeCodes;
use crate::totp::recovery_sign_in::RecoverySignIn;

/// The services of this part, one for each flow.
pub struct Members {
    /// What nearly all flows need.
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
    /// Further passkeys; `None` where passkeys are switched off.
    pub new_passkeys: Option<NewPasskeys>,
    /// What passkeys there are.
    pub own_passkeys: OwnPasskeys,
    /// Where passkeys may be used.
    pub(crate) passkey_sites: Option<PasskeySites>,
    /// Signing in by a provider.
    pub provider_sign_in: ProviderSignIn,
    /// Further sign-in methods.
    pub linking: Linking,
    /// What sign-in methods there are.
    pub sign_in_methods: SignInMethods,
    /// What providers tell.
    pub provider_webhooks: ProviderWebhooks,
    /// Sign-ups.
    pub sign_ups: SignUps,
    /// Their proof.
    pub mailbox_proofs: MailboxProofs,
    /// Forgotten passwords.
    pub password_resets: PasswordResets,
    /// Known passwords.
    pub password_changes: PasswordChanges,
    /// Passwords of those who have none.
    pub first_passwords: FirstPasswords,
    /// One-time codes and recovery codes.
    pub codes: OneTimeCodes,
    /// Members as operators find them.
    pub directory: Directory,
    /// Whether members may sign in.
    pub status: AccountStatus,
    /// What members may do beyond being members.
    pub roles: MemberRoles,
    /// What members could show beside a password.
    pub factors: Factors,
    /// Who needs one.
    pub required_factors: RequiredFactors,
    /// The way back of members who lost those.
    pub factor_resets: FactorResets,
    /// The rules for new passwords.
    pub new_passwords: NewPasswords,
    /// Other addresses.
    pub address_changes: AddressChanges,
    /// What members are told.
    pub notices: Notices,
    /// What they say of themselves.
    pub profiles: Profiles,
    /// Their pictures.
    pub pictures: Pictures,
    /// The end of accounts.
    pub deletions: Deletions,
    /// Accounts that are kept.
    pub kept_accounts: KeptAccounts,
    /// Accounts whose grace is over.
    pub erasure: Erasure,
    /// Everything about a member.
    pub exports: Exports,
    /// Requests that were answered and not finished.
    pub left_requests: LeftRequests,
    /// The end of sessions and tokens.
    pub revocation: Revocation,
    /// Whether mails reach anybody: whether somebody can sign up, and ask for a new password.
    pub has_mail: bool,
    /// How long an account that is to be deleted can be kept by signing in.
    pub deletion_grace: Duration,
}

/// What several flows share.
struct Shared {
    context: Context,
    limits: Arc<Limits>,
    hasher: PasswordHasher,
    new: NewPasswords,
    current: CurrentPasswords,
    mail_tokens: MailTokens,
    notices: Notices,
    answered: AnsweredForms,
    after_answer: AfterAnswer,
    revocation: Revocation,
    unlinks: UnlinkJobs,
    grants: Grants,
    removal: IdentityRemoval,
    schedule: DeletionSchedule,
    codes: OneTimeCodes,
    ceremonies: Ceremonies,
    /// Where passkeys are switched on.
    relying_party: Option<Arc<RelyingParty>>,
    counts: MethodCount,
    passkey_removal: PasskeyRemoval,
    required_factors: RequiredFactors,
}

impl Shared {
    fn new(settings: &AccountSettings, services: Services, ports: &Ports) -> Result<Self, SettingsError> {
        let Services { db, tokens, audit, key_ring, clock, randomness } = services;
        let limits = Arc::new(Limits::new(&settings.limits, db.clone(), &key_ring, &clock));
        let queue = JobQueue::new(Arc::clone(&key_ring), Arc::clone(&clock), Arc::clone(&randomness));
        let hasher = PasswordHasher::new(settings.hashing, Arc::clone(&randomness))?;
        let context = Context { db, clock, randomness, audit };
        let mail_tokens = MailTokens {
            context: context.clone(),
            key_ring: Arc::clone(&key_ring),
            limits: Arc::clone(&limits),
            deletion_grace: settings.deletion_grace,
            has_mail: settings.has_mail,
        };
        let notices = Notices { mails: Arc::clone(&ports.mails), language: settings.language };
        let revocation = Revocation { sessions: Arc::clone(&ports.sessions), tokens };
        let relying_party: Option<Arc<RelyingParty>> =
            settings.passkeys.as_ref().map(RelyingParty::new).transpose()?.map(Arc::new);
        let counts = MethodCount { rp_id: relying_party.as_ref().map(|site| site.rp_id().into()) };
        let required_factors =
            RequiredFactors { roles: settings.factor_required_for.as_slice().into(), counts: counts.clone() };
        let unlinks = UnlinkJobs { queue: queue.clone(), key_ring: Arc::clone(&key_ring) };
        Ok(Self {
            new: NewPasswords { hasher: hasher.clone(), policy: Arc::new(settings.policy.clone()) },
            current: CurrentPasswords {
                context: context.clone(),
                hasher: hasher.clone(),
                limits: Arc::clone(&limits),
            },
            answered: AnsweredForms { context: context.clone(), key_ring: Arc::clone(&key_ring) },
            after_answer: AfterAnswer::new(context.clone(), queue, ports.tasks.clone()),
            codes: OneTimeCodes {
                context: context.clone(),
                key_ring: Arc::clone(&key_ring),
                limits: Arc::clone(&limits),
                notices: notices.clone(),
                revocation: revocation.clone(),
                required: required_factors.clone(),
                site: settings.site.as_str().into(),
            },
            ceremonies: Ceremonies { context: context.clone(), key_ring: Arc::clone(&key_ring) },
            counts: counts.clone(),
            required_factors,
            relying_party,
            passkey_removal: PasskeyRemoval {
                context: context.clone(),
                notices: notices.clone(),
                revocation: revocation.clone(),
                counts,
            },
            grants: Grants { context: context.clone(), key_ring },
            removal: IdentityRemoval {
                context: context.clone(),
                notices: notices.clone(),
                unlinks: unlinks.clone(),
                revocation: revocation.clone(),
            },
            schedule: DeletionSchedule {
                context: context.clone(),
                revocation: revocation.clone(),
                mails: Arc::clone(&ports.mails),
                notices: notices.clone(),
                mail_tokens: mail_tokens.clone(),
            },
            context,
            limits,
            hasher,
            mail_tokens,
            notices,
            revocation,
            unlinks,
        })
    }

    fn password_resets(&self, ports: &Ports) -> PasswordResets {
        PasswordResets {
            context: self.context.clone(),
            limits: Arc::clone(&self.limits),
            mails: Arc::clone(&ports.mails),
            mail_tokens: self.mail_tokens.clone(),
            new: self.new.clone(),
            current: self.current.clone(),
            revocation: self.revocation.clone(),
            removal: self.removal.clone(),
            passkeys: self.passkey_removal.clone(),
            second: SecondFactors { context: self.context.clone(), codes: self.codes.clone() },
            answered: self.answered.clone(),
            after_answer: self.after_answer.clone(),
        }
    }

    fn passkey_sign_in(&self) -> Option<PasskeySignIn> {
        self.relying_party.as_ref().map(|relying_party| PasskeySignIn {
            context: self.context.clone(),
            limits: Arc::clone(&self.limits),
            notices: self.notices.clone(),
            ceremonies: self.ceremonies.clone(),
            relying_party: Arc::clone(relying_party),
        })
    }

    fn passkey_sign_ups(&self, settings: &AccountSettings) -> Option<PasskeySignUps> {
        settings.passkeys.as_ref().filter(|passkeys| passkeys.sign_up)?;
        self.relying_party.as_ref().map(|relying_party| PasskeySignUps {
            context: self.context.clone(),
            limits: Arc::clone(&self.limits),
            ceremonies: self.ceremonies.clone(),
            relying_party: Arc::clone(relying_party),
            codes: self.codes.clone(),
        })
    }

    fn recovery_sign_in(&self) -> Option<RecoverySignIn> {
        self.relying_party.as_ref().map(|_| RecoverySignIn {
            context: self.context.clone(),
            limits: Arc::clone(&self.limits),
            codes: self.codes.clone(),
        })
    }

    fn new_passkeys(&self) -> Option<NewPasskeys> {
        self.relying_party.as_ref().map(|relying_party| NewPasskeys {
            context: self.context.clone(),
            limits: Arc::clone(&self.limits),
            notices: self.notices.clone(),
            ceremonies: self.ceremonies.clone(),
            relying_party: Arc::clone(relying_party),
            revocation: self.revocation.clone(),
        })
    }

    fn own_passkeys(&self) -> OwnPasskeys {
        OwnPasskeys {
            context: self.context.clone(),
            limits: Arc::clone(&self.limits),
            counts: self.counts.clone(),
            removal: self.passkey_removal.clone(),
            required: self.required_factors.clone(),
            revocation: self.revocation.clone(),
        }
    }

    fn sign_in_methods(&self, ports: &Ports) -> SignInMethods {
        SignInMethods {
            context: self.context.clone(),
            removal: self.removal.clone(),
            revocation: self.revocation.clone(),
            mails: Arc::clone(&ports.mails),
            answered: self.answered.clone(),
            counts: self.counts.clone(),
        }
    }

    fn erasure(&self, ports: &Ports) -> Erasure {
        Erasure {
            context: self.context.clone(),
            elsewhere: Arc::clone(&ports.elsewhere),
            unlinks: self.unlinks.clone(),
        }
    }

    fn factor_resets(&self, settings: &AccountSettings) -> FactorResets {
        FactorResets {
            context: self.context.clone(),
            limits: Arc::clone(&self.limits),
            notices: self.notices.clone(),
            revocation: self.revocation.clone(),
            queue: self.unlinks.queue.clone(),
            answered: self.answered.clone(),
            counts: self.counts.clone(),
            delay: settings.factor_reset_delay,
            has_mail: settings.has_mail,
        }
    }

    fn sign_ups(&self, settings: &AccountSettings, ports: &Ports) -> SignUps {
        SignUps {
            context: self.context.clone(),
            limits: Arc::clone(&self.limits),
            hasher: self.hasher.clone(),
            policy: Arc::clone(&self.new.policy),
            mails: Arc::clone(&ports.mails),
            mail_tokens: self.mail_tokens.clone(),
            after_answer: self.after_answer.clone(),
            reveal_existing: settings.reveal_existing,
        }
    }
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
            provider_sign_in: ProviderSignIn { context: context(), grants: grants() },
            linking: Linking { context: context(), grants: grants(), notices: notices() },
            sign_in_methods: shared.sign_in_methods(ports),
            provider_webhooks: ProviderWebhooks {
                context: context(),
                notices: notices(),
                revocation: revocation(),
                schedule: shared.schedule.clone(),
                counts: shared.counts.clone(),
            },
            mailbox_proofs: MailboxProofs {
                context: context(),
                limits: limits(),
                mail_tokens: mail_tokens(),
                new: new(),
                current: current(),
                answered: answered(),
            },
            password_changes: PasswordChanges {
                context: context(),
                current: current(),
                new: new(),
                revocation: revocation(),
                mails: mails(),
                answered: answered(),
            },
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
                answered: answered(),
            },
            profiles: Profiles { context: context(), limits: limits() },
            pictures: Pictures::new(context(), limits()),
            deletions: Deletions {
                context: context(),
                schedule: shared.schedule.clone(),
                answered: answered(),
                roles: roles.clone(),
            },
            kept_accounts: KeptAccounts {
                context: context(),
                limits: limits(),
                mail_tokens: mail_tokens(),
                answered: answered(),
            },
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
