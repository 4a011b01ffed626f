//! What this part gets from outside: settings, the services below, and the ports to what is above.

use std::sync::Arc;
use std::time::Duration;

use ::limits::LimitContext;
use audit::AuditLog;
use db::Database;
use kernel::{Clock, KeyRing, Randomness};
use names::{Language, Role};
use tokens::Tokens;
use tokio_util::task::TaskTracker;

use crate::failure::Failure;
use crate::lifecycle::erase_elsewhere::EraseElsewhere;
use crate::limits::LimitSettings;
use crate::model::mail_template::Mailer;
use crate::passkeys::settings::PasskeySettings;
use crate::password::password_hasher::{HashingError, HashingSettings};
use crate::password::password_policy::PasswordPolicy;
use crate::revocation::EndSessions;

/// What the configuration decides.
#[derive(Clone, Debug)]
pub struct AccountSettings {
    /// Whether a sign-up says that the address has an account (409, the contract of design 3.3) or answers the same in
    /// both cases (S-ACC-7).
    pub reveal_existing: bool,
    /// Whether mails reach anybody. Where none do, nobody can sign up, and nothing that a mail proves can be asked for.
    pub has_mail: bool,
    /// How long an account that is to be deleted can be kept by signing in.
    pub deletion_grace: Duration,
    /// How long the owner can stop an operator's reset of their second factors.
    pub factor_reset_delay: Duration,
    /// The language of mails that no request of their reader causes.
    pub language: Language,
    /// The rules for new passwords.
    pub policy: PasswordPolicy,
    /// What a hash costs.
    pub hashing: HashingSettings,
    /// How often one may try.
    pub limits: LimitSettings,
    /// The roles that can be given beside the built-in ones.
    pub roles: Vec<Role>,
    /// The roles whose members need a second factor.
    pub factor_required_for: Vec<Role>,
    /// What authenticator apps call us.
    pub site: String,
    /// For whom passkeys are made; `None` where they are switched off.
    pub passkeys: Option<PasskeySettings>,
}

impl Default for AccountSettings {
    fn default() -> Self {
        Self {
            reveal_existing: true,
            has_mail: true,
            deletion_grace: Duration::from_hours(7 * 24),
            factor_reset_delay: Duration::from_hours(24),
            language: Language::Korean,
            policy: PasswordPolicy::default(),
            hashing: HashingSettings::default(),
            limits: LimitSettings::default(),
            roles: Vec::new(),
            factor_required_for: Vec::new(),
            site: "Daemun".to_owned(),
            passkeys: None,
        }
    }
}

/// Why the services cannot be made as the settings say.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The cost of a hash is out of range.
    #[error(transparent)]
    Hashing(#[from] HashingError),
    /// Passkeys are not for the domain of the site.
    #[error(transparent)]
    Passkeys(#[from] Failure),
}

/// The services below that accounts use.
#[derive(Clone, Debug)]
pub struct Services {
    /// Where accounts are stored.
    pub db: Database,
    /// The token families, which end with an account.
    pub tokens: Tokens,
    /// The audit log.
    pub audit: AuditLog,
    /// Seals what must stay secret.
    pub key_ring: Arc<KeyRing>,
    /// What limits are counted with.
    pub limits: LimitContext,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Where ids, tokens and codes come from.
    pub randomness: Arc<dyn Randomness>,
}

/// The ports through which accounts reach what is above them.
#[derive(Clone)]
pub struct Ports {
    /// Sends mails.
    pub mails: Arc<dyn Mailer>,
    /// Ends sessions.
    pub sessions: Arc<dyn EndSessions>,
    /// Erases what other parts keep of a member.
    pub elsewhere: Arc<dyn EraseElsewhere>,
    /// Runs work that goes on after the answer; the program waits for it when it ends.
    pub tasks: TaskTracker,
}
