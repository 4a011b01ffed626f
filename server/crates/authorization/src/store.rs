//! The tables of this part: [`authorization_requests`](requests), [`authorization_codes`](codes), [`consents`],
//! [`session_clients`], [`device_codes`], [`pushed_requests`](pushed), [`registered_clients`](clients) and
//! [`authorization_used_ids`](used_ids).

use db::{DbError, Transaction};

pub(crate) mod clients;
pub(crate) mod codes;
pub(crate) mod consents;
pub(crate) mod device_codes;
pub(crate) mod pushed;
pub(crate) mod requests;
pub(crate) mod session_clients;
pub(crate) mod used_ids;

/// Deletes what could still be exchanged for tokens: codes, requests of devices, and requests that clients pushed. After a backup was
/// restored, some of them may have been used before.
///
/// # Errors
/// When the database refuses.
pub async fn cancel_grants(tx: &mut Transaction) -> Result<(), DbError> {
    codes::delete_all(tx).await?;
    device_codes::delete_all(tx).await?;
    pushed::delete_all(tx).await
}
