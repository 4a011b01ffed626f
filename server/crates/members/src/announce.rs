//! What other services hear of members: events, written into the outbox in the transaction of the change.

use db::{DbError, Transaction};
use events::{Event, UserLogin, UserSignup, outbox};
use kernel::{Clock, Randomness};
use names::SignInMethod;
use web::RequestContext;

use crate::model::member::Member;

/// Announces that somebody is a member from now on.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn sign_up(
    tx: &mut Transaction,
    member: &Member,
    signup_method: SignInMethod,
    clock: &dyn Clock,
    randomness: &dyn Randomness,
) -> Result<(), DbError> {
    let sign_up = UserSignup {
        uuid: member.id,
        email: member.email.clone(),
        nickname: member.nickname.clone(),
        signup_method,
        created_at: clock.now(),
    };
    outbox::append(tx, &Event::new(sign_up, clock, randomness)).await
}

/// A sign-in that is to be announced.
#[derive(Clone, Copy)]
pub(crate) struct SignIn<'a> {
    pub(crate) member: &'a Member,
    pub(crate) method: SignInMethod,
    pub(crate) context: &'a RequestContext,
}

/// Announces that somebody signed in.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn sign_in(
    tx: &mut Transaction,
    SignIn { member, method, context }: SignIn<'_>,
    clock: &dyn Clock,
    randomness: &dyn Randomness,
) -> Result<(), DbError> {
    let login = UserLogin {
        uuid: member.id,
        email: member.email.clone(),
        login_method: method,
        ip_address: context.address(),
        user_agent: context.source.user_agent.clone(),
    };
    outbox::append(tx, &Event::new(login, clock, randomness)).await
}
