//! What can happen, in the one vocabulary that table, log lines and pages share (S-LOG-1).

/// Declares the kinds in one list: variant, doc and name are together, so none can be forgotten elsewhere.
macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident = $name:literal,)+) => {
        /// What happened.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum AuditKind {
            $($(#[$doc])* $kind,)+
        }

        impl AuditKind {
            /// All of them.
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
    /// Somebody ended all sessions but the one that they did it from.
    OtherSessionsEnded = "other_sessions_ended",
    /// A spent refresh token was presented, and its family ended.
    TokenReuse = "token_reuse",
    /// Somebody wanted an account with an address and a password.
    SignUp = "sign_up",
    /// Somebody proved a mailbox, which made them a member, or tried to.
    MailboxProof = "mailbox_proof",
    /// Somebody asked for a new password by mail.
    PasswordResetRequest = "password_reset_request",
    /// A password was replaced by the proof of a mail, or somebody tried to.
    PasswordReset = "password_reset",
    /// A member changed or set their password, or somebody tried to.
    PasswordChange = "password_change",
    /// A member wanted another address.
    AddressChangeRequest = "address_change_request",
    /// An account got another address, or somebody tried to prove one.
    AddressChange = "address_change",
    /// A member changed what they show of themselves.
    ProfileChange = "profile_change",
    /// A member got another sign-in method, or wanted one.
    IdentityLinked = "identity_linked",
    /// A sign-in method was taken away, or somebody tried to take the last.
    IdentityUnlinked = "identity_unlinked",
    /// One-time codes were turned on.
    CodesTurnedOn = "codes_turned_on",
    /// They were turned off.
    CodesTurnedOff = "codes_turned_off",
    /// Codes are asked for after a provider, too.
    CodesAskedAfterProviders = "codes_asked_after_providers",
    /// They are not asked for there.
    CodesNotAskedAfterProviders = "codes_not_asked_after_providers",
    /// Other recovery codes were made.
    RecoveryCodesMade = "recovery_codes_made",
    /// A recovery code was used.
    RecoveryCodeUsed = "recovery_code_used",
    /// An operator ordered that the second factors of a member go.
    FactorResetOrdered = "factor_reset_ordered",
    /// Their owner stopped it, or somebody tried to.
    FactorResetStopped = "factor_reset_stopped",
    /// The second factors of a member went as ordered, or stayed after all.
    FactorsReset = "factors_reset",
    /// A provider told that it ended a grant.
    ProviderWebhook = "provider_notice",
    /// A provider confirmed that a grant is ended there, or was given up.
    ProviderUnlink = "provider_unlink",
    /// A member wanted their account deleted, or its last sign-in method was cut.
    DeletionRequest = "deletion_request",
    /// A member whose account was to be deleted came back.
    DeletionCancelled = "deletion_cancelled",
    /// An account was erased.
    AccountErased = "account_erased",
    /// A member was given their data.
    DataExport = "data_export",
    /// An app got its first tokens. Later refreshes are not events of their own: the family is known.
    TokenIssue = "token_issue",
    /// A member allowed an app something.
    ConsentGiven = "consent_given",
    /// A member took back what they had allowed an app.
    ConsentWithdrawn = "consent_withdrawn",
    /// A member allowed a device something.
    DeviceAllowed = "device_allowed",
    /// An app was told that a session ended, and did not hear it.
    BackchannelLogout = "backchannel_logout",
    /// A client gave tokens back before their time.
    TokenRevoke = "token_revoke",
    /// An operator registered a client, or one registered itself.
    ClientAdded = "client_added",
    /// An operator gave a client another secret, or ended its old one.
    ClientSecretRotation = "client_secret_rotation",
    /// A client was removed, by an operator or because nobody used it, and everything ended that it had been given.
    ClientRemoved = "client_removed",
    /// Somebody may not do what they asked for: a scope is missing, another site sent the request, a webhook has no proof.
    AccessDenied = "access_denied",
    /// Somebody did something too often.
    LimitExceeded = "limit_exceeded",
    /// The next key that signs tokens was made, on schedule or by an operator.
    SigningKeyRotation = "signing_key_rotation",
    /// An operator had all that is stored sealed with the newest master key.
    MasterKeyRotation = "master_key_rotation",
    /// An operator hid a post.
    PostHidden = "post_hidden",
    /// An operator showed a hidden post again.
    PostShown = "post_shown",
    /// An operator read what members reported.
    ReportsRead = "reports_read",
    /// An operator had feeds made again.
    FeedsRebuilt = "feeds_rebuilt",
    /// An operator had followers and posts counted again.
    ActivityRecounted = "activity_recounted",
    /// An operator had a consumer deal again with an event that it could not deal with.
    DeadLetterRetried = "dead_letter_retried",
    /// An operator gave up an event that a consumer could not deal with.
    DeadLetterDiscarded = "dead_letter_discarded",
    /// An operator looked at what an event tells that a consumer could not deal with.
    DeadLetterRead = "dead_letter_read",
    /// An operator had a mail sent that was given up.
    MailRetried = "mail_retried",
    /// An operator began work that takes long.
    LongWorkBegun = "long_work_begun",
    /// An operator stopped such work.
    LongWorkStopped = "long_work_stopped",
    /// An operator had a webhook sent again.
    WebhookReplayed = "webhook_replayed",
    /// An operator saw what is masked elsewhere, such as the address of a member.
    PersonalDataShown = "personal_data_shown",
    /// An operator took the audit log or the access log as a file.
    LogDownloaded = "log_downloaded",
    /// An operator tried out a receiver of webhooks.
    WebhookTested = "webhook_tested",
}

impl AuditKind {
    /// Whether members see it in their history. The others tell them nothing, or nobody is left to read them.
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
