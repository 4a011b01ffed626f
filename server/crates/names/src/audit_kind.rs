//! The kinds of audit events, by names that table, log and pages share (S-LOG-1).

/// Declares the kinds in one list, each with its doc and its name, so that `ALL` has all of them.
macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident = $name:literal,)+) => {
        /// What a row of the audit log is about.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum AuditKind {
            $($(#[$doc])* $kind,)+
        }

        impl AuditKind {
            /// Every value, each once.
            pub const ALL: &[Self] = &[$(Self::$kind),+];

            /// The name in table and log.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$kind => $name,)+
                }
            }
        }
    };
}

kinds! {
    /// Somebody signed in, or tried to.
    SignIn = "sign_in",
    /// Somebody signed out of this browser.
    SignOut = "sign_out",
    /// Somebody signed out everywhere.
    SignOutEverywhere = "sign_out_everywhere",
    /// An operator signed a member out everywhere.
    SignedOutByOperator = "signed_out_by_operator",
    /// An operator made a link that makes an administrator.
    AdministratorInvited = "administrator_invited",
    /// An operator gave a member a role.
    RoleGiven = "role_given",
    /// An operator took a role from a member, or could not.
    RoleTaken = "role_taken",
    /// An operator had an account deleted after its grace, or could not.
    DeletionOrdered = "deletion_ordered",
    /// An operator disabled an account, or could not.
    AccountDisabled = "account_disabled",
    /// An operator enabled it again.
    AccountEnabled = "account_enabled",
    /// Somebody ended a session from another one.
    SessionEnded = "session_ended",
    /// Somebody ended all their other sessions.
    OtherSessionsEnded = "other_sessions_ended",
    /// A spent refresh token was presented, and its family ended.
    TokenReuse = "token_reuse",
    /// Somebody asked for an account with an address and a password.
    SignUp = "sign_up",
    /// Somebody proved a mailbox, which made them a member, or tried to.
    MailboxProof = "mailbox_proof",
    /// Somebody asked for a new password by mail.
    PasswordResetRequest = "password_reset_request",
    /// A password was replaced by the proof of a mail, or somebody tried to.
    PasswordReset = "password_reset",
    /// A member changed or set their password, or somebody tried to.
    PasswordChange = "password_change",
    /// A member asked for another address.
    AddressChangeRequest = "address_change_request",
    /// An account got another address, or somebody tried to prove one.
    AddressChange = "address_change",
    /// A member changed what they show of themselves.
    ProfileChange = "profile_change",
    /// A member linked another sign-in method, or tried to.
    IdentityLinked = "identity_linked",
    /// A sign-in method was taken away, or somebody tried to take the last.
    IdentityUnlinked = "identity_unlinked",
    /// One-time codes were turned on.
    CodesTurnedOn = "codes_turned_on",
    /// One-time codes were turned off.
    CodesTurnedOff = "codes_turned_off",
    /// Codes are asked for after a provider as well.
    CodesAskedAfterProviders = "codes_asked_after_providers",
    /// Codes are no longer asked for after a provider.
    CodesNotAskedAfterProviders = "codes_not_asked_after_providers",
    /// New recovery codes replaced the old ones.
    RecoveryCodesMade = "recovery_codes_made",
    /// A recovery code was used.
    RecoveryCodeUsed = "recovery_code_used",
    /// An operator ordered a reset of a member's second factors.
    FactorResetOrdered = "factor_reset_ordered",
    /// The member stopped the reset, or somebody tried to.
    FactorResetStopped = "factor_reset_stopped",
    /// The second factors of a member were reset as ordered, or could not be.
    FactorsReset = "factors_reset",
    /// A provider reported by webhook that a grant ended.
    ProviderWebhook = "provider_notice",
    /// A provider confirmed the end of a grant, or we gave up asking it to.
    ProviderUnlink = "provider_unlink",
    /// A member asked for the deletion of their account, or its last sign-in method was disconnected at the provider.
    DeletionRequest = "deletion_request",
    /// A deletion was cancelled within its grace.
    DeletionCancelled = "deletion_cancelled",
    /// An account was erased.
    AccountErased = "account_erased",
    /// A member exported their data.
    DataExport = "data_export",
    /// An app got the first tokens of a family. Later refreshes are not recorded.
    TokenIssue = "token_issue",
    /// A member allowed an app something.
    ConsentGiven = "consent_given",
    /// A member took back what they had allowed an app.
    ConsentWithdrawn = "consent_withdrawn",
    /// A member allowed a device something.
    DeviceAllowed = "device_allowed",
    /// An app could not be notified of the end of a session.
    BackchannelLogout = "backchannel_logout",
    /// A client revoked its tokens.
    TokenRevoke = "token_revoke",
    /// An operator registered a client, or one registered itself.
    ClientAdded = "client_added",
    /// An operator gave a client a new secret, or ended its old one.
    ClientSecretRotation = "client_secret_rotation",
    /// A client was removed, by an operator or because it was unused, and its tokens and consents ended.
    ClientRemoved = "client_removed",
    /// A request was refused: a scope is missing, another site sent it, or a webhook is not signed.
    AccessDenied = "access_denied",
    /// Somebody did something too often.
    LimitExceeded = "limit_exceeded",
    /// The next key that signs tokens was made, on schedule or by an operator.
    SigningKeyRotation = "signing_key_rotation",
    /// An operator re-sealed all stored secrets with the newest master key.
    MasterKeyRotation = "master_key_rotation",
    /// An operator hid a post.
    PostHidden = "post_hidden",
    /// An operator showed a hidden post again.
    PostShown = "post_shown",
    /// An operator read the reports of members.
    ReportsRead = "reports_read",
    /// An operator rebuilt feeds.
    FeedsRebuilt = "feeds_rebuilt",
    /// An operator recounted followers and posts.
    ActivityRecounted = "activity_recounted",
    /// An operator retried a dead letter.
    DeadLetterRetried = "dead_letter_retried",
    /// An operator discarded a dead letter.
    DeadLetterDiscarded = "dead_letter_discarded",
    /// An operator read a dead letter.
    DeadLetterRead = "dead_letter_read",
    /// An operator retried a mail that was given up.
    MailRetried = "mail_retried",
    /// An operator began long work.
    LongWorkBegun = "long_work_begun",
    /// An operator stopped long work.
    LongWorkStopped = "long_work_stopped",
    /// An operator replayed webhooks.
    WebhookReplayed = "webhook_replayed",
    /// Masked data, such as a member's address, was revealed to an operator.
    PersonalDataShown = "personal_data_shown",
    /// An operator downloaded the audit log or the access log.
    LogDownloaded = "log_downloaded",
    /// An operator sent a test event to a receiver of webhooks.
    WebhookTested = "webhook_tested",
}

impl AuditKind {
    /// Whether members see it in their history. The other kinds are not about them, or are of no use to them.
    pub const fn is_for_members(self) -> bool {
        !matches!(
            self,
            Self::AccountErased
                | Self::AdministratorInvited
                | Self::TokenIssue
                | Self::BackchannelLogout
                | Self::TokenRevoke
                | Self::ClientAdded
                | Self::ClientSecretRotation
                | Self::ClientRemoved
                | Self::AccessDenied
                | Self::LimitExceeded
                | Self::SigningKeyRotation
                | Self::MasterKeyRotation
                | Self::PersonalDataShown
                | Self::LogDownloaded
                | Self::PostHidden
                | Self::PostShown
                | Self::ReportsRead
                | Self::FeedsRebuilt
                | Self::ActivityRecounted
                | Self::DeadLetterRetried
                | Self::DeadLetterDiscarded
                | Self::DeadLetterRead
                | Self::MailRetried
                | Self::LongWorkBegun
                | Self::LongWorkStopped
                | Self::WebhookReplayed
                | Self::WebhookTested
        )
    }

    /// The kind with this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.as_str() == name)
    }
}
