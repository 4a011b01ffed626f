//! The tables of this part: [`authorization_requests`](requests), [`authorization_codes`](codes), [`consents`] and
//! [`session_clients`].

pub(crate) mod codes;
pub(crate) mod consents;
pub(crate) mod requests;
pub(crate) mod session_clients;
