//! Who acts.

/// Who did it, or tried to. Whom it is about is in another column and may be somebody else: an operator signs a member out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Actor {
    /// A person at the site or in an app: the member whom the row is about, or somebody who claims to be.
    Member,
    /// Somebody who may run commands on the machine.
    Operator,
    /// Another program with credentials of its own, as a provider that calls a webhook.
    Client,
    /// The program itself, of its own accord.
    System,
}

impl Actor {
    /// All of them.
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
