//! A mail that somebody asked for.

use names::EmailAddress;
use serde::{Deserialize, Serialize};

use crate::model::mail_return::MailReturn;

/// What somebody asks for who wants a mail.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(from = "Written", into = "Written")]
pub struct MailWish {
    /// The address.
    pub email: EmailAddress,
    /// Where its reader goes on.
    pub return_to: Option<MailReturn>,
}

impl From<EmailAddress> for MailWish {
    fn from(email: EmailAddress) -> Self {
        Self { email, return_to: None }
    }
}

/// As it is in a job: the address alone where there is nothing more to tell, as older programs write and read it.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Written {
    Address(EmailAddress),
    Wish { email: EmailAddress, return_to: MailReturn },
}

impl From<Written> for MailWish {
    fn from(written: Written) -> Self {
        match written {
            Written::Address(email) => email.into(),
            Written::Wish { email, return_to } => Self { email, return_to: Some(return_to) },
        }
    }
}

impl From<MailWish> for Written {
    fn from(MailWish { email, return_to }: MailWish) -> Self {
        match return_to {
            Some(return_to) => Self::Wish { email, return_to },
            None => Self::Address(email),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_of_before_is_read_and_one_without_more_is_read_by_programs_of_before() {
        let email = kernel::email_address::read("hong@example.com").unwrap();
        let wish = MailWish::from(email);
        let written = serde_json::to_string(&wish).unwrap();
        assert_eq!(written, "\"hong@example.com\"");
        assert_eq!(serde_json::from_str::<MailWish>(&written).unwrap().email, wish.email);
        let wish = MailWish { return_to: Some(MailReturn::Device), ..wish };
        let read: MailWish = serde_json::from_str(&serde_json::to_string(&wish).unwrap()).unwrap();
        assert_eq!(read.return_to, Some(MailReturn::Device));
    }
}
