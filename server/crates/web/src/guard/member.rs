//! Guards that ask who sends a request, and what handlers get from them.

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, StatusCode};
use kernel::Timestamp;
use names::{ErrorCode, Level, LoginError, ProvenBy, path};

use super::admitted::Admitted;
use super::denial::Denial;
use super::entry::{MemberEntry, ProofNeeded};
use super::who::{Asked, Who};
use crate::identified::Identified;
use crate::navigation::wants_page;
use crate::refusal::Refusal;
use crate::return_to::ReturnTo;

/// How long a proof of who somebody is counts as fresh (S-ACC-14).
pub const PROOF_LIFETIME: Duration = Duration::from_mins(10);

/// Who sent a request, as guards see them.
pub trait Caller: Send + Sync {
    /// When they last proved who they are; `None` where that is not known, as with an access token.
    fn proven_at(&self) -> Option<Timestamp>;

    /// By what they did so.
    fn proven_by(&self) -> Option<ProvenBy>;

    /// Whether they may do what `scope` names: a person always, a program if its token says so.
    fn may(&self, scope: &str) -> bool;

    /// Whether they have this role.
    fn has_role(&self, role: &str) -> bool;

    /// Whether they are known by the session cookie, and not by an access token.
    fn has_session(&self) -> bool;

    /// Who they are, as the audit log names them where they are refused.
    fn identified(&self) -> Identified;
}

impl<C: Caller> Caller for Arc<C> {
    fn proven_at(&self) -> Option<Timestamp> {
        (**self).proven_at()
    }

    fn proven_by(&self) -> Option<ProvenBy> {
        (**self).proven_by()
    }

    fn may(&self, scope: &str) -> bool {
        (**self).may(scope)
    }

    fn has_role(&self, role: &str) -> bool {
        (**self).has_role(role)
    }

    fn has_session(&self) -> bool {
        (**self).has_session()
    }

    fn identified(&self) -> Identified {
        (**self).identified()
    }
}

/// The port through which guards learn who sends a request. The state of the routes implements it, so the composition of the
/// program decides how members are recognised.
pub trait Authenticate: Send + Sync {
    /// A member who calls.
    type Caller: Caller + Send + 'static;

    /// Who sent a request; `None` when it has no credential, or that of a session that has ended. An error is a bad credential, or
    /// an outage, which signs nobody out.
    fn authenticate<'a>(
        &'a self,
        headers: &'a HeaderMap,
    ) -> impl Future<Output = Result<Option<Self::Caller>, Refusal>> + Send + 'a;

    /// The same for a request that an open page sends by itself, whether somebody looks at it or not: it is no use of the session,
    /// which ends idle all the same.
    fn authenticate_unattended<'a>(
        &'a self,
        headers: &'a HeaderMap,
    ) -> impl Future<Output = Result<Option<Self::Caller>, Refusal>> + Send + 'a {
        self.authenticate(headers)
    }

    /// What time it is.
    fn now(&self) -> Timestamp;

    /// The highest level that a caller has the means to prove. Nobody is asked for more.
    fn attainable<'a>(
        &'a self,
        caller: &'a Self::Caller,
    ) -> impl Future<Output = Result<Level, Refusal>> + Send + 'a;

    /// What the login page should tell a stranger.
    fn explain_to_stranger(&self, _: &HeaderMap) -> Option<LoginError> {
        None
    }
}

/// For states that are shared.
impl<S: Authenticate> Authenticate for Arc<S> {
    type Caller = S::Caller;

    fn authenticate<'a>(
        &'a self,
        headers: &'a HeaderMap,
    ) -> impl Future<Output = Result<Option<Self::Caller>, Refusal>> + Send + 'a {
        S::authenticate(self, headers)
    }

    fn authenticate_unattended<'a>(
        &'a self,
        headers: &'a HeaderMap,
    ) -> impl Future<Output = Result<Option<Self::Caller>, Refusal>> + Send + 'a {
        S::authenticate_unattended(self, headers)
    }

    fn now(&self) -> Timestamp {
        S::now(self)
    }

    fn attainable<'a>(
        &'a self,
        caller: &'a S::Caller,
    ) -> impl Future<Output = Result<Level, Refusal>> + Send + 'a {
        S::attainable(self, caller)
    }

    fn explain_to_stranger(&self, headers: &HeaderMap) -> Option<LoginError> {
        S::explain_to_stranger(self, headers)
    }
}

/// A member who is signed in. Only guards make one.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct SignedIn<C> {
    /// What the part knows of the caller.
    pub caller: C,
}

impl<C: Caller> Admitted for SignedIn<C> {
    fn has_session(&self) -> bool {
        self.caller.has_session()
    }
}

/// A member with a fresh proof of who they are, as strong as they can give it.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Fresh<C> {
    /// What the part knows of the caller.
    pub caller: C,
}

impl<C: Caller> Admitted for Fresh<C> {
    fn has_session(&self) -> bool {
        self.caller.has_session()
    }
}

impl<C: Caller> Fresh<C> {
    /// The caller, if their proof is fresh at the moment `now` and has the level that they can [attain](Authenticate::attainable).
    ///
    /// # Errors
    /// 403 for those who must prove who they are again.
    pub fn of(caller: C, now: Timestamp, attainable: Level) -> Result<Self, Refusal> {
        if is_fresh(&caller, now) && level(&caller) >= attainable {
            return Ok(Self { caller });
        }
        Err(Refusal::of(ErrorCode::FreshSignInNeeded))
    }
}

impl<C: Caller + Send + 'static> Fresh<C> {
    /// The caller, if their proof is fresh and strong enough. What they can attain is asked where it decides.
    async fn asked<S: Authenticate<Caller = C>>(caller: C, state: &S) -> Result<Self, Refusal> {
        let now = state.now();
        let decides = is_fresh(&caller, now) && level(&caller) < Level::Two;
        let attainable = if decides { state.attainable(&caller).await? } else { Level::Two };
        Self::of(caller, now, attainable)
    }
}

fn is_fresh(caller: &impl Caller, now: Timestamp) -> bool {
    caller.proven_at().is_some_and(|at| now.since(at) <= PROOF_LIFETIME)
}

fn level(caller: &impl Caller) -> Level {
    caller.proven_by().map_or(Level::One, ProvenBy::level)
}

/// The requirement that a member calls, with the scope and the role that they need.
#[derive(Clone, Copy, Debug)]
pub struct Member {
    scopes: &'static [&'static str],
    role: Option<&'static str>,
    /// A page: strangers who navigate to it are sent to sign in. Everything else answers them with 401.
    is_page: bool,
    /// Sent by an open page itself.
    is_unattended: bool,
}

/// Members with a fresh sign-in.
#[derive(Clone, Copy, Debug)]
pub struct FreshMember(pub(super) Member);

/// Members, of whom those who can prove more than a password does have done so a moment ago.
#[derive(Clone, Copy, Debug)]
pub struct StrongMember(pub(super) Member);

impl StrongMember {
    async fn admit_caller<S: Authenticate>(
        state: &S,
        caller: S::Caller,
    ) -> Result<SignedIn<S::Caller>, Denial> {
        let has_done_so = is_fresh(&caller, state.now()) && level(&caller) >= Level::Two;
        if !has_done_so && state.attainable(&caller).await? > Level::One {
            return Err(Refusal::of(ErrorCode::FreshSignInNeeded).into());
        }
        Ok(SignedIn { caller })
    }
}

/// Members, and people who may be sending again the form that signed them out.
#[derive(Clone, Copy, Debug)]
pub struct PerhapsRepeated<W>(pub(super) W);

impl Member {
    pub(super) const fn new() -> Self {
        Self { scopes: &[], role: None, is_page: false, is_unattended: false }
    }

    pub(super) const fn scope(self, any_of: &'static [&'static str]) -> Self {
        Self { scopes: any_of, ..self }
    }

    pub(super) const fn role(self, role: &'static str) -> Self {
        Self { role: Some(role), ..self }
    }

    pub(super) const fn page(self) -> Self {
        Self { is_page: true, ..self }
    }

    pub(super) const fn unattended(self) -> Self {
        Self { is_unattended: true, ..self }
    }

    async fn find<S: Authenticate>(&self, asked: &mut Asked<'_, S>) -> Result<Option<S::Caller>, Denial> {
        let headers = &asked.parts.headers;
        let caller = if self.is_unattended {
            asked.state.authenticate_unattended(headers).await?
        } else {
            asked.state.authenticate(headers).await?
        };
        let Some(caller) = caller else { return Ok(None) };
        let sender = asked.sender.insert(caller.identified());
        // The first scope of a list is the least that will do.
        if let Some(least) = self.scopes.first()
            && !self.scopes.iter().any(|scope| caller.may(scope))
        {
            return Err(denied("scope", sender, Denial::Scope(least)));
        }
        if self.role.is_some_and(|role| !caller.has_role(role)) {
            return Err(denied("role", sender, Refusal::of(ErrorCode::InsufficientRole).into()));
        }
        Ok(Some(caller))
    }

    fn stranger<S: Authenticate>(&self, asked: &Asked<'_, S>) -> Denial {
        let headers = &asked.parts.headers;
        if !self.is_page || !wants_page(headers) {
            return Refusal::for_status(StatusCode::UNAUTHORIZED).into();
        }
        let here = asked.parts.uri.path_and_query().map_or("/", |path| path.as_str());
        let error = asked.state.explain_to_stranger(headers);
        Denial::Led(path::login(error, ReturnTo::parse(here).as_str()))
    }

    const fn entry(&self) -> MemberEntry {
        MemberEntry {
            scopes: self.scopes,
            role: self.role,
            is_page: self.is_page,
            is_linked: false,
            is_hidden: false,
            is_unattended: self.is_unattended,
            proof: ProofNeeded::None,
            may_repeat: false,
        }
    }
}

impl<S: Authenticate> Who<S> for Member {
    type Pass = SignedIn<S::Caller>;

    async fn admit(&self, mut asked: Asked<'_, S>) -> Result<Self::Pass, Denial> {
        let caller = self.find(&mut asked).await?.ok_or_else(|| self.stranger(&asked))?;
        Ok(SignedIn { caller })
    }

    fn entry(&self) -> Option<MemberEntry> {
        Some(self.entry())
    }
}

impl<S: Authenticate> Who<S> for FreshMember {
    type Pass = Fresh<S::Caller>;

    async fn admit(&self, mut asked: Asked<'_, S>) -> Result<Self::Pass, Denial> {
        let caller = self.0.find(&mut asked).await?.ok_or_else(|| self.0.stranger(&asked))?;
        Ok(Fresh::asked(caller, asked.state).await?)
    }

    fn entry(&self) -> Option<MemberEntry> {
        Some(MemberEntry { proof: ProofNeeded::Fresh, ..self.0.entry() })
    }
}

impl<S: Authenticate> Who<S> for StrongMember {
    type Pass = SignedIn<S::Caller>;

    async fn admit(&self, mut asked: Asked<'_, S>) -> Result<Self::Pass, Denial> {
        let caller = self.0.find(&mut asked).await?.ok_or_else(|| self.0.stranger(&asked))?;
        Self::admit_caller(asked.state, caller).await
    }

    fn entry(&self) -> Option<MemberEntry> {
        Some(MemberEntry { proof: ProofNeeded::Strong, ..self.0.entry() })
    }
}

impl<S: Authenticate> Who<S> for PerhapsRepeated<StrongMember> {
    type Pass = Option<SignedIn<S::Caller>>;

    async fn admit(&self, mut asked: Asked<'_, S>) -> Result<Self::Pass, Denial> {
        let StrongMember(member) = &self.0;
        Ok(match member.find(&mut asked).await? {
            Some(caller) => Some(StrongMember::admit_caller(asked.state, caller).await?),
            None => None,
        })
    }

    fn entry(&self) -> Option<MemberEntry> {
        Some(MemberEntry { proof: ProofNeeded::Strong, may_repeat: true, ..self.0.0.entry() })
    }
}

impl<S: Authenticate> Who<S> for PerhapsRepeated<Member> {
    type Pass = Option<SignedIn<S::Caller>>;

    async fn admit(&self, mut asked: Asked<'_, S>) -> Result<Self::Pass, Denial> {
        Ok(self.0.find(&mut asked).await?.map(|caller| SignedIn { caller }))
    }

    fn entry(&self) -> Option<MemberEntry> {
        Some(MemberEntry { may_repeat: true, ..self.0.entry() })
    }
}

impl<S: Authenticate> Who<S> for PerhapsRepeated<FreshMember> {
    type Pass = Option<Fresh<S::Caller>>;

    async fn admit(&self, mut asked: Asked<'_, S>) -> Result<Self::Pass, Denial> {
        let FreshMember(member) = &self.0;
        let caller = member.find(&mut asked).await?;
        Ok(match caller {
            Some(caller) => Some(Fresh::asked(caller, asked.state).await?),
            None => None,
        })
    }

    fn entry(&self) -> Option<MemberEntry> {
        Some(MemberEntry { proof: ProofNeeded::Fresh, may_repeat: true, ..self.0.0.entry() })
    }
}

/// Guards that may come before a form that signs its own sender out.
pub trait Repeatable {}
impl Repeatable for Member {}
impl Repeatable for FreshMember {}
impl Repeatable for StrongMember {}

fn denied(reason: &'static str, sender: &Identified, denial: Denial) -> Denial {
    let (member_id, client_id) = (sender.member.map(tracing::field::display), sender.client.as_str());
    tracing::warn!(event = "access_denied", reason, member_id, client_id, "a sender was refused");
    denial
}
