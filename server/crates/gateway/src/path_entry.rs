//! What is at one path.

use http::{HeaderValue, Method};

use crate::own_paths::OwnPaths;
use crate::rule::Rule;

/// What is at one path: a route for each method.
#[derive(Clone, Debug)]
pub(crate) struct PathEntry {
    pub(crate) by_method: Vec<(Method, usize)>,
    /// The methods, for `Allow` (RFC 9110 section 15.5.6).
    pub(crate) allow: HeaderValue,
    /// Own paths that the pattern would match too; they stay the program's.
    pub(crate) own: Vec<String>,
    /// Whether its routes name this very path, without placeholders: then it is not a second spelling of another.
    pub(crate) is_literal: bool,
}

impl PathEntry {
    pub(crate) fn new(rule: &Rule, own: &OwnPaths) -> Self {
        let own = own.iter().filter(|own| *own == "/" || rule.path.meets(own)).map(str::to_owned).collect();
        let is_literal = rule.path.is_literal();
        Self { by_method: Vec::new(), allow: HeaderValue::from_static(""), own, is_literal }
    }

    pub(crate) fn finished(mut self) -> Self {
        let names: Vec<&str> = self.by_method.iter().map(|(method, _)| method.as_str()).collect();
        self.allow = HeaderValue::from_str(&names.join(", ")).unwrap_or(self.allow);
        self
    }

    /// The number of the route that takes `method`.
    pub(crate) fn route_for(&self, method: &Method) -> Option<usize> {
        self.by_method.iter().find(|(own, _)| own == method).map(|(_, route)| *route)
    }
}
