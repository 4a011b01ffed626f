//! Fields of a call, parsed into the types that operations take. All errors are reported at once.

use kernel::OpaqueToken;
use names::EmailAddress;
use web::FieldProblem;
use web::reason::FieldErrors;

use crate::model::mail_code::MailCode;
use crate::model::mail_proof::Proof;
use crate::model::password::Password;
use crate::model::profile::Nickname;
use crate::password::password_policy::PasswordPolicy;
use crate::reason::problem_of;

/// Collects the errors while fields are read.
#[derive(Default)]
pub(crate) struct Fields(Vec<FieldProblem>);

impl Fields {
    /// Takes a value, or records that the field is not allowed.
    pub(crate) fn take<T>(
        &mut self,
        field: &'static str,
        allowed: &'static str,
        value: Option<T>,
    ) -> Option<T> {
        if value.is_none() {
            self.0.push(FieldProblem::new(field, allowed));
        }
        value
    }

    pub(crate) fn email(&mut self, typed: Option<&str>) -> Option<EmailAddress> {
        self.take(
            "email",
            "an e-mail address, such as `name@example.com`",
            typed.and_then(kernel::email_address::read),
        )
    }

    pub(crate) fn password(&mut self, field: &'static str, typed: Option<&str>) -> Option<Password> {
        self.take(field, "a password", typed.and_then(Password::parse))
    }

    /// A new password of a length that is taken. What else it must be depends on its owner, and takes long to find out.
    pub(crate) fn new_password(&mut self, typed: Option<&str>, policy: &PasswordPolicy) -> Option<Password> {
        let password = self.password("password", typed)?;
        match policy.check_length(&password) {
            Ok(()) => Some(password),
            Err(error) => {
                self.0.push(problem_of(error));
                None
            }
        }
    }

    /// A nickname if one was sent; an empty one counts as none.
    pub(crate) fn nickname(&mut self, typed: Option<&str>) -> Option<Nickname> {
        let typed = typed.filter(|typed| !typed.trim().is_empty())?;
        self.take("nickname", Nickname::ALLOWED, Nickname::parse(typed))
    }

    /// A token, or a code with its address.
    pub(crate) fn proof(
        &mut self,
        token: Option<&str>,
        email: Option<&str>,
        code: Option<&str>,
    ) -> Option<Proof> {
        if let Some(token) = token {
            return self.take("token", "the token of the link", OpaqueToken::parse(token)).map(Proof::Token);
        }
        let address = self.email(email);
        let code = self.take("code", "the six digits of the mail", code.and_then(MailCode::parse));
        Some(Proof::Code { address: address?, code: code? })
    }

    /// The end: an error if anything was wrong.
    pub(crate) fn done<T>(self, value: Option<T>) -> Result<T, FieldErrors> {
        match value {
            Some(value) if self.0.is_empty() => Ok(value),
            _ => Err(FieldErrors(self.0)),
        }
    }
}
