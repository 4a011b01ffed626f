//! A login on its way through a provider: one row, single use, ten minutes.

use std::time::Duration;

use kernel::{KeyRing, KeyRingError, OpaqueToken, Purpose, Randomness, Timestamp, TokenHash};
use names::{MemberId, ProviderName, SessionId, define_id};
use web::ReturnTo;
use zeroize::{Zeroize as _, ZeroizeOnDrop, Zeroizing};

use crate::browser_binding::BrowserBinding;
use crate::login_network::LoginNetwork;

define_id!(
    /// The id of a login transaction.
    TransactionId
);

/// How long a person may take at the provider (S-UP-1).
pub(crate) const TRANSACTION_LIFETIME: Duration = Duration::from_mins(10);

pub(crate) const PURPOSE: Purpose = Purpose::new("login-transaction");

/// On whose behalf a login goes that is to link an identity: it may end only there (S-UP-13). Both ids are of parts above
/// this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkFor {
    /// The member.
    pub member: MemberId,
    /// The session in which they began.
    pub session: SessionId,
}

/// The row of a login transaction. Its secrets are sealed.
#[derive(Clone, Debug)]
pub(crate) struct LoginTransaction {
    pub(crate) id: TransactionId,
    pub(crate) browser: TokenHash,
    pub(crate) provider: ProviderName,
    pub(crate) issuer: String,
    pub(crate) sealed: Vec<u8>,
    pub(crate) return_to: ReturnTo,
    pub(crate) link: Option<LinkFor>,
    pub(crate) expires_at: Timestamp,
    /// The network from which it was begun. It is only written, to be counted by.
    pub(crate) login_network: Option<LoginNetwork>,
}

/// What only we know of a login until its end. Wiped when dropped.
#[derive(zeroize::Zeroize, ZeroizeOnDrop)]
pub(crate) struct LoginSecrets {
    /// The PKCE verifier (RFC 7636 section 4.1): 43 characters.
    pub(crate) verifier: String,
    /// The nonce, in lower-case hexadecimal: Naver drops a final `A` (quirk 9).
    pub(crate) nonce: String,
}

impl LoginSecrets {
    pub(crate) fn new(randomness: &dyn Randomness) -> Self {
        let mut random = [0; 16];
        randomness.fill(&mut random);
        let nonce = format!("{:032x}", u128::from_be_bytes(random));
        random.zeroize();
        Self { verifier: OpaqueToken::new(randomness).text(), nonce }
    }

    /// Seals them for the row with this id.
    pub(crate) fn seal(
        &self,
        id: TransactionId,
        key_ring: &KeyRing,
        randomness: &dyn Randomness,
    ) -> Result<Vec<u8>, KeyRingError> {
        let plain = Zeroizing::new(format!("{} {}", self.verifier, self.nonce));
        key_ring.seal(PURPOSE, &id.to_string(), plain.as_bytes(), randomness)
    }

    /// Opens what [`LoginSecrets::seal`] made for the same row.
    pub(crate) fn open(transaction: &LoginTransaction, key_ring: &KeyRing) -> Result<Self, KeyRingError> {
        let plain =
            Zeroizing::new(key_ring.open(PURPOSE, &transaction.id.to_string(), &transaction.sealed)?);
        let text = std::str::from_utf8(&plain).map_err(|_| KeyRingError::Forged)?;
        let (verifier, nonce) = text.split_once(' ').ok_or(KeyRingError::Forged)?;
        Ok(Self { verifier: verifier.to_owned(), nonce: nonce.to_owned() })
    }
}

impl LoginTransaction {
    /// Why a callback may not spend this transaction; `None` when it may.
    pub(crate) fn mismatch(
        &self,
        provider: ProviderName,
        issuer: &str,
        browser: &BrowserBinding,
        now: Timestamp,
    ) -> Option<&'static str> {
        if !browser.hash().matches(&self.browser) {
            return Some("browser_mismatch");
        }
        if self.provider != provider || self.issuer != issuer {
            return Some("provider_mismatch");
        }
        (now >= self.expires_at).then_some("login_expired")
    }
}
