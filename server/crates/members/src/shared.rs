//! What several services are made of, made once.

use std::sync::Arc;

use jobs::JobQueue;

use crate::answered_request::AfterAnswer;
use crate::context::Context;
use crate::email::contact::Notices;
use crate::email::mail_proofs::MailProofs;
use crate::email::mail_token::MailTokens;
use crate::factor_reset::order::FactorResets;
use crate::identities::grants::Grants;
use crate::identities::method_count::MethodCount;
use crate::identities::removal::IdentityRemoval;
use crate::identities::sign_in_methods::SignInMethods;
use crate::identities::unlink_job::UnlinkJobs;
use crate::lifecycle::erasure::Erasure;
use crate::lifecycle::keep_account::KeptAccounts;
use crate::lifecycle::schedule::DeletionSchedule;
use crate::lifecycle::sign_up::SignUps;
use crate::limits::Limits;
use crate::member_observer::MemberChanges;
use crate::passkeys::ceremonies::Ceremonies;
use crate::passkeys::own_passkeys::OwnPasskeys;
use crate::passkeys::register::NewPasskeys;
use crate::passkeys::relying_party::RelyingParty;
use crate::passkeys::removal::PasskeyRemoval;
use crate::passkeys::sign_in::PasskeySignIn;
use crate::passkeys::sign_up::PasskeySignUps;
use crate::password::change_password::PasswordChanges;
use crate::password::current_password::CurrentPasswords;
use crate::password::new_password::NewPasswords;
use crate::password::password_hasher::PasswordHasher;
use crate::password::reset::PasswordResets;
use crate::password::second_code::SecondCodes;
use crate::repeat::AnsweredForms;
use crate::required_factors::RequiredFactors;
use crate::revocation::Revocation;
use crate::settings::{AccountSettings, Ports, Services, SettingsError};
use crate::totp::codes::OneTimeCodes;
use crate::totp::recovery_sign_in::RecoverySignIn;

/// What several flows share.
pub(crate) struct Shared {
    pub(crate) context: Context,
    pub(crate) limits: Arc<Limits>,
    pub(crate) hasher: PasswordHasher,
    pub(crate) new: NewPasswords,
    pub(crate) current: CurrentPasswords,
    pub(crate) mail_tokens: MailTokens,
    pub(crate) notices: Notices,
    pub(crate) answered: AnsweredForms,
    pub(crate) proofs: MailProofs,
    pub(crate) after_answer: AfterAnswer,
    pub(crate) revocation: Revocation,
    pub(crate) unlinks: UnlinkJobs,
    pub(crate) grants: Grants,
    pub(crate) removal: IdentityRemoval,
    pub(crate) schedule: DeletionSchedule,
    pub(crate) codes: OneTimeCodes,
    pub(crate) ceremonies: Ceremonies,
    /// Where passkeys are switched on.
    pub(crate) relying_party: Option<Arc<RelyingParty>>,
    pub(crate) counts: MethodCount,
    pub(crate) passkey_removal: PasskeyRemoval,
    pub(crate) required_factors: RequiredFactors,
    pub(crate) changes: MemberChanges,
}

impl Shared {
    pub(crate) fn new(
        settings: &AccountSettings,
        services: Services,
        ports: &Ports,
    ) -> Result<Self, SettingsError> {
        let Services { db, tokens, audit, key_ring, limits, clock, randomness } = services;
        let limits = Arc::new(Limits::new(&settings.limits, db.clone(), limits));
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
        let answered = AnsweredForms { context: context.clone(), key_ring: Arc::clone(&key_ring) };
        let unlinks = UnlinkJobs { queue: queue.clone(), key_ring: Arc::clone(&key_ring) };
        let changes = MemberChanges::default();
        Ok(Self {
            changes: changes.clone(),
            new: NewPasswords { hasher: hasher.clone(), policy: Arc::new(settings.policy.clone()) },
            current: CurrentPasswords {
                context: context.clone(),
                hasher: hasher.clone(),
                limits: Arc::clone(&limits),
            },
            proofs: MailProofs::new(Arc::clone(&limits), answered.clone()),
            answered,
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
                changes: changes.clone(),
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

    pub(crate) fn password_resets(&self, ports: &Ports) -> PasswordResets {
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
            second: SecondCodes { context: self.context.clone(), codes: self.codes.clone() },
            proofs: self.proofs.clone(),
            after_answer: self.after_answer.clone(),
            elsewhere: Arc::clone(&ports.elsewhere),
        }
    }

    pub(crate) fn passkey_sign_in(&self) -> Option<PasskeySignIn> {
        self.relying_party.as_ref().map(|relying_party| PasskeySignIn {
            context: self.context.clone(),
            limits: Arc::clone(&self.limits),
            notices: self.notices.clone(),
            ceremonies: self.ceremonies.clone(),
            relying_party: Arc::clone(relying_party),
        })
    }

    pub(crate) fn passkey_sign_ups(&self, settings: &AccountSettings) -> Option<PasskeySignUps> {
        settings.passkeys.as_ref().filter(|passkeys| passkeys.sign_up)?;
        self.relying_party.as_ref().map(|relying_party| PasskeySignUps {
            context: self.context.clone(),
            limits: Arc::clone(&self.limits),
            ceremonies: self.ceremonies.clone(),
            relying_party: Arc::clone(relying_party),
            codes: self.codes.clone(),
        })
    }

    pub(crate) fn recovery_sign_in(&self) -> Option<RecoverySignIn> {
        self.relying_party.as_ref().map(|_| RecoverySignIn {
            context: self.context.clone(),
            limits: Arc::clone(&self.limits),
            codes: self.codes.clone(),
        })
    }

    pub(crate) fn new_passkeys(&self) -> Option<NewPasskeys> {
        self.relying_party.as_ref().map(|relying_party| NewPasskeys {
            context: self.context.clone(),
            limits: Arc::clone(&self.limits),
            notices: self.notices.clone(),
            ceremonies: self.ceremonies.clone(),
            relying_party: Arc::clone(relying_party),
            revocation: self.revocation.clone(),
        })
    }

    pub(crate) fn own_passkeys(&self) -> OwnPasskeys {
        OwnPasskeys {
            context: self.context.clone(),
            limits: Arc::clone(&self.limits),
            counts: self.counts.clone(),
            removal: self.passkey_removal.clone(),
            required: self.required_factors.clone(),
            revocation: self.revocation.clone(),
        }
    }

    pub(crate) fn sign_in_methods(&self, ports: &Ports) -> SignInMethods {
        SignInMethods {
            context: self.context.clone(),
            removal: self.removal.clone(),
            revocation: self.revocation.clone(),
            mails: Arc::clone(&ports.mails),
            answered: self.answered.clone(),
            counts: self.counts.clone(),
        }
    }

    pub(crate) fn password_changes(&self, ports: &Ports) -> PasswordChanges {
        PasswordChanges {
            context: self.context.clone(),
            current: self.current.clone(),
            new: self.new.clone(),
            revocation: self.revocation.clone(),
            mails: Arc::clone(&ports.mails),
            answered: self.answered.clone(),
        }
    }

    pub(crate) fn erasure(&self, ports: &Ports) -> Erasure {
        Erasure {
            context: self.context.clone(),
            elsewhere: Arc::clone(&ports.elsewhere),
            unlinks: self.unlinks.clone(),
        }
    }

    pub(crate) fn factor_resets(&self, settings: &AccountSettings) -> FactorResets {
        FactorResets {
            context: self.context.clone(),
            notices: self.notices.clone(),
            revocation: self.revocation.clone(),
            queue: self.unlinks.queue.clone(),
            proofs: self.proofs.clone(),
            counts: self.counts.clone(),
            delay: settings.factor_reset_delay,
            has_mail: settings.has_mail,
        }
    }

    pub(crate) fn sign_ups(&self, settings: &AccountSettings, ports: &Ports) -> SignUps {
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

    pub(crate) fn kept_accounts(&self) -> KeptAccounts {
        KeptAccounts {
            context: self.context.clone(),
            mail_tokens: self.mail_tokens.clone(),
            proofs: self.proofs.clone(),
        }
    }
}
