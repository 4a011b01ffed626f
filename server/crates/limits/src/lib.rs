//! How often somebody may do something. A [`Quota`] is a rate and a burst. Two limiters count uses, for all replicas together
//! and across restarts:
//!
//! | limiter | counts | for |
//! |---|---|---|
//! | [`ExactLimiter`] | in the database, before the work | what must never be exceeded: passwords, codes, mails |
//! | [`SharedLimiter`] | in memory; [`LimitSync`] exchanges the counts with the other replicas every 250 ms | requests that must not wait for the database: the gateway |
//!
//! Both use one rule and one table, `limit_counts`, whose keys are [keyed checksums](LimitKeys), so that no e-mail address and
//! no network is in it. How many connections, bytes or sign-ins there may be *at once* is not a rate: such a bound belongs to
//! the part that holds them.

mod context;
mod exact;
mod key;
mod quota;
mod refused;
mod refused_lately;
mod refused_store;
mod shared;
mod shared_count;
mod shared_counts;
mod shown_key;
mod storage;
mod store;
mod sync;
#[cfg(test)]
mod tests;
mod usage;

pub use context::LimitContext;
pub use exact::{Attempt, ExactLimiter, LimitError};
pub use quota::{LimitExceeded, Quota};
pub use refused_lately::{RefusedKey, RefusedLately};
pub use refused_store::{RefusedBy, refused_by_all};
pub use shared::{SharedLimiter, SharedTotalLimiter};
pub use shared_counts::SharedCounts;
pub use storage::STORAGE;
pub use store::delete_expired;
pub use sync::LimitSync;
