//! Passkeys (WebAuthn Level 3): keys in a member's devices or password manager, with which they sign in without typing anything.
//!
//! A [ceremony](ceremonies) begins with a challenge and is used once, by the browser that began it. What a browser answers is
//! held against it by the [relying party](relying_party), which is the library and what it leaves to us. A key is
//! [added](register), [used](sign_in), and [renamed or taken away](own_passkeys); like every sign-in method it is never
//! taken away if it is the last.

pub(crate) mod authenticators;
pub(crate) mod ceremonies;
pub(crate) mod ceremony;
pub(crate) mod client_data;
pub(crate) mod made;
pub(crate) mod moved;
pub(crate) mod own_passkeys;
pub(crate) mod passkey;
pub(crate) mod question;
pub(crate) mod register;
pub(crate) mod relying_party;
pub(crate) mod removal;
pub(crate) mod routes;
pub(crate) mod settings;
pub(crate) mod sign_in;
pub(crate) mod sign_up;
pub(crate) mod well_known;

/// The tables of passkeys and of ceremonies.
pub(crate) mod store {
    pub(crate) mod answers;
    pub(crate) mod ceremonies;
    pub(crate) mod passkeys;
}
