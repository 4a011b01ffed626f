//! `POST /api/users/me/email/add`: an address for a member who has no password, such as one who signed up by a passkey. They showed a moment ago
//! who they are, by the strongest that they have. Until the mailbox has proven itself, at `POST /api/users/email/prove` as every new
//! address does, it is nothing: no sign-in method, and no place for mails about the account.

use axum::extract::State;
use db::DbError;
use serde::Deserialize;
use utoipa::ToSchema;
use web::endpoint_error;
use web::guard::Fresh;
use web::reason::{FieldErrors, InputError};
use web::{Refusal, RequestContext, StrictBody, Success};

use crate::caller::Caller;
use crate::email::change_address::{AddressChanges, refuse_present};
use crate::failure::Failure;
use crate::field::Fields;
use crate::limits::Budget;
use crate::next::{Next, Step};
use crate::password::store::local_accounts;
use crate::reason::{HasPassword, Limited};
use names::{EmailAddress, MemberId};

endpoint_error! {
    /// Why an account without a password gets no address.
    pub enum FirstAddressError {
        Input(InputError) from Refusal, FieldErrors;
        HasPassword(HasPassword);
        Limited(Limited);
        Failed(Failure) from DbError;
    }
}

impl AddressChanges {
    /// Sends the mail with which an address is proven, to a mailbox that a member says is theirs. Whether another member has it is not
    /// said; its owner is told by mail.
    ///
    /// # Errors
    /// When they have a password, which is asked for where an address is changed; when they have the address; or when too much was
    /// asked for.
    pub async fn request_first_address(
        &self,
        member: MemberId,
        new: &EmailAddress,
        context: &RequestContext,
    ) -> Result<(), FirstAddressError> {
        self.limits.mail_asked(Budget::AddressChange, context.network).await?;
        self.limits.change_by(member).await?;
        let account = {
            let mut reader = self.context.db.read().await?;
            local_accounts::find_by_member(&mut reader, member).await?
        };
        if let Some(account) = account {
            if account.has_password() {
                return Err(HasPassword.into());
            }
            refuse_present(&account, new)?;
        }
        Ok(self.ask_for_proof(member, new, context).await?)
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AddressBody {
    #[schema(required = true, nullable = false, value_type = String, example = "hong@example.com")]
    email: Option<String>,
}

/// Asks for the mail: the same 202 whether the address is free or not.
pub(crate) async fn request(
    Fresh { caller, .. }: Fresh<Caller>,
    State(changes): State<AddressChanges>,
    context: RequestContext,
    body: Result<StrictBody<AddressBody>, Refusal>,
) -> Result<Success<Next>, FirstAddressError> {
    let StrictBody(value) = body?;
    let mut fields = Fields::default();
    let email = fields.email(value.email.as_deref());
    let email = fields.done(email)?;
    changes.request_first_address(caller.member, &email, &context).await?;
    Ok(Success::accepted(Step::ProveNewAddress.into()))
}
