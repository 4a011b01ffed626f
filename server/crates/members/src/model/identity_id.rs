//! The id of a sign-in method by a provider.

use names::define_id;

define_id!(
    /// The id of one sign-in method.
    IdentityId
);
