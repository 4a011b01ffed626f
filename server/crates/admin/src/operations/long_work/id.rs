//! The id of work that takes long.

use names::define_id;

define_id!(
    /// The id of work that takes long.
    WorkId
);
