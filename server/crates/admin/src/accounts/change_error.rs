//! What can go wrong when an operator changes an account.

use db::DbError;
use members::{FactorResetError, Failure, LastAdministrator, RoleChangeError, StatusChangeError};
use sessions::SessionsError;
use web::reason::{FieldErrors, InputError, NotFound};
use web::{Refusal, endpoint_error};

use crate::reason::{
    AccountDeleting, AccountDisabled, FactorsStay, NoProofWaits, RoleImpossible, RoleTakenLately,
};

endpoint_error! {
    /// Why an account stays as it is.
    pub(crate) enum ChangeError {
        Input(InputError) from Refusal, FieldErrors;
        NotFound(NotFound);
        LastAdministrator(LastAdministrator);
        Deleting(AccountDeleting);
        Disabled(AccountDisabled);
        Factors(FactorsStay);
        NoProof(NoProofWaits);
        TakenLately(RoleTakenLately);
        Role(RoleImpossible);
        Sessions(SessionsError);
        Failed(Failure) from DbError;
    }
}

impl From<RoleChangeError> for ChangeError {
    fn from(error: RoleChangeError) -> Self {
        match error {
            RoleChangeError::NoMember => NotFound.into(),
            RoleChangeError::TakenLately(_) => RoleTakenLately.into(),
            RoleChangeError::LastAdministrator => LastAdministrator.into(),
            RoleChangeError::Db(error) => error.into(),
            RoleChangeError::Tokens(error) => Failure::from(error).into(),
            error @ (RoleChangeError::Everybodys
            | RoleChangeError::Unknown(..)
            | RoleChangeError::TooMany) => RoleImpossible(error.to_string()).into(),
        }
    }
}

impl From<StatusChangeError> for ChangeError {
    fn from(error: StatusChangeError) -> Self {
        match error {
            StatusChangeError::NoMember => NotFound.into(),
            StatusChangeError::Deleting => AccountDeleting.into(),
            StatusChangeError::Disabled => AccountDisabled.into(),
            StatusChangeError::LastAdministrator => LastAdministrator.into(),
            StatusChangeError::Failed(failure) => failure.into(),
        }
    }
}

impl From<FactorResetError> for ChangeError {
    fn from(error: FactorResetError) -> Self {
        match error {
            FactorResetError::NoMember => NotFound.into(),
            FactorResetError::Disabled => AccountDisabled.into(),
            FactorResetError::Deleting => AccountDeleting.into(),
            FactorResetError::Failed(failure) => failure.into(),
            error @ (FactorResetError::NoFactor
            | FactorResetError::OnlyPasskeys
            | FactorResetError::NoMailbox
            | FactorResetError::Waits(_)) => FactorsStay(error.to_string()).into(),
        }
    }
}
