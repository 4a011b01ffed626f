//! What a browser is asked about passkeys, and what it answers.

use kernel::TokenHash;
use serde_json::Value;

/// What a browser is asked.
#[derive(Debug)]
pub struct PasskeyQuestion {
    /// The name of the ceremony, which comes back with the answer.
    pub ceremony: String,
    /// What the browser asks for.
    pub options: Value,
}

/// A browser's answer, as it came.
#[derive(Debug)]
pub struct PasskeyAnswer {
    /// Which ceremony it belongs to.
    pub ceremony: String,
    /// What the browser says.
    pub credential: Value,
    /// Which browser it is; `None` for one that we do not know.
    pub browser: Option<TokenHash>,
}
