//! The sign-in method by e-mail and password: the rules for a new one, its hash, its comparison, and its replacement.

pub(crate) mod authenticate;
pub(crate) mod change_password;
pub(crate) mod current_password;
pub(crate) mod first_password;
pub(crate) mod hashing_memory;
pub(crate) mod hashing_queue;
pub(crate) mod new_password;
pub(crate) mod password_hasher;
pub(crate) mod password_policy;
pub(crate) mod prepared;
pub(crate) mod reset;
pub(crate) mod second_code;

/// The table of accounts with a password.
pub(crate) mod store {
    pub(crate) mod local_accounts;
}
