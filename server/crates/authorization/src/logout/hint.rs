//! `id_token_hint`: which session an app means.

use names::SessionId;
use sessions::Current;
use tokens::{HintError, IdTokenHint};

use super::error::LogoutError;
use crate::parameters::Parameters;
use crate::server::Context;
use crate::store::session_clients;

/// What a hint comes to.
#[derive(Debug)]
pub(crate) enum Hint {
    /// There is none.
    None,
    /// It is not an ID token of ours; the reason.
    Bad(&'static str),
    /// It is one, and whose.
    Good(IdTokenHint, Of),
}

/// Whose ID token a hint is, seen from the browser that brings it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Of {
    /// Of the session in this browser.
    ThisSession,
    /// Of the same member, from another sign-in.
    ThisMember,
    /// Of somebody else.
    SomebodyElse,
    /// Nobody is signed in who could be meant.
    Nobody,
}

impl Hint {
    pub(crate) async fn read(
        context: &Context,
        parameters: &Parameters,
        current: Option<&Current>,
    ) -> Result<Self, LogoutError> {
        let Some(text) = parameters.get("id_token_hint") else { return Ok(Self::None) };
        let hint = match context.services.tokens.verifier.id_token_hint(text).await {
            Ok(hint) => hint,
            Err(HintError::Refused(reason)) => return Ok(Self::Bad(reason)),
            Err(HintError::Tokens(error)) => return Err(error.into()),
        };
        let of = match current {
            None => Of::Nobody,
            Some(current) if current.member.id != hint.subject => Of::SomebodyElse,
            Some(current) if is_of(context, &hint, current.session.id).await? => Of::ThisSession,
            Some(_) => Of::ThisMember,
        };
        Ok(Self::Good(hint, of))
    }
}

/// Whether a client knows `session` by the name in its hint. Grants that no session ends have names of their own.
async fn is_of(context: &Context, hint: &IdTokenHint, session: SessionId) -> Result<bool, LogoutError> {
    if hint.session == session {
        return Ok(true);
    }
    let mut reader = context.services.db.read().await?;
    Ok(session_clients::is_known(&mut reader, session, &hint.client_id, hint.session).await?)
}
