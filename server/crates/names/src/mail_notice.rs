//! Mails that tell what happened.

use serde::{Deserialize, Serialize};

/// Declares the mails in one list: variant, doc and name are together, so none can be forgotten elsewhere.
macro_rules! notices {
    ($($(#[$doc:meta])* $notice:ident = $name:literal,)+) => {
        /// A mail that tells what happened, and holds no value: no link, no code, nothing that differs from one to the next.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum MailNotice {
            $($(#[$doc])* $notice,)+
        }

        impl MailNotice {
            /// All of them.
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
    /// Somebody wanted to sign up with the address of an account that exists, or to make it theirs.
    SignUpOnTakenAddress = "sign-up-on-taken-address",
    /// A new password was asked for an account that has none: it is signed in to by a provider.
    ResetWithoutPassword = "reset-without-password",
    /// The password is another one now.
    PasswordChanged = "password-changed",
    /// The account has another address now. Goes to the old one.
    AddressChanged = "address-changed",
    /// A spent refresh token was presented again: its session was ended.
    TokenReuse = "token-reuse",
    /// One-time codes are asked for from now on.
    CodesTurnedOn = "codes-on",
    /// They are not any more.
    CodesTurnedOff = "codes-off",
    /// There are other recovery codes now.
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
    /// A passkey signed a count that it had signed before: somebody may have copied it. It let nobody in.
    PasskeyCopied = "passkey-copied",
    /// The second factors stay that an operator wanted to reset.
    FactorResetStopped = "factor-reset-stopped",
    /// The second factors are gone, as an operator ordered.
    FactorsReset = "factors-reset",
    /// Everything that we know of the member was given out.
    DataExported = "data-exported",
}
