//! The tables of this part: [`authorization_requests`](requests), [`authorization_codes`](codes), [`consents`],
//! [`session_clients`], [`device_codes`], [`pushed_requests`](pushed), [`registered_clients`](clients) and
//! [`authorization_used_ids`](used_ids).

pub(crate) mod clients;
pub(crate) mod codes;
pub(crate) mod consents;
pub(crate) mod device_codes;
pub(crate) mod pushed;
pub(crate) mod requests;
pub(crate) mod session_clients;
pub(crate) mod used_ids;
