//! Routes that describe themselves to clients (RFC 9728): they say where to get a token for them, so that an agent needs only
//! the address.

use std::collections::BTreeSet;

use crate::audience::is_audience;
use crate::config::RouteConfig;
use crate::finding::Findings;

/// Where the documents are, each below it by the path of what it describes (RFC 9728 section 3.1).
pub const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";

/// What a client can read of a route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Described {
    /// The public address up to the first placeholder, without a slash at the end: for whom tokens are.
    pub(crate) resource: Box<str>,
    /// Where the document is, in full.
    pub(crate) document: Box<str>,
}

/// What a document says of the routes below one address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProtectedResource {
    /// The address: what `resource` names, and `aud` of the tokens.
    pub resource: String,
    /// What their routes need.
    pub scopes: BTreeSet<String>,
}

/// What a route says of itself, if it is to.
pub(crate) fn read(config: &RouteConfig, origin: &str, findings: &mut Findings<'_>) -> Option<Described> {
    if !config.protected_resource {
        return None;
    }
    let key = "protected_resource";
    if config.scope.is_none() {
        findings.wrong(
            key,
            "nobody needs a token on a public route",
            "Write scope instead of public, or leave it out",
        );
        return None;
    }
    let path = path_of(&config.path);
    let resource = if path.is_empty() { format!("{origin}/") } else { format!("{origin}{path}") };
    if !is_audience(&resource) {
        let problem = format!("tokens cannot be for `{resource}`: it is too long");
        findings.wrong(key, problem, "Choose a shorter path, or leave it out");
        return None;
    }
    Some(Described { document: format!("{origin}{WELL_KNOWN}{path}").into(), resource: resource.into() })
}

/// The path up to the first placeholder, without a slash at the end.
pub(crate) fn path_of(pattern: &str) -> &str {
    pattern.split('{').next().unwrap_or_default().trim_end_matches('/')
}
