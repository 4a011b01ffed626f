//! The addresses of a member: what a mail proves, another address, and where notices go.

pub(crate) mod change_address;
pub(crate) mod contact;
pub(crate) mod mail_token;
mod proof_again;
pub(crate) mod taken_address;

/// The table of tokens that mails hold.
pub(crate) mod store {
    pub(crate) mod mail_tokens;
}
