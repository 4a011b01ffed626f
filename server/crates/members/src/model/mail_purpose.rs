//! What a mail proves.

use std::time::Duration;

/// The one thing that a token can be used for (S-MAIL-4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MailPurpose {
    /// Finishing a sign-up.
    ProveMailbox,
    /// A new password.
    ResetPassword,
    /// Another address.
    ProveNewAddress,
    /// Keeping an account that is to be deleted.
    KeepAccount,
}

impl MailPurpose {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::ProveMailbox => "prove_mailbox",
            Self::ResetPassword => "reset_password",
            Self::ProveNewAddress => "prove_new_address",
            Self::KeepAccount => "keep_account",
        }
    }

    /// How long it lives (S-MAIL-3); one that keeps an account as long as there is something to keep.
    pub(crate) const fn life(self, deletion_grace: Duration) -> Duration {
        match self {
            Self::ResetPassword => Duration::from_mins(30),
            Self::ProveMailbox | Self::ProveNewAddress => Duration::from_hours(24),
            Self::KeepAccount => deletion_grace,
        }
    }
}
