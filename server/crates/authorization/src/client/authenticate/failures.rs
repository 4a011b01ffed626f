//! Guessing at the secret of a client is slowed down (S-RATE-3). Wrong secrets are counted for each client and network: other
//! clients, and the same one from elsewhere, are still served.

use std::num::NonZeroU32;
use std::time::Duration;

use limits::{Attempt, Quota};
use web::RequestContext;

use super::basic::BasicCredentials;
use crate::client::form::ClientForm;
use crate::server::Context;
use crate::token::error::TokenError;

/// The burst, refilled by one every two seconds.
const QUOTA: Quota = Quota::new(NonZeroU32::MIN.saturating_add(29), Duration::from_secs(2));

/// What counts a wrong secret of the client that a request names; `None` where there is no secret to guess, so that nobody fills
/// the table with names.
pub(super) fn attempt(context: &Context, form: &ClientForm, from: &RequestContext) -> Option<Attempt> {
    let by_header = BasicCredentials::of(&form.headers).map(|sent| sent.id);
    let by_body = || form.get("client_secret").and_then(|_| form.get("client_id"));
    let client = context.clients.find(by_header.as_deref().or_else(by_body)?)?;
    if !client.authentication.method().has_secret() {
        return None;
    }
    let key = format!("{} {}", from.network?.limit_key(), client.id);
    Some(context.limiter.attempt("authorization.client_secrets", QUOTA, &key))
}

/// Whether there were too many recently. Then the secret is not compared, or the answer would reveal the right one.
pub(super) fn check(context: &Context, attempt: Attempt) -> Result<(), TokenError> {
    context.limiter.check(attempt).map_err(TokenError::TooManyFailures)
}

/// Counts a wrong secret. An error if that is one too many, or if the database is away.
pub(super) async fn count(context: &Context, attempt: Attempt) -> Result<(), TokenError> {
    match context.limiter.count_all(&context.services.db, &[attempt]).await {
        Ok(()) => Ok(()),
        Err(limits::LimitError::Exceeded(exceeded)) => Err(TokenError::TooManyFailures(exceeded)),
        Err(limits::LimitError::Db(error)) => Err(error.into()),
    }
}
