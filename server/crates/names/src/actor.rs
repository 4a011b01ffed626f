//! Who acts.

/// Who did something, or tried to. The member whom it is about may be somebody else: an operator signs a member out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Actor {
    /// A person at the site or in an app: the member whom the row is about, or somebody who claims to be that member.
    Member,
    /// An operator: at the command line, in the administration pages, or by a client that administers.
    Operator,
    /// Another program with its own credentials, such as a provider that calls a webhook.
    Client,
    /// The program itself, without a request.
    System,
}

impl Actor {
    /// Every value, each once.
    pub const ALL: [Self; 4] = [Self::Member, Self::Operator, Self::Client, Self::System];

    /// The name in table and log.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Operator => "operator",
            Self::Client => "client",
            Self::System => "system",
        }
    }

    /// The actor with this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|actor| actor.as_str() == name)
    }
}
