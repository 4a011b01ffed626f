//! One route, read and checked.

use std::sync::Arc;
use std::time::Duration;

use http::Method;
use http::uri::PathAndQuery;
use limits::Quota;
use names::Role;

use crate::audience::{self, Audiences, Destination};
use crate::canonical;
use crate::config::RouteConfig;
use crate::finding::Findings;
use crate::known_names::KnownNames;
use crate::pattern::PathPattern;
use crate::protected_resource::{self, Described};
use crate::quantity::{size, span};
use crate::step_up::StepUp;
use crate::upstream_address::UpstreamAddress;

/// The most upstreams of one route: a request notes in 64 bits which it has tried.
pub(crate) const MAX_UPSTREAMS: usize = 64;

const TIMEOUT: Duration = Duration::from_secs(30);
const IDLE_TIMEOUT: Duration = Duration::from_mins(1);
const BODY_LIMIT: u64 = 1 << 20;

/// One route of the configuration, checked: what it matches, whom it lets pass, and where it leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rule {
    pub(crate) path: PathPattern,
    pub(crate) upstreams: Vec<UpstreamAddress>,
    pub(crate) methods: Vec<Method>,
    pub(crate) access: Access,
    pub(crate) described: Option<Described>,
    pub(crate) timeout: Duration,
    pub(crate) idle_timeout: Duration,
    pub(crate) websocket: bool,
    pub(crate) body_limit: u64,
    pub(crate) http2: bool,
    pub(crate) balance: Balance,
    pub(crate) health: Option<PathAndQuery>,
    pub(crate) rate: Option<Quota>,
    pub(crate) rate_per_member: Option<Quota>,
    /// The role that its sender must have.
    pub(crate) role: Option<Role>,
    /// What it asks of the proof of its sender.
    pub(crate) step_up: Option<StepUp>,
}

/// Who may use a route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Anybody, unchecked.
    Public,
    /// Those who have all the scope words of the destination; the service there gets a token for itself.
    Scope(Arc<Destination>),
}

/// Which of several upstreams is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Balance {
    /// One after the other.
    RoundRobin,
    /// The one with the fewest requests in flight.
    LeastBusy,
}

impl Access {
    /// Whether everybody who may pass where `has` is asked may pass where this is.
    fn is_within(&self, has: &Self) -> bool {
        match (self, has) {
            (Self::Public, _) => true,
            (Self::Scope(_), Self::Public) => false,
            (Self::Scope(asked), Self::Scope(has)) => {
                let (asked, has) = (&asked.scope, &has.scope);
                asked == has || asked.split(' ').all(|word| has.split(' ').any(|other| other == word))
            }
        }
    }
}

impl Rule {
    /// Whether everybody who may pass by `has` may pass by this route.
    pub(crate) fn is_within(&self, has: &Self) -> bool {
        self.access.is_within(&has.access)
            && self.role.as_ref().is_none_or(|asked| has.role.as_ref() == Some(asked))
            && self.step_up.is_none_or(|asked| has.step_up.is_some_and(|has| asked.is_within(has)))
    }

    /// Reads a route. `None` when a part without which it cannot be judged further is wrong; the findings say all.
    pub(crate) fn read(
        config: &RouteConfig,
        known: &KnownNames,
        audiences: &Audiences,
        findings: &mut Findings<'_>,
    ) -> Option<Self> {
        let path = PathPattern::parse(&config.path)
            .map_err(|problem| {
                let cure = "Write a path such as /api/orders/{id} or /api/orders/{*rest}";
                findings.wrong("path", format!("{problem}: `{}`", config.path), cure);
            })
            .ok();
        let upstreams = upstreams(config, findings);
        let methods = methods(config, findings);
        let described = protected_resource::read(config, &audiences.origin, findings);
        let resource = described.as_ref().map(|described| described.resource.clone());
        let access = access(config, resource, &Rules { known, audiences }, findings);
        let timeout = duration("timeout", config.timeout.as_ref(), TIMEOUT, findings);
        let idle_timeout = duration("idle_timeout", config.idle_timeout.as_ref(), IDLE_TIMEOUT, findings);
        let body_limit = config.body_limit.as_ref().map_or(BODY_LIMIT, |text| {
            size(text).unwrap_or_else(|| {
                let cure = "Write a number with B, KiB, MiB or GiB, such as 10MiB";
                findings.wrong("body_limit", format!("`{text}` is no size"), cure);
                BODY_LIMIT
            })
        });
        if config.websocket && !methods.contains(&Method::GET) {
            findings.wrong(
                "websocket",
                "a WebSocket begins with GET, which the route does not take",
                "Add GET to methods",
            );
        }
        if config.websocket && config.http2 {
            findings.wrong(
                "websocket",
                "WebSockets go to the service by HTTP/1.1",
                "Leave http2 out for this route",
            );
        }
        let (balance, health) = (balance(config, findings), health(config, findings));
        let rate = rate("rate", config.rate.as_ref(), findings);
        let rate_per_member = rate_per_member(config, access.as_ref(), findings);
        let role = role(config, access == Some(Access::Public), known, findings);
        let step_up = StepUp::read(config, access == Some(Access::Public), findings);
        Some(Self {
            path: path?,
            upstreams,
            methods,
            access: access?,
            described,
            timeout,
            idle_timeout,
            websocket: config.websocket,
            body_limit,
            http2: config.http2,
            balance,
            health,
            rate,
            rate_per_member,
            role,
            step_up,
        })
    }
}

impl Rule {
    /// Whether anybody may use it, unchecked.
    pub(crate) fn is_public(&self) -> bool {
        self.access == Access::Public
    }

    /// Where its requests go, as far as their token is concerned. `None` on a public route.
    pub(crate) fn destination(&self) -> Option<&Arc<Destination>> {
        match &self.access {
            Access::Public => None,
            Access::Scope(destination) => Some(destination),
        }
    }

    /// Where a client reads how to get a token.
    pub(crate) fn document(&self) -> Option<&str> {
        self.described.as_ref().map(|described| &*described.document)
    }

    /// The scope words that a token needs; empty on a public route.
    pub(crate) fn needed_scope(&self) -> &str {
        self.destination().map_or("", |destination| &destination.scope)
    }
}

fn upstreams(config: &RouteConfig, findings: &mut Findings<'_>) -> Vec<UpstreamAddress> {
    let cure = "Write addresses such as http://10.0.0.5:8080";
    if config.upstream.is_empty() {
        findings.wrong("upstream", "the route leads nowhere", cure);
    }
    if config.upstream.len() > MAX_UPSTREAMS {
        findings.wrong(
            "upstream",
            "the route has more than 64 upstreams",
            "Put a balancer of your own before them",
        );
    }
    let mut upstreams = Vec::new();
    for (place, text) in config.upstream.iter().enumerate() {
        match UpstreamAddress::parse(text) {
            Ok(address) if upstreams.contains(&address) => {
                let problem = format!("`{address}` is listed twice");
                findings.wrong(&format!("upstream[{place}]"), problem, "Name each address once");
            }
            Ok(address) => upstreams.push(address),
            Err(problem) => findings.wrong(&format!("upstream[{place}]"), problem, cure),
        }
    }
    upstreams
}

fn methods(config: &RouteConfig, findings: &mut Findings<'_>) -> Vec<Method> {
    let cure = "Write some of GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";
    if config.methods.is_empty() {
        findings.wrong("methods", "the route takes no method", cure);
    }
    let mut methods = Vec::new();
    for text in &config.methods {
        let method = match text.as_str() {
            "GET" => Method::GET,
            "HEAD" => Method::HEAD,
            "POST" => Method::POST,
            "PUT" => Method::PUT,
            "PATCH" => Method::PATCH,
            "DELETE" => Method::DELETE,
            "OPTIONS" => Method::OPTIONS,
            _ => {
                findings.wrong("methods", format!("`{text}` is no method that is passed on"), cure);
                continue;
            }
        };
        if methods.contains(&method) {
            findings.wrong("methods", format!("`{text}` is listed twice"), "Name each method once");
        } else {
            methods.push(method);
        }
    }
    if methods.contains(&Method::GET) && !methods.contains(&Method::HEAD) {
        methods.push(Method::HEAD);
    }
    methods
}

/// What holds for all routes.
struct Rules<'a> {
    known: &'a KnownNames,
    audiences: &'a Audiences,
}

fn access(
    config: &RouteConfig,
    resource: Option<Box<str>>,
    rules: &Rules<'_>,
    findings: &mut Findings<'_>,
) -> Option<Access> {
    let known = &rules.known.scopes;
    let one = "Write one of scope = \"…\" and public = true";
    match (&config.scope, config.public) {
        (None, Some(true)) => {
            if config.audience.is_some() {
                findings.wrong("audience", "the service behind a public route gets no token", "Leave it out");
            }
            Some(Access::Public)
        }
        (Some(scope), None) => {
            let words: Vec<&str> = scope.split(' ').filter(|word| !word.is_empty()).collect();
            if words.is_empty() {
                findings.wrong("scope", "the scope is empty", one);
                return None;
            }
            for word in words.iter().filter(|word| !known.contains(**word)) {
                let cure = format!("Write one of: {}", known.iter().cloned().collect::<Vec<_>>().join(", "));
                findings.wrong("scope", format!("`{word}` is a scope that nobody can get"), &cure);
            }
            let audience = audience(config, rules.audiences, findings).into();
            let scope = words.join(" ").into();
            Some(Access::Scope(Arc::new(Destination { audience, scope, resource })))
        }
        (Some(_), Some(_)) => {
            findings.wrong("public", "the route has a scope as well", one);
            None
        }
        (None, Some(false)) => {
            findings.wrong("public", "`public = false` does not say who may use the route", one);
            None
        }
        (None, None) => {
            findings.wrong("scope", "the route does not say who may use it", one);
            None
        }
    }
}

fn role(
    config: &RouteConfig,
    is_public: bool,
    known: &KnownNames,
    findings: &mut Findings<'_>,
) -> Option<Role> {
    let text = config.role.as_deref()?;
    if is_public {
        findings.wrong("role", "nobody is known on a public route", "Leave it out, or write a scope");
    }
    let role = Role::parse(text).ok().filter(|role| known.roles.contains(role));
    if role.is_none() {
        let names = known.roles.iter().map(Role::as_str).collect::<Vec<_>>().join(", ");
        let cure = format!("Write one of {names}, or add it to `[roles] names`");
        findings.wrong("role", format!("`{text}` is a role that nobody can get"), &cure);
    }
    role
}

/// The audience of a route. It is the key that is named even where the value comes from the path: writing it is the cure.
fn audience(config: &RouteConfig, audiences: &Audiences, findings: &mut Findings<'_>) -> String {
    let audience = config.audience.clone().unwrap_or_else(|| audiences.of_path(&config.path));
    if !audience::is_audience(&audience) {
        let problem = format!("`{audience}` is no audience");
        findings.wrong("audience", problem, &format!("Write {}, such as orders", audience::ALLOWED));
    } else if audience == audiences.own {
        let problem = format!("`{audience}` is the audience of the program's own API");
        let cure =
            "Write another: a service that has this one could act for members with the tokens it is sent";
        findings.wrong("audience", problem, cure);
    }
    audience
}

fn duration(key: &str, text: Option<&String>, default: Duration, findings: &mut Findings<'_>) -> Duration {
    let Some(text) = text else { return default };
    span(text).unwrap_or_else(|| {
        let cure = "Write a number above zero with ms, s, m, h or d, such as 10s";
        findings.wrong(key, format!("`{text}` is no duration"), cure);
        default
    })
}

fn rate(key: &str, text: Option<&String>, findings: &mut Findings<'_>) -> Option<Quota> {
    let text = text?;
    let rate = Quota::parse(text);
    if rate.is_none() {
        findings.wrong(
            key,
            format!("`{text}` is no rate"),
            "Write a number, a / and s, m or h, such as 100/s",
        );
    }
    rate
}

fn rate_per_member(
    config: &RouteConfig,
    access: Option<&Access>,
    findings: &mut Findings<'_>,
) -> Option<Quota> {
    if config.rate_per_member.is_some() && access == Some(&Access::Public) {
        findings.wrong("rate_per_member", "nobody is known on a public route", "Write rate instead");
    }
    rate("rate_per_member", config.rate_per_member.as_ref(), findings)
}

fn balance(config: &RouteConfig, findings: &mut Findings<'_>) -> Balance {
    match config.balance.as_deref() {
        None | Some("round-robin") => Balance::RoundRobin,
        Some("least-busy") => Balance::LeastBusy,
        Some(other) => {
            findings.wrong(
                "balance",
                format!("`{other}` is no way to choose"),
                "Write round-robin or least-busy",
            );
            Balance::RoundRobin
        }
    }
}

fn health(config: &RouteConfig, findings: &mut Findings<'_>) -> Option<PathAndQuery> {
    let text = config.health.as_deref()?;
    let path = if canonical::check(text).is_ok() { PathAndQuery::try_from(text).ok() } else { None };
    if path.is_none() {
        findings.wrong("health", format!("`{text}` is no path"), "Write a path such as /health");
    }
    path
}
