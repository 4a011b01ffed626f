//! What clients can read of the routes that describe themselves.

use std::collections::BTreeSet;

use crate::protected_resource::{ProtectedResource, path_of};
use crate::table::RouteTable;

impl RouteTable {
    /// What there is to tell at this path below [`WELL_KNOWN`]; `None` where no route describes itself.
    pub fn protected_resource(&self, path: &str) -> Option<ProtectedResource> {
        let path = path.trim_end_matches('/');
        let at_path = self.rules.iter().filter_map(|rule| {
            let described = rule.described.as_ref()?;
            (path_of(rule.path.as_str()) == path).then_some((described, rule.needed_scope()))
        });
        let mut found: Option<ProtectedResource> = None;
        for (described, scope) in at_path {
            let resource = described.resource.clone().into_string();
            let one = found.get_or_insert_with(|| ProtectedResource { resource, scopes: BTreeSet::new() });
            one.scopes.extend(scope.split(' ').map(str::to_owned));
        }
        found
    }

    /// The addresses of all routes that describe themselves: whom a token may be for.
    pub fn protected_resources(&self) -> BTreeSet<String> {
        let described = self.rules.iter().filter_map(|rule| rule.described.as_ref());
        described.map(|described| described.resource.clone().into_string()).collect()
    }
}
