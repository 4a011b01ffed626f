//! The draft of a form: what was typed, and why the form was refused.

use std::collections::BTreeMap;

use names::{ErrorCode, FieldReason};
use serde::{Deserialize, Serialize};

/// The draft of a form that was sent. It never has passwords.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// The path that the form was sent to.
    pub action: String,
    /// What was typed, by field.
    pub typed: BTreeMap<String, String>,
    /// Why it was refused; `None` if it was accepted and the next page continues with what was typed.
    pub error: Option<FormError>,
}

/// Why a form was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormError {
    /// The status of the response.
    pub status: u16,
    /// The error; `None` for an unknown code.
    pub code: Option<ErrorCode>,
    /// The fields that are wrong.
    pub fields: Vec<FieldError>,
    /// After how many seconds to try again.
    pub wait: Option<u64>,
}

/// A field of a form whose value was refused, and the rule that it breaks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    /// The field's name.
    pub field: String,
    /// The rule that it breaks, if it is one of several.
    pub reason: Option<FieldReason>,
}
