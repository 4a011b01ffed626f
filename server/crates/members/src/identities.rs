//! The sign-in methods of a member: signing in by a provider, linking and unlinking, and what providers say and are told.

pub(crate) mod grants;
pub(crate) mod link;
pub(crate) mod method_count;
pub(crate) mod profile_copies;
pub(crate) mod provider_unlink;
pub(crate) mod provider_webhook;
pub(crate) mod removal;
pub(crate) mod sign_in;
pub(crate) mod sign_in_methods;
pub(crate) mod situation;
pub(crate) mod unlink_job;
pub(crate) mod word;

/// The table of identities at providers.
pub(crate) mod store {
    pub(crate) mod identities;
    pub(crate) mod provider_picture;
}
