//! What somebody may have prepared who had access to an account before its owner, and what goes with a password reset by mail alone
//! (S-UP-11).

use db::Transaction;
use web::RequestContext;

use crate::email::store::former_mailboxes;
use crate::password::reset::{PasswordResets, ResetError};
use crate::password::store::local_accounts::{self, LocalAccount};
use crate::totp::store::{account_codes, recovery_codes, seeds, setups};

impl PasswordResets {
    /// Removes every sign-in method but the new password and the identities that vouch for the mailbox: passkeys, the other identities, and
    /// the recovery codes that open an account without a password. One-time codes stay, and with them the recovery codes in their place
    /// (decision 80). Mailboxes that were the member's only for a short time hear of nothing any more. Other parts delete what they keep, such as
    /// what apps were allowed: an app of that person would get tokens of the owner unasked.
    pub(crate) async fn discard_prepared(
        &self,
        tx: &mut Transaction,
        account: &LocalAccount,
        context: &RequestContext,
    ) -> Result<(), ResetError> {
        let member = account.member;
        self.removal.discard_unvouched(tx, member, &account.email, context).await?;
        self.passkeys.take_all_away(tx, member, context).await?;
        account_codes::delete(tx, member).await?;
        setups::delete(tx, member).await?;
        if !seeds::exists(tx, member).await? {
            recovery_codes::delete_all(tx, member).await?;
        }
        former_mailboxes::delete_unsettled(tx, member).await?;
        local_accounts::clear_former_email(tx, member).await?;
        Ok(self.elsewhere.discard_prepared(tx, member).await?)
    }
}
