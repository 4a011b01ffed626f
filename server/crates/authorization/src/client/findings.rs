//! What is wrong with a client as it is described.

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientFinding {
    /// The key in the client's table.
    pub key: &'static str,
    /// What is wrong. Never holds a secret's value.
    pub problem: String,
    /// What to do.
    pub cure: String,
}

/// Collects what is wrong, so that all of it is said at once.
#[derive(Default)]
pub(crate) struct Findings(pub(crate) Vec<ClientFinding>);

impl Findings {
    pub(crate) fn wrong(&mut self, key: &'static str, problem: impl Into<String>, cure: impl Into<String>) {
        self.0.push(ClientFinding { key, problem: problem.into(), cure: cure.into() });
    }
}
