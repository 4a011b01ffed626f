//! Admission: the checks before a request is forwarded, in order.

use http::request::Parts as Head;
use names::MemberId;
use web::{ClientAddress, PublicOrigin};

use crate::challenge::{self, Scheme};
use crate::credential::{self, CredentialProblem, Known, ProvenCall};
use crate::denial::Denial;
use crate::identity::{AuthProblem, Wanted};
use crate::parts::Parts;
use crate::request_headers::has_odd_framing;
use crate::route::Route;
use crate::rule::Access;
use crate::websocket;

/// What an answer says of the sender of its request.
#[derive(Debug, Default)]
pub(crate) struct Sender {
    /// Whether they sent a proof, and want a nonce for the next one.
    pub(crate) proves: bool,
}

/// Checks a request for `route` by its head. `None`: the route is public, and nobody was identified. What the answer says of its
/// sender is noted in `sender`, whether they may pass or not.
pub(crate) async fn admit(
    parts: &Parts,
    route: &Route,
    head: &Head,
    sender: &mut Sender,
) -> Result<Option<Known>, Denial> {
    if has_odd_framing(&head.headers) {
        return Err(Denial::Framing);
    }
    // Before any computation on a token: guessing is limited as well.
    if let Some(client) = head.extensions.get::<ClientAddress>() {
        parts.limits.network.count(&client.limit_key()).map_err(Denial::TooOften)?;
    }
    let Access::Scope(destination) = &route.rule.access else {
        route.limits.count().map_err(Denial::TooOften)?;
        return Ok(None);
    };
    let wanted = Wanted::Token(destination);
    let call = ProvenCall { method: &head.method, path: head.uri.path() };
    let known = credential::check(&*parts.authenticator, &head.headers, Some(call), wanted).await;
    let known = known.map_err(|problem| {
        log_refusal(route, problem);
        sender.proves = matches!(problem, CredentialProblem::Bound(_));
        let login = challenge::login(&head.method, &head.headers, &head.uri);
        Denial::Unknown(problem, login, Some(route.rule.clone()))
    })?;
    sender.proves = known.by_proof;
    judge(parts, route, head, &known, &destination.scope)
        .map_err(|denial| denial.for_known(&known.identity))?;
    Ok(Some(known))
}

/// Checks somebody who is known, and counts their request.
fn judge(parts: &Parts, route: &Route, head: &Head, known: &Known, scope: &str) -> Result<(), Denial> {
    let writes = !head.method.is_safe() || (route.rule.websocket && websocket::is_wanted(head));
    same_origin(&parts.settings.origin, known, writes, head)?;
    // A caller without the scope gets no token for the service either.
    if !known.identity.may(scope) || known.authorization.is_none() {
        return Err(Denial::Scope(route.rule.clone(), Scheme::of(known)));
    }
    if route.rule.role.as_ref().is_some_and(|role| !known.identity.has_role(role.as_str())) {
        return Err(Denial::Role);
    }
    if let Some(step_up) = &route.rule.step_up
        && !step_up.is_met(known.identity.proof(), parts.clock.now())
    {
        let prove = challenge::prove(known, &head.method, &head.headers, &head.uri);
        return Err(Denial::StepUp(route.rule.clone(), Scheme::of(known), prove));
    }
    let member = known.identity.member().map(MemberId::uuid);
    if let Some(member) = &member {
        parts.limits.member.count(member).map_err(Denial::TooOften)?;
    }
    // A session of the site has the site itself for its client. Browsers are counted by their members, never all together
    // (S-RATE-4).
    if !known.by_cookie {
        parts.limits.client.count(known.identity.client()).map_err(Denial::TooOften)?;
    }
    if let Some(member) = &member {
        route.limits.member.count(member).map_err(Denial::TooOften)?;
    }
    // Last: strangers must not be able to use up the quota that the route has for members.
    route.limits.count().map_err(Denial::TooOften)
}

/// A browser sends its cookie no matter which site made it ask (S-BFF-3). A WebSocket counts as a write: it is a GET, but other
/// sites may open one and read it, since CORS does not hold there.
pub(crate) fn same_origin(
    origin: &PublicOrigin,
    known: &Known,
    writes: bool,
    head: &Head,
) -> Result<(), Denial> {
    if known.by_cookie && writes && !origin.sent(&head.headers) {
        tracing::warn!(
            event = "access_denied",
            reason = "cross_origin",
            member = &**known.identity.label(),
            "a request from another site was refused"
        );
        return Err(Denial::CrossOrigin(origin.clone()));
    }
    Ok(())
}

/// Whether a method changes something: all do but those that RFC 9110 section 9.2.1 calls safe, in its exact spelling.
pub(crate) fn is_write(method: &[u8]) -> bool {
    !matches!(method, b"GET" | b"HEAD" | b"OPTIONS" | b"TRACE")
}

fn log_refusal(route: &Route, problem: CredentialProblem) {
    // A request without credentials is not an attempt.
    if problem == CredentialProblem::Auth(AuthProblem::Missing) {
        return;
    }
    let route = &*route.label;
    tracing::info!(event = "access_denied", route, reason = ?problem, "a credential was refused");
}
