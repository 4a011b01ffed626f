//! The job that carries an order out.

use jobs::JobKind;
use kernel::Purpose;

/// A member's second factors that go when the job is due. It has no secret; its owner is the member, its payload the order.
pub static FACTOR_RESET: JobKind = JobKind {
    name: "factor-reset",
    purpose: Purpose::new("factor-reset"),
    sealed_for: |job| job.id.clone(),
    longest_wait: None,
    keep_done: None,
    keep_dead: None,
    can_be_retried: |_| false,
    holds: "whose second factors go when their time to stop it is over: the ids of member and order",
    kept: "until then: `second_factor.reset_delay`",
    erasure: "stays until then, and does nothing",
};
