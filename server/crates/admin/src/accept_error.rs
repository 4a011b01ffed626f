//! Why nobody becomes an administrator by an invitation.

use db::DbError;
use members::{Failure, RenewalError, RoleChangeError};
use web::reason::{FieldErrors, InputError};
use web::{Refusal, endpoint_error};

use crate::reason::{InvitationInvalid, MembersOnly, RoleImpossible, RoleTakenLately};

endpoint_error! {
    /// Why nobody becomes an administrator.
    pub enum AcceptError {
        Input(InputError) from Refusal, FieldErrors;
        MembersOnly(MembersOnly);
        Invalid(InvitationInvalid);
        TakenLately(RoleTakenLately);
        TooMany(RoleImpossible);
        Renewal(RenewalError);
        Failed(Failure) from DbError;
    }
}

impl From<RoleChangeError> for AcceptError {
    fn from(error: RoleChangeError) -> Self {
        match error {
            RoleChangeError::TakenLately(_) => RoleTakenLately.into(),
            RoleChangeError::Db(error) => error.into(),
            RoleChangeError::Tokens(error) => Failure::from(error).into(),
            // Erased at this moment: the link is as good as it was, and nobody is there to use it.
            RoleChangeError::NoMember => InvitationInvalid.into(),
            error @ RoleChangeError::TooMany => RoleImpossible(error.to_string()).into(),
            RoleChangeError::Everybodys
            | RoleChangeError::Unknown(..)
            | RoleChangeError::LastAdministrator => {
                Failure::Internal("ROLE_ADMIN cannot be given to this member").into()
            }
        }
    }
}
