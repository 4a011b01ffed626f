//! What goes with a client that is removed.

use db::Transaction;
use kernel::Timestamp;
use tokens::{ClientId, EndReason, Tokens, TokensError};

use crate::store::{codes, consents, device_codes};

/// Ends everything that a client was given, and takes back what people allowed it: nobody has agreed to what a client with this id
/// may be one day, and it redeems nothing that this one was given. Returns how many families lived.
pub(crate) async fn end_everything(
    tx: &mut Transaction,
    tokens: &Tokens,
    client: &ClientId,
    registered_at: Timestamp,
) -> Result<u64, TokensError> {
    consents::delete_of_client(tx, client).await?;
    codes::delete_unspent_of_client(tx, client).await?;
    device_codes::deny_of_client(tx, client).await?;
    tokens.revoker.revoke_all_of_client(tx, client, registered_at, EndReason::Administrator).await
}
