//! What the owner of an address is told when somebody else tries to use it.

use db::{DbError, Transaction};
use names::{EmailAddress, MailNotice};
use web::RequestContext;

use crate::limits::{Budget, Leave, Limits, MailAttempt};
use crate::model::mail_template::{MailTemplate, Mailer};

/// Tells the owner of an account that somebody wanted to sign up with their address (S-ACC-7).
pub(crate) async fn tell_owner(
    tx: &mut Transaction,
    email: &EmailAddress,
    context: &RequestContext,
    limits: &Limits,
    mails: &dyn Mailer,
) -> Result<(), DbError> {
    let attempt = MailAttempt { budget: Budget::Notice, asker: &context.asker(), address: email };
    if limits.may_mail(tx, attempt).await? != Leave::Granted {
        return Ok(());
    }
    mails.queue(tx, email, context.language, MailTemplate::Notice(MailNotice::SignUpOnTakenAddress)).await
}
