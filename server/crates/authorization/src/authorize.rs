//! `/oauth2/authorize`: what an authorization request must be, check by check (RFC 6749 section 4.1.1, OpenID Connect Core
//! section 3.1.2). Each check is one file and one pure function; [`decision`] has all of them, in order.

mod acr_values;
mod answer;
pub(crate) mod asked;
mod client;
mod code;
mod consent;
mod consent_form;
mod consent_page;
pub(crate) mod decision;
mod dpop_jkt;
mod encoding;
mod endpoint;
mod failure;
mod id_token_hint;
mod max_age;
mod nonce;
mod outcome;
mod page_error;
mod pkce;
mod prompt;
mod pushed;
pub(crate) mod redirect_uri;
pub(crate) mod refused;
mod request_object;
pub(crate) mod resource;
mod response_type;
pub(crate) mod scope;
mod sign_in;
mod state;
mod stored;
pub(crate) mod waiting;

#[cfg(test)]
mod tests;

pub(crate) use consent_form::post as decide_consent;
pub use consent_page::{ConsentPage, ConsentRequest};
pub(crate) use endpoint::{get, post, resume};
pub use waiting::WaitingApp;
