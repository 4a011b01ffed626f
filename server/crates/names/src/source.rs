//! The source of an event.

use crate::actor::Actor;

const MAX_USER_AGENT_CHARS: usize = 400;

/// Who acts, in which request, and from where. All events of a request share one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// What kind of actor it is: member, operator, client or system.
    pub actor: Actor,
    /// The request id, which is also in log lines and in the response (S-LOG-4); empty outside of a request.
    pub request_id: String,
    /// The client's network, not its full address; empty outside of a request.
    pub network: String,
    /// The `User-Agent`, cut after 400 characters.
    pub user_agent: String,
}

impl Source {
    /// The source of a person's request.
    pub fn request(request_id: &str, network: String, user_agent: &str) -> Self {
        let user_agent = user_agent.chars().take(MAX_USER_AGENT_CHARS).collect();
        Self { actor: Actor::Member, request_id: request_id.to_owned(), network, user_agent }
    }

    /// The program itself, without a request.
    pub const fn system() -> Self {
        Self {
            actor: Actor::System,
            request_id: String::new(),
            network: String::new(),
            user_agent: String::new(),
        }
    }

    /// The same request with another actor.
    #[must_use]
    pub fn by(mut self, actor: Actor) -> Self {
        self.actor = actor;
        self
    }
}
