//! Where an event comes from.

use crate::actor::Actor;

const MAX_USER_AGENT_CHARS: usize = 400;

/// Who acts, in which request, and from where. A request has one, whatever events it causes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Who acts.
    pub actor: Actor,
    /// The request id, which also is in the log lines and in the answer (S-LOG-4); empty outside of any request.
    pub request_id: String,
    /// The client's network, not its full address; empty outside of any request.
    pub network: String,
    /// What the client calls itself; cut at 400 characters.
    pub user_agent: String,
}

impl Source {
    /// The source of a person's request.
    pub fn request(request_id: &str, network: String, user_agent: &str) -> Self {
        let user_agent = user_agent.chars().take(MAX_USER_AGENT_CHARS).collect();
        Self { actor: Actor::Member, request_id: request_id.to_owned(), network, user_agent }
    }

    /// The program itself, for what no request asked for.
    pub const fn system() -> Self {
        Self {
            actor: Actor::System,
            request_id: String::new(),
            network: String::new(),
            user_agent: String::new(),
        }
    }

    /// The same request, made by somebody else than a person.
    #[must_use]
    pub fn by(mut self, actor: Actor) -> Self {
        self.actor = actor;
        self
    }
}
