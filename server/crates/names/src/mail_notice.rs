//! Mails that inform about an event.

use serde::{Deserialize, Serialize};

/// Declares the mails in one list, each with its doc and its name, so that `ALL` has all of them.
macro_rules! notices {
    ($($(#[$doc:meta])* $notice:ident = $name:literal,)+) => {
        /// A mail that informs about an event. It has no values: no link and no code, so all mails of a kind are the same.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum MailNotice {
            $($(#[$doc])* $notice,)+
        }

        impl MailNotice {
            /// Every value, each once.
            pub const ALL: &[Self] = &[$(Self::$notice),+];

            /// The name in metrics and logs.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$notice => $name,)+
                }
            }
        }
    };
}

notices! {
    /// Somebody tried to sign up with the address of an existing account, or to change theirs to it.
    SignUpOnTakenAddress = "sign-up-on-taken-address",
    /// Somebody asked for a new password of an account that has none, since it signs in at a provider.
    ResetWithoutPassword = "reset-without-password",
    /// Somebody asked for a new password at a mailbox that a provider vouches for, and the account has its password for another address.
    ResetAtAnotherAddress = "reset-at-another-address",
    /// The password was changed.
    PasswordChanged = "password-changed",
    /// The address of the account was changed. Goes to the old address.
    AddressChanged = "address-changed",
    /// A used refresh token was presented again, and its session was ended.
    TokenReuse = "token-reuse",
    /// One-time codes were turned on.
    CodesTurnedOn = "codes-on",
    /// One-time codes were turned off.
    CodesTurnedOff = "codes-off",
    /// New recovery codes replaced the old ones.
    RecoveryCodesReplaced = "recovery-codes-replaced",
    /// An operator disabled the account.
    AccountDisabled = "account-disabled",
    /// An operator enabled it again.
    AccountEnabled = "account-enabled",
    /// An operator signed the member out everywhere.
    SignedOut = "signed-out",
    /// An operator changed what the account may do.
    RolesChanged = "roles-changed",
    /// A recovery code was used.
    RecoveryCodeUsed = "recovery-code-used",
    /// A passkey's signature counter did not grow, so it may have been copied (WebAuthn Level 3 section 6.1.1). The sign-in was
    /// refused.
    PasskeyCopied = "passkey-copied",
    /// The reset of second factors that an operator ordered was stopped.
    FactorResetStopped = "factor-reset-stopped",
    /// The second factors were reset, as an operator ordered.
    FactorsReset = "factors-reset",
    /// The data of the member was exported.
    DataExported = "data-exported",
}
