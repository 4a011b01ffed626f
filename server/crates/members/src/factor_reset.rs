//! The way back for a member who lost their second factor and every recovery code: an operator orders that it goes, the owner is told
//! at once, and it goes after a while unless they stop it (decision 74).

pub(crate) mod carry_out;
pub(crate) mod job_kind;
pub(crate) mod order;
pub(crate) mod stop;
pub(crate) mod stop_waiting;
pub(crate) mod worker;

/// The table of orders.
pub(crate) mod store {
    pub(crate) mod factor_resets;
}
