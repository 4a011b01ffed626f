//! One-time codes (RFC 6238) and recovery codes: what a member shows beside their password, or after a provider.

pub(crate) mod account_code;
pub(crate) mod codes;
pub(crate) mod recovery_code;
pub(crate) mod recovery_sign_in;
pub(crate) mod required_set_up;
pub(crate) mod routes;
pub(crate) mod seed;
pub(crate) mod set_up;
pub(crate) mod set_up_place;
pub(crate) mod turn_off;

/// The tables of this room.
pub(crate) mod store {
    pub(crate) mod account_codes;
    pub(crate) mod recovery_codes;
    pub(crate) mod seeds;
    pub(crate) mod setups;
}
