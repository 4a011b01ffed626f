//! The reasons for which requests about accounts are refused: what HTTP says of each, and what the audit log calls it, here
//! and nowhere else. Which of them can happen in a flow is in the flow's own error.

use std::borrow::Cow;
use std::time::Duration;

use http::StatusCode;
use names::{ErrorCode, FieldReason};
use web::{FieldProblem, Refusal, Refuse};

use crate::failure::Failure;
use crate::model::password_error::PasswordError;

web::reasons! {
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
    /// What was typed is no code of the member's, or was used before.
    WrongCode: "a code of a second factor was refused" => SecondFactorWrong, "wrong_code";
    /// Account code and recovery code open no account. Unknown, used, with another sign-in method, disabled: it does not say which.
    RecoveryRefused: "account code and recovery code do not open an account" => RecoveryRefused, "wrong_code";
    /// The first code of a device is not the present one.
    WrongFirstCode: "the first code of a device was refused" => FirstCodeWrong;
    /// No set-up of one-time codes was begun in this session, or its time is over.
    NothingBegun: "no set-up of one-time codes was begun here" => NothingBegun;
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
    /// Nobody else could administer.
    LastAdministrator: "it is the last administrator" => LastAdministrator, "last_administrator";
    /// A role of theirs needs a second factor, and it is their last.
    LastSecondFactor: "it is the last second factor of a member who needs one" => LastSecondFactor, "last_second_factor";
    /// The passkey is somebody's already.
    PasskeyTaken: "the passkey is somebody's already" => PasskeyTaken, "passkey_taken";
    /// The member has as many passkeys as one may.
    PasskeyLimit: "the member has as many passkeys as one may" => PasskeyLimit, "passkey_limit";
    /// Nobody has this passkey. Its browser may forget it.
    PasskeyUnknown: "nobody has this passkey" => PasskeyUnknown, "passkey_unknown";
    /// Passkeys are switched off here.
    NoPasskeys: "passkeys are switched off" => NotFound;
    /// The identity is another member's sign-in method.
    IdentityTaken: "the identity is another member's" => IdentityTaken, "identity_taken";
}

/// A passkey that does not prove what was asked, for the reason with this code. The answer does not say which.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a passkey was refused: {0}")]
pub struct PasskeyRefused(pub(crate) &'static str);

impl Refuse for PasskeyRefused {
    fn refusal(&self) -> Refusal {
        Refusal::of(ErrorCode::PasskeyRefused)
    }

    fn audit_reason(&self) -> &'static str {
        self.0
    }
}

/// A new passkey that was not made as it was asked for, for the reason with this code. Its sender is signed in, so that it is no 401.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a new passkey was refused: {0}")]
pub struct NewPasskeyRefused(pub(crate) &'static str);

impl Refuse for NewPasskeyRefused {
    fn refusal(&self) -> Refusal {
        Refusal::of(ErrorCode::PasskeyRefused).with_status(StatusCode::BAD_REQUEST)
    }

    fn audit_reason(&self) -> &'static str {
        self.0
    }
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

web::limited!(Failure);

/// A new password that is not taken.
impl Refuse for PasswordError {
    fn refusal(&self) -> Refusal {
        Refusal::fields(vec![problem_of(*self)])
    }
}

/// What the field of a new password is told.
pub(crate) fn problem_of(error: PasswordError) -> FieldProblem {
    FieldProblem { reason: Some(reason_of(error)), ..FieldProblem::new("password", allowed(error)) }
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
