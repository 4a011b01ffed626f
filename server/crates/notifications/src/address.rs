//! Addresses that can be in a mail header.

use std::fmt;
use std::str::FromStr;

use lettre::Address;
use names::EmailAddress;

/// The address of a mailbox. Only what parses as one gets this type, so nothing that is typed can end a header line or
/// begin another (S-MAIL-11).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct MailAddress(Address);

/// The text is no address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected an e-mail address")]
pub struct MailAddressError;

impl MailAddress {
    /// Reads an address, as every other door does.
    ///
    /// # Errors
    /// When `text` is none.
    pub fn parse(text: &str) -> Result<Self, MailAddressError> {
        Self::try_from(&kernel::email_address::read(text).ok_or(MailAddressError)?)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        self.0.as_ref()
    }

    pub(crate) const fn address(&self) -> &Address {
        &self.0
    }
}

/// Never fails: a test holds what is an address against what can be sent.
impl TryFrom<&EmailAddress> for MailAddress {
    type Error = MailAddressError;

    fn try_from(address: &EmailAddress) -> Result<Self, MailAddressError> {
        Address::from_str(address.as_str()).map(Self).map_err(|_| MailAddressError)
    }
}

/// The domain only: an address in full does not belong in a log (S-LOG-2).
impl fmt::Debug for MailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "…@{}", self.0.domain())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s_mail_11_what_could_end_a_header_line_is_no_address() {
        for bad in [
            "minji@example.com\r\nBcc: all@example.com",
            "minji@example.com\nBcc: all@example.com",
            "\"a\r\nBcc: b\"@example.com",
            "minji@example.com, eve@example.com",
            "<minji@example.com>",
            "minji @example.com",
            "\"minji\"@example.com",
            "min\"ji@example.com",
            "minji",
            "@example.com",
            "",
        ] {
            assert_eq!(MailAddress::parse(bad), Err(MailAddressError), "{bad:?}");
        }
        assert!(MailAddress::parse(&format!("{}@example.com", "a".repeat(250))).is_err());
        assert_eq!(MailAddress::parse("min.ji+x@example.com").unwrap().as_str(), "min.ji+x@example.com");
    }

    #[test]
    fn s_log_2_an_address_prints_its_domain_only() {
        assert_eq!(format!("{:?}", MailAddress::parse("minji@example.com").unwrap()), "…@example.com");
    }
}
