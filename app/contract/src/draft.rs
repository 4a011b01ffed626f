//! What is left of a form that was sent: what was typed, and why it was not taken.

use std::collections::BTreeMap;

use names::{ErrorCode, FieldReason};
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
    /// What happened; `None` for a code that nobody explains.
    pub code: Option<ErrorCode>,
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
    /// Which of several rules it breaks.
    pub reason: Option<FieldReason>,
}
