//! What is left of a form that was sent: what was typed, and why it was not taken.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A form as it came back. Passwords are never in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// Where the form was sent to.
    pub action: String,
    /// What was typed, by field.
    pub typed: BTreeMap<String, String>,
    /// Why it was not taken; `None` when it was, and the next page goes on with what was typed.
    pub error: Option<FormError>,
}

/// Why a form was not taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormError {
    /// The status that the form was answered with.
    pub status: u16,
    /// What happened.
    pub problem: Problem,
    /// The fields that are not as allowed.
    pub fields: Vec<FieldError>,
    /// After how many seconds it is worth trying again.
    pub wait: Option<u64>,
}

/// One field that is not as allowed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    /// The field's name.
    pub field: String,
    /// Which of several rules it breaks, as a code.
    pub reason: Option<String>,
}

/// What can be wrong with a form: the registry of codes that pages explain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Problem {
    /// Fields are missing or wrong.
    Fields,
    /// Address and password open no account.
    BadCredentials,
    /// The address has an account.
    AddressTaken,
    /// The link or code is not good any more.
    ProofInvalid,
    /// The proof must name the password.
    PasswordNeeded,
    /// The present password is another one.
    WrongPassword,
    /// The account has no password.
    NoPassword,
    /// The account has a password already.
    HasPassword,
    /// It is the only sign-in method.
    LastSignInMethod,
    /// The account was changed by another request in the meantime.
    ChangedMeanwhile,
    /// A file is too large.
    TooLarge,
    /// Too many tries.
    TooManyTries,
    /// Too many people at this moment.
    Busy,
    /// The database is away.
    Unavailable,
    /// A code that is not in the registry.
    Other,
}

impl Problem {
    /// All that the server sends, with its code.
    pub const SENT: [(Self, &'static str); 14] = [
        (Self::Fields, "VALIDATION_FAILED"),
        (Self::BadCredentials, "AUTH_BAD_CREDENTIALS"),
        (Self::AddressTaken, "AUTH_EMAIL_DUPLICATE"),
        (Self::ProofInvalid, "MAIL_PROOF_INVALID"),
        (Self::PasswordNeeded, "PASSWORD_NEEDED"),
        (Self::WrongPassword, "CURRENT_PASSWORD_WRONG"),
        (Self::NoPassword, "PASSWORD_NOT_SET"),
        (Self::HasPassword, "PASSWORD_SET"),
        (Self::LastSignInMethod, "LAST_WAY_IN"),
        (Self::ChangedMeanwhile, "ACCOUNT_CHANGED"),
        (Self::TooLarge, "BODY_TOO_LARGE"),
        (Self::TooManyTries, "TOO_MANY_REQUESTS"),
        (Self::Busy, "BUSY"),
        (Self::Unavailable, "AUTH_UNAVAILABLE"),
    ];

    /// Reads the code of a refusal.
    pub fn parse(code: &str) -> Self {
        Self::SENT.into_iter().find(|(_, known)| *known == code).map_or(Self::Other, |(problem, _)| problem)
    }
}
