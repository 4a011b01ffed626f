//! The sender of mails.

use std::str::FromStr;

use lettre::Address;
use lettre::message::Mailbox;

/// The sender, from the setting `mail.from`: `Daemun <daemun@login.example>`, or the address alone. The name may be any text; it
/// is quoted as RFC 5322 demands. The domain may be in any script and is sent in ASCII (RFC 5891), so that every mail server
/// accepts it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SenderAddress(Mailbox);

/// Why a text is not a sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SenderAddressError {
    /// It has no address.
    #[error("expected an e-mail address")]
    NoAddress,
    /// It has a control character, which could begin another header field.
    #[error("it holds a line end or another control character")]
    Control,
    /// The part before the `@` is not ASCII, which few mail servers accept.
    #[error("what is before the @ must be letters, digits and signs of ASCII")]
    LocalPart,
    /// The part after the `@` is not a domain.
    #[error("the part after the @ is not a domain")]
    Domain,
}

impl FromStr for SenderAddress {
    type Err = SenderAddressError;

    fn from_str(text: &str) -> Result<Self, SenderAddressError> {
        if text.chars().any(char::is_control) {
            return Err(SenderAddressError::Control);
        }
        let text = text.trim();
        let (name, address) = match text.strip_suffix('>') {
            Some(rest) => rest.rsplit_once('<').ok_or(SenderAddressError::NoAddress)?,
            None => ("", text),
        };
        Ok(Self(Mailbox::new(display_name(name), ascii_address(address.trim())?)))
    }
}

/// The name without quotes around it; `None` if it is empty.
fn display_name(text: &str) -> Option<String> {
    let text = text.trim();
    let quoted = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let name =
        quoted.map_or_else(|| text.to_owned(), |inner| inner.replace("\\\"", "\"").replace("\\\\", "\\"));
    Some(name).filter(|name| !name.is_empty())
}

fn ascii_address(text: &str) -> Result<Address, SenderAddressError> {
    let (local, domain) = text.rsplit_once('@').ok_or(SenderAddressError::NoAddress)?;
    if local.is_empty() || !local.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(if local.is_ascii() {
            SenderAddressError::NoAddress
        } else {
            SenderAddressError::LocalPart
        });
    }
    let domain = idna::domain_to_ascii(domain).map_err(|_| SenderAddressError::Domain)?;
    Address::new(local, &domain).map_err(|_| SenderAddressError::NoAddress)
}

impl SenderAddress {
    /// The sender of mails that go to the development mailbox.
    pub fn nobody() -> Self {
        Self(Mailbox::new(Some("Daemun".to_owned()), Address::new_dangerous("daemun", "localhost")))
    }

    /// The domain, which is also that of each Message-ID.
    pub fn domain(&self) -> &str {
        self.0.email.domain()
    }

    pub(crate) const fn mailbox(&self) -> &Mailbox {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sender_has_a_name_or_none() {
        for (text, name, address) in [
            ("Daemun <daemun@login.example>", Some("Daemun"), "daemun@login.example"),
            ("a@b.example", None, "a@b.example"),
            ("<a@b.example>", None, "a@b.example"),
            ("대문(Daemun) <a@b.example>", Some("대문(Daemun)"), "a@b.example"),
            ("Team, the <best> of all <a@b.example>", Some("Team, the <best> of all"), "a@b.example"),
            ("\"The \\\"gateway\\\"\" <a@b.example>", Some("The \"gateway\""), "a@b.example"),
            ("대문 <daemun@대문.한국>", Some("대문"), "daemun@xn--vk1bx9m.xn--3e0b707e"),
        ] {
            let sender: SenderAddress = text.parse().unwrap();
            assert_eq!((sender.0.name.as_deref(), sender.0.email.as_ref()), (name, address), "{text}");
        }
        for (bad, why) in [
            ("Daemun", SenderAddressError::NoAddress),
            ("Daemun <x>", SenderAddressError::NoAddress),
            ("a@b.example (Daemun)", SenderAddressError::NoAddress),
            ("대문@login.example", SenderAddressError::LocalPart),
            ("a@", SenderAddressError::NoAddress),
            ("@b.example", SenderAddressError::NoAddress),
            ("a b@c.example", SenderAddressError::NoAddress),
            ("Daemun <a@b.example>\r\nBcc: c@d.example", SenderAddressError::Control),
        ] {
            assert_eq!(bad.parse::<SenderAddress>(), Err(why), "{bad:?}");
        }
    }
}
