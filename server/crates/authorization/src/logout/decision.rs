//! What becomes of a request to sign out: one pure function.

use std::sync::Arc;

use super::hint::{Hint, Of};
use super::way_back::WayBack;
use crate::client::clients::Clients;
use crate::client::model::Client;
use crate::parameters::Parameters;

/// What becomes of a request.
#[derive(Clone, Debug)]
pub(crate) enum Decision<'a> {
    /// The session ends at once.
    SignOut(Option<WayBack<'a>>),
    /// There is nothing to end.
    GoBack(WayBack<'a>),
    /// The person is asked.
    Ask(Ask<'a>),
}

/// What the person is asked about.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ask<'a> {
    /// The app that asks, where that is known.
    pub(crate) client: Option<Arc<Client>>,
    /// Where they go afterwards.
    pub(crate) back: Option<WayBack<'a>>,
}

/// Why a request is not followed as it is, for the log, with the cure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Problem {
    #[error("`{0}` was sent twice: send it once")]
    Twice(&'static str),
    #[error("`{0}` is not UTF-8: percent-encode it")]
    Unreadable(&'static str),
    #[error("`id_token_hint` is not an ID token of ours ({0}): send the one that the client got last")]
    BadHint(&'static str),
    #[error("`id_token_hint` was given to another client than `client_id` names: send those of one client")]
    OtherClient,
    #[error("`client_id` names no client that is registered here")]
    UnknownClient,
    #[error(
        "`post_logout_redirect_uri` came without a client: send `id_token_hint` or `client_id` beside it"
    )]
    NoClient,
    #[error(
        "`post_logout_redirect_uri` is not registered: send it exactly as it is in `post_logout_redirect_uris`, or add it there"
    )]
    UnknownAddress,
    #[error("`id_token_hint` is somebody else's than the person's who is signed in")]
    SomebodyElse,
}

/// Decides. `signed_in` is whether somebody is, in this browser.
pub(crate) fn decide<'a>(
    parameters: &'a Parameters,
    clients: &Clients,
    hint: &Hint,
    signed_in: bool,
) -> (Decision<'a>, Option<Problem>) {
    match resolve(parameters, clients, hint) {
        Ok(ask) => match (hint, ask.back.clone()) {
            (Hint::Good(_, Of::ThisSession), back) => (Decision::SignOut(back), None),
            (Hint::Good(..), Some(back)) if !signed_in => (Decision::GoBack(back), None),
            _ => (Decision::Ask(ask), None),
        },
        Err((ask, problem)) => (Decision::Ask(ask), Some(problem)),
    }
}

/// Which client asks, and where it wants the person sent.
fn resolve<'a>(
    parameters: &'a Parameters,
    clients: &Clients,
    hint: &Hint,
) -> Result<Ask<'a>, (Ask<'a>, Problem)> {
    let nothing = |problem| Err((Ask::default(), problem));
    if let Some(name) = parameters.repeated() {
        return nothing(Problem::Twice(name));
    }
    if let Some(name) = parameters.unreadable() {
        return nothing(Problem::Unreadable(name));
    }
    let named = parameters.get("client_id");
    let id = match hint {
        Hint::Bad(reason) => return nothing(Problem::BadHint(reason)),
        Hint::Good(hint, _) if named.is_some_and(|id| id != hint.client_id.as_str()) => {
            return nothing(Problem::OtherClient);
        }
        Hint::Good(hint, _) => Some(hint.client_id.as_str()),
        Hint::None => named,
    };
    let asked = parameters.get("post_logout_redirect_uri");
    let Some(id) = id else {
        return if asked.is_some() { nothing(Problem::NoClient) } else { Ok(Ask::default()) };
    };
    let Some(client) = clients.find(id) else { return nothing(Problem::UnknownClient) };
    let ask = |back| Ask { client: Some(Arc::clone(&client)), back };
    if let Hint::Good(_, Of::SomebodyElse) = hint {
        return Err((ask(None), Problem::SomebodyElse));
    }
    let Some(asked) = asked else { return Ok(ask(None)) };
    match WayBack::find(&client, asked, parameters) {
        Some(back) => Ok(ask(Some(back))),
        None => Err((ask(None), Problem::UnknownAddress)),
    }
}
