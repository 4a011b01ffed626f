//! DPoP at the endpoints of this part (RFC 9449). What a proof must be is known to the crate `tokens`.

pub(crate) mod at_push;
pub(crate) mod at_token_endpoint;
pub(crate) mod header;
