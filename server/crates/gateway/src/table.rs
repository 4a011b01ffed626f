//! The route table: checked whole, then asked for each request.
//!
//! Nothing is served that is not listed here (S-GW-1): a path without a route is 404, a method that its path does not
//! name is 405, and a route that does not say who may use it stops the start.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use http::Method;

use crate::audience::Audiences;
use crate::canonical;
use crate::config::GatewayConfig;
use crate::finding::{Finding, Findings};
use crate::known_names::KnownNames;
use crate::own_paths::{self, OwnPaths};
use crate::path_entry::PathEntry;
use crate::pattern::PathPattern;
use crate::rule::{Access, Rule};
use crate::spelling::Spellings;

/// All routes, checked.
#[derive(Clone, Debug)]
pub struct RouteTable {
    pub(crate) rules: Vec<Arc<Rule>>,
    pub(crate) audiences: Audiences,
    doubts: Vec<Finding>,
    paths: matchit::Router<PathEntry>,
    spellings: Spellings,
}

/// One line of the table, as `daemun routes` prints it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteRow {
    /// The methods, separated by commas.
    pub methods: String,
    /// The path, with placeholders.
    pub path: String,
    /// `public`, or the scope.
    pub guard: String,
    /// Whom the token is for that the service gets; empty on a public route.
    pub audience: String,
    /// The upstreams, separated by commas.
    pub upstream: String,
}

impl RouteTable {
    /// Checks the routes. `known` are the scopes and roles that somebody can be given, `audiences` those that hold for all
    /// routes; `own` are the program's paths.
    ///
    /// # Errors
    /// Everything that is wrong, each with its key: values that cannot be read, two routes for one path and method,
    /// scopes and roles that nobody can get, upstreams that are not addresses, routes that no request reaches.
    pub fn check(
        config: &GatewayConfig,
        known: &KnownNames,
        audiences: &Audiences,
        own: &OwnPaths,
    ) -> Result<Self, Vec<Finding>> {
        let mut all = Vec::new();
        let mut rules: Vec<Arc<Rule>> = Vec::new();
        // By shape: which route is there for which method, by its number in the configuration.
        let mut taken: BTreeMap<String, Vec<(Method, usize)>> = BTreeMap::new();
        let mut entries: BTreeMap<String, PathEntry> = BTreeMap::new();
        for (route, config) in config.routes.iter().enumerate() {
            let mut findings = Findings { route, all: &mut all };
            let Some(rule) = Rule::read(config, known, audiences, &mut findings) else { continue };
            refuse_unreachable(&rule, own, &mut findings);
            let shape = rule.path.shape();
            let at_path = taken.entry(shape.clone()).or_default();
            let at = entries.entry(shape).or_insert_with(|| PathEntry::new(&rule, own));
            for method in &rule.methods {
                if let Some((_, first)) = at_path.iter().find(|(taken, _)| taken == method) {
                    // HEAD follows GET, so it is not a second finding.
                    if *method != Method::HEAD {
                        let problem = format!("{method} {} is in gateway.routes[{first}] already", rule.path);
                        findings.wrong("path", problem, "Remove one of the two, or its method");
                    }
                    continue;
                }
                at_path.push((method.clone(), route));
                at.by_method.push((method.clone(), rules.len()));
            }
            rules.push(Arc::new(rule));
        }
        add_roots_of_rests(&mut entries);
        let spellings = Spellings::of(&entries, &rules);
        let mut paths = matchit::Router::new();
        for (shape, entry) in entries {
            if let Err(error) = paths.insert(shape, entry.finished()) {
                let cure = "Change one of the two paths".to_owned();
                all.push(Finding { key: "gateway.routes".to_owned(), problem: error.to_string(), cure });
            }
        }
        match spellings {
            Ok(spellings) if all.is_empty() => {
                let doubts = shared_by_chance(&rules, config, audiences);
                Ok(Self { rules, audiences: audiences.clone(), doubts, paths, spellings })
            }
            // What the router found above is the same.
            Err(shape) if all.is_empty() => {
                let problem = format!("many services read `{shape}` and another path as one");
                let cure = "Let the paths differ by more than case".to_owned();
                Err(vec![Finding { key: "gateway.routes".to_owned(), problem, cure }])
            }
            _ => Err(all),
        }
    }

    /// What is at a path, which need not be canonical.
    pub(crate) fn find(&self, path: &str) -> Option<&PathEntry> {
        let path = &*canonical::with_unreserved_decoded(path);
        let entry = self.paths.at(path).ok()?.value;
        if entry.own.iter().any(|own| own_paths::covers(own, path)) { None } else { Some(entry) }
    }

    /// What is allowed and may not be what was meant, each with its key.
    pub fn doubts(&self) -> &[Finding] {
        &self.doubts
    }

    /// The pattern of a stricter route that a service might read `path` as, though the table found `entry` there and in
    /// it, for this method, the route with the number `served`.
    pub(crate) fn stricter(
        &self,
        path: &str,
        method: &Method,
        entry: &PathEntry,
        served: usize,
    ) -> Option<&PathPattern> {
        if entry.is_literal {
            return None;
        }
        let stricter = self.spellings.stricter(path, method, served, &self.rules)?;
        stricter.by_method.first().and_then(|(_, place)| Some(&self.rules.get(*place)?.path))
    }

    /// The table in lines, in the order of the configuration.
    pub fn lines(&self) -> Vec<RouteRow> {
        self.rules.iter().map(|rule| rule.line()).collect()
    }
}

/// `/a/{*rest}` takes `/a` and `/a/` as well, unless another route is there: otherwise they would fall to a wider
/// route such as `/{*rest}`, with another guard than everything below them.
fn add_roots_of_rests(entries: &mut BTreeMap<String, PathEntry>) {
    let roots: Vec<_> = entries
        .iter()
        .filter_map(|(shape, entry)| Some((shape.strip_suffix("/{*rest}")?.to_owned(), entry.clone())))
        .collect();
    for (root, entry) in roots {
        entries.entry(format!("{root}/")).or_insert_with(|| entry.clone());
        if !root.is_empty() {
            entries.entry(root).or_insert(entry);
        }
    }
}

/// Routes to different services that have one audience without anybody having said so: each service could use at the
/// other what it is sent.
fn shared_by_chance(rules: &[Arc<Rule>], config: &GatewayConfig, audiences: &Audiences) -> Vec<Finding> {
    if audiences.shared.is_some() {
        return Vec::new();
    }
    let is_written = |route: usize| config.routes.get(route).is_some_and(|route| route.audience.is_some());
    let mut doubts = Vec::new();
    for (route, rule) in rules.iter().enumerate() {
        let Some(to) = rule.destination() else { continue };
        let is_other = |(first, other): &(usize, &Arc<Rule>)| {
            let shares = other.destination().is_some_and(|other| other.audience == to.audience);
            let meets = other.upstreams.iter().any(|upstream| rule.upstreams.contains(upstream));
            shares && !meets && !(is_written(route) && is_written(*first))
        };
        if let Some((first, _)) = rules.iter().enumerate().take(route).find(is_other) {
            let problem = format!(
                "gateway.routes[{first}] has the audience `{}` too and other upstreams: what one service is sent is \
                 good at the other",
                to.audience
            );
            let mut findings = Findings { route, all: &mut doubts };
            findings.wrong(
                "audience",
                problem,
                "Write audience in both: two names, or one if they are one service",
            );
        }
    }
    doubts
}

fn refuse_unreachable(rule: &Rule, own: &OwnPaths, findings: &mut Findings<'_>) {
    let taken_by =
        own.iter().find(|own| if *own == "/" { rule.path.as_str() == "/" } else { rule.path.is_under(own) });
    if let Some(own) = taken_by {
        let problem =
            format!("no request reaches `{}`: the program itself answers at {own} and below", rule.path);
        findings.wrong("path", problem, "Choose another path");
    }
}

impl Rule {
    fn line(&self) -> RouteRow {
        let joined = |parts: Vec<String>| parts.join(",");
        RouteRow {
            methods: joined(self.methods.iter().map(ToString::to_string).collect()),
            path: self.path.to_string(),
            guard: match &self.access {
                Access::Public => "public".to_owned(),
                Access::Scope(destination) => {
                    let asks = self.step_up.map(|step_up| step_up.to_string()).unwrap_or_default();
                    let role = self.role.as_ref().map(|role| format!(", role {role}")).unwrap_or_default();
                    format!("scope {}{role}{asks}", destination.scope)
                }
            },
            audience: self.destination().map(|to| to.audience.to_string()).unwrap_or_default(),
            upstream: joined(self.upstreams.iter().map(ToString::to_string).collect()),
        }
    }
}

impl fmt::Display for RouteRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let audience =
            if self.audience.is_empty() { String::new() } else { format!("for {}", self.audience) };
        write!(
            f,
            "{:<20} {:<34} {:<24} {audience:<24} {}",
            self.methods, self.path, self.guard, self.upstream
        )
    }
}

#[cfg(test)]
#[path = "table_tests.rs"]
mod tests;
