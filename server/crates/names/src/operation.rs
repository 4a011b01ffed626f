//! What an operator does: who it is, from where, and why.

use std::borrow::Cow;
use std::fmt;

use crate::id::MemberId;
use crate::source::Source;

/// The longest reason, in characters.
const MAX_CHARS: usize = 300;

/// The reason that an operator gives: one line that is not empty. It is in the audit log and in the member's export; no page
/// shows it to members.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperatorReason(Cow<'static, str>);

/// The text is not a valid reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OperatorReasonError;

impl fmt::Display for OperatorReasonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "one line of 1 to {MAX_CHARS} characters")
    }
}

impl std::error::Error for OperatorReasonError {}

impl OperatorReason {
    /// Parses a reason; white space around it does not count.
    ///
    /// # Errors
    /// When it is empty, longer than 300 characters, or has a control character or an invisible one.
    pub fn parse(text: &str) -> Result<Self, OperatorReasonError> {
        let text = text.trim();
        let is_hidden = |c: char| {
            c.is_control()
                || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
        };
        if text.is_empty() || text.chars().count() > MAX_CHARS || text.chars().any(is_hidden) {
            return Err(OperatorReasonError);
        }
        Ok(Self(Cow::Owned(text.to_owned())))
    }

    /// The reason of an operator who reads something for which no reason is asked: none.
    pub const fn reading() -> Self {
        Self(Cow::Borrowed(""))
    }

    /// The reason, in one line.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OperatedBy {
    /// Somebody who may run commands on the machine.
    CommandLine,
    /// A member who administers, in their browser.
    Member(MemberId),
    /// A client that administers, by its id.
    Client(String),
}

/// An operator's action: from where, who and why.
#[derive(Clone, Debug)]
pub struct Operation {
    /// Where it comes from; its actor is [`Actor::Operator`](crate::Actor::Operator).
    pub source: Source,
    /// The operator.
    pub by: OperatedBy,
    /// Why they act.
    pub reason: OperatorReason,
}

impl Operation {
    /// Whether it comes from the command line, which alone may remove the last administrator.
    pub const fn is_at_the_command_line(&self) -> bool {
        matches!(self.by, OperatedBy::CommandLine)
    }

    /// The member who operates.
    pub const fn member(&self) -> Option<MemberId> {
        match self.by {
            OperatedBy::Member(member) => Some(member),
            OperatedBy::CommandLine | OperatedBy::Client(_) => None,
        }
    }

    /// The id of the client that operates; empty if the operator is not a client.
    pub fn client(&self) -> &str {
        match &self.by {
            OperatedBy::Client(id) => id,
            OperatedBy::CommandLine | OperatedBy::Member(_) => "",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_one_line_that_everybody_sees() {
        for (text, reason) in [(" 문의 #12 ", "문의 #12"), ("x", "x")] {
            assert_eq!(OperatorReason::parse(text).unwrap().as_str(), reason);
        }
        for bad in ["", "  ", "a\nb", "a\u{202e}b", "a\u{0}", &"가".repeat(301)] {
            assert_eq!(OperatorReason::parse(bad), Err(OperatorReasonError), "{bad:?}");
        }
    }
}
