//! The tables of this part: [`authorization_requests`](requests), [`authorization_codes`](codes), [`session_clients`].

pub(crate) mod codes;
pub(crate) mod requests;
pub(crate) mod session_clients;
