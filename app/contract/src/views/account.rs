//! The viewer's data, and the deletion of their account.

/// `/me/account`: the export, and the deletion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountView {
    /// Whether the viewer has a mailbox for mails about the account.
    pub has_mailbox: bool,
}
