//! Tokens that rotate without ever signing anyone out: the [keys that sign](KeyInfo) and their [JWKS](JwksDocument),
//! [access tokens](AccessToken) and [their verifier](Verifier), [families](Family) of
//! [refresh tokens](RefreshToken), and the feed of [revocations](Revoker) that makes a logout win
//! within a second everywhere although access tokens are self-contained.
//!
//! # How a token comes and goes
//! A sign-in [issues](Families::issue) a family; each [rotation](Families::redeem) of it spends one refresh token and gives the
//! next, and with it an [access token](Minter::mint_access) of two minutes. Replicas, tabs and lost replies may race: one
//! conditional update decides, and the others get the same successor. A spent token that comes after its successor was used ends
//! the family. A [revocation](Revoker::revoke_session) is written in the transaction of what it follows from, and every replica
//! [reads](RevocationFeed::read) it four times a second; a replica that cannot read it asks the database about each token, and
//! answers with an outage when that fails too.

mod access_token;
mod claims;
mod cleaning;
mod client_grant;
mod client_id;
mod dpop;
mod error;
mod family;
mod feed;
mod feed_cursor;
mod freshness;
mod id_token;
mod id_token_hint;
mod inspect;
mod jwks;
mod jwt;
mod key_kind;
mod key_observer;
mod key_schedule;
mod key_set;
mod keys;
mod live_families;
mod logout_token;
mod redeem;
mod refresh_token;
mod reseal;
mod revocation;
mod revoke;
mod scope;
mod session_observer;
mod settings;
mod signers;
mod signing_key;
mod still_active;
mod storage;
mod store;
mod tokens;
mod verified_tokens;
mod verifier;
mod verify_error;
mod verifying_key;

#[cfg(test)]
mod tests;

pub use access_token::{Access, AccessToken, ClientAccess, Minter};
pub use claims::{Claims, Subject, TokenId};
pub use client_grant::ClientGrant;
pub use client_id::ClientId;
pub use dpop::call::Call;
pub use dpop::proof_error::{BoundError, ProofError};
pub use dpop::proof_key::DPOP_ALGORITHMS;
pub use dpop::proofs::Proofs;
pub use dpop::proven::Proven;
pub use dpop::thumbprint::Thumbprint;
pub use error::{SettingsError, TokensError};
pub use family::{EndReason, Family, FamilyId, Grant};
pub use feed::RevocationFeed;
pub use id_token::IdToken;
pub use id_token_hint::{HintError, IdTokenHint};
pub use jwks::JwksDocument;
pub use key_kind::KeyKind;
pub use key_observer::{KeyObserver, KeyRotation};
pub use key_schedule::KeyState;
pub use keys::{KeyInfo, SigningKeys};
pub use live_families::LiveFamily;
pub use logout_token::LogoutToken;
pub use redeem::{Families, FamilyStart, FoundFamily, Presented, Redemption, Refused, Rotation};
pub use refresh_token::RefreshToken;
pub use revoke::Revoker;
pub use scope::Scope;
pub use session_observer::SessionObserver;
pub use settings::Settings;
pub use storage::STORAGE;
pub use store::families::holders;
pub use store::live_families::Surplus;
pub use tokens::Tokens;
pub use verifier::{SeenSession, Verifier};
pub use verify_error::VerifyError;
