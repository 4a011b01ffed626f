//! What the rest of the house hears of members: events, written into the outbox in the transaction of what they tell.

use db::{DbError, Transaction};
use events::{Event, UserLogin, UserSignup, outbox};
use kernel::{Clock, Randomness, Timestamp};
use names::{ProviderName, SignInMethod};

use crate::identities::sign_in::SignedIn;
use crate::request_context::RequestContext;

/// Announces that somebody signed in by `provider`, and before that, that they are new, if so.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn signed_in(
    tx: &mut Transaction,
    (signed_in, provider): (&SignedIn, ProviderName),
    context: &RequestContext,
    clock: &dyn Clock,
    randomness: &dyn Randomness,
) -> Result<(), DbError> {
    let method = SignInMethod::Provider(provider);
    if signed_in.first_time {
        let sign_up = sign_up(signed_in, method, clock.now());
        outbox::append(tx, &Event::new(sign_up, clock, randomness)).await?;
    }
    let member = &signed_in.member;
    let login = UserLogin {
        uuid: member.id,
        email: member.email.clone(),
        login_method: method,
        ip_address: context.address(),
        user_agent: context.source.user_agent.clone(),
    };
    outbox::append(tx, &Event::new(login, clock, randomness)).await
}

fn sign_up(signed_in: &SignedIn, signup_method: SignInMethod, created_at: Timestamp) -> UserSignup {
    let member = &signed_in.member;
    UserSignup {
        uuid: member.id,
        email: member.email.clone(),
        nickname: member.nickname.clone(),
        signup_method,
        created_at,
    }
}
