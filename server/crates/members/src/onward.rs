//! Where people continue who sign up or reset a password on their way to another page.

use std::borrow::Cow;

use names::path;
use web::ReturnTo;

use crate::model::mail_return::MailReturn;

/// Where they were going. Each form of the flow passes it on to the next page, and its mail to the person who opens the link.
pub(crate) struct Onward(Option<ReturnTo>);

impl Onward {
    /// From a field of a form. An address that is not ours becomes the main page, and that needs no carrying.
    pub(crate) fn read(return_to: Option<&str>) -> Self {
        let read = return_to.map(ReturnTo::parse);
        Self(read.filter(|read| *read != ReturnTo::home()))
    }

    /// The address of the page that comes next.
    pub(crate) fn through(&self, page: &'static str) -> Cow<'static, str> {
        match &self.0 {
            Some(return_to) => path::leading_on(page, return_to.as_str()).into(),
            None => page.into(),
        }
    }

    /// What the mail of the flow tells of it.
    pub(crate) fn in_mail(&self) -> Option<MailReturn> {
        self.0.as_ref().and_then(MailReturn::of)
    }
}
