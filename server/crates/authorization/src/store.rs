//! The tables of this part: [`authorization_requests`](requests) and [`authorization_codes`](codes).

pub(crate) mod codes;
pub(crate) mod requests;
