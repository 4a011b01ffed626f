//! One thing in the route table that is wrong, where, and what to do.

use std::fmt;

/// A finding about the gateway's configuration. Holds nothing secret: upstream addresses with credentials are not
/// repeated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The full key, with the number of the route from zero: `gateway.routes[2].upstream`.
    pub key: String,
    /// What is wrong.
    pub problem: String,
    /// What to do.
    pub cure: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`: {}. {}", self.key, self.problem, self.cure)
    }
}

/// The findings of one route, collected while it is read: a reader who fixes one wants to know of all.
pub(crate) struct Findings<'a> {
    pub(crate) route: usize,
    pub(crate) all: &'a mut Vec<Finding>,
}

impl Findings<'_> {
    pub(crate) fn wrong(&mut self, key: &str, problem: impl Into<String>, cure: &str) {
        let key = format!("gateway.routes[{}].{key}", self.route);
        self.all.push(Finding { key, problem: problem.into(), cure: cure.to_owned() });
    }
}
