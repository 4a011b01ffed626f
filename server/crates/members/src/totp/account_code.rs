//! By what a member names their account who has no address: beside a recovery code.

use std::fmt;

use kernel::Randomness;

use crate::totp::recovery_code;

/// Five bits each, 40 in all: nobody hits one by chance, and the tries are counted. It opens nothing by itself.
const LENGTH: usize = 8;

/// Eight characters that name an account which has no address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountCode(String);

impl AccountCode {
    pub(crate) fn new(randomness: &dyn Randomness) -> Self {
        Self(recovery_code::random::<LENGTH>(randomness))
    }

    /// Reads one as people type it.
    pub fn parse(typed: &str) -> Option<Self> {
        recovery_code::read(typed, LENGTH).map(Self)
    }

    /// A code as its row has it, which is not checked again.
    pub(crate) const fn stored(text: String) -> Self {
        Self(text)
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// In two groups, to be written down.
impl fmt::Display for AccountCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.split_at_checked(LENGTH / 2) {
            Some((start, end)) => write!(f, "{start}-{end}"),
            None => f.write_str(&self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use testkit::SeededRandomness;

    #[test]
    fn an_account_code_is_read_as_it_is_shown_and_as_people_type_it() {
        let code = AccountCode::new(&SeededRandomness::new(3));
        assert_eq!(code.to_string().len(), 9);
        for typed in [code.to_string(), code.to_string().to_lowercase(), code.as_str().to_owned()] {
            assert_eq!(AccountCode::parse(&typed), Some(code.clone()));
        }
        for bad in ["", "0000-000", "0000-00000", "U000-0000"] {
            assert_eq!(AccountCode::parse(bad), None, "{bad}");
        }
    }
}
