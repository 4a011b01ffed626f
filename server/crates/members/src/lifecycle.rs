//! The beginning and the end of an account: sign-up, its proof, deletion with a grace, and the export of everything.

pub(crate) mod deletion;
pub(crate) mod erase_elsewhere;
pub(crate) mod erasure;
pub(crate) mod export;
pub(crate) mod exported_account;
pub(crate) mod exported_log;
pub(crate) mod keep_account;
pub(crate) mod prove;
pub(crate) mod revival;
pub(crate) mod schedule;
pub(crate) mod sign_up;
pub(crate) mod status;

/// The tables of sign-ups that wait for their proof and of accounts that are to be deleted.
pub(crate) mod store {
    pub(crate) mod deletions;
    pub(crate) mod sign_ups;
}
