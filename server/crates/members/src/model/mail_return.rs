//! Where the reader of a mail continues.

use kernel::OpaqueToken;
use names::path;
use serde::{Deserialize, Serialize};
use web::ReturnTo;

/// Where the reader of a mail continues once they are done: the app or the device that waits for them. It is one of a few fixed
/// addresses, since the mail may go to somebody other than the person who typed (S-MAIL-11).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MailReturn {
    /// To the authorization request with this id.
    App(String),
    /// To the page on which a device is allowed something. Its code is typed there again: a mail of ours must not lead anybody to
    /// the device of a stranger (RFC 8628 section 5.4).
    Device,
}

impl MailReturn {
    /// For somebody who was on the way there; `None` for any other place.
    pub fn of(return_to: &ReturnTo) -> Option<Self> {
        let address = return_to.as_str();
        if let Some(id) = path::request_in(address).and_then(OpaqueToken::parse) {
            return Some(Self::App(id.text()));
        }
        let page = address.split(['?', '#']).next();
        (page == Some(path::DEVICE)).then_some(Self::Device)
    }

    /// The path to which a person goes on after the mail.
    pub fn address(&self) -> String {
        match self {
            Self::App(id) => format!("{}{id}", path::AUTHORIZATION_REQUEST),
            Self::Device => path::DEVICE.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s_mail_11_a_mail_leads_to_apps_and_devices_and_to_nothing_that_somebody_typed() {
        let request = format!("/oauth2/authorize/{}", "A".repeat(43));
        let consent = format!("/oauth2/consent?request={}", "A".repeat(43));
        for (typed, leads_to) in [
            (request.as_str(), Some(request.as_str())),
            (&consent, Some(&request)),
            ("/device?user_code=BCDF-GHJK", Some("/device")),
            ("/devices", None),
            ("/oauth2/authorize/Call%20this%20number", None),
            ("/oauth2/authorize?client_id=x", None),
            ("/me?text=Call-this-number", None),
            ("//evil.example", None),
        ] {
            let found = MailReturn::of(&ReturnTo::parse(typed));
            assert_eq!(found.map(|found| found.address()).as_deref(), leads_to, "{typed}");
        }
    }
}
