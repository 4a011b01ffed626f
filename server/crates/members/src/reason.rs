//! The reasons for which requests about accounts are refused: what HTTP says of each, and what the audit log calls it, here
//! and nowhere else. Which of them can happen in a flow is in the flow's own error.

use std::borrow::Cow;
use std::time::Duration;

use limits::{LimitError, LimitExceeded};
use names::{ErrorCode, FieldReason};
use web::{FieldProblem, Refusal, Refuse, flow_error};

use crate::failure::Failure;
use crate::model::password_error::PasswordError;

/// A reason that needs no more words than its own: what the log says, the error that it is answered with, and its name in the
/// audit log, if it gets there.
macro_rules! reasons {
    ($($(#[$meta:meta])* $name:ident: $log:literal => $error:ident $(, $audit:literal)?;)+) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
        #[error($log)]
        pub struct $name;

        impl Refuse for $name {
            fn refusal(&self) -> Refusal {
                Refusal::of(ErrorCode::$error)
            }

            $(fn audit_reason(&self) -> &'static str {
                $audit
            })?
        }
    )+};
}

reasons! {
    /// Nobody signs in by this address and password. Unknown, wrong, without password, disabled, not proven: it does not
    /// say which (S-ACC-6).
    BadCredentials: "address and password do not open an account" => BadCredentials, "bad_credentials";
    /// A token or code that is unknown, spent, over, or for something else.
    BadProof: "a token or code of a mail was refused" => ProofInvalid, "bad_proof";
    /// Several sign-ups with different passwords wait for this address: the person who proves it must say the password. The
    /// token stays good.
    PasswordNeeded: "the proof must name the password" => PasswordNeeded, "password_needed";
    /// The address has an account.
    Taken: "the address has an account" => AddressTaken, "address_taken";
    /// The caller is nobody.
    NotSignedIn: "nobody is signed in" => NotSignedIn;
    /// The current password is wrong.
    WrongPassword: "the present password is another one" => WrongPassword, "wrong_password";
    /// The account has no password yet.
    NoPassword: "the account has no password" => NoPassword;
    /// The account has a password already.
    HasPassword: "the account has a password" => HasPassword;
    /// The account was changed by another request in the meantime.
    ChangedMeanwhile: "the account was changed meanwhile" => ChangedMeanwhile;
    /// The last sign-in method cannot be taken away.
    LastSignInMethod: "it is the last sign-in method" => LastSignInMethod, "last_way_in";
    /// The identity is another member's sign-in method.
    IdentityTaken: "the identity is another member's" => IdentityTaken, "identity_taken";
    /// There is nothing here.
    NotFound: "there is nothing here" => NotFound;
}

/// Too much of the slow work is being done: hashing, drawing, what follows an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many passwords are being worked on")]
pub struct Busy;

impl Refuse for Busy {
    fn refusal(&self) -> Refusal {
        Refusal::of(ErrorCode::Busy).retry_after(Duration::from_secs(3))
    }

    fn is_limit(&self) -> bool {
        true
    }
}

/// Too many tries.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("too many tries")]
pub struct TooMany(pub LimitExceeded);

impl Refuse for TooMany {
    fn refusal(&self) -> Refusal {
        Refusal::from(self.0)
    }

    fn is_limit(&self) -> bool {
        true
    }
}

flow_error! {
    /// Why a try is not allowed.
    pub enum Limited {
        TooMany(TooMany);
        Failed(Failure);
    }
}

impl From<LimitError> for Limited {
    fn from(error: LimitError) -> Self {
        match error {
            LimitError::Exceeded(exceeded) => Self::TooMany(TooMany(exceeded)),
            LimitError::Db(error) => Self::Failed(error.into()),
        }
    }
}

/// Fields are missing or wrong.
#[derive(Clone, Debug, thiserror::Error)]
#[error("fields are not as allowed")]
pub struct FieldErrors(pub Vec<FieldProblem>);

impl Refuse for FieldErrors {
    fn refusal(&self) -> Refusal {
        Refusal::fields(self.0.clone())
    }
}

/// The body is not one that the endpoint reads: its type, its size, its form.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the request was refused")]
pub struct BadBody(Refusal);

impl From<Refusal> for BadBody {
    fn from(refusal: Refusal) -> Self {
        Self(refusal)
    }
}

impl Refuse for BadBody {
    fn refusal(&self) -> Refusal {
        self.0.clone()
    }
}

flow_error! {
    /// Why what was sent is not taken.
    pub enum InputError {
        Body(BadBody) from Refusal;
        Fields(FieldErrors);
    }
}

/// A new password that is not taken.
impl Refuse for PasswordError {
    fn refusal(&self) -> Refusal {
        Refusal::fields(vec![FieldProblem {
            reason: Some(reason_of(*self)),
            ..FieldProblem::new("password", allowed(*self))
        }])
    }
}

/// What is allowed where a password was not taken.
fn allowed(error: PasswordError) -> Cow<'static, str> {
    match error {
        PasswordError::Length { least, most } => {
            format!("{least} to {most} characters; a sentence is easy to remember").into()
        }
        PasswordError::Leaked => {
            "not close to leaked passwords, which are easy to guess; a sentence of several words is safe"
                .into()
        }
        PasswordError::Context => "not made of this site's name, the address or the nickname".into(),
    }
}

/// The rule that a password breaks; pages explain each in its own words.
const fn reason_of(error: PasswordError) -> FieldReason {
    match error {
        PasswordError::Length { .. } => FieldReason::PasswordLength,
        PasswordError::Leaked => FieldReason::PasswordLeaked,
        PasswordError::Context => FieldReason::PasswordContext,
    }
}
