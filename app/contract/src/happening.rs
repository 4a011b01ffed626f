//! Kinds of what happens to an account, as its history shows them.

/// What can happen to an account: the registry of kinds that pages explain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happening {
    /// Somebody signed in.
    SignIn,
    /// Somebody signed out of one browser.
    SignOut,
    /// Somebody signed out everywhere.
    SignOutEverywhere,
    /// An operator ended all sessions.
    SignedOutByOperator,
    /// A session was ended from another one.
    SessionEnded,
    /// All sessions but one were ended.
    OtherSessionsEnded,
    /// A copied sign-in was used, and ended.
    TokenReuse,
    /// Somebody wanted an account.
    SignUp,
    /// The mailbox was proven.
    MailboxProof,
    /// A mail for a new password was asked for.
    PasswordResetRequest,
    /// The password was replaced by way of a mail.
    PasswordReset,
    /// The password was changed or set.
    PasswordChange,
    /// Another address was asked for.
    AddressChangeRequest,
    /// The address is another one.
    AddressChange,
    /// Nickname, greeting or picture changed.
    ProfileChange,
    /// A sign-in method was added.
    IdentityLinked,
    /// A sign-in method was taken away.
    IdentityUnlinked,
    /// A provider told that the link was cut there.
    ProviderWebhook,
    /// A provider was told that the link is cut here.
    ProviderUnlink,
    /// The account is to be deleted.
    DeletionRequest,
    /// The account is to be kept.
    DeletionCancelled,
    /// The data was downloaded.
    DataExport,
    /// A kind that is not in the registry.
    Other,
}

impl Happening {
    /// All that the server writes down about members who are still there, with its name in the log.
    pub const KNOWN: [(Self, &'static str); 22] = [
        (Self::SignIn, "sign_in"),
        (Self::SignOut, "sign_out"),
        (Self::SignOutEverywhere, "sign_out_everywhere"),
        (Self::SignedOutByOperator, "signed_out_by_operator"),
        (Self::SessionEnded, "session_ended"),
        (Self::OtherSessionsEnded, "other_sessions_ended"),
        (Self::TokenReuse, "token_reuse"),
        (Self::SignUp, "sign_up"),
        (Self::MailboxProof, "mailbox_proof"),
        (Self::PasswordResetRequest, "password_reset_request"),
        (Self::PasswordReset, "password_reset"),
        (Self::PasswordChange, "password_change"),
        (Self::AddressChangeRequest, "address_change_request"),
        (Self::AddressChange, "address_change"),
        (Self::ProfileChange, "profile_change"),
        (Self::IdentityLinked, "identity_linked"),
        (Self::IdentityUnlinked, "identity_unlinked"),
        (Self::ProviderWebhook, "provider_notice"),
        (Self::ProviderUnlink, "provider_unlink"),
        (Self::DeletionRequest, "deletion_request"),
        (Self::DeletionCancelled, "deletion_cancelled"),
        (Self::DataExport, "data_export"),
    ];

    /// Reads a name of the log. A line of a kind that nobody explains is shown all the same.
    pub fn parse(name: &str) -> Self {
        Self::KNOWN.into_iter().find(|(_, known)| *known == name).map_or(Self::Other, |(what, _)| what)
    }
}
