//! The addresses of a member: what a mail proves, another address, and where notices go.

pub(crate) mod change_address;
pub(crate) mod contact;
pub(crate) mod first_address;
pub(crate) mod former_mailbox;
pub(crate) mod mail_proofs;
pub(crate) mod mail_token;
mod proof_again;
pub(crate) mod taken_address;

/// The tables of this room.
pub(crate) mod store {
    pub(crate) mod former_mailboxes;
    pub(crate) mod mail_tokens;
}
