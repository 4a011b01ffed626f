//! Guards: the layer before a handler that refuses requests, declared with the route.
//!
//! A guard is built from words, such as `same_origin().signed_in().fresh()`, and begins with where a request may come
//! from: [`public`] and [`signed_in`] for what is read, [`same_origin`], [`own_pages_or_programs`], [`credential`] and [`oauth_client`] for
//! what changes something. It gives what it found to the handler as the first argument. Only guards make a [`SignedIn`], a
//! [`Fresh`] or a [`Proven`], so a handler that needs a member does not compile behind a guard that lets strangers in:
//!
//! ```compile_fail
//! use web::guard::{Authenticate, SignedIn, public};
//!
//! fn routes<S: Authenticate + Clone + 'static>(origin: web::PublicOrigin) -> web::Routes<S> {
//!     async fn show<C: Send + 'static>(_: SignedIn<C>) -> http::StatusCode { http::StatusCode::OK }
//!     web::Routes::new(origin).get("/me", public(), show::<S::Caller>)
//! }
//! ```
//!
//! Behind the right one it does:
//!
//! ```
//! use web::guard::{Authenticate, SignedIn, signed_in};
//!
//! fn routes<S: Authenticate + Clone + 'static>(origin: web::PublicOrigin) -> web::Routes<S> {
//!     async fn show<C: Send + 'static>(_: SignedIn<C>) -> http::StatusCode { http::StatusCode::OK }
//!     web::Routes::new(origin).get("/me", signed_in(), show::<S::Caller>)
//! }
//! ```
//!
//! And a guard for reading cannot come before a write, which has to say where it may come from:
//!
//! ```compile_fail
//! fn routes(origin: web::PublicOrigin) -> web::Routes<()> {
//!     web::Routes::new(origin).post("/write", web::guard::public(), async || {})
//! }
//! ```

mod admitted;
mod denial;
mod entry;
pub(crate) mod handler;
mod hidden;
mod linked;
mod member;
mod proof;
mod who;

use axum::body::Body;

pub use admitted::{Admitted, SessionMark};
pub use entry::{GuardEntry, MemberEntry, ProofNeeded, Source};
pub use hidden::HiddenMember;
pub use linked::LinkedMember;
pub use who::{Asked, Who};

pub use member::{
    Authenticate, Caller, Fresh, FreshMember, Member, PROOF_LIFETIME, PerhapsRepeated, Repeatable, SignedIn,
    StrongMember,
};
pub use proof::{Proof, Proven, Proving, Reads, ReadsOrWrites, Unproven, Writes};

use crate::openapi::operation::Operation;
use denial::Denial;

/// What comes before a handler. It is built by the functions of this module alone.
pub trait Guard<S>: Clone + Send + Sync + 'static + sealed::Sealed {
    /// What the handler gets.
    type Pass: Admitted + Send + 'static;

    /// Lets a request in, or says what its sender gets instead. Only a proof in the body reads the body.
    fn admit(
        &self,
        asked: Asked<'_, S>,
        body: &mut Body,
    ) -> impl Future<Output = Result<Self::Pass, Denial>> + Send;

    /// Its entry in the route table.
    fn entry(&self) -> GuardEntry;

    /// Describes the body that it reads.
    fn describe(_: &mut Operation) {}
}

/// A guard that may come before a `GET`.
pub trait ReadGuard<S>: Guard<S> {}

/// A guard that may come before a write, since it says where the write may come from.
pub trait WriteGuard<S>: Guard<S> {}

/// The beginning of a guard before a `GET`.
#[derive(Clone, Copy, Debug)]
pub struct Reading(Source);

/// The beginning of a guard before a write.
#[derive(Clone, Copy, Debug)]
pub struct Writing(Source);

/// A guard: where a request may come from (`F`), and who may send it (`W`).
#[derive(Clone, Copy, Debug)]
pub struct Checks<F, W> {
    from: F,
    who: W,
}

/// Everybody, signed in or not.
#[derive(Clone, Copy, Debug)]
pub struct Anybody;

/// Nobody was asked who they are. The handler gets no argument for it.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Open;

impl Admitted for Open {
    fn has_session(&self) -> bool {
        false
    }
}

/// Anybody may read. What they see may depend on the session that comes with the request.
pub const fn public() -> Checks<Reading, Anybody> {
    Checks { from: Reading(Source::Anywhere), who: Anybody }
}

/// Only members may read. Strangers are refused, or sent to sign in where it is a page.
pub const fn signed_in() -> Checks<Reading, Member> {
    Checks { from: Reading(Source::Anywhere), who: Member::new() }
}

/// A browser that comes back from a provider, with the proof `P` that it began the login.
pub const fn login_transaction<P>() -> Proving<Reads, P> {
    Proving::new(Source::LoginTransaction)
}

/// A provider's webhook, with the proof `P` that it comes from the provider. Kakao can be configured to send them by `GET`; no
/// cookie is looked at, and no browser has the proof.
pub const fn provider_webhook<P>() -> Proving<ReadsOrWrites, P> {
    Proving::new(Source::ProviderWebhook)
}

/// A proxy that asks the gateway about a request of its own, which must hold the proof `P` like all that the gateway lets
/// through.
pub const fn gateway<P>() -> Proving<Reads, P> {
    Proving::new(Source::Gateway)
}

/// Our own pages only (S-BFF-3).
pub const fn same_origin() -> Checks<Writing, Anybody> {
    Checks { from: Writing(Source::SameOrigin), who: Anybody }
}

/// Our own pages, and programs other than browsers: their requests have no cookie and no header that only browsers send, so
/// that nobody can be made to send one.
pub const fn own_pages_or_programs() -> Checks<Writing, Anybody> {
    Checks { from: Writing(Source::OwnPagesOrPrograms), who: Anybody }
}

/// Those who send the credential `P` in the body or in `Authorization`. Cookies are not looked at, so no foreign page can make
/// a browser act.
pub const fn credential<P>() -> Proving<Writes, P> {
    Proving::new(Source::Credential)
}

/// Clients of the authorization server, with the proof `P` of which one it is. Cookies are not looked at, so no foreign page can
/// make a browser act.
pub const fn oauth_client<P>() -> Proving<Writes, P> {
    Proving::new(Source::OauthClient)
}

/// What a client of the authorization server has a browser send, or sends with a token instead of authenticating itself: the
/// handler checks it against what is registered. It may come from any site, so it must not do anything that a foreign page must
/// not cause.
pub const fn oauth_request() -> Checks<Writing, Anybody> {
    Checks { from: Writing(Source::OauthRequest), who: Anybody }
}

/// Tools of the development build on this machine. It has no rule for browsers, since test programs call it.
pub const fn development() -> Checks<Writing, Anybody> {
    Checks { from: Writing(Source::Development), who: Anybody }
}

impl Checks<Writing, Anybody> {
    /// Lets only members through.
    #[must_use]
    pub const fn signed_in(self) -> Checks<Writing, Member> {
        Checks { from: self.from, who: Member::new() }
    }
}

impl<F> Checks<F, Member> {
    /// An access token must have one of these scopes. A request with a session may do what our pages offer.
    #[must_use]
    pub fn scope(self, any_of: &'static [&'static str]) -> Self {
        Self { who: self.who.scope(any_of), ..self }
    }

    /// The member must have this role.
    #[must_use]
    pub fn role(self, role: &'static str) -> Self {
        Self { who: self.who.role(role), ..self }
    }

    /// The route is a page: strangers are sent to the login page, and back.
    #[must_use]
    pub fn page(self) -> Self {
        Self { who: self.who.page(), ..self }
    }

    /// An open page sends the request by itself, whether somebody looks at it or not: it is no use of the session.
    #[must_use]
    pub fn unattended(self) -> Self {
        Self { who: self.who.unattended(), ..self }
    }

    /// Those who can prove more than a password or a provider does need such a proof, and a fresh one ([`PROOF_LIFETIME`]). For what asks
    /// others for their password.
    #[must_use]
    pub fn strong(self) -> Checks<F, StrongMember> {
        Checks { from: self.from, who: StrongMember(self.who) }
    }

    /// They need a fresh sign-in ([`PROOF_LIFETIME`]).
    #[must_use]
    pub fn fresh(self) -> Checks<F, FreshMember> {
        Checks { from: self.from, who: FreshMember(self.who) }
    }
}

impl Checks<Reading, FreshMember> {
    /// A link on this page leads here: a member who follows it without the fresh proof is sent to give it, and back to the page.
    #[must_use]
    pub fn linked_on(self, page: &'static str) -> Checks<Reading, LinkedMember> {
        Checks { from: self.from, who: LinkedMember { who: self.who, page } }
    }

    /// The route is a page that is there for those alone whom the guard lets in. Others find nothing at its address, and nothing leads
    /// them anywhere; who lacks the fresh proof alone is sent to give it, and back.
    #[must_use]
    pub fn hidden(self) -> Checks<Reading, HiddenMember> {
        Checks { from: self.from, who: HiddenMember(self.who) }
    }
}

impl<F, W: Repeatable> Checks<F, W> {
    /// A form that may end its own session: when it is sent again, its sender is a stranger and still reaches the handler, which
    /// looks whether the same browser sent the same form a moment ago, and must refuse them otherwise.
    #[must_use]
    pub fn or_repeated(self) -> Checks<F, PerhapsRepeated<W>> {
        Checks { from: self.from, who: PerhapsRepeated(self.who) }
    }
}

impl<S: Sync> Who<S> for Anybody {
    type Pass = Open;

    async fn admit(&self, _: Asked<'_, S>) -> Result<Open, Denial> {
        Ok(Open)
    }

    fn entry(&self) -> Option<MemberEntry> {
        None
    }
}

impl<S: Sync, W: Who<S>> Guard<S> for Checks<Reading, W> {
    type Pass = W::Pass;

    fn admit(
        &self,
        asked: Asked<'_, S>,
        _: &mut Body,
    ) -> impl Future<Output = Result<W::Pass, Denial>> + Send {
        self.who.admit(asked)
    }

    fn entry(&self) -> GuardEntry {
        GuardEntry { source: self.from.0, member: self.who.entry() }
    }
}

impl<S: Sync, W: Who<S>> Guard<S> for Checks<Writing, W> {
    type Pass = W::Pass;

    async fn admit(&self, asked: Asked<'_, S>, _: &mut Body) -> Result<W::Pass, Denial> {
        let headers = &asked.parts.headers;
        match self.from.0 {
            Source::SameOrigin => asked.origin.admit(headers)?,
            Source::OwnPagesOrPrograms => asked.origin.admit_programs_too(headers)?,
            // No write begins with these but the tools of the development build.
            Source::Anywhere
            | Source::LoginTransaction
            | Source::ProviderWebhook
            | Source::Gateway
            | Source::Credential
            | Source::OauthClient
            | Source::OauthRequest
            | Source::Development => {}
        }
        self.who.admit(asked).await
    }

    fn entry(&self) -> GuardEntry {
        GuardEntry { source: self.from.0, member: self.who.entry() }
    }
}

impl<S: Sync, W: Who<S>> ReadGuard<S> for Checks<Reading, W> {}
impl<S: Sync, W: Who<S>> WriteGuard<S> for Checks<Writing, W> {}

impl<S: Send + Sync, K: 'static, P: Proof<S>> Guard<S> for Proving<K, P> {
    type Pass = Proven<P>;

    async fn admit(&self, asked: Asked<'_, S>, body: &mut Body) -> Result<Proven<P>, Denial> {
        let Asked { state, parts, .. } = asked;
        let proof = P::read(Unproven { state, parts, body }).await;
        let proof = proof.map_err(|answer| Denial::Answered(Box::new(answer)))?;
        Ok(Proven { proof })
    }

    fn entry(&self) -> GuardEntry {
        GuardEntry { source: self.source(), member: None }
    }

    fn describe(operation: &mut Operation) {
        P::describe(operation);
    }
}

impl<S: Send + Sync, P: Proof<S>> ReadGuard<S> for Proving<Reads, P> {}
impl<S: Send + Sync, P: Proof<S>> ReadGuard<S> for Proving<ReadsOrWrites, P> {}
impl<S: Send + Sync, P: Proof<S>> WriteGuard<S> for Proving<Writes, P> {}
impl<S: Send + Sync, P: Proof<S>> WriteGuard<S> for Proving<ReadsOrWrites, P> {}

mod sealed {
    /// Guards are of this module.
    pub trait Sealed {}
    impl<F, W> Sealed for super::Checks<F, W> {}
    impl<K, P> Sealed for super::Proving<K, P> {}
}

#[cfg(test)]
mod tests;
